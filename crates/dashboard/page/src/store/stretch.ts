// Some seconds of one population, or of several, added up into one: for numbers in rows, the matrix and the details.

import { quantile } from "./histogram";
import type { Series } from "./series";
import { FAILED, IN_FLIGHT, OK, SENT } from "./series";

/** What happened in a stretch of time. */
export type Stretch = {
  /** Seconds of it that are known of anybody. */
  seconds: number,
  sent: number, ok: number, failed: number,
  /** Of the newest known second of each. */
  inFlight: number,
  samples: number,
  /** Microseconds; 0 without samples. */
  p50: number, p99: number,
  /** Successes by region; the last entry is those of an unknown one. */
  served: number[],
  /** Failures by kind. */
  failures: number[],
};

/** Adds up seconds [from, to). What was folded counts by the share of it that lies inside. */
export function stretch(series: Series | readonly Series[], from: number, to: number, regions: number, binsPerOctave: number): Stretch {
  const bins = new Float64Array(512);
  const sum: Stretch = {
    seconds: 0, sent: 0, ok: 0, failed: 0, inFlight: 0, samples: 0, p50: 0, p99: 0,
    served: Array.from({ length: regions + 1 }, () => 0), failures: [],
  };
  for (const each of Array.isArray(series) ? series as readonly Series[] : [series as Series]) add(sum, bins, each, from, to, regions);
  for (let bin = 0; bin < bins.length; bin += 1) sum.samples += bins[bin]!;
  if (sum.samples > 0) {
    sum.p50 = quantile(bins, sum.samples, 0.5, binsPerOctave);
    sum.p99 = quantile(bins, sum.samples, 0.99, binsPerOctave);
  }
  return sum;
}

function add(sum: Stretch, bins: Float64Array, series: Series, from: number, to: number, regions: number): void {
  let seconds = 0, inFlight = 0;
  for (let second = Math.max(0, from); second < Math.min(to, series.length);) {
    const span = series.spanAt(second);
    if (span === 0) { second += 1; continue; }
    const lead = series.lead(second), covered = Math.min(lead + span, to) - second, weight = covered / span;
    seconds += covered;
    sum.sent += series.value(lead, SENT) * weight;
    sum.ok += series.value(lead, OK) * weight;
    sum.failed += series.value(lead, FAILED) * weight;
    inFlight = series.value(lead, IN_FLIGHT);
    series.failuresAt(lead).forEach((count, kind) => { sum.failures[kind] = (sum.failures[kind] ?? 0) + count * weight; });
    const served = series.servedAt(lead);
    for (let n = 0; n + 1 < served.length; n += 2) {
      const region = served[n] === 0 ? regions : served[n]! - 1;
      sum.served[region] = (sum.served[region] ?? 0) + served[n + 1]! * weight;
    }
    const pairs = series.latencyAt(lead);
    let bin = 0;
    for (let n = 0; n + 1 < pairs.length; n += 2) {
      bin = Math.min(bin + pairs[n]!, bins.length - 1);
      bins[bin] = bins[bin]! + pairs[n + 1]! * weight;
    }
    second += covered;
  }
  sum.seconds = Math.max(sum.seconds, seconds);
  sum.inFlight += inFlight;
}

/** Of how many requests the failed ones are a share: of those sent, and of those that ended when these are more. */
export function outOf(sum: Pick<Stretch, "sent" | "ok" | "failed">): number {
  return Math.max(sum.sent, sum.ok + sum.failed);
}
