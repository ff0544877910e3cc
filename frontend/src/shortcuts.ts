/** Ctrl K (or Command K) goes to the search of the page, where there is one. */
export function shortcuts(): void {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    const search = document.querySelector<HTMLInputElement>(".search input");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
}
