// What is known and what was chosen, and all that follows from both. Panels read from here and draw; nothing else does.

import type { Band } from "./draw/chart";
import type { LogScale } from "./draw/scale";
import { logScale } from "./draw/scale";
import type { Line } from "./lines";
import { linesOf } from "./lines";
import { clockTime } from "./number";
import type { Alignment, Other } from "./other";
import { alignmentOf } from "./other";
import { ColumnCache } from "./store/cache";
import type { Columns } from "./store/columns";
import { NONE } from "./store/columns";
import type { Mark } from "./store/store";
import { Store } from "./store/store";
import { stretch } from "./store/stretch";
import { Api, Stream } from "./stream";
import type { Window } from "./time";
import { fit, secondsOf } from "./time";
import type { View } from "./view";
import { FIRST } from "./view";
import { STATES } from "./words";
import type { PopulationState } from "./wire";

/** A fault's turn, from its effect on. */
export type FaultBand = Band & { fault: number, turn: number, isOver: boolean };

/** Everything that the panels draw from. */
export class Page {
  store = new Store();
  stream: Stream | null = null;
  /** The run that is compared with. */
  other: Other | null = null;
  view: View = { ...FIRST };
  api = new Api(null);
  /** How many columns fit into the narrowest chart, in device pixels. */
  columnRoom = 360;
  /** The height that the window has, in pixels. */
  height = 900;
  width = 1440;
  /** Whether the messages came with the document. */
  isFile = false;
  /** Whether something else of the document is seen: then no key is ours, and nothing is drawn. */
  isAway = false;
  /** Shows what else the document has; nothing, where there is nothing else. */
  leave: (() => void) | null = null;
  /** Whether the list of runs was seen: then its only run is not opened by itself again. */
  hasListed = false;
  /** What a command was answered; null: none was given, and nothing is to be read out. */
  answer: string | null = null;
  /** The origin that an address asked for, until the plan is known. */
  wantedOrigin: string | null = null;
  private cache = new ColumnCache(this.store);
  /** What was worked out for the drawing that goes on; null: none does, and anything may change. */
  private worked: Map<string, unknown> | null = null;

  constructor(private readonly changed: () => void) {}

  /** Chooses. */
  set(patch: Partial<View>): void {
    this.view = { ...this.view, ...patch };
    this.changed();
  }

  /** Draws: while that lasts, what follows from what is known and chosen is worked out once, however many panels ask. */
  drawing(draw: () => void): void {
    this.worked = new Map();
    try {
      draw();
    } finally {
      this.worked = null;
    }
  }

  /** What is called `name`: made, or while a drawing goes on what was made for it before. */
  once<T>(name: string, make: () => T): T {
    if (this.worked === null) return make();
    if (!this.worked.has(name)) this.worked.set(name, make());
    return this.worked.get(name) as T;
  }

  /** Something became known. */
  touch(): void {
    this.changed();
  }

  /** How many seconds the recording has that is played again, as far as was seen. */
  replayLength = 0;

  /** Plays the recording from a second on. */
  play(from: number, speed: number): void {
    this.replayLength = Math.max(this.replayLength, this.store.newest_us / 1e6);
    this.forget();
    this.stream = new Stream(this.api, this.view.run, this.store, () => this.touch(), { from, speed });
    this.touch();
  }

  /** Shows all of the recording at once. */
  playWhole(): void {
    this.forget();
    this.touch();
  }

  /** Forgets a run, to look at another. */
  forget(): void {
    this.stream?.close();
    this.stream = null;
    this.store = new Store();
    this.cache = new ColumnCache(this.store);
  }

  get startedUnixUs(): number {
    return this.store.hello?.started_unix_us ?? 0;
  }

  /** An instant by the chosen clock. */
  time(us: number, withTenths = false): string {
    return clockTime(us, this.startedUnixUs, this.view.clock, withTenths);
  }

  /** How the clock is called. */
  get clockName(): string {
    return { utc: "UTC", local: "local", run: "" }[this.view.clock];
  }

  /** The newest whole second that something is known of, plus one. */
  get now(): number {
    return Math.max(this.store.seconds, Math.floor(this.store.newest_us / 1e6));
  }

  /** The first second whose numbers may still change. */
  get final(): number {
    const isOver = this.store.end !== null || this.store.state?.phase === "done";
    return isOver ? this.now : this.now - (this.store.plan?.final_delay_seconds ?? 3);
  }

  /** Seconds [from, to) of which something should be known: from the first that anybody told of, up to the end of load. */
  get expected(): { from: number, to: number } {
    const phase = this.store.state?.phase, isPast = phase === "settling" || phase === "done" || phase === "aborted";
    const seconds = this.store.seconds;
    let from = 0;
    while (from < seconds && this.store.series.every((series) => series.spanAt(from) === 0)) from += 1;
    return { from, to: isPast ? Math.min(this.now, seconds) : this.now };
  }

  /** What counts as failed, in words. */
  get failedMeans(): string {
    const text = this.store.plan?.failed_means ?? "";
    return text.startsWith("failed") ? text : `failed = ${text}`;
  }

  stateOf(population: number): PopulationState | null {
    return this.store.state?.populations[population] ?? null;
  }

  /** The region that serves a population in the baseline. */
  homeOf(population: number): number | null {
    return this.store.homeOf(population);
  }

  /** Populations as they are listed: found by the filter, in the chosen order. */
  get rows(): number[] {
    return this.once("rows", () => this.inOrder());
  }

  private inOrder(): number[] {
    const plan = this.store.plan;
    if (plan === null) return [];
    const wanted = this.view.filter.trim().toLowerCase();
    const all = plan.populations.map((_, n) => n).filter((n) => this.isFound(n, wanted));
    const rank = (n: number) => STATES[this.stateOf(n)?.state ?? "fine"].rank;
    const share = (n: number) => plan.populations[n]!.share;
    switch (this.view.sort) {
      case "name": return all.sort((one, two) => plan.populations[one]!.name.localeCompare(plan.populations[two]!.name));
      case "share": return all.sort((one, two) => share(two) - share(one) || one - two);
      case "p99": {
        const last = Math.min(this.final, this.store.seconds);
        const p99 = plan.populations.map((_, n) => stretch(this.store.series[n]!, last - 10, last, plan.regions.length, plan.bins_per_octave).p99);
        return all.sort((one, two) => p99[two]! - p99[one]! || one - two);
      }
      case "state": return all.sort((one, two) => rank(one) - rank(two) || share(two) - share(one) || one - two);
    }
  }

  /** The lines of the grid. */
  get lines(): Line[] {
    return this.once("lines", () => linesOf(this, this.rows));
  }

  private isFound(population: number, wanted: string): boolean {
    if (wanted === "") return true;
    const name = this.store.plan!.populations[population]!.name.toLowerCase(), state = this.stateOf(population)?.state ?? "fine";
    if (wanted === "state:not-fine") return state !== "fine";
    if (wanted.startsWith("state:")) return state === wanted.slice(6);
    if (wanted.endsWith("*")) return name.startsWith(wanted.slice(0, -1));
    return name.includes(wanted) || !this.store.plan!.populations.some((each) => each.name.toLowerCase().includes(wanted));
  }

  /** The population in focus: the chosen one, else the worst. */
  get focus(): number {
    return this.once("focus", () => this.chosenOrWorst());
  }

  private chosenOrWorst(): number {
    const plan = this.store.plan;
    if (this.view.focus !== null && this.view.focus < (plan?.populations.length ?? 0)) return this.view.focus;
    const worth = (n: number) => {
      const state = this.stateOf(n);
      return -(state?.affected_us ?? 0) / 1e6 + STATES[state?.state ?? "fine"].rank * 1e3;
    };
    const all = (plan?.populations ?? []).map((_, n) => n);
    const affected = all.filter((n) => (this.stateOf(n)?.affected_us ?? 0) > 0);
    const from = affected.length > 0 ? affected : all;
    return from.sort((one, two) => worth(one) - worth(two) || one - two)[0] ?? 0;
  }

  nameOf(population: number): string {
    return this.store.plan?.populations[population]?.name ?? "";
  }

  regionName(region: number): string {
    return this.store.plan?.regions[region]?.name ?? "unknown";
  }

  /** The window that is shown. */
  get window(): Window {
    return this.once("window", () => {
      const load = Math.ceil((this.store.plan?.load_us ?? 0) / 1e6);
      const [from, to] = secondsOf(this.view.wish, this.now, this.lastFault, load);
      return fit(from, to, this.columnRoom);
    });
  }

  /** The second in which the first fault of those that hang together with now began. */
  get lastFault(): number | null {
    const active = this.store.marks.filter((mark) => mark.mark === "active" || mark.mark === "injecting");
    return active.length === 0 ? null : Math.floor(Math.min(...active.map((mark) => mark.at_us)) / 1e6);
  }

  /** Seconds in which faults were in effect. */
  get bands(): FaultBand[] {
    return this.once("bands", () => this.inEffect());
  }

  private inEffect(): FaultBand[] {
    const find = (of: Mark, name: string) => this.store.marks.find((mark) => (
      mark.fault === of.fault && mark.turn === of.turn && mark.mark === name));
    const starts = this.store.marks.filter((mark) => mark.mark === "active"
      || (mark.mark === "injecting" && find(mark, "active") === undefined));
    return starts.filter((mark, n) => starts.findIndex((each) => each.fault === mark.fault && each.turn === mark.turn) === n)
      .map((mark) => {
        const healed = find(mark, "healed");
        return { from: mark.at_us / 1e6, to: (healed?.at_us ?? this.now * 1e6) / 1e6, fault: mark.fault, turn: mark.turn, isOver: healed !== undefined };
      });
  }

  /** How the run that is compared with lies upon this one; null: there is none yet. */
  get alignment(): Alignment | null {
    const { other } = this;
    if (other === null || other.store.plan === null) return null;
    return this.once("alignment", () => alignmentOf({ run: this.view.run, store: this.store }, other, this.view.align));
  }

  /** Seconds in which any of some populations was not to be trusted. */
  doubtsOf(members: readonly number[]): (Band & { isOver: boolean, why: string })[] {
    return members.flatMap((each) => this.store.doubts[each] ?? [])
      .map(({ from, to, why }) => ({ from, to: to ?? Infinity, isOver: to !== null, why }));
  }

  faultName(fault: number): string {
    return this.store.plan?.faults[fault]?.name ?? `fault ${fault + 1}`;
  }

  /** The columns of a window of a population, or of several as if they were one, made again where seconds are new. */
  columns(population: number | readonly number[], window = this.window): Columns {
    return this.cache.of(typeof population === "number" ? [population] : population, window, this.window.step);
  }

  /** The same columns of the run that is compared with; null: there is none, or it lacks one of these. */
  beside(population: number | readonly number[], window = this.window): Columns | null {
    const { alignment } = this, members = typeof population === "number" ? [population] : population;
    return alignment === null ? null : this.other!.columns(members.map((each) => this.nameOf(each)), alignment.shift, window, this.window.step);
  }

  /** One scale of response times for all rows. */
  latencyScale(lines: readonly (readonly number[])[]): LogScale {
    let low = Infinity, high = -Infinity;
    for (const columns of lines.flatMap((members) => this.drawn(members))) {
      for (let n = 0; n < columns.length; n += 1) {
        if (columns.p99[n]! === NONE) continue;
        low = Math.min(low, (columns.p50[n]! + 0.5) / columns.binsPerOctave);
        high = Math.max(high, (columns.p99[n]! + 0.5) / columns.binsPerOctave);
      }
    }
    return logScale(2 ** low, Math.max(2 ** high, this.store.plan?.p99_max_us ?? 0));
  }

  /** The most requests that were under way at once in a column of the window. */
  mostInFlight(members: readonly number[]): number {
    return Math.max(0, ...this.drawn(members).map(({ inFlight, length }) => inFlight.subarray(0, length).reduce((most, count) => Math.max(most, count), 0)));
  }

  /** The most requests per second that a column of the window has. */
  mostTraffic(members: readonly number[]): number {
    let most = 0;
    for (const columns of this.drawn(members)) {
      for (let n = 0; n < columns.length; n += 1) {
        const seconds = columns.seconds[n]!;
        if (seconds > 0) most = Math.max(most, (columns.ok[n]! + columns.failed[n]!) / seconds);
      }
    }
    return most;
  }

  /** All columns that a chart of these shows: those of this run, and those of the other. */
  private drawn(members: readonly number[]): Columns[] {
    const beside = this.beside(members);
    return beside === null ? [this.columns(members)] : [this.columns(members), beside];
  }
}
