// Panel E: how many requests are under way, as a lane of its own in rows that have room for it; and that scales are said.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawn, ended, keep, open } from "./browser.mjs";
import { FAULT } from "./fixture.mjs";

after(ended);

/** How tall the lane under the failed share stands at a second of the window 100 to 200, in pixels. */
const tall = (page, population, second) => page.evaluate(([row, at]) => {
  const canvas = document.querySelector(`.rows [data-population="${row}"] canvas`), chart = (canvas.width - 28) / 3;
  const x = Math.floor(chart + 14 + ((at + 0.5 - 100) / 100) * chart), { data } = canvas.getContext("2d").getImageData(x, canvas.height - 15, 1, 15);
  return Array.from({ length: 15 }, (_, y) => data.slice(y * 4, y * 4 + 3).join()).filter((colour) => colour === "65,73,83").length;
}, [population, second]);

const titles = async (page) => (await page.locator(".row.titles").innerText()).replace(/[\u2009\u00a0]/g, " ");

test("tall rows have a lane of requests under way, and the header says by which scale", async () => {
  const { page, problems, close } = await open({ until: 210, fragment: "#run=day&w=100-200" });
  await drawn(page);
  assert.match(await titles(page), /traffic by server, req\/s · own scale/);
  assert.match(await titles(page), /below: in flight, own scale/);
  assert.ok(await tall(page, 0, FAULT + 5) >= 13, "who times out holds the most");
  assert.equal(await tall(page, 0, FAULT - 10), 1, "in calm there are few");
  assert.ok(await tall(page, 2, FAULT - 10) >= 10, "others have a scale of their own");
  await keep(page, "saturation");
  await page.keyboard.press("y");
  await page.waitForFunction(() => /below: in flight, 0–\d/.test(document.querySelector(".row.titles").innerText));
  assert.match(await titles(page), /traffic by server, req\/s · 0–1 \d\d\d/);
  assert.equal(await tall(page, 2, FAULT - 10), 1, "by the common scale they are few");
  assert.deepEqual(problems, []);
  await close();
});

test("rows that are low have none, and say nothing of it", async () => {
  const { page, close } = await open({ regions: 8, until: 150 });
  await drawn(page, 8);
  assert.doesNotMatch(await titles(page), /in flight/);
  assert.match(await titles(page), /failed, % of sent · 0–100\s/);
  await close();
});
