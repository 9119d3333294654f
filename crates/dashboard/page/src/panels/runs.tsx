// The list of runs that the server has.

import { useEffect, useState } from "preact/hooks";
import type { Page } from "../page";
import type { RunLine, Trend } from "../wire";
import { STATES } from "../words";
import { Glyph } from "./glyph";
import { TrendStrip, began } from "./trend";

/** How long to wait before asking again how runs ended that are still to be judged, in milliseconds; and how often at most. */
const AGAIN = 2_000, TIMES = 300;

export function Runs({ page }: { page: Page }) {
  const [runs, setRuns] = useState<RunLine[] | null>(null);
  const [trends, setTrends] = useState<Trend[]>([]);
  const [why, setWhy] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined, isGone = false;
    const ask = async (times: number) => {
      const all = await page.api.runs(), several = await page.api.trends();
      if (isGone) return;
      setRuns(all);
      setTrends(several);
      if (all.length === 1 && !page.hasListed) page.set({ run: all[0]!.run });
      page.hasListed = true;
      if (times < TIMES && all.some((run) => run.mode === "replay" && run.verdict === null)) timer = setTimeout(() => void ask(times + 1).catch(said), AGAIN);
    };
    const said = (error: unknown) => setWhy(error instanceof Error ? error.message : "the server does not answer");
    void ask(1).catch(said);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, []);
  const points = new Map(trends.flatMap((trend) => trend.points.map((point) => [point.run, point])));
  return (
    <main class="runs">
      <h1>Landfall</h1>
      {why !== "" && <p role="alert">{why}</p>}
      {runs === null && why === "" && <p class="quiet">Asking for the runs…</p>}
      {runs !== null && runs.length === 0 && <p>There is no run here yet.</p>}
      {runs !== null && runs.length > 0 && (
        <div class="sideways" tabIndex={0} role="region" aria-label="runs"><table class="list">
          <thead><tr><th>run</th><th>plan</th><th>began</th><th>is</th>{points.size > 0 && <th class="right">recovery time</th>}<th>verdict</th></tr></thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.run}>
                <th scope="row"><a href={`#${new URLSearchParams({ run: run.run })}`} onClick={(event) => { event.preventDefault(); page.set({ run: run.run }); }}>{run.run}</a></th>
                <td>{run.name} <span class="quiet">{run.sha256.slice(0, 8)}</span></td>
                <td class="number">{began(run.started_unix_us)}</td>
                <td>{run.mode}</td>
                {points.size > 0 && <td class="right number">{points.get(run.run)?.text ?? ""}</td>}
                <td>{run.verdict === null ? <span class="quiet">–</span> : <><Glyph state={run.verdict} /> {STATES[run.verdict].word}</>}</td>
              </tr>
            ))}
          </tbody>
        </table></div>
      )}
      {trends.length > 0 && <h2>Several runs of one plan, from the oldest to the newest</h2>}
      {trends.map((trend) => <TrendStrip key={trend.points[0]!.run} page={page} trend={trend} />)}
    </main>
  );
}
