// Panel K: this run beside another, aligned by the first fault. Values are set side by side; whether a difference matters is a
// judgement, and judgements are the server's: here only what makes two runs not comparable is named.

import { useEffect, useState } from "preact/hooks";
import { edge } from "../draw/chart";
import { share, tenths } from "../number";
import type { Page } from "../page";
import { Stream } from "../stream";
import { Store } from "../store/store";
import { outOf, stretch } from "../store/stretch";
import { MARKS } from "../words";
import type { RunLine } from "../wire";
import { OutcomeMark } from "./glyph";
import { Raster, useWidth } from "./raster";

/** Why two runs can't be compared; empty: they can. */
export function differences(one: Store, other: Store): string[] {
  const a = one.plan, b = other.plan;
  if (a === null || b === null) return [];
  const found: string[] = [];
  if (a.sha256 !== b.sha256) found.push("the plan");
  if (a.load !== b.load) found.push(`the load (${a.load}; ${b.load})`);
  if (a.populations.map((each) => each.name).join() !== b.populations.map((each) => each.name).join()) found.push("the populations");
  if (a.regions.map((each) => each.name).join() !== b.regions.map((each) => each.name).join()) found.push("the regions");
  for (const [store, name] of [[one, "this run"], [other, "the other run"]] as const) {
    if (store.state !== null && !store.state.is_trusted) found.push(`the trust in ${name}`);
  }
  return found;
}

/** When the first fault took effect, in microseconds. */
export function aligned(store: Store): number | null {
  const all = store.marks.filter((mark) => mark.mark === "active").map((mark) => mark.at_us);
  return all.length === 0 ? null : Math.min(...all);
}

export function Compare({ page }: { page: Page }) {
  const [runs, setRuns] = useState<RunLine[]>([]);
  const wanted = page.view.compare === "?" ? "" : page.view.compare;
  useEffect(() => { page.api.runs().then(setRuns, () => setRuns([])); }, []);
  useEffect(() => {
    page.otherStream?.close();
    page.other = wanted === "" ? null : new Store();
    page.otherStream = page.other === null ? null : new Stream(page.api, wanted, page.other, () => page.touch());
    page.touch();
    return () => page.otherStream?.close();
  }, [wanted]);
  const others = runs.filter((run) => run.run !== page.view.run);
  return (
    <section class="panel wide-panel compare" aria-labelledby="title-k">
      <h2 id="title-k">Compare
        <label class="quiet">with <select value={wanted} onChange={(event) => page.set({ compare: event.currentTarget.value === "" ? "?" : event.currentTarget.value })}>
          <option value="">choose a run</option>
          {others.map((run) => <option key={run.run} value={run.run}>{run.run}</option>)}
        </select></label>
        <span class="spring" /><button type="button" onClick={() => page.set({ compare: "" })}>Close</button>
      </h2>
      {others.length === 0 && <p class="quiet">There is no other run here.</p>}
      {page.other !== null && page.other.plan !== null && <Beside page={page} other={page.other} />}
    </section>
  );
}

function Beside({ page, other }: { page: Page, other: Store }) {
  const different = differences(page.store, other), score = page.store.state?.score ?? [];
  const before = (name: string) => other.state?.score.find((row) => row.name === name);
  const zeros = [aligned(page.store), aligned(other)] as const;
  const marks = page.store.marks.filter((mark) => mark.fault === 0 && mark.turn === 0 && mark.number !== null && mark.number > 1 && (mark.population === null || mark.population === page.focus));
  return (
    <>
      <p class={different.length > 0 ? "harm" : "foot"}>{different.length > 0 ? `Not comparable: these differ: ${different.join(", ")}.` : "The same plan and load. Spread between runs is not known here: small differences may be noise."}</p>
      <table>
        <thead><tr><th>promise</th><th class="right">before</th><th class="slim" /><th class="right">now</th><th class="slim" /></tr></thead>
        <tbody>
          {score.map((row) => {
            const was = before(row.name);
            return <tr key={row.name}><th scope="row">{row.name}</th><td class="right number">{was?.value ?? "not measured"}</td><td class="slim">{was !== undefined && <OutcomeMark outcome={was.outcome} />}</td>
              <td class="right number">{row.value}</td><td class="slim"><OutcomeMark outcome={row.outcome} /></td></tr>;
          })}
        </tbody>
      </table>
      {zeros[0] !== null && zeros[1] !== null && (
        <table>
          <thead><tr><th>after the fault, {page.nameOf(page.focus)}</th><th class="right">before</th><th class="right">now</th><th class="right">difference</th></tr></thead>
          <tbody>{marks.map((mark) => {
            const was = other.marks.find((each) => each.mark === mark.mark && each.fault === 0 && each.turn === 0 && each.population === mark.population);
            const now = mark.at_us - zeros[0]!, then = was === undefined ? null : was.at_us - zeros[1]!;
            return <tr key={mark.mark}><th scope="row">{MARKS[mark.mark] ?? mark.mark}</th><td class="right number">{then === null ? "not measured" : tenths(then)}</td><td class="right number">{tenths(now)}</td>
              <td class="right number">{then === null ? "–" : `${now > then ? "+" : ""}${tenths(now - then)}`}</td></tr>;
          })}</tbody>
        </table>
      )}
      {zeros[0] !== null && zeros[1] !== null && <Outline page={page} other={other} zero={zeros[0]} otherZero={zeros[1]} />}
    </>
  );
}

/** Failed share of the population in focus from a minute before the fault: now as an area, before as an outline. */
function Outline({ page, other, zero, otherZero }: { page: Page, other: Store, zero: number, otherZero: number }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const population = page.focus, first = Math.floor(zero / 1e6), otherFirst = Math.floor(otherZero / 1e6);
  const length = Math.max(60, Math.min(600, page.now - first)), octave = page.store.plan!.bins_per_octave;
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
  const stamp = [population, page.store.version, other.version].join(" ");
  return (
    <div ref={box}>
      <p class="foot">Failed for {page.nameOf(population)} in the {length} s from the fault on: before {whole(other, otherFirst)} (outline), now {whole(page.store, first)} (area).</p>
      {width > 0 && <Raster width={width} height={60} stamp={stamp} paint={(pixels, palette, scale) => {
        const room = { window: { from: -60, to: length, step: 1 }, left: 0, width: pixels.width };
        let last = 0;
        for (let n = -60; n < length; n += 1) {
          const x = edge(n + 60, room), size = edge(n + 61, room) - x, now = at(page.store, first, n), before = at(other, otherFirst, n);
          if (now !== null && now > 0) pixels.fill(x, pixels.height - Math.max(2, now * pixels.height), size, pixels.height, palette.harm);
          if (before !== null) {
            const y = Math.round((pixels.height - scale) * (1 - before));
            pixels.fill(x, y, size, scale, palette.ink);
            if (y !== last && n > -60) pixels.fill(x, Math.min(y, last), scale, Math.abs(y - last) + scale, palette.ink);
            last = y;
          }
        }
      }} />}
    </div>
  );
}
