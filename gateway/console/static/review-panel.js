// Why a value is believed: what is known of it, and the identities that it takes part in, each number of which leads to its place.
const review = document.querySelector(".review");
const panel = review.querySelector(".proof");
const facts = panel.parentElement;
const part = (name) => panel.querySelector(name);
const identities = [...review.querySelectorAll(".identities .identity")].map((item) => [item, new Set(item.dataset.paths.split(" "))]);

function because(path) {
  const found = identities.filter(([, paths]) => paths.has(path)).map(([item]) => item.cloneNode(true));
  if (found.length) return found;
  const none = document.createElement("li");
  none.textContent = "No identity of this bill touches it.";
  return [none];
}

function fill(form, values) {
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
}

// Where there is little room the panel opens below its value; else it stands above the list and is always in sight.
const narrow = matchMedia("(max-width: 52rem)");

export function show(link) {
  const { path, inner, statement, field, record, edited, known, confirmed } = link.dataset;
  const state = link.parentElement.className.replace("value ", "");
  const correction = part(".correction");
  panel.hidden = false;
  if (narrow.matches) link.parentElement.append(panel);
  else if (panel.parentElement !== facts) facts.prepend(panel);
  part(".what").textContent = link.querySelector(".label").textContent;
  part(".state").className = `state ${state}`;
  part(".state").textContent = `${link.querySelector(".mark").textContent} ${link.querySelector(".unseen").textContent}`;
  part(".says bdi").textContent = link.querySelector(".text").textContent;
  part(".known").textContent = confirmed ? `${known}; confirmed by ${confirmed}` : known;
  part(".because").replaceChildren(...because(path));
  if (correction.elements.path.value !== path) {
    fill(correction, { path, field, ledger_bill_id: record, value: edited, reason: "" });
    part(".effect").replaceChildren();
  }
  correction.hidden = !field;
  part(".pick").hidden = !field || !Number(review.dataset.pages);
  fill(part(".right"), { path, inner_path: inner, statement });
  const button = part(".right button");
  button.value = confirmed ? "undo" : "confirm";
  button.textContent = confirmed ? "Take the confirmation back" : "It is right: confirm and go on";
}
