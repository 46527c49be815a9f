// What a person does in a review, by the public API: confirms a value, corrects one and sees what that changes, takes it back.
import { anchor, rectangle } from "./review-sheet.js";
import { plain } from "./picked.js";
import { show } from "./review-panel.js";

const review = document.querySelector(".review");
const { api, here } = review.dataset;
const figure = review.querySelector("figure");
const form = review.querySelector(".correction");
const effect = form.querySelector(".effect");
const message = review.querySelector(".message.lively");
const WAIT_MS = 300;
const kept = `review ${here}`;
const done = JSON.parse(sessionStorage.getItem(kept) ?? "[]");

function note(entry) {
  if (entry) done.push(entry);
  sessionStorage.setItem(kept, JSON.stringify(done.slice(-50)));
}

const names = document.querySelectorAll("[name=who]");
const asked = document.getElementById("who-decides") ?? form.elements.who;
const who = () => asked.value.trim();
asked.addEventListener("input", () => { for (const one of names) one.value = asked.value; });

function tell(text) {
  message.textContent = text;
  message.hidden = !text;
}

function named() {
  if (who()) return true;
  tell("Say who you are first: the ledger keeps who decided.");
  asked.focus();
  return false;
}

async function send(path, body, headers = {}) {
  if (!named()) return null;
  try {
    const answer = await fetch(path, { method: "POST", keepalive: true, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
    const told = await answer.json();
    tell(answer.ok ? "" : answer.status === 409 ? `${told.detail} Load the page again to see it.` : told.detail);
    return answer.ok ? told : null;
  } catch {
    tell("The server was not reached; nothing was changed.");
    return null;
  }
}

const MARKS = { confirmed: ["☑", "confirmed by a person"], proved: ["✓", "proved"], read: ["•", "read"], doubt: ["?", "doubt"], failed: ["≠", "does not add up"] };

function mark(link, state) {
  const item = link.parentElement;
  const before = item.className.replace("value ", "");
  item.className = `value ${state}`;
  const [sign, word] = MARKS[state];
  link.querySelector(".mark").textContent = sign;
  link.querySelector(".unseen").textContent = word;
  figure.querySelector(`.box[data-value="${item.id}"]`)?.classList.replace(before, state);
  const left = review.querySelectorAll(".value.doubt, .value.failed").length;
  review.querySelector(".left").textContent = left ? `, ${left} to look at` : "";
}

let sending = Promise.resolve();

// Marked at once and sent in turn; taken back where it is refused.
function setConfirmed(link, undo) {
  const { statement, inner, confirmed } = link.dataset;
  const name = who();
  const set = (is) => {
    if (is) link.dataset.confirmed = is;
    else delete link.dataset.confirmed;
    mark(link, is ? "confirmed" : link.dataset.otherwise);
  };
  set(undo ? "" : name);
  const body = { statement: Number(statement), paths: [inner], reviewed_by: name, version: review.dataset.version, undo };
  sending = sending.then(async () => {
    if (!await send(`${api}/confirmed_values`, body)) set(confirmed ?? "");
  });
}

async function correct(field, record, value, reason) {
  await sending;
  const change = value ? { field, value } : { field };
  const body = { changes: [change], amended_by: who(), reason: reason || "misread" };
  return send(`/v1/ledger_bills/${record}/amendments`, body, { "Idempotency-Key": crypto.randomUUID() });
}

export const act = {
  // Returns whether one may go on.
  confirm(link) {
    if (link.dataset.confirmed) return true;
    if (!named()) return false;
    setConfirmed(link, false);
    note({ path: link.dataset.path });
    return true;
  },
  takeBack(link) {
    if (!named()) return;
    setConfirmed(link, true);
    link.focus();
    show(link);
  },
  // The last thing done on this bill in this window; a correction by its own way back, which is a correction.
  async undo(links) {
    const last = done.pop();
    if (!last) { tell("Nothing was done here that could be undone."); return; }
    note();
    const link = links.find((one) => one.dataset.path === last.path);
    if (last.field) {
      const record = link?.dataset.record ?? form.elements.ledger_bill_id.value;
      if (await correct(last.field, record, last.before, "undone")) location.assign(`${here}?value=${encodeURIComponent(last.path)}&corrected=1`);
    } else if (link) act.takeBack(link);
  },
};

// What a correction would change, while it is being written.
const number = (text) => (text === null || text === undefined || text === "" ? "–" : Number(text).toLocaleString("en", { maximumFractionDigits: 2 }));
const NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

// A period as people say it: with its last day, where programs write the day after.
function said(text) {
  const [, start, end] = text?.match(/^(\d{4}-\d\d-\d\d)\/(\d{4}-\d\d-\d\d)$/) ?? [];
  return end ? `${start} to ${new Date(Date.parse(end) - 86_400_000).toISOString().slice(0, 10)}` : text ?? "–";
}

function sentences(preview) {
  const before = preview.profile_before?.months;
  const after = preview.profile_after?.months;
  const months = NAMES.map((name, at) => [name, before?.[at].energy_kwh, after?.[at].energy_kwh]).filter(([, was, is]) => was !== is);
  const told = preview.fields.map((one) => `${one.field.replaceAll("_", " ")}: ${said(one.before)} → ${said(one.after)}`);
  told.push(...months.map(([name, was, is]) => `${name} ${number(was)} → ${number(is)} kWh`));
  const broken = preview.proofs_after.filter((one) => one.verdict === "fail").map((one) => `≠ ${one.statement}`);
  const mended = preview.proofs_after.filter((one) => one.verdict === "pass" && !preview.proofs_before.some((was) => was.verdict === "pass" && was.statement === one.statement));
  return [...told, ...mended.map((one) => `✓ ${one.statement}`), ...broken, ...(told.length ? [] : ["It says that already."])];
}

let waiting = 0;
let previewed = 0;
async function preview() {
  const mine = (previewed += 1);
  const { field, ledger_bill_id: record, value } = form.elements;
  const query = new URLSearchParams({ act: "amend", ledger_bill_id: record.value, field: field.value });
  if (value.value) query.set("value", value.value);
  const answer = await fetch(`${api}/review/preview?${query}`);
  const told = await answer.json();
  // Another value may have been chosen, or more typed, while this was asked.
  if (mine !== previewed || field.value !== query.get("field") || record.value !== query.get("ledger_bill_id")) return;
  const lines = answer.ok ? sentences(told) : [told.detail];
  effect.replaceChildren(...lines.map((line) => Object.assign(document.createElement("div"), { textContent: line })));
}

form.addEventListener("input", (event) => {
  if (event.target.name !== "value") return;
  clearTimeout(waiting);
  waiting = setTimeout(preview, WAIT_MS);
});
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (event.submitter?.value === "preview") { await preview(); return; }
  const { path, field, ledger_bill_id: record, value, reason } = form.elements;
  const told = await correct(field.value, record.value, value.value, reason.value);
  if (!told) return;
  const link = review.querySelector(`.value > a[data-path="${CSS.escape(path.value)}"]`);
  note({ path: path.value, field: field.value, before: link.dataset.edited });
  location.assign(`${here}?value=${encodeURIComponent(path.value)}&corrected=1`);
});

// The bill is decided about once all that was confirmed before is kept.
document.querySelector("[data-decision]")?.addEventListener("submit", async (event) => {
  const { target, submitter } = event;
  if (target.dataset.ready) return;
  event.preventDefault();
  await sending;
  // Within the submit event, where a settled promise lets this go on, browsers take no second one of the same form.
  await new Promise((resolve) => { setTimeout(resolve); });
  target.dataset.ready = "yes";
  target.requestSubmit(submitter);
});

let picking = false;
async function drawWords() {
  const answer = await fetch(`${api}/pages/${review.dataset.page}/words`);
  if (!answer.ok) { tell((await answer.json()).detail); return; }
  const { words } = await answer.json();
  if (!picking) return;
  const sheet = figure.querySelector(".sheet");
  for (const { text, box: [left, top, right, bottom] } of words) {
    const word = anchor({ class: "word", "aria-label": text, tabindex: -1 });
    word.append(rectangle(left, top, right - left, bottom - top));
    word.addEventListener("click", () => {
      const { field, value } = form.elements;
      value.value = plain(text, field.value);
      value.focus();
      preview();
    });
    sheet.append(word);
  }
}

export async function toggleWords() {
  picking = !picking;
  figure.querySelectorAll(".word").forEach((word) => word.remove());
  if (picking) await drawWords();
}
figure.addEventListener("turned", () => { if (picking) drawWords(); });
