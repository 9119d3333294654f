// What is asked for comes into sight, nothing is cut, and no room is left that holds nothing.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { drawn, ended, keep, open } from "./browser.mjs";
import { FAULT, gameDay } from "./fixture.mjs";

after(ended);

/** Whether an element is wholly on the screen, or begins on it where it is taller. */
const isSeen = (selector) => {
  const { top, bottom } = document.querySelector(selector)?.getBoundingClientRect() ?? { top: -1, bottom: -1 };
  return top >= 0 && top < innerHeight && (bottom <= innerHeight + 1 || bottom - top > innerHeight);
};

test("objectives come into sight when they are asked for, during the run and after it", async () => {
  const { page, server, close } = await open({ until: 150, height: 700 });
  await drawn(page);
  await page.keyboard.press("o");
  await page.waitForFunction(isSeen, "#panel-j");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "panel-j");
  await page.keyboard.press("o");
  await page.waitForSelector("#panel-j", { state: "detached" });
  server.push("day", 500);
  await page.waitForSelector("#panel-j");
  await page.evaluate(() => scrollTo(0, 0));
  await page.keyboard.press("o");
  await page.waitForFunction(isSeen, "#panel-j");
  await close();
});

test("the event that a key leads to stands within the list, however many there are", async () => {
  const { page, close } = await open({ until: 500 });
  await drawn(page);
  const seen = new Set();
  for (let n = 0; n < 16; n += 1) {
    await page.keyboard.press("n");
    await page.waitForFunction(() => {
      const list = document.querySelector(".log .scroll").getBoundingClientRect(), row = document.querySelector(".log .near")?.getBoundingClientRect();
      return row !== undefined && row.top >= list.top - 1 && row.bottom <= list.bottom + 1;
    });
    seen.add(await page.locator(".log .near").innerText());
  }
  assert.ok(seen.size > 8, `${seen.size} events were seen`);
  await close();
});

test("at every width the page ends where its last panel does, and no panel stands alone in half a line", async () => {
  const over = gameDay().findLast(([, message]) => message.kind === "state")[1];
  const many = { ...over, objectives: Array.from({ length: 40 }, () => over.objectives[0]) };
  for (const width of [1440, 1000, 900, 360]) {
    const { page, server, close } = await open({ until: 500, width });
    await drawn(page);
    server.say(many);
    await page.waitForFunction(() => document.querySelectorAll("#panel-j tbody tr").length === 40);
    await keep(page, `whole-${width}`, true);
    const { whole, end, sides } = await page.evaluate(() => ({
      whole: document.documentElement.scrollHeight, end: document.querySelector("main").getBoundingClientRect().bottom + scrollY,
      sides: [...document.querySelectorAll("main > section, .lower > section")].map((each) => { const { left, right, top } = each.getBoundingClientRect(); return { id: each.id, left, right, top }; }),
    }));
    assert.ok(whole - end < 2, `${width}: ${whole - end} pixels hold nothing`);
    const edge = Math.max(...sides.map(({ right }) => right));
    for (const { id, right, top } of sides) {
      assert.ok(edge - right < 2 || sides.some((other) => other.left > right && Math.abs(other.top - top) < 2), `${width}: nothing stands to the right of ${id}`);
    }
    await close();
  }
});

test("at 320 pixels the list of runs and two runs side by side are no wider than the page", async () => {
  const replay = gameDay({ mode: "replay" }), runs = { "region-loss-20261123T094942Z": { day: replay, until: 430 }, "region-loss-20261123T093446Z": { day: replay, until: 430 } };
  const [now, before] = Object.keys(runs), row = { name: "recovery time", before: "9.1 ± 0.1 s", now: "17.6 ± 0.1 s", fared: "not-comparable", text: "eu-west-1, reads, lose-europe: what either run says of it can't be trusted" };
  const held = { before, now, aligned_us: [FAULT * 1e6, FAULT * 1e6], text: "1 not comparable", scorecard: [row], rows: [] };
  const { page, close } = await open({ runs, beside: { [`${now} ${before}`]: held }, fragment: "#", width: 320 });
  const isNoWider = () => document.documentElement.scrollWidth === document.documentElement.clientWidth;
  await page.waitForSelector(".list tbody tr");
  assert.ok(await page.evaluate(isNoWider), "the list of runs");
  await page.evaluate(([run, other]) => { location.hash = `#run=${run}&cmp=${other}`; }, [now, before]);
  await page.waitForSelector(".beside tbody tr");
  await page.waitForSelector(".instants tbody tr");
  await keep(page, "compare-320", true);
  assert.ok(await page.evaluate(isNoWider), "the comparison");
  await close();
});

test("on a phone the reasons of objectives are moved sideways, and don't make their rows as high as the screen", async () => {
  const { page, server, close } = await open({ until: 500, width: 360, height: 740 });
  await drawn(page);
  const over = gameDay().findLast(([, message]) => message.kind === "state")[1], reason = "a reason that takes many words to tell ".repeat(8);
  server.say({ ...over, objectives: over.objectives.map((each) => ({ ...each, reason })) });
  await page.waitForFunction(() => /many words/.test(document.querySelector("#panel-j")?.innerText ?? ""));
  const heights = await page.locator("#panel-j tbody tr").evaluateAll((all) => all.map((each) => each.getBoundingClientRect().height));
  assert.ok(Math.max(...heights) < 240, heights.join());
  await close();
});

test("in detail nothing failed only where nothing did: single requests are told later than how many failed", async () => {
  const told = gameDay(), withoutThem = told.filter(([, message]) => message.kind !== "samples");
  for (const [origin, said] of [["eu-west-1", "What failed is not told yet."], ["ap-south-1", "Nothing failed."]]) {
    const { page, close } = await open({ runs: { day: { day: withoutThem, until: FAULT + 8 } }, fragment: `#run=day&o=${origin}&v=detail` });
    await page.waitForFunction((wanted) => [...document.querySelectorAll(".samples")].some((each) => each.innerText.includes(wanted)), said);
    await close();
  }
});

for (const theme of ["light", "dark"]) {
  test(`what the pointer is on can still be read: ${theme}`, async () => {
    const { page, close } = await open({ theme });
    await drawn(page);
    await page.evaluate(readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8"));
    for (const name of ["Stop run…", "Export", "Fault"]) {
      await page.getByRole("button", { name, exact: true }).hover();
      const { violations } = await page.evaluate(() => axe.run(document.querySelector("button:hover"), { runOnly: ["color-contrast"] }));
      assert.deepEqual(violations.flatMap(({ nodes }) => nodes.map(({ html, any }) => `${html}: ${any[0]?.message}`)), []);
    }
    await close();
  });
}

test("before anything failed the grid says so, and what its numbers tell of", async () => {
  const { page, close } = await open({ until: FAULT - 20 });
  await page.waitForFunction(() => /No request failed\./.test(document.querySelector("[data-caption]")?.textContent ?? ""));
  assert.match(await page.locator(".row.titles .name").innerText(), /last 10 s\s+failed\s+p99/);
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => /at 13:33:\d\d\s*failed/.test(document.querySelector(".row.titles .name").innerText));
  await close();
});
