// The three charts of one population: traffic by who served it, failed share, response times.

import type { Chart } from "./chart";
import { drawBands, drawKnowledge, edge, firstColumn } from "./chart";
import type { LogScale } from "./scale";
import { columnsOf } from "../time";
import { mixed } from "./palette";

/** Calls with each column that something is known of: its number, its left edge and its width. */
function eachColumn(chart: Chart, draw: (column: number, x: number, size: number) => void): void {
  const begin = chart.window.from / chart.window.step, count = Math.min(columnsOf(chart.window), chart.columns.length - begin);
  for (let n = firstColumn(chart), x = edge(n, chart); n < count; n += 1) {
    const next = edge(n + 1, chart);
    if (chart.columns.seconds[begin + n]! > 0) draw(begin + n, x, next - x);
    x = next;
  }
}

/** Requests per second, stacked: home below, elsewhere on it, failed on top with stripes, one pixel between them. */
export function drawTraffic(chart: Chart, most: number): void {
  drawBands(chart);
  const { pixels, palette, columns, top, height, ratio } = chart;
  const bottom = top + height, gap = Math.max(1, Math.round(ratio));
  const scale = (height - 4 * ratio) / Math.max(most, 1e-9), stripe = Math.round(2 * ratio);
  eachColumn(chart, (column, x, size) => {
    const seconds = columns.seconds[column]!;
    const home = columns.home[column]! / seconds, ok = columns.ok[column]! / seconds, failed = columns.failed[column]! / seconds;
    const homeTop = bottom - Math.round(home * scale);
    const okTop = bottom - Math.round(ok * scale);
    let allTop = bottom - Math.round((ok + failed) * scale);
    if (failed > 0 && allTop > okTop - gap - 1) allTop = okTop - gap - 1;
    pixels.fill(x, homeTop, size, bottom - homeTop, palette["calm-fill"]);
    if (okTop < homeTop) pixels.fill(x, okTop, size, homeTop - okTop - (homeTop < bottom ? gap : 0), palette.react);
    if (failed > 0) drawStriped(chart, x, allTop, size, okTop - allTop - (okTop < bottom ? gap : 0), stripe);
  });
  drawKnowledge(chart);
}

/** The colour of failures, with stripes that survive print without colours. */
function drawStriped(chart: Chart, x: number, top: number, width: number, height: number, stripe: number): void {
  const { palette, pixels } = chart, light = mixed(palette.harm, palette.panel, 0.38);
  pixels.stripes(x, top, width, Math.max(height, 1), stripe, palette.harm, light);
}

/** The failed share of each column, 0 to 100 %; at least two pixels as soon as the objective is missed. */
export function drawFailed(chart: Chart, successMin: number): void {
  drawBands(chart);
  const { columns, top, height, ratio } = chart;
  eachColumn(chart, (column, x, size) => {
    const share = columns.worst[column]!;
    if (share <= 0) return;
    const least = share > 1 - successMin ? 2 * ratio : 0;
    const tall = Math.max(Math.round(share * (height - 4 * ratio)), least);
    if (tall > 0) drawStriped(chart, x, top + height - tall, size, tall, Math.round(2 * ratio));
  });
  drawKnowledge(chart);
}

/** Response times of successes: a band from p50 to p99 with a line at p99; dotted where there are few. */
export function drawLatency(chart: Chart, scale: LogScale, limitUs: number | null): void {
  drawBands(chart);
  const { pixels, palette, columns, top, height, ratio, left, width } = chart;
  const inner = height - (chart.isBare === true ? 1 : 4) * ratio, place = (us: number) => Math.round(top + height - scale.share(us) * inner);
  const line = Math.max(1, Math.round(1.3 * ratio)), band = mixed(palette.panel, palette["calm-fill"], 0.55);
  const over = mixed(palette.panel, palette.warn, 0.6);
  // The line goes on from the column before the first that is drawn.
  const begin = chart.window.from / chart.window.step, last = begin + firstColumn(chart) - 1;
  const isJoined = last >= begin && last < columns.length && columns.samples[last]! > 0;
  let before: number | null = isJoined ? place(columns.p99[last]!) : null, beforeColumn = isJoined ? last : -2;
  eachColumn(chart, (column, x, size) => {
    if (columns.samples[column]! <= 0) return;
    const p99 = place(columns.p99[column]!), p50 = place(columns.p50[column]!), isSlow = limitUs !== null && columns.p99[column]! > limitUs;
    const isFew = columns.samples[column]! < 20;
    if (isFew) {
      pixels.hatch(x, p99, size, p50 - p99, 3, 1, band);
    } else {
      pixels.fill(x, p99, size, p50 - p99, isSlow ? over : band);
    }
    const from = before !== null && beforeColumn === column - 1 ? Math.min(before, p99) : p99;
    const to = before !== null && beforeColumn === column - 1 ? Math.max(before, p99) : p99;
    pixels.fill(x, from, Math.min(line, size), to - from, palette.calm);
    pixels.fill(x, p99, size, line, palette.calm);
    before = p99;
    beforeColumn = column;
  });
  if (limitUs !== null && scale.share(limitUs) >= 0 && scale.share(limitUs) <= 1) {
    pixels.dashes(left, place(limitUs), width, Math.max(1, Math.round(ratio)), Math.round(5 * ratio), palette.ink);
  }
  drawKnowledge(chart);
}

/** Failures as a lane of their own over response times: for many rows. */
export function drawCompact(chart: Chart, scale: LogScale, limitUs: number | null, successMin: number): void {
  const lane = Math.round(8 * chart.ratio), gap = Math.round(2 * chart.ratio);
  drawFailed({ ...chart, height: lane + Math.round(chart.ratio) }, successMin);
  drawLatency({ ...chart, top: chart.top + lane + gap, height: chart.height - lane - gap, isBare: true }, scale, limitUs);
}
