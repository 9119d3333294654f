// Panel D: what was measured against what was promised.

import { together } from "../number";
import type { Page } from "../page";
import { OutcomeMark } from "./glyph";

/** Shows a stretch of time, with a little around it. */
export function showEvidence(page: Page, [from, to]: [number, number]): void {
  const around = Math.max(15, (to - from) / 1e6 / 4);
  page.set({
    wish: { kind: "fixed", from: Math.max(0, Math.floor(from / 1e6 - around)), to: Math.ceil(to / 1e6 + around) },
    cursor: Math.floor(from / 1e6), pins: [Math.floor(from / 1e6)],
  });
}

export function Score({ page }: { page: Page }) {
  const state = page.store.state;
  return (
    <section class="panel score" id="panel-d" aria-labelledby="title-d">
      <h2 id="title-d">Scorecard</h2>
      <table>
        <thead><tr><th class="slim"><span class="unseen">mark</span></th><th>promise</th><th class="right">measured</th><th class="right">limit</th></tr></thead>
        <tbody>
          {(state?.score ?? []).map((row) => (
            <tr key={row.name} class={row.is_final ? "" : "provisional"}>
              <td class="slim"><OutcomeMark outcome={row.outcome} isFinal={row.is_final} /></td>
              <th scope="row">{row.evidence_us === null ? row.name : (
                <button type="button" class="as-link" title="show where this was measured" onClick={() => showEvidence(page, row.evidence_us!)}>{row.name}</button>
              )}</th>
              <td class={`right number${row.outcome === "fail" ? " harm" : ""}${row.value === "not measured" ? " quiet" : ""}`}>{together(row.value)}</td>
              <td class="right number quiet">{row.limit === "" ? "–" : together(row.limit)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {page.store.plan !== null && <p class="foot">{page.failedMeans}</p>}
    </section>
  );
}
