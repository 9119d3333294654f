// Several runs: two of them beside each other, and those of one plan in a row.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawn, ended, keep, open } from "./browser.mjs";
import { FAULT, HEAL, begunLater, gameDay } from "./fixture.mjs";

after(ended);

/** What the verdict says of two runs. */
const HELD = {
  before: "earlier", now: "day", aligned_us: [FAULT * 1e6, FAULT * 1e6], text: "1 worse, 1 within noise, 1 not comparable",
  scorecard: [
    { name: "recovery time", before: "9.1 ± 0.1 s", now: "17.6 ± 0.1 s", fared: "worse", text: "eu-west-1, reads, lose-europe: longer by more than chance explains (2.2 s)." },
    { name: "data loss", before: "30 writes", now: "31 writes, 2.4 s", fared: "within-noise", text: "the ledger, lost writes: what differs may be chance." },
    { name: "blast radius", before: "40 % of users", now: "51 % of users", fared: "not-comparable", text: "a run has one such number, and nothing says how much of it is chance." },
  ],
  rows: [
    { what: "lost writes", whom: "the ledger", before: "30 of 1,000", now: "31 of 1,000", fared: "within-noise", text: "what differs may be chance" },
    { what: "recovery time", whom: "eu-west-1, reads, lose-europe", before: "9.1 s", now: "17.6 s", fared: "worse", text: "longer by more than chance explains (2.2 s)" },
  ],
};

const point = (n, more = {}) => ({ run: `run-${n}`, started_unix_us: (1_795_000_000 + n * 86_400) * 1e6, verdict: "pass", recovery_us: (14 + n) * 1e6, limit_us: 60e6, text: `${14 + n} ± 0.1 s`, is_changed: false, ...more });

test("question 8: two runs stand side by side, aligned on the fault, and each word about their difference is the server's", async () => {
  const runs = { day: { day: gameDay({ mode: "replay" }), until: 430 }, earlier: { day: gameDay({ mode: "replay", seconds: 400 }), until: 430 } };
  const trends = [{ plan: "gameday-eu-kill", points: [point(1, { run: "earlier" }), point(2, { run: "day", verdict: "fail" })], text: "2 runs, recovery time known of 2: 9.1 s to 17.6 s, too few to say what is usual (2 of 5)", changes: "too few runs to see a change (2 of 12)", changed: [] }];
  const { page, problems, close } = await open({ runs, trends, beside: { "day earlier": HELD, "earlier day": HELD }, fragment: "#run=day" });
  await drawn(page);
  await page.keyboard.press("c");
  await page.waitForFunction(() => /too few to say what is usual \(2 of 5\)/.test(document.querySelector(".compare")?.innerText ?? ""));
  await page.locator(".compare select").selectOption("earlier");
  await page.waitForSelector(".beside tbody tr");
  const said = await page.locator(".beside").first().locator("tbody tr").allInnerTexts();
  assert.match(said[0], /worse\s+recovery time\s+9\.1 ± 0\.1 s\s+17\.6 ± 0\.1 s\s+eu-west-1, reads, lose-europe: longer by more than chance explains \(2\.2 s\)\./);
  assert.match(said[1], /within noise\s+data loss/);
  assert.match(said[2], /not comparable\s+blast radius/);
  assert.match(await page.locator(".beside-text").innerText(), /day held against earlier, number by number: 1 worse, 1 within noise, 1 not comparable\./);
  await page.getByText("show every number of both runs").click();
  await page.waitForFunction(() => /worse\s+recovery time\s+eu-west-1, reads/.test(document.querySelectorAll(".beside")[1]?.querySelector("tbody tr")?.innerText ?? ""));
  await page.waitForFunction(() => /recovered\s+17\.6 s\s+17\.6 s/.test(document.querySelector(".instants")?.innerText ?? ""));
  await page.waitForFunction(() => /The outline on the charts is earlier, before:/.test(document.querySelector(".compare").innerText));
  await page.waitForFunction(() => location.hash.includes("cmp=earlier"));
  await keep(page, "compare", true);
  // Whichever of the two is looked at, before is the earlier one.
  await page.evaluate(() => { location.hash = "#run=earlier&cmp=day"; });
  await page.waitForFunction(() => /before: earlier\s+now: day/.test(document.querySelector(".beside thead")?.innerText ?? ""));
  assert.deepEqual(problems, []);
  await close();
});

test("what can't be compared says why", async () => {
  const { page, close } = await open({ runs: { day: { day: gameDay(), until: 430 }, other: { day: gameDay(), until: 430 } }, fragment: "#run=day&cmp=other" });
  await drawn(page);
  await page.waitForFunction(() => /that run goes on: compare it when it is over/.test(document.querySelector(".compare")?.innerText ?? ""));
  await close();
});

/** Two runs of which the earlier had its fault half a minute sooner, and took half as long to recover. */
const SOONER = 30;
const earlier = (more = {}) => begunLater(gameDay({ mode: "replay", slowness: 0.5, ...more }), SOONER);
const recorded = (day) => ({ day, until: 430 });

test("two runs are laid upon each other by the fault, by their starts or by the heal, and the address keeps which", async () => {
  const runs = { day: recorded(gameDay({ mode: "replay" })), earlier: recorded(earlier()) };
  const { page, problems, close } = await open({ runs, beside: { "day earlier": HELD }, fragment: "#run=day&o=eu-west-1&cmp=earlier" });
  await drawn(page);
  const says = (wanted) => page.waitForFunction(([source]) => new RegExp(source).test((document.querySelector(".instants")?.innerText ?? "").replace(/[\u2009\u00a0]/g, " ")), [wanted]);
  await says("after the fault, eu-west-1[\\s\\S]*recovered\\s+8\\.8 s\\s+17\\.6 s");
  await page.locator(".compare label", { hasText: "aligned by" }).locator("select").selectOption("heal");
  await says(`after the heal, eu-west-1[\\s\\S]*recovered\\s+−${(HEAL - FAULT - 8.8).toFixed(1)} s\\s+−${(HEAL - FAULT - 17.6).toFixed(1)} s[\\s\\S]*failed back\\s+14\\.0 s\\s+14\\.0 s`);
  await page.waitForFunction(() => location.hash.includes("cmp=earlier&align=heal"));
  await page.evaluate(() => { location.hash = location.hash.replace("align=heal", "align=start"); });
  await says(`after the start, eu-west-1[\\s\\S]*recovered\\s+${(FAULT - SOONER + 8.8).toFixed(1)} s\\s+${(FAULT + 17.6).toFixed(1)} s`);
  assert.deepEqual(problems, []);
  await close();
});

test("what a run did not come to, runs are not aligned by, and the page says so", async () => {
  const unhealed = earlier().filter(([, { kind, mark }]) => !(kind === "mark" && mark === "healed"));
  const { page, problems, close } = await open({ runs: { day: recorded(gameDay({ mode: "replay" })), earlier: recorded(unhealed) }, beside: { "day earlier": HELD }, fragment: "#run=day&cmp=earlier&align=heal" });
  await drawn(page);
  await page.waitForFunction(() => /Not aligned by the heal: the first fault was not healed in earlier\./.test(document.querySelector(".compare")?.innerText ?? ""));
  await page.waitForFunction(() => /after the start/.test(document.querySelector(".instants")?.innerText ?? ""));
  assert.deepEqual(await page.locator(".compare label", { hasText: "aligned by" }).locator("select").locator("option").allInnerTexts(), ["the fault", "the start"]);
  assert.deepEqual(problems, []);
  await close();
});

/** Where the outline of the other run is on a chart of a row of E, but for the lane below: in each second of the window, how many pixels of it. */
const outline = (page, origin, chart) => page.evaluate(([name, n]) => {
  const row = [...document.querySelectorAll(".rows [data-population]")].find((each) => each.textContent.includes(name)), canvas = row.querySelector("canvas");
  const [from, to] = /w=(\d+)-(\d+)/.exec(location.hash).slice(1).map(Number), ink = getComputedStyle(document.documentElement).getPropertyValue("--ink-2").trim();
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(ink.slice(at, at + 2), 16));
  const GAP = 14, size = (canvas.width - 2 * GAP) / 3, { data } = canvas.getContext("2d").getImageData(Math.round(n * (size + GAP)), 0, Math.round(size), canvas.height - 20);
  const found = Array.from({ length: to - from }, () => 0);
  for (let at = 0; at < data.length; at += 4) if (data[at] === red && data[at + 1] === green && data[at + 2] === blue) found[Math.floor(((at / 4) % Math.round(size)) / size * (to - from))] += 1;
  return Object.fromEntries(found.map((count, second) => [from + second, count]).filter(([, count]) => count > 0));
}, [origin, chart]);
const whenDrawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const seconds = (found) => Object.keys(found).map(Number);

test("the other run is an outline on every chart of E and on C, at the aligned time, and goes with the comparison", async () => {
  const runs = { day: recorded(gameDay({ mode: "replay" })), earlier: recorded(earlier({ slowness: 2 })) };
  const lost = runs.earlier.day.find(([, { kind }]) => kind === "plan")[1];
  lost.populations = lost.populations.with(2, { ...lost.populations[2], name: "somewhere else" });
  const { page, problems, close } = await open({ runs, beside: { "day earlier": HELD }, fragment: `#run=day&o=eu-west-1&w=${FAULT - 60}-${FAULT + 60}&cmp=earlier` });
  await drawn(page);
  await page.waitForSelector(".both tbody tr");
  await page.waitForFunction(() => /\d %/.test(document.querySelector(".both tbody").innerText));
  await whenDrawn(page);
  const failed = seconds(await outline(page, "eu-west-1", 1));
  assert.ok(failed[0] >= FAULT - 1 && failed[0] <= FAULT + 1, `it begins with the fault: ${failed}`);
  assert.ok(failed.at(-1) >= FAULT + 25 && failed.at(-1) <= FAULT + 36, `and ends when the earlier run had recovered, which took twice as long: ${failed}`);
  for (const chart of [0, 2]) assert.ok(seconds(await outline(page, "eu-west-1", chart)).some((second) => second < FAULT - 30), `chart ${chart} has one before the fault as well`);
  assert.deepEqual(await outline(page, "ap-south-1", 0), {}, "an origin that the other run lacks has none");
  assert.match(await page.locator(".compare").innerText(), /earlier has no ap-south-1: no outline there\./);
  assert.match(await page.locator("#panel-e .legend").innerText(), /earlier, which has no ap-south-1/);
  assert.equal(await page.locator("#panel-c .other-line").count(), 3, "on each of its rows: two faults and a way back");
  await page.getByText("show lose-europe as a table", { exact: true }).click();
  await page.waitForFunction(() => /in earlier \(outline\)\s+\d+ % home, \d+ % elsewhere, \d+ % failed/.test(document.querySelector("#panel-c .twin")?.innerText.replace(/[\u2009\u00a0]/g, " ") ?? ""));
  await page.evaluate(() => { location.hash += "&align=start"; });
  await page.waitForFunction(() => /after the start/.test(document.querySelector(".instants").innerText));
  await whenDrawn(page);
  const sooner = seconds(await outline(page, "eu-west-1", 1));
  assert.ok(Math.abs(sooner[0] - failed[0] + SOONER) <= 1, `by their starts it lies ${SOONER} s sooner: ${sooner}`);
  await page.locator(".compare h2 button").click();
  await page.waitForSelector(".compare", { state: "detached" });
  await page.waitForFunction(() => document.querySelector(".other-line") === null);
  await whenDrawn(page);
  for (const chart of [0, 1]) assert.deepEqual(await outline(page, "eu-west-1", chart), {}, "nothing is left of it");
  assert.deepEqual(problems, []);
  await close();
});

test("where the cursor stands, both runs tell their numbers of that aligned instant; without charts every outline is in a table", async () => {
  const runs = { day: recorded(gameDay({ mode: "replay" })), earlier: recorded(earlier()) };
  const { page, problems, close } = await open({ runs, beside: { "day earlier": HELD, "earlier day": HELD }, fragment: `#run=day&o=eu-west-1&w=${FAULT - 60}-${FAULT + 60}&cmp=earlier` });
  await drawn(page);
  const says = (wanted, which = 0) => page.waitForFunction(([source, n]) => new RegExp(source).test((document.querySelectorAll(".both")[n]?.innerText ?? "").replace(/[\u2009\u00a0]/g, "")), [wanted, which]);
  await says("From 60.0 s before the fault to 60.0 s after the fault, users in[\\s\\S]*eu-west-1\\s+4\\.\\d %\\s+[89](\\.\\d)? %");
  assert.match(await page.locator(".compare").innerText(), /13:34:00\.0 here is 13:33:30\.0 there, UTC/);
  await page.getByText("show eu-west-1 in both runs as a table").click();
  await says("13:33:58\\s+0 %\\s+0 %\\s+\\d+ ms\\s+\\d+ ms\\s+1\\d\\d\\d\\s+1\\d\\d\\d\\s+\\d+\\s+\\d+\\s+100 %\\s+100 %\\s", 1);
  assert.equal(await page.locator(".both").nth(1).locator("tbody tr").count(), 60);
  const now = "eu-west-1\\s+0 %\\s+100 %\\s+\\d+ ms\\s+–\\s+1\\d\\d\\d\\s+0\\s+\\d+\\s+1\\d\\d\\d\\s+0 %\\s+–";
  await page.evaluate((at) => { location.hash += `&c=${at}`; }, FAULT + 8);
  await says(`At 13:34:08, 8.0 s after the fault[\\s\\S]*${now}`);
  await page.getByText("show every origin of both runs").click();
  await says("us-east-1\\s+0 %\\s+0 %[\\s\\S]*ap-south-1", 1);
  // Seen from the other run it is the same: before stays before.
  await page.evaluate((at) => { location.hash = `#run=earlier&o=eu-west-1&w=30-150&cmp=day&c=${at}`; }, FAULT - SOONER + 8);
  await says(`At 13:33:38, 8.0 s after the fault[\\s\\S]*${now}`);
  assert.match(await page.locator(".compare").innerText(), /The outline on the charts is day, now:/);
  assert.deepEqual(problems, []);
  await close();
});

test("the runs of one plan are a strip from the oldest to the newest, and a table for those who don't see it", async () => {
  const points = [1, 2, 3, 4, 5, 6].map((n) => point(n));
  points[2] = point(3, { verdict: "inconclusive", recovery_us: null, text: "20 s, not trusted" });
  points[4] = point(5, { verdict: "fail", recovery_us: 66e6, text: "66 ± 0.1 s", is_changed: true });
  const runs = Object.fromEntries(points.map(({ run }) => [run, { day: gameDay({ mode: "replay" }), until: 430 }]));
  const trends = [{ plan: "gameday-eu-kill", points, text: "6 runs, recovery time known of 5: 15 s to 66 s, median 18 s", changes: "1 of 2 recovery times changed", changed: ["lose-europe, eu-west-1, reads: changed at run-5 from 17 s to 66 s"] }];
  for (const theme of ["light", "dark"]) {
    const { page, problems, close } = await open({ runs, trends, fragment: "#", theme });
    await page.waitForSelector(".trend svg .place");
    assert.match(await page.locator(".trend figcaption").innerText(), /gameday-eu-kill: 6 runs, recovery time known of 5: 15 s to 66 s, median 18 s/);
    assert.equal(await page.locator(".trend .place").count(), 6);
    assert.match(await page.locator(".trend").innerText(), /Change over the runs: 1 of 2 recovery times changed\s+lose-europe, eu-west-1, reads: changed at run-5 from 17 s to 66 s/);
    const places = await page.locator(".trend .place").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().x));
    const [line, ...others] = await page.locator(".trend .change").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().x));
    assert.ok(places[3] < line && line < places[4] && others.length === 0, `a line stands before the run with which it changed: ${line} of ${places.join()}`);
    assert.equal(await page.locator(".trend .point.hollow").count(), 1, "inconclusive is hollow");
    assert.equal(await page.locator(".trend .place-glyph").count(), 1, "a run that failed has its glyph");
    assert.match(await page.locator(".list tbody tr", { hasText: "run-5" }).innerText(), /66 ± 0\.1 s/);
    await page.getByText("show these runs as a table").click();
    await page.waitForFunction(() => /run-3[\s\S]*20 s, not trusted[\s\S]*INCONCLUSIVE/.test(document.querySelector(".trend table")?.innerText ?? ""));
    assert.match(await page.locator(".trend table tbody tr").nth(4).innerText(), /run-5[\s\S]*FAIL\s+from here on/);
    await keep(page, `runs-${theme}`);
    await page.locator(".trend .place").nth(4).click();
    await page.waitForFunction(() => location.hash.includes("run=run-5"));
    assert.deepEqual(problems, []);
    await close();
  }
});
