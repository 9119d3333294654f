// The lines of the grid: one per origin, or one per part of the world with those of its origins that are not fine below it.

import type { Area } from "./areas";
import { areaOf } from "./areas";
import type { Page } from "./page";
import type { Headline } from "./wire";
import { STATES } from "./words";

/** More origins than this are folded until somebody wants them all. */
export const FOLDED_FROM = 41;

/** A line: an origin, or all origins of an area as if they were one. */
export type Line = { key: string, name: string, members: readonly number[], area: Area | null, isOpen: boolean, state: Headline };

/** Whether origins are folded into areas. */
export function isFolded(page: Page): boolean {
  return page.view.areas ?? (page.store.plan?.populations.length ?? 0) >= FOLDED_FROM;
}

/** The lines in their order; `rows` are the origins that are found, in theirs. */
export function linesOf(page: Page, rows: readonly number[]): Line[] {
  const one = (population: number): Line => ({
    key: String(population), name: page.nameOf(population), members: [population], area: null, isOpen: false, state: stateOf(page, population),
  });
  if (!isFolded(page) || page.view.filter !== "") return rows.map(one);
  const areas = new Map<Area, number[]>();
  for (const population of rows) {
    const { latitude, longitude } = page.store.plan!.populations[population]!, area = areaOf(latitude, longitude);
    areas.set(area, [...areas.get(area) ?? [], population]);
  }
  return [...areas].flatMap(([area, members]) => {
    const isOpen = page.view.open.includes(area), bad = members.filter((each) => stateOf(page, each) !== "fine");
    const state = members.map((each) => stateOf(page, each)).sort((a, b) => STATES[a].rank - STATES[b].rank)[0] ?? "fine";
    return [{ key: area, name: area, members, area, isOpen, state }, ...(isOpen ? members : bad).map(one)];
  });
}

function stateOf(page: Page, population: number): Headline {
  return page.stateOf(population)?.state ?? "fine";
}
