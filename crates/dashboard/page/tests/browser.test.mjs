// The page in a real browser, on the fixture.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { BOUND, drawn, ended, keep, open, started, text } from "./browser.mjs";
import { FAULT, RESTATED, gameDay } from "./fixture.mjs";

after(ended);

const QUESTIONS = {
  "1: is it up, for whom not, since when": [/DEGRADED/, /eu-west-1 users were affected for 17\.6 s/, /13:34:00/],
  "2: did failover work, how long, what was lost": [/recovery time[\s\S]*17\.6 ± 0\.1 s[\s\S]*60 s/, /31 writes/, /detected 6\.1 s/, /recovered 17\.6 s/],
  "3: are others affected": [/2 of 3 not fine/, /degraded: p99 412 ms/],
  "4: how does it feel now": [/p50 \d+ ms · p99 \d+ ms/, /oldest write not shown/],
  "5: can the numbers be trusted": [/Measurement trusted/, /3\/3 trusted · late starts 0 %/],
  "6: what happened, in order": [/FAULT[\s\S]*DETECT[\s\S]*REROUTE[\s\S]*RECOVER/],
};

function answers(said) {
  for (const [question, wanted] of Object.entries(QUESTIONS)) {
    for (const each of wanted) assert.match(said, each, `question ${question}`);
  }
}

test("each question is answered on the page, and also when no canvas is there", async () => {
  const { page, problems, close } = await open();
  await drawn(page);
  await page.waitForFunction(() => /p50 \d/.test(document.body.innerText));
  answers(await text(page));
  assert.match(await text(page), /eu-west-1 → us-east-1 64 %/);
  await keep(page, "live-3-light");
  await page.evaluate(() => document.querySelectorAll("canvas, svg").forEach((each) => each.remove()));
  answers(await text(page));
  await page.locator("[data-caption=grid] ~ details summary").first().click();
  await page.waitForFunction(() => document.querySelectorAll(".twin tbody tr").length > 10);
  assert.ok(await page.locator(".twin tbody tr").count() <= 60);
  assert.deepEqual(problems, []);
  await close();
});

test("question 7: when the run is over the page stays and says what was proven", async () => {
  const { page, close } = await open({ until: 500, theme: "dark" });
  await drawn(page);
  const said = await text(page);
  assert.match(said, /FAIL[\s\S]*Failover worked in 17\.6 s \(limit 60 s\), but 31 acknowledged writes were lost/);
  assert.match(said, /the run is over/);
  const objectives = await page.locator("#panel-j tbody tr").allInnerTexts();
  assert.match(objectives[0], /failed[\s\S]*data loss[\s\S]*never seen elsewhere/);
  assert.match(objectives[1], /inconclusive[\s\S]*failback/);
  assert.match(await page.title(), /^✕/);
  await keep(page, "over-3-dark", true);
  await close();
});

test("what a target says stays text", async () => {
  const { page, problems, close } = await open();
  await drawn(page);
  assert.match(await text(page), /<img src=x onerror=alert\(1\)> says the bridge/);
  await page.locator(".rows [data-population='0'] .name").dblclick();
  await page.waitForSelector(".detail");
  assert.equal(await page.locator("img, script:not([src])").count(), 0);
  assert.deepEqual(problems, []);
  await close();
});

test("keys walk through everything, Escape leads back, and nothing destructive has one", async () => {
  const { page, server, close } = await open();
  await drawn(page);
  const press = (key) => page.keyboard.press(key);
  const shown = (selector) => page.waitForSelector(selector);
  await press("?"); await shown("dialog.help");
  await press("Escape"); await page.waitForSelector("dialog.help", { state: "detached" });
  await press("m"); await shown(".matrix");
  assert.match(await page.locator(".matrix").innerText(), /req\/s\s+failed\s+eu-west-1[\s\S]*eu-west-1\s+[\d\s]+\s0 %\s+–\s+64 %\s+36 %/);
  await press("h"); await shown(".heat button[aria-pressed=true]");
  await press("j"); await press("k");
  await press("Enter"); await shown(".detail");
  await press("Escape"); await page.waitForSelector(".detail", { state: "detached" });
  await press("ArrowLeft"); await press("Shift+ArrowLeft"); await shown(".cursor");
  await press("n"); await shown(".near");
  await press("a"); await page.waitForFunction(() => location.hash.includes("w=all"));
  await press("="); await page.waitForFunction(() => /w=\d+-\d+/.test(location.hash));
  await press("f"); await page.waitForFunction(() => !location.hash.includes("w="));
  await press("y"); await page.waitForFunction(() => location.hash.includes("y=common"));
  await press("o"); await shown("#panel-j");
  await press("5"); await shown(".generators table");
  for (const [key, panel] of [["1", "panel-a"], ["2", "panel-c"], ["3", "panel-e"], ["4", "panel-f"], ["6", "panel-i"]]) {
    await press(key);
    await page.waitForFunction((id) => document.activeElement?.id === id, panel);
  }
  await press("/"); await page.waitForFunction(() => document.activeElement?.id === "filter");
  await page.keyboard.type("ap-");
  await page.waitForFunction(() => document.querySelectorAll(".rows [data-population]").length === 1);
  await press("Escape"); await press("Escape");
  await press("t"); await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await press("u"); await page.waitForFunction(() => location.hash.includes("tz=local"));
  assert.deepEqual(server.commands, []);
  await close();
});

test("two pins: how long it is between them, and what happened to everybody meanwhile", async () => {
  const { page, close } = await open({ until: 160 });
  await drawn(page);
  await page.evaluate((fault) => { location.hash = `#run=day&c=${fault + 2}`; }, FAULT);
  await page.waitForSelector(".cursor.pinned");
  assert.equal(await page.locator("[data-between]").count(), 0, "one pin has nothing between");
  for (let n = 0; n < 3; n += 1) await page.keyboard.press("ArrowRight");
  const box = await page.locator(".plots .over").boundingBox(), line = await page.locator(".over .cursor:not(.pinned)").first().boundingBox();
  await page.mouse.click(line.x, box.y + 20);
  await page.waitForFunction(() => /Δ 3 s; in these columns, all origins: [1-9][\d\s,.k]* requests, [1-9][\d\s,.k]* failed \(\d/.test(document.querySelector("[data-between]")?.textContent ?? ""));
  await close();
});

test("an origin in detail: who served it, where names led, how it failed, and single requests worth a look", async () => {
  const { page, problems, close } = await open({ until: 160, fragment: "#run=day&o=eu-west-1&v=detail" });
  await page.waitForSelector(".samples tbody tr");
  await page.waitForFunction(() => /led to us-east-1/.test(document.querySelector(".lanes").innerText));
  const lane = (name) => page.locator(".lane", { hasText: name }).innerText();
  assert.match(await lane("served by us-east-1"), /[1-9]/);
  assert.match(await lane("failed: refused"), /[1-9]/);
  await page.evaluate((at) => { location.hash = `#run=day&o=eu-west-1&v=detail&c=${at}`; }, FAULT + 8);
  await page.waitForFunction(() => /75 %/.test([...document.querySelectorAll(".lane")].find((each) => /led to us-east-1/.test(each.innerText))?.innerText ?? ""));
  const tables = await page.locator(".samples").allInnerTexts();
  assert.match(tables[0], /Slowest[\s\S]*timeline\s+ok\s+us-east-1\s+900 ms\s+120/);
  assert.match(tables[1], /Failed last[\s\S]*refused\s+nobody\s+4 ms/);
  assert.match(tables[1], /wrong answer <script>/, "what a target says stays text");
  assert.equal(await page.locator(".failed-heat canvas").count(), 1);
  assert.match(await page.locator(".failed-heat").innerText(), /\d+ requests a cell/);
  await keep(page, "detail", true);
  assert.deepEqual(problems, []);
  await close();
});

test("a view is in its address, and the address opens it again", async () => {
  const { page, close } = await open({ fragment: "#run=day&o=ap-south-1&w=100-160&c=130&v=detail&th=dark&nonsense=1&token=secret" });
  await page.waitForSelector(".detail");
  assert.match(await page.locator("#title-e").innerText(), /ap-south-1/);
  await page.waitForFunction(() => !location.hash.includes("secret"));
  assert.match(page.url(), /o=ap-south-1&w=100-160&c=130&v=detail/);
  await close();
});

test("an address that is opened in the moment in which the page is drawn is not lost", async () => {
  const { page, close } = await open();
  await drawn(page);
  await page.evaluate(() => {
    // In one frame: first the address, then what was due to be drawn.
    requestAnimationFrame(() => { location.hash = "#run=day&c=130&v=detail"; });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await page.waitForSelector(".detail");
  await page.waitForFunction(() => /c=130&v=detail/.test(location.hash));
  await close();
});

test("only an operator sees what changes a run, and stopping needs the name", async () => {
  const viewer = await open({ role: "view" });
  await drawn(viewer.page);
  assert.equal(await viewer.page.locator(".operate, .grave").count(), 0);
  await viewer.close();
  const { page, server, close } = await open({ role: "operate", clock: true });
  await drawn(page);
  await page.getByLabel("Note").fill("<b>the bridge</b> is up");
  await page.getByRole("button", { name: "Write" }).click();
  await page.getByText("it is on its way").waitFor();
  await page.locator(".operate li").first().getByRole("button", { name: "Heal…" }).click();
  const healed = page.waitForResponse(/commands/);
  await page.getByRole("button", { name: "Heal now" }).click();
  await healed;
  await page.getByRole("button", { name: "Hold…" }).click();
  const isHeld = page.waitForResponse(/commands/);
  await page.getByRole("button", { name: "Hold now" }).click();
  await isHeld;
  await page.getByRole("button", { name: "Stop run…" }).click();
  // Letting go too early is no answer: by the keyboard as by the pointer. The page's time stands still, however slow we are.
  const held = page.locator("dialog.stop[open] .held");
  await held.waitFor();
  assert.match(await page.locator("dialog.stop").innerText(), /Now in effect, and healed by this:\s+lose-europe region-loss of eu-west-1 since 13:34:00/);
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1_000));
  await held.focus();
  await page.keyboard.down("Space");
  await page.clock.runFor(1_400);
  await page.waitForFunction(() => /Hold 0\.[12] s more/.test(document.querySelector(".held").textContent));
  await page.keyboard.up("Space");
  await page.waitForFunction(() => /Hold 1.5 s to stop/.test(document.querySelector(".held").textContent));
  const stop = page.getByRole("button", { name: "Stop the run" });
  assert.ok(await stop.isDisabled());
  await page.clock.resume();
  await page.locator("dialog.stop input").fill("day");
  await stop.click();
  await page.waitForSelector("dialog.stop", { state: "detached" });
  await page.waitForFunction(() => /on its way/.test(document.querySelector(".answer").textContent));
  assert.deepEqual(server.commands, [
    { command: "note", text: "<b>the bridge</b> is up" }, { command: "heal", fault: "lose-europe" }, { command: "hold" },
    { command: "stop", confirm: "day" },
  ]);
  await page.getByRole("button", { name: "Stop run…" }).click();
  await held.waitFor();
  await held.focus();
  await page.keyboard.down("Enter");
  await page.waitForSelector("dialog.stop", { state: "detached" });
  await page.keyboard.up("Enter");
  const deadline = Date.now() + BOUND;
  while (server.commands.length < 4 && Date.now() < deadline) await page.waitForFunction(() => true);
  assert.deepEqual(server.commands[3], { command: "stop", confirm: "day" });
  await close();
});

test("a broken connection is taken up where it broke off, a resync asks for the series, and a gap is told as one", async () => {
  const { page, server, close } = await open({ until: 200 });
  await drawn(page);
  server.drop();
  await page.waitForFunction(() => /connecting again|behind|live/.test(document.querySelector(".link").textContent));
  server.push("day", 262);
  const deadline = Date.now() + BOUND;
  while (server.connections.length < 2 && Date.now() < deadline) await page.waitForFunction(() => true);
  assert.equal(server.connections.length, 2);
  assert.match(server.connections[1], /^\d+$/, "the second connection says what was seen last");
  await page.waitForFunction(() => /Nothing is known of ap-south-1 from 13:36:10 to 13:36:16: generator g-2 was silent/.test(document.body.innerText));
  server.say({ kind: "resync" });
  await page.waitForFunction(() => /Most failed for eu-west-1: [1-9]/.test(document.querySelector("[data-caption]").textContent));
  await page.keyboard.press("a");
  await page.locator(".rows [data-population='2'] .name").click();
  await page.locator("[data-caption=grid] ~ details summary").first().click();
  await page.waitForFunction(() => document.querySelector(".twin") !== null);
  await close();
});

test("a second that is told again is shown as it was told last", async () => {
  const { page, server, close } = await open({ until: RESTATED + 2 });
  await page.waitForSelector(".rows [data-population]");
  server.push("day", RESTATED + 6);
  await page.evaluate((at) => { location.hash = `#run=day&w=${at - 5}-${at + 4}&c=${at}`; }, RESTATED);
  await page.waitForFunction(() => [...document.querySelectorAll(".row .more")].some((each) => / 7 in flight/.test(each.textContent)));
  await close();
});

test("several runs are listed, and a recording is played again from where one wants", async () => {
  const replay = gameDay({ mode: "replay" });
  const { page, server, close } = await open({ runs: { "one <b>": { day: replay, until: 1e9 }, two: { day: replay, until: 1e9 } } });
  await page.getByRole("link", { name: "one <b>" }).click();
  await drawn(page);
  assert.equal(await page.locator("b b").count(), 0);
  await page.getByRole("button", { name: "Play" }).click();
  const deadline = Date.now() + BOUND;
  while (server.connections.length < 2 && Date.now() < deadline) await page.waitForFunction(() => true);
  assert.equal(server.connections.length, 2);
  await close();
});

for (const regions of [3, 20]) {
  for (const theme of ["light", "dark"]) {
    test(`axe finds nothing serious: ${regions} regions, ${theme}`, async () => {
      const { page, problems, close } = await open({ regions, theme });
      await drawn(page, regions);
      await page.keyboard.press("o");
      await page.keyboard.press("5");
      await page.waitForSelector(".generators table");
      await keep(page, `live-${regions}-${theme}-whole`, true);
      // Through the debugger's world, for the page's own policy allows no script of ours.
      await page.evaluate(readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8"));
      const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
      const serious = found.violations.filter((each) => each.impact === "serious" || each.impact === "critical")
        .map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
      assert.deepEqual(serious, []);
      assert.deepEqual(problems, []);
      await close();
    });
  }
}

test("at 1280 pixels the head is one line, and beside the map of twenty regions stands how many are how", async () => {
  const { page, close } = await open({ regions: 20, width: 1280, until: 132 });
  await drawn(page, 20);
  const buttons = await page.locator(".head button, .head input, .head h1").evaluateAll((all) => all.map((each) => { const { top, bottom } = each.getBoundingClientRect(); return (top + bottom) / 2; }));
  assert.ok(buttons.length >= 8 && Math.max(...buttons) - Math.min(...buttons) < 6, JSON.stringify(buttons));
  assert.deepEqual((await page.locator(".standing li").allInnerTexts()).map((each) => each.replace(/\s+/g, " ").replace(/[\d.]+ %/, "n %")), ["▲ 2 degraded, n % of users: eu-west-1, us-east-1", "● 18 fine, n % of users"]);
  const { bottom } = await page.locator(".standing").boundingBox().then(({ y, height }) => ({ bottom: y + height })), panel = await page.locator("#panel-b").boundingBox();
  assert.ok(panel.y + panel.height - bottom < 100, `${panel.y + panel.height - bottom} pixels are empty under it`);
  await close();
});

test("at 320 pixels nothing is scrolled sideways", async () => {
  for (const regions of [3, 20]) {
    const { page, close } = await open({ regions, width: 320, height: 800 });
    await drawn(page, regions);
    assert.deepEqual(await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]), [320, 320]);
    await keep(page, `narrow-${regions}`, true);
    await close();
  }
});

test("in forced colours every state still has its word, and patterns stay", async () => {
  const { page, problems, close } = await open({ forced: "active", theme: "dark" });
  await drawn(page);
  answers(await text(page));
  await keep(page, "forced-colours");
  assert.deepEqual(problems, []);
  await close();
});

test("the page is at most 60 KB packed and 200 KB in all, and nothing in it is inline", () => {
  const folder = fileURLToPath(new URL("../dist", import.meta.url));
  const files = ["index.html", ...readdirSync(`${folder}/assets`).map((name) => `assets/${name}`)].map((name) => readFileSync(`${folder}/${name}`));
  const raw = files.reduce((sum, bytes) => sum + bytes.length, 0), packed = files.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
  console.log(`page: ${packed} bytes packed, ${raw} raw`);
  assert.ok(packed <= 60_000 && raw <= 200_000, `${packed} packed, ${raw} raw`);
  assert.doesNotMatch(files[0].toString(), /<style|style=|<script(?![^>]*src=)| on\w+=/);
});

test("the report is one file that asks for nothing and shows the same", async () => {
  const built = (name) => readFileSync(fileURLToPath(new URL(`../dist-report/${name}`, import.meta.url)), "utf8");
  const day = gameDay({ mode: "file", role: "view" });
  const events = gzipSync(day.map(([, message]) => JSON.stringify(message)).join("\n")).toString("base64");
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><title>r</title><style></style><style media="not all">${built("report.css")}</style><div id="page"></div>`
    + `<main>what is there without scripts</main><script type="application/octet-stream;base64" id="messages">${events}</script><script>${built("report.js")}</script></html>`;
  const context = await (await started()).newContext({ offline: true, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage(), asked = [];
  page.setDefaultTimeout(BOUND);
  page.on("request", (request) => asked.push(request.url()));
  const explore = () => page.getByRole("button", { name: "Explore this run" }).click();
  await page.setContent(html);
  await explore();
  await drawn(page);
  assert.match(await text(page), /Failover worked in 17\.6 s/);
  assert.deepEqual(asked, []);
  await keep(page, "file", true);
  await page.setContent(html.replace(events, "broken"));
  await explore();
  await page.getByText("The run can't be explored here").waitFor();
  assert.match(await text(page), /what is there without scripts/);
  await context.close();
});
