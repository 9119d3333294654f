// Reads a server's events through the worker that all tabs of this browser share (worker.ts).

import type { Event } from "./events";
import type { Read, Source } from "./read";
import { Refused, readDirectly } from "./read";

/** What a tab asks of the worker, and the lock that it holds while it wants to know. */
export type Asked = { source: Source, lock: string };

/** What the worker answers. First of all it names the lock that it holds for as long as it lives. */
export type Told = { kind: "here", lock: string } | { kind: "events", events: readonly Event[] } | { kind: "ended" } | { kind: "refused", why: string };

/** A worker that has not answered for so long never will, in milliseconds. */
const ANSWERS_WITHIN = 20_000;

/** The best way to read that this browser has. It has workers without locks for pages that came over plain http from another machine. */
export function bestWay(): Read {
  const canShare = "SharedWorker" in globalThis && (navigator as Partial<Navigator>).locks !== undefined;
  return canShare ? throughWorker() : readDirectly;
}

/**
 * Reads through the worker. When that dies the connection is lost, as any other, and the next one finds a new worker: it dies with the
 * process it is in, which may be that of another tab. Where a worker told nothing at all there will be no better one, and the tab reads
 * on its own from then on.
 */
function throughWorker(): Read {
  let isOfUse = true;
  return async (source, told, ending) => {
    if (!isOfUse) return await readDirectly(source, told, ending);
    let hasTold = false;
    const lock = `landfall-tab-${crypto.randomUUID()}`;
    const hear = (said: Told) => {
      hasTold = true;
      if (said.kind === "events") told(said.events);
    };
    try {
      await navigator.locks.request(lock, () => ask({ source, lock }, hear, ending));
    } catch (error) {
      isOfUse = hasTold;
      throw error;
    }
  };
}

/** Asks the worker, and hears it until there is no more, it is gone, or nobody wants to know any longer. */
async function ask(asked: Asked, hear: (told: Told) => void, ending: AbortSignal): Promise<void> {
  if (ending.aborted) return;
  const worker = new SharedWorker(new URL("./worker.ts", import.meta.url)), over = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const lost = () => reject(new Error("the worker is gone"));
      const late = setTimeout(lost, ANSWERS_WITHIN);
      ending.addEventListener("abort", () => resolve(), { signal: over.signal });
      over.signal.addEventListener("abort", () => clearTimeout(late));
      worker.addEventListener("error", lost, { signal: over.signal });
      worker.port.onmessage = ({ data }: MessageEvent<Told>) => {
        clearTimeout(late);
        hear(data);
        if (data.kind === "here") navigator.locks.request(data.lock, { signal: over.signal }, lost).catch(() => {});
        if (data.kind === "ended") resolve();
        if (data.kind === "refused") reject(new Refused(data.why));
      };
      worker.port.postMessage(asked);
    });
  } finally {
    over.abort();
    worker.port.close();
  }
}
