// Panel F: how does it feel for these users now.

import type { Chart } from "../draw/chart";
import { secondAt } from "../draw/chart";
import { drawHeat, heatOf } from "../draw/heat";
import { drawLatency } from "../draw/row";
import { logScale } from "../draw/scale";
import { count, duration } from "../number";
import type { Page } from "../page";
import { narrowed } from "../time";
import { CursorLine, TimeAxis } from "./axis";
import { numbersOf, p99Text, pin } from "./grid";
import { Raster, ratio, useWidth } from "./raster";

const LABELS = 52;

export function Heat({ page, height = 210 }: { page: Page, height?: number }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const plan = page.store.plan!, population = page.focus, wide = Math.max(60, width - LABELS), window = narrowed(page.window, wide * ratio());
  const columns = page.columns(population, window.step);
  const tight = page.latencyScale([population]), scale = logScale(tight.low / 3, tight.high * 1.5), sum = numbersOf(page, population);
  const heat = heatOf({ columns, window }, scale, plan.bins_per_octave);
  const stamp = ["heat", population, page.store.series[population]!.version, window.from, window.to, window.step, page.final, page.expected.to,
    page.view.lines, scale.low, scale.high, page.bands.map((band) => `${band.from}-${band.to}`).join()].join(" ");
  const place = (event: MouseEvent) => secondAt(
    (event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left) * ratio(), { window, left: 0, width: Math.round(wide * ratio()) });
  const lane = page.view.lines ? 0 : 15;
  return (
    <section class="panel heat" id="panel-f" aria-labelledby="title-f" tabIndex={-1}>
      <h2 id="title-f">Response times <span class="quiet cut">users in {page.nameOf(population)}</span><span class="spring" />
        <button type="button" title="heat map or lines (h)" aria-pressed={page.view.lines} onClick={() => page.set({ lines: !page.view.lines })}>Lines</button>
      </h2>
      <div ref={box} class="heat-box">
        <div class="heat-labels number" aria-hidden="true" ref={(element) => { if (element !== null) element.style.height = `${height}px`; }}>
          {lane > 0 && <span ref={(element) => { if (element !== null) element.style.top = "0px"; }}>failed</span>}
          {scale.tens().map((us) => (
            <span key={us} ref={(element) => { if (element !== null) element.style.top = `${Math.min(height - 12, Math.max(lane, lane + (height - lane) * (1 - scale.share(us)) - 7))}px`; }}>{duration(us)}</span>
          ))}
        </div>
        {width > 0 && (
          <div class="heat-plot" onPointerMove={(event) => page.set({ cursor: place(event) })} onPointerLeave={() => page.set({ cursor: page.view.pins[0] ?? null })} onClick={(event) => pin(page, place(event))}>
            <Raster width={wide} height={height} stamp={stamp} paint={(pixels, palette, device) => {
              const chart: Chart = {
                pixels, palette, columns, window, left: 0, top: 0, width: pixels.width, height: pixels.height, bands: page.bands,
                final: page.final, now: page.expected.to, first: page.expected.from, ratio: device, isDistrusted: page.stateOf(population)?.state === "not-trusted",
              };
              if (page.view.lines) drawLatency(chart, scale, plan.p99_max_us);
              else drawHeat(chart, heat, scale, plan.p99_max_us, plan.success_min);
            }} />
            <CursorLine page={page} left={0} width={wide} window={window} />
            <div class="axes"><TimeAxis page={page} left={0} width={wide} window={window} /></div>
          </div>
        )}
      </div>
      <p class="foot legend">
        {!page.view.lines && <><span>1</span><span class="ramp" aria-hidden="true">{Array.from({ length: 8 }, (_, n) => <span key={n} class={`ramp-${n}`} />)}</span><span>{count(heat.most)} requests a cell</span></>}
        <span>· p50 {sum.samples >= 2 ? duration(sum.p50) : "–"} · p99 {p99Text(sum)} of {count(sum.samples)}</span>
        {plan.p99_max_us !== null && <span>· limit of p99 {duration(plan.p99_max_us)}</span>}
      </p>
    </section>
  );
}
