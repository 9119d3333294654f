// A notice of the browser, for whoever asked for it and looks elsewhere: that somebody is down, and that all are well again.

import type { Page } from "./page";
import type { Headline } from "./wire";

/** Whether this browser has notices, and shows them for this page: only at a safe address, as loopback is one. */
export function canNotify(): boolean {
  return typeof Notification !== "undefined" && isSecureContext;
}

/** Asks the browser's leave, and takes it as the choice. Only ever called by a click. */
export async function choose(page: Page): Promise<void> {
  if (page.view.notify) return page.set({ notify: false });
  page.set({ notify: await Notification.requestPermission() === "granted" });
}

/** Gives notice of a change for the worse, and of the end of it. */
export class Notices {
  private was: Headline | null = null;
  private isTold = false;

  look(page: Page): void {
    const { state, plan, hello } = page.store, now = state?.headline ?? null, before = this.was;
    this.was = now;
    if (now === null || before === null || now === before || !page.view.notify || hello?.mode !== "live") return;
    if (now === "down") this.tell(plan?.name ?? "", state!.sentence);
    else if (this.isTold && (now === "fine" || now === "rerouted")) this.tell(plan?.name ?? "", state!.sentence);
    this.isTold = now === "down" || (this.isTold && now !== "fine" && now !== "rerouted");
  }

  private tell(name: string, sentence: string): void {
    try {
      new Notification(name, { body: sentence, tag: `landfall ${name}` });
    } catch {
      // Some browsers have notices for workers only: then the title tells.
    }
  }
}
