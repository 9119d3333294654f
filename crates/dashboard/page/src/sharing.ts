// One connection for all who read the same: those of one address with the same headers. Another token is another connection, for it may
// open more or less.
//
//   reader that is where the connection is ───────────────┐
//   reader that comes later ── a connection of its own ──▶ ┴─ hears the one that is shared
//                              until both are in one place
//
// Who comes later needs what a first connection is shown, or what it missed. The server knows that and nobody here does, so it is asked:
// over a second connection, which is left as soon as it has told the same event last as the first. From there on both would tell the
// same. Nothing here tries again: when the connection ends it has ended for all its readers, and each of them comes back with its place.

import type { Event } from "./events";
import { placeAfter } from "./events";
import type { Read, Source } from "./read";

/** The same way to read, with one connection for all who read the same. */
export function sharing(read: Read): Read {
  const connections = new Map<string, Connection>();
  return async (source, told, ending) => {
    if (ending.aborted) return;
    const key = JSON.stringify([source.address, source.headers]);
    let connection = connections.get(key);
    if (connection === undefined) {
      const opened = new Connection(read, source, () => { if (connections.get(key) === opened) connections.delete(key); });
      connections.set(key, connection = opened);
    }
    await connection.join(source.after, told, ending);
  };
}

/** Somebody who reads; `place` is where, until it is where the connection is. */
type Reader = { place: string, isThere: boolean, told: (events: readonly Event[]) => void, own: AbortController };

class Connection {
  private readonly readers = new Set<Reader>();
  private readonly ending = new AbortController();
  private readonly over: Promise<void>;
  private place: string;
  private isOpen = false;
  private hasTold = false;

  constructor(private readonly read: Read, private readonly source: Source, private readonly closed: () => void) {
    this.place = source.after;
    this.over = read(source, (events) => this.take(events), this.ending.signal).finally(closed);
  }

  /** Lets a reader in, who has read up to that place, for as long as it wants and there are events. */
  async join(place: string, told: Reader["told"], ending: AbortSignal): Promise<void> {
    // Without a place one can only begin with the others: before anything was told.
    const isThere = place === this.place && (place !== "" || !this.hasTold);
    const reader = { place, isThere, told, own: new AbortController() };
    const left = new Promise<void>((resolve) => ending.addEventListener("abort", () => resolve(), { once: true }));
    this.readers.add(reader);
    if (isThere && this.isOpen) told([]);
    try {
      await Promise.race([left, this.over, ...(isThere ? [] : [this.catchUp(reader)])]);
    } finally {
      this.readers.delete(reader);
      reader.own.abort();
      if (this.readers.size === 0) this.close();
    }
  }

  /** Nobody who comes now is let in any more. */
  private close(): void {
    this.closed();
    this.ending.abort();
  }

  private take(events: readonly Event[]): void {
    this.isOpen = true;
    for (const reader of this.readers) {
      if (reader.isThere) reader.told(events);
      else this.meet(reader, events);
    }
    this.hasTold ||= events.length > 0;
    this.place = events.reduce(placeAfter, this.place);
  }

  /** A reader that is ahead is met by the connection. */
  private meet(reader: Reader, events: readonly Event[]): void {
    const met = reached(reader.place, this.place, events);
    if (met === null) return;
    this.arrive(reader);
    if (met < events.length) reader.told(events.slice(met));
  }

  /** Reads what the connection has told already, over another one. */
  private async catchUp(reader: Reader): Promise<void> {
    const take = (events: readonly Event[]) => {
      if (reader.isThere) return;
      const met = reached(this.place, reader.place, events);
      reader.told(met === null ? events : events.slice(0, met));
      reader.place = events.reduce(placeAfter, reader.place);
      if (met !== null) this.arrive(reader);
    };
    try {
      await this.read({ ...this.source, after: reader.place }, take, reader.own.signal);
    } catch (error) {
      if (!reader.isThere) throw error;
    }
    if (reader.isThere) await this.over;
  }

  private arrive(reader: Reader): void {
    reader.isThere = true;
    reader.own.abort();
  }
}

/** How many of these events lead from a place to the goal; null: they don't lead there. */
export function reached(goal: string, place: string, events: readonly Event[]): number | null {
  if (goal === "") return null;
  for (const [n, event] of events.entries()) {
    place = placeAfter(place, event);
    if (place === goal) return n + 1;
  }
  return null;
}
