// The pictures of the guide: the page on game days, during and after the fault, in both themes.
//
// node tests/pictures.mjs OUT 3.ndjson 20.ndjson      (files as `cargo run -p dashboard --example game_day` writes them)

import { readFileSync, statSync } from "node:fs";
import { basename } from "node:path";
import { drawn, ended, open } from "./browser.mjs";

/** A day out of a file: [[instant in µs, message], …], as it was live. */
function day(file, mode) {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
  return lines.map(({ at_us, message }) => [at_us, message.kind === "hello" ? { ...message, mode, role: "operate" } : message]);
}

const [out, ...files] = process.argv.slice(2);
for (const file of files) {
  const whole = day(file, "live"), { populations } = whole.find(([, message]) => message.kind === "plan")[1];
  const fault = whole.find(([, message]) => message.kind === "mark" && message.mark === "active")[1].at_us / 1e6;
  for (const [when, until] of [["during", fault + 12], ["after", Infinity]]) {
    for (const theme of ["light", "dark"]) {
      const name = basename(file, ".ndjson"), { page, close } = await open({ runs: { [name]: { day: whole, until } }, fragment: `#run=${name}`, theme, width: 1280, height: populations.length > 8 ? 1000 : 800 });
      await drawn(page, populations.length);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      const path = `${out}/page-${populations.length}-${when}-${theme}.png`;
      await page.screenshot({ path });
      console.log(`${path} ${statSync(path).size} bytes`);
      await close();
    }
  }
}
await ended();
