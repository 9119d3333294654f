// The run that is compared with, and where it lies on this one's time: an instant of each is laid upon the other.

import type { Bucket } from "./draw/timeline";
import { buckets } from "./draw/timeline";
import { ColumnCache } from "./store/cache";
import type { Columns } from "./store/columns";
import type { Mark } from "./store/store";
import { Store } from "./store/store";
import type { Api } from "./stream";
import type { Stretch } from "./store/stretch";
import { stretch } from "./store/stretch";
import { Stream } from "./stream";
import type { Window } from "./time";

/** The instants that runs can be laid upon each other by. */
export const ALIGNS = ["fault", "start", "heal"] as const;
export type Align = (typeof ALIGNS)[number];

/** The instant in which the first fault of a run took effect. */
export function firstFault(store: Store): Mark | null {
  return store.marks.filter(({ mark }) => mark === "active").sort((one, two) => one.at_us - two.at_us)[0] ?? null;
}

/** When a run came to an instant, in microseconds; null: it did not. */
export function instantOf(store: Store, align: Align): number | null {
  if (align === "start") return 0;
  const first = firstFault(store);
  if (first === null || align === "fault") return first?.at_us ?? null;
  return store.marks.find(({ mark, fault, turn }) => mark === "healed" && fault === first.fault && turn === first.turn)?.at_us ?? null;
}

/** How two runs lie upon each other: `here` of this one is `there` of the other, in microseconds. */
export type Alignment = {
  by: Align, here: number, there: number,
  /** How many whole seconds later the other came to it. */
  shift: number,
  /** What they can't be aligned by, and why. */
  missing: readonly { align: Align, why: string }[],
};

const LACKS: Record<Align, string> = { fault: "no fault took effect in", start: "", heal: "the first fault was not healed in" };

/** How two runs lie upon each other: as is wanted, else by their starts, for these every run has. */
export function alignmentOf(here: Named, there: Named, wanted: Align): Alignment {
  const missing = ALIGNS.flatMap((align) => {
    const without = [here, there].filter(({ store }) => instantOf(store, align) === null).map(({ run }) => run);
    return without.length === 0 ? [] : [{ align, why: `${LACKS[align]} ${without.join(" and ")}` }];
  });
  const by = missing.some(({ align }) => align === wanted) ? "start" : wanted;
  const at = { here: instantOf(here.store, by)!, there: instantOf(there.store, by)! };
  return { by, ...at, shift: Math.round((at.there - at.here) / 1e6), missing };
}

type Named = { run: string, store: Store };

/** A run beside this one, read for as long as it isn't closed. */
export class Other {
  readonly store = new Store();
  private readonly stream: Stream;
  private cache = new ColumnCache(this.store);

  constructor(api: Api, readonly run: string, changed: () => void) {
    this.stream = new Stream(api, run, this.store, changed);
  }

  close(): void {
    this.stream.close();
  }

  /** Its population of a name; null: it has none. */
  populationOf(name: string): number | null {
    const at = this.store.plan?.populations.findIndex((each) => each.name === name) ?? -1;
    return at < 0 ? null : at;
  }

  /** Which of these names it has no population of. */
  without(names: readonly string[]): string[] {
    return names.filter((name) => this.populationOf(name) === null);
  }

  /** The columns of populations by their names, so many seconds later; null: it has not all of them. */
  columns(names: readonly string[], shift: number, window: Window, step: number): Columns | null {
    const members = names.map((name) => this.populationOf(name)).filter((each) => each !== null);
    if (members.length < names.length) return null;
    if (this.cache.shift !== shift) {
      this.cache.clear();
      this.cache = new ColumnCache(this.store, shift);
    }
    return this.cache.of(members, window, step);
  }

  /** What a population did in seconds [from, to), so many seconds later; null: it has none of this name. */
  stretch(name: string, shift: number, from: number, to: number): Stretch | null {
    const population = this.populationOf(name), plan = this.store.plan;
    return population === null || plan === null ? null : stretch(this.store.series[population]!, from + shift, to + shift, plan.regions.length, plan.bins_per_octave);
  }

  /** Its requests in buckets of `width`, by the time of the run that it is laid upon: between two instants, in microseconds. */
  buckets(name: string, { here, there }: Alignment, from: number, to: number, width: number): Bucket[] {
    const population = this.populationOf(name), later = there - here;
    if (population === null) return [];
    return buckets(this.store, population, this.store.homeOf(population), { from: from + later, to: to + later }, width)
      .map((bucket) => ({ ...bucket, from: bucket.from - later, to: bucket.to - later }));
  }
}
