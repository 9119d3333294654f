// Server-sent events out of a stream of bytes. EventSource can't send a token, so the page reads them itself.

/** One event: its id, empty where it was sent without one, its kind and what it says. */
export type Event = { id: string, kind: string, data: string };

/** Takes text as it comes, gives events as they are whole. */
export class EventParser {
  private rest = "";
  private id = "";
  private kind = "";
  private data: string[] = [];

  take(text: string): Event[] {
    const events: Event[] = [];
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop()!;
    for (const raw of lines) {
      const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
      if (line === "") {
        if (this.data.length > 0) events.push({ id: this.id, kind: this.kind, data: this.data.join("\n") });
        this.id = this.kind = "";
        this.data = [];
      } else if (!line.startsWith(":")) {
        const colon = line.indexOf(":");
        const field = colon < 0 ? line : line.slice(0, colon);
        const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
        if (field === "data") this.data.push(value);
        if (field === "id") this.id = value;
        if (field === "event") this.kind = value;
      }
    }
    return events;
  }
}

/**
 * How far a stream has been read, after one more event: the id to come back with, or nothing while there is none. What is shown first,
 * and again after a `resync`, has an id only with its last event: whoever is cut off before has to be shown all of it.
 */
export function placeAfter(place: string, event: Event): string {
  if (event.id !== "") return event.id;
  return event.kind === "resync" ? "" : place;
}
