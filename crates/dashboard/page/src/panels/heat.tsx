// Panel F: how does it feel for these users now.

import { useMemo } from "preact/hooks";
import type { Chart } from "../draw/chart";
import { secondAt } from "../draw/chart";
import { drawHeat, drawShades, failedScale, heatOf } from "../draw/heat";
import { drawLatency } from "../draw/row";
import type { LogScale } from "../draw/scale";
import { logScale } from "../draw/scale";
import { count, duration } from "../number";
import type { Page } from "../page";
import type { Window } from "../time";
import { narrowed } from "../time";
import { InstantLines, TimeAxis } from "./axis";
import { numbersOf, p99Text, pin } from "./grid";
import { Raster, ratio, useWidth } from "./raster";

const LABELS = 52;

export function Heat({ page, height = 210 }: { page: Page, height?: number }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const plan = page.store.plan!, population = page.focus, wide = Math.max(60, width - LABELS), window = narrowed(page.window, wide * ratio());
  const columns = page.columns(population, window);
  const tight = page.latencyScale([[population]]), scale = logScale(tight.low / 3, tight.high * 1.5), sum = numbersOf(page, population);
  const stamp = stampOf(page, population, window, scale);
  const heat = useMemo(() => heatOf({ columns, window }, scale, plan.bins_per_octave), [stamp]);
  return (
    <section class="panel heat" id="panel-f" aria-labelledby="title-f" tabIndex={-1}>
      <h2 id="title-f">Response times <span class="quiet cut">users in {page.nameOf(population)}</span><span class="spring" />
        <button type="button" title="heat map or lines (h)" aria-pressed={page.view.lines} onClick={() => page.set({ lines: !page.view.lines })}>Lines</button>
      </h2>
      <div ref={box} class="heat-box">
        <Plot page={page} window={window} width={width} height={height} lane={page.view.lines ? 0 : 15} scale={scale} stamp={stamp} paint={(chart) => {
          if (page.view.lines) drawLatency(chart, scale, plan.p99_max_us);
          else drawHeat(chart, heat, scale, plan.p99_max_us, plan.success_min);
        }} />
      </div>
      <p class="foot legend">
        {!page.view.lines && <Ramp most={heat.most} />}
        <span>· p50 {sum.samples >= 2 ? duration(sum.p50) : "–"} · p99 {p99Text(sum)} of {count(sum.samples)}</span>
        {plan.p99_max_us !== null && <span>· limit of p99 {duration(plan.p99_max_us)}</span>}
      </p>
    </section>
  );
}

/** How long it took until a request had failed: what is refused at once looks another way than what times out. */
export function FailedHeat({ page, height = 120 }: { page: Page, height?: number }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const plan = page.store.plan!, population = page.focus, wide = Math.max(60, width - LABELS), window = narrowed(page.window, wide * ratio());
  const columns = page.columns(population, window), version = page.store.series[population]!.version;
  const scale = useMemo(() => failedScale(columns, plan.bins_per_octave), [population, version, window.from, window.to, window.step]);
  const stamp = scale === null ? "" : stampOf(page, population, window, scale);
  const heat = useMemo(() => (scale === null ? null : heatOf({ columns, window }, scale, plan.bins_per_octave, true)), [stamp]);
  return (
    <section class="panel heat failed-heat" aria-labelledby="title-failed">
      <h2 id="title-failed">Time until failure <span class="quiet cut">users in {page.nameOf(population)}</span></h2>
      <div ref={box} class="heat-box">
        {scale !== null && heat !== null && <Plot page={page} window={window} width={width} height={height} lane={0} scale={scale} stamp={stamp} paint={(chart) => drawShades(chart, heat, scale, null)} />}
      </div>
      <p class="foot legend">{heat === null ? <span>Nothing failed in this window.</span> : <><Ramp most={heat.most} /><span>· {duration(scale!.low)} – {duration(scale!.high)}</span></>}</p>
    </section>
  );
}

function stampOf(page: Page, population: number, window: Window, scale: LogScale): string {
  return ["heat", population, page.store.series[population]!.version, window.from, window.to, window.step, page.final, page.expected.to,
    page.view.lines, page.beside(population, window)?.key, scale.low, scale.high, page.bands.map((band) => `${band.from}-${band.to}`).join()].join(" ");
}

function Ramp({ most }: { most: number }) {
  return <><span>1</span><span class="ramp" aria-hidden="true">{Array.from({ length: 8 }, (_, n) => <span key={n} class={`ramp-${n}`} />)}</span><span>{count(most)} requests a cell</span></>;
}

type PlotProps = {
  page: Page, window: Window, width: number, height: number,
  /** Room on top that the scale has no part in. */
  lane: number,
  scale: LogScale, stamp: string, paint: (chart: Chart) => void,
};

/** A raster with the scale of response times at its side, the cursor over it and the times below. */
function Plot({ page, window, width, height, lane, scale, stamp, paint }: PlotProps) {
  const population = page.focus, columns = page.columns(population, window), other = page.beside(population, window), wide = Math.max(60, width - LABELS);
  const place = (event: MouseEvent) => secondAt(
    event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left, { window, left: 0, width: wide });
  return (
    <>
      <div class="heat-labels number" aria-hidden="true" style={{ height }}>
        {lane > 0 && <span style={{ top: 0 }}>failed</span>}
        {scale.tens().map((us) => (
          <span key={us} style={{ top: Math.min(height - 12, Math.max(lane, lane + (height - lane) * (1 - scale.share(us)) - 7)) }}>{duration(us)}</span>
        ))}
      </div>
      {width > 0 && (
        <div class="heat-plot" onPointerMove={(event) => page.set({ cursor: place(event) })} onPointerLeave={() => page.set({ cursor: page.view.pins[0] ?? null })} onClick={(event) => pin(page, place(event))}>
          <Raster width={wide} height={height} stamp={stamp} paint={(pixels, palette, device) => paint({
            pixels, palette, columns, other, window, left: 0, top: 0, width: pixels.width, height: pixels.height, bands: page.bands,
            final: page.final, now: page.expected.to, first: page.expected.from, ratio: device, doubts: page.doubtsOf([population]),
          })} />
          <InstantLines page={page} left={0} width={wide} window={window} />
          <div class="axes"><TimeAxis page={page} left={0} width={wide} window={window} /></div>
        </div>
      )}
    </>
  );
}
