// Panel I: what happened, in order.

import { useEffect, useRef, useState } from "preact/hooks";
import { clockTime, runTime, together } from "../number";
import type { Page } from "../page";
import type { LogLine } from "../wire";

/** How many lines are shown at most. */
const SHOWN = 300;

/** The lines that the filter finds. */
export function foundLines(page: Page): LogLine[] {
  const wanted = page.view.filter.trim().toLowerCase();
  const all = page.store.log;
  if (wanted === "" || wanted.startsWith("state:")) return all;
  const found = all.filter((line) => `${line.tag} ${line.text} ${line.source}`.toLowerCase().includes(wanted.replace(/\*$/, "")));
  return found.length > 0 ? found : all;
}

/** The log for a document: always in UTC and since the start. */
export function asMarkdown(page: Page, lines: readonly LogLine[]): string {
  const cell = (text: string) => text.replace(/\|/g, "\\|").replace(/\n/g, " ");
  return ["| UTC | run | event | what | source |", "|---|---|---|---|---|", ...lines.map((line) => (
    `| ${clockTime(line.at_us, page.startedUnixUs, "utc", true)} | ${runTime(line.at_us, true)} | ${cell(line.tag)} | ${cell(line.text)} | ${cell(line.source)} |`
  ))].join("\n");
}

export function Log({ page }: { page: Page }) {
  const list = useRef<HTMLDivElement>(null);
  const [isEnd, setIsEnd] = useState(true);
  const lines = foundLines(page), shown = lines.slice(-SHOWN), last = shown.at(-1)?.id;
  const cursor = page.view.cursor;
  const near = cursor === null ? undefined : shown.findLast((line) => line.at_us < (cursor + page.window.step) * 1e6);
  useEffect(() => {
    const element = list.current;
    if (element !== null && isEnd && cursor === null) element.scrollTop = element.scrollHeight;
  }, [last, isEnd, cursor]);
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>(".near");
    if (row !== null && row !== undefined && list.current !== null && cursor !== null) {
      list.current.scrollTop = row.offsetTop - (list.current.clientHeight - row.offsetHeight) / 2;
    }
  }, [near?.id]);
  const scrolled = (event: Event) => {
    const element = event.currentTarget as HTMLElement;
    setIsEnd(element.scrollHeight - element.scrollTop - element.clientHeight < 24);
  };
  return (
    <section class="panel log" id="panel-i" aria-labelledby="title-i" tabIndex={-1}>
      <h2 id="title-i">Events <span class="quiet">{lines.length} · {page.clockName}</span>
        <span class="spring" />
        <button type="button" onClick={() => void navigator.clipboard?.writeText(asMarkdown(page, lines))}>Copy</button>
      </h2>
      {lines.length > SHOWN && <p class="foot">The last {SHOWN} of {lines.length}; the filter finds the others.</p>}
      <div class="scroll" ref={list} onScroll={scrolled} tabIndex={0} role="region" aria-label="events in order">
        <table>
          <tbody>
            {shown.map((line) => (
              <tr key={line.id} class={line.id === near?.id ? "near" : ""} onClick={() => page.set({ cursor: Math.floor(line.at_us / 1e6), pins: [Math.floor(line.at_us / 1e6)] })}>
                <td class="number time">{page.time(line.at_us, true)}</td>
                <td class={`tag-small tag-${line.tag}`}>{line.tag}</td>
                <td class="text">{together(line.text)} <span class="quiet">{line.source}</span></td>
              </tr>
            ))}
          </tbody>
        </table>
        {shown.length === 0 && <p class="quiet">Nothing yet.</p>}
      </div>
    </section>
  );
}
