// The runs of one plan in a row, from the oldest to the newest: how long recovery took, against its limit, the verdict, and from which
// run on it is another time than before. The sentences are the server's; each point is in the table as well.

import { day, duration } from "../number";
import type { Page } from "../page";
import { STATES } from "../words";
import type { Trend, TrendPoint } from "../wire";
import { Glyph } from "./glyph";
import { useWidth } from "./raster";
import { Unfolded } from "./twin";

const HEIGHT = 108, TOP = 12, BOTTOM = 24, LEFT = 56;

/** When a run began: `2026-11-22 13:32 UTC`. */
export function began(unixUs: number): string {
  return `${day(unixUs)} ${new Date(unixUs / 1000).toISOString().slice(11, 16)} UTC`;
}

export function TrendStrip({ page, trend }: { page: Page, trend: Trend }) {
  const [box, width] = useWidth<HTMLDivElement>();
  return (
    <figure class="trend">
      <figcaption>{trend.plan}: {trend.text}</figcaption>
      <div ref={box}>{width > 0 && <Points page={page} points={trend.points} width={width} />}</div>
      <p class="changes">Change over the runs: {trend.changes}</p>
      {trend.changed.length > 0 && <ul class="changes">{trend.changed.map((each) => <li key={each}>{each}</li>)}</ul>}
      <p class="foot">Longest recovery time of each run, from the oldest to the newest; dashes: its limit. Hollow: inconclusive. Below the line: not known. Upright line: from here on some recovery time is another one.</p>
      <Unfolded title="show these runs as a table">{() => (
        <table>
          <thead><tr><th>run</th><th>began</th><th class="right">recovery time</th><th>verdict</th><th>change</th></tr></thead>
          <tbody>{trend.points.map((point) => (
            <tr key={point.run}><th scope="row">{point.run}</th><td class="number">{began(point.started_unix_us)}</td><td class="right number">{point.text}</td>
              <td><Glyph state={point.verdict} /> {STATES[point.verdict].word}</td><td>{point.is_changed ? "from here on" : ""}</td></tr>))}</tbody>
        </table>)}</Unfolded>
    </figure>
  );
}

/** A point stands on its time; one whose time is not known stands below the line. */
function Points({ page, points, width }: { page: Page, points: readonly TrendPoint[], width: number }) {
  const most = Math.max(1, ...points.flatMap((point) => [point.recovery_us ?? 0, point.limit_us ?? 0]));
  const bottom = HEIGHT - BOTTOM, y = (us: number) => bottom - (us / most) * (bottom - TOP);
  const apart = Math.min(48, (width - LEFT - 12) / Math.max(1, points.length)), x = (n: number) => LEFT + (n + 0.5) * apart;
  const limit = points.at(-1)!.limit_us;
  return (
    <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} aria-hidden="true" class="trend-points">
      <line x1={LEFT} x2={x(points.length - 1) + apart / 2} y1={bottom + 0.5} y2={bottom + 0.5} class="stroke-line" />
      <text x={LEFT - 6} y={bottom + 4} class="end">0 s</text>
      <text x={LEFT - 6} y={TOP + 4} class="end">{duration(most)}</text>
      {limit !== null && <line x1={LEFT} x2={x(points.length - 1) + apart / 2} y1={y(limit)} y2={y(limit)} class="stroke-ink broken"><title>limit {duration(limit)}</title></line>}
      {points.map((point, n) => point.is_changed && <line key={point.run} x1={x(n) - apart / 2} x2={x(n) - apart / 2} y1={TOP - 6} y2={bottom + 6} class="change" />)}
      {points.map((point, n) => {
        const at = point.recovery_us === null ? bottom + 14 : y(point.recovery_us), isHere = point.run === page.view.run;
        return (
          <g key={point.run} class="place" onClick={() => page.set({ run: point.run, compare: "", detail: false })}>
            <title>{point.run}: {point.text}, {STATES[point.verdict].word}{point.is_changed ? "; from here on some recovery time is another one" : ""}</title>
            {isHere && <circle cx={x(n)} cy={at} r={9} class="here" />}
            {point.verdict === "fail"
              ? <text x={x(n)} y={at + 4.5} class="place-glyph state-fail">{STATES.fail.glyph}</text>
              : <circle cx={x(n)} cy={at} r={4.5} class={point.verdict === "pass" ? "point" : "point hollow"} />}
          </g>
        );
      })}
    </svg>
  );
}
