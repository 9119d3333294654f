// What the small charts of a population have in common: a place on the raster, columns, bands and gaps.

import type { Columns } from "../store/columns";
import type { Window } from "../time";
import { columnsOf } from "../time";
import type { Palette } from "./palette";
import { mixed } from "./palette";
import type { Pixels } from "./pixels";

/** Seconds in which a fault was in effect. */
export type Band = { from: number, to: number };

/** What is drawn where. Pixels are those of the device. */
export type Chart = {
  pixels: Pixels, palette: Palette, columns: Columns, window: Window,
  left: number, top: number, width: number, height: number,
  bands: readonly Band[],
  /** Seconds from which on numbers may still change. */
  final: number,
  /** Seconds beyond which nothing can be known yet. */
  now: number,
  /** The first second of which something should be known. */
  first?: number,
  /** Device pixels in one of the page's. */
  ratio: number,
  /** Whether the numbers of this population can't be trusted. */
  isDistrusted: boolean,
  /** Whether the bar on top of fault bands is left out, because another lane above has it. */
  isBare?: boolean,
};

/** Whole pixels of one column, and where the first begins: what is left over stays free at the left. */
export function layout(chart: Pick<Chart, "window" | "left" | "width">): { size: number, start: number } {
  const columns = columnsOf(chart.window);
  const size = Math.max(1, Math.floor(chart.width / columns));
  return { size, start: chart.left + chart.width - size * columns };
}

/** Where a second lies on a chart. */
export function placeOf(second: number, chart: Pick<Chart, "window" | "left" | "width">): number {
  const { size, start } = layout(chart);
  return start + ((second - chart.window.from) / chart.window.step) * size;
}

/** The second at a place of a chart: the first of its column. */
export function secondAt(place: number, chart: Pick<Chart, "window" | "left" | "width">): number {
  const { size, start } = layout(chart);
  const column = Math.max(0, Math.min(columnsOf(chart.window) - 1, Math.floor((place - start) / size)));
  return chart.window.from + column * chart.window.step;
}

/** Fault bands below everything: a bar on top, hatching beneath. */
export function drawBands(chart: Chart): void {
  const { pixels, palette, top, height, ratio } = chart;
  const hatch = mixed(palette.panel, palette.ink, 0.22), period = Math.round(7 * ratio);
  for (const band of chart.bands) {
    const from = Math.max(chart.left, placeOf(band.from, chart)), to = Math.min(chart.left + chart.width, placeOf(band.to, chart));
    if (to <= from) continue;
    const width = Math.max(to - from, 2 * ratio);
    pixels.each(from, top, width, height, (x, y, old) => ((x + y) % period < ratio ? hatch : old));
    if (chart.isBare !== true) pixels.fill(from, top, width, (height < 30 * ratio ? 2 : 3) * ratio, palette.ink);
  }
}

/** What is unknown, what is not final yet, and what is not trusted: over everything. */
export function drawKnowledge(chart: Chart): void {
  const { pixels, palette, columns, window, top, height, ratio } = chart;
  const { size, start } = layout(chart);
  const count = columnsOf(window), period = Math.round(6 * ratio), dot = Math.max(1, Math.round(1.5 * ratio));
  for (let n = 0; n < count; n += 1) {
    const second = window.from + n * window.step, x = start + n * size;
    if (second >= chart.now) break;
    const column = second / window.step;
    const known = column < columns.length ? columns.seconds[column]! : 0;
    const expected = Math.min(window.step, chart.now - second);
    if (second + window.step <= (chart.first ?? 0)) continue;
    if (known < expected && second + window.step <= chart.final) {
      pixels.each(x, top, size, height, (px, y) => (
        px % period < dot && y % period < dot ? palette["ink-2"] : palette.panel));
    } else if (chart.isDistrusted) {
      const hatch = mixed(palette.panel, palette["ink-2"], 0.7);
      pixels.each(x, top, size, height, (px, y, old) => ((px + y) % period < 1 || (px - y + 6000) % period < 1 ? hatch : old));
    } else if (second + window.step > chart.final) {
      pixels.each(x, top, size, height, (_x, _y, old) => mixed(old, palette.panel, 0.5));
    }
  }
}
