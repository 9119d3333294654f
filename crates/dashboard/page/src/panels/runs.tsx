// The list of runs that the server has.

import { useEffect, useState } from "preact/hooks";
import { day } from "../number";
import type { Page } from "../page";
import type { RunLine } from "../wire";
import { STATES } from "../words";
import { Glyph } from "./glyph";

export function Runs({ page }: { page: Page }) {
  const [runs, setRuns] = useState<RunLine[] | null>(null);
  const [why, setWhy] = useState("");
  useEffect(() => {
    page.api.runs().then((all) => {
      setRuns(all);
      if (all.length === 1 && !page.hasListed) page.set({ run: all[0]!.run });
      page.hasListed = true;
    }, (error: unknown) => setWhy(error instanceof Error ? error.message : "the server does not answer"));
  }, []);
  return (
    <main class="runs">
      <h1>Landfall</h1>
      {why !== "" && <p role="alert">{why}</p>}
      {runs === null && why === "" && <p class="quiet">Asking for the runs…</p>}
      {runs !== null && runs.length === 0 && <p>There is no run here yet.</p>}
      {runs !== null && runs.length > 0 && (
        <table>
          <thead><tr><th>run</th><th>plan</th><th>began</th><th>is</th><th>verdict</th></tr></thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.run}>
                <th scope="row"><a href={`#${new URLSearchParams({ run: run.run })}`} onClick={(event) => { event.preventDefault(); page.set({ run: run.run }); }}>{run.run}</a></th>
                <td>{run.name} <span class="quiet">{run.sha256.slice(0, 8)}</span></td>
                <td class="number">{day(run.started_unix_us)} {new Date(run.started_unix_us / 1000).toISOString().slice(11, 16)} UTC</td>
                <td>{run.mode}</td>
                <td>{run.verdict === null ? <span class="quiet">–</span> : <><Glyph state={run.verdict} /> {STATES[run.verdict].word}</>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </main>
  );
}
