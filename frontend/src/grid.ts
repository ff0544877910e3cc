/** A paste of several cells into a field of a `form[data-grid]` spreads to the right and down; nothing is sent. */
export function grids(): void {
  document.addEventListener("paste", (event) => {
    const field = event.target as Element | null;
    if (!(field instanceof HTMLInputElement) || !field.closest("form[data-grid]")) return;
    const lines = cells(event.clipboardData?.getData("text/plain") ?? "");
    if (lines.length < 2 && (lines[0]?.length ?? 0) < 2) return;
    event.preventDefault();
    spread(field, lines);
  });
}

function cells(text: string): string[][] {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((line) => line.split("\t"));
}

/** Columns are those of the table: where a cell has no field (nobody is there), its number is passed over. */
function spread(field: HTMLInputElement, lines: string[][]): void {
  const cell = field.closest("td");
  let row = field.closest("tr");
  if (!cell) return;
  const first = cell.cellIndex;
  for (const line of lines) {
    line.forEach((text, place) => {
      const there = row?.cells[first + place]?.querySelector<HTMLInputElement>('input[type="text"]');
      if (there) fill(there, text.trim());
    });
    row = row?.nextElementSibling as HTMLTableRowElement | null;
  }
}

function fill(field: HTMLInputElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}
