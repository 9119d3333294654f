// A state's glyph, always beside a name or a word.

import { OUTCOMES, STATES } from "../words";
import type { Headline, Outcome } from "../wire";

export function Glyph({ state }: { state: Headline }) {
  return <span class={`glyph state-${state}`} aria-hidden="true">{STATES[state].glyph}</span>;
}

export function OutcomeMark({ outcome, isFinal = true }: { outcome: Outcome, isFinal?: boolean }) {
  const { glyph, word } = OUTCOMES[outcome];
  return (
    <span class={`mark outcome-${outcome}${isFinal ? "" : " provisional"}`}>
      <span aria-hidden="true">{glyph}</span><span class="unseen">{isFinal ? word : `${word}, may still change`}</span>
    </span>
  );
}
