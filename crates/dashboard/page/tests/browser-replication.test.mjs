// Panel G: how old what one region acknowledged is in another, for the pairs of regions that matter.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawn, ended, keep, open } from "./browser.mjs";

after(ended);

const rows = async (page) => (await page.locator("#panel-g tbody tr").allInnerTexts()).map((row) => row.replace(/[\u2009\u00a0]/g, " ").replace(/\s+/g, " ").trim());

test("lag is told by pair, the worst first: written where the fault was, read where its users went", async () => {
  const { page, problems, close } = await open({ until: 160 });
  await drawn(page);
  await page.waitForSelector("#panel-g tbody tr");
  const all = await rows(page);
  assert.equal(all.length, 9);
  assert.match(all[0], /^eu-west-1 → ap-south-1 none 2\.28 s \d/);
  assert.match(all[1], /^eu-west-1 → us-east-1 none 2\.28 s \d/);
  assert.ok(all.slice(2).every((row) => / none none 0 %$/.test(row)), JSON.stringify(all));
  assert.match(all.at(-1), /^(\S+) → \1 /, "who reads at home comes last");
  await page.evaluate(() => { location.hash = "#run=day&c=130"; });
  await page.waitForFunction(() => /\s1\.2 s\s/.test(document.querySelector("#panel-g tbody tr").innerText));
  await keep(page, "replication-3", true);
  assert.deepEqual(problems, []);
  await close();
});

test("of twenty regions the worst eight pairs are shown, and the others when they are asked for", async () => {
  const { page, problems, close } = await open({ regions: 20, until: 160 });
  await drawn(page, 20);
  await page.waitForSelector("#panel-g tbody tr");
  const worst = await rows(page);
  assert.equal(worst.length, 8);
  assert.equal(worst.filter((row) => /none none 0 %$/.test(row)).length, 3);
  assert.deepEqual(worst.slice(0, 5).map((row) => /^eu-west-1 → (\S+) none 2\.2[89] s/.exec(row)?.[1]).toSorted(), ["ap-northeast-1", "ap-south-1", "eu-central-1", "us-east-1", "us-west-2"]);
  await page.getByRole("button", { name: "10 more" }).click();
  await page.waitForFunction(() => document.querySelectorAll("#panel-g tbody tr").length === 18);
  await page.getByRole("button", { name: "Worst 8" }).click();
  await page.waitForFunction(() => document.querySelectorAll("#panel-g tbody tr").length === 8);
  await keep(page, "replication-20", true);
  assert.deepEqual(problems, []);
  await close();
});
