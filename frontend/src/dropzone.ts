/** Files dropped on a `.dropzone` become those of the `<input type="file">` inside it; `.dropzone-files` names them. */
export function dropzones(): void {
  for (const kind of ["dragover", "dragleave", "drop"] as const) document.addEventListener(kind, onDrag);
  document.addEventListener("change", (event) => {
    const zone = (event.target as Element).closest<HTMLElement>(".dropzone");
    if (zone) name(zone, event.target as HTMLInputElement);
  });
}

function onDrag(event: DragEvent): void {
  const zone = (event.target as Element).closest<HTMLElement>(".dropzone");
  const input = zone?.querySelector<HTMLInputElement>('input[type="file"]');
  if (!zone || !input || input.disabled) return;
  event.preventDefault();
  zone.classList.toggle("over", event.type === "dragover");
  if (event.type !== "drop" || !event.dataTransfer?.files.length) return;
  input.files = input.multiple ? event.dataTransfer.files : first(event.dataTransfer.files);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function first(files: FileList): FileList {
  const kept = new DataTransfer();
  if (files[0]) kept.items.add(files[0]);
  return kept.files;
}

function name(zone: HTMLElement, input: HTMLInputElement): void {
  const said = zone.querySelector(".dropzone-files");
  if (said) said.textContent = [...(input.files ?? [])].map((file) => file.name).join(", ");
}
