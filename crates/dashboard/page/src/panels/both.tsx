// The numbers of two runs side by side, at the same time after the instant that they are aligned by.

import { edge } from "../draw/chart";
import { share, tenths } from "../number";
import type { Alignment, Other } from "../other";
import { firstFault } from "../other";
import type { Page } from "../page";
import type { Mark, Store } from "../store/store";
import { outOf, stretch } from "../store/stretch";
import { MARKS } from "../words";
import { Raster, useWidth } from "./raster";

/** Two runs, and which of them is this one: the later, or the earlier. */
type BothProps = { page: Page, other: Other, alignment: Alignment, isLater: boolean };

export function Both({ page, other, alignment, isLater }: BothProps) {
  const here = { store: page.store, at: alignment.here }, there = { store: other.store, at: alignment.there };
  const [before, now] = isLater ? [there, here] : [here, there];
  return (
    <>
      <Instants page={page} by={alignment.by} before={before} now={now} />
      <Outline page={page} before={before.store} now={now.store} from={before.at} to={now.at} />
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

/** Failed share of the population in focus from a minute before the fault: now as an area, before as an outline. */
function Outline({ page, before, now, from, to }: { page: Page, before: Store, now: Store, from: number, to: number }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const population = page.focus, first = Math.floor(to / 1e6), otherFirst = Math.floor(from / 1e6);
  const length = Math.max(60, Math.min(600, Math.max(now.seconds - first, before.seconds - otherFirst))), octave = page.store.plan!.bins_per_octave;
  const at = (store: Store, begin: number, n: number): number | null => {
    const series = store.series[population];
    if (series === undefined) return null;
    const sum = stretch(series, begin + n, begin + n + 1, 0, octave);
    return sum.seconds === 0 ? null : sum.failed / Math.max(1, outOf(sum));
  };
  const whole = (store: Store, begin: number): string => {
    const series = store.series[population];
    if (series === undefined) return "–";
    const sum = stretch(series, begin, begin + length, 0, octave);
    return share(sum.failed, outOf(sum));
  };
  const stamp = [population, now.version, before.version].join(" ");
  return (
    <div ref={box}>
      <p class="foot">Failed for {page.nameOf(population)} in the {length} s from the fault on: before {whole(before, otherFirst)} (outline), now {whole(now, first)} (area).</p>
      {width > 0 && <Raster width={width} height={60} stamp={stamp} paint={(pixels, palette, scale) => {
        const room = { window: { from: -60, to: length, step: 1 }, left: 0, width: pixels.width };
        let last = 0;
        for (let n = -60; n < length; n += 1) {
          const x = edge(n + 60, room), size = edge(n + 61, room) - x, is = at(now, first, n), was = at(before, otherFirst, n);
          if (is !== null && is > 0) pixels.fill(x, pixels.height - Math.max(2, is * pixels.height), size, pixels.height, palette.harm);
          if (was !== null) {
            const y = Math.round((pixels.height - scale) * (1 - was));
            pixels.fill(x, y, size, scale, palette.ink);
            if (y !== last && n > -60) pixels.fill(x, Math.min(y, last), scale, Math.abs(y - last) + scale, palette.ink);
            last = y;
          }
        }
      }} />}
    </div>
  );
}
