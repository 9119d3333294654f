// What twenty regions over an hour cost a viewer: a redraw, a second that comes, and the time from a key or a click to the picture.
//
// node tests/measure.mjs      (as root it gives the browser a high priority, which the browser itself lowers again and again)
//
// Two clocks: what whoever looks waits, which is of use only where nothing else wants the machine or the browser has priority, and the time
// of the processor that the page's main thread took, which is the same whatever else goes on.

import { execFileSync } from "node:child_process";
import { BOUND, ended, open, shownUntil, started } from "./browser.mjs";
import { begunLater, gameDay } from "./fixture.mjs";

const day = (more) => gameDay({ regions: 20, seconds: 3_800, ...more });
const runs = { day: { day: day(), until: 3_600 }, earlier: { day: begunLater(day({ mode: "replay", slowness: 0.5 }), 30), until: 3_800 } };
const { page, server, close } = await open({ runs, fragment: "#run=day" });
const inspector = await page.context().newCDPSession(page), whole = await (await started()).newBrowserCDPSession();
const { processInfo } = await whole.send("SystemInfo.getProcessInfo");
let isRaised = false;
function raise() {
  try {
    for (const { id } of processInfo) execFileSync("renice", ["-n", "-15", "-p", String(id)], { stdio: "ignore" });
    isRaised = true;
  } catch {
    // Then the first clock tells of the others on this machine as well.
  }
}
await inspector.send("Performance.enable", { timeDomain: "threadTicks" });

/** Milliseconds of the processor that the main thread took for something. */
async function cost(what) {
  const taken = async () => (await inspector.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value * 1e3;
  const before = await taken();
  await what();
  return await taken() - before;
}

function told(name, all) {
  const at = (share) => all[Math.min(all.length - 1, Math.floor(all.length * share))].toFixed(1);
  all.sort((one, other) => one - other);
  console.log(`${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms, of ${all.length}`);
}

await page.waitForFunction(() => document.querySelectorAll(".rows [data-population]").length === 20);
await page.keyboard.press("a");
await page.waitForFunction(() => /Most failed for/.test(document.querySelector("[data-caption]").textContent));

async function redraws(name) {
  const waited = [], worked = [];
  for (let n = 0; n < 100; n += 1) {
    raise();
    worked.push(await cost(async () => waited.push(await page.evaluate(() => window.landfall.redraw()))));
  }
  told(`${name}, waited`, waited);
  told(`${name}, processor`, worked);
}
await redraws("redraw of everything");
await page.evaluate(() => { location.hash += "&cmp=earlier"; });
await page.waitForFunction(() => /\d req\/s|\d %/.test(document.querySelector(".both tbody")?.innerText ?? "") && document.querySelector("#panel-e .swatch.other") !== null);
await page.waitForFunction(() => { const now = document.querySelector(".compare").innerText, same = window.saidBefore === now; window.saidBefore = now; return same; }, null, { polling: 1_000 });
await redraws("redraw of everything beside another run");
await page.keyboard.press("c");
await page.waitForSelector(".compare", { state: "detached" });

// Seconds come as they do in a run, one a second, and nothing else is asked of the page meanwhile: asking would be measured as well.
const SECONDS = 30;
const came = await cost(async () => {
  for (let second = 3_601; second <= 3_600 + SECONDS; second += 1) {
    server.push("day", second);
    await new Promise((done) => setTimeout(done, 1_000));
  }
});
await shownUntil(page, 3_600 + SECONDS);
const still = await cost(() => new Promise((done) => setTimeout(done, 10_000)));
console.log(`a second that comes, processor: ${(came / SECONDS).toFixed(1)} ms on average of ${SECONDS}; a second in which nothing comes: ${(still / 10).toFixed(1)} ms`);

await page.evaluate(() => {
  window.answered = [];
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (each.interactionId > 0) window.answered.push([each.name, each.duration, each.interactionId]);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
});
/** The answers to some deeds, each as long as the longest of its events; a deed that was answered within 16 ms counts as that. */
async function answers(name, deeds) {
  await page.evaluate(() => { window.answered = []; });
  const worked = [];
  for (const deed of deeds) {
    raise();
    worked.push(await cost(async () => {
      await deed();
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    }));
  }
  await page.waitForTimeout(500);
  const found = new Map();
  for (const [, duration, id] of await page.evaluate(() => window.answered)) found.set(id, Math.max(found.get(id) ?? 0, duration));
  told(`${name}, waited`, [...found.values(), ...Array.from({ length: Math.max(0, deeds.length - found.size) }, () => 16)]);
  told(`${name}, processor`, worked);
}
const names = await page.locator(".rows [data-population] .cut").all();
await answers("from a click on an origin to the picture", names.map((name) => () => name.click({ timeout: BOUND })));
await answers("from a key to the picture", [..."jkjkjmmhhyyafaf[]-=", "ArrowLeft", "ArrowRight", "Enter", "Escape", "Enter", "Escape"].map((key) => () => page.keyboard.press(key)));
const paints = await page.evaluate(() => ({ paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime }));
console.log(`first paint after ${paints.paint.toFixed(0)} ms${isRaised ? "" : "; the browser had no priority: what was waited may be the machine's"}`);
await close();
await ended();
