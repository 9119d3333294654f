// What probes saw of replication, by pair of regions: where a write was acknowledged, and where it was read.
//
// Kept flat, since an hour of twenty regions is looked through every second.

import type { Staleness } from "../wire";

/** The fields of a pair in a row of [`Probed`]. */
export const PAIR = 0, READS = 1, STALE = 2, OLDEST = 3;
/** How many fields a row has. */
export const FIELDS = 4;

/** What probes saw in so many seconds: rows of pair, reads, those that did not show the write, and the age of the oldest such write in µs. */
export type Probed = { step: number, rows: Float64Array };

/** What probes saw in a run. */
export class Probes {
  /** By the first second that it is of. */
  seconds: Probed[] = [];
  /** Changed whenever that is. */
  version = 0;

  /** Takes what a second says, or several added up; what was there before is replaced. */
  write(second: number, step: number, told: readonly Staleness[], regions: number): void {
    if (told.length === 0 && this.seconds[second] === undefined) return;
    const rows: number[] = [];
    for (const { written, reads, stale } of told) {
      reads.forEach((count, region) => {
        if (count === 0) return;
        const [, late = 0, oldest = 0] = stale.find(([of]) => of === region) ?? [];
        rows.push(pairOf(written, region, regions), count, late, oldest);
      });
    }
    this.seconds[second] = { step, rows: Float64Array.from(rows) };
    this.version += 1;
  }

  /** Adds up seconds [from, to): reads add up, and the oldest write counts. */
  fold(from: number, to: number): void {
    const sums = new Map<number, number[]>();
    for (let second = from; second < to; second += 1) {
      const rows = this.seconds[second]?.rows ?? [];
      for (let at = 0; at < rows.length; at += FIELDS) {
        const pair = rows[at + PAIR]!, sum = sums.get(pair) ?? [pair, 0, 0, 0];
        sums.set(pair, [pair, sum[READS]! + rows[at + READS]!, sum[STALE]! + rows[at + STALE]!, Math.max(sum[OLDEST]!, rows[at + OLDEST]!)]);
      }
      delete this.seconds[second];
    }
    if (sums.size > 0) this.seconds[from] = { step: to - from, rows: Float64Array.from([...sums.values()].flat()) };
  }

  forget(): void {
    this.seconds = [];
    this.version += 1;
  }
}

/** The number of a pair; a region that is not known comes before the others. */
function pairOf(written: number | null, region: number, regions: number): number {
  return ((written ?? -1) + 1) * regions + region;
}

/** The regions of a pair; null: it is not known where it was written. */
export function regionsOf(pair: number, regions: number): { written: number | null, region: number } {
  return { written: pair < regions ? null : Math.floor(pair / regions) - 1, region: pair % regions };
}
