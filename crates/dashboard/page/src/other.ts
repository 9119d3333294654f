// The run that is compared with, and where it lies on this one's time: an instant of each is laid upon the other.

import type { Mark } from "./store/store";
import { Store } from "./store/store";
import type { Api } from "./stream";
import { Stream } from "./stream";

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
  return { by, here: instantOf(here.store, by)!, there: instantOf(there.store, by)!, missing };
}

type Named = { run: string, store: Store };

/** A run beside this one, read for as long as it isn't closed. */
export class Other {
  readonly store = new Store();
  private readonly stream: Stream;

  constructor(api: Api, readonly run: string, changed: () => void) {
    this.stream = new Stream(api, run, this.store, changed);
  }

  close(): void {
    this.stream.close();
  }
}
