// The words and glyphs of states, marks and outcomes. The page uses these and no others.

import type { Fared, Headline, Outcome } from "./wire";

/** A state's glyph, word, and how bad it is (the worst first when sorted). */
export const STATES: Record<Headline, { glyph: string, word: string, rank: number }> = {
  down: { glyph: "✕", word: "down", rank: 0 },
  fail: { glyph: "✕", word: "FAIL", rank: 0 },
  degraded: { glyph: "▲", word: "degraded", rank: 1 },
  "no-data": { glyph: "○", word: "no data", rank: 2 },
  "not-trusted": { glyph: "⊘", word: "not trusted", rank: 3 },
  inconclusive: { glyph: "○", word: "INCONCLUSIVE", rank: 3 },
  rerouted: { glyph: "◐", word: "rerouted", rank: 4 },
  fine: { glyph: "●", word: "fine", rank: 5 },
  pass: { glyph: "●", word: "PASS", rank: 5 },
};

/** An outcome's mark and word. */
export const OUTCOMES: Record<Outcome, { glyph: string, word: string }> = {
  pass: { glyph: "✓", word: "kept" },
  fail: { glyph: "✕", word: "failed" },
  inconclusive: { glyph: "?", word: "inconclusive" },
  open: { glyph: "·", word: "open" },
};

/** How a later run fared against an earlier one. */
export const FARED: Record<Fared, { glyph: string, word: string }> = {
  better: { glyph: "✓", word: "better" },
  worse: { glyph: "✕", word: "worse" },
  "within-noise": { glyph: "·", word: "within noise" },
  "not-comparable": { glyph: "?", word: "not comparable" },
};

/** What a mark means, for legends. */
export const MARKS: Record<string, string> = {
  injecting: "injecting",
  impact: "first impact",
  active: "injected",
  detected: "detected",
  rerouted: "first elsewhere",
  shifted: "shifted",
  recovered: "recovered",
  healing: "healing",
  healed: "healed",
  "first-home": "first at home",
  "failed-back": "failed back",
};

/** Numbers in circles, 1 to 8. */
export function circled(number: number | null): string {
  return number === null ? "" : String.fromCodePoint(0x2460 + number - 1);
}
