/** The search of every page: Ctrl K (or Command K) goes to it, the arrows walk through what was found, Escape leaves. */
const FIELD = ".search input[type=search]";

export function search(): void {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey)) open(event);
    const form = (event.target as Element | null)?.closest?.<HTMLElement>(".search");
    if (form && event.key === "Escape") leave(form);
    if (form && (event.key === "ArrowDown" || event.key === "ArrowUp")) walk(event, form);
  });
  document.addEventListener("htmx:after:swap", say);
}

/** How much was found, to whoever does not see the menu. */
function say(): void {
  const said = document.getElementById("search-said");
  const text = document.querySelector("#search-found [data-said]")?.textContent ?? "";
  if (said && said.textContent !== text) said.textContent = text;
}

function open(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>(FIELD);
  if (!field?.offsetParent) return; // a telephone has its search in the menu
  event.preventDefault();
  field.focus();
  field.select();
}

function leave(form: HTMLElement): void {
  const field = form.querySelector<HTMLInputElement>("input[type=search]");
  field?.dispatchEvent(new CustomEvent("htmx:abort"));
  form.querySelector(".menu")?.replaceChildren();
  field?.focus();
}

function walk(event: KeyboardEvent, form: HTMLElement): void {
  const stops = [...form.querySelectorAll<HTMLElement>("input[type=search], .menu a")];
  const next = stops[stops.indexOf(document.activeElement as HTMLElement) + (event.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
