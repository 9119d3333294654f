// Panel K: this run beside another, aligned by an instant that both came to. Whether a difference matters is a judgement, and judgements
// are the server's: its words stand beside the values, row by row of the scorecard, each with its reason.

import { useEffect, useState } from "preact/hooks";
import type { Align } from "../other";
import { ALIGNS, Other } from "../other";
import type { Page } from "../page";
import { FARED } from "../words";
import type { Beside as Held, Fared, RunLine, Trend } from "../wire";
import { Both } from "./both";
import { TrendStrip } from "./trend";
import { Unfolded } from "./twin";

export function Compare({ page }: { page: Page }) {
  const [runs, setRuns] = useState<RunLine[]>([]);
  const [trends, setTrends] = useState<Trend[]>([]);
  const [held, setHeld] = useState<Held | string>("");
  const { run } = page.view, wanted = page.view.compare === "?" ? "" : page.view.compare;
  useEffect(() => {
    page.api.runs().then(setRuns, () => setRuns([]));
    page.api.trends().then(setTrends, () => setTrends([]));
  }, []);
  useEffect(() => {
    let isWanted = true;
    page.other = wanted === "" ? null : new Other(page.api, wanted, () => page.touch());
    setHeld(wanted === "" ? "" : "Both runs are read and held against each other…");
    if (wanted !== "") page.api.beside(run, wanted).then((all) => { if (isWanted) setHeld(all); }, (error: unknown) => { if (isWanted) setHeld(error instanceof Error ? error.message : "the server does not answer"); });
    page.touch();
    return () => {
      isWanted = false;
      page.other?.close();
      page.other = null;
      page.touch();
    };
  }, [run, wanted]);
  const { alignment } = page, missing = alignment?.missing ?? [];
  const others = runs.filter((each) => each.run !== run), trend = trends.find((each) => each.points.some((point) => point.run === run));
  return (
    <section class="panel wide-panel compare" aria-labelledby="title-k">
      <h2 id="title-k">Compare
        <label class="quiet">with <select value={wanted} onChange={(event) => page.set({ compare: event.currentTarget.value === "" ? "?" : event.currentTarget.value })}>
          <option value="">choose a run</option>
          {others.map((each) => <option key={each.run} value={each.run}>{each.run}</option>)}
        </select></label>
        {alignment !== null && <label class="quiet">aligned by <select value={alignment.by} onChange={(event) => page.set({ align: event.currentTarget.value as Align })}>
          {ALIGNS.filter((align) => missing.every((each) => each.align !== align)).map((align) => <option key={align} value={align}>the {align}</option>)}
        </select></label>}
        <span class="spring" /><button type="button" onClick={() => page.set({ compare: "" })}>Close</button>
      </h2>
      {others.length === 0 && <p class="quiet">There is no other run here.</p>}
      {trend !== undefined && <TrendStrip page={page} trend={trend} />}
      {typeof held === "string" ? held !== "" && <p class="foot" role="status">{held}</p> : <Words held={held} />}
      {missing.map(({ align, why }) => <p key={align} class="foot">Not aligned by the {align}: {why}.</p>)}
      {page.other !== null && alignment !== null && <Both page={page} other={page.other} alignment={alignment} isLater={typeof held === "string" || held.now === run} />}
    </section>
  );
}

/** What the verdict says of the later run, held against the earlier one. */
function Words({ held }: { held: Held }) {
  const worst = ["worse", "not-comparable", "better", "within-noise"] satisfies Fared[];
  const rows = [...held.rows].sort((one, other) => worst.indexOf(one.fared) - worst.indexOf(other.fared));
  return (
    <>
      <p class="beside-text"><b>{held.now}</b> held against <b>{held.before}</b>, number by number: {held.text}.</p>
      <div class="sideways" tabIndex={0} role="region" aria-label="both runs, promise by promise"><table class="beside">
        <thead><tr><th>is</th><th>promise</th><th>before: {held.before}</th><th>now: {held.now}</th><th>why</th></tr></thead>
        <tbody>{held.scorecard.map((row) => (
          <tr key={row.name}><Is fared={row.fared} /><th scope="row">{row.name}</th><td>{row.before}</td><td>{row.now}</td><td class="why">{row.text}</td></tr>))}</tbody>
      </table></div>
      {rows.length > 0 && <Unfolded title="show every number of both runs">{() => (
        <table class="beside">
          <thead><tr><th>is</th><th>what</th><th>whose</th><th class="right">before</th><th class="right">now</th><th>why</th></tr></thead>
          <tbody>{rows.map((row) => (
            <tr key={`${row.what} ${row.whom}`}><Is fared={row.fared} /><th scope="row">{row.what}</th><td>{row.whom}</td><td class="right number">{row.before}</td>
              <td class="right number">{row.now}</td><td class="why">{row.text}</td></tr>))}</tbody>
        </table>)}</Unfolded>}
    </>
  );
}

function Is({ fared }: { fared: Fared }) {
  return <td class={`number fared-${fared}`}><span class="mark" aria-hidden="true">{FARED[fared].glyph}</span> {FARED[fared].word}</td>;
}
