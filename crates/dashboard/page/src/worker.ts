// What the tabs of a browser share: it runs once for all of them and reads for each, over as few connections as there are different
// streams. A browser allows about six connections to a server, so with one for each tab the seventh would never be shown anything, and
// no command of any would be answered.
//
// A tab says nothing when it crashes. So each holds a lock for as long as it reads, and the worker waits for that lock; the worker holds
// one as well, and each tab waits for that.

import { Refused, readDirectly } from "./read";
import { sharing } from "./sharing";
import type { Asked, Told } from "./through-worker";

const read = sharing(readDirectly);
const name = `landfall-worker-${crypto.randomUUID()}`;
const isHeld = new Promise<void>((held) => {
  void navigator.locks.request(name, () => {
    held();
    return new Promise(() => {});
  });
});

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0]!;
  port.onmessage = ({ data }: MessageEvent<Asked>) => void serve(port, data);
});

/** Reads for a tab until that is gone. */
async function serve(port: MessagePort, { source, lock }: Asked): Promise<void> {
  const say = (told: Told) => port.postMessage(told), ending = new AbortController();
  await isHeld;
  say({ kind: "here", lock: name });
  void navigator.locks.request(lock, () => ending.abort());
  try {
    await read(source, (events) => say({ kind: "events", events }), ending.signal);
    say({ kind: "ended" });
  } catch (error) {
    say(error instanceof Refused ? { kind: "refused", why: error.message } : { kind: "ended" });
  }
}
