// Reads a server's events: over a connection of one's own.

import type { Event } from "./events";
import { EventParser } from "./events";
import { whyNot } from "./problem";

/** Which events: those of an address, for whoever these headers say, after the place that was reached before (empty: from the beginning). */
export type Source = { address: string, headers: Record<string, string>, after: string };

/**
 * Reads events until there are no more, or until it is told to end. `told` gets them as they come, and nothing (an empty list) as soon as
 * the connection is there.
 *
 * Throws `Refused` when asking again is of no use, anything else when the connection broke.
 */
export type Read = (source: Source, told: (events: readonly Event[]) => void, ending: AbortSignal) => Promise<void>;

/** The server won't have us: trying again would not help. */
export class Refused extends Error {}

/** Reads over a connection of its own. */
export const readDirectly: Read = async ({ address, headers, after }, told, ending) => {
  const all: Record<string, string> = { ...headers, Accept: "text/event-stream" };
  if (after !== "") all["Last-Event-ID"] = after;
  const response = await fetch(address, { headers: all, signal: ending });
  if (response.status >= 400 && response.status < 500) throw new Refused(await whyNot(response));
  if (!response.ok || response.body === null) return;
  told([]);
  const parser = new EventParser(), reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = parser.take(value);
    if (events.length > 0) told(events);
  }
};
