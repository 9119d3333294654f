// One origin in detail: who served it and how it failed, each in a lane of its own. Position and label tell lanes apart, not
// colours: six of them could not be told apart by everybody.

import { drawBands, secondAt } from "../draw/chart";
import type { Lane } from "../store/lane";
import { inPairs, lane } from "../store/lane";
import { IN_FLIGHT } from "../store/series";
import { count, rate } from "../number";
import type { Page } from "../page";
import { STATES } from "../words";
import type { Window } from "../time";
import { narrowed } from "../time";
import { CursorLine, TimeAxis } from "./axis";
import { Glyph } from "./glyph";
import { pin } from "./grid";
import { Heat } from "./heat";
import { Raster, ratio, useWidth } from "./raster";

type Named = { name: string, note: string, kind: "home" | "elsewhere" | "failed" | "other", lane: Lane };

/** The lanes of a population in the window that is shown. */
export function lanesOf(page: Page, population: number, window: Window): Named[] {
  const plan = page.store.plan!, series = page.store.series[population]!, home = page.homeOf(population);
  const served = [...plan.regions.map((region) => region.name), "a region that is not known"].map((name, n): Named => {
    const key = n === plan.regions.length ? 0 : n + 1, isHome = n === home;
    return { name: `served by ${name}`, note: isHome ? "home" : "", kind: isHome ? "home" : "elsewhere", lane: lane(series, window, (lead) => inPairs(series.servedAt(lead), key)) };
  }).filter((each) => each.lane.total > 0 || each.kind === "home");
  const failed = plan.failures.map((name, n): Named => (
    { name: `failed: ${name}`, note: "", kind: "failed", lane: lane(series, window, (lead) => series.failuresAt(lead)[n] ?? 0) })).filter((each) => each.lane.total > 0);
  const flight: Named = { name: "in flight", note: "at most", kind: "other", lane: lane(series, window, (lead) => series.value(lead, IN_FLIGHT), false) };
  return [...served, ...failed, flight];
}

export function Detail({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const population = page.focus, state = page.stateOf(population), chart = Math.max(80, width - 312);
  const window = narrowed(page.window, chart * ratio()), lanes = lanesOf(page, population, window);
  const served = Math.max(1, ...lanes.filter((each) => each.kind !== "other").map((each) => each.lane.most));
  const place = (event: MouseEvent) => secondAt((event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left) * ratio(), { window, left: 0, width: Math.round(chart * ratio()) });
  const stamp = [population, page.store.series[population]!.version, window.from, window.to, window.step, page.bands.map((band) => `${band.from}-${band.to}`).join()].join(" ");
  return (
    <>
      <section class="panel grid detail" id="panel-e" aria-labelledby="title-e" tabIndex={-1}>
        <h2 id="title-e"><Glyph state={state?.state ?? "fine"} /> {page.nameOf(population)} <span class="quiet">{STATES[state?.state ?? "fine"].word}{state !== null && state.why !== "" ? `: ${state.why}` : ""}</span><span class="spring" />
          <button type="button" onClick={() => page.set({ detail: false })}>Back (Esc)</button>
        </h2>
        <div class="lanes" ref={box}>
          {lanes.map((each) => {
            const at = page.view.cursor === null ? null : each.lane.values[Math.floor((page.view.cursor - window.from) / window.step)] ?? null;
            return (
              <div class="lane" key={each.name}>
                <span class="lane-name"><span class="cut" title={each.note === "" ? each.name : `${each.name}, ${each.note}`}>{each.name}{each.note !== "" && <span class="quiet">, {each.note}</span>}</span></span>
                <span class="lane-number number right">{page.view.cursor !== null ? (at === null ? "–" : `${rate(at)}${each.kind === "other" ? "" : "/s"}`) : each.kind === "other" ? count(each.lane.most) : count(each.lane.total)}</span>
                {width > 0 && <Raster width={chart} height={30} stamp={`${stamp} ${each.name} ${served}`} paint={(pixels, palette, scale) => {
                  const columns = each.lane.values.length, size = Math.max(1, Math.floor(pixels.width / columns)), start = pixels.width - size * columns;
                  drawBands({ pixels, palette, columns: page.columns(population), window, left: 0, top: 0, width: pixels.width, height: pixels.height, bands: page.bands, final: page.final, now: page.now, ratio: scale, isDistrusted: false });
                  const most = each.kind === "other" ? Math.max(1, each.lane.most) : served;
                  const colour = each.kind === "home" ? palette["calm-fill"] : each.kind === "elsewhere" ? palette.react : each.kind === "failed" ? palette.harm : palette.calm;
                  each.lane.values.forEach((value, n) => {
                    if (value === null || value === 0) return;
                    const tall = Math.max(2 * scale, (value / most) * (pixels.height - 4 * scale));
                    pixels.fill(start + n * size, pixels.height - tall, size, tall, colour);
                  });
                }} />}
              </div>
            );
          })}
          {width > 0 && <div class="lane-over" onPointerMove={(event) => page.set({ cursor: place(event) })} onPointerLeave={() => page.set({ cursor: page.view.pins[0] ?? null })} onClick={(event) => pin(page, place(event))}>
            <CursorLine page={page} left={0} width={chart} window={window} /></div>}
          <div class="axes lane-axes"><TimeAxis page={page} left={0} width={chart} window={window} /></div>
        </div>
        <p class="foot">Requests in the window; with the cursor, per second. One scale for all that served and failed: 0 – {rate(served)} req/s.</p>
      </section>
      <div class="wide-panel"><Heat page={page} height={260} /></div>
    </>
  );
}
