/** Menus (`<details>` with a `.menu` or `.popover`) close with Escape, a click elsewhere and the opening of another;
 * the focus goes back to what opened them. A native popover is placed under its button, which hovering opens too. */
const MENUS = "details:has(> .menu, > .popover)[open]";
const HOVER = 300;
const GAP = 6;

export function overlays(): void {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll<HTMLDetailsElement>(MENUS)) close(menu);
  });
  document.addEventListener("pointerdown", (event) => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>(MENUS)) {
      if (!menu.contains(event.target as Node)) menu.open = false;
    }
  });
  document.addEventListener("toggle", place, true);
  hovering();
}

function close(menu: HTMLDetailsElement): void {
  const hadFocus = menu.contains(document.activeElement);
  menu.open = false;
  if (hadFocus) menu.querySelector("summary")?.focus();
}

function opener(popover: HTMLElement): HTMLElement | null {
  return document.querySelector(`[popovertarget="${CSS.escape(popover.id)}"]`);
}

function place(event: Event): void {
  const popover = event.target;
  if (!(popover instanceof HTMLElement) || !popover.matches(".popover[popover]:popover-open")) return;
  const from = opener(popover);
  if (from) put(popover, from);
}

/** Under what opened it, or above where there is no room; never beyond the window. */
export function put(popover: HTMLElement, opener: HTMLElement): void {
  const from = opener.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const fitsUnder = from.bottom + GAP + height <= innerHeight || from.top < height + GAP;
  popover.style.left = `${Math.max(16, Math.min(from.left, innerWidth - width - 16))}px`;
  popover.style.top = `${fitsUnder ? from.bottom + GAP : from.top - height - GAP}px`;
}

/** `data-hover` on a button: its popover opens when the pointer has rested on it. */
function hovering(): void {
  let waiting = 0;
  document.addEventListener("pointerover", (event) => {
    clearTimeout(waiting);
    const button = (event.target as Element).closest<HTMLElement>("[popovertarget][data-hover]");
    if (!button || event.pointerType !== "mouse") return;
    waiting = window.setTimeout(() => {
      document.getElementById(button.getAttribute("popovertarget") ?? "")?.showPopover();
    }, HOVER);
  });
}
