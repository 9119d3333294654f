// The seconds of one population, as columns of numbers: what is drawn is read from here.
//
// A second is addressed by its number. What was folded (several seconds added up) is kept once, at its first second;
// `back` says how far behind that lies. Writing a second again replaces it: nothing is ever added. While a run goes on for hours, what
// is older than one of them is added up here too, as the server does: whoever stayed sees what whoever comes late is told. Of a
// quarter of a minute with unknown seconds in it as many stay unknown, behind those that are known.

/** What is kept of each second, in this order. */
export const DUE = 0, SENT = 1, OK = 2, FAILED = 3, IN_FLIGHT = 4;
const FIELDS = 5;

/** Seconds that are kept one by one, and how many of the older ones are added up: as the server keeps them. */
export const WHOLE = 3_600, FOLDED = 15;
/** Folding copies what is kept, so it is done for so many seconds at a time. */
const AT_ONCE = 900;

/** Sparse rows of numbers in one growing array: a row that is written again is written behind the others. */
class Rows {
  private data = new Uint32Array(1024);
  used = 0;
  private start: Uint32Array;
  private length: Uint16Array;

  constructor(slots: number) {
    this.start = new Uint32Array(slots);
    this.length = new Uint16Array(slots);
  }

  grow(slots: number): void {
    this.start = grown(this.start, slots);
    this.length = grown(this.length, slots);
  }

  write(slot: number, values: readonly number[] | Uint32Array): void {
    let at = this.start[slot]!;
    if (values.length > this.length[slot]!) {
      while (this.used + values.length > this.data.length) this.data = grown(this.data, this.data.length * 2);
      at = this.used;
      this.used += values.length;
      this.start[slot] = at;
    }
    this.data.set(values, at);
    this.length[slot] = values.length;
  }

  read(slot: number): Uint32Array {
    const at = this.start[slot]!;
    return this.data.subarray(at, at + this.length[slot]!);
  }
}

/** What is kept, slot by slot: a second each, or several that are added up. */
class Kept {
  readonly rows: Record<"latency" | "served" | "failures" | "failedLatency" | "connected", Rows>;
  values: Float64Array;
  span: Uint16Array;
  back: Uint16Array;

  constructor(public room: number) {
    this.values = new Float64Array(room * FIELDS);
    this.span = new Uint16Array(room);
    this.back = new Uint16Array(room);
    this.rows = { latency: new Rows(room), served: new Rows(room), failures: new Rows(room), failedLatency: new Rows(room), connected: new Rows(room) };
  }

  grow(slots: number): void {
    while (this.room < slots) this.room *= 2;
    this.values = grown(this.values, this.room * FIELDS);
    this.span = grown(this.span, this.room);
    this.back = grown(this.back, this.room);
    for (const rows of Object.values(this.rows)) rows.grow(this.room);
  }

  /** How many numbers are kept in `slots` slots. */
  numbers(slots: number): number {
    return slots * (FIELDS + 2) + Object.values(this.rows).reduce((sum, rows) => sum + rows.used, 0);
  }

  /** Takes over slots from elsewhere. */
  copy(from: Kept, first: number, count: number, to: number): void {
    this.values.set(from.values.subarray(first * FIELDS, (first + count) * FIELDS), to * FIELDS);
    this.span.set(from.span.subarray(first, first + count), to);
    this.back.set(from.back.subarray(first, first + count), to);
    for (const name of ROWS) for (let n = 0; n < count; n += 1) this.rows[name].write(to + n, from.rows[name].read(first + n));
  }

  /** Adds slots of elsewhere up into one; what is in flight is that of the last. */
  add(from: Kept, slots: readonly number[], to: number): void {
    for (const slot of slots) {
      for (let field = 0; field < IN_FLIGHT; field += 1) this.values[to * FIELDS + field] = this.values[to * FIELDS + field]! + from.values[slot * FIELDS + field]!;
      this.values[to * FIELDS + IN_FLIGHT] = from.values[slot * FIELDS + IN_FLIGHT]!;
      this.span[to] = this.span[to]! + from.span[slot]!;
    }
    for (const name of ROWS) {
      const all = slots.map((slot) => from.rows[name].read(slot));
      this.rows[name].write(to, name === "failures" ? byPlace(all) : name === "served" || name === "connected" ? byKey(all) : byBin(all));
    }
  }
}

const ROWS = ["latency", "served", "failures", "failedLatency", "connected"] as const;

/** Lists added up, place by place. */
function byPlace(all: readonly Uint32Array[]): number[] {
  const sum: number[] = [];
  for (const each of all) each.forEach((count, n) => { sum[n] = (sum[n] ?? 0) + count; });
  return sum;
}

/** (key, count) in a row, added up. */
function byKey(all: readonly Uint32Array[]): number[] {
  const sum = new Map<number, number>();
  for (const pairs of all) for (let n = 0; n + 1 < pairs.length; n += 2) sum.set(pairs[n]!, (sum.get(pairs[n]!) ?? 0) + pairs[n + 1]!);
  return [...sum].flat();
}

/** (distance to the bin before, count) in a row, added up. */
function byBin(all: readonly Uint32Array[]): number[] {
  const sum = new Map<number, number>();
  for (const pairs of all) {
    let bin = 0;
    for (let n = 0; n + 1 < pairs.length; n += 2) {
      bin += pairs[n]!;
      sum.set(bin, (sum.get(bin) ?? 0) + pairs[n + 1]!);
    }
  }
  let before = 0;
  return [...sum].sort(([one], [other]) => one - other).flatMap(([bin, count]) => {
    const distance = bin - before;
    before = bin;
    return [distance, count];
  });
}

/** Seconds [from, to). */
export type Dirty = { from: number, to: number };

/** The seconds that were written to any of some series since somebody looked. */
export class Watch {
  private dirty: Dirty = { from: Infinity, to: 0 };

  constructor(private readonly series: readonly Series[]) {
    for (const each of series) each.watch(this.dirty);
  }

  /** What is new: from its first second to its last; where nothing is, `from` is infinite. From now on it is not new any more. */
  take(): Dirty {
    const news = { ...this.dirty };
    this.dirty.from = Infinity;
    this.dirty.to = 0;
    return news;
  }

  /** Ends the watching. */
  release(): void {
    for (const each of this.series) each.unwatch(this.dirty);
  }
}

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
  private kept = new Kept(512);
  /** Seconds before this one are added up, so many in a slot. */
  private foldedTo = 0;

  /** How many seconds are added up at `second`; 0: nothing is known of it. */
  spanAt(second: number): number {
    if (second >= this.length || second < 0) return 0;
    const lead = this.lead(second), span = this.kept.span[this.slot(lead)]!;
    return second - lead < span ? span : 0;
  }

  /** The second where what is known of `second` is kept. */
  lead(second: number): number {
    return second < this.foldedTo ? second - (second % FOLDED) : second - this.kept.back[this.slot(second)]!;
  }

  value(lead: number, field: number): number {
    return this.kept.values[this.slot(lead) * FIELDS + field]!;
  }

  /** (distance to the bin before, count) in a row. */
  latencyAt(lead: number): Uint32Array {
    return this.kept.rows.latency.read(this.slot(lead));
  }

  /** The same of failures. */
  failedLatencyAt(lead: number): Uint32Array {
    return this.kept.rows.failedLatency.read(this.slot(lead));
  }

  /** Connections that were opened, as `servedAt`. */
  connectedAt(lead: number): Uint32Array {
    return this.kept.rows.connected.read(this.slot(lead));
  }

  /** (region + 1, count) in a row; region 0 is unknown. */
  servedAt(lead: number): Uint32Array {
    return this.kept.rows.served.read(this.slot(lead));
  }

  /** Failures by kind. */
  failuresAt(lead: number): Uint32Array {
    return this.kept.rows.failures.read(this.slot(lead));
  }

  /** How many numbers are kept. */
  get numbers(): number {
    return this.kept.numbers(this.slot(this.length));
  }

  /** What comes of seconds that are added up already is of no use any more, unless it is of as many. */
  write(second: number, span: number, told: Told): void {
    const end = second + span;
    if (second < this.foldedTo && (span !== FOLDED || second % FOLDED !== 0)) return;
    if (this.slot(end) > this.kept.room) this.kept.grow(this.slot(end));
    const slot = this.slot(second), { values, rows } = this.kept;
    for (let field = 0; field < FIELDS; field += 1) values[slot * FIELDS + field] = told.values[field] ?? 0;
    rows.latency.write(slot, told.latency);
    rows.failedLatency.write(slot, told.failedLatency);
    rows.failures.write(slot, told.failures);
    rows.served.write(slot, told.served.flatMap(([region, count]) => [region + 1, count]));
    rows.connected.write(slot, told.connected.flatMap(([region, count]) => [region + 1, count]));
    this.kept.span[slot] = span;
    for (let n = 0; second >= this.foldedTo && n < span; n += 1) {
      this.kept.span[slot + n] = n === 0 ? span : 0;
      this.kept.back[slot + n] = n;
    }
    this.length = Math.max(this.length, end);
    this.touch(second, end);
  }

  /** Nothing is known of any second any more. */
  forget(): void {
    this.foldedTo = 0;
    this.kept = new Kept(Math.max(512, this.length));
    this.touch(0, this.length);
  }

  /** Adds up what is older than an hour, now and then: what is kept of many hours then hardly grows. Tells up to where it did. */
  fold(): number {
    const to = Math.floor((this.length - WHOLE) / FOLDED) * FOLDED;
    if (to - this.foldedTo < AT_ONCE) return this.foldedTo;
    const young = this.length - to, next = new Kept(Math.max(512, to / FOLDED + young + AT_ONCE));
    next.copy(this.kept, 0, this.foldedTo / FOLDED, 0);
    for (let block = this.foldedTo; block < to; block += FOLDED) {
      const known: number[] = [];
      // What was told of several at once may begin before the block or end behind it: then it is where it begins.
      for (let second = block; second < block + FOLDED; second += 1) if (this.spanAt(second) > 0 && this.lead(second) === second) known.push(this.slot(second));
      if (known.length > 0) next.add(this.kept, known, block / FOLDED);
    }
    next.copy(this.kept, this.slot(to), young, to / FOLDED);
    this.kept = next;
    this.foldedTo = to;
    return to;
  }

  private slot(second: number): number {
    return second < this.foldedTo ? Math.floor(second / FOLDED) : this.foldedTo / FOLDED + second - this.foldedTo;
  }

  /** Widens those seconds by all that are known, and from now on by all that are written. */
  watch(dirty: Dirty): void {
    this.watchers.push(dirty);
    widen(dirty, 0, this.length);
  }

  unwatch(dirty: Dirty): void {
    this.watchers = this.watchers.filter((other) => other !== dirty);
  }

  private touch(from: number, to: number): void {
    for (const dirty of this.watchers) widen(dirty, from, to);
    this.version += 1;
  }
}

function widen(dirty: Dirty, from: number, to: number): void {
  dirty.from = Math.min(dirty.from, from);
  dirty.to = Math.max(dirty.to, to);
}

function grown<T extends Uint16Array | Uint32Array | Float64Array>(old: T, length: number): T {
  const larger = new (old.constructor as new (length: number) => T)(length);
  larger.set(old);
  return larger;
}
