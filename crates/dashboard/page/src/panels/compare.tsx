// Panel K: this run beside another, aligned by the first fault. Whether a difference matters is a judgement, and judgements are the
// server's: its words stand beside the values, row by row of the scorecard, each with its reason.

import { useEffect, useState } from "preact/hooks";
import { edge } from "../draw/chart";
import { share, tenths } from "../number";
import type { Page } from "../page";
import { Stream } from "../stream";
import { Store } from "../store/store";
import { outOf, stretch } from "../store/stretch";
import { FARED, MARKS } from "../words";
import type { Beside as Held, Fared, RunLine, Trend } from "../wire";
import { Raster, useWidth } from "./raster";
import { TrendStrip } from "./trend";
import { Unfolded } from "./twin";

/** When the first fault took effect, in microseconds. */
export function aligned(store: Store): number | null {
  const all = store.marks.filter((mark) => mark.mark === "active").map((mark) => mark.at_us);
  return all.length === 0 ? null : Math.min(...all);
}

export function Compare({ page }: { page: Page }) {
  const [runs, setRuns] = useState<RunLine[]>([]);
  const [trends, setTrends] = useState<Trend[]>([]);
  const [held, setHeld] = useState<Held | string>("");
  const { run } = page.view, wanted = page.view.compare === "?" ? "" : page.view.compare;
  useEffect(() => {
    page.api.runs().then(setRuns, () => setRuns([]));
    page.api.trends().then(setTrends, () => setTrends([]));
  }, []);
  useEffect(() => {
    let isWanted = true;
    page.otherStream?.close();
    page.other = wanted === "" ? null : new Store();
    page.otherStream = page.other === null ? null : new Stream(page.api, wanted, page.other, () => page.touch());
    setHeld(wanted === "" ? "" : "Both runs are read and held against each other…");
    if (wanted !== "") page.api.beside(run, wanted).then((all) => { if (isWanted) setHeld(all); }, (error: unknown) => { if (isWanted) setHeld(error instanceof Error ? error.message : "the server does not answer"); });
    page.touch();
    return () => {
      isWanted = false;
      page.otherStream?.close();
    };
  }, [run, wanted]);
  const others = runs.filter((each) => each.run !== run), trend = trends.find((each) => each.points.some((point) => point.run === run));
  return (
    <section class="panel wide-panel compare" aria-labelledby="title-k">
      <h2 id="title-k">Compare
        <label class="quiet">with <select value={wanted} onChange={(event) => page.set({ compare: event.currentTarget.value === "" ? "?" : event.currentTarget.value })}>
          <option value="">choose a run</option>
          {others.map((each) => <option key={each.run} value={each.run}>{each.run}</option>)}
        </select></label>
        <span class="spring" /><button type="button" onClick={() => page.set({ compare: "" })}>Close</button>
      </h2>
      {others.length === 0 && <p class="quiet">There is no other run here.</p>}
      {trend !== undefined && <TrendStrip page={page} trend={trend} />}
      {typeof held === "string" ? held !== "" && <p class="foot" role="status">{held}</p> : <Words held={held} />}
      {page.other !== null && page.other.plan !== null && <Aligned page={page} other={page.other} held={typeof held === "string" ? null : held} />}
    </section>
  );
}

/** What the verdict says of the later run, held against the earlier one. */
function Words({ held }: { held: Held }) {
  const worst = ["worse", "not-comparable", "better", "within-noise"] satisfies Fared[];
  const rows = [...held.rows].sort((one, other) => worst.indexOf(one.fared) - worst.indexOf(other.fared));
  return (
    <>
      <p class="beside-text"><b>{held.now}</b> held against <b>{held.before}</b>, number by number: {held.text}.</p>
      <table class="beside">
        <thead><tr><th>is</th><th>promise</th><th>before: {held.before}</th><th>now: {held.now}</th><th>why</th></tr></thead>
        <tbody>{held.scorecard.map((row) => (
          <tr key={row.name}><Is fared={row.fared} /><th scope="row">{row.name}</th><td>{row.before}</td><td>{row.now}</td><td class="why">{row.text}</td></tr>))}</tbody>
      </table>
      {rows.length > 0 && <Unfolded title="show every number of both runs">{() => (
        <table class="beside">
          <thead><tr><th>is</th><th>what</th><th>whose</th><th class="right">before</th><th class="right">now</th><th>why</th></tr></thead>
          <tbody>{rows.map((row) => (
            <tr key={`${row.what} ${row.whom}`}><Is fared={row.fared} /><th scope="row">{row.what}</th><td>{row.whom}</td><td class="right number">{row.before}</td>
              <td class="right number">{row.now}</td><td class="why">{row.text}</td></tr>))}</tbody>
        </table>)}</Unfolded>}
    </>
  );
}

function Is({ fared }: { fared: Fared }) {
  return <td class={`number fared-${fared}`}><span class="mark" aria-hidden="true">{FARED[fared].glyph}</span> {FARED[fared].word}</td>;
}

/** The instants of both runs, and how many failed, from the first fault on. */
function Aligned({ page, other, held }: { page: Page, other: Store, held: Held | null }) {
  const isNow = held === null || held.now === page.view.run, [before, now] = isNow ? [other, page.store] : [page.store, other];
  const from = held?.aligned_us?.[0] ?? aligned(before), to = held?.aligned_us?.[1] ?? aligned(now);
  if (from === null || to === null) return null;
  const marks = now.marks.filter((mark) => mark.fault === 0 && mark.turn === 0 && mark.number !== null && mark.number > 1 && (mark.population === null || mark.population === page.focus));
  return (
    <>
      <table class="instants">
        <thead><tr><th>after the fault, {page.nameOf(page.focus)}</th><th class="right">before</th><th class="right">now</th></tr></thead>
        <tbody>{marks.map((mark) => {
          const was = before.marks.find((each) => each.mark === mark.mark && each.fault === 0 && each.turn === 0 && each.population === mark.population);
          return <tr key={mark.mark}><th scope="row">{MARKS[mark.mark] ?? mark.mark}</th><td class="right number">{was === undefined ? "not measured" : tenths(was.at_us - from)}</td><td class="right number">{tenths(mark.at_us - to)}</td></tr>;
        })}</tbody>
      </table>
      <Outline page={page} before={before} now={now} from={from} to={to} />
    </>
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
