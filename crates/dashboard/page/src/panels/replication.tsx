// Panel G: what probes saw of replication, by the region that was read. Measured by probes, never by the system's own gauge.

import { drawBands, edge } from "../draw/chart";
import { count, duration, share } from "../number";
import type { Page } from "../page";
import { FOLDED } from "../store/series";
import type { Window } from "../time";
import { narrowed } from "../time";
import { InstantLines, TimeAxis } from "./axis";
import { Raster, ratio, useWidth } from "./raster";

/** Room for the name of a region and its three numbers. */
const NUMBERS = 362;

type Seen = { region: number, reads: number, stale: number, now: number, most: number, line: (number | null)[] };

/** What was seen of each region that was ever read: in the window as a line, now as the last ten seconds. */
export function seen(page: Page, { from, to, step }: Window): Seen[] {
  const at = page.view.cursor;
  const [nowFrom, nowTo] = at === null ? [page.final - 10, page.final] : [at, at + step];
  const found: Seen[] = [];
  // What is added up may begin before the window.
  for (let second = Math.max(0, from - FOLDED + 1); second < Math.min(to, page.store.staleness.length); second += 1) {
    const probed = page.store.staleness[second];
    if (probed === undefined || second + probed.step <= from) continue;
    for (const each of probed.regions) {
      const row = found[each.region] ??= { region: each.region, reads: 0, stale: 0, now: 0, most: 0, line: Array.from({ length: (to - from) / step }, () => null) };
      row.reads += each.reads;
      row.stale += each.stale;
      row.most = Math.max(row.most, each.oldest_us);
      const first = Math.floor((Math.max(second, from) - from) / step), last = Math.floor((Math.min(second + probed.step, to) - 1 - from) / step);
      for (let column = first; column <= last; column += 1) row.line[column] = Math.max(row.line[column] ?? 0, each.oldest_us);
      if (second >= nowFrom && second < nowTo) row.now = Math.max(row.now, each.oldest_us);
    }
  }
  return found.filter((row) => row !== undefined);
}

export function Replication({ page }: { page: Page }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const line = Math.max(60, width - NUMBERS), window = narrowed(page.window, line * ratio());
  const rows = seen(page, window), most = Math.max(1, ...rows.map((row) => row.most));
  const loss = page.store.state?.score.find((row) => row.name === "data loss");
  return (
    <section class="panel replication" id="panel-g" aria-labelledby="title-g">
      <h2 id="title-g">Replication and staleness <span class="quiet cut">seen by probes</span></h2>
      <div ref={box} class="scroll" tabIndex={0} role="region" aria-label="staleness by region">
        {rows.length === 0 ? <p class="quiet">No probe has read anything yet: not measured.</p> : (
          <table>
            <thead><tr><th>read in</th><th>oldest write not shown, 0 – {duration(most)}</th><th class="right">now</th><th class="right">most</th><th class="right">stale</th></tr></thead>
            <tbody>{rows.map((row) => (
              <tr key={row.region}>
                <th scope="row" class="cut" title={page.regionName(row.region)}>{page.regionName(row.region)}</th>
                <td><div class="plot">{width > 0 && <Raster width={line} height={24} stamp={`${row.region} ${page.now} ${window.from} ${window.to} ${window.step} ${most} ${page.store.stalenessVersion}`} paint={(pixels, palette, scale) => {
                  const room = { window, left: 0, width: pixels.width };
                  drawBands({ ...room, pixels, palette, top: 0, height: pixels.height, bands: page.bands, ratio: scale });
                  row.line.forEach((value, n) => {
                    const x = edge(n, room), size = edge(n + 1, room) - x;
                    if (value === null) {
                      if (window.from + n * window.step < page.final) pixels.dots(x, 0, size, pixels.height, 6, 2, palette["ink-2"]);
                      return;
                    }
                    const tall = value === 0 ? Math.round(scale) : Math.max(2 * scale, Math.round((value / most) * (pixels.height - 4 * scale)));
                    pixels.fill(x, pixels.height - tall, size, tall, palette.calm);
                  });
                }} />}<InstantLines page={page} left={0} width={line} window={window} /></div></td>
                <td class="right number">{row.now === 0 ? "none" : duration(row.now)}</td>
                <td class="right number">{row.most === 0 ? "none" : duration(row.most)}</td>
                <td class="right number" title={`${count(row.stale)} of ${count(row.reads)} reads`}>{share(row.stale, row.reads)}</td>
              </tr>))}
            </tbody>
            <tfoot><tr><td /><td><div class="axes"><TimeAxis page={page} left={0} width={line} window={window} /></div></td><td colSpan={3} /></tr></tfoot>
          </table>)}
      </div>
      <p class="foot">Lost acknowledged writes: {loss === undefined ? "not measured" : <b class={loss.outcome === "fail" ? "harm" : ""}>{loss.value}</b>}{loss !== undefined && loss.limit !== "" ? `, limit ${loss.limit}` : ""}. Dots: nothing was read.</p>
    </section>
  );
}
