// Seconds added up into columns: what one raster shows. Columns begin at whole multiples of their width, so that a
// window that moves on never changes what an old column holds. They are of one population, or of several as if they were one.

import type { Dirty, Series } from "./series";
import { DUE, FAILED, IN_FLIGHT, OK, SENT } from "./series";
import { quantile } from "./histogram";

/** All values of column `n` are of seconds [n × step, (n + 1) × step). */
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
  /** Microseconds; 0: no samples. */
  p50 = new Float32Array(0);
  p99 = new Float32Array(0);
  /** Successes with a response time. */
  samples = new Float64Array(0);
  /** How many columns there are. */
  length = 0;
  private made = "";
  private homes = "";
  private bins = new Float64Array(512);
  private dirty: Dirty[];

  constructor(readonly series: readonly Series[], readonly step: number, private readonly binsPerOctave: number) {
    this.dirty = series.map((each) => each.watch());
  }

  /** Ends the watching of the series. */
  release(): void {
    this.series.forEach((each, n) => each.unwatch(this.dirty[n]!));
  }

  /** Makes again what has changed. `homes`: for each population the region whose successes count as at home; null: all do. */
  refresh(homes: readonly (number | null)[]): void {
    const version = this.series.map((each) => each.version).join(), wanted = homes.join();
    if (this.made === version && this.homes === wanted) return;
    const isAll = this.made === "" || this.homes !== wanted, length = Math.max(0, ...this.series.map((each) => each.length));
    let from = isAll ? 0 : Infinity, to = isAll ? length : 0;
    for (const dirty of this.dirty) {
      from = Math.min(from, dirty.from);
      to = Math.max(to, dirty.to);
      dirty.from = Infinity;
      dirty.to = 0;
    }
    this.made = version;
    this.homes = wanted;
    this.room(Math.ceil(length / this.step));
    const last = Math.min(Math.ceil(to / this.step), this.length);
    for (let column = Math.max(0, Math.floor(from / this.step)); column < last; column += 1) this.make(column, homes);
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
    this.p50[column] = samples > 0 ? quantile(this.bins, samples, 0.5, this.binsPerOctave) : 0;
    this.p99[column] = samples > 0 ? quantile(this.bins, samples, 0.99, this.binsPerOctave) : 0;
  }

  /** Calls with each kept second of a column, its weight in it, and how many seconds of the column it covers. */
  private each(series: Series, column: number, take: (lead: number, weight: number, covered: number) => void): void {
    const end = Math.min((column + 1) * this.step, series.length);
    let second = column * this.step;
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

  private room(length: number): void {
    if (length > this.seconds.length) {
      // A quarter more than is needed: of a page that is open for many hours nothing weighs more than these.
      const room = Math.max(256, Math.ceil(length * 1.25));
      for (const field of EXACT) {
        const larger = new Float64Array(room);
        larger.set(this[field]);
        this[field] = larger;
      }
      for (const field of DRAWN) {
        const larger = new Float32Array(room);
        larger.set(this[field]);
        this[field] = larger;
      }
    }
    this.length = length;
  }
}

/** Counts, which are exported as well. */
const EXACT = ["due", "sent", "ok", "failed", "home", "samples"] as const;
/** What is drawn: seven digits are enough. */
const DRAWN = ["seconds", "worst", "inFlight", "p50", "p99"] as const;

function servedBy(pairs: Uint32Array, region: number): number {
  let count = 0;
  for (let n = 0; n + 1 < pairs.length; n += 2) if (pairs[n] === region + 1) count += pairs[n + 1]!;
  return count;
}
