// The icon of a state, for a tab that is not looked at: its glyph as a picture in an address.

import type { Headline } from "./wire";

const GREY = "#808790", BLUE = "#5490EA";
const ring = (radius: number, colour: string, more = "") => `<circle cx="8" cy="8" r="${radius}" fill="none" stroke="${colour}" stroke-width="2"${more}/>`;
const DOWN = '<path d="M3 3l10 10M13 3L3 13" stroke="#E5501F" stroke-width="3"/>', FINE = `<circle cx="8" cy="8" r="5" fill="${GREY}"/>`;
const NO_DATA = ring(5.5, GREY, ' stroke-dasharray="2 2"');

const SHAPES: Record<Headline, string> = {
  down: DOWN, fail: DOWN, fine: FINE, pass: FINE, "no-data": NO_DATA, inconclusive: NO_DATA,
  degraded: '<path d="M8 2l6.5 12h-13z" fill="#BA8526"/>',
  "not-trusted": `${ring(6, GREY)}<path d="M4 12l8-8" stroke="${GREY}" stroke-width="2"/>`,
  rerouted: `${ring(5, BLUE)}<path d="M8 3a5 5 0 0 0 0 10z" fill="${BLUE}"/>`,
};

/** The address of a state's icon. */
export function iconOf(state: Headline): string {
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">${SHAPES[state]}</svg>`)}`;
}
