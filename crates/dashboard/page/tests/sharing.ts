// Several readers of one stream: whatever the order in which two connections tell it, nobody misses anything.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "../src/events";
import { placeAfter } from "../src/events";
import type { Read, Source } from "../src/read";
import { Refused } from "../src/read";
import { sharing } from "../src/sharing";

/** A connection that was asked for, and what a server can do with it. */
type Asked = { source: Source, told: (events: readonly Event[]) => void, ending: AbortSignal, end: () => void, fail: (error: Error) => void };

/** A server that does nothing by itself. */
function asking(): { asked: Asked[], read: Read } {
  const asked: Asked[] = [];
  const read: Read = (source, told, ending) => new Promise((end, fail) => {
    // A connection takes a moment to end.
    ending.addEventListener("abort", () => setTimeout(() => fail(new Error("ended"))));
    asked.push({ source, told: (events) => { if (!ending.aborted) told(events); }, ending, end, fail });
  });
  return { asked, read };
}

const source = (after = "", token = "one"): Source => ({ address: "/stream", headers: { Authorization: token }, after });
const event = (n: number): Event => ({ id: String(n), kind: "second", data: `event ${n}` });
/** What holds at an event, as whoever begins is told it: only the last has an id. */
const picture = (n: number): Event[] => [{ id: "", kind: "plan", data: `begin ${n}` }, { id: String(n), kind: "log", data: `whole ${n}` }];
const hello: Event = { id: "", kind: "hello", data: "hello" }, resync: Event = { id: "", kind: "resync", data: "resync" };

/** Reads until it is told to leave, and keeps what it was told. */
function reader(read: Read, from: Source) {
  const leaving = new AbortController(), heard: Event[] = [], opened: number[] = [];
  const over = read(from, (events) => { opened.push(events.length); heard.push(...events); }, leaving.signal).then(() => "ended", (error: Error) => error.message);
  return { from, heard, opened, over, leave: () => leaving.abort(), get data() { return heard.map((each) => each.data); }, get place() { return heard.reduce(placeAfter, from.after); } };
}

test("who reads the same shares a connection, who has another token does not", () => {
  const { asked, read } = asking(), shared = sharing(read);
  const one = reader(shared, source()), two = reader(shared, source()), other = reader(shared, source("", "two"));
  assert.deepEqual(asked.map((each) => each.source.headers["Authorization"]), ["one", "two"]);
  asked[0]!.told([]);
  asked[0]!.told([hello, ...picture(3)]);
  asked[0]!.told([event(4)]);
  for (const each of [one, two]) assert.deepEqual([each.opened, each.data], [[0, 3, 1], ["hello", "begin 3", "whole 3", "event 4"]]);
  assert.deepEqual(other.opened, []);
  // Who comes back to where the connection is needs no other.
  const back = reader(shared, source("4"));
  assert.deepEqual([asked.length, back.opened], [2, [0]]);
  asked[0]!.told([event(5)]);
  assert.deepEqual([one.place, two.place, back.data], ["5", "5", ["event 5"]]);
});

test("who comes late reads on its own until both connections are in one place, and hears everything once", () => {
  const { asked, read } = asking(), shared = sharing(read);
  reader(shared, source());
  asked[0]!.told([hello, ...picture(3)]);
  const late = reader(shared, source());
  assert.equal(asked.length, 2);
  // Its own is ahead, and is met.
  asked[1]!.told([hello, ...picture(5)]);
  assert.equal(asked[1]!.ending.aborted, false);
  asked[0]!.told([event(4), event(5), event(6)]);
  assert.equal(asked[1]!.ending.aborted, true);
  asked[1]!.told([event(6)]);
  assert.deepEqual(late.data, ["hello", "begin 5", "whole 5", "event 6"]);
  // The shared one is ahead, and is reached.
  const later = reader(shared, source("4"));
  asked[2]!.told([hello, event(5), event(6), event(7)]);
  asked[0]!.told([event(7)]);
  assert.deepEqual([later.data, asked[2]!.ending.aborted, asked[0]!.ending.aborted], [["hello", "event 5", "event 6", "event 7"], true, false]);
});

/** Numbers below `most` that look like chance. */
function chance(seed: number): (most: number) => number {
  let state = seed;
  return (most) => (state = (state * 48_271) % 2_147_483_647) % most;
}

/** What was heard holds together: nothing is missing in between, and without a resync nothing was told twice. Gives the last event. */
function lastOf({ heard, from }: ReturnType<typeof reader>, about: string): number {
  let known = from.after === "" ? NaN : Number(from.after), begun = NaN, isAnew = false;
  for (const { kind, data } of heard) {
    const n = Number(data.split(" ")[1]);
    if (kind === "resync") isAnew = true;
    if (kind === "plan") begun = n;
    if (kind === "log") assert.equal(begun, n, `${about}: the beginning of it was heard`);
    if (kind === "second") assert.ok(isAnew ? n <= known + 1 : n === known + 1, `${about}: ${n} came after ${known}`);
    if (kind === "log" || kind === "second") known = n;
  }
  return known;
}

test("whatever two connections tell first, each reader ends up with all of it, and without a resync with nothing twice", () => {
  let met = 0;
  for (let seed = 1; seed <= 400; seed += 1) {
    const random = chance(seed * 7_919), { asked, read } = asking(), shared = sharing(read), readers: ReturnType<typeof reader>[] = [];
    /** What is under way to each connection. */
    const due = new Map<Asked, Event[]>(), last = 40;
    const begin = (each: Asked, newest: number) => {
      const { after } = each.source;
      due.set(each, [hello, ...(after === "" ? picture(newest) : Array.from({ length: newest - Number(after) }, (_, n) => event(Number(after) + 1 + n)))]);
    };
    for (let newest = 3; newest <= last; newest += 1) {
      for (const waiting of due.values()) waiting.push(...(random(12) === 0 ? [resync, ...picture(newest)] : [event(newest)]));
      if (newest % 5 === 3) readers.push(reader(shared, source(random(2) === 0 ? "" : readers[0]?.place)));
      for (const each of asked) {
        if (!due.has(each)) begin(each, newest);
        const waiting = due.get(each)!, part = waiting.splice(0, newest === last ? waiting.length : random(4));
        if (part.length > 0) each.told(part);
      }
    }
    for (const [n, each] of readers.entries()) assert.equal(lastOf(each, `seed ${seed}, reader ${n}`), last, `seed ${seed}, reader ${n}`);
    met += asked.slice(1).filter((each) => each.ending.aborted).length;
  }
  assert.ok(met > 400, `${met} late readers came to share`);
});

test("when the connection ends or is refused it is so for everybody, and the next to come opens another", async () => {
  const { asked, read } = asking(), shared = sharing(read);
  const all = [reader(shared, source()), reader(shared, source())];
  asked[0]!.told([hello, ...picture(3)]);
  all.push(reader(shared, source()));
  asked[0]!.end();
  assert.deepEqual(await Promise.all(all.map((each) => each.over)), ["ended", "ended", "ended"]);
  assert.equal(asked[1]!.ending.aborted, true, "the one who was catching up comes back as well");
  const again = [reader(shared, source("3")), reader(shared, source("3"))];
  assert.equal(asked.length, 3);
  assert.equal(asked[2]!.source.after, "3");
  asked[2]!.fail(new Refused("no such run"));
  assert.deepEqual(await Promise.all(again.map((each) => each.over)), ["no such run", "no such run"]);
});

test("a reader that leaves disturbs nobody, the last one takes the connection with it", async () => {
  const { asked, read } = asking(), shared = sharing(read);
  const one = reader(shared, source()), two = reader(shared, source());
  asked[0]!.told([hello, ...picture(3)]);
  const late = reader(shared, source());
  late.leave();
  one.leave();
  assert.deepEqual(await Promise.all([one.over, late.over]), ["ended", "ended"]);
  assert.deepEqual(asked.map((each) => each.ending.aborted), [false, true]);
  asked[0]!.told([event(4)]);
  assert.deepEqual([one.place, two.place], ["3", "4"]);
  two.leave();
  await two.over;
  assert.equal(asked[0]!.ending.aborted, true);
  reader(shared, source("4"));
  assert.equal(asked.length, 3, "nobody joins what is about to end");
});
