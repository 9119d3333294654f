// The numbers of panel C: one row per turn of a fault, and one per way back, out of tenths of seconds where they are known.

import type { Mark, Store } from "../store/store";
import { FAILED, OK } from "../store/series";

/** One row: a stretch of time around a fault or around the way back. */
export type TimelineRow = {
  key: string, kind: "fault" | "failback", fault: number, turn: number,
  /** Where the row begins and ends, and what counts as its zero, in microseconds. */
  from: number, to: number, zero: number,
  marks: Mark[],
};

/** A part of the time from the fault to recovery. */
export type Segment = { name: string, from: number, to: number };

/** Requests of a stretch: how many at home, elsewhere and failed. */
export type Bucket = { from: number, to: number, home: number, elsewhere: number, failed: number };

const FAULT_PARTS = [["active", ""], ["detected", "detect"], ["rerouted", "decide"], ["shifted", "shift"], ["recovered", "settle"]] as const;
const BACK_PARTS = [["healed", ""], ["first-home", "wait"], ["failed-back", "shift back"]] as const;
const US = 1e6;

/** The marks of one turn that hold for a population, in order of time. */
export function marksOf(store: Store, fault: number, turn: number, population: number): Mark[] {
  return store.marks.filter((mark) => mark.fault === fault && mark.turn === turn
    && (mark.population === null || mark.population === population)).sort((one, other) => one.at_us - other.at_us);
}

/** The rows for a population: every turn that has begun, and every way back, in order of time. */
export function timelineRows(store: Store, population: number, now_us: number): TimelineRow[] {
  const rows: TimelineRow[] = [];
  for (const start of store.marks.filter((mark) => mark.mark === "active")) {
    const { fault, turn } = start, marks = marksOf(store, fault, turn, population);
    if (rows.some((row) => row.fault === fault && row.turn === turn)) continue;
    const at = (name: string) => marks.find((mark) => mark.mark === name)?.at_us;
    const zero = start.at_us, from = zero - 5 * US;
    const settled = at("recovered") ?? at("shifted") ?? at("rerouted") ?? (at("healed") === undefined ? Math.min(now_us, zero + 60 * US) : zero);
    rows.push({
      key: `${fault} ${turn}`, kind: "fault", fault, turn, from, to: Math.max(settled + 15 * US, from + 35 * US), zero, marks,
    });
    const healed = at("healed");
    if (healed === undefined || at("rerouted") === undefined && at("first-home") === undefined) continue;
    const back = at("failed-back") ?? at("first-home") ?? Math.min(now_us, healed + 30 * US);
    rows.push({
      key: `${fault} ${turn} back`, kind: "failback", fault, turn, from: healed - 5 * US,
      to: Math.max(back + 10 * US, healed + 30 * US), zero: healed, marks,
    });
  }
  return rows.sort((one, other) => one.from - other.from);
}

/** The named parts of a row; where an instant is not known, its neighbours are one part that says so. */
export function segments(row: TimelineRow): Segment[] {
  const parts = row.kind === "fault" ? FAULT_PARTS : BACK_PARTS, found: Segment[] = [];
  let from: number | null = null, names: string[] = [];
  for (const [mark, name] of parts) {
    const at = row.marks.find((each) => each.mark === mark)?.at_us;
    if (name !== "") names.push(name);
    if (at === undefined) continue;
    if (from !== null && at > from) {
      found.push({ name: names.join(" + "), from, to: at });
      names = [];
    }
    if (from === null) names = [];
    from = at;
  }
  return found;
}

/** Requests in buckets of `width` microseconds (a whole number of tenths): whole seconds where no tenths are known. */
export function buckets(store: Store, population: number, home: number | null, row: Pick<TimelineRow, "from" | "to">, width: number): Bucket[] {
  const series = store.series[population]!, fine = store.fine[population]!, tenth = US / 10;
  const found: Bucket[] = [];
  let open: Bucket | null = null;
  const close = () => {
    if (open !== null) found.push(open);
    open = null;
  };
  for (let second = Math.floor(row.from / US); second < Math.ceil(row.to / US) && second < series.length; second += 1) {
    if (second < 0) continue;
    const tenths = fine.get(second);
    if (tenths === undefined) {
      close();
      const span = series.spanAt(second), lead = series.lead(second);
      if (span === 0) continue;
      const ok = series.value(lead, OK), served = series.servedAt(lead);
      let atHome = home === null ? ok : 0;
      for (let n = 0; n + 1 < served.length; n += 2) if (served[n] === (home ?? -9) + 1) atHome += served[n + 1]!;
      found.push({ from: second * US, to: (second + 1) * US, home: atHome / span, elsewhere: (ok - atHome) / span, failed: series.value(lead, FAILED) / span });
      continue;
    }
    for (let n = 0; n < 10; n += 1) {
      const at = second * US + n * tenth, begin = Math.floor(Math.round(at / tenth) / (width / tenth)) * width;
      if (open === null || begin >= (open as Bucket).from + width) {
        close();
        open = { from: at, to: at, home: 0, elsewhere: 0, failed: 0 };
      }
      const bucket: Bucket = open!;
      bucket.to = at + tenth;
      bucket.home += tenths.home[n]!;
      bucket.elsewhere += tenths.elsewhere[n]!;
      bucket.failed += tenths.failed[n]!;
    }
  }
  close();
  return found;
}

/** Places that are at least `least` apart, as near as can be to where they should be, inside [low, high]. */
export function apart(places: readonly number[], least: number, low: number, high: number): number[] {
  const moved = [...places];
  for (let n = 0; n < moved.length; n += 1) moved[n] = Math.max(moved[n]!, n === 0 ? low : moved[n - 1]! + least);
  for (let n = moved.length - 1; n >= 0; n -= 1) moved[n] = Math.min(moved[n]!, n === moved.length - 1 ? high : moved[n + 1]! - least);
  return moved;
}
