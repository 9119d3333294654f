// Panel B: where. Land as dots, a glyph per origin, a curve only for traffic that is served elsewhere. Every fact of it is
// in the rows of the origins and in the matrix, so it is hidden from assistive technology.

import { isLand } from "../draw/land";
import { share } from "../number";
import type { Page } from "../page";
import { STATES } from "../words";
import { Glyph } from "./glyph";
import { numbersOf } from "./grid";
import { Matrix } from "./matrix";
import { useWidth } from "./raster";

const HEIGHT = 310;
/** How much taller than wide a degree may be drawn, as maps of the whole world are: else twenty regions leave half of the panel empty. */
const TALLER = 1.5;
/** Degrees to the south behind which no land is drawn. */
const SOUTH = 58;

type Place = { x: number, y: number };
/** Pixels of a degree: `scale` to the east, `down` to the south. */
type Box = { west: number, north: number, scale: number, down: number };

export function Where({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLDivElement>();
  return (
    <section class="panel where" id="panel-b" aria-labelledby="title-b">
      <h2 id="title-b">Where <span class="quiet">{page.view.matrix ? "who serves whom, last 10 s" : ""}</span><span class="spring" />
        <button type="button" title="map or matrix (m)" aria-pressed={page.view.matrix} onClick={() => page.set({ matrix: !page.view.matrix })}>Matrix</button>
      </h2>
      <div ref={box} class="where-box">{page.view.matrix ? <Matrix page={page} /> : width > 0 && <Dots page={page} width={width} />}</div>
      {!page.view.matrix && <Links page={page} />}
    </section>
  );
}

/** The box around all places and a tenth more (two from north to south), in the shape of the panel. */
function boxOf(places: readonly { latitude: number, longitude: number }[], width: number): Box {
  const longitudes = places.map((each) => each.longitude), latitudes = places.map((each) => each.latitude);
  const low = { x: Math.min(...longitudes, 180), y: Math.min(...latitudes, 90) }, high = { x: Math.max(...longitudes, -180), y: Math.max(...latitudes, -90) };
  const wide = Math.max((high.x - low.x) * 1.1, 30), tall = Math.max((high.y - low.y) * 1.2, 20);
  const scale = Math.min(width / wide, HEIGHT / tall, 12);
  const down = Math.min(HEIGHT / tall, scale * TALLER);
  return { west: (low.x + high.x) / 2 - width / scale / 2, north: Math.min(88, (low.y + high.y) / 2 + HEIGHT / down / 2), scale, down };
}

function Dots({ page, width }: { page: Page, width: number }) {
  const plan = page.store.plan!;
  const known = [...plan.populations, ...plan.regions].filter((each) => each.latitude !== null && each.longitude !== null)
    .map((each) => ({ latitude: each.latitude!, longitude: each.longitude! }));
  const box = boxOf(known, width), at = ring(page, box, width);
  // South of all land there is nothing to see: that room is for words.
  const height = known.length < plan.populations.length ? HEIGHT : Math.min(HEIGHT, Math.ceil((box.north + SOUTH) * box.down));
  const land = dots(box, width), focus = page.focus;
  return <>
    <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true" class="map">
      <path d={land} class="land" stroke-width={Math.max(1.4, Math.min(3.4, box.scale * 0.9))} />
      {broken(page).map(({ from, to, text }, n) => <line key={n} x1={at.region(from).x} y1={at.region(from).y} x2={at.region(to).x} y2={at.region(to).y} class="broken"><title>{page.regionName(from)} – {page.regionName(to)}: {text}</title></line>)}
      {plan.populations.flatMap((_, population) => {
        const sum = numbersOf(page, population), home = page.homeOf(population), from = at.population(population);
        return sum.served.slice(0, plan.regions.length).map((count, region) => {
          const part = count / Math.max(1, sum.ok + sum.failed);
          return region === home || part < 0.01 ? null
            : <path key={`${population} ${region}`} d={curve(from, at.region(region))} class="moved" stroke-width={1 + 5 * part}><title>{page.nameOf(population)} → {page.regionName(region)} {share(count, sum.ok + sum.failed)}</title></path>;
        });
      })}
      {inOrder(page).map((n) => {
        const population = plan.populations[n]!, state = page.stateOf(n)?.state ?? "fine", { x, y } = at.population(n), isRight = x > width - 90;
        const isNamed = state !== "fine" || n === focus || plan.populations.length <= 4;
        return (
          <g key={n} class="place" onClick={() => page.set({ focus: n })}>
            <title>{population.name}: {STATES[state].word}</title>
            <circle cx={x} cy={y} r={8} class="halo" />
            <text x={x} y={y + 4.5} class={`place-glyph state-${state}`}>{STATES[state].glyph}</text>
            {isNamed && <text x={isRight ? x - 10 : x + 10} y={y + 4} class={`place-name${isRight ? " end" : ""}`}>{population.name}</text>}
          </g>
        );
      })}
    </svg>
    {HEIGHT - height >= 60 && <Standing page={page} />}
  </>;
}

/** How many are how, the worst first. */
function Standing({ page }: { page: Page }) {
  const populations = page.store.plan!.populations, all = populations.reduce((sum, each) => sum + each.share, 0);
  const stateOf = (n: number) => page.stateOf(n)?.state ?? "fine", found = [...new Set(populations.map((_, n) => stateOf(n)))];
  return (
    <ul class="standing">{found.sort((one, other) => STATES[one].rank - STATES[other].rank).map((state) => {
      const own = populations.filter((_, n) => stateOf(n) === state);
      return (
        <li key={state} class="cut"><Glyph state={state} /> <b>{own.length} {STATES[state].word}</b>
          <span class="quiet">, {share(own.reduce((sum, each) => sum + each.share, 0), all)} of users{state === "fine" ? "" : `: ${own.map((each) => each.name).join(", ")}`}</span></li>
      );
    })}</ul>
  );
}

/** The origins, with those that are not fine and the one in focus on top of the others. */
function inOrder(page: Page): number[] {
  const worth = (n: number) => (n === page.focus ? 10 : 0) - STATES[page.stateOf(n)?.state ?? "fine"].rank;
  return page.store.plan!.populations.map((_, n) => n).sort((one, other) => worth(one) - worth(other));
}

/** Where everything is; places that are not known stand in a row at the bottom. */
function ring(page: Page, box: Box, width: number): { population: (n: number) => Place, region: (n: number) => Place } {
  const plan = page.store.plan!;
  const place = (each: { latitude: number | null, longitude: number | null }, n: number, all: number): Place => (
    each.latitude === null || each.longitude === null
      ? { x: ((n + 0.5) / all) * width, y: HEIGHT - 14 }
      : { x: (each.longitude - box.west) * box.scale, y: (box.north - each.latitude) * box.down });
  return {
    population: (n) => place(plan.populations[n]!, n, plan.populations.length),
    region: (n) => place(plan.regions[n]!, n, plan.regions.length),
  };
}

/** Links that a fault in effect has broken, each once whatever its direction, and what was done to them. */
function broken(page: Page): { from: number, to: number, text: string }[] {
  const at = page.view.cursor ?? page.now;
  return page.bands.filter((band) => band.from <= at && band.to > at - 1).flatMap((band) => {
    const fault = page.store.plan?.faults[band.fault], links = fault?.links ?? [];
    return links.filter(([from, to]) => from < to || !links.some(([one, other]) => one === to && other === from))
      .map(([from, to]) => ({ from, to, text: fault?.text ?? "" }));
  });
}

function curve(from: Place, to: Place): string {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 - Math.hypot(to.x - from.x, to.y - from.y) * 0.22 };
  return `M${from.x.toFixed(1)} ${from.y.toFixed(1)}Q${middle.x.toFixed(1)} ${middle.y.toFixed(1)} ${to.x.toFixed(1)} ${to.y.toFixed(1)}`;
}

let kept = { key: "", path: "" };

/** All land in the box, as one path of points. */
function dots(box: Box, width: number): string {
  const key = `${box.west} ${box.north} ${box.scale} ${box.down} ${width}`;
  if (kept.key === key) return kept.path;
  let path = "";
  for (let latitude = 89; latitude > -90; latitude -= 2) {
    const y = (box.north - latitude) * box.down;
    if (y < -4 || y > HEIGHT + 4) continue;
    for (let longitude = Math.floor(box.west / 2) * 2 - 1; longitude < box.west + width / box.scale + 2; longitude += 2) {
      if (isLand(latitude, longitude)) path += `M${((longitude - box.west) * box.scale).toFixed(1)} ${y.toFixed(1)}h0`;
    }
  }
  kept = { key, path };
  return path;
}

/** The same in words: who is served elsewhere, and by whom. */
function Links({ page }: { page: Page }) {
  const plan = page.store.plan!;
  const moved = page.rows.flatMap((population) => {
    const sum = numbersOf(page, population), home = page.homeOf(population);
    const away = sum.served.map((count, region) => ({ count, region })).filter(({ count, region }) => count > 0 && region !== home)
      .sort((one, other) => other.count - one.count);
    return away.length === 0 ? [] : [`${page.nameOf(population)} → ${away.slice(0, 3).map(({ count, region }) => `${region === plan.regions.length ? "unknown" : page.regionName(region)} ${share(count, sum.ok + sum.failed)}`).join(", ")}`];
  });
  return <p class="foot where-links">{moved.length === 0 ? "Everybody who is served is served at home." : moved.slice(0, 3).join(" · ")}{moved.length > 3 ? ` · ${moved.length - 3} more` : ""}</p>;
}
