// "why?" without leaving the page: every explanation is a page of its own, which is fetched and shown in a dialog. Where that fails,
// and without this module, the link leads to it.
const dialog = document.createElement("dialog");
const close = document.createElement("button");
const told = document.createElement("div");
dialog.className = "why";
close.className = "plain";
close.type = "button";
close.textContent = "Close";
close.addEventListener("click", () => dialog.close());
dialog.append(close, told);
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
document.body.append(dialog);

// XMLHttpRequest and not fetch: it takes an answer apart by itself, so no text is turned into markup here.
function pageAt(address) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.addEventListener("loadend", () => resolve(request.status === 200 ? request.response : null));
    request.send();
  });
}

let asked = 0;
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-why]");
  if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const mine = (asked += 1);
  const found = (await pageAt(link.href))?.querySelector("[data-explanation]");
  if (mine !== asked) return;
  if (!found) { location.assign(link.href); return; }
  const explanation = document.importNode(found, true);
  explanation.hidden = false;
  explanation.querySelectorAll("form").forEach((form) => form.remove());
  explanation.querySelectorAll("[id]").forEach((one) => one.removeAttribute("id"));
  told.replaceChildren(explanation);
  dialog.setAttribute("aria-label", explanation.querySelector("h1, h2, h3")?.textContent ?? "Why");
  if (!dialog.open) dialog.showModal();
  dialog.scrollTop = 0;
});
