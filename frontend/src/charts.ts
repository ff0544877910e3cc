/** Draws every `<div class="chart" data-spec="id">` from the JSON of that id: `spec`, a `theme` for light and one for
 * dark, and `points` in reading order. Scripts are interpreted, never compiled, so that the policy needs no exception. */
import embed, { type Result } from "vega-embed";
import { expressionInterpreter } from "vega-interpreter";
import { isDark, type Drawing, type Point } from "./drawing";

const drawn = new Map<HTMLElement, Result>();

function drawAll(): void {
  for (const [place, result] of drawn) {
    if (!place.isConnected) {
      result.finalize();
      drawn.delete(place);
    }
  }
  for (const place of document.querySelectorAll<HTMLElement>(".chart[data-spec]")) {
    if (!drawn.has(place)) void draw(place);
  }
}

async function draw(place: HTMLElement): Promise<void> {
  const source = document.getElementById(place.dataset.spec ?? "");
  if (!source) throw new Error(`No drawing named ${place.dataset.spec}`);
  const drawing = JSON.parse(source.textContent ?? "") as Drawing;
  const frame = place.querySelector<HTMLElement>(".chart-frame") ?? place.appendChild(frameOf());
  const result = await embed(frame, drawing.spec, {
    config: drawing.themes[isDark() ? "dark" : "light"],
    renderer: "svg",
    actions: false,
    ast: true,
    expr: expressionInterpreter,
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
    // Vega names its drawing in English words of its own; the page's sentence stands on the element around it.
    downloadFileName: "cadran",
  });
  drawn.set(place, result);
  frame.querySelector("svg")?.setAttribute("aria-hidden", "true");
  frame.querySelector("svg")?.setAttribute("focusable", "false");
  follow(place, drawing.points, result);
}

function frameOf(): HTMLElement {
  const frame = document.createElement("div");
  frame.className = "chart-frame";
  return frame;
}

/** Click opens what a point stands for; arrows move along the points and read them. */
function follow(place: HTMLElement, points: Point[], { view }: Result): void {
  view.addEventListener("click", (_event, item) => open((item?.datum as Point | undefined)?.href));
  view.addEventListener("mousemove", (_event, item) => show((item?.datum as { index?: number } | undefined)?.index));
  view.addEventListener("mouseout", () => show(undefined));
  function show(index: number | undefined): void {
    if (!points.length || view.signal("focused") === (index ?? -1)) return;
    view.signal("focused", index ?? -1);
    void view.runAsync();
  }
  if (points.length) keyboard(place, points, show);
}

const listening = new WeakMap<HTMLElement, (index: number | undefined) => void>();

function keyboard(place: HTMLElement, points: Point[], show: (index: number | undefined) => void): void {
  const known = listening.has(place);
  listening.set(place, show);
  if (known) return;
  place.tabIndex = 0;
  const live = place.appendChild(document.createElement("p"));
  live.className = "hidden";
  live.setAttribute("aria-live", "polite");
  let at = -1;
  place.addEventListener("keydown", (event) => {
    const next = moved(event.key, at, points.length);
    if (event.key === "Enter") open(points[at]?.href);
    if (next === null) return;
    event.preventDefault();
    at = next;
    live.textContent = points[at]?.text ?? "";
    listening.get(place)?.(at);
  });
  place.addEventListener("blur", () => listening.get(place)?.(undefined));
}

function moved(key: string, at: number, count: number): number | null {
  const last = count - 1;
  switch (key) {
    case "ArrowRight":
    case "ArrowDown":
      return Math.min(last, at + 1);
    case "ArrowLeft":
    case "ArrowUp":
      return at < 0 ? last : Math.max(0, at - 1);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

function open(href: string | undefined): void {
  if (href) location.assign(href);
}

function drawAgain(): void {
  for (const result of drawn.values()) result.finalize();
  drawn.clear();
  drawAll();
}

document.addEventListener("cadran:theme", drawAgain);
document.addEventListener("htmx:after:swap", drawAll);
drawAll();
