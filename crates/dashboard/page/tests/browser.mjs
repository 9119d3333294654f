// A browser, and a page that is open on the fixture.

import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { gameDay } from "./fixture.mjs";
import { serve } from "./serve.mjs";

/** How long a condition may take to come true, in milliseconds. */
export const BOUND = 60_000;

let browser = null;
const servers = new Set();

/** One browser for all tests. */
export async function started() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  return browser;
}

/** Ends everything, also what a test that failed has left behind: else nobody would hear of it. */
export async function ended() {
  await browser?.close();
  browser = null;
  servers.forEach((server) => server.close());
  servers.clear();
}

/**
 * A page on a day: `until` seconds of it have passed. Gives {page, server, problems, close}. With `clock` the page's time can
 * be stopped by `page.clock`.
 */
export async function open({ clock = false, regions = 3, seconds = 420, until = 150, theme = "light", width = 1440, height = 900, fragment = "", role, mode, reduced = false, runs, trends, beside, forced = "none" } = {}) {
  const day = gameDay({ regions, seconds, role, mode });
  const server = await serve({ runs: runs ?? { day: { day, until } }, trends, beside });
  servers.add(server);
  const page = await (await started()).newPage({
    viewport: { width, height }, colorScheme: theme, reducedMotion: reduced ? "reduce" : "no-preference", forcedColors: forced,
  });
  page.setDefaultTimeout(BOUND);
  const problems = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });
  if (clock) await page.clock.install();
  await page.goto(`http://127.0.0.1:${server.port}/${fragment === "" && !runs ? "#run=day" : fragment}`);
  return { page, server, problems, close: async () => { await page.close(); server.close(); servers.delete(server); } };
}

/** Waits until the rows of all regions are drawn from the history. */
export async function drawn(page, regions = 3) {
  await page.waitForFunction((wanted) => {
    const rows = [...document.querySelectorAll(".rows [data-population]")];
    return rows.length === wanted && rows.every((row) => /%/.test(row.textContent)) && /Most failed for/.test(document.querySelector("[data-caption]").textContent);
  }, regions);
}

/** Waits until what was sent last is shown: the head says how far the run is. */
export async function shownUntil(page, second) {
  const hours = Math.floor(second / 3600), minutes = Math.floor(second / 60) % 60, two = (value) => String(value).padStart(2, "0");
  const time = `T+${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(second % 60)}`;
  await page.waitForFunction((wanted) => document.querySelector(".head")?.textContent.includes(wanted) && document.querySelector(".plots canvas") !== null, time);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Keeps a picture when a folder for pictures is named. */
export async function keep(page, name, fullPage = false) {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage });
}

/** All text of the page that somebody can read, without tables that are still folded. */
export const text = (page) => page.evaluate(() => document.body.innerText.replace(/[\u2009\u00a0]/g, " "));
