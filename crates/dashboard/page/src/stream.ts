// The connection to a run: its events as they come, again from where they broke off, and its history.

import type { Event } from "./events";
import { placeAfter } from "./events";
import { whyNot } from "./problem";
import type { Read } from "./read";
import { Refused, readDirectly } from "./read";
import type { Store } from "./store/store";
import type { Answer, Beside, Command, Message, RunLine, Series, Trend } from "./wire";

/** How the connection is. */
export type Link = "connecting" | "open" | "lost" | "refused";

/** How long to wait before the n-th try to connect again, in milliseconds. */
export function backOff(tries: number): number {
  return Math.min(250 * 2 ** tries, 8_000);
}

/** The addresses of the server; `read` is how its streams are read. */
export class Api {
  constructor(private readonly token: string | null, readonly read: Read = readDirectly) {}

  headers(more: Record<string, string> = {}): Record<string, string> {
    return this.token === null ? more : { ...more, Authorization: `Bearer ${this.token}` };
  }

  async runs(): Promise<RunLine[]> {
    return await this.get("/api/v1/runs") as RunLine[];
  }

  /** The runs of each plan that has several. */
  async trends(): Promise<Trend[]> {
    return await this.get("/api/v1/trends") as Trend[];
  }

  /** The later of two runs held against the earlier one. */
  async beside(run: string, other: string): Promise<Beside> {
    return await this.get(`/api/v1/runs/${encodeURIComponent(run)}/beside?with=${encodeURIComponent(other)}`) as Beside;
  }

  private async get(address: string): Promise<unknown> {
    const response = await fetch(address, { headers: this.headers() });
    if (!response.ok) throw new Error(await whyNot(response));
    return await response.json();
  }

  async command(run: string, command: Command): Promise<Answer> {
    const response = await fetch(`/api/v1/runs/${encodeURIComponent(run)}/commands`, {
      method: "POST", headers: this.headers({ "Content-Type": "application/json" }), body: JSON.stringify(command),
    });
    const type = response.headers.get("content-type") ?? "";
    if (type.startsWith("application/json")) return await response.json() as Answer;
    return { is_done: false, text: await whyNot(response) };
  }
}

/** Reads one run into a store for as long as it isn't closed. */
export class Stream {
  link: Link = "connecting";
  /** Why it is refused, in words. */
  why = "";
  /** When the last message came, by this machine's monotonic clock in milliseconds. */
  heard = performance.now();
  /** How far it was read: the id to come back with. */
  private place = "";
  private readonly closing = new AbortController();
  /** Seconds that the stream told of while history was being asked for. */
  private newer: Set<number> | null = null;

  constructor(
    private readonly api: Api, readonly run: string, private readonly store: Store, private readonly changed: () => void,
    readonly replay: { from: number, speed: number } | null = null,
  ) {
    void this.keep();
  }

  close(): void {
    this.closing.abort();
  }

  private get base(): string {
    return `/api/v1/runs/${encodeURIComponent(this.run)}`;
  }

  private async keep(): Promise<void> {
    for (let tries = 0; !this.closing.signal.aborted; tries += 1) {
      const before = this.heard;
      try {
        await this.read();
      } catch (error) {
        if (this.closing.signal.aborted) return;
        if (error instanceof Refused) {
          this.link = "refused";
          this.why = error.message;
          this.changed();
          return;
        }
      }
      if (this.heard !== before) tries = 0;
      this.link = "lost";
      this.changed();
      await new Promise((resolve) => setTimeout(resolve, backOff(tries)));
    }
  }

  private async read(): Promise<void> {
    const query = this.replay === null ? "" : `?from=${this.replay.from}&speed=${this.replay.speed}`;
    const source = { address: `${this.base}/stream${query}`, headers: this.api.headers(), after: this.place };
    const resumed = this.place !== "";
    const told = (events: readonly Event[]) => {
      this.link = "open";
      if (events.length === 0) return;
      for (const event of events) {
        this.place = placeAfter(this.place, event);
        this.take(JSON.parse(event.data) as Message, resumed);
      }
      this.heard = performance.now();
      this.changed();
    };
    // What one plays at one's own speed nobody else sees.
    await (this.replay === null ? this.api.read : readDirectly)(source, told, this.closing.signal);
  }

  private take(message: Message, resumed: boolean): void {
    this.store.take(message);
    if (message.kind === "second" || message.kind === "fine") this.newer?.add(message.second);
    if (message.kind === "resync" || (message.kind === "hello" && !resumed)) void this.history();
  }

  /** The last five minutes first, then what was before, coarser when it is long. */
  private async history(): Promise<void> {
    const newer = new Set<number>();
    this.newer = newer;
    const told = (this.store.hello?.now_us ?? 0) / 1e6;
    // What is played again must not show what is still to come.
    const now = this.replay === null ? Math.ceil(told) + 1 : Math.floor(told);
    if (now === 0) return;
    const recent = Math.max(0, Math.floor((now - 300) / 60) * 60);
    const step = recent <= 7_200 ? 1 : recent <= 36_000 ? 5 : 15;
    try {
      await this.ask(recent, now, 1, newer);
      if (recent > 0) await this.ask(0, recent, step, newer);
    } finally {
      if (this.newer === newer) this.newer = null;
    }
  }

  private async ask(from: number, to: number, step: number, newer: ReadonlySet<number>): Promise<void> {
    const address = `${this.base}/series?from=${from}&to=${to}&step=${step}`;
    const response = await fetch(address, { headers: this.api.headers(), signal: this.closing.signal });
    if (!response.ok) return;
    const told = await response.json() as Series;
    this.store.takeHistory(told.seconds, told.fine, newer);
    this.changed();
  }
}
