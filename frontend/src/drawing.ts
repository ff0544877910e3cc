/** What the server sends of a chart (present/chart.py, `Chart.drawing`). */
import type { Config, VisualizationSpec } from "vega-embed";

export interface Point {
  text: string;
  href?: string;
}

export interface Drawing {
  spec: VisualizationSpec;
  themes: { light: Config; dark: Config };
  points: Point[];
}

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}
