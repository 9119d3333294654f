// The heat map: each column's histogram, shaded by how many requests lie in a quarter of an octave.

import type { Chart } from "./chart";
import { drawBands, drawKnowledge, edges } from "./chart";
import { drawFailed } from "./row";
import type { LogScale } from "./scale";
import { logScale } from "./scale";
import type { Columns } from "../store/columns";
import { binStart } from "../store/histogram";
import { columnsOf } from "../time";

/** Bins of an octave that are shown; twice as many are stored. */
const SHOWN_PER_OCTAVE = 4;

/** Counts per column and shown bin; `first` is the number of the lowest bin. */
export type Heat = { counts: Float64Array, rows: number, first: number, most: number };

/** What the heat map of a window shows: its successes, or its failures. */
export function heatOf(chart: Pick<Chart, "columns" | "window">, scale: LogScale, binsPerOctave: number, isFailed = false): Heat {
  const first = Math.floor(Math.log2(scale.low) * SHOWN_PER_OCTAVE), last = Math.ceil(Math.log2(scale.high) * SHOWN_PER_OCTAVE);
  const rows = Math.max(1, last - first), columns = columnsOf(chart.window), counts = new Float64Array(rows * columns);
  let most = 0;
  for (let n = 0; n < chart.columns.length; n += 1) {
    if ((isFailed ? chart.columns.failed : chart.columns.samples)[n]! <= 0) continue;
    const bins = chart.columns.histogram(n, isFailed);
    for (let bin = 0; bin < bins.length; bin += 1) {
      if (bins[bin] === 0) continue;
      const row = Math.max(0, Math.min(rows - 1, Math.floor((bin / binsPerOctave) * SHOWN_PER_OCTAVE) - first));
      const at = n * rows + row;
      counts[at] = counts[at]! + bins[bin]!;
      most = Math.max(most, counts[at]!);
    }
  }
  return { counts, rows, first, most };
}

/** The scale that holds all failures of a window; null: there are none. */
export function failedScale(columns: Columns, binsPerOctave: number): LogScale | null {
  let low = Infinity, high = -1;
  for (let n = 0; n < columns.length; n += 1) {
    if (columns.failed[n]! <= 0) continue;
    columns.histogram(n, true).forEach((count, bin) => {
      if (count <= 0) return;
      low = Math.min(low, bin);
      high = Math.max(high, bin);
    });
  }
  return high < 0 ? null : logScale(binStart(low, binsPerOctave), binStart(high + 1, binsPerOctave));
}

/** Which of the eight shades a count has: by its logarithm, and the lowest is seen well, so that one slow request is. */
export function shade(count: number, most: number): number {
  return most <= 1 ? 7 : Math.min(7, Math.floor((Math.log(count) / Math.log(most)) * 7.999));
}

/** Draws it, with a lane of failed shares on top and the objective as a line. */
export function drawHeat(chart: Chart, heat: Heat, scale: LogScale, limitUs: number | null, successMin: number): void {
  const lane = Math.round(12 * chart.ratio), gap = Math.round(3 * chart.ratio);
  drawFailed({ ...chart, height: lane }, successMin);
  drawShades({ ...chart, top: chart.top + lane + gap, height: chart.height - lane - gap, isBare: true }, heat, scale, limitUs);
}

/** Draws the shades alone. */
export function drawShades(below: Chart, heat: Heat, scale: LogScale, limitUs: number | null): void {
  const { pixels, palette, ratio } = below;
  drawBands(below);
  const places = edges(below), columns = places.length - 1;
  const place = (us: number) => below.top + below.height * (1 - scale.share(us));
  for (let row = 0; row < heat.rows; row += 1) {
    const top = Math.round(place(2 ** ((heat.first + row + 1) / SHOWN_PER_OCTAVE)));
    const bottom = Math.round(place(2 ** ((heat.first + row) / SHOWN_PER_OCTAVE)));
    for (let n = 0; n < columns; n += 1) {
      const count = heat.counts[n * heat.rows + row]!;
      if (count > 0) pixels.fill(below.left + places[n]!, top, places[n + 1]! - places[n]!, Math.max(1, bottom - top), palette.ramp[shade(count, heat.most)]!);
    }
  }
  if (limitUs !== null) {
    pixels.dashes(below.left, place(limitUs), below.width, Math.max(1, Math.round(ratio)), Math.round(5 * ratio), palette.ink);
  }
  drawKnowledge(below);
}
