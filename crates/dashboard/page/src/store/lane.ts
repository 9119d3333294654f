// One number per column, out of seconds: for the lanes of a population's details.

import type { Window } from "../time";
import { columnsOf } from "../time";
import type { Series } from "./series";

/** A lane: a rate per second in each column, null where nothing is known. */
export type Lane = { values: (number | null)[], total: number, most: number };

/** Adds up what `pick` takes of each kept second; `isRate`: divided by the seconds, else the largest of them. */
export function lane(series: Series, window: Window, pick: (lead: number) => number, isRate = true): Lane {
  const values: (number | null)[] = [];
  let total = 0, most = 0;
  for (let n = 0; n < columnsOf(window); n += 1) {
    const from = window.from + n * window.step, end = Math.min(from + window.step, series.length);
    let sum = 0, seconds = 0;
    for (let second = from; second < end;) {
      const span = series.spanAt(second);
      if (span === 0) { second += 1; continue; }
      const lead = series.lead(second), covered = Math.min(lead + span, end) - second, value = pick(lead);
      sum = isRate ? sum + (value * covered) / span : Math.max(sum, value);
      seconds += covered;
      second += covered;
    }
    const value = seconds === 0 ? null : isRate ? sum / seconds : sum;
    if (isRate) total += sum;
    most = Math.max(most, value ?? 0);
    values.push(value);
  }
  return { values, total, most };
}

/** The count of a key in (key, count) pairs; null: of all of them. */
export function inPairs(pairs: Uint32Array, key: number | null): number {
  if (key === null) return pairs.reduce((sum, count, n) => (n % 2 === 1 ? sum + count : sum), 0);
  for (let n = 0; n + 1 < pairs.length; n += 2) if (pairs[n] === key) return pairs[n + 1]!;
  return 0;
}
