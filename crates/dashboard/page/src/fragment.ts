// The whole view in the address: `#run=day&o=eu-west-1&w=1860-2220&c=1878`. Unknown keys are ignored, and a fragment
// never triggers an action.

import { ALIGNS } from "./other";
import type { View } from "./view";

const SORTS = ["state", "name", "share", "p99"] as const;

/** What a fragment chooses, and the token that may be in it. Names of populations are resolved by `populationOf`. */
export function readFragment(fragment: string): { view: Partial<View>, origin: string | null, token: string | null } {
  const view: Partial<View> = {};
  const at = new URLSearchParams(fragment.replace(/^#/, ""));
  const run = at.get("run");
  if (run !== null) view.run = run;
  const window = /^(\d+)-(\d+)$/.exec(at.get("w") ?? "");
  if (window !== null && Number(window[1]) < Number(window[2])) {
    view.wish = { kind: "fixed", from: Number(window[1]), to: Number(window[2]) };
  } else if (at.get("w") === "all") {
    view.wish = { kind: "all" };
  }
  const cursor = at.get("c");
  if (cursor !== null && /^\d+$/.test(cursor)) {
    view.cursor = Number(cursor);
    view.pins = [Number(cursor)];
  }
  if (at.get("v") === "detail") view.detail = true;
  if (at.get("y") === "common") view.common = true;
  if (at.get("m") === "matrix") view.matrix = true;
  if (at.get("h") === "lines") view.lines = true;
  const clock = at.get("tz");
  if (clock === "utc" || clock === "local" || clock === "run") view.clock = clock;
  const theme = { li: "light", dk: "dark", light: "light", dark: "dark" }[at.get("th") ?? ""];
  if (theme === "light" || theme === "dark") view.theme = theme;
  const sort = SORTS.find((each) => each === at.get("sort"));
  if (sort !== undefined) view.sort = sort;
  const compare = at.get("cmp");
  if (compare !== null) view.compare = compare;
  const align = ALIGNS.find((each) => each === at.get("align"));
  if (align !== undefined) view.align = align;
  return { view, origin: at.get("o"), token: at.get("token") };
}

/** The fragment of a view. */
export function writeFragment(view: View, origin: string | null): string {
  const at = new URLSearchParams();
  if (view.run !== "") at.set("run", view.run);
  if (origin !== null) at.set("o", origin);
  if (view.wish.kind === "fixed") at.set("w", `${view.wish.from}-${view.wish.to}`);
  if (view.wish.kind === "all") at.set("w", "all");
  if (view.pins.length > 0) at.set("c", String(view.pins[0]));
  if (view.detail) at.set("v", "detail");
  if (view.common) at.set("y", "common");
  if (view.matrix) at.set("m", "matrix");
  if (view.lines) at.set("h", "lines");
  if (view.clock !== "utc") at.set("tz", view.clock);
  if (view.theme !== "system") at.set("th", view.theme);
  if (view.sort !== "state") at.set("sort", view.sort);
  if (view.compare !== "" && view.compare !== "?") {
    at.set("cmp", view.compare);
    if (view.align !== "fault") at.set("align", view.align);
  }
  const text = at.toString();
  return text === "" ? "" : `#${text}`;
}
