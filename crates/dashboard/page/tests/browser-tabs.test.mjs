// Several tabs of one browser on one server: they share one stream, and whatever happens to one of them is no matter of the others.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { BOUND, drawn, ended, shownUntil, started } from "./browser.mjs";
import { gameDay } from "./fixture.mjs";
import { serve } from "./serve.mjs";

after(ended);

const DIST = fileURLToPath(new URL("../dist", import.meta.url));

/** A browser without tabs, on a server with a day of which `until` seconds have passed. */
async function browsing(test, { until = 150, assets } = {}) {
  const server = await serve({ runs: { day: { day: gameDay(), until } }, assets });
  const context = await (await started()).newContext();
  context.setDefaultTimeout(BOUND);
  test.after(async () => {
    await context.close();
    server.close();
  });
  /** One more tab. */
  const open = async (fragment = "#run=day") => {
    const tab = await context.newPage();
    await tab.goto(`http://127.0.0.1:${server.port}/${fragment}`);
    return tab;
  };
  /** Several tabs that show everything. */
  const openAll = async (count) => {
    const tabs = [];
    for (let n = 0; n < count; n += 1) tabs.push(await open());
    for (const tab of tabs) await drawn(tab);
    return tabs;
  };
  /** Waits until so many streams are open, as `tab` (which only tells the time) goes on. */
  const watched = async (count, tab) => {
    const deadline = Date.now() + BOUND;
    while (server.watching() !== count && Date.now() < deadline) await tab.waitForFunction(() => true);
    assert.equal(server.watching(), count, "streams that are open");
  };
  return { server, context, open, openAll, watched };
}

/** Writes a note as an operator does, and waits for its answer. */
async function note(tab, text) {
  await tab.getByLabel("Note").fill(text);
  await tab.getByRole("button", { name: "Write" }).click();
  await tab.getByText("it is on its way").waitFor();
}

/** Ends a tab's process, and waits until that has gone. */
async function crash(tab) {
  const crashed = tab.waitForEvent("crash"), inspector = await tab.context().newCDPSession(tab);
  inspector.send("Page.crash").catch(() => {});
  await crashed;
}

/** What a tab knows of the run, in words: its events, its origins, the fault's time line. */
const known = (tab) => tab.evaluate(() => ["#panel-i", ".rows", "#panel-c", "[data-caption]"].map((each) => document.querySelector(each).textContent));

/** The workers that the browser runs, and a way to end one as if it had died. */
async function workers() {
  const inspector = await (await started()).newBrowserCDPSession(), { targetInfos } = await inspector.send("Target.getTargets");
  const running = targetInfos.filter(({ type }) => type === "shared_worker");
  const end = ({ targetId }) => inspector.send("Target.closeTarget", { targetId });
  return { running, end };
}

test("eight tabs all show the run over one stream, and the last of them still has its commands answered", async (test) => {
  const { server, openAll, watched } = await browsing(test), tabs = await openAll(8);
  server.push("day", 152);
  for (const tab of tabs) await shownUntil(tab, 152);
  await note(tabs[7], "the bridge is up");
  assert.deepEqual(server.commands, [{ command: "note", text: "the bridge is up" }]);
  await watched(1, tabs[0]);
});

test("a tab that comes late is told everything, then the same as the others", async (test) => {
  const { server, openAll, open, watched } = await browsing(test), [first] = await openAll(1);
  server.push("day", 170);
  await shownUntil(first, 170);
  const late = await open();
  await drawn(late);
  await shownUntil(late, 170);
  await watched(1, first);
  assert.deepEqual(server.connections, [null, null], "the second connection was for what had been told, from the beginning");
  // More than the series has: a recovery, events, a gap, and the seconds themselves.
  server.push("day", 262);
  for (const tab of [first, late]) await shownUntil(tab, 262);
  await late.waitForFunction(() => /eu-west-1 users are served at home again/.test(document.querySelector("#panel-i").textContent));
  assert.deepEqual(await known(late), await known(first));
  assert.equal(server.connections.length, 2);
});

test("tabs go one after the other, the one that opened the stream first, and with the last of them the stream", async (test) => {
  const { server, context, openAll, watched } = await browsing(test), tabs = await openAll(3);
  const other = await context.newPage();
  for (let second = 152; tabs.length > 0; second += 2) {
    server.push("day", second);
    for (const tab of tabs) await shownUntil(tab, second);
    await watched(1, other);
    await tabs.shift().close();
  }
  assert.equal(server.connections.filter((after) => after !== null).length, 0, "nobody had to connect again");
  await watched(0, other);
});

test("a tab that crashes takes nobody's stream with it for long", async (test) => {
  const { server, openAll, watched } = await browsing(test), [first, ...others] = await openAll(3);
  await crash(first);
  server.push("day", 154);
  for (const tab of others) await shownUntil(tab, 154);
  await watched(1, others[0]);
});

test("a stream that nobody reads any more is closed, whether its tab was closed or crashed", async (test) => {
  const { server, open, watched } = await browsing(test), tabs = [];
  // Each with a token of its own, so that each has a stream of its own; the worker goes on for the first.
  for (const token of ["one", "two", "three"]) tabs.push(await open(`#run=day&token=${token}`));
  for (const tab of tabs) await drawn(tab);
  await watched(3, tabs[0]);
  await tabs[1].close();
  await watched(2, tabs[0]);
  await crash(tabs[2]);
  await watched(1, tabs[0]);
  server.push("day", 154);
  await shownUntil(tabs[0], 154);
});

test("when the worker dies a tab says so until it has a new one, and all share that", async (test) => {
  const { server, context, openAll, watched } = await browsing(test);
  await context.clock.install();
  const tabs = await openAll(3), [first] = tabs, { running, end } = await workers();
  assert.equal(running.length, 1);
  const before = server.connections.length, said = () => first.locator(".link").textContent();
  // The time of this tab stands still but for a frame now and then, so it does not try again before we have looked.
  await first.clock.pauseAt(await first.evaluate(() => Date.now() + 1_000));
  await end(running[0]);
  const deadline = Date.now() + BOUND;
  while (!/connecting again/.test(await said()) && Date.now() < deadline) await first.clock.runFor(20);
  assert.match(await said(), /connecting again, showing data until 13:34:30/);
  await first.clock.resume();
  server.push("day", 154);
  for (const tab of tabs) await shownUntil(tab, 154);
  await watched(1, first);
  for (const after of server.connections.slice(before)) assert.match(after, /^\d+$/, "who comes again says what it saw last");
  assert.notDeepEqual((await workers()).running.map(({ targetId }) => targetId), running.map(({ targetId }) => targetId));
});

test("when the server is cut off and back all tabs take up where they were, over one stream", async (test) => {
  const { server, openAll, watched } = await browsing(test), tabs = await openAll(8);
  server.push("day", 152);
  for (const tab of tabs) await shownUntil(tab, 152);
  const before = server.connections.length;
  server.drop();
  await watched(0, tabs[0]);
  server.push("day", 170);
  for (const tab of tabs) await shownUntil(tab, 170);
  await watched(1, tabs[0]);
  for (const after of server.connections.slice(before)) assert.match(after, /^\d+$/, "who comes again says what it saw last");
  assert.equal(server.asked.length, tabs.length, "nobody asked for the history again");
  server.say({ kind: "resync" });
  server.push("day", 172);
  for (const tab of tabs) await tab.waitForFunction(() => /Most failed for eu-west-1: [1-9]/.test(document.querySelector("[data-caption]").textContent));
  assert.equal(server.asked.length, 2 * tabs.length, "after a resync everybody did");
});

test("who has another token has another stream, and a run that is not there is refused for every tab", async (test) => {
  const { open, watched } = await browsing(test);
  const one = await open("#run=day&token=one"), two = await open("#run=day&token=two");
  for (const tab of [one, two]) await drawn(tab);
  await watched(2, one);
  for (const tab of [await open("#run=none"), await open("#run=none")]) await tab.getByText("no such run").waitFor();
  await watched(2, one);
});

test("a tab reads on its own where there is no worker, no lock, or no way to load the worker", async (test) => {
  const assets = mkdtempSync(join(tmpdir(), "landfall-page-"));
  test.after(() => rmSync(assets, { recursive: true }));
  cpSync(DIST, assets, { recursive: true });
  for (const name of readdirSync(join(assets, "assets")).filter((each) => each.startsWith("worker-"))) rmSync(join(assets, "assets", name));
  const missing = {
    worker: [{}, () => { delete window.SharedWorker; }],
    locks: [{}, () => { delete Navigator.prototype.locks; }],
    file: [{ assets }, () => {}],
  };
  for (const [what, [options, without]] of Object.entries(missing)) {
    const { server, context, openAll, watched } = await browsing(test, options);
    await context.addInitScript(without);
    const tabs = await openAll(2);
    await watched(2, tabs[0]);
    server.push("day", 152);
    for (const tab of tabs) await shownUntil(tab, 152);
    assert.equal((await workers()).running.length, 0, what);
    await context.close();
  }
});

test("the worker's address changes with its content, and a report has nothing of it", () => {
  const names = readdirSync(join(DIST, "assets")), [worker] = names.filter((name) => /^worker-[\w-]{8}\.js$/.test(name));
  const page = names.filter((name) => /^index-.*\.js$/.test(name)).map((name) => readFileSync(join(DIST, "assets", name), "utf8"));
  assert.equal(page.length, 1);
  assert.ok(page[0].includes(`/assets/${worker}`), "this page asks for this worker");
  assert.ok(!readFileSync(`${DIST}-report/report.js`, "utf8").includes("SharedWorker"));
});
