// Which seconds are shown, in columns of how many seconds.

/** The widths that a column may have, in seconds. */
export const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600] as const;

/** Seconds [from, to) in columns of `step`; `from` and `to` are whole multiples of it. */
export type Window = { from: number, to: number, step: number };

/** What the window follows. */
export type Wish =
  | { kind: "follow" }
  | { kind: "all" }
  | { kind: "fixed", from: number, to: number };

/** The columns of a window. */
export function columnsOf(window: Window): number {
  return Math.round((window.to - window.from) / window.step);
}

/** The narrowest columns with which [from, to) fits into `pixels`, each at least one of them. */
export function fit(from: number, to: number, pixels: number): Window {
  const room = Math.max(1, Math.floor(pixels));
  const step = STEPS.find((each) => Math.ceil(to / each) - Math.floor(from / each) <= room) ?? STEPS.at(-1)!;
  const first = Math.floor(from / step), last = Math.max(Math.ceil(to / step), first + 1);
  return { from: first * step, to: last * step, step };
}

/** The same seconds in columns that fit into fewer pixels. */
export function narrowed(window: Window, pixels: number): Window {
  const room = Math.max(1, Math.floor(pixels));
  for (let times = 1; ; times += 1) {
    const step = window.step * times, from = Math.floor(window.from / step) * step, to = Math.ceil(window.to / step) * step;
    if ((to - from) / step <= room || times > 10_000) return { from, to, step };
  }
}

/**
 * The seconds of a wish. While nothing was broken yet: the last five minutes. From a fault on: one minute before it up to
 * now, widened in steps, so that the picture does not crawl each second; and never further than the run goes.
 */
export function secondsOf(wish: Wish, now: number, fault: number | null, loadSeconds: number): [number, number] {
  if (wish.kind === "fixed") return [wish.from, wish.to];
  if (wish.kind === "all") return [0, Math.max(now, Math.min(loadSeconds, 60), 10)];
  if (fault === null) return [Math.max(0, now - 300), Math.max(now, Math.min(300, loadSeconds))];
  const from = Math.max(0, fault - 60), least = Math.max(60, now - from), step = least < 300 ? 15 : 60;
  return [from, Math.min(from + Math.ceil(least / step) * step, Math.max(now, loadSeconds, from + 10))];
}

/** The window moved by a share of its length, kept inside of the run. */
export function panned(window: Window, share: number, now: number): Wish {
  const length = window.to - window.from;
  const from = Math.round(Math.max(0, Math.min(window.from + share * length, Math.max(0, now - length / 2))));
  return { kind: "fixed", from, to: from + length };
}

/** The window made longer or shorter about a second. */
export function zoomed(window: Window, factor: number, about: number, now: number): Wish {
  const length = Math.max(10, Math.min((window.to - window.from) * factor, Math.max(now, 60)));
  const place = (about - window.from) / (window.to - window.from);
  const from = Math.round(Math.max(0, about - place * length));
  return { kind: "fixed", from, to: from + Math.round(length) };
}

/** Whole seconds at which an axis is labelled: about one in `every` pixels. */
export function ticks(window: Window, pixels: number, every = 110): number[] {
  const length = window.to - window.from;
  const wanted = (length * every) / Math.max(pixels, 1);
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].find((each) => each >= wanted) ?? 7200;
  const found: number[] = [];
  for (let at = Math.ceil(window.from / step) * step; at < window.to; at += step) found.push(at);
  return found;
}
