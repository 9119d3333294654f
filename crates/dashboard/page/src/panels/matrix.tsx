// Who serves whom, exactly: the successes of the last ten whole seconds, or of the column under the cursor.

import { rate, share } from "../number";
import type { Page } from "../page";
import { numbersOf } from "./grid";
import { Glyph } from "./glyph";
import { outOf } from "../store/stretch";

export function Matrix({ page }: { page: Page }) {
  const plan = page.store.plan!, rows = page.rows.map((population) => ({ population, sum: numbersOf(page, population) }));
  const serving = plan.regions.map((_, n) => n).filter((n) => plan.regions.length <= 8 || rows.some(({ sum }) => (sum.served[n] ?? 0) > 0));
  const isUnknown = rows.some(({ sum }) => (sum.served[plan.regions.length] ?? 0) > 0);
  const columns = isUnknown ? [...serving, plan.regions.length] : serving;
  return (
    <div class="scroll matrix" tabIndex={0} role="region" aria-label="who serves whom">
      <table>
        <thead><tr><th>served by →</th><th class="right">req/s</th><th class="right">failed</th>{columns.map((region) => <th key={region} class="right">{region === plan.regions.length ? "unknown" : page.regionName(region)}</th>)}</tr></thead>
        <tbody>
          {rows.map(({ population, sum }) => (
            <tr key={population}>
              <th scope="row"><Glyph state={page.stateOf(population)?.state ?? "fine"} /> {page.nameOf(population)}</th>
              <td class="right number">{rate(sum.seconds > 0 ? (sum.ok + sum.failed) / sum.seconds : 0)}</td>
              <td class={`right number${sum.failed > 0 ? " harm" : ""}`}>{share(sum.failed, outOf(sum))}</td>
              {columns.map((region) => {
                const count = sum.served[region] ?? 0, isAway = count > 0 && region !== page.homeOf(population);
                return <td key={region} class={`right number${isAway ? " react" : ""}`}>{count === 0 ? <span class="quiet">–</span> : share(count, sum.ok)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
