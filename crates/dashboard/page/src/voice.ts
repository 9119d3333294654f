// What is said to those who can't see the page: the newest of what there is to say, and never more often than it can be heard.

/** A region of the document that is read out when it changes. */
export class Voice {
  private said = "";
  private at = -Infinity;

  /** `every`: the least time between two messages, in milliseconds. */
  constructor(private readonly id: string, private readonly every: number) {}

  /** Says a text that is new; what comes too early is said with the next call, if it still holds then. */
  say(document: Document, text: string): void {
    if (text === this.said || performance.now() - this.at < this.every) return;
    this.said = text;
    this.at = performance.now();
    this.region(document).textContent = text;
  }

  private region(document: Document): HTMLElement {
    const known = document.getElementById(this.id);
    if (known !== null) return known;
    const region = document.createElement("div");
    region.id = this.id;
    region.className = "unseen";
    region.setAttribute("role", "status");
    document.body.append(region);
    return region;
  }
}
