// The same as the charts of the origins, as a table: for whoever can't see them, and for copying.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { count, duration, share, together } from "../number";
import type { Page } from "../page";
import { outOf, stretch } from "../store/stretch";

/** How many lines a table has at most. */
const LINES = 60;

/** What the rows of the grid show, in a sentence. */
export function caption(page: Page): string {
  const plan = page.store.plan!, { from, to } = page.window, bands = page.bands;
  const said = bands.filter((band) => band.from < to && band.to > from).map((band) => (
    `${page.faultName(band.fault)} from ${page.time(band.from * 1e6)} to ${page.time(band.to * 1e6)}`));
  const sums = plan.populations.map((_, n) => ({ n, sum: failedOf(page, n) }));
  const worst = sums.sort((one, two) => two.sum.failed / Math.max(1, outOf(two.sum)) - one.sum.failed / Math.max(1, outOf(one.sum)))[0];
  const bad = worst !== undefined && worst.sum.failed > 0
    ? ` Most failed for ${page.nameOf(worst.n)}: ${share(worst.sum.failed, outOf(worst.sum))} (${count(worst.sum.failed)} requests).`
    : sums.some(({ sum }) => outOf(sum) > 0) ? " No request failed." : " No request is known of.";
  return `${page.time(from * 1e6)} to ${page.time(Math.min(to, page.now) * 1e6)} ${page.clockName}, ${said.length === 0 ? "no fault" : said.join("; ")}.${bad}`;
}

/** What failed in the window: out of columns that are made already, for this is said every second. */
function failedOf(page: Page, population: number): { sent: number, ok: number, failed: number } {
  const columns = page.columns(population), sum = { sent: 0, ok: 0, failed: 0 };
  for (let n = 0; n < columns.length; n += 1) {
    sum.sent += columns.sent[n]!;
    sum.ok += columns.ok[n]!;
    sum.failed += columns.failed[n]!;
  }
  return sum;
}

export function Twin({ page }: { page: Page }) {
  const plan = page.store.plan!, focus = page.focus;
  const gaps = page.store.gaps.filter((gap) => gap.from < page.window.to && (gap.to ?? Infinity) > page.window.from);
  return (
    <>
      <p class="foot" data-caption="grid">{together(caption(page))}{gaps.map((gap) => (
        ` Nothing is known of ${gap.populations.map((each) => page.nameOf(each)).join(", ")} from ${page.time(gap.from * 1e6)} to ${gap.to === null ? "now" : page.time(gap.to * 1e6)}: ${gap.why}.`
      )).join("")}{doubted(page).join("")}</p>
      <Unfolded title={`show ${page.nameOf(focus)} as a table`}>{() => <Lines page={page} population={focus} regions={plan.regions.length} />}</Unfolded>
    </>
  );
}

/** Whose numbers are hatched in the window, said once for all who share seconds and reason. */
function doubted(page: Page): string[] {
  const { from, to } = page.window, said = new Map<string, string[]>();
  page.store.plan!.populations.forEach(({ name }, n) => {
    for (const doubt of page.doubtsOf([n]).filter((each) => each.from < to && each.to > from)) {
      const until = doubt.isOver ? page.time(doubt.to * 1e6) : "now", text = `from ${page.time(doubt.from * 1e6)} to ${until}: ${doubt.why}`;
      said.set(text, [...(said.get(text) ?? []), name]);
    }
  });
  return [...said].map(([text, names]) => ` Not to be trusted: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}, ${text}.`);
}

function Lines({ page, population, regions }: { page: Page, population: number, regions: number }) {
  const { from, to } = page.window, step = Math.max(page.window.step, Math.ceil((to - from) / LINES));
  const home = page.homeOf(population), octave = page.store.plan!.bins_per_octave;
  const starts: number[] = [];
  for (let at = from; at < Math.min(to, page.now); at += step) starts.push(at);
  return (
    <table class="twin">
      <thead><tr><th>time</th><th class="right">sent</th><th class="right">at home</th><th class="right">elsewhere</th><th class="right">failed</th><th class="right">p50</th><th class="right">p99</th></tr></thead>
      <tbody>
        {starts.map((at) => {
          const sum = stretch(page.store.series[population]!, at, at + step, regions, octave);
          const atHome = home === null ? sum.ok : sum.served[home] ?? 0;
          return sum.seconds === 0
            ? <tr key={at}><td class="number">{page.time(at * 1e6)}</td><td colSpan={6} class="quiet">nothing known</td></tr>
            : <tr key={at}><td class="number">{page.time(at * 1e6)}</td>{[count(sum.sent), count(atHome), count(sum.ok - atHome), count(sum.failed), sum.samples > 0 ? duration(sum.p50) : "–", sum.samples >= 100 ? duration(sum.p99) : "–"].map((text, n) => <td key={n} class="right number">{text}</td>)}</tr>;
        })}
      </tbody>
    </table>
  );
}

/** Something that is made only when it is asked for. */
export function Unfolded({ title, children }: { title: string, children: () => ComponentChildren }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details class="unfolded" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && <div class="scroll" tabIndex={0} role="region" aria-label={title}>{children()}</div>}
    </details>
  );
}
