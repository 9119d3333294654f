// Server-sent events out of a stream of bytes. EventSource can't send a token, so the page reads them itself.

/** One event. */
export type Event = { id: string, data: string };

/** Takes text as it comes, gives events as they are whole. */
export class EventParser {
  private rest = "";
  private id = "";
  private data: string[] = [];

  take(text: string): Event[] {
    const events: Event[] = [];
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop()!;
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line === "") {
        if (this.data.length > 0) events.push({ id: this.id, data: this.data.join("\n") });
        this.data = [];
      } else if (!line.startsWith(":")) {
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "data") this.data.push(value);
        if (field === "id") this.id = value;
      }
    }
    return events;
  }
}
