// What is pure: messages into seconds, seconds into columns, numbers into words, views into addresses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { areaOf } from "../src/areas";
import type { Chart } from "../src/draw/chart";
import { edge, secondAt } from "../src/draw/chart";
import { drawOther } from "../src/draw/other";
import type { Palette } from "../src/draw/palette";
import { Outline, Pixels } from "../src/draw/pixels";
import { EventParser } from "../src/events";
import { readFragment, writeFragment } from "../src/fragment";
import { clockTime, duration, runTime, share, significant, together } from "../src/number";
import { alignmentOf } from "../src/other";
import { Columns } from "../src/store/columns";
import { quantile } from "../src/store/histogram";
import { FOLDED, OK, Series, WHOLE } from "../src/store/series";
import { READS, regionsOf } from "../src/store/probes";
import { Store } from "../src/store/store";
import { stretch } from "../src/store/stretch";
import { Worst } from "../src/store/worst";
import { fit, secondsOf, ticks } from "../src/time";
import { FIRST } from "../src/view";
import type { Message, PlanNews, Seconds } from "../src/wire";
import { FAULT, GAP, gameDay, plan } from "./fixture.mjs";
import "./sharing";

function second(at: number, ok: number, more: Partial<Seconds> = {}): { kind: "second" } & Seconds {
  return {
    kind: "second", second: at, step: 1, populations: [0], due: [ok], sent: [ok], ok: [ok], failed: [[]], served: [[[0, ok]]],
    latency: [[80, ok]], failed_latency: [[]], connected: [[]], in_flight: [1], staleness: [], ...more,
  };
}

function planned(): Store {
  const store = new Store();
  store.take(plan(3, 100) as { kind: "plan" } & PlanNews);
  return store;
}

/** The first hundred seconds and a few more, in columns of `step`. */
const whole = (step: number) => ({ from: 0, to: Math.ceil(100 / step) * step, step });

test("a second told again replaces what was known, it never adds", () => {
  const store = planned();
  store.take(second(5, 10));
  store.take(second(5, 7, { latency: [[80, 3, 1, 4]] }));
  store.take(second(5, 7, { latency: [[80, 3, 1, 4]] }));
  const series = store.series[0]!;
  assert.equal(series.value(series.lead(5), OK), 7);
  assert.deepEqual([...series.latencyAt(5)], [80, 3, 1, 4]);
  assert.equal(series.spanAt(4), 0, "seconds before are not zero, they are unknown");
});

test("taking a whole day twice changes nothing", () => {
  const once = new Store(), twice = new Store();
  const day = gameDay({ regions: 3, seconds: 300 }) as [number, Message][];
  for (const [, message] of day) once.take(message);
  for (let n = 0; n < 2; n += 1) for (const [, message] of day) twice.take(message);
  assert.deepEqual(
    stretch(twice.series[0]!, 0, 300, 3, 8), stretch(once.series[0]!, 0, 300, 3, 8));
  assert.equal(twice.log.length, once.log.length);
  assert.equal(twice.marks.length, once.marks.length);
  assert.equal(twice.gaps.length, once.gaps.length);
});

test("history does not undo what the stream told of meanwhile", () => {
  const store = planned();
  store.take(second(5, 7));
  store.takeHistory([second(5, 10), second(6, 11)], [], new Set([5]));
  assert.equal(store.series[0]!.value(5, OK), 7);
  assert.equal(store.series[0]!.value(6, OK), 11);
});

test("after a resync nothing is known", () => {
  const store = planned();
  store.take(second(5, 7));
  store.take({ kind: "resync" });
  assert.equal(store.series[0]!.spanAt(5), 0);
});

test("a mark that was said too early is taken away", () => {
  const store = planned();
  const mark = {
    kind: "mark" as const, fault: 0, turn: 0, population: 0, mark: "recovered", number: 5, at_us: 7 as number | null, error_us: null,
    source: "requests", is_final: false,
  };
  store.take(mark);
  store.take({ ...mark, at_us: 9 });
  assert.deepEqual(store.marks.map((each) => each.at_us), [9]);
  store.take({ ...mark, at_us: null });
  assert.deepEqual(store.marks, []);
});

test("another version is refused in words", () => {
  const store = new Store();
  store.take({
    kind: "hello", version: 2, run: "r", landfall: "9", started_unix_us: 0, now_us: 0, mode: "live", role: "view",
  });
  assert.match(store.refused, /version 2/);
});

test("a column adds up its seconds, and a gap is no zero", () => {
  const store = planned();
  for (const at of [0, 1, 2, 3, 4, 10]) store.take(second(at, 10));
  const columns = new Columns([store.series[0]!], 5, 8);
  columns.refresh([0], whole(5));
  assert.deepEqual([...columns.seconds.slice(0, 3)], [5, 0, 1]);
  assert.deepEqual([...columns.ok.slice(0, 3)], [50, 0, 10]);
  store.take(second(6, 20));
  columns.refresh([0], whole(5));
  assert.deepEqual([...columns.ok.slice(0, 3)], [50, 20, 10]);
});

test("folded seconds count in each column by the share that lies in it", () => {
  const store = planned();
  store.take(second(0, 100, { step: 10 }));
  const columns = new Columns([store.series[0]!], 5, 8);
  columns.refresh([null], whole(5));
  assert.deepEqual([...columns.ok.slice(0, 2)], [50, 50]);
  assert.equal(stretch(store.series[0]!, 2, 4, 3, 8).ok, 20);
});

/** A series of so many seconds, each of which is another. Seconds for which `isKnown` is false are not told. */
function hours(seconds: number, isKnown = (_: number) => true, each = (_: Series) => {}): Series {
  const series = new Series();
  for (let at = 0; at < seconds; at += 1) {
    const ok = 50 + (at % 7), failed = at % 5;
    if (isKnown(at)) {
      series.write(at, 1, {
        values: [ok + failed, ok + failed, ok, failed, at % 11], failures: [0, failed], served: [[0, ok - 1], [at % 3, 1]], connected: [[-1, at % 2]],
        latency: [60 + (at % 9), ok - 2, 3, 2], failedLatency: [40, failed],
      });
    }
    each(series);
  }
  return series;
}

test("what is older than an hour is added up, and no request is lost or made", () => {
  const length = 2 * WHOLE + 1_234, whole = hours(length), folded = hours(length);
  const to = folded.fold();
  assert.ok(to > WHOLE && to <= length - WHOLE, `${to}`);
  assert.deepEqual([folded.spanAt(0), folded.lead(FOLDED + 3), folded.spanAt(to)], [FOLDED, FOLDED, 1]);
  for (const [from, end] of [[0, to], [30, 90], [to - 15, to + 15], [0, length]] as const) {
    const { inFlight: _, ...sum } = stretch(folded, from, end, 3, 8), { inFlight: __, ...of } = stretch(whole, from, end, 3, 8);
    assert.deepEqual(sum, of, `${from} to ${end}`);
  }
  assert.equal(folded.fold(), to, "and not again before there is enough");
  const before = stretch(folded, 0, length, 3, 8);
  folded.write(7, 1, { values: [1e6, 1e6, 1e6, 0, 0], failures: [], served: [], connected: [], latency: [], failedLatency: [] });
  assert.deepEqual(stretch(folded, 0, length, 3, 8), before, "one second of those that are added up is of no use");
});

test("seconds that nothing is known of stay unknown when those beside them are added up", () => {
  const isKnown = (at: number) => at < 100 || at >= 127;
  const folded = hours(2 * WHOLE + 1_000, isKnown);
  const to = folded.fold();
  assert.equal(stretch(folded, 0, to, 3, 8).seconds, to - 27);
  assert.equal(folded.spanAt(105), 0);
  folded.forget();
  assert.deepEqual([folded.spanAt(5), folded.spanAt(to + 5), stretch(folded, 0, to, 3, 8).seconds], [0, 0, 0], "after a resync nothing is");
  folded.write(0, FOLDED, { values: [9, 9, 9, 0, 0], failures: [], served: [], connected: [], latency: [], failedLatency: [] });
  assert.equal(folded.spanAt(14), FOLDED, "and what comes added up is taken");
});

test("a page that is open for many hours keeps hardly more than one that is open for two", () => {
  const kept: number[] = [];
  hours(12 * 3_600, undefined, (series) => {
    series.fold();
    if (series.length % 3_600 === 0) kept.push(series.numbers);
  });
  console.log(`numbers kept of one origin, hour by hour: ${kept.join(", ")}`);
  const perHour = (kept[11]! - kept[3]!) / 8;
  assert.ok(perHour * 5 < kept[0]!, `an hour more costs ${perHour} of the ${kept[0]} of the first`);
  assert.ok(kept[11]! < 3 * kept[0]!);
});

test("what probes saw is added up as well while a run goes on", () => {
  const store = planned(), length = 2 * WHOLE + 1_000;
  store.take({ kind: "hello", version: 1, run: "day", landfall: "0", started_unix_us: 0, now_us: 0, mode: "live", role: "view" });
  for (let at = 0; at < length; at += 1) store.take(second(at, 5, { populations: [0, 1, 2], due: [5, 5, 5], sent: [5, 5, 5], ok: [5, 5, 5], staleness: [{ written: 0, reads: [0, 4], stale: at % 2 === 0 ? [] : [[1, 1, at]] }] }));
  const kept = store.probes.seconds.filter((each) => each !== undefined);
  assert.ok(kept.length < WHOLE + 2_000, `${kept.length} of ${length}`);
  const reads = kept.reduce((sum, { rows }) => sum + rows[READS]!, 0);
  assert.equal(reads, 4 * length);
  assert.equal(store.probes.seconds[15]!.step, 15);
  assert.deepEqual([...store.probes.seconds[15]!.rows], [4, 60, 8, 29], "written in the first of three regions, read in the second");
  assert.deepEqual(regionsOf(4, 3), { written: 0, region: 1 });
});

test("two watchers of one series both see what is new", () => {
  const store = planned();
  const one = new Columns([store.series[0]!], 1, 8), two = new Columns([store.series[0]!], 2, 8);
  store.take(second(0, 5));
  one.refresh([0], whole(1));
  two.refresh([0], whole(2));
  store.take(second(1, 6));
  one.refresh([0], whole(1));
  two.refresh([0], whole(2));
  assert.deepEqual([one.ok[1], two.ok[0]], [6, 11]);
});

test("a window that moves keeps what it still shows, and nothing that it does not", () => {
  const length = 2_000, series = hours(length, (at) => at < 700 || at >= 720), moved = new Columns([series], 1, 8);
  const shown = (columns: Columns) => Array.from({ length: columns.length }, (_, n) => (
    [columns.seconds, columns.due, columns.sent, columns.ok, columns.failed, columns.home, columns.worst, columns.inFlight, columns.p50, columns.p99, columns.samples].map((field) => field[n])));
  const made = (columns: Columns) => columns as unknown as { make: (column: number) => void };
  let count = 0;
  const make = made(moved).make.bind(moved);
  made(moved).make = (...all) => { count += 1; make(...all); };
  for (const [from, to, most] of [[0, 300, 300], [60, 360, 60], [700, 1_000, 300], [650, 950, 50], [600, 1_400, 500], [800, 900, 0], [1_900, 2_200, 100], [0, 300, 300]] as const) {
    const window = { from, to, step: 1 }, fresh = new Columns([series], 1, 8);
    count = 0;
    moved.refresh([0], window);
    fresh.refresh([0], window);
    assert.deepEqual(shown(moved), shown(fresh), `${from} to ${to}`);
    assert.equal(moved.length, Math.min(to, length) - from);
    assert.ok(count <= most, `${from} to ${to}: ${count} were made`);
    fresh.release();
  }
  moved.refresh([0], { from: 1_800, to: 2_100, step: 1 });
  series.write(1_850, 1, { values: [9, 9, 9, 0, 0], failures: [], served: [[0, 9]], connected: [], latency: [], failedLatency: [] });
  count = 0;
  moved.refresh([0], { from: 1_800, to: 2_100, step: 1 });
  assert.deepEqual([moved.ok[50], count], [9, 1], "a second that is told again is made again, and no other");
});

test("columns of another run hold its seconds so many later, and what is new in it is made again", () => {
  const series = hours(2_000, (at) => at < 700 || at >= 720), own = new Columns([series], 1, 8), later = new Columns([series], 1, 8, 37), sooner = new Columns([series], 5, 8, -52);
  own.refresh([0], { from: 637, to: 837, step: 1 });
  later.refresh([0], { from: 600, to: 800, step: 1 });
  for (const field of ["seconds", "ok", "failed", "home", "worst", "p99"] as const) assert.deepEqual(later[field].slice(0, 200), own[field].slice(0, 200), field);
  assert.ok(own.seconds.slice(0, 200).includes(0) && own.ok[0]! > 0, "with a gap in it");
  sooner.refresh([0], { from: 0, to: 100, step: 5 });
  assert.deepEqual([...sooner.seconds.slice(0, 20)], [...Array.from({ length: 10 }, () => 0), 3, ...Array.from({ length: 9 }, () => 5)], "before it began nothing is known");
  later.refresh([0], { from: 1_900, to: 2_000, step: 1 });
  assert.equal(later.length, 63, "it ends sooner by as much");
  series.write(1_950, 1, { values: [9, 9, 9, 0, 0], failures: [], served: [[0, 9]], connected: [], latency: [], failedLatency: [] });
  later.refresh([0], { from: 1_900, to: 2_000, step: 1 });
  assert.equal(later.ok[13], 9);
});

test("what is drawn of a day takes no more room than what is drawn of an hour", () => {
  const series = hours(24 * 3_600, undefined, (each) => each.fold()), columns = new Columns([series], 1, 8);
  for (let from = 0; from + 600 <= series.length; from += 450) columns.refresh([0], { from, to: from + 600, step: 1 });
  const bytes = Object.values(columns).reduce((sum, field) => sum + (ArrayBuffer.isView(field) ? field.byteLength : 0), 0);
  assert.ok(bytes < 100_000, `${bytes} bytes`);
});

test("the worst failed share of each part of the run is that of its worst second", () => {
  const store = planned();
  for (const at of [0, 1, 2, 3, 7]) store.take(second(at, 10 - at, { failed: [[at]], sent: [10] }));
  const worst = new Worst(store.series, 5);
  worst.refresh();
  assert.deepEqual([...worst.shares.slice(0, 3)].map((share) => Number(share.toFixed(3))), [0.3, 0.7, 0]);
  store.take(second(11, 0, { populations: [2], failed: [[4]], sent: [4] }));
  store.take(second(3, 10, { sent: [10] }));
  worst.refresh();
  assert.deepEqual([worst.length, ...worst.shares.slice(0, 3)].map((share) => Number(share.toFixed(3))), [3, 0.2, 0.7, 1]);
});

test("the generator's lost seconds are a gap in the fixture", () => {
  const store = new Store();
  for (const [, message] of gameDay({ regions: 3, seconds: 300 }) as [number, Message][]) store.take(message);
  assert.equal(store.series[2]!.spanAt(GAP[0]), 0);
  assert.equal(store.series[1]!.spanAt(GAP[0]), 1);
  assert.equal(stretch(store.series[0]!, FAULT + 2, FAULT + 8, 3, 8).ok, 0);
});

test("quantiles come from bins", () => {
  const bins = new Float64Array(200);
  bins[80] = 98;
  bins[120] = 2;
  assert.equal(quantile(bins, 100, 0.5, 8), 2 ** (80.5 / 8));
  assert.equal(quantile(bins, 100, 0.99, 8), 2 ** (120.5 / 8));
});

test("numbers have three digits, and nothing is rounded to 0 % or 100 %", () => {
  assert.deepEqual([480_000, 17_600_000, 126_000_000, 59_940_000, 3_840_000_000].map(duration),
    ["480 ms", "17.6 s", "2 m 06 s", "59.9 s", "1 h 04 m"]);
  assert.deepEqual([[0, 10], [10, 10], [1, 1e6], [999_999, 1e6], [4, 10_000], [59, 100]].map(([a, b]) => share(a!, b!)),
    ["0 %", "100 %", "< 0.01 %", "> 99.99 %", "0.04 %", "59 %"]);
  assert.equal(significant(1980), "1\u{2009}980");
  assert.equal(runTime(1_852_000_000), "T+30:52");
  assert.equal(clockTime(1_300_000, 0, "utc", true), "00:00:01.3");
});

test("a number is not parted from its unit, and no two words are bound", () => {
  for (const [said, wanted] of [
    ["> 99.99 % of users in 2 m 06 s", ">_99.99_% of users in 2_m 06_s"], ["17.6 ± 0.1 s (limit 60 s)", "17.6_±_0.1_s (limit 60_s)"],
    ["p99 412 ms > 300 ms since 13:34:11", "p99_412_ms >_300_ms since 13:34:11"], ["3 regions, 31 writes, 4 months", "3 regions, 31 writes, 4 months"], ["1 980 of 41 MB", "1_980 of 41_MB"],
  ] as const) assert.equal(together(said).replace(/\u00a0/g, "_"), wanted);
});

test("columns are whole pixels, fill their chart, and the window holds what was asked for", () => {
  for (const [from, to, room] of [[0, 300, 357], [60, 240, 522], [0, 3600, 400], [7, 36_000, 320], [0, 86, 376]] as const) {
    const window = fit(from, to, room), columns = (window.to - window.from) / window.step, chart = { window, left: 9, width: room };
    assert.ok(window.from <= from && window.to >= to && columns <= room);
    assert.ok(window.from > from - window.step && window.to < to + window.step, "and not a column more");
    assert.equal(window.from % window.step, 0);
    const sizes = new Set(Array.from({ length: columns }, (_, n) => edge(n + 1, chart) - edge(n, chart)));
    assert.equal(edge(0, chart), 9);
    assert.equal(edge(columns, chart), 9 + room, `${columns} columns fill ${room} pixels`);
    assert.ok(sizes.size <= 2 && Math.max(...sizes) - Math.min(...sizes) <= 1 && Math.min(...sizes) >= 1, [...sizes].join());
    for (const n of [0, 1, columns - 1]) assert.equal(secondAt((edge(n, chart) + edge(n + 1, chart)) / 2, chart), window.from + n * window.step);
  }
  assert.ok(ticks({ from: 0, to: 300, step: 1 }, 400).length <= 5);
});

test("the window follows a fault in steps, and never goes further than the run does", () => {
  const follow = { kind: "follow" } as const;
  for (const [now, fault, load, wanted, why] of [
    [10, null, 86, [0, 86], "before a fault: the whole of a short run"],
    [400, null, 900, [100, 400], "or the last five minutes"],
    [38, 24, 86, [0, 60], "the least is a minute"],
    [61, 24, 86, [0, 75], "wider by a quarter of a minute"],
    [80, 24, 86, [0, 86], "no room is left empty behind the end of the load"],
    [95, 24, 86, [0, 95], "but what comes after it is shown"],
    [150, 120, 900, [60, 150], "from a minute before the fault"],
    [700, 120, 3600, [60, 720], "later by whole minutes"],
  ] as const) assert.deepEqual(secondsOf(follow, now, fault, load), wanted, why);
});

test("several populations add up as if they were one, and a gap of one is a gap of all", () => {
  const store = planned(), both = { populations: [0, 1], due: [4, 6], sent: [4, 6], ok: [4, 6], failed: [[], [0, 2]], served: [[[0, 4]], [[1, 6]]] as [number, number][][], latency: [[80, 4], [80, 6]], in_flight: [1, 2] };
  store.take(second(0, 0, both));
  store.take(second(1, 5));
  const columns = new Columns([store.series[0]!, store.series[1]!], 1, 8);
  columns.refresh([0, 0], whole(1));
  assert.deepEqual([columns.ok[0], columns.failed[0], columns.home[0], columns.inFlight[0], columns.samples[0]], [10, 2, 4, 3, 10]);
  assert.equal(columns.worst[0], 2 / 8);
  assert.deepEqual([...columns.seconds.slice(0, 2)], [1, 0]);
  store.take(second(1, 0, both));
  columns.refresh([0, 0], whole(1));
  assert.deepEqual([...columns.ok.slice(0, 2)], [10, 10]);
});

/** What a browser has for rasters. */
class Image { data; constructor(readonly width: number, readonly height: number) { this.data = new Uint8ClampedArray(width * height * 4); } }
Object.assign(globalThis, { ImageData: Image });

test("what is drawn in strips is what is drawn at once", () => {
  const put = (pixels: Pixels) => {
    const canvas = new Uint32Array(40 * 20);
    const context = { putImageData: (image: Image, _x: number, _y: number, from: number, _top: number, width: number) => {
      const all = new Uint32Array(image.data.buffer);
      for (let row = 0; row < 20; row += 1) for (let x = from; x < from + width; x += 1) canvas[row * 40 + x] = all[row * 40 + x]!;
    } };
    const size = pixels.put(context as unknown as CanvasRenderingContext2D);
    return { canvas, size, context };
  };
  const outline = new Outline();
  const draw = (pixels: Pixels) => {
    pixels.hatch(3, 2, 30, 15, 7, 1, 11);
    pixels.hatch(3, 2, 30, 15, 6, 1, 12, true);
    pixels.stripes(1, 10, 37, 8, 2, 13, 14);
    pixels.dots(0, 0, 40, 9, 6, 2, 15);
    pixels.dashes(0, 12, 40, 1, 5, 16);
    pixels.fill(-5, 17, 90, 2, 17);
    pixels.fill(30, 3, 2, 4, 18);
    outline.begin(40);
    for (let x = 4; x < 36; x += 1) outline.set(x, x + 1, 3 + (x % 3), 9 - (x % 2), x < 30 ? 19 : 20);
    outline.set(36, 40, 15, 25, 21, 22, 2);
    pixels.area(outline);
    outline.begin(40);
    for (let x = 0; x < 40; x += 1) outline.set(x, x + 1, 10, 12, x === 21 ? 24 : 23);
    pixels.area(outline);
  };
  const whole = new Pixels(), parts = new Pixels();
  whole.begin(40, 20, 1);
  draw(whole);
  const { canvas, size } = put(whole);
  assert.equal(size, 800);
  const joined = new Uint32Array(800);
  for (const [from, to] of [[0, 7], [7, 23], [23, 40]] as const) {
    parts.again(40, 20);
    parts.open(from, to, 1);
    draw(parts);
    const part = put(parts);
    assert.equal(part.size, (to - from) * 20);
    for (let at = 0; at < 800; at += 1) if (at % 40 >= from && at % 40 < to) joined[at] = part.canvas[at]!;
  }
  assert.deepEqual([...joined], [...canvas]);
  for (const colour of [11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]) assert.ok(canvas.includes(colour), String(colour));
  for (let at = 0; at < 800; at += 1) {
    const x = at % 40, row = Math.floor(at / 40), isIn = row === 10 || row === 11 || (x >= 4 && x < 36 ? row >= 3 + (x % 3) && row < 9 - (x % 2) : x >= 36 && row >= 15);
    assert.equal(canvas[at]! >= 19, isIn, `${x}, ${row}`);
    assert.equal(canvas[at] === 24, x === 21 && (row === 10 || row === 11), `${x}, ${row}`);
  }
  const falls = (x: number, y: number) => (x + y) % 7 === 0;
  whole.begin(40, 20, 1);
  whole.hatch(3, 2, 30, 15, 7, 1, 11);
  put(whole).canvas.forEach((colour, at) => assert.equal(colour === 11, falls(at % 40, Math.floor(at / 40)) && at % 40 >= 3 && at % 40 < 33 && at >= 80 && at < 680, String(at)));
});

/** A raster of ten columns, two pixels each, on which the outline of another run's failed shares lies over this run's. */
function outlined(shares: readonly (number | null)[], own: readonly number[], since?: number): Uint32Array {
  const columns = (of: readonly (number | null)[]) => Object.assign(new Columns([], 1, 8), { seconds: Float32Array.from(of, (each) => (each === null ? 0 : 1)), worst: Float32Array.from(of, (each) => each ?? 0), length: of.length });
  const pixels = new Pixels(), palette = { panel: 1, "ink-2": 2, harm: 3 } as unknown as Palette, window = { from: 0, to: 10, step: 1 };
  const canvas = new Uint32Array(20 * 24), place = (of: Columns, n: number) => 20 - Math.round(of.worst[n]! * 20);
  pixels.begin(20, 24, 9);
  const chart: Chart = { pixels, palette, columns: columns(own), other: columns(shares), window, left: 0, top: 0, width: 20, height: 20, bands: [], final: 10, now: 10, ratio: 1, doubts: [], ...(since === undefined ? {} : { since }) };
  drawOther(chart, { base: 20, place, area: place });
  pixels.put({ putImageData: (image: { data: Uint8ClampedArray }) => canvas.set(new Uint32Array(image.data.buffer)) } as unknown as CanvasRenderingContext2D);
  return canvas;
}

test("another run is an outline: where it is nothing or unknown there is none, and on an area of this run a seam parts it from that", () => {
  const line = (canvas: Uint32Array, x: number) => Array.from({ length: 24 }, (_, y) => y).filter((y) => canvas[y * 20 + x] === 2);
  const seam = (canvas: Uint32Array, x: number) => Array.from({ length: 24 }, (_, y) => y).filter((y) => canvas[y * 20 + x] === 1);
  const shares = [0, 0.5, 0.5, 0.25, null, 0.25, 0, 0, 0.1, 0.1], all = outlined(shares, [0, 0, 1, 1, 0, 0, 0, 0, 0.2, 0]);
  assert.deepEqual([line(all, 0), line(all, 1)], [[], []], "nothing failed");
  assert.deepEqual(line(all, 2), [10, 11, 12, 13, 14, 15, 16, 17, 18, 19], "up from the base");
  assert.deepEqual([line(all, 3), line(all, 4), line(all, 7)], [[10], [10], [15]]);
  assert.deepEqual([line(all, 8), line(all, 9), line(all, 10)], [[], [], [15]], "a gap is a gap, and nothing leads over it");
  assert.deepEqual([line(all, 12), line(all, 13)], [[15, 16, 17, 18, 19], []], "down to the base");
  assert.deepEqual([seam(all, 3), seam(all, 5), seam(all, 17)], [[], [9, 11], []], "a seam on an area, none along its edge");
  assert.deepEqual(outlined(shares, [0, 0, 1, 1, 0, 0, 0, 0, 0.2, 0], 3).map((colour, at) => (at % 20 < 6 ? all[at]! : colour)), all, "from a column on it is the same");
});

test("each place lies in one part of the world", () => {
  for (const [area, latitude, longitude] of [
    ["North America", 39, -77], ["South America", -23.5, -46.6], ["Europe", 53.3, -6.3], ["Europe", 36.7, -4.4], ["Africa", 36.8, 10.2],
    ["Africa", 30, 31.2], ["Africa", -33.9, 18.4], ["Asia", 26.1, 50.6], ["Asia", 32.1, 34.8], ["Asia", 1.4, 103.8], ["Oceania", -33.9, 151.2],
  ] as const) assert.equal(areaOf(latitude, longitude), area, `${latitude} ${longitude}`);
  assert.equal(areaOf(null, 3), "elsewhere");
});

test("a view survives its address, and what is unknown in one is ignored", () => {
  const view = { ...FIRST, run: "day", wish: { kind: "fixed" as const, from: 60, to: 90 }, pins: [61], cursor: 61, detail: true, compare: "earlier", align: "heal" as const };
  const back = readFragment(writeFragment(view, "eu west"));
  assert.equal(back.origin, "eu west");
  assert.deepEqual({ ...FIRST, ...back.view }, view);
  assert.deepEqual(readFragment("#w=9-3&stop=1&tz=<b>").view, {});
});

test("runs are aligned by an instant that both came to, else by their starts, and what is missing is said", () => {
  const run = (name: string, ...marks: [string, number, number][]) => {
    const store = planned();
    for (const [mark, fault, at] of marks) store.take({ kind: "mark", fault, turn: 0, population: null, mark, number: 1, at_us: at * 1e6, error_us: null, source: "", is_final: true });
    return { run: name, store };
  };
  const whole = run("whole", ["active", 1, 50], ["active", 0, 7], ["healed", 1, 60], ["healed", 0, 70]);
  const broken = run("broken", ["active", 0, 9.6]), calm = run("calm");
  assert.deepEqual(alignmentOf(whole, broken, "fault"), { by: "fault", here: 7e6, there: 9.6e6, shift: 3, missing: [{ align: "heal", why: "the first fault was not healed in broken" }] });
  assert.deepEqual(alignmentOf(whole, whole, "heal"), { by: "heal", here: 70e6, there: 70e6, shift: 0, missing: [] }, "the heal of the fault that came first");
  assert.deepEqual(alignmentOf(calm, broken, "fault"), { by: "start", here: 0, there: 0, shift: 0, missing: [
    { align: "fault", why: "no fault took effect in calm" }, { align: "heal", why: "the first fault was not healed in calm and broken" }] });
});

test("events are read whole, however the bytes come", () => {
  const text = ": hb\n\nid: 7\nevent: log\ndata: {\"a\":\ndata: 1}\r\n\r\ndata: 2\n\n";
  for (const size of [1, 3, 1000]) {
    const parser = new EventParser(), found = [];
    for (let at = 0; at < text.length; at += size) found.push(...parser.take(text.slice(at, at + size)));
    assert.deepEqual(found, [{ id: "7", kind: "log", data: "{\"a\":\n1}" }, { id: "", kind: "", data: "2" }]);
  }
});
