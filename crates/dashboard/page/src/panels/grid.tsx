// Panel E: every origin, on one time axis. Rows are rasters with their numbers beside them.

import { useEffect } from "preact/hooks";
import type { Chart } from "../draw/chart";
import { secondAt } from "../draw/chart";
import { drawCompact, drawFailed, drawLatency, drawTraffic } from "../draw/row";
import type { LogScale } from "../draw/scale";
import { count, duration, rate, share } from "../number";
import type { Page } from "../page";
import type { Stretch } from "../store/stretch";
import { outOf, stretch } from "../store/stretch";
import { STATES } from "../words";
import { CursorLine, TimeAxis } from "./axis";
import { Glyph } from "./glyph";
import { Overview } from "./overview";
import { Raster, ratio, useWidth } from "./raster";
import { Twin } from "./twin";

/** Room between two charts. */
const GAP = 14;
/** Rows beyond this are shown only when they are asked for by the filter. */
const ROWS_MAX = 120;

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
export function numbersOf(page: Page, population: number): Stretch {
  const plan = page.store.plan!, { cursor } = page.view;
  const [from, to] = cursor === null ? [Math.min(page.final, page.store.seconds) - 10, Math.min(page.final, page.store.seconds)] : [cursor, cursor + page.window.step];
  return stretch(page.store.series[population]!, from, to, plan.regions.length, plan.bins_per_octave);
}

/** A p99 in words; without enough samples it is not a number. */
export function p99Text(sum: Stretch): string {
  return sum.samples >= 100 ? duration(sum.p99) : "–";
}

export function Grid({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const plan = page.store.plan!, rows = page.rows, shown = rows.slice(0, ROWS_MAX);
  const layout = rowLayout(width, plan.populations.length);
  const room = Math.round(layout.chart * ratio());
  useEffect(() => {
    if (width > 0 && page.columnRoom !== room) {
      page.columnRoom = room;
      page.touch();
    }
  }, [room, width]);
  const scale = page.latencyScale(shown);
  const bad = plan.populations.filter((_, n) => (page.stateOf(n)?.state ?? "fine") !== "fine").length;
  const most = page.view.common ? Math.max(1, ...shown.map((n) => page.mostTraffic(n))) : null;
  const titles = layout.isCompact
    ? [`traffic by server, req/s · ${most === null ? "own scale" : `0–${rate(most)}`}`, `failed over response time of successes, ${duration(scale.low)} – ${duration(scale.high)} log`]
    : [`traffic by server, req/s · ${most === null ? "own scale" : `0–${rate(most)}`}`, "failed, % of sent · 0–100", `response time of successes, p50–p99 · ${duration(scale.low)} – ${duration(scale.high)} log`];
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
          <button type="button" title="back to the fault, and follow (f)" onClick={() => page.set({ wish: { kind: "follow" }, cursor: null, pins: [] })} aria-pressed={page.view.wish.kind === "follow"}>Fault</button>
          <button type="button" title="whole run (a)" onClick={() => page.set({ wish: { kind: "all" } })} aria-pressed={page.view.wish.kind === "all"}>All</button>
        </span>
      </h2>
      <div class="rows" ref={box} role="grid" aria-label="origins" aria-rowcount={rows.length}>
        <div class="row titles" role="row">
          <span class="name quiet" role="columnheader"><span class="name-title">origin</span><span class="right">failed</span><span class="right">p99</span>{!layout.isCompact && <span class="right wide">{page.view.cursor === null ? "last 10 s" : `at ${page.time(page.view.cursor * 1e6)}`}</span>}</span>
          {titles.slice(0, layout.charts).map((title) => <span key={title} class="title quiet" role="columnheader">{title}</span>)}
        </div>
        {width > 0 && (
          <div class="plots">
            {shown.map((population, n) => (
              <Row key={population} page={page} population={population} layout={layout} n={n}
                latency={scale} most={most} />
            ))}
            <div class="over" ref={(element) => { if (element !== null) element.style.left = `${layout.name}px`; }}
              onPointerMove={(event) => page.set({ cursor: place(event) ?? page.view.cursor })}
              onPointerLeave={() => page.set({ cursor: page.view.pins[0] ?? null })}
              onClick={(event) => { const at = place(event as unknown as PointerEvent); if (at !== null) pin(page, at); }}>
              {Array.from({ length: layout.charts }, (_, n) => (
                <CursorLine key={n} page={page} left={n * (layout.chart + GAP)} width={layout.chart} />
              ))}
            </div>
          </div>
        )}
        <div class="axes" ref={(element) => { if (element !== null) element.style.marginLeft = `${layout.name}px`; }}>
          {Array.from({ length: layout.charts }, (_, n) => <TimeAxis key={n} page={page} left={n * (layout.chart + GAP)} width={layout.chart} />)}
        </div>
      </div>
      <p class="foot legend">
        <span class="swatch home" aria-hidden="true" /> home <span class="swatch elsewhere" aria-hidden="true" /> elsewhere <span class="swatch failed" aria-hidden="true" /> failed
        <span class="swatch nothing" aria-hidden="true" /> nothing known <span class="swatch fault" aria-hidden="true" /> fault
        <span>· {page.window.step} s a column</span>
        {rows.length > ROWS_MAX && <span>· the first {ROWS_MAX} of {rows.length} rows: filter for the others</span>}
        {page.view.pins.length === 2 && <span>· Δ {duration(Math.abs(page.view.pins[1]! - page.view.pins[0]!) * 1e6)}</span>}
      </p>
      <Twin page={page} />
    </section>
  );
}

/** Pins a second; a second pin makes a difference of the two, a third begins again. */
export function pin(page: Page, second: number): void {
  const pins = page.view.pins.includes(second) ? [] : page.view.pins.length === 1 ? [...page.view.pins, second] : [second];
  page.set({ pins, cursor: second });
}

type RowProps = { page: Page, population: number, layout: ReturnType<typeof rowLayout>, n: number, latency: LogScale, most: number | null };

function Row({ page, population, layout, n, latency, most }: RowProps) {
  const plan = page.store.plan!, columns = page.columns(population), sum = numbersOf(page, population);
  const state = page.stateOf(population)?.state ?? "fine", isFocus = page.focus === population;
  const { window } = page, whole = outOf(sum), bands = page.bands, expected = page.expected;
  const height = layout.height - 5;
  const stamp = [
    page.store.series[population]!.version, window.from, window.to, window.step, page.final, expected.from, expected.to, latency.low, latency.high, most ?? "own",
    state === "not-trusted", bands.map((band) => `${band.from}-${band.to}`).join(), page.homeOf(population),
  ].join(" ");
  const width = layout.charts * layout.chart + (layout.charts - 1) * GAP;
  return (
    <div class={`row${isFocus ? " focus" : ""}`} role="row" tabIndex={isFocus ? 0 : -1} aria-rowindex={n + 1} aria-selected={isFocus} data-population={population}
      onClick={() => page.set({ focus: population })} onDblClick={() => page.set({ focus: population, detail: true })}
      ref={(element) => { if (element !== null) element.style.height = `${layout.height}px`; }}>
      <span class="name" role="rowheader">
        <span class="name-title"><Glyph state={state} /> <span class="cut" title={plan.populations[population]!.name}>{plan.populations[population]!.name}</span><span class="unseen"> {STATES[state].word}</span></span>
        <span class="right number">{share(sum.failed, whole)}</span>
        <span class="right number">{p99Text(sum)}</span>
        {layout.height >= 64 && <span class="more quiet number">{rate(sum.seconds > 0 ? (sum.ok + sum.failed) / sum.seconds : 0)} req/s · {count(sum.inFlight)} in flight</span>}
        {layout.height >= 96 && <span class="more quiet cut">{STATES[state].word}{reason(page, population)}</span>}
      </span>
      <span role="gridcell" class="plot">
        <Raster width={width} height={height} stamp={stamp} paint={(pixels, palette, scale) => {
          const size = Math.round(layout.chart * scale), step = Math.round((layout.chart + GAP) * scale);
          const chart = (at: number): Chart => ({
            pixels, palette, columns, window, left: at * step, top: 0, width: size, height: pixels.height, bands,
            final: page.final, now: expected.to, first: expected.from, ratio: scale, isDistrusted: state === "not-trusted",
          });
          drawTraffic(chart(0), most ?? page.mostTraffic(population));
          if (layout.charts === 2) drawCompact(chart(1), latency, plan.p99_max_us, plan.success_min);
          if (layout.charts === 3) {
            drawFailed(chart(1), plan.success_min);
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
