// Starts the page in a document: reads the address, opens the run, draws at most once per frame and never when hidden.

import { render } from "preact";
import { App } from "./app";
import { readFragment, writeFragment } from "./fragment";
import { iconOf } from "./icon";
import { pressed } from "./keys";
import { Notices } from "./notice";
import { rate, share } from "./number";
import { Page } from "./page";
import { numbersOf, p99Text } from "./panels/grid";
import { pixelsPainted, redraw } from "./panels/raster";
import type { Read } from "./read";
import { outOf } from "./store/stretch";
import { Api, Stream } from "./stream";
import { Voice } from "./voice";
import type { Message } from "./wire";
import { STATES } from "./words";

const KEPT = "landfall-token";
/** Changes of state at most once in ten seconds, the cursor at most twice in one. */
const states = new Voice("said", 10_000), cursor = new Voice("under-cursor", 500);

/** How long a page that is looked at stays as it is when nothing comes, in milliseconds: what it says of that has to grow. */
const STILL = 1_000;

/** Starts the page: for a server's runs, whose streams it reads like that, or for messages that are there already. */
export function boot(document: Document, messages: readonly Message[] | null = null, read?: Read): Page {
  const host = document.getElementById("page")!;
  let isDue = false, drawn = 0;
  const draw = () => {
    isDue = false;
    drawn = performance.now();
    follow(page);
    page.drawing(() => render(<App page={page} />, host));
    announce(page, document);
  };
  const notices = new Notices();
  const changed = () => {
    if (page.isAway) return;
    notices.look(page);
    if (document.hidden) return title(page, document);
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(draw);
  };
  const page = new Page(changed);
  const first = readFragment(location.hash);
  if (first.token !== null) keep("session", KEPT, first.token);
  page.api = new Api(first.token ?? kept("session", KEPT), read);
  messages?.forEach((message) => page.store.take(message));
  page.isFile = messages !== null;
  const theme = kept("local", "landfall-theme");
  if (theme === "light" || theme === "dark") page.view.theme = theme;
  page.view = { ...page.view, ...first.view };
  page.wantedOrigin = first.origin;
  page.height = innerHeight;
  page.width = innerWidth;
  addEventListener("resize", () => {
    page.height = innerHeight;
    page.width = innerWidth;
    changed();
  });
  addEventListener("keydown", (event) => { if (!page.isAway && pressed(page, event)) event.preventDefault(); });
  addEventListener("hashchange", ({ newURL }) => {
    if (page.isAway) return;
    // The page may have been drawn since, and have written what it shows over what was asked for.
    const { view, origin } = readFragment(new URL(newURL).hash);
    page.wantedOrigin = origin;
    page.set(view);
  });
  document.addEventListener("visibilitychange", changed);
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", changed);
  // What comes draws the page, once a second as a rule: to draw it between would be the same work again for nothing.
  setInterval(() => { if (performance.now() - drawn >= STILL) changed(); }, STILL);
  Object.assign(window, { landfall: { redraw, pixelsPainted } });
  draw();
  return page;
}

/** What the browser keeps for us; a file that was opened from a disk may keep nothing. */
function kept(where: "local" | "session", key: string): string | null {
  try {
    return (where === "local" ? localStorage : sessionStorage).getItem(key);
  } catch {
    return null;
  }
}

function keep(where: "local" | "session", key: string, value: string): void {
  try {
    (where === "local" ? localStorage : sessionStorage).setItem(key, value);
  } catch {
    // Then it is chosen again the next time.
  }
}

/** Does what was chosen: the run, the theme, the address. */
function follow(page: Page): void {
  const { view } = page;
  const isDark = view.theme === "dark" || (view.theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
  if (view.theme !== "system") keep("local", "landfall-theme", view.theme);
  if (page.stream !== null && page.stream.run !== view.run) page.forget();
  if (page.stream === null && !page.isFile && view.run !== "") page.stream = new Stream(page.api, view.run, page.store, () => page.touch());
  if (page.wantedOrigin !== null && page.store.plan !== null) {
    const at = page.store.plan.populations.findIndex((each) => each.name === page.wantedOrigin);
    page.view.focus = at < 0 ? null : at;
    page.wantedOrigin = null;
  }
  const origin = view.focus === null ? page.wantedOrigin : page.nameOf(view.focus);
  const fragment = writeFragment(page.view, origin);
  if (fragment !== location.hash && (fragment !== "" || location.hash !== "")) history.replaceState(null, "", fragment === "" ? location.href.split("#")[0] : fragment);
  title(page, document);
}

/** The title and the icon tell the state, for a tab that is not looked at. */
function title(page: Page, document: Document): void {
  const { state, plan } = page.store;
  const headline = state?.headline ?? null;
  const bad = state === null ? "" : state.populations.map((each, n) => ({ each, n })).filter(({ each }) => each.state !== "fine")
    .sort((one, two) => STATES[one.each.state].rank - STATES[two.each.state].rank).slice(0, 1).map(({ n }) => ` ${page.nameOf(n)}`).join("");
  const text = headline === null ? plan?.name ?? "Landfall" : `${STATES[headline].glyph}${bad} – ${plan?.name ?? ""}`;
  if (document.title !== text) document.title = text;
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const address = iconOf(headline ?? "fine");
  if (!page.isFile && icon !== null && icon.getAttribute("href") !== address) icon.setAttribute("href", address);
}

/** Says changes of state, and what lies under the cursor, for assistive technology. */
function announce(page: Page, document: Document): void {
  const { state, plan } = page.store;
  if (state === null || plan === null) return;
  const bad = state.populations.map((each, n) => ({ each, n })).filter(({ each }) => each.state !== "fine");
  const text = bad.length === 0 ? "all origins fine" : bad.slice(0, 5).map(({ each, n }) => `${page.nameOf(n)} ${STATES[each.state].word}`).join("; ");
  states.say(document, bad.length > 5 ? `${text}; ${bad.length - 5} more not fine` : text);
  if (page.view.cursor !== null) cursor.say(document, readout(page));
}

/** What the cursor shows of the origin in focus, in words. */
function readout(page: Page): string {
  const sum = numbersOf(page, page.focus), at = `${page.time(page.view.cursor! * 1e6)} ${page.nameOf(page.focus)}`;
  return sum.seconds === 0 ? `${at}: nothing known` : `${at}: failed ${share(sum.failed, outOf(sum))}, p99 ${p99Text(sum)}, ${rate((sum.ok + sum.failed) / sum.seconds)} requests a second`;
}
