// What becomes of bills that are being read: the server's own word, asked for again and again, so that it survives a reload and
// stands in a second tab as well.
const POLL_MS = 700;
const QUIET_MS = 3000;
const ASKED_AT_ONCE = 8;

const watched = new Map(); // job id -> how to show it

// Once nothing is watched any more the page is shown anew, for its lists are the server's; others may have more to wait for.
export const afterwards = { busy: () => false, act: () => location.reload() };

export const follow = (id, shown) => watched.set(id, shown);

const pause = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

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
    const turn = [...watched.keys()].slice(0, ASKED_AT_ONCE);
    const soon = await Promise.all(turn.map(askAfter));
    for (const id of turn) {
      // Whoever was asked after goes to the end: what is read first may stand last.
      const shown = watched.get(id);
      if (watched.delete(id)) watched.set(id, shown);
    }
    if (some && !watched.size && !afterwards.busy()) {
      some = false;
      afterwards.act();
    }
    await pause(soon.every(Boolean) ? POLL_MS : QUIET_MS);
  }
}

for (const cell of document.querySelectorAll("[data-job]")) {
  const state = cell.querySelector(".state");
  follow(cell.dataset.job, { say: (text) => { state.textContent = `… ${text}`; } });
}
watch();
