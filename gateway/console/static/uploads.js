// Uploads with progress that is the server's own: what a job says is shown, after a reload and in a second tab as well.
const form = document.querySelector("form[data-uploads]");
const list = document.getElementById("uploads");
const POLL_MS = 700;
const QUIET_MS = 3000;
const ASKED_AT_ONCE = 8;
const SENT_AT_ONCE = 3;

const waiting = [];
const watched = new Map(); // job id -> how to show it
let sending = 0;
let refused = 0;

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

function line(name) {
  const item = document.createElement("li");
  const bar = document.createElement("progress");
  const words = document.createElement("span");
  const label = document.createElement("bdi");
  label.textContent = name.replace(/\p{C}/gu, "");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", "Progress");
  item.append(label, " ", bar, " ", words);
  list.append(item);
  return { item, say: (text, done) => { words.textContent = text; if (done !== undefined) bar.value = done; } };
}

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
    refused += 1;
    shown.item.className = "failed";
    if (status === 401) shown.say("Not taken: signed out. Sign in and drop it again.", 0);
    else shown.say(`Not taken: ${body.detail ?? "the server was not reached. Drop it again."}`, 0);
    return;
  }
  if (body.duplicate_of) shown.item.append(" (same bytes as an earlier one)");
  watched.set(body.job_id, shown);
}

function tell(shown, job) {
  const done = job.pages_total ? job.pages_done / job.pages_total : 0;
  if (job.status === "succeeded") shown.say("read", 1);
  else if (job.status === "failed") shown.say(`${(job.failure_reason ?? "failed").replaceAll("_", " ")}: ${job.failure_detail ?? ""}`, 1);
  else if (job.status === "queued") shown.say("waiting", 0.5);
  else shown.say(job.pages_total ? `reading, page ${job.pages_done} of ${job.pages_total}` : "reading", 0.5 + done / 2);
  return job.status === "succeeded" || job.status === "failed";
}

// Returns whether to go on soon, or only after a rest.
async function askAfter(id) {
  let answer;
  try {
    answer = await fetch(`/v1/jobs/${id}`, { headers: { Accept: "application/json" } });
  } catch {
    watched.get(id).say("no connection; trying again");
    return false;
  }
  if (answer.status === 401) { location.reload(); return false; }
  if (answer.status === 404) { watched.delete(id); return true; }
  if (!answer.ok) return false;
  if (tell(watched.get(id), await answer.json())) watched.delete(id);
  return true;
}

async function watch() {
  let some = false;
  for (;;) {
    some ||= watched.size > 0;
    const soon = await Promise.all([...watched.keys()].slice(0, ASKED_AT_ONCE).map(askAfter));
    if (some && !watched.size && !sending && !waiting.length) {
      if (!refused) { location.reload(); return; }
      const again = document.createElement("a");
      again.href = location.href;
      again.textContent = "Show the bills that were taken";
      const item = document.createElement("li");
      item.append(again);
      list.append(item);
      some = false;
    }
    await pause(soon.every(Boolean) ? POLL_MS : QUIET_MS);
  }
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

for (const cell of document.querySelectorAll("[data-job]")) {
  const state = cell.querySelector(".state");
  watched.set(cell.dataset.job, { say: (text) => { state.textContent = `… ${text}`; } });
}
watch();
