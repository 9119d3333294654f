// Notes as flags: on every chart that has time, cheap and legible however many they are, and only ever text.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { BOUND, drawn, ended, keep, open, started } from "./browser.mjs";
import { FAULT, gameDay } from "./fixture.mjs";

after(ended);

/** Every chart with a time axis, and how many axes it has. */
const CHARTS = { "#panel-e .axes": 3, "#panel-e .overview": 1, "#panel-f .axes": 1, "#panel-g .axes": 1, "#panel-c svg": 1 };
const FOREIGN = "<script>alert(1)</script> the bridge decides to wait";

/** How many flags of each chart tell of a text. */
const telling = (page, wanted) => page.evaluate(([charts, text]) => Object.fromEntries(charts.map((chart) => [chart,
  [...document.querySelectorAll(`${chart} .note-flag, ${chart} .note`)].filter((flag) => (flag.title || flag.querySelector?.("title")?.textContent || "").includes(text)).length])), [Object.keys(CHARTS), wanted]);

/** The flags of every axis: the boxes they take, and what they tell. */
const standing = (page) => page.evaluate((charts) => charts.flatMap((chart) => [...document.querySelectorAll(chart)]).map((axis) => (
  [...axis.querySelectorAll(".note-flag, .note")].map((flag) => {
    const { left, right } = (flag.querySelector("path, rect") ?? flag).getBoundingClientRect();
    return { left, right, title: flag.title || flag.querySelector("title").textContent, count: flag.matches("g") ? flag.querySelector("text")?.textContent ?? "" : flag.textContent };
  }))), Object.keys(CHARTS).map((chart) => (chart.endsWith(".axes") ? `${chart} .axis` : chart)));

test("a note that an operator writes is a flag on every chart, is text, and draws no chart anew", async () => {
  const { page, server, problems, close } = await open({ until: FAULT + 10, fragment: "#run=day&o=eu-west-1" });
  await drawn(page);
  await page.waitForSelector("#panel-f .axes .note-flag");
  const painted = () => page.evaluate(() => window.landfall.pixelsPainted()), before = await painted();
  await page.getByLabel("Note").fill(FOREIGN);
  await page.getByRole("button", { name: "Write" }).click();
  await page.waitForFunction(([text, charts]) => Object.entries(charts).every(([chart, count]) => (
    [...document.querySelectorAll(`${chart} .note-flag, ${chart} .note`)].filter((flag) => (flag.title || flag.querySelector("title").textContent).includes(text)).length === count)), [FOREIGN, CHARTS]);
  assert.equal(await painted(), before);
  assert.deepEqual(server.commands.map(({ command }) => command), ["note"]);
  assert.equal(await page.locator("script:not([src])").count(), 0);
  await page.keyboard.press("Escape");
  await page.locator("h1").click();
  for (const key of ["n", "n", "n"]) await page.keyboard.press(key);
  await page.waitForFunction(() => /says the bridge/.test(document.querySelector(".note-text")?.textContent ?? ""));
  assert.match(await page.locator(".near").innerText(), /NOTE/);
  assert.equal(await page.locator(".note-flag:not([aria-hidden=true])").count(), 0);
  await keep(page, "notes-one", true);
  assert.deepEqual(problems, []);
  await close();
});

test("a hundred notes, and fifty in one second, stay cheap, legible and told", async () => {
  const { page, server, problems, close } = await open({ until: 290, fragment: "#run=day&o=eu-west-1&w=all" });
  await drawn(page);
  for (let n = 0; n < 150; n += 1) {
    server.say({ kind: "log", id: 2_000_000 + n, at_us: (n < 100 ? 70 + 2 * n : FAULT + 5) * 1e6 + n, tag: "NOTE", text: `remark number ${n}.`, source: "operator" });
  }
  await page.waitForFunction(() => document.querySelectorAll(".log .tag-NOTE").length === 151);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const axes = await standing(page);
  assert.equal(axes.length, 8, "three of E, its strip, F, G, and two rows of C");
  for (const flags of axes) {
    const sorted = flags.toSorted((one, other) => one.left - other.left);
    sorted.slice(1).forEach((flag, n) => assert.ok(flag.left >= sorted[n].right, `${JSON.stringify(sorted[n])} ${JSON.stringify(flag)}`));
    assert.ok(flags.length > 0 && flags.length <= 66, `${flags.length} flags`);
    for (const { title, count } of flags) assert.equal(count, title.split("\n").length === 1 ? "" : title.split("\n").length > 99 ? "99+" : String(title.split("\n").length));
  }
  const told = axes[0].map(({ title }) => title).join("\n");
  for (let n = 0; n < 150; n += 1) assert.ok(told.includes(`remark number ${n}.`), `${n}`);
  await keep(page, "notes-many", true);
  assert.deepEqual(problems, []);
  await close();
});

test("in a report notes are flags as well", async () => {
  const built = (name) => readFileSync(fileURLToPath(new URL(`../dist-report/${name}`, import.meta.url)), "utf8");
  const day = gameDay({ mode: "file", role: "view", seconds: 300 });
  const events = gzipSync(day.map(([, message]) => JSON.stringify(message)).join("\n")).toString("base64");
  const context = await (await started()).newContext({ offline: true, viewport: { width: 1440, height: 900 } }), page = await context.newPage();
  page.setDefaultTimeout(BOUND);
  await page.setContent(`<!doctype html><html lang="en"><meta charset="utf-8"><title>r</title><style></style><style media="not all">${built("report.css")}</style><div id="page"></div>`
    + `<main>what is there without scripts</main><script type="application/octet-stream;base64" id="messages">${events}</script><script>${built("report.js")}</script></html>`);
  await page.getByRole("button", { name: "Explore this run" }).click();
  await drawn(page);
  await page.keyboard.press("a");
  await page.waitForFunction(() => document.querySelectorAll("#panel-e .axes .note-flag").length === 3);
  const counts = await telling(page, "<img src=x onerror=alert(1)> says the bridge");
  assert.deepEqual(counts, { ...CHARTS, "#panel-c svg": 0 }, "the rows of C begin after it");
  await context.close();
});
