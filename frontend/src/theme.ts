/** The theme is the person's choice, written by the server, else the system's. When the system changes,
 * `cadran:theme` is told to whoever draws with colours of its own. */
export function themes(): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("cadran:theme"));
  });
}
