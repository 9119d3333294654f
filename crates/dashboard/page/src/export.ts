// What the run came to, as Markdown: for a ticket or a chat. Times are always UTC and since the start.

import type { Page } from "./page";
import { clockTime, day, runTime } from "./number";
import { OUTCOMES } from "./words";

/** The sentence, the scorecard and the log. */
export function summary(page: Page): string {
  const { state, plan, end, log } = page.store;
  const cell = (text: string) => text.replace(/\|/g, "\\|").replace(/\n/g, " ");
  return [
    `## ${plan?.name ?? ""} (${day(page.startedUnixUs)})`, "", end === null ? "" : `**${end.verdict_line}**`, state?.sentence ?? "",
    state?.second_line ?? "", "", "| promise | measured | limit | |", "|---|---|---|---|",
    ...(state?.score ?? []).map((row) => `| ${cell(row.name)} | ${cell(row.value)} | ${cell(row.limit)} | ${OUTCOMES[row.outcome].word} |`),
    "", "| UTC | run | event | what |", "|---|---|---|---|",
    ...log.map((line) => `| ${clockTime(line.at_us, page.startedUnixUs, "utc", true)} | ${runTime(line.at_us, true)} | ${cell(line.tag)} | ${cell(line.text)} |`),
  ].join("\n");
}
