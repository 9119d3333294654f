// The run that is compared with, on a chart of this one: outlines without a fill. Areas and thick lines are this run. Where an outline
// lies level on an area, a seam of the panel's colour parts it from that; along the edge of one it would only be noise.

import type { Columns } from "../store/columns";
import type { Chart } from "./chart";
import { edges, firstColumn } from "./chart";
import { Outline } from "./pixels";

const seam = new Outline(), line = new Outline();

/** Where an outline runs, in rows of the raster, by column. */
export type Course = {
  /** Of the other run; null: there is nothing. */
  place: (columns: Columns, column: number) => number | null,
  /** What lies here is nothing: it has no line, but the line goes down to it. */
  base: number,
  /** How high this run's area is; left out: there is none. */
  area?: (columns: Columns, column: number) => number,
};

export function drawOther(chart: Chart, { place, base, area }: Course): void {
  const { other, columns, pixels, palette, left, top, ratio } = chart;
  if (other === undefined || other === null) return;
  const places = edges(chart), count = Math.min(places.length - 1, other.length), thick = Math.max(1, Math.round(ratio));
  const at = (column: number) => (column < 0 || column >= count || other.seconds[column]! <= 0 ? null : place(other, column));
  const first = firstColumn(chart);
  let before = at(first - 1);
  seam.begin(pixels.width);
  line.begin(pixels.width);
  for (let n = first; n < count; n += 1) {
    const y = at(n), from = left + places[n]!, to = left + places[n + 1]!;
    if (y !== null && y < base) {
      const isOver = area !== undefined && n < columns.length && columns.seconds[n]! > 0 && y > area(columns, n) + 4 * thick;
      if (isOver) seam.set(from, to, Math.max(top, y - thick), y + 2 * thick, palette.panel);
      line.set(from, to, y, y + thick, palette["ink-2"]);
    }
    // An upright part has no seam: in narrow columns it would hide what this run has there.
    if (y !== null && before !== null && y !== before) {
      line.set(from, Math.min(from + thick, to), Math.min(y, before), Math.min(Math.max(y, before), base - thick) + thick, palette["ink-2"]);
    }
    before = y;
  }
  if (area !== undefined) pixels.area(seam);
  pixels.area(line);
}
