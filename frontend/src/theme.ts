/** The theme follows the system until a button `data-choose-theme="light|dark|system"` says otherwise; this browser
 * remembers it. `cadran:theme` is told to whoever draws with colours of its own. */
const KEY = "cadran-theme";

export function themes(): void {
  show(localStorage.getItem(KEY) ?? document.documentElement.dataset.theme ?? "system");
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
  document.addEventListener("click", (event) => {
    const choice = (event.target as Element).closest<HTMLElement>("[data-choose-theme]")?.dataset.chooseTheme;
    if (!choice) return;
    localStorage.setItem(KEY, choice);
    show(choice);
  });
}

function show(choice: string): void {
  if (choice === "light" || choice === "dark") document.documentElement.dataset.theme = choice;
  else delete document.documentElement.dataset.theme;
  for (const button of document.querySelectorAll<HTMLElement>("[data-choose-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.chooseTheme === choice));
  }
  tell();
}

function tell(): void {
  document.dispatchEvent(new CustomEvent("cadran:theme"));
}
