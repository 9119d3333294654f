// The page in a report. The report stays what it is, complete without scripts; this offers to explore the same run, and the way back.
// Each view has its own style sheet, so that neither has to know of the other.

import { boot } from "./boot";
import type { Page } from "./page";
import type { Message } from "./wire";

/** Reads the messages of a document; fails when there are none or they can't be unpacked. */
export async function readMessages(document: Document): Promise<Message[]> {
  const text = document.getElementById("messages")?.textContent?.trim() ?? "";
  if (text === "") throw new Error("this file has no messages");
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const lines = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  return lines.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Message);
}

/** A report and the page in it, one of which is seen. */
export class File {
  private page: Page | null = null;
  private readonly host: HTMLElement;
  private readonly own: HTMLStyleElement;
  private readonly reports: HTMLStyleElement;
  private readonly title: string;

  constructor(private readonly document: Document) {
    const [reports, own] = document.querySelectorAll("style");
    const host = document.getElementById("page");
    if (reports === undefined || own === undefined || host === null) throw new Error("this is no report");
    [this.reports, this.own, this.host, this.title] = [reports, own, host, document.title];
    this.offer();
    // An address with a choice in it is one that was copied from the page; the report's own are names.
    if (location.hash.includes("=")) void this.explore();
    addEventListener("beforeprint", () => this.show(false));
    addEventListener("hashchange", () => { if (location.hash.length > 1 && !location.hash.includes("=")) this.leave(); });
  }

  /** Shows the run on one time axis. What can't be shown is said, and the report stays. */
  async explore(): Promise<void> {
    if (this.page === null) {
      try {
        const messages = await readMessages(this.document);
        this.host.replaceChildren();
        this.show(true);
        this.page = boot(this.document, messages);
        this.page.leave = () => this.leave();
      } catch (error) {
        this.show(false);
        const why = error instanceof Error ? error.message : "unknown";
        this.host.textContent = `The run can't be explored here (${why}). The report below is complete without it.`;
        return;
      }
    }
    this.show(true);
    this.page.isAway = false;
    this.page.touch();
  }

  /** Shows the report again. */
  leave(): void {
    if (this.page !== null) this.page.isAway = true;
    this.show(false);
    this.document.title = this.title;
    if (location.hash.includes("=")) history.replaceState(null, "", location.href.split("#")[0]);
    scrollTo(0, 0);
  }

  private show(isExplored: boolean): void {
    this.own.media = isExplored ? "all" : "not all";
    this.reports.media = isExplored ? "not all" : "all";
    this.document.documentElement.classList.toggle("is-explored", isExplored);
  }

  private offer(): void {
    const button = this.document.createElement("button");
    button.type = "button";
    button.className = "explore";
    button.textContent = "Explore this run: every population on one time axis";
    button.addEventListener("click", () => void this.explore());
    const way = this.document.createElement("p");
    way.className = "explore";
    way.append(button);
    this.host.before(way);
  }
}
