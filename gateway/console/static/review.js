// The review of a bill: a box and its value light up together, and the keys lead from value to value without leaving the page.
const review = document.querySelector(".review");
const figure = review.querySelector("figure");
const sheet = review.querySelector(".sheet");
const links = [...review.querySelectorAll(".value a")];
const boxes = new Map([...review.querySelectorAll(".box")].map((box) => [box.dataset.value, box]));
let lit = null;

// The page of the bill scrolls within its own frame, so that the value and its box are both in sight.
function centre(box) {
  const frame = figure.getBoundingClientRect();
  const place = box.getBoundingClientRect();
  figure.scrollTop += place.top + place.height / 2 - (frame.top + frame.height / 2);
}

function light(link) {
  if (lit === link) return;
  for (const one of [lit, boxes.get(lit?.parentElement.id), link, boxes.get(link.parentElement.id)]) one?.classList.toggle("lit");
  lit = link;
}

function go(step, wanted = () => true) {
  const start = links.indexOf(document.activeElement.closest(".value a") ?? lit);
  for (let at = start + step; at >= 0 && at < links.length; at += step) {
    if (wanted(links[at])) {
      links[at].focus();
      return;
    }
  }
}

const doubtful = (link) => link.parentElement.matches(".doubt, .failed");
const keys = {
  j: () => go(1),
  k: () => go(-1),
  n: () => go(1, doubtful),
  p: () => go(-1, doubtful),
  h: () => sheet?.classList.toggle("bare"),
  "[": () => document.querySelector("a[rel=prev]")?.click(),
  "]": () => document.querySelector("a[rel=next]")?.click(),
};

for (const link of links) {
  link.addEventListener("mouseenter", () => light(link));
  link.addEventListener("focus", () => {
    light(link);
    link.scrollIntoView({ block: "nearest" });
    const box = boxes.get(link.parentElement.id);
    if (box) centre(box);
  });
}
for (const [id, box] of boxes) {
  const link = document.getElementById(id).querySelector("a");
  box.addEventListener("mouseenter", () => light(link));
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

const chosen = links.find((link) => link.hasAttribute("aria-current"));
if (chosen) {
  light(chosen);
  const box = boxes.get(chosen.parentElement.id);
  if (box) centre(box);
}
