// The charts of one population: traffic by who served it, failed share, requests under way, response times.

import type { Chart } from "./chart";
import { drawBands, drawKnowledge, edges, firstColumn } from "./chart";
import { drawOther } from "./other";
import { Outline } from "./pixels";
import type { LogScale } from "./scale";
import { mixed } from "./palette";
import type { Columns } from "../store/columns";
import { NONE } from "../store/columns";

/** Outlines that all rows share. */
const home = new Outline(), elsewhere = new Outline(), failures = new Outline(), under = new Outline(), band = new Outline(), line = new Outline();

/** Calls with each column that something is known of: its number, its left edge and its right one. */
function eachColumn(chart: Chart, draw: (column: number, from: number, to: number) => void): void {
  const { columns, left } = chart, places = edges(chart), count = Math.min(places.length - 1, columns.length);
  for (let n = firstColumn(chart); n < count; n += 1) if (columns.seconds[n]! > 0) draw(n, left + places[n]!, left + places[n + 1]!);
}

/** Requests per second, stacked: home below, elsewhere on it, failed on top with stripes, one pixel between them. */
export function drawTraffic(chart: Chart, most: number): void {
  drawBands(chart);
  const { pixels, palette, columns, top, height, ratio } = chart;
  const bottom = top + height, gap = Math.max(1, Math.round(ratio)), scale = (height - 4 * ratio) / Math.max(most, 1e-9);
  for (const outline of [home, elsewhere, failures]) outline.begin(pixels.width);
  eachColumn(chart, (column, from, to) => {
    const seconds = columns.seconds[column]!;
    const atHome = columns.home[column]! / seconds, ok = columns.ok[column]! / seconds, failed = columns.failed[column]! / seconds;
    const homeTop = bottom - Math.round(atHome * scale), okTop = bottom - Math.round(ok * scale);
    let allTop = bottom - Math.round((ok + failed) * scale);
    if (failed > 0 && allTop > okTop - gap - 1) allTop = okTop - gap - 1;
    home.set(from, to, homeTop, bottom, palette["calm-fill"]);
    if (okTop < homeTop) elsewhere.set(from, to, okTop, homeTop - (homeTop < bottom ? gap : 0), palette.react);
    if (failed > 0) setFailed(chart, from, to, allTop, okTop - (okTop < bottom ? gap : 0));
  });
  for (const outline of [home, elsewhere, failures]) pixels.area(outline);
  const place = (count: number, seconds: number) => bottom - Math.round((count / seconds) * scale);
  for (const part of ["home", "ok"] as const) {
    drawOther(chart, { base: bottom, place: (of, n) => place(of[part][n]!, of.seconds[n]!), area: (of, n) => place(of.ok[n]! + of.failed[n]!, of.seconds[n]!) });
  }
  drawKnowledge(chart);
}

/** The colour of failures, with stripes that survive print without colours. */
function setFailed({ palette, ratio }: Chart, from: number, to: number, top: number, bottom: number): void {
  failures.set(from, to, top, Math.max(bottom, top + 1), palette.harm, mixed(palette.harm, palette.panel, 0.38), Math.round(2 * ratio));
}

/** The failed share of each column, 0 to 100 %; at least two pixels as soon as the objective is missed. */
export function drawFailed(chart: Chart, successMin: number): void {
  drawBands(chart);
  const { pixels, columns, top, height, ratio } = chart;
  failures.begin(pixels.width);
  eachColumn(chart, (column, from, to) => {
    const share = columns.worst[column]!;
    if (share <= 0) return;
    const least = share > 1 - successMin ? 2 * ratio : 0;
    const tall = Math.max(Math.round(share * (height - 4 * ratio)), least);
    if (tall > 0) setFailed(chart, from, to, top + height - tall, top + height);
  });
  pixels.area(failures);
  const place = (of: Columns, n: number) => top + height - Math.round(of.worst[n]! * (height - 4 * ratio));
  drawOther(chart, { base: top + height, place, area: place });
  drawKnowledge(chart);
}

/** Failed share, and below it a lane of its own for saturation: the most requests that were under way at once in each column. */
export function drawSaturation(chart: Chart, successMin: number, most: number): void {
  const { pixels, palette, columns, height, ratio } = chart, lane = Math.round(15 * ratio), gap = Math.round(2 * ratio), bottom = chart.top + height;
  drawFailed({ ...chart, height: height - lane - gap }, successMin);
  const below = { ...chart, top: bottom - lane, height: lane, isBare: true };
  drawBands(below);
  const place = (of: Columns, n: number) => (of.inFlight[n]! > 0 ? bottom - Math.round(Math.max(ratio, (of.inFlight[n]! / Math.max(most, 1)) * lane)) : bottom);
  under.begin(pixels.width);
  eachColumn(chart, (column, from, to) => under.set(from, to, place(columns, column), bottom, palette.calm));
  pixels.area(under);
  drawOther(below, { base: bottom, place, area: place });
  drawKnowledge(below);
}

/** Response times of successes: a band from p50 to p99 with a line at p99; dotted where there are few. */
export function drawLatency(chart: Chart, scale: LogScale, limitUs: number | null): void {
  drawBands(chart);
  const { pixels, palette, columns, top, height, ratio, left, width } = chart;
  const inner = height - (chart.isBare === true ? 1 : 4) * ratio, bins = columns.binsPerOctave;
  const placeOf = (bin: number, per: number) => Math.round(top + height - scale.shareOfOctaves((bin + 0.5) / per) * inner), place = (bin: number) => placeOf(bin, bins);
  // Beside another run's line this one's is the thicker.
  const thick = Math.max(1, Math.round((chart.other ? 2 : 1.3) * ratio)), well = mixed(palette.panel, palette["calm-fill"], 0.55), over = mixed(palette.panel, palette.warn, 0.6);
  const slow = limitUs === null ? Infinity : Math.log2(limitUs) * bins - 0.5;
  // The line goes on from the column before the first that is drawn.
  let last = firstColumn(chart) - 1, before = last >= 0 && last < columns.length ? columns.p99[last]! : NONE;
  band.begin(pixels.width);
  line.begin(pixels.width);
  eachColumn(chart, (column, from, to) => {
    const bin = columns.p99[column]!;
    if (bin === NONE) return;
    const p99 = place(bin), p50 = place(columns.p50[column]!);
    if (columns.samples[column]! < 20) pixels.hatch(from, p99, to - from, p50 - p99, 3, 1, well);
    else band.set(from, to, p99, p50, bin > slow ? over : well);
    line.set(from, to, p99, p99 + thick, palette.calm);
    if (before !== NONE && last === column - 1) {
      const from99 = place(before);
      line.set(from, Math.min(from + thick, to), Math.min(from99, p99), Math.max(from99, p99 + thick), palette.calm);
    }
    before = bin;
    last = column;
  });
  pixels.area(band);
  drawOther(chart, { base: Infinity, place: (of, n) => (of.p99[n] === NONE ? null : placeOf(of.p99[n]!, of.binsPerOctave)) });
  pixels.area(line);
  if (limitUs !== null && scale.share(limitUs) >= 0 && scale.share(limitUs) <= 1) {
    pixels.dashes(left, Math.round(top + height - scale.share(limitUs) * inner), width, Math.max(1, Math.round(ratio)), Math.round(5 * ratio), palette.ink);
  }
  drawKnowledge(chart);
}

/** Failures as a lane of their own over response times: for many rows. */
export function drawCompact(chart: Chart, scale: LogScale, limitUs: number | null, successMin: number): void {
  const lane = Math.round(8 * chart.ratio), gap = Math.round(2 * chart.ratio);
  drawFailed({ ...chart, height: lane + Math.round(chart.ratio) }, successMin);
  drawLatency({ ...chart, top: chart.top + lane + gap, height: chart.height - lane - gap, isBare: true }, scale, limitUs);
}
