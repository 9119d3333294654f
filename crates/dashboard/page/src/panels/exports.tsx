// What can be taken along: a list, from which each thing is one click.

import { useEffect, useRef, useState } from "preact/hooks";
import { download, numbers, summary } from "../export";
import type { Page } from "../page";
import { drawingOf, pictureOf } from "../picture";

export function Exports({ page }: { page: Page }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [done, setDone] = useState("");
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => page.set({ exports: false });
  const told = (work: Promise<string>) => {
    work.then(setDone, (error: unknown) => setDone(`It did not work: ${error instanceof Error ? error.message : "unknown"}.`));
  };
  const span = `${page.time(page.window.from * 1e6)} – ${page.time(Math.min(page.window.to, page.now) * 1e6)} ${page.clockName}`;
  return (
    <dialog ref={dialog} class="exports" onClose={close} aria-labelledby="title-exports">
      <h2 id="title-exports">Take along <span class="quiet number">{span}</span><span class="spring" /><button type="button" onClick={close}>Close</button></h2>
      <table><tbody>
        <tr><td><button type="button" onClick={() => told(copied(location.href))}>Copy link</button></td><td>this view: origin, window, cursor; without a token</td></tr>
        <tr><td><button type="button" onClick={() => told(copied(summary(page)))}>Copy as Markdown</button></td><td>the sentence, the scorecard and all events</td></tr>
        <tr><td><button type="button" onClick={() => told(saved(page, "summary.md", "text/markdown", summary(page)))}>Markdown</button></td><td>the same, as a file</td></tr>
        <tr><td><button type="button" onClick={() => told(saved(page, "seconds.csv", "text/csv", numbers(page)))}>CSV</button></td><td>the numbers of the charts, column by column, of every origin that is listed</td></tr>
        <tr><td><button type="button" onClick={() => told(picture(page))}>PNG</button></td><td>the charts of the origins, with their numbers</td></tr>
        <tr><td><button type="button" onClick={() => told(drawing(page))}>SVG</button></td><td>the time lines of the faults</td></tr>
      </tbody></table>
      <p role="status">{done}</p>
    </dialog>
  );
}

async function copied(text: string): Promise<string> {
  if (navigator.clipboard === undefined) throw new Error("this address has no clipboard");
  await navigator.clipboard.writeText(text);
  return "It is on the clipboard.";
}

async function saved(page: Page, name: string, type: string, content: BlobPart): Promise<string> {
  download(page, name, type, content);
  return `${name} is made.`;
}

async function picture(page: Page): Promise<string> {
  const panel = document.querySelector<HTMLElement>("#panel-e");
  if (panel === null) throw new Error("no charts are shown");
  return saved(page, "origins.png", "image/png", await pictureOf(panel));
}

async function drawing(page: Page): Promise<string> {
  const figures = [...document.querySelectorAll<HTMLElement>(".timeline-row")].flatMap((figure) => {
    const svg = figure.querySelector("svg"), title = figure.querySelector("figcaption")?.innerText.replace(/\s+/g, " ") ?? "";
    return svg === null ? [] : [{ title: `${page.nameOf(page.focus)}: ${title}`, svg }];
  });
  if (figures.length === 0) throw new Error("nothing was broken yet");
  return saved(page, "timeline.svg", "image/svg+xml", drawingOf(figures));
}
