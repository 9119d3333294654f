// The numbers of two runs side by side, at the same time after the instant that they are aligned by. What the outlines on the charts
// show stands here in words: where the cursor is, else in the window, of the origin in focus and, unfolded, of all and second by second.

import { clockTime, count, rate, share, tenths } from "../number";
import type { Alignment, Other } from "../other";
import { firstFault } from "../other";
import type { Page } from "../page";
import type { Mark, Store } from "../store/store";
import type { Stretch } from "../store/stretch";
import { outOf } from "../store/stretch";
import { MARKS } from "../words";
import { numbersIn, p99Text } from "./grid";
import { Unfolded } from "./twin";

/** How many lines the table of seconds has at most. */
const LINES = 60;

/** Two runs, and which of them is this one: the later, or the earlier. */
type BothProps = { page: Page, other: Other, alignment: Alignment, isLater: boolean };

export function Both(props: BothProps) {
  const { page, other, alignment, isLater } = props;
  const here = { store: page.store, at: alignment.here }, there = { store: other.store, at: alignment.there };
  const [before, now] = isLater ? [there, here] : [here, there];
  return (
    <>
      <Instants page={page} by={alignment.by} before={before} now={now} />
      <Numbers {...props} />
    </>
  );
}

/** A run, and when it came to the instant that both are aligned by. */
type Side = { store: Store, at: number };

/** The marks of the first fault of a run that hold for a population, by their names. */
function marksOf({ store }: Side, population: string): Map<string, Mark> {
  const first = firstFault(store);
  const own = store.marks.filter(({ fault, turn, number, population: of }) => fault === first?.fault && turn === first.turn && number !== null
    && (of === null || store.plan?.populations[of]?.name === population));
  return new Map(own.map((each) => [each.mark, each]));
}

/** When each run came to the instants of its first fault. */
function Instants({ page, by, before, now }: { page: Page, by: Alignment["by"], before: Side, now: Side }) {
  const population = page.nameOf(page.focus), was = marksOf(before, population), is = marksOf(now, population);
  const marks = new Map([...was, ...is].map(([name, { number }]) => [name, number!]));
  const after = (side: Side, mark: Mark | undefined) => <td class="right number">{mark === undefined ? "not measured" : tenths(mark.at_us - side.at)}</td>;
  return (
    <table class="instants">
      <thead><tr><th>after the {by}, {population}</th><th class="right">before</th><th class="right">now</th></tr></thead>
      <tbody>{[...marks].sort(([, one], [, two]) => one - two).map(([name]) => (
        <tr key={name}><th scope="row">{MARKS[name] ?? name}</th>{after(before, was.get(name))}{after(now, is.get(name))}</tr>))}</tbody>
    </table>
  );
}

/** What both runs did where the cursor stands; else in the window, as far as both go. */
function Numbers({ page, other, alignment, isLater }: BothProps) {
  const { window, view: { cursor } } = page, { by, here, there, shift } = alignment, focus = page.focus;
  const from = cursor ?? Math.max(window.from, 0, -shift), to = cursor === null ? Math.min(window.to, page.store.seconds, other.store.seconds - shift) : cursor + window.step;
  const all = page.store.plan!.populations.map((_, n) => n), step = Math.max(window.step, Math.ceil((to - from) / LINES));
  const seconds = Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, n) => from + n * step);
  const line = (population: number, begin: number, end: number, head: string): Line => {
    const is = numbersIn(page, population, begin, end), was = other.stretch(page.nameOf(population), shift, begin, end);
    const homeOfOther = other.populationOf(page.nameOf(population));
    const own = { sum: is, home: page.homeOf(population) }, beside = was === null ? null : { sum: was, home: other.store.homeOf(homeOfOther!) };
    return { head, sides: isLater ? [beside, own] : [own, beside] };
  };
  const after = (second: number) => `${tenths(Math.abs(second * 1e6 - here))} ${second * 1e6 < here ? "before" : "after"} the ${by}`;
  const clock = (us: number) => clockTime(us, other.store.hello?.started_unix_us ?? 0, page.view.clock, true);
  const when = cursor === null ? `From ${after(from)} to ${after(to)}` : `At ${page.time(cursor * 1e6)}, ${after(cursor)}`;
  const known = from < to, without = other.without(all.map((each) => page.nameOf(each)));
  return (
    <>
      <p class="foot">The outline on the charts is {other.run}, {isLater ? "before" : "now"}: of what was answered at home and of all that was answered, of the failed share and of the p99.
        {" "}{page.time(here, true)} here is {clock(there)} there{page.clockName === "" ? "" : `, ${page.clockName}`}; the charts are laid upon each other to the whole second.</p>
      {without.length > 0 && <p class="foot">{other.run} has no {without.join(", ")}: no outline there.</p>}
      {!known && <p class="foot">Of what is shown, {other.run} has nothing.</p>}
      {known && <div class="sideways" tabIndex={0} role="region" aria-label="both runs at the same time"><Lines name={`${when}, users in`} lines={[line(focus, from, to, page.nameOf(focus))]} /></div>}
      {known && <Unfolded title="show every origin of both runs">{() => <Lines name={when} lines={all.map((each) => line(each, from, to, page.nameOf(each)))} />}</Unfolded>}
      {known && cursor === null && <Unfolded title={`show ${page.nameOf(focus)} in both runs as a table`}>{() => (
        <Lines name="time here" lines={seconds.map((second) => line(focus, second, Math.min(second + step, to), page.time(second * 1e6)))} />)}</Unfolded>}
    </>
  );
}

/** What a run did, and where its users are at home. */
type Did = { sum: Stretch, home: number | null };
/** The same of both runs, before and now; null: the run has no such origin. */
type Line = { head: string, sides: readonly [Did | null, Did | null] };

const TOLD: readonly (readonly [string, (did: Did) => string])[] = [
  ["failed", ({ sum }) => share(sum.failed, outOf(sum))],
  ["p99", ({ sum }) => p99Text(sum)],
  ["answered, req/s", ({ sum }) => rate(sum.ok / sum.seconds)],
  ["in flight, at the end", ({ sum }) => count(sum.inFlight)],
  ["at home", ({ sum, home }) => share(home === null ? sum.ok : sum.served[home] ?? 0, sum.ok)],
];

function Lines({ name, lines }: { name: string, lines: readonly Line[] }) {
  return (
    <table class="twin both">
      <thead>
        <tr><th rowSpan={2}>{name}</th>{TOLD.map(([what]) => <th key={what} colSpan={2} class="right">{what}</th>)}</tr>
        <tr>{TOLD.map(([what]) => <><th key={`${what} before`} class="right">before</th><th key={`${what} now`} class="right">now</th></>)}</tr>
      </thead>
      <tbody>{lines.map(({ head, sides }) => (
        <tr key={head}><th scope="row">{head}</th>{TOLD.map(([what, tell]) => sides.map((did, n) => (
          <td key={`${what} ${n}`} class="right number">{did === null ? "not there" : did.sum.seconds === 0 ? "unknown" : tell(did)}</td>)))}</tr>))}</tbody>
    </table>
  );
}
