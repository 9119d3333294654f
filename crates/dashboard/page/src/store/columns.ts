// Seconds added up into columns: what one raster shows. Columns begin at whole multiples of their width, so that a
// window that moves on never changes what an old column holds. They are of one population, or of several as if they were one.
//
// Only the columns of a window are kept, whatever the run's length: a page that is open for a day at one second a column would keep
// 86,400 of them for each row. A window that moves takes along what it still shows, and only what is new is made.

import type { Window } from "../time";
import { columnsOf } from "../time";
import type { Series } from "./series";
import { DUE, FAILED, IN_FLIGHT, OK, SENT, Watch } from "./series";
import { quantileBin } from "./histogram";

/** No samples: there is no bin. */
export const NONE = -1;

/** The columns of a window, from its first on: column n is of seconds [from + n × step, from + (n + 1) × step). */
export class Columns {
  /** Seconds that are known of everybody; 0: the column is a gap. */
  seconds = new Float32Array(0);
  due = new Float64Array(0);
  sent = new Float64Array(0);
  ok = new Float64Array(0);
  failed = new Float64Array(0);
  home = new Float64Array(0);
  /** The worst failed share of any second in the column, 0 to 1. */
  worst = new Float32Array(0);
  inFlight = new Float32Array(0);
  /** Bins of the histogram, or [`NONE`]. */
  p50 = new Int16Array(0);
  p99 = new Int16Array(0);
  /** Successes with a response time. */
  samples = new Float64Array(0);
  /** How many columns of the window the run has reached. */
  length = 0;
  /** The first column that is kept, counted from the start of the run, and those that were made: [from, to) of the window. */
  private first = 0;
  private made = { from: 0, to: 0 };
  private version = "";
  private homes = "";
  private bins = new Float64Array(512);
  private readonly news: Watch;

  /** `shift`: how many seconds later in the series is what lies in a column; those of another run are laid upon this one's so. */
  constructor(readonly series: readonly Series[], readonly step: number, readonly binsPerOctave: number, private readonly shift = 0) {
    this.news = new Watch(series);
  }

  /** Changed whenever they are. */
  get key(): string {
    return `${this.version} ${this.homes} ${this.shift}`;
  }

  /** Ends the watching of the series. */
  release(): void {
    this.news.release();
  }

  /** Makes what of the window is new or has changed. `homes`: for each population the region whose successes count as at home; null: all do. */
  refresh(homes: readonly (number | null)[], window: Window): void {
    const version = `${window.from} ${window.to} ${this.series.map((each) => each.version).join()}`, wanted = homes.join();
    if (this.version === version && this.homes === wanted) return;
    if (this.homes !== wanted) this.made = { from: 0, to: 0 };
    this.version = version;
    this.homes = wanted;
    this.move(Math.round(window.from / this.step), columnsOf(window));
    const { from, to } = this.news.take();
    const length = Math.max(0, ...this.series.map((each) => each.length)) - this.shift;
    this.length = Math.max(0, Math.min(columnsOf(window), Math.ceil(length / this.step) - this.first));
    const dirtyFrom = Math.floor((from - this.shift) / this.step) - this.first, dirtyTo = Math.ceil((to - this.shift) / this.step) - this.first;
    for (let n = 0; n < this.length; n += 1) {
      if (n < this.made.from || n >= this.made.to || (n >= dirtyFrom && n < dirtyTo)) this.make(n, homes);
    }
    this.made = { from: 0, to: this.length };
  }

  /** The histogram of a column, bin by bin: of its successes, or of its failures. It is valid until the next call. */
  histogram(column: number, isFailed = false): Float64Array {
    this.bins.fill(0);
    for (const series of this.series) this.each(series, column, (lead, weight) => this.addLatency(isFailed ? series.failedLatencyAt(lead) : series.latencyAt(lead), weight));
    return this.bins;
  }

  private make(column: number, homes: readonly (number | null)[]): void {
    let seconds = Infinity, due = 0, sent = 0, ok = 0, failed = 0, atHome = 0, worst = 0, inFlight = 0;
    this.bins.fill(0);
    this.series.forEach((series, n) => {
      const home = homes[n] ?? -1;
      let known = 0, flight = 0;
      this.each(series, column, (lead, weight, covered) => {
        const good = series.value(lead, OK), bad = series.value(lead, FAILED), out = series.value(lead, SENT);
        known += covered;
        due += series.value(lead, DUE) * weight;
        sent += out * weight;
        ok += good * weight;
        failed += bad * weight;
        flight = Math.max(flight, series.value(lead, IN_FLIGHT));
        worst = Math.max(worst, bad === 0 ? 0 : bad / Math.max(out, good + bad));
        atHome += weight * (home < 0 ? good : servedBy(series.servedAt(lead), home));
        this.addLatency(series.latencyAt(lead), weight);
      });
      seconds = Math.min(seconds, known);
      inFlight += flight;
    });
    this.seconds[column] = seconds;
    this.due[column] = due;
    this.sent[column] = sent;
    this.ok[column] = ok;
    this.failed[column] = failed;
    this.home[column] = atHome;
    this.worst[column] = worst;
    this.inFlight[column] = inFlight;
    let samples = 0;
    for (let bin = 0; bin < this.bins.length; bin += 1) samples += this.bins[bin]!;
    this.samples[column] = samples;
    this.p50[column] = samples > 0 ? quantileBin(this.bins, samples, 0.5) : NONE;
    this.p99[column] = samples > 0 ? quantileBin(this.bins, samples, 0.99) : NONE;
  }

  /** Calls with each kept second of a column, its weight in it, and how many seconds of the column it covers. */
  private each(series: Series, column: number, take: (lead: number, weight: number, covered: number) => void): void {
    const begin = (this.first + column) * this.step + this.shift, end = Math.min(begin + this.step, series.length);
    let second = begin;
    while (second < end) {
      const span = series.spanAt(second);
      if (span === 0) { second += 1; continue; }
      const lead = series.lead(second), covered = Math.min(lead + span, end) - second;
      take(lead, covered / span, covered);
      second += covered;
    }
  }

  private addLatency(pairs: Uint32Array, weight: number): void {
    let bin = 0;
    for (let n = 0; n + 1 < pairs.length; n += 2) {
      bin += pairs[n]!;
      const at = Math.min(bin, this.bins.length - 1);
      this.bins[at] = this.bins[at]! + pairs[n + 1]! * weight;
    }
  }

  /** Keeps `count` columns from `first` on; those that are there already are moved to their places. */
  private move(first: number, count: number): void {
    const by = first - this.first;
    if (count > this.seconds.length) {
      const room = Math.max(256, Math.ceil(count * 1.25));
      for (const field of FIELDS) {
        const larger = new (this[field].constructor as new (length: number) => Field)(room);
        larger.set(this[field]);
        Object.assign(this, { [field]: larger });
      }
    }
    if (by === 0) return;
    const { from, to } = this.made, stay = { from: Math.max(0, from - by), to: Math.min(to - by, this.seconds.length) };
    this.made = stay.from < stay.to ? stay : { from: 0, to: 0 };
    for (const field of FIELDS) if (stay.from < stay.to) this[field].copyWithin(stay.from, stay.from + by, stay.to + by);
    this.first = first;
  }
}

type Field = Float64Array | Float32Array | Int16Array;

/** Everything that is kept of each column. */
const FIELDS = ["seconds", "due", "sent", "ok", "failed", "home", "worst", "inFlight", "p50", "p99", "samples"] as const;

function servedBy(pairs: Uint32Array, region: number): number {
  let count = 0;
  for (let n = 0; n + 1 < pairs.length; n += 2) if (pairs[n] === region + 1) count += pairs[n + 1]!;
  return count;
}
