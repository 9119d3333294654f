// Panel A: is it up, for whom not, since when. Each word of it comes from the server.

import { together } from "../number";
import type { Page } from "../page";
import { STATES } from "../words";
import { Glyph } from "./glyph";

export function Strip({ page }: { page: Page }) {
  const { state, end, plan, generators } = page.store;
  if (state === null) {
    const waiting = generators === null ? "waiting for the run" : `waiting for generators: ${generators.line}`;
    return (
      <section class="strip" id="panel-a" aria-label="state" tabIndex={-1}>
        <div class="tag state-no-data"><span class="tag-word">waiting</span></div>
        <div class="says"><p class="sentence">{plan === null ? "Waiting for the plan." : `${plan.name}: ${waiting}`}</p></div>
      </section>
    );
  }
  const worst = state.score.find((row) => row.outcome === "fail")
    ?? state.score.find((row) => row.outcome === "inconclusive");
  return (
    <section class={`strip strip-${state.headline}`} id="panel-a" aria-label="state" tabIndex={-1}>
      <div class={`tag state-${state.headline}`}>
        <Glyph state={state.headline} /> <span class="tag-word">{STATES[state.headline].word}</span>
      </div>
      <div class="says">
        <p class="sentence">{together(state.sentence)}</p>
        <p class="second">
          {end !== null && <strong>{end.verdict_line}. </strong>}{together(state.second_line)}
          {end !== null && end.report !== "" && <> <a href={end.report}>Report</a></>}
        </p>
      </div>
      <div class="phase">
        {worst !== undefined
          ? <><span class={`phase-name outcome-${worst.outcome}`}>{worst.name}</span><span class="number">{together(worst.value)}</span>
            {worst.limit !== "" && <span class="quiet number">limit {together(worst.limit)}</span>}</>
          : <><span class="phase-name">{state.phase.replace("-", " ")}</span><span class="number">{state.phase_text}</span></>}
      </div>
    </section>
  );
}
