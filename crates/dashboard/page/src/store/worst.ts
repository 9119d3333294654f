// The worst failed share of anybody, over the whole run in equal parts: what the strip over the rows shows. It is kept apart from
// the rows' columns, which are of the window only.

import type { Series } from "./series";
import { FAILED, OK, SENT, Watch } from "./series";

/** Part n is of seconds [n × step, (n + 1) × step). */
export class Worst {
  /** The worst failed share of any origin in any second of the part, 0 to 1. */
  shares = new Float32Array(256);
  /** How many parts the run has reached. */
  length = 0;
  private readonly news: Watch;

  constructor(readonly series: readonly Series[], readonly step: number) {
    this.news = new Watch(series);
  }

  /** Ends the watching of the series. */
  release(): void {
    this.news.release();
  }

  /** Makes the parts again of which something is new. */
  refresh(): void {
    const { from, to } = this.news.take();
    this.length = Math.max(this.length, Math.ceil(to / this.step));
    if (this.length > this.shares.length) {
      const larger = new Float32Array(this.length * 2);
      larger.set(this.shares);
      this.shares = larger;
    }
    for (let part = Math.floor(from / this.step); part < Math.ceil(to / this.step); part += 1) this.shares[part] = this.worst(part * this.step);
  }

  private worst(from: number): number {
    let worst = 0;
    for (const series of this.series) {
      const end = Math.min(from + this.step, series.length);
      for (let second = from; second < end;) {
        const span = series.spanAt(second);
        if (span === 0) { second += 1; continue; }
        const lead = series.lead(second), failed = series.value(lead, FAILED);
        if (failed > 0) worst = Math.max(worst, failed / Math.max(series.value(lead, SENT), series.value(lead, OK) + failed));
        second = lead + span;
      }
    }
    return worst;
  }
}
