// The head of the page: which run, how far, and whether what is seen is what is.

import { canNotify, choose } from "../notice";
import type { Page } from "../page";
import { clockTime, day, runTime } from "../number";

/** How far behind the page is, in seconds, and how that is said. */
export function behind(page: Page): { seconds: number, text: string, level: "ok" | "late" | "lost" } {
  const { stream, store } = page;
  if (stream === null) return { seconds: 0, text: "from a file", level: "ok" };
  if (store.end !== null) return { seconds: 0, text: "the run is over", level: "ok" };
  const silent = (performance.now() - stream.heard) / 1000;
  if (store.hello?.mode === "replay") return { seconds: 0, text: "replay", level: "ok" };
  if (stream.link === "refused") return { seconds: silent, text: "refused", level: "lost" };
  const until = `showing data until ${page.time(store.newest_us)}`;
  if (silent > 15) return { seconds: silent, text: `stream lost, ${until}`, level: "lost" };
  if (stream.link !== "open" && store.hello !== null) return { seconds: silent, text: `connecting again, ${until}`, level: "late" };
  if (silent > 5) return { seconds: silent, text: `${silent.toFixed(0)} s behind`, level: "late" };
  return { seconds: silent, text: `live, ${silent.toFixed(1)} s`, level: "ok" };
}

export function Head({ page }: { page: Page }) {
  const { store, view } = page, plan = store.plan;
  const link = behind(page);
  const now = store.newest_us;
  const clock = view.clock === "local" ? "local" : "utc";
  const role = store.hello?.role;
  return (
    <header class="head">
      <h1>{plan?.name ?? "Landfall"}</h1>
      {plan !== null ? <span class="quiet cut">{plan.populations.length} origins · {plan.regions.length} regions · {plan.load}</span> : <span class="spring" />}
      {store.hello !== null && <span class={`link link-${link.level}`}><span aria-hidden="true">{link.level === "ok" ? "●" : "▲"}</span> {link.text}</span>}
      {plan !== null && <span class="number">{runTime(now)}</span>}
      {plan !== null && (
        <span class="number" title={day(page.startedUnixUs)}>{clockTime(now, page.startedUnixUs, clock)} {clock === "utc" ? "UTC" : "local"}</span>
      )}
      <span class="buttons">
        {plan !== null && <input type="search" id="filter" class="filter" placeholder="find /" aria-label="find an origin or an event" value={view.filter} onInput={(event) => page.set({ filter: event.currentTarget.value })} />}
        {plan !== null && <button type="button" onClick={() => page.set({ exports: true })} title="picture, numbers, words (x)">Export</button>}
        {store.hello?.mode === "live" && store.end === null && canNotify() && <button type="button" aria-pressed={view.notify} onClick={() => void choose(page)} title="a notice of the browser when somebody goes down, and when all are well again">Notify</button>}
        {page.leave !== null && <button type="button" onClick={() => page.leave?.()} title="the report, as it is printed">Report</button>}
        {page.stream !== null && <button type="button" onClick={() => page.set({ run: "", detail: false })} title="list of runs">Runs</button>}
        <button type="button" onClick={() => page.set({ clock: nextClock(view.clock) })} title="clock: UTC, local, since the start (u)">Clock</button>
        <button type="button" onClick={() => page.set({ theme: nextTheme(view.theme) })} title="light, dark (t)">Theme</button>
        {role === "operate" && store.hello?.mode === "live" && store.end === null && (
          <button type="button" class="grave" onClick={() => page.set({ stop: true })}>Stop run…</button>
        )}
        <button type="button" onClick={() => page.set({ help: !view.help })} title="keys (?)" aria-label="keys and help">?</button>
      </span>
    </header>
  );
}

export function nextClock(clock: "utc" | "local" | "run"): "utc" | "local" | "run" {
  return clock === "utc" ? "local" : clock === "local" ? "run" : "utc";
}

export function nextTheme(theme: "system" | "light" | "dark"): "system" | "light" | "dark" {
  const isDark = document.documentElement.dataset["theme"] === "dark";
  return theme === "system" ? (isDark ? "light" : "dark") : theme === "dark" ? "light" : "dark";
}
