// What can be taken along, and notices: in a real browser, from the live page and from a report.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { BOUND, drawn, ended, open, shownUntil, started } from "./browser.mjs";
import { FAULT, GAP, gameDay } from "./fixture.mjs";

after(ended);

/** The file that a button of the list makes. */
async function taken(page, name) {
  await page.keyboard.press("x");
  const coming = page.waitForEvent("download");
  await page.locator("dialog.exports").getByRole("button", { name, exact: true }).click();
  const file = await coming, content = readFileSync(await file.path());
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog.exports", { state: "detached" });
  return { name: file.suggestedFilename(), content };
}

const lines = (csv) => csv.toString().trimEnd().split("\r\n").map((line) => [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, cell]) => cell).slice(0, 14));

/** Every file has what is on the screen. */
async function isWhole(page) {
  const csv = await taken(page, "CSV"), [head, ...rows] = lines(csv.content);
  assert.equal(csv.name, "gameday-eu-kill-seconds.csv");
  assert.deepEqual(head.filter((each) => !/^(UTC|origin|state of knowledge)$/.test(each) && !/\((s|requests|% of sent|ms)\)$/.test(each)), [], "every number has its unit");
  const at = (second, origin) => rows.find((row) => row[1] === String(second) && row[3] === origin);
  const bad = at(FAULT + 5, "eu-west-1"), due = Number(bad[5]);
  assert.deepEqual([bad[0], bad[2], bad[4], bad[7], bad[8], bad[9], bad[10]], ["13:34:05", "1", "final", "0", "0", String(due), "100"]);
  assert.ok(due > 0 && bad[11] === "", "no success, so no response time");
  assert.ok(Number(at(FAULT + 30, "eu-west-1")[12]) > 0);

  const png = await taken(page, "PNG");
  assert.equal(png.content.subarray(1, 4).toString(), "PNG");
  const seen = await page.evaluate(() => document.querySelector("#panel-e").getBoundingClientRect().width);
  assert.equal(png.content.readUInt32BE(16), Math.ceil(seen * 2));
  assert.ok(png.content.length > 10_000, `${png.content.length} bytes are no picture of it`);

  const svg = (await taken(page, "SVG")).content.toString();
  assert.match(svg, /^<svg[^>]+xmlns="http:\/\/www.w3.org\/2000\/svg"/);
  assert.match(svg, /lose-europe[^<]*detected 6\.1 s/);
  assert.doesNotMatch(svg, /class=|style=|<script/);
  assert.match(svg, /fill="url\(#/);

  const words = (await taken(page, "Markdown")).content.toString();
  assert.match(words, /\| recovery time \| 17\.6 ± 0\.1 s \| 60 s \| kept \|/);
  return { png, svg };
}

test("the link that is copied opens the same view, and holds no token", async () => {
  const { page, close } = await open({ fragment: `#run=day&o=ap-south-1&c=${FAULT}&token=secret` });
  await drawn(page);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.keyboard.press("x");
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("It is on the clipboard.").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, new RegExp(`^http://127\\.0\\.0\\.1:\\d+/#run=day&o=ap-south-1&c=${FAULT}$`));
  await close();
});

function kept(files) {
  if (!process.env.SCREENSHOTS) return;
  writeFileSync(`${process.env.SCREENSHOTS}/export.png`, files.png.content);
  writeFileSync(`${process.env.SCREENSHOTS}/export.svg`, files.svg);
}

test("pictures, numbers and words of what is shown can be taken along", async () => {
  const { page, problems, close } = await open({ until: 290 });
  await drawn(page);
  kept(await isWhole(page));
  const [, ...rows] = lines((await taken(page, "CSV")).content), gap = rows.filter((row) => row[3] === "ap-south-1" && row[4] === "nothing known");
  assert.deepEqual(gap.map((row) => Number(row[1])), Array.from({ length: GAP[1] - GAP[0] }, (_, n) => GAP[0] + n), "a gap is told, and is no zero");
  assert.ok(gap.every((row) => row.slice(5).every((cell) => cell === "")));
  assert.deepEqual(problems, []);
  await close();
});

test("from a report, too, under its own policy and without any request", async () => {
  const built = (name) => readFileSync(fileURLToPath(new URL(`../dist-report/${name}`, import.meta.url)), "utf8");
  const day = gameDay({ mode: "file", role: "view" }), hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = `default-src 'none'; style-src ${hash("")} ${hash(built("report.css"))}; script-src ${hash(built("report.js"))}; base-uri 'none'; form-action 'none'`;
  const events = gzipSync(day.map(([, message]) => JSON.stringify(message)).join("\n")).toString("base64");
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}"><title>r</title><style></style><style media="not all">${built("report.css")}</style><div id="page"></div>`
    + `<main>what is there without scripts</main><script type="application/octet-stream;base64" id="messages">${events}</script><script>${built("report.js")}</script></html>`;
  const folder = mkdtempSync(join(tmpdir(), "landfall-report-")), file = join(folder, "report.html");
  writeFileSync(file, html);
  const context = await (await started()).newContext({ offline: true, viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  const page = await context.newPage(), asked = [], problems = [];
  page.setDefaultTimeout(BOUND);
  page.on("request", (request) => { if (!request.url().startsWith("blob:")) asked.push(request.url()); });
  page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });
  await page.goto(`file://${file}`);
  await page.getByRole("button", { name: "Explore this run" }).click();
  await drawn(page);
  await isWhole(page);
  assert.deepEqual(asked, [`file://${file}`]);
  assert.deepEqual(problems, []);
  await context.close();
  rmSync(folder, { recursive: true });
});

test("a notice is given only to whoever asked, when somebody goes down, and when it is over", async () => {
  for (const isAsked of [false, true]) {
    const { page, server, close } = await open({ until: 110 });
    await shownUntil(page, 110);
    await page.evaluate(() => {
      window.notices = [];
      window.Notification = class {
        constructor(title, { body }) { window.notices.push(`${title}: ${body}`); }
        static requestPermission() { return Promise.resolve("granted"); }
      };
    });
    if (isAsked) {
      await page.getByRole("button", { name: "Notify" }).click();
      await page.waitForFunction(() => [...document.querySelectorAll("button[aria-pressed=true]")].some((each) => each.textContent === "Notify"));
    }
    for (let second = 114; second <= 206; second += 4) {
      server.push("day", second);
      await shownUntil(page, second);
    }
    const notices = await page.evaluate(() => window.notices);
    assert.equal(notices.length, isAsked ? 2 : 0, JSON.stringify(notices));
    if (isAsked) {
      assert.match(notices[0], /^gameday-eu-kill: eu-west-1 users are DOWN/);
      assert.match(notices[1], /^gameday-eu-kill: eu-west-1 users were affected for 17\.6 s/);
    }
    await close();
  }
});
