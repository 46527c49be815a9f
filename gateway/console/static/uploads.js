// Uploads, several at a time: how much has gone, then what their jobs say; what was not taken stays told until it is put away.
import { afterwards, follow } from "./jobs.js";

const form = document.querySelector("form[data-uploads]");
const list = document.getElementById("uploads");
const SENT_AT_ONCE = 3;

const waiting = [];
const kept = `refused ${location.pathname}`;
let sending = 0;

function line(name) {
  const item = document.createElement("li");
  const bar = document.createElement("progress");
  const words = document.createElement("span");
  const label = document.createElement("bdi");
  label.textContent = visible(name);
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", "Progress");
  item.append(label, " ", bar, " ", words);
  list.append(item);
  return { item, say: (text, done) => { words.textContent = text; if (done !== undefined) bar.value = done; } };
}

// Nobody else remembers what the server refused, so this tab does, until a person puts it away.
function keptOnes() {
  try { return JSON.parse(sessionStorage.getItem(kept)) ?? []; } catch { return []; }
}

function keep(ones) {
  sessionStorage.setItem(kept, JSON.stringify(ones.slice(-50)));
  for (const old of list.querySelectorAll(".failed")) old.remove();
  for (const { name, why } of ones) {
    const item = document.createElement("li");
    item.className = "failed";
    const label = document.createElement("bdi");
    label.textContent = visible(name);
    const away = document.createElement("button");
    away.className = "plain";
    away.type = "button";
    away.textContent = "Put away";
    away.setAttribute("aria-label", `Put ${label.textContent} away`);
    away.addEventListener("click", () => {
      keep(keptOnes().filter((one) => one.name !== name || one.why !== why));
      list.querySelector(".failed button")?.focus();
    });
    item.append(label, ` Not taken: ${visible(why)} `, away);
    list.prepend(item);
  }
}

const visible = (text) => text.replace(/\p{C}/gu, "");

function disposition(name) {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const coded = encodeURIComponent(name.toWellFormed?.() ?? name);
  const whole = coded.replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}

// XMLHttpRequest and not fetch: only it tells how much of the body has gone.
function send(file, shown) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.dataset.uploads);
    request.setRequestHeader("Content-Disposition", disposition(file.name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) shown.say("sending", (event.loaded / event.total) * 0.5);
    });
    request.addEventListener("loadend", () => {
      let body = {};
      try { body = JSON.parse(request.responseText); } catch { /* no answer at all is told as such below */ }
      resolve({ taken: request.status === 202, status: request.status, body });
    });
    request.send(file);
  });
}

async function take(file) {
  const shown = line(file.name);
  const { taken, status, body } = await send(file, shown);
  if (!taken) {
    const why = status === 401 ? "signed out. Sign in and drop it again." : body.detail ?? "the server was not reached. Drop it again.";
    shown.item.remove();
    keep([...keptOnes(), { name: file.name, why }]);
    return;
  }
  if (body.duplicate_of) shown.item.append(" (same bytes as an earlier one)");
  follow(body.job_id, shown);
}

function next() {
  while (waiting.length && sending < SENT_AT_ONCE) {
    sending += 1;
    take(waiting.shift()).finally(() => { sending -= 1; next(); });
  }
}

function add(files) {
  waiting.push(...files);
  next();
}

// Without this module the form sends one file; with it, as many as one likes.
form.elements.file.multiple = true;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  add(form.elements.file.files);
  form.reset();
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("over", kind === "dragover");
    if (kind === "drop") add(event.dataTransfer.files);
  });
}
document.addEventListener("paste", (event) => add(event.clipboardData?.files ?? []));

afterwards.busy = () => sending > 0 || waiting.length > 0;
keep(keptOnes());
