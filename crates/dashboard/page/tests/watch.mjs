// Looks at a run of the real program in a browser, from its beginning to its verdict, as somebody on a bridge call does.
//
// node watch.mjs ADDRESS → one line of JSON: what the strip said, one after the other, the marks, and what went wrong in the page.
// Pictures of the moments that count are kept in the folder SCREENSHOTS.

import { ended, keep, started } from "./browser.mjs";

/** A run of a minute may take several on a busy machine. */
const BOUND = 240_000;

const page = await (await started()).newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
page.setDefaultTimeout(BOUND);
const problems = [];
page.on("pageerror", (error) => problems.push(error.message));
page.on("console", (message) => { if (message.type() === "error") problems.push(message.text()); });
try {
  await page.goto(process.argv[2]);
  // The only run is opened by itself.
  await page.waitForSelector("#panel-a .tag");
  await page.evaluate(() => {
    window.seen = [];
    const look = () => {
      const word = document.querySelector("#panel-a .tag-word")?.textContent ?? "", last = window.seen.at(-1);
      if (word === "" || last?.word === word) return;
      window.seen.push({ word, sentence: document.querySelector("#panel-a .sentence")?.textContent ?? "", at: document.querySelector(".head .number")?.textContent ?? "" });
    };
    new MutationObserver(look).observe(document.getElementById("page"), { subtree: true, childList: true, characterData: true });
    look();
  });
  // A run on a busy machine may come to its end without one of these moments: then that is seen.
  const isOver = () => page.evaluate(() => /^(PASS|FAIL|INCONCLUSIVE)$/.test(window.seen.at(-1)?.word));
  const moment = async (name, words) => {
    await page.waitForFunction((wanted) => {
      const last = window.seen.at(-1)?.word, flags = [...document.querySelectorAll(".flag-text")].map((each) => each.textContent).join();
      return /^(PASS|FAIL|INCONCLUSIVE)$/.test(last) || window.seen.some(({ word }) => word === wanted) || flags.includes(wanted);
    }, words);
    if (!await isOver()) await keep(page, name);
  };
  await moment("run-down", "down");
  await moment("run-rerouted", "first elsewhere");
  await moment("run-recovered", "recovered");
  await page.waitForFunction(() => /^(PASS|FAIL|INCONCLUSIVE)$/.test(window.seen.at(-1)?.word) && /the run is over/.test(document.querySelector(".head").textContent));
  await keep(page, "run-verdict", true);
  const told = await page.evaluate(() => ({
    seen: window.seen, line: document.querySelector("#panel-a .second").textContent,
    marks: [...document.querySelectorAll(".flag-text")].map((each) => ({ name: each.childNodes[1].textContent.trim() + each.childNodes[2].textContent, said: each.title })),
  }));
  console.log(JSON.stringify({ ...told, problems }));
} finally {
  await ended();
}
