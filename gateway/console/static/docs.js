// Swagger UI over our own document. Who is signed in to the console needs no key here: requests go to where the page is from.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

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
