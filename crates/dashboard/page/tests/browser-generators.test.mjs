// Panel H: what each generator told of, as a bar along the run and in words, and the limits beside the values.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawn, ended, keep, open } from "./browser.mjs";
import { GAP } from "./fixture.mjs";

after(ended);

/** How much of a bar's middle line is filled, left to right, in parts of its width: "#" full, "." dots, " " nothing. */
const bars = (page) => page.locator("#panel-h tbody canvas").evaluateAll((canvases) => canvases.map((canvas) => {
  const { width, height } = canvas, { data } = canvas.getContext("2d").getImageData(0, 0, width, height), at = (x, y) => data.slice((y * width + x) * 4, (y * width + x) * 4 + 3).join();
  const ground = at(width - 1, 0);
  return Array.from({ length: width }, (_, x) => {
    const column = Array.from({ length: height - 1 }, (_, y) => at(x, y) !== ground);
    return column.every(Boolean) ? "#" : column.some(Boolean) ? "." : " ";
  }).join("");
}));

test("what a generator did not tell of is dots in its bar, never full and never blank, and is said with its reason", async () => {
  const { page, problems, close } = await open({ until: 290, seconds: 420 });
  await drawn(page);
  await page.keyboard.press("5");
  await page.waitForSelector("#panel-h tbody canvas");
  const [first, , third] = await bars(page), place = (second) => Math.round((second / 420) * first.length);
  assert.match(first, /^#+ +$/, "all that is over is known, and what comes is blank");
  assert.ok(Math.abs(first.lastIndexOf("#") - place(287)) <= 4, `${first.lastIndexOf("#")} of ${first.length}`);
  const hole = third.slice(place(GAP[0]), place(GAP[1]));
  assert.ok(hole.length >= 2 && !hole.includes("#") && hole.includes("."), JSON.stringify(third));
  assert.match(third.slice(0, place(GAP[0])), /^#+$/);
  const rows = await page.locator("#panel-h tbody tr").allInnerTexts();
  assert.match(rows[0], /100 %\s+yes/);
  assert.match(rows[2], /98\.6 %, 6 seconds missing/);
  assert.equal(await page.locator("#panel-h tbody tr").nth(2).locator(".plot").getAttribute("title"), "13:36:10 to 13:36:16: generator g-2 was silent <b>");
  const head = (await page.locator("#panel-h thead").innerText()).replace(/[\u2009\u00a0]/g, " ");
  for (const limit of ["unsent at most 1 %", "at most 50 ms", "silent below 3 s"]) assert.ok(head.includes(limit), head);
  await page.locator("#panel-h").scrollIntoViewIfNeeded();
  await keep(page, "generators", true);
  assert.deepEqual(problems, []);
  await close();
});
