// Panel E: every origin, on one time axis. Rows are rasters with their numbers beside them.

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Chart } from "../draw/chart";
import { edge, firstColumn, secondAt } from "../draw/chart";
import { drawCompact, drawFailed, drawLatency, drawSaturation, drawTraffic } from "../draw/row";
import type { LogScale } from "../draw/scale";
import type { Line } from "../lines";
import { isFolded, linesOf } from "../lines";
import { count, duration, rate, share } from "../number";
import type { Page } from "../page";
import type { Series } from "../store/series";
import { Watch } from "../store/series";
import type { Stretch } from "../store/stretch";
import { outOf, stretch } from "../store/stretch";
import { STATES } from "../words";
import { InstantLines, noted, TimeAxis } from "./axis";
import { Glyph } from "./glyph";
import { OutlineLegend } from "./outline";
import { Overview } from "./overview";
import { Raster, ratio, useWidth } from "./raster";
import { Twin } from "./twin";

/** Room between two charts. */
const GAP = 14;
/** More rows than this are made only where they are seen. */
const ROWS_WHOLE = 40;

/** Rows that are this tall have room for more numbers, and for the lane of saturation. */
const TALL = 64;

/** How the rows are laid out in a width. */
export function rowLayout(width: number, rows: number): { name: number, charts: number, chart: number, height: number, isCompact: boolean } {
  const isNarrow = width < 760, isCompact = rows > 8;
  const name = isNarrow ? 132 : isCompact ? 312 : 212;
  const charts = isNarrow ? 1 : isCompact ? 2 : 3;
  const chart = Math.max(80, Math.floor((width - name - charts * GAP) / charts));
  const height = Math.round(Math.max(28, Math.min(330 / Math.max(rows, 1), 110)));
  return { name, charts, chart, height: isNarrow ? Math.max(44, Math.min(height, 60)) : height, isCompact };
}

/** What a row's numbers tell of: the column under the cursor, else the last ten whole seconds. */
export function numbersOf(page: Page, population: number | readonly number[]): Stretch {
  const { cursor } = page.view, last = Math.min(page.final, page.store.seconds);
  return page.once(`numbers of ${population}`, () => (
    cursor === null ? numbersIn(page, population, last - 10, last) : numbersIn(page, population, cursor, cursor + page.window.step)));
}

/** What is known of seconds [from, to). */
export function numbersIn(page: Page, population: number | readonly number[], from: number, to: number): Stretch {
  const plan = page.store.plan!, series = (typeof population === "number" ? [population] : population).map((each) => page.store.series[each]!);
  return stretch(series, from, to, plan.regions.length, plan.bins_per_octave);
}

/** A p99 in words; without enough samples it is not a number. */
export function p99Text(sum: Stretch): string {
  return sum.samples >= 100 ? duration(sum.p99) : "–";
}

export function Grid({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const plan = page.store.plan!, rows = page.rows, lines = linesOf(page, rows), folded = isFolded(page);
  const layout = rowLayout(width, folded ? Math.max(9, lines.length) : plan.populations.length), plots = useRef<HTMLDivElement>(null);
  const seen = useSeen(plots, lines.length, layout.height, width > 0), shown = lines.slice(seen.from, seen.to);
  const room = Math.round(layout.chart * ratio());
  useEffect(() => {
    if (width > 0 && page.columnRoom !== room) {
      page.columnRoom = room;
      page.touch();
    }
  }, [room, width]);
  const scale = page.latencyScale(lines.map((line) => line.members));
  const bad = plan.populations.filter((_, n) => (page.stateOf(n)?.state ?? "fine") !== "fine").length;
  const largest = (of: (members: readonly number[]) => number) => (page.view.common ? Math.max(1, ...lines.map((line) => of(line.members))) : null);
  const most = { traffic: largest((members) => page.mostTraffic(members)), inFlight: largest((members) => page.mostInFlight(members)) };
  const scaled = (value: number | null, text: (value: number) => string) => (value === null ? "own scale" : `0–${text(value)}`);
  const under = layout.height < TALL ? "" : `; below: in flight, ${scaled(most.inFlight, count)}`, times = `${duration(scale.low)} – ${duration(scale.high)} log`;
  const titles = [`traffic by server, req/s · ${scaled(most.traffic, rate)}`, ...layout.isCompact ? [`failed over response time of successes, ${times}`]
    : [`failed, % of sent · 0–100${under}`, `response time of successes, p50–p99 · ${times}`]];
  const place = (event: PointerEvent): number | null => {
    const x = event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left;
    const inside = x % (layout.chart + GAP);
    if (inside >= layout.chart) return null;
    return secondAt(inside * ratio(), { window: page.window, left: 0, width: room });
  };
  return (
    <section class={`panel grid${layout.isCompact ? " compact" : ""}`} id="panel-e" aria-labelledby="title-e" tabIndex={-1}>
      <h2 id="title-e">Every origin
        <span class="quiet">{bad === 0 ? "all fine" : `${bad} of ${plan.populations.length} not fine`}{rows.length < plan.populations.length ? ` · ${rows.length} shown` : ""}</span>
        <Overview page={page} />
        <span class="buttons">
          <label class="quiet">sort <select value={page.view.sort} onChange={(event) => page.set({ sort: event.currentTarget.value as "state" })}>
            {["state", "share", "name", "p99"].map((each) => <option key={each}>{each}</option>)}
          </select></label>
          {plan.populations.length > 8 && <button type="button" title="one row for each part of the world, and the origins that are not fine (g)" onClick={() => page.set({ areas: !folded })} aria-pressed={folded}>Areas</button>}
          <button type="button" title="back to the fault, and follow (f)" onClick={() => page.set({ wish: { kind: "follow" }, cursor: null, pins: [] })} aria-pressed={page.view.wish.kind === "follow"}>Fault</button>
          <button type="button" title="whole run (a)" onClick={() => page.set({ wish: { kind: "all" } })} aria-pressed={page.view.wish.kind === "all"}>All</button>
        </span>
      </h2>
      <div class="rows" ref={box} role="grid" aria-label="origins" aria-rowcount={lines.length}>
        <div class="row titles" role="row">
          <span class="name quiet" role="columnheader"><span class="name-title">{page.view.cursor === null ? "last 10 s" : `at ${page.time(page.view.cursor * 1e6)}`}</span><span class="right">failed</span><span class="right">p99</span></span>
          {titles.slice(0, layout.charts).map((title) => <span key={title} class="title quiet" role="columnheader">{title}</span>)}
        </div>
        {width > 0 && (
          <div class="plots" ref={plots}>
            <Space height={seen.from * layout.height} />
            {shown.map((line, n) => <Row key={line.key} page={page} line={line} layout={layout} n={seen.from + n} latency={scale} most={most} />)}
            <Space height={(lines.length - seen.to) * layout.height} />
            <div class="over" style={{ left: layout.name }}
              onPointerMove={(event) => page.set({ cursor: place(event) ?? page.view.cursor })}
              onPointerLeave={() => page.set({ cursor: page.view.pins[0] ?? null })}
              onClick={(event) => { const at = place(event as unknown as PointerEvent); if (at !== null) pin(page, at); }}>
              {Array.from({ length: layout.charts }, (_, n) => (
                <InstantLines key={n} page={page} left={n * (layout.chart + GAP)} width={layout.chart} />
              ))}
            </div>
          </div>
        )}
        <div class="axes" style={{ marginLeft: layout.name }}>
          {Array.from({ length: layout.charts }, (_, n) => <TimeAxis key={n} page={page} left={n * (layout.chart + GAP)} width={layout.chart} />)}
        </div>
      </div>
      <p class="foot legend">
        <span class="swatch home" aria-hidden="true" /> home <span class="swatch elsewhere" aria-hidden="true" /> elsewhere <span class="swatch failed" aria-hidden="true" /> failed
        <span class="swatch nothing" aria-hidden="true" /> nothing known {plan.populations.some((_, n) => page.doubtsOf([n]).length > 0) && <><span class="swatch doubted" aria-hidden="true" /> not to be trusted </>}<span class="swatch fault" aria-hidden="true" /> fault
        <OutlineLegend page={page} populations={lines.flatMap(({ members }) => members)} />
        <span>· {page.window.step} s a column</span>
        <NoteAtCursor page={page} />
        <Between page={page} />
      </p>
      <Twin page={page} />
    </section>
  );
}

/** What happened between two pins, to all origins together: from the first pin's column on, with the second's. */
function Between({ page }: { page: Page }) {
  const { pins } = page.view;
  if (pins.length !== 2) return null;
  const from = Math.min(...pins), to = Math.max(...pins), all = page.store.plan!.populations.map((_, n) => n);
  const sum = numbersIn(page, all, from, to + page.window.step);
  const said = sum.seconds === 0 ? "nothing known" : `${count(outOf(sum))} requests, ${count(sum.failed)} failed (${share(sum.failed, outOf(sum))})`;
  return <span data-between>· Δ {duration((to - from) * 1e6)}; in these columns, all origins: {said}</span>;
}

/** What was noted in the column under the cursor. */
function NoteAtCursor({ page }: { page: Page }) {
  const { cursor } = page.view, { notes } = page.store;
  const here = cursor === null ? [] : notes.filter(({ at_us }) => at_us >= cursor * 1e6 && at_us < (cursor + page.window.step) * 1e6);
  return here.length === 0 ? null : <span class="note-text cut" title={noted(page, here)}>· {noted(page, here)}</span>;
}

/** Pins a second; a second pin makes a difference of the two, a third begins again. */
export function pin(page: Page, second: number): void {
  const pins = page.view.pins.includes(second) ? [] : page.view.pins.length === 1 ? [...page.view.pins, second] : [second];
  page.set({ pins, cursor: second });
}

/** Room that nothing is drawn in. */
function Space({ height }: { height: number }) {
  return height <= 0 ? null : <div aria-hidden="true" style={{ height }} />;
}

/** Which of many rows are on the screen, and some more to both sides; all of few. */
function useSeen(box: RefObject<HTMLElement>, count: number, height: number, isThere: boolean): { from: number, to: number } {
  const [seen, setSeen] = useState({ from: 0, to: ROWS_WHOLE });
  const isWhole = count <= ROWS_WHOLE;
  useLayoutEffect(() => {
    if (isWhole || !isThere) return;
    const look = () => {
      const top = box.current?.getBoundingClientRect().top ?? 0;
      // In steps of eight, so that scrolling makes rows anew only now and then.
      const from = Math.max(0, Math.floor((-top / height - 8) / 8) * 8), to = Math.ceil(((innerHeight - top) / height + 8) / 8) * 8;
      setSeen((was) => (was.from === from && was.to === to ? was : { from, to }));
    };
    const all = () => setSeen({ from: 0, to: count });
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    addEventListener("beforeprint", all);
    addEventListener("afterprint", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
      removeEventListener("beforeprint", all);
      removeEventListener("afterprint", look);
    };
  }, [isWhole, isThere, count, height]);
  return isWhole ? { from: 0, to: count } : { from: Math.min(seen.from, count), to: Math.min(seen.to, count) };
}

/** What was written to some series since it was looked at last. */
function useNews(series: readonly Series[], key: string): Watch {
  const news = useMemo(() => new Watch(series), [series[0], key]);
  useEffect(() => () => news.release(), [news]);
  return news;
}

type RowProps = { page: Page, line: Line, layout: ReturnType<typeof rowLayout>, n: number, latency: LogScale, most: { traffic: number | null, inFlight: number | null } };

function Row({ page, line, layout, n, latency, most }: RowProps) {
  const { members, state } = line, population = members[0]!, plan = page.store.plan!;
  const columns = page.columns(members), other = page.beside(members), sum = numbersOf(page, members), series = columns.series;
  const isFocus = line.area === null && page.focus === population, { window } = page, bands = page.bands, expected = page.expected;
  const doubts = page.doubtsOf(members), news = useNews(series, line.key), final = useRef(0), own = most.traffic ?? page.mostTraffic(members);
  const flight = layout.charts < 3 || layout.height < TALL ? null : most.inFlight ?? page.mostInFlight(members);
  const stamp = [
    line.key, window.from, window.to, window.step, expected.from, latency.low, latency.high, own, flight,
    doubts.map(({ from, to }) => `${from}-${to}`).join(), bands.map((band) => `${band.from}-${band.isOver ? band.to : ""}`).join(), members.map((each) => page.homeOf(each)).join(), other?.key,
  ].join(" ");
  const fresh = [series.map((each) => each.version).join(), page.final, expected.to].join(" ");
  const width = layout.charts * layout.chart + (layout.charts - 1) * GAP;
  const chosen = line.area === null ? { focus: population } : { open: line.isOpen ? page.view.open.filter((each) => each !== line.area) : [...page.view.open, line.area] };
  return (
    <div class={`row${isFocus ? " focus" : ""}${line.area === null ? "" : " area"}`} role="row" tabIndex={isFocus ? 0 : -1} aria-rowindex={n + 1} aria-selected={isFocus} {...(line.area === null ? { "data-population": population } : { "data-area": line.area })}
      onClick={() => page.set(chosen)} onDblClick={() => { if (line.area === null) page.set({ focus: population, detail: true }); }}
      style={{ height: layout.height }}>
      <span class="name" role="rowheader">
        <span class="name-title"><Glyph state={state} /> {line.area === null ? <span class="cut" title={line.name}>{line.name}</span>
          : <button type="button" class="as-link cut" aria-expanded={line.isOpen}>{line.name}, {members.length}</button>}<span class="unseen"> {STATES[state].word}</span></span>
        <span class="right number">{share(sum.failed, outOf(sum))}</span>
        <span class="right number">{p99Text(sum)}</span>
        {layout.height >= TALL && <span class="more quiet number">{rate(sum.seconds > 0 ? (sum.ok + sum.failed) / sum.seconds : 0)} req/s · {count(sum.inFlight)} in flight</span>}
        {layout.height >= 96 && <span class="more quiet cut">{STATES[state].word}{reason(page, population)}</span>}
      </span>
      <span role="gridcell" class="plot">
        <Raster width={width} height={layout.height - 5} stamp={stamp} news={fresh} paint={(pixels, palette, scale, isWhole) => {
          const size = Math.round(layout.chart * scale), step = Math.round((layout.chart + GAP) * scale);
          // What was not final when it was drawn last is drawn again, and with it all that came after.
          const { from } = news.take(), since = isWhole ? undefined : Math.min(final.current, from);
          final.current = page.final;
          const chart = (at: number): Chart => {
            const made: Chart = {
              pixels, palette, columns, other, window, left: at * step, top: 0, width: size, height: pixels.height, bands, ...(since === undefined ? {} : { since }),
              final: page.final, now: expected.to, first: expected.from, ratio: scale, doubts,
            };
            if (!isWhole) pixels.open(edge(firstColumn(made), made), made.left + size, palette.panel);
            return made;
          };
          drawTraffic(chart(0), own);
          if (layout.charts === 2) drawCompact(chart(1), latency, plan.p99_max_us, plan.success_min);
          if (layout.charts === 3) {
            if (flight === null) drawFailed(chart(1), plan.success_min);
            else drawSaturation(chart(1), plan.success_min, flight);
            drawLatency(chart(2), latency, plan.p99_max_us);
          }
        }} />
      </span>
    </div>
  );
}

function reason(page: Page, population: number): string {
  const why = page.stateOf(population)?.why ?? "";
  return why === "" ? "" : `: ${why}`;
}
