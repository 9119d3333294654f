// What can be taken along: words as Markdown, numbers as CSV. Times are always UTC and since the start.

import { clockTime, day, runTime, significant } from "./number";
import type { Page } from "./page";
import { outOf } from "./store/stretch";
import { numbersIn } from "./panels/grid";
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

/** The head of the numbers: each with its unit. */
export const HEAD = [
  "UTC", "since start (s)", "length (s)", "origin", "state of knowledge", "due (requests)", "sent (requests)", "at home (requests)", "elsewhere (requests)",
  "failed (requests)", "failed (% of sent)", "p50 of successes (ms)", "p99 of successes (ms)", "in flight at most (requests)",
] as const;

/** The columns that the charts show, of every origin that is listed: one line each. What nothing is known of stays empty. */
export function numbers(page: Page): string {
  const { from, to, step } = page.window, lines: string[] = [HEAD.map(quoted).join(",")];
  for (const population of page.rows) {
    const columns = page.columns(population), first = page.expected.from;
    for (let at = from; at < Math.min(to, page.expected.to); at += step) {
      if (at + step <= first) continue;
      const n = (at - from) / step, known = n < columns.length ? columns.seconds[n]! : 0;
      const front = [clockTime(at * 1e6, page.startedUnixUs, "utc"), String(at), String(step), page.nameOf(population)];
      if (known === 0) {
        lines.push([...front, "nothing known", ...Array.from({ length: HEAD.length - 5 }, () => "")].map(quoted).join(","));
        continue;
      }
      const sum = numbersIn(page, population, at, at + step);
      const is = known < Math.min(step, page.expected.to - at) ? `${known} s known` : at + step > page.final ? "may still change" : "final";
      const whole = (value: number) => String(Math.round(value)), few = (us: number, least: number) => (sum.samples >= least ? plain(us / 1e3) : "");
      lines.push([
        ...front, is, whole(columns.due[n]!), whole(sum.sent), whole(columns.home[n]!), whole(sum.ok - columns.home[n]!), whole(sum.failed),
        outOf(sum) > 0 ? plain((sum.failed / outOf(sum)) * 100) : "", few(sum.p50, 2), few(sum.p99, 100), whole(columns.inFlight[n]!),
      ].map(quoted).join(","));
    }
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** Three significant digits, as on the screen, but as programs read them. */
function plain(value: number): string {
  return significant(value).replace(/\u2009/g, "");
}

/** A cell. What a spreadsheet would take for a formula is marked as text. */
function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, "\"\"")}"` : safe;
}

/** Hands a file to whoever looks. */
export function download(page: Page, name: string, type: string, content: BlobPart): void {
  const address = URL.createObjectURL(new Blob([content], { type })), link = document.createElement("a");
  const stem = `${page.store.plan?.name ?? "landfall"}-${name}`.replace(/[^\w.-]+/g, "-");
  link.href = address;
  link.download = stem;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  // Some browsers read it only after the click.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
