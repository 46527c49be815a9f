// The page of the bill: turned without leaving it, drawn large or small, its boxes made from what the values know of their places.
const review = document.querySelector(".review");
const figure = review.querySelector("figure");
const sheet = figure.querySelector(".sheet");
const data = review.dataset;
let scale = 1;
let asked = 0;

function drawn(name, attributes) {
  const element = document.createElementNS(sheet.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

export function rectangle(left, top, width, height) {
  return drawn("rect", { x: left, y: top, width, height });
}

export const anchor = (attributes) => drawn("a", attributes);

function boxesOf(page, links) {
  const boxes = document.createDocumentFragment();
  for (const link of links) {
    if (Number(link.dataset.page) !== page || !link.dataset.box) continue;
    const state = link.parentElement.className.replace("value", "box");
    const box = anchor({
      class: link.hasAttribute("aria-current") ? `${state} chosen` : state,
      href: link.getAttribute("href"),
      "data-value": link.parentElement.id,
      "aria-label": link.querySelector(".label").textContent,
      tabindex: -1,
    });
    box.append(rectangle(...link.dataset.box.split(" ")));
    boxes.append(box);
  }
  return boxes;
}

// Returns whether the page was turned: only then are there other boxes than before.
export async function turn(page, links) {
  if (!sheet || page < 1 || page > Number(data.pages) || page === Number(data.page)) return false;
  asked = page;
  const address = `${data.api}/pages/${page}?width=${data.width}`;
  const answer = await fetch(address);
  if (!answer.ok || asked !== page) return false;
  const [width, height] = answer.headers.get("Billowatt-Page-Points").split("x");
  const image = drawn("image", { href: address, width, height });
  sheet.setAttribute("viewBox", `0 0 ${width} ${height}`);
  sheet.setAttribute("aria-label", `Page ${page} of ${data.pages}`);
  sheet.replaceChildren(image, boxesOf(page, links));
  data.page = page;
  figure.querySelector(".where").textContent = `page ${page} of ${data.pages}`;
  figure.querySelector("[rel=prev]").hidden = page <= 1;
  figure.querySelector("[rel=next]").hidden = page >= Number(data.pages);
  figure.dispatchEvent(new Event("turned"));
  return true;
}

export function zoom(by) {
  scale = by ? Math.min(Math.max(scale * by, 1), 4) : 1;
  if (sheet) sheet.style.width = `${scale * 100}%`;
}
