// Messages become what is known. One function takes each message; taking one twice changes nothing.

import type {
  Doubt, End, Fine, Gap, Generators, Hello, LogLine, MarkNews, Message, PlanNews, Samples, Seconds, State,
} from "../wire";
import { VERSION } from "../wire";
import { Probes } from "./probes";
import { FOLDED, Series } from "./series";

/** An instant of a fault's time line that stands. */
export type Mark = MarkNews & { at_us: number };

/** Everything that is known of one run. */
export class Store {
  hello: Hello | null = null;
  plan: PlanNews | null = null;
  state: State | null = null;
  generators: Generators | null = null;
  end: End | null = null;
  marks: Mark[] = [];
  log: LogLine[] = [];
  /** The lines of the log that are notes; another list whenever there is a new one. */
  notes: readonly LogLine[] = [];
  gaps: Gap[] = [];
  /** Seconds of each population whose numbers were not to be trusted. */
  doubts: Doubt[][] = [];
  series: Series[] = [];
  /** Requests worth a look, by population. */
  samples: Samples[] = [];
  /** Tenths of seconds, by population, then by second. */
  fine: Map<number, Fine>[] = [];
  probes = new Probes();
  private probedTo = 0;
  /** Why nothing more can be shown; empty: it can. */
  refused = "";
  /** The newest instant that any message told of. */
  newest_us = 0;
  /** Changed with every message. */
  version = 0;
  private logById = new Map<number, LogLine>();

  /** Takes one message. */
  take(message: Message): void {
    this.version += 1;
    switch (message.kind) {
      case "hello":
        this.hello = message;
        if (message.version !== VERSION) {
          this.refused = `This page reads messages of version ${VERSION}, and was sent version ${message.version}: `
            + "load the page again, with the Landfall that serves it.";
        }
        return;
      case "plan": return this.takePlan(message);
      case "second": return this.takeSeconds(message);
      case "fine": return this.takeFine(message);
      case "mark": return this.takeMark(message);
      case "log": return this.takeLog(message);
      case "gap": return this.takeGap(message);
      case "doubt": return this.takeDoubt(message);
      case "samples":
        this.samples[message.population] = message;
        return;
      case "generators":
        this.generators = message;
        return;
      case "state":
        this.state = message;
        this.reached(message.at_us);
        return;
      case "resync": return this.forgetSeconds();
      case "end":
        this.end = message;
        return;
    }
  }

  /** Takes a stretch of history; `newer` names seconds that were told of since it was asked for. */
  takeHistory(seconds: readonly Seconds[], fine: readonly Fine[], newer: ReadonlySet<number>): void {
    for (const each of seconds) if (!newer.has(each.second)) this.takeSeconds(each);
    for (const each of fine) if (!newer.has(each.second)) this.takeFine(each);
    this.version += 1;
  }

  /** The last whole second that is known of anybody, plus one. */
  get seconds(): number {
    return this.series.reduce((most, series) => Math.max(most, series.length), 0);
  }

  /** The region that serves a population in the baseline. */
  homeOf(population: number): number | null {
    return this.state?.populations[population]?.home ?? this.plan?.populations[population]?.home ?? null;
  }

  private reached(at_us: number): void {
    this.newest_us = Math.max(this.newest_us, at_us);
  }

  private takePlan(plan: PlanNews): void {
    this.plan = plan;
    while (this.series.length < plan.populations.length) {
      this.series.push(new Series());
      this.fine.push(new Map());
    }
  }

  private takeSeconds(told: Seconds): void {
    const { second, step } = told;
    told.populations.forEach((population, n) => {
      const series = this.series[population];
      if (series === undefined) return;
      const failures = told.failed[n] ?? [];
      const failed = failures.reduce((sum, count) => sum + count, 0);
      const values = [told.due[n] ?? 0, told.sent[n] ?? 0, told.ok[n] ?? 0, failed, told.in_flight[n] ?? 0];
      series.write(second, step, {
        values, failures, served: told.served[n] ?? [], connected: told.connected[n] ?? [], latency: told.latency[n] ?? [],
        failedLatency: told.failed_latency[n] ?? [],
      });
    });
    this.probes.write(second, step, told.staleness, this.plan?.regions.length ?? 0);
    this.reached((second + step) * 1e6);
    if (this.hello?.mode === "live") this.fold();
  }

  /** What is old is kept in less detail. */
  private fold(): void {
    const to = this.series.reduce((least, series) => Math.min(least, series.fold()), Infinity);
    if (to === Infinity) return;
    for (; this.probedTo < to; this.probedTo += FOLDED) this.probes.fold(this.probedTo, this.probedTo + FOLDED);
  }

  private takeFine(fine: Fine): void {
    this.fine[fine.population]?.set(fine.second, fine);
  }

  /** A mark without a time is taken away: it was said too early. */
  private takeMark(mark: MarkNews): void {
    const isSame = (other: Mark) => other.fault === mark.fault && other.turn === mark.turn
      && other.population === mark.population && other.mark === mark.mark;
    const at = this.marks.findIndex(isSame);
    const { at_us } = mark;
    if (at_us === null) this.marks = this.marks.filter((other) => !isSame(other));
    else if (at < 0) this.marks = [...this.marks, { ...mark, at_us }];
    else this.marks = this.marks.with(at, { ...mark, at_us });
  }

  private takeLog(line: LogLine): void {
    if (this.logById.has(line.id)) return;
    this.logById.set(line.id, line);
    const last = this.log.at(-1);
    this.log.push(line);
    if (last !== undefined && last.at_us > line.at_us) {
      this.log.sort((one, other) => one.at_us - other.at_us || one.id - other.id);
    }
    if (line.tag === "NOTE") this.notes = this.log.filter(({ tag }) => tag === "NOTE");
  }

  private takeGap(gap: Gap): void {
    const same = (other: Gap) => other.from === gap.from && String(other.populations) === String(gap.populations);
    this.gaps = [...this.gaps.filter((other) => !same(other)), gap];
    this.reached((gap.to ?? gap.from) * 1e6);
  }

  private takeDoubt(doubt: Doubt): void {
    const others = (this.doubts[doubt.population] ?? []).filter((other) => other.from !== doubt.from);
    this.doubts[doubt.population] = [...others, doubt];
  }

  private forgetSeconds(): void {
    this.series.forEach((series) => series.forget());
    this.probedTo = 0;
    this.fine.forEach((tenths) => tenths.clear());
    this.probes.forget();
  }
}
