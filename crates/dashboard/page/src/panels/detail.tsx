// One origin in detail: who served it and how it failed, each in a lane of its own. Position and label tell lanes apart, not
// colours: six of them could not be told apart by everybody.

import { drawBands, edge, secondAt } from "../draw/chart";
import { mixed } from "../draw/palette";
import type { Lane } from "../store/lane";
import { inPairs, lane } from "../store/lane";
import { IN_FLIGHT } from "../store/series";
import { count, duration, rate, share } from "../number";
import type { Page } from "../page";
import { STATES } from "../words";
import type { Window } from "../time";
import { narrowed } from "../time";
import { InstantLines, TimeAxis } from "./axis";
import { Glyph } from "./glyph";
import { numbersIn, pin } from "./grid";
import { FailedHeat, Heat } from "./heat";
import { Raster, ratio, useWidth } from "./raster";
import type { Sample } from "../wire";

type Named = {
  name: string, note: string, kind: "home" | "elsewhere" | "failed" | "led" | "other", lane: Lane,
  /** The number of a column, or of the whole window. */
  told: (column: number | null) => string,
};

/** The lanes of a population in the window that is shown. */
export function lanesOf(page: Page, population: number, window: Window): Named[] {
  const plan = page.store.plan!, series = page.store.series[population]!, home = page.homeOf(population);
  const places = [...plan.regions.map((region) => region.name), "a region that is not known"].map((name, n) => ({ name, key: n === plan.regions.length ? 0 : n + 1 }));
  const perSecond = (of: Lane) => (column: number | null) => {
    const value = column === null ? null : of.values[column] ?? null;
    return column === null ? count(of.total) : value === null ? "–" : `${rate(value)}/s`;
  };
  const served = places.map(({ name, key }): Named => {
    const isHome = key - 1 === home, of = lane(series, window, (lead) => inPairs(series.servedAt(lead), key));
    return { name: `served by ${name}`, note: isHome ? "home" : "", kind: isHome ? "home" : "elsewhere", lane: of, told: perSecond(of) };
  }).filter((each) => each.lane.total > 0 || each.kind === "home");
  const failed = plan.failures.map((name, n): Named => {
    const of = lane(series, window, (lead) => series.failuresAt(lead)[n] ?? 0);
    return { name: `failed: ${name}`, note: "", kind: "failed", lane: of, told: perSecond(of) };
  }).filter((each) => each.lane.total > 0);
  const all = lane(series, window, (lead) => inPairs(series.connectedAt(lead), null));
  const led = places.map(({ name, key }): Named => {
    const of = lane(series, window, (lead) => inPairs(series.connectedAt(lead), key));
    const part = (n: number) => (of.values[n] === null || !all.values[n] ? null : of.values[n]! / all.values[n]!);
    return {
      name: `led to ${name}`, note: "", kind: "led", lane: { ...of, values: of.values.map((_, n) => part(n)), most: 1 },
      told: (column) => (column === null ? share(of.total, all.total) : part(column) === null ? "–" : share(part(column)!, 1)),
    };
  }).filter((each) => each.lane.total > 0);
  const flight = lane(series, window, (lead) => series.value(lead, IN_FLIGHT), false);
  return [...served, ...failed, ...led, {
    name: "in flight", note: "at most", kind: "other", lane: flight,
    told: (column) => { const value = column === null ? flight.most : flight.values[column] ?? null; return value === null ? "–" : count(value); },
  }];
}

export function Detail({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const population = page.focus, state = page.stateOf(population), chart = Math.max(80, width - 312);
  const window = narrowed(page.window, chart * ratio()), lanes = lanesOf(page, population, window);
  const served = Math.max(1, ...lanes.filter((each) => each.kind !== "other" && each.kind !== "led").map((each) => each.lane.most));
  const place = (event: MouseEvent) => secondAt(event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left, { window, left: 0, width: chart });
  const column = page.view.cursor === null ? null : Math.floor((page.view.cursor - window.from) / window.step);
  const stamp = [population, page.store.series[population]!.version, window.from, window.to, window.step, page.bands.map((band) => `${band.from}-${band.to}`).join()].join(" ");
  return (
    <>
      <section class="panel grid detail" id="panel-e" aria-labelledby="title-e" tabIndex={-1}>
        <h2 id="title-e"><Glyph state={state?.state ?? "fine"} /> {page.nameOf(population)} <span class="quiet">{STATES[state?.state ?? "fine"].word}{state?.why === undefined ? "" : `: ${state.why}`}</span><span class="spring" />
          <button type="button" onClick={() => page.set({ detail: false })}>Back (Esc)</button>
        </h2>
        <div class="lanes" ref={box}>
          {lanes.map((each) => {
            return (
              <div class="lane" key={each.name}>
                <span class="lane-name"><span class="cut" title={each.note === "" ? each.name : `${each.name}, ${each.note}`}>{each.name}{each.note !== "" && <span class="quiet">, {each.note}</span>}</span></span>
                <span class="lane-number number right">{each.told(column)}</span>
                {width > 0 && <Raster width={chart} height={30} stamp={`${stamp} ${each.name} ${served}`} paint={(pixels, palette, scale) => {
                  const room = { window, left: 0, width: pixels.width };
                  drawBands({ ...room, pixels, palette, top: 0, height: pixels.height, bands: page.bands, ratio: scale });
                  const most = each.kind === "other" || each.kind === "led" ? Math.max(1, each.lane.most) : served;
                  const colour = each.kind === "home" ? palette["calm-fill"] : each.kind === "elsewhere" ? palette.react : each.kind === "failed" ? palette.harm : palette.calm;
                  each.lane.values.forEach((value, n) => {
                    if (value === null || value === 0) return;
                    const tall = Math.max(2 * scale, (value / most) * (pixels.height - 4 * scale));
                    const x = edge(n, room), size = edge(n + 1, room) - x;
                    if (each.kind === "failed") pixels.stripes(x, pixels.height - tall, size, tall, Math.round(2 * scale), colour, mixed(colour, palette.panel, 0.38));
                    else pixels.fill(x, pixels.height - tall, size, tall, colour);
                  });
                }} />}
              </div>
            );
          })}
          {width > 0 && <div class="lane-over" onPointerMove={(event) => page.set({ cursor: place(event) })} onPointerLeave={() => page.set({ cursor: page.view.pins[0] ?? null })} onClick={(event) => pin(page, place(event))}>
            <InstantLines page={page} left={0} width={chart} window={window} /></div>}
          <div class="axes lane-axes"><TimeAxis page={page} left={0} width={chart} window={window} /></div>
        </div>
        <p class="foot">Requests in the window; with the cursor, per second. One scale for all that served and failed: 0 – {rate(served)} req/s. Led: where new connections went, in parts of all of them.</p>
      </section>
      <div class="wide-panel pair"><Heat page={page} height={220} /><FailedHeat page={page} height={220} /></div>
      <Samples page={page} population={population} />
    </>
  );
}

/** The longest requests, and what failed last. A recording keeps the longest of those that were alike: that is what is listed. */
function Samples({ page, population }: { page: Page, population: number }) {
  const samples = page.store.samples[population], hasFailed = numbersIn(page, population, 0, page.store.seconds).failed > 0;
  return (
    <div class="wide-panel pair">
      <Listed page={page} id="slowest" title="Slowest" of={samples?.slowest ?? []} nothing="Nothing was answered yet." />
      <Listed page={page} id="failed-last" title="Failed last" of={samples?.failed ?? []} nothing={hasFailed ? "What failed is not told yet." : "Nothing failed."} />
    </div>
  );
}

function Listed({ page, id, title, of, nothing }: { page: Page, id: string, title: string, of: readonly Sample[], nothing: string }) {
  return (
    <section class="panel samples" aria-labelledby={`title-${id}`}>
      <h2 id={`title-${id}`}>{title} <span class="quiet">the longest of those that were alike</span></h2>
      {of.length === 0 ? <p class="quiet">{nothing}</p> : (
        <div class="scroll" tabIndex={0} role="region" aria-label={title}><table>
          <thead><tr><th>intended</th><th>step</th><th>outcome</th><th>answered by</th><th class="right">took</th><th class="right">alike</th></tr></thead>
          <tbody>{of.map((each) => (
            <tr key={`${each.second} ${each.step} ${each.outcome} ${each.region}`}>
              <td class="number"><button type="button" class="as-link" onClick={() => page.set({ cursor: each.second, pins: [each.second] })}>{page.time(each.second * 1e6)}</button></td>
              <td>{each.step}</td><td class={each.outcome === "ok" ? "" : "harm"}>{each.outcome}</td>
              <td>{each.region === null ? <span class="quiet">nobody</span> : page.regionName(each.region)}</td>
              <td class="right number">{duration(each.longest_us)}</td><td class="right number">{count(each.count)}</td>
            </tr>))}
          </tbody>
        </table></div>
      )}
    </section>
  );
}
