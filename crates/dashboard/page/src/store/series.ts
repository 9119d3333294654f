// The seconds of one population, as columns of numbers: what is drawn is read from here.
//
// A second is addressed by its number. What was folded (several seconds added up) is kept once, at its first second;
// `back` says how far behind that lies. Writing a second again replaces it: nothing is ever added.

/** What is kept of each second, in this order. */
export const DUE = 0, SENT = 1, OK = 2, FAILED = 3, IN_FLIGHT = 4;
const FIELDS = 5;

/** Sparse rows of numbers in one growing array: a row that is written again is written behind the others. */
class Rows {
  private data = new Uint32Array(1024);
  private used = 0;
  private start: Uint32Array;
  private length: Uint16Array;

  constructor(seconds: number) {
    this.start = new Uint32Array(seconds);
    this.length = new Uint16Array(seconds);
  }

  grow(seconds: number): void {
    this.start = grown(this.start, seconds);
    this.length = grown(this.length, seconds);
  }

  write(second: number, values: readonly number[]): void {
    let at = this.start[second]!;
    if (values.length > this.length[second]!) {
      while (this.used + values.length > this.data.length) this.data = grown(this.data, this.data.length * 2);
      at = this.used;
      this.used += values.length;
      this.start[second] = at;
    }
    this.data.set(values, at);
    this.length[second] = values.length;
  }

  read(second: number): Uint32Array {
    const at = this.start[second]!;
    return this.data.subarray(at, at + this.length[second]!);
  }
}

/** The seconds [from, to) that were written since somebody looked; whoever watches sets it back. */
export type Dirty = { from: number, to: number };

type Pairs = readonly (readonly [number, number])[];

/** What is told of a second. Regions count from −1, which is one that is not known. */
export type Told = {
  values: readonly number[], failures: readonly number[], served: Pairs, connected: Pairs, latency: readonly number[], failedLatency: readonly number[],
};

/** Seconds of one population. */
export class Series {
  /** One more than the newest second that is known. */
  length = 0;
  /** Changed with each write, so that what was made from this can be made again. */
  version = 0;
  private watchers: Dirty[] = [];
  private room = 512;
  private values = new Float64Array(this.room * FIELDS);
  private span = new Uint16Array(this.room);
  private back = new Uint16Array(this.room);
  private latency = new Rows(this.room);
  private served = new Rows(this.room);
  private failures = new Rows(this.room);
  private failedLatency = new Rows(this.room);
  private connected = new Rows(this.room);

  /** How many seconds are added up at `second`; 0: nothing is known of it. */
  spanAt(second: number): number {
    return second < this.length && second >= 0 ? this.span[this.lead(second)]! : 0;
  }

  /** The second where what is known of `second` is kept. */
  lead(second: number): number {
    return second - this.back[second]!;
  }

  value(lead: number, field: number): number {
    return this.values[lead * FIELDS + field]!;
  }

  /** (distance to the bin before, count) in a row. */
  latencyAt(lead: number): Uint32Array {
    return this.latency.read(lead);
  }

  /** The same of failures. */
  failedLatencyAt(lead: number): Uint32Array {
    return this.failedLatency.read(lead);
  }

  /** Connections that were opened, as `servedAt`. */
  connectedAt(lead: number): Uint32Array {
    return this.connected.read(lead);
  }

  /** (region + 1, count) in a row; region 0 is unknown. */
  servedAt(lead: number): Uint32Array {
    return this.served.read(lead);
  }

  /** Failures by kind. */
  failuresAt(lead: number): Uint32Array {
    return this.failures.read(lead);
  }

  write(second: number, span: number, told: Told): void {
    const end = second + span;
    if (end > this.room) this.grow(end);
    for (let field = 0; field < FIELDS; field += 1) this.values[second * FIELDS + field] = told.values[field] ?? 0;
    this.latency.write(second, told.latency);
    this.failedLatency.write(second, told.failedLatency);
    this.failures.write(second, told.failures);
    this.served.write(second, told.served.flatMap(([region, count]) => [region + 1, count]));
    this.connected.write(second, told.connected.flatMap(([region, count]) => [region + 1, count]));
    for (let n = 0; n < span; n += 1) {
      this.span[second + n] = n === 0 ? span : 0;
      this.back[second + n] = n;
    }
    this.length = Math.max(this.length, end);
    this.touch(second, end);
  }

  /** Nothing is known of these seconds any more. */
  forget(from: number, to: number): void {
    for (let second = from; second < Math.min(to, this.length); second += 1) {
      this.span[second] = 0;
      this.back[second] = 0;
    }
    this.touch(from, to);
  }

  /** Tells from now on what is written. */
  watch(): Dirty {
    const dirty = { from: 0, to: this.length };
    this.watchers.push(dirty);
    return dirty;
  }

  unwatch(dirty: Dirty): void {
    this.watchers = this.watchers.filter((other) => other !== dirty);
  }

  private touch(from: number, to: number): void {
    for (const dirty of this.watchers) {
      dirty.from = Math.min(dirty.from, from);
      dirty.to = Math.max(dirty.to, to);
    }
    this.version += 1;
  }

  private grow(needed: number): void {
    while (this.room < needed) this.room *= 2;
    this.values = grown(this.values, this.room * FIELDS);
    this.span = grown(this.span, this.room);
    this.back = grown(this.back, this.room);
    this.latency.grow(this.room);
    this.served.grow(this.room);
    this.failures.grow(this.room);
    this.failedLatency.grow(this.room);
    this.connected.grow(this.room);
  }
}

function grown<T extends Uint16Array | Uint32Array | Float64Array>(old: T, length: number): T {
  const larger = new (old.constructor as new (length: number) => T)(length);
  larger.set(old);
  return larger;
}
