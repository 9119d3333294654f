// What each key does. Nothing destructive has a single key, and all of them can be turned off.

import { isFolded } from "./lines";
import { nextClock, nextTheme } from "./panels/head";
import type { Page } from "./page";
import { panned, zoomed } from "./time";

/** The table of keys, as it is shown. */
export const KEYS: readonly [string, string][] = [
  ["?", "this list"], ["1 … 6", "jump to state, timeline, origins, response times, generators, events"],
  ["j k ↓ ↑", "next, previous origin"], ["Enter, Esc", "details of the origin, back"], ["← →", "cursor one column, with Shift ten"],
  ["n p", "next, previous event"], ["/", "find an origin or an event"], ["f a", "the fault, the whole run"],
  ["[ ] - =", "earlier, later, longer, shorter"], ["space", "hold the window, or follow"], ["m", "map or matrix"],
  ["h", "heat map or lines"], ["y", "own or common scale of traffic"], ["< >", "previous, next origin in the timeline"],
  ["o", "objectives"], ["c", "compare with another run"], ["t u", "theme, clock"], ["g", "parts of the world, or every origin"], ["x", "take along: picture, numbers, words"],
];

const PANELS = ["panel-a", "panel-c", "panel-e", "panel-f", "panel-h", "panel-i"];

/** Handles one key; tells whether it meant something. */
export function pressed(page: Page, event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.key === "Escape") return escape(page, target);
  if (target?.closest("input, textarea, select, dialog") !== null && target !== null) return false;
  if (page.store.plan === null) return false;
  if (event.key === "?") return done(page.set({ help: !page.view.help }));
  const isArrow = event.key.startsWith("Arrow"), isScroll = target?.closest(".scroll") !== null && target !== null;
  if (isArrow && isScroll) return false;
  if (event.key === "Enter" || event.key === " ") {
    if (target?.closest("button, a, summary, .scroll") !== null && target !== null) return false;
  }
  if (!page.view.keys && event.key.length === 1) return false;
  return movement(page, event) || choice(page, event.key);
}

function done(_: void): true {
  return true;
}

function escape(page: Page, target: HTMLElement | null): boolean {
  if (target instanceof HTMLInputElement) target.blur();
  if (page.view.help) return done(page.set({ help: false }));
  if (page.view.exports) return done(page.set({ exports: false }));
  if (page.view.stop) return done(page.set({ stop: false }));
  if (page.view.detail) return done(page.set({ detail: false }));
  if (page.view.compare !== "") return done(page.set({ compare: "" }));
  if (page.view.filter !== "") return done(page.set({ filter: "" }));
  return done(page.set({ cursor: null, pins: [] }));
}

function movement(page: Page, event: KeyboardEvent): boolean {
  const { window, now } = page, { cursor } = page.view;
  switch (event.key) {
    case "ArrowLeft": case "ArrowRight": {
      const step = window.step * (event.shiftKey ? 10 : 1) * (event.key === "ArrowLeft" ? -1 : 1);
      const from = cursor ?? Math.min(window.to, Math.floor(page.final / window.step) * window.step);
      return done(page.set({ cursor: Math.max(window.from, Math.min(window.to - window.step, from + step)) }));
    }
    case "ArrowDown": case "j": return done(row(page, 1));
    case "ArrowUp": case "k": return done(row(page, -1));
    case ">": return done(row(page, 1));
    case "<": return done(row(page, -1));
    case "[": return done(page.set({ wish: panned(window, -0.25, now) }));
    case "]": return done(page.set({ wish: panned(window, 0.25, now) }));
    case "-": return done(page.set({ wish: zoomed(window, 2, cursor ?? (window.from + window.to) / 2, now) }));
    case "=": case "+": return done(page.set({ wish: zoomed(window, 0.5, cursor ?? (window.from + window.to) / 2, now) }));
    case "n": return done(toEvent(page, 1));
    case "p": return done(toEvent(page, -1));
    default: return false;
  }
}

function choice(page: Page, key: string): boolean {
  const { view } = page;
  switch (key) {
    case "Enter": return done(page.set({ detail: true, focus: page.focus }));
    case " ": return done(page.set({
      wish: view.wish.kind === "follow" ? { kind: "fixed", from: page.window.from, to: page.window.to } : { kind: "follow" },
    }));
    case "f": return done(page.set({ wish: { kind: "follow" }, cursor: null, pins: [] }));
    case "a": return done(page.set({ wish: { kind: "all" } }));
    case "m": return done(page.set({ matrix: !view.matrix }));
    case "h": return done(page.set({ lines: !view.lines }));
    case "y": return done(page.set({ common: !view.common }));
    case "o": return done(objectives(page));
    case "c": return done(page.set({ compare: view.compare === "" ? "?" : "" }));
    case "t": return done(page.set({ theme: nextTheme(view.theme) }));
    case "u": return done(page.set({ clock: nextClock(view.clock) }));
    case "g": return done(page.set({ areas: !isFolded(page) }));
    case "x": return done(page.set({ exports: true }));
    case "/": document.getElementById("filter")?.focus(); return true;
    default: {
      const panel = PANELS["123456".indexOf(key)];
      if (key.length !== 1 || panel === undefined) return false;
      if (panel === "panel-h") page.set({ generators: true });
      jump(panel);
      return true;
    }
  }
}

function jump(panel: string): void {
  const element = document.getElementById(panel);
  element?.scrollIntoView({ block: "nearest" });
  element?.focus();
}

/** Shows the objectives, which are far below; hides them again while the run goes on. Once it is over they are always there. */
function objectives(page: Page): void {
  const isShown = page.view.objectives && page.store.end === null;
  page.set({ objectives: !isShown });
  if (!isShown) requestAnimationFrame(() => jump("panel-j"));
}

function row(page: Page, by: number): void {
  const lines = page.lines, listed = lines.flatMap((line) => (line.area === null ? line.members : [])), rows = listed.length > 0 ? listed : page.rows;
  const focus = rows[Math.max(0, Math.min(rows.length - 1, rows.indexOf(page.focus) + by))];
  if (focus === undefined) return;
  page.set({ focus });
  const found = () => document.querySelector<HTMLElement>(`.rows [data-population="${focus}"]`);
  requestAnimationFrame(() => {
    if (found() === null) {
      const plots = document.querySelector(".plots")?.getBoundingClientRect(), n = lines.findIndex((line) => line.area === null && line.members[0] === focus);
      if (plots !== undefined) scrollBy(0, plots.top + (n / lines.length) * plots.height - innerHeight / 2);
    }
    requestAnimationFrame(() => found()?.focus());
  });
}

function toEvent(page: Page, by: 1 | -1): void {
  const now = page.view.cursor ?? (by > 0 ? -1 : Infinity);
  const seconds = page.store.log.map((line) => Math.floor(line.at_us / 1e6));
  const found = by > 0 ? seconds.find((second) => second > now) : seconds.findLast((second) => second < now);
  if (found === undefined) return;
  const { from, to } = page.window, length = to - from;
  const wish = found >= from && found < to ? {} : { wish: { kind: "fixed" as const, from: Math.max(0, found - Math.floor(length / 4)), to: Math.max(0, found - Math.floor(length / 4)) + length } };
  page.set({ cursor: found, pins: [found], ...wish });
}
