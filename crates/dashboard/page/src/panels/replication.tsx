// Panel G: what probes saw of replication, from the region that acknowledged a write to the one that was read. Measured by probes,
// never by the system's own gauge.

import { useMemo, useState } from "preact/hooks";
import { drawBands, edge, secondAt } from "../draw/chart";
import { count, duration, share } from "../number";
import type { Page } from "../page";
import { FIELDS, OLDEST, PAIR, READS, regionsOf, STALE } from "../store/probes";
import { FOLDED } from "../store/series";
import type { Window } from "../time";
import { columnsOf, narrowed } from "../time";
import { InstantLines, TimeAxis } from "./axis";
import { pin } from "./grid";
import { Raster, ratio, useWidth } from "./raster";

/** Room for the names of two regions and three numbers. */
const NUMBERS = 312;
/** So many pairs are shown unless all are asked for: the worst. */
const SHOWN = 8;

/** Writes that one region acknowledged, read in another or in itself. */
type Pair = {
  /** Null: it is not known which. */
  written: number | null, region: number,
  reads: number, stale: number, most: number,
  /** The oldest write that was not shown, column by column; null: nothing was read. */
  line: (number | null)[],
};

/** What was seen in a window, by pair: the pair with the oldest write first, and of those alike who reads elsewhere before who reads at home. */
export function pairs(page: Page, window: Window): Pair[] {
  const { from, to, step } = window, found: Pair[] = [], regions = page.store.plan!.regions.length, { seconds } = page.store.probes;
  // What is added up may begin before the window.
  for (let second = Math.max(0, from - FOLDED + 1); second < Math.min(to, seconds.length); second += 1) {
    const probed = seconds[second];
    if (probed === undefined || second + probed.step <= from) continue;
    const { rows } = probed, first = Math.floor((Math.max(second, from) - from) / step), last = Math.floor((Math.min(second + probed.step, to) - 1 - from) / step);
    for (let at = 0; at < rows.length; at += FIELDS) {
      const oldest = rows[at + OLDEST]!;
      const pair = found[rows[at + PAIR]!] ??= { ...regionsOf(rows[at + PAIR]!, regions), reads: 0, stale: 0, most: 0, line: Array.from({ length: columnsOf(window) }, () => null) };
      pair.reads += rows[at + READS]!;
      pair.stale += rows[at + STALE]!;
      pair.most = Math.max(pair.most, oldest);
      for (let column = first; column <= last; column += 1) pair.line[column] = Math.max(pair.line[column] ?? 0, oldest);
    }
  }
  const isHome = (pair: Pair) => Number(pair.written === pair.region);
  return found.filter((pair) => pair !== undefined).sort((one, two) => two.most - one.most || isHome(one) - isHome(two));
}

export function Replication({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLDivElement>(), [isWhole, setIsWhole] = useState(false);
  const line = Math.max(60, width - NUMBERS), window = narrowed(page.window, line * ratio());
  const { store } = page, { from, to, step } = window;
  const all = useMemo(() => pairs(page, window), [store, store.probes.version, from, to, step]);
  const loss = store.state?.score.find((row) => row.name === "data loss");
  const shown = isWhole || all.length <= SHOWN + 1 ? all : all.slice(0, SHOWN);
  return (
    <section class="panel replication" id="panel-g" aria-labelledby="title-g">
      <h2 id="title-g">Replication and staleness <span class="quiet cut">seen by probes</span><span class="spring" />
        {all.length > SHOWN + 1 && <button type="button" aria-expanded={isWhole} title="every pair of regions that was read" onClick={() => setIsWhole(!isWhole)}>{isWhole ? `Worst ${SHOWN}` : `${all.length - SHOWN} more`}</button>}
      </h2>
      <div ref={box} class="scroll" tabIndex={0} role="region" aria-label="replication lag by pair of regions">
        {all.length === 0 ? <p class="quiet">No probe has read anything yet: not measured.</p> : width > 0 && <Table page={page} shown={shown} line={line} window={window} />}
      </div>
      <p class="foot">Lag: the oldest write not shown. Lost acknowledged writes: {loss === undefined ? "not measured" : <b class={loss.outcome === "fail" ? "harm" : ""}>{loss.value}</b>}{loss !== undefined && loss.limit !== "" ? `, limit ${loss.limit}` : ""}. Dots: nothing was read.</p>
    </section>
  );
}

function Table({ page, shown, line, window }: { page: Page, shown: readonly Pair[], line: number, window: Window }) {
  const most = Math.max(1, ...shown.map((pair) => pair.most)), at = page.view.cursor;
  // In the column under the cursor, else in the last ten seconds.
  const now = pairs(page, at === null ? { from: page.final - 10, to: page.final, step: 10 } : { from: at, to: at + window.step, step: window.step });
  const oldest = ({ written, region }: Pair) => now.find((pair) => pair.written === written && pair.region === region)?.most ?? 0;
  const name = (region: number | null) => (region === null ? "a region that is not known" : page.regionName(region));
  return (
    <table>
      <thead><tr><th>written → read</th><th class="lag">lag, 0 – {duration(most)}</th><th class="right">now</th><th class="right">most</th><th class="right">stale</th></tr></thead>
      <tbody>{shown.map((pair) => (
        <tr key={`${pair.written} ${pair.region}`}>
          <th scope="row" title={`written in ${name(pair.written)}, read in ${name(pair.region)}`}><span class="cut">{name(pair.written)}</span>{" "}<span class="cut">→ {name(pair.region)}</span></th>
          <td><Lag page={page} pair={pair} most={most} line={line} window={window} /></td>
          <td class="right number">{age(oldest(pair))}</td>
          <td class="right number">{age(pair.most)}</td>
          <td class="right number" title={`${count(pair.stale)} of ${count(pair.reads)} reads`}>{share(pair.stale, pair.reads)}</td>
        </tr>))}
      </tbody>
      <tfoot><tr><td /><td><div class="axes"><TimeAxis page={page} left={0} width={line} window={window} /></div></td><td colSpan={3} /></tr></tfoot>
    </table>
  );
}

function age(us: number): string {
  return us === 0 ? "none" : duration(us);
}

/** The lag of one pair over the window; dots where nothing was read. */
function Lag({ page, pair, most, line, window }: { page: Page, pair: Pair, most: number, line: number, window: Window }) {
  const place = (event: MouseEvent) => secondAt(event.clientX - (event.currentTarget as HTMLElement).getBoundingClientRect().left, { window, left: 0, width: line });
  const stamp = [pair.written, pair.region, page.final, window.from, window.to, window.step, most, page.store.probes.version, page.bands.map((band) => `${band.from}-${band.to}`).join()].join(" ");
  return (
    <div class="plot" onPointerMove={(event) => page.set({ cursor: place(event) })} onPointerLeave={() => page.set({ cursor: page.view.pins[0] ?? null })} onClick={(event) => pin(page, place(event))}>
      <Raster width={line} height={22} stamp={stamp} paint={(pixels, palette, scale) => {
        const room = { window, left: 0, width: pixels.width };
        drawBands({ ...room, pixels, palette, top: 0, height: pixels.height, bands: page.bands, ratio: scale });
        pair.line.forEach((value, n) => {
          const x = edge(n, room), size = edge(n + 1, room) - x;
          if (value === null) {
            if (window.from + n * window.step < page.final) pixels.dots(x, 0, size, pixels.height, 6, 2, palette["ink-2"]);
            return;
          }
          const tall = value === 0 ? Math.round(scale) : Math.max(2 * scale, Math.round((value / most) * (pixels.height - 4 * scale)));
          pixels.fill(x, pixels.height - tall, size, tall, palette.calm);
        });
      }} />
      <InstantLines page={page} left={0} width={line} window={window} />
    </div>
  );
}
