// Swagger UI over our own document. Who is signed in to the console needs no key here: requests go to where the page is from.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// It leaves parts outside of landmarks, and goes from its title to headings of the third rank, which screen readers tell as a gap:
// the parts are named, and each heading counts as one higher.
const api = document.getElementById("api");
const PARTS = { ".information-container": ["region", "About"], ".scheme-container": ["region", "Server and credentials"], ".filter": ["search", "Filter"] };
const mend = () => {
  for (const [name, [role, label]] of Object.entries(PARTS)) {
    for (const part of api.querySelectorAll(`${name}:not([role])`)) { part.role = role; part.ariaLabel = label; }
  }
  for (const heading of api.querySelectorAll("h3, h4, h5, h6")) heading.ariaLevel = String(Number(heading.tagName[1]) - 1);
};
new MutationObserver(mend).observe(api, { childList: true, subtree: true });

SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  // Nobody outside is asked what they think of the document.
  validatorUrl: null,
  // Its list of servers lacks a name, which screen readers need.
  onComplete: () => document.getElementById("servers")?.setAttribute("aria-label", "Server"),
});
