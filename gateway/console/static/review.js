// The review of a bill: a box and its value light up together, a value leads to its page, and the keys lead from value to value.
import { act, toggleWords } from "./review-acts.js";
import { show } from "./review-panel.js";
import { turn, zoom } from "./review-sheet.js";

const review = document.querySelector(".review");
const figure = review.querySelector("figure");
const list = review.querySelector(".list");
const links = [...list.querySelectorAll(".value > a")];
const place = new Map(links.map((link, at) => [link, at]));
const NOTED_MS = 150;
let noting = 0;
let lit = null;
let pinned = null;

const boxOf = (link) => link && figure.querySelector(`.box[data-value="${link.parentElement.id}"]`);
const linkOf = (box) => document.getElementById(box.dataset.value)?.firstElementChild;
const doubtful = (link) => link.parentElement.matches(".doubt, .failed");

// The page of the bill scrolls within its own frame, so that the value and its box are both in sight.
function centre(box) {
  const frame = figure.getBoundingClientRect();
  const at = box.getBoundingClientRect();
  figure.scrollTop += at.top + at.height / 2 - (frame.top + frame.height / 2);
  figure.scrollLeft += at.left + at.width / 2 - (frame.left + frame.width / 2);
}

function light(link) {
  if (lit === link) return;
  for (const one of [lit, boxOf(lit)]) one?.classList.remove("lit");
  for (const one of [link, boxOf(link)]) one?.classList.add("lit");
  lit = link;
}

// A value is looked at: its page is turned to, its box is in the middle. What was hovered only is not.
async function look(link) {
  light(link);
  const page = Number(link.dataset.page);
  if (page && await turn(page, links)) {
    lit = null;
    light(link);
  }
  const box = boxOf(link);
  if (box) centre(box);
}

// Browsers let an address be changed some two hundred times in half a minute: less than a key held down would.
function noteAddress() {
  history.replaceState(null, "", `${location.pathname}#value=${encodeURIComponent(pinned.dataset.path)}`);
}

function pin(link) {
  if (pinned === link) return;
  for (const one of [pinned, boxOf(pinned)]) one?.classList.remove("chosen");
  pinned?.removeAttribute("aria-current");
  pinned = link;
  link.setAttribute("aria-current", "true");
  boxOf(link)?.classList.add("chosen");
  show(link);
  clearTimeout(noting);
  noting = setTimeout(noteAddress, NOTED_MS);
}

// Several values may be read from one place: each further click leads to the next of them.
function atPoint(event) {
  const stack = document.elementsFromPoint(event.clientX, event.clientY).map((one) => one.closest(".box")).filter(Boolean);
  const found = [...new Set(stack)].map(linkOf);
  return found[(found.indexOf(pinned) + 1) % found.length];
}

function goTo(link) {
  link.focus({ preventScroll: true });
  pin(link);
  // Last, for the panel that has just opened takes room from the list.
  link.scrollIntoView({ block: "nearest" });
}

function step(by, wanted = () => true) {
  const start = place.get(document.activeElement) ?? place.get(pinned) ?? (by > 0 ? -1 : links.length);
  for (let at = start + by; at >= 0 && at < links.length; at += by) {
    if (wanted(links[at])) { goTo(links[at]); return true; }
  }
  return false;
}

// Nobody waits for the server here: what it refuses is marked as before, and told.
function confirmAndGoOn() {
  const link = place.has(document.activeElement) ? document.activeElement : pinned;
  if (!link || !act.confirm(link)) return;
  if (pinned === link) show(link);
  // Behind the last doubt the first ones that are left, then the bill itself.
  if (step(1, doubtful)) return;
  const first = links.find(doubtful);
  if (first) goTo(first);
  else (document.querySelector("[data-confirm-bill]") ?? link).focus();
}

review.querySelector(".right").addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter?.value === "undo") act.takeBack(pinned);
  else confirmAndGoOn();
});

function edit() {
  if (place.has(document.activeElement)) pin(document.activeElement);
  const field = review.querySelector(".correction:not([hidden]) [name=value]");
  field?.focus();
  field?.select();
}

const turnBy = (by) => turn(Number(review.dataset.page) + by, links);
const keys = {
  j: () => step(1),
  k: () => step(-1),
  n: () => step(1, doubtful),
  p: () => step(-1, doubtful),
  e: edit,
  Enter: confirmAndGoOn,
  u: () => act.undo(links),
  h: () => figure.querySelector(".sheet")?.classList.toggle("bare"),
  "[": () => turnBy(-1),
  "]": () => turnBy(1),
  "+": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: () => zoom(0),
  "?": () => { const help = review.querySelector(".keys"); help.open = !help.open; },
};

// Single keys count only where the list or the page has the focus, and never in a field (WCAG 2.1.4).
review.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest("input, textarea, select");
  if (event.key === "Escape" && field) { (pinned ?? links[0])?.focus(); return; }
  if (field || !keys[event.key]) return;
  if (event.key === "Enter" && !place.has(event.target)) return;
  event.preventDefault();
  keys[event.key]();
});
list.addEventListener("mouseover", (event) => { const link = event.target.closest("a"); if (place.has(link)) light(link); });
list.addEventListener("focusin", (event) => { if (place.has(event.target)) look(event.target); });
figure.addEventListener("mouseover", (event) => { const box = event.target.closest(".box"); if (box) light(linkOf(box)); });
review.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  const link = event.target.closest(".value > a, .box, [data-to], .pick, a[rel=prev], a[rel=next]");
  if (!link) return;
  event.preventDefault();
  if (link.matches(".pick")) toggleWords();
  else if (link.rel === "prev" || link.rel === "next") turnBy(link.rel === "next" ? 1 : -1);
  else goTo(link.matches(".box") ? atPoint(event) ?? linkOf(link) : link.dataset.to ? document.getElementById(link.dataset.to).firstElementChild : link);
});

// The address says which value is meant, also after a reload and for whoever it is sent to.
function fromAddress() {
  const path = decodeURIComponent(location.hash.match(/^#value=(.*)$/)?.[1] ?? "");
  const link = links.find((one) => (path ? one.dataset.path === path : one.hasAttribute("aria-current")));
  if (link && path) goTo(link);
  else if (link) { pinned = link; show(link); look(link); }
}
addEventListener("hashchange", fromAddress);
fromAddress();
