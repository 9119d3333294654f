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
  /** The same columns of the run that is compared with, if there is one. */
  other?: Columns | null,
  /** Seconds from which on numbers may still change. */
  final: number,
  /** Seconds beyond which nothing can be known yet. */
  now: number,
  /** The first second of which something should be known. */
  first?: number,
  /** Device pixels in one of the page's. */
  ratio: number,
  /** Seconds whose numbers can't be trusted: [from, to). */
  doubts: readonly Band[],
  /** The first second of which something is new; nothing: all is drawn. */
  since?: number,
  /** Whether the bar on top of fault bands is left out, because another lane above has it. */
  isBare?: boolean,
};

/** The room of a chart, and what it shows. */
export type Room = Pick<Chart, "window" | "left" | "width">;

/** Where the n-th column begins: whole pixels. Columns differ by one pixel at most, and together they fill the chart. */
export function edge(n: number, { window, left, width }: Room): number {
  return left + Math.round((n / columnsOf(window)) * width);
}

let known = { count: -1, width: -1, places: new Int32Array(0) };

/** Where all columns begin, from the left of the chart, and where the last ends: all rows of a grid have the same. */
export function edges({ window, width }: Pick<Room, "window" | "width">): Int32Array {
  const count = columnsOf(window);
  if (known.count !== count || known.width !== width) {
    known = { count, width, places: Int32Array.from({ length: count + 1 }, (_, n) => edge(n, { window, left: 0, width })) };
  }
  return known.places;
}

/** Where a second lies on a chart. */
export function placeOf(second: number, { window, left, width }: Room): number {
  return left + ((second - window.from) / (window.to - window.from)) * width;
}

/** The second at a place of a chart: the first of its column. */
export function secondAt(place: number, { window, left, width }: Room): number {
  const columns = columnsOf(window), column = Math.floor(((place - left) / width) * columns);
  return window.from + Math.max(0, Math.min(columns - 1, column)) * window.step;
}

/** The first column that is drawn: all are, or those from the second on of which something is new. */
export function firstColumn({ window, since }: Pick<Chart, "window" | "since">): number {
  return since === undefined ? 0 : Math.max(0, Math.floor((since - window.from) / window.step));
}

/** Fault bands below everything: a bar on top, hatching beneath. */
export function drawBands(chart: Pick<Chart, "pixels" | "palette" | "window" | "left" | "top" | "width" | "height" | "bands" | "ratio" | "isBare">): void {
  const { pixels, palette, top, height, ratio } = chart;
  const hatch = mixed(palette.panel, palette.ink, 0.22), period = Math.round(7 * ratio);
  for (const band of chart.bands) {
    const from = Math.max(chart.left, placeOf(band.from, chart)), to = Math.min(chart.left + chart.width, placeOf(band.to, chart));
    if (to <= from) continue;
    const width = Math.max(to - from, 2 * ratio);
    pixels.hatch(from, top, width, height, period, Math.ceil(ratio), hatch);
    if (chart.isBare !== true) pixels.fill(from, top, width, (height < 30 * ratio ? 2 : 3) * ratio, palette.ink);
  }
}

/** What is unknown, what is not final yet, and what is not trusted: over everything. */
export function drawKnowledge(chart: Chart): void {
  const { pixels, palette, columns, window, top, height, ratio, left, now, final, doubts, first = 0 } = chart;
  const places = edges(chart), { step } = window, count = Math.min(places.length - 1, Math.ceil((now - window.from) / step));
  const period = Math.round(6 * ratio), dot = Math.max(1, Math.round(1.5 * ratio)), cross = palette.ink;
  for (let n = Math.max(firstColumn(chart), Math.floor((first - window.from) / step)); n < count; n += 1) {
    const second = window.from + n * step, known = n < columns.length ? columns.seconds[n]! : 0;
    const isFresh = second + step > final, isUnknown = !isFresh && known < Math.min(step, now - second);
    const isDoubted = doubts.some((doubt) => doubt.from < second + step && doubt.to > second);
    if (!isUnknown && !isFresh && !isDoubted) continue;
    const x = left + places[n]!, size = places[n + 1]! - places[n]!;
    if (isUnknown) {
      pixels.fill(x, top, size, height, palette.panel);
      pixels.dots(x, top, size, height, period, dot, palette["ink-2"]);
    } else if (isDoubted) {
      // In ink, which is told from the areas beneath it as from the panel.
      pixels.hatch(x, top, size, height, period + 1, 1, cross);
      pixels.hatch(x, top, size, height, period + 1, 1, cross, true);
    } else {
      pixels.fade(x, top, size, height, palette.panel);
    }
  }
}
