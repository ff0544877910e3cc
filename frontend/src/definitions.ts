/** The name of a KPI opens its definition over the page: once the fragment has come, it is shown under the name. Escape
 * and a click elsewhere close it, and the focus goes back: the browser does both for a native popover. */
import { put } from "./overlays";

export function definitions(): void {
  document.addEventListener("htmx:after:swap", (event) => {
    const popover = document.getElementById("definition");
    const opener = (event.target as Element | null)?.closest<HTMLElement>("[hx-target='#definition']");
    if (!popover || !opener) return;
    popover.showPopover();
    put(popover, opener);
    popover.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
  });
}
