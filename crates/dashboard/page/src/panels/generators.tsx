// Panel H: can the numbers be trusted. One line when they can; a table of all generators when asked for.

import { bytes, count, duration, share } from "../number";
import type { Page } from "../page";

export function GeneratorsPanel({ page }: { page: Page }) {
  const { generators, state } = page.store, isOpen = page.view.generators;
  const isTrusted = state?.is_trusted ?? true;
  return (
    <section class="panel wide-panel generators" id="panel-h" aria-labelledby="title-h" tabIndex={-1}>
      <h2 id="title-h">Generators <span class={isTrusted ? "quiet line" : "harm line"}>{generators?.line ?? "none has spoken yet"}</span><span class="spring" />
        <button type="button" aria-expanded={isOpen} title="all generators (5)" onClick={() => page.set({ generators: !isOpen })}>{isOpen ? "Close" : "Open"}</button>
      </h2>
      {isOpen && generators !== null && (
        <div class="scroll" tabIndex={0} role="region" aria-label="all generators">
          <table>
            <thead><tr><th>generator</th><th>place</th><th class="right">sent of due</th><th class="right">send lag p99</th><th class="right">CPU</th><th class="right">open files</th><th class="right">memory</th><th class="right">clock ±</th><th class="right">last second</th><th>trusted</th></tr></thead>
            <tbody>{generators.generators.map((each) => (
              <tr key={each.name}>
                <th scope="row">{each.name}</th><td>{each.place === "" ? <span class="quiet">here</span> : each.place}</td>
                <td class="right number" title={`${count(each.sent)} of ${count(each.due)}`}>{share(each.sent, each.due)}</td>
                <td class="right number">{each.lag_p99_us === null ? "–" : duration(each.lag_p99_us)}</td>
                <td class="right number">{each.cpu === null ? "not measured" : `${Math.round(each.cpu * 100)} %`}</td>
                <td class="right number">{count(each.descriptors)} of {count(each.descriptors_max)}</td>
                <td class="right number">{bytes(each.memory)}</td>
                <td class="right number">{each.clock_bound_us === null ? "–" : duration(each.clock_bound_us)}</td>
                <td class="right number">{each.last_second === null ? "–" : page.time(each.last_second * 1e6)}</td>
                <td class={each.distrust === "" ? "" : "harm"}>{each.distrust === "" ? "yes" : `no: ${each.distrust}`}</td>
              </tr>))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
