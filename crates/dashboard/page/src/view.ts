// What somebody looks at: everything that is chosen here and not told by the server.

import type { Clock } from "./number";
import type { Align } from "./other";
import type { Wish } from "./time";

/** What the viewer has chosen. */
export type View = {
  /** The run; empty: the list of runs. */
  run: string,
  /** The population in focus; null: the worst. */
  focus: number | null,
  wish: Wish,
  /** The second under the cursor. */
  cursor: number | null,
  /** Seconds that were pinned: at most two. */
  pins: number[],
  clock: Clock,
  theme: "system" | "light" | "dark",
  matrix: boolean,
  lines: boolean,
  common: boolean,
  detail: boolean,
  generators: boolean,
  objectives: boolean,
  help: boolean,
  keys: boolean,
  stop: boolean,
  /** Whether origins are folded into parts of the world; null: when there are many. */
  areas: boolean | null,
  /** The parts that are open. */
  open: readonly string[],
  /** Whether what can be taken along is listed. */
  exports: boolean,
  /** Whether the browser says so when somebody goes down and is well again. */
  notify: boolean,
  /** What the rows and the log are searched for. */
  filter: string,
  sort: "state" | "name" | "share" | "p99",
  /** The run to compare with; empty: none. */
  compare: string,
  /** The instant by which it is laid upon this one. */
  align: Align,
  /** Whether what comes is drawn as it comes. */
  paused: boolean,
};

/** What is looked at first. */
export const FIRST: View = {
  run: "", focus: null, wish: { kind: "follow" }, cursor: null, pins: [], clock: "utc", theme: "system", matrix: false,
  lines: false, common: false, detail: false, generators: false, objectives: false, help: false, keys: true, stop: false,
  areas: null, open: [], exports: false, notify: false,
  filter: "", sort: "state", compare: "", align: "fault", paused: false,
};
