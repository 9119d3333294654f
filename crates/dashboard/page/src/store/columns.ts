// Seconds added up into columns: what one raster shows. Columns begin at whole multiples of their width, so that a
// window that moves on never changes what an old column holds.

import type { Dirty, Series } from "./series";
import { DUE, FAILED, IN_FLIGHT, OK, SENT } from "./series";
import { quantile } from "./histogram";

/** The columns of one population. All values of column `n` are of seconds [n × step, (n + 1) × step). */
export class Columns {
  /** Seconds that are known of; 0: the column is a gap. */
  seconds = new Float64Array(0);
  due = new Float64Array(0);
  sent = new Float64Array(0);
  ok = new Float64Array(0);
  failed = new Float64Array(0);
  home = new Float64Array(0);
  /** The worst failed share of any second in the column, 0 to 1. */
  worst = new Float64Array(0);
  inFlight = new Float64Array(0);
  /** Microseconds; 0: no samples. */
  p50 = new Float64Array(0);
  p99 = new Float64Array(0);
  /** Successes with a response time. */
  samples = new Float64Array(0);
  /** How many columns there are. */
  length = 0;
  private version = -1;
  private home_ = -2;
  private bins = new Float64Array(512);
  private dirty: Dirty;

  constructor(readonly series: Series, readonly step: number, private readonly binsPerOctave: number) {
    this.dirty = series.watch();
  }

  /** Ends the watching of the series. */
  release(): void {
    this.series.unwatch(this.dirty);
  }

  /** Makes again what has changed. `home`: the region whose successes count as at home; null: all do. */
  refresh(home: number | null): void {
    const wanted = home ?? -1;
    if (this.version === this.series.version && this.home_ === wanted) return;
    const everything = this.version === -1 || this.home_ !== wanted;
    const [from, to] = everything ? [0, this.series.length] : [this.dirty.from, this.dirty.to];
    this.dirty.from = Infinity;
    this.dirty.to = 0;
    this.version = this.series.version;
    this.home_ = wanted;
    this.room(Math.ceil(this.series.length / this.step));
    const last = Math.min(Math.ceil(to / this.step), this.length);
    for (let column = Math.max(0, Math.floor(from / this.step)); column < last; column += 1) this.make(column, wanted);
  }

  /** The histogram of a column, bin by bin. It is valid until the next call. */
  histogram(column: number): Float64Array {
    this.bins.fill(0);
    this.each(column, (lead, weight) => this.addLatency(lead, weight));
    return this.bins;
  }

  private make(column: number, home: number): void {
    let seconds = 0, due = 0, sent = 0, ok = 0, failed = 0, atHome = 0, worst = 0, inFlight = 0;
    this.bins.fill(0);
    const series = this.series;
    this.each(column, (lead, weight, covered) => {
      const good = series.value(lead, OK), bad = series.value(lead, FAILED), out = series.value(lead, SENT);
      seconds += covered;
      due += series.value(lead, DUE) * weight;
      sent += out * weight;
      ok += good * weight;
      failed += bad * weight;
      inFlight = Math.max(inFlight, series.value(lead, IN_FLIGHT));
      worst = Math.max(worst, bad === 0 ? 0 : bad / Math.max(out, good + bad));
      atHome += weight * (home < 0 ? good : servedBy(series.servedAt(lead), home));
      this.addLatency(lead, weight);
    });
    this.seconds[column] = seconds;
    this.due[column] = due;
    this.sent[column] = sent;
    this.ok[column] = ok;
    this.failed[column] = failed;
    this.home[column] = atHome;
    this.worst[column] = worst;
    this.inFlight[column] = inFlight;
    const samples = this.bins.reduce((sum, count) => sum + count, 0);
    this.samples[column] = samples;
    this.p50[column] = samples > 0 ? quantile(this.bins, samples, 0.5, this.binsPerOctave) : 0;
    this.p99[column] = samples > 0 ? quantile(this.bins, samples, 0.99, this.binsPerOctave) : 0;
  }

  /** Calls with each kept second of a column, its weight in it, and how many seconds of the column it covers. */
  private each(column: number, take: (lead: number, weight: number, covered: number) => void): void {
    const end = Math.min((column + 1) * this.step, this.series.length);
    let second = column * this.step;
    while (second < end) {
      const span = this.series.spanAt(second);
      if (span === 0) { second += 1; continue; }
      const lead = this.series.lead(second);
      const covered = Math.min(lead + span, end) - second;
      take(lead, covered / span, covered);
      second += covered;
    }
  }

  private addLatency(lead: number, weight: number): void {
    const pairs = this.series.latencyAt(lead);
    let bin = 0;
    for (let n = 0; n + 1 < pairs.length; n += 2) {
      bin += pairs[n]!;
      const at = Math.min(bin, this.bins.length - 1);
      this.bins[at] = this.bins[at]! + pairs[n + 1]! * weight;
    }
  }

  private room(length: number): void {
    if (length > this.seconds.length) {
      const room = Math.max(256, length * 2);
      for (const field of FIELDS) {
        const larger = new Float64Array(room);
        larger.set(this[field]);
        this[field] = larger;
      }
    }
    this.length = length;
  }
}

const FIELDS = [
  "seconds", "due", "sent", "ok", "failed", "home", "worst", "inFlight", "p50", "p99", "samples",
] as const;

function servedBy(pairs: Uint32Array, region: number): number {
  let count = 0;
  for (let n = 0; n + 1 < pairs.length; n += 2) if (pairs[n] === region + 1) count += pairs[n + 1]!;
  return count;
}
