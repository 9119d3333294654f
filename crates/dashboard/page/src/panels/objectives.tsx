// Panel J: every promise with what was measured and why: failed first, in the order of the server.

import type { Page } from "../page";
import { OutcomeMark } from "./glyph";
import { showEvidence } from "./score";

export function Objectives({ page }: { page: Page }) {
  const rows = page.store.state?.objectives ?? [];
  return (
    <section class="panel wide-panel objectives" id="panel-j" aria-labelledby="title-j" tabIndex={-1}>
      <h2 id="title-j">Objectives <span class="quiet">{rows.length}</span></h2>
      {rows.length === 0 ? <p class="quiet">The plan promises nothing.</p> : (
        <div class="scroll" tabIndex={0} role="region" aria-label="all objectives"><table>
          <thead><tr><th class="slim"><span class="unseen">mark</span></th><th>objective</th><th>where</th><th class="right">measured</th><th class="right">limit</th><th>why</th><th>evidence</th></tr></thead>
          <tbody>{rows.map((row, n) => (
            <tr key={n}>
              <td class="slim"><OutcomeMark outcome={row.outcome} /></td><th scope="row">{row.name.replaceAll("_", " ")}</th><td>{row.scope}</td>
              <td class={`right number${row.outcome === "fail" ? " harm" : ""}`}>{row.value}</td><td class="right number">{row.limit}</td><td class="why">{row.reason}</td>
              <td>{row.evidence_us !== null && <button type="button" class="as-link" onClick={() => showEvidence(page, row.evidence_us!)}>{page.time(row.evidence_us[0])} – {page.time(row.evidence_us[1])}</button>}</td>
            </tr>))}
          </tbody>
        </table></div>
      )}
    </section>
  );
}
