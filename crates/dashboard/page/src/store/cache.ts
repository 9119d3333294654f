// Columns that were made, kept for as long as those of a window are as wide.

import type { Window } from "../time";
import { Columns } from "./columns";
import type { Store } from "./store";

/** The columns of one run, by whose they are. */
export class ColumnCache {
  private made = new Map<string, Columns>();
  private step = 0;

  /** `shift`: how many seconds later than on the axis the run's seconds are. */
  constructor(private readonly store: Store, readonly shift = 0) {}

  /** The columns of a population, or of several as if they were one, made again where seconds are new. `step`: the width of most columns. */
  of(members: readonly number[], window: Window, step: number): Columns {
    if (this.step !== step) this.clear();
    this.step = step;
    const key = `${members.join()} ${window.step}`;
    let columns = this.made.get(key);
    if (columns === undefined) {
      columns = new Columns(members.map((each) => this.store.series[each]!), window.step, this.store.plan!.bins_per_octave, this.shift);
      this.made.set(key, columns);
    }
    columns.refresh(members.map((each) => this.store.homeOf(each)), window);
    return columns;
  }

  /** Forgets all, and ends the watching. */
  clear(): void {
    this.made.forEach((columns) => columns.release());
    this.made.clear();
  }
}
