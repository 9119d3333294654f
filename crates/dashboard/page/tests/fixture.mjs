// A game day as messages, made from nothing but its arguments: the same every time. For development and for the tests.
//
// Europe is lost from second 120 to 200 and its users go elsewhere; a link is slow from 300 to 340; one generator is lost
// for six seconds; one second is told again. Names and errors hold markup on purpose: they must stay text.

const REGIONS = [
  ["eu-west-1", 53.3, -6.3], ["us-east-1", 38.9, -77.4], ["ap-south-1", 19.1, 72.9], ["eu-central-1", 50.1, 8.7],
  ["us-west-2", 45.8, -119.7], ["ap-northeast-1", 35.7, 139.7], ["ap-southeast-2", -33.9, 151.2],
  ["sa-east-1", -23.5, -46.6], ["ca-central-1", 45.5, -73.6], ["eu-north-1", 59.3, 18.1], ["ap-southeast-1", 1.4, 103.8],
  ["me-south-1", 26.1, 50.6], ["af-south-1", -33.9, 18.4], ["eu-south-1", 45.5, 9.2], ["ap-northeast-2", 37.6, 127.0],
  ["us-east-2", 40.0, -83.0], ["us-west-1", 37.4, -121.9], ["eu-west-2", 51.5, -0.1], ["eu-west-3", 48.9, 2.4],
  ["ap-east-1", 22.3, 114.2],
];
const FAILURES = ["refused", "reset", "timed out", "5xx", "wrong answer <script>alert(1)</script>"];
export const FAULT = 120, HEAL = 200, SLOW = 300, SLOW_END = 340, GAP = [250, 256], RESTATED = 90;
const US = 1_000_000;
export const STARTED_UNIX_US = Date.UTC(2026, 10, 22, 13, 32, 0) * 1000;

/** Numbers from 0 to 1 that look like chance. */
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** So many places; beyond the known ones others beside them. */
function places(count) {
  return Array.from({ length: count }, (_, n) => {
    const [name, latitude, longitude] = REGIONS[n % REGIONS.length], turn = Math.floor(n / REGIONS.length);
    return turn === 0 ? [name, latitude, longitude] : [`${name}-${turn + 1}`, latitude - 1.5 * turn, longitude + 1.1 * turn];
  });
}

/** The plan of a day with so many regions. */
export function plan(regions, seconds) {
  const named = places(regions);
  const shares = named.map((_, n) => 1 / (n + 2));
  const sum = shares.reduce((total, share) => total + share, 0);
  return {
    kind: "plan", name: `gameday-eu-kill`, sha256: "3f9c1e27".repeat(8), seed: 7,
    load: "open model, 3 000 requests a second", load_us: seconds * US, warm_up_us: 20 * US, final_delay_seconds: 3,
    failed_means: "no answer in 2 s, 5xx, or a wrong body", success_min: 0.999, p99_max_us: 300_000, lag_p99_max_us: 50_000, unsent_max: 0.01, silence_max_us: 3 * US,
    populations: named.map(([name, latitude, longitude], n) => ({
      name: n === 0 ? "eu-west-1" : name, place: name, access: n % 2 === 0 ? "cable" : "4g", latitude, longitude,
      share: shares[n] / sum, home: n,
    })),
    regions: named.map(([name, latitude, longitude]) => ({ name, latitude, longitude })),
    failures: FAILURES,
    faults: [
      { name: "lose-europe", what: "region-loss", text: "region-loss of eu-west-1", regions: [0], links: [],
        at_us: [FAULT * US], for_us: (HEAL - FAULT) * US },
      { name: "slow-link", what: "link-slow", text: "link-slow between us-east-1 and ap-south-1", regions: [],
        links: [[1, 2]], at_us: [SLOW * US], for_us: (SLOW_END - SLOW) * US },
    ],
    bins_per_octave: 8,
  };
}

function bins(us, count, random, spread = 2) {
  if (count <= 0) return [];
  const counts = new Map();
  const parts = 12;
  for (let n = 0; n < parts; n += 1) {
    const part = Math.floor(((n + 1) * count) / parts) - Math.floor((n * count) / parts);
    const tail = n === parts - 1 ? random() * 10 : 0;
    const bin = Math.round(8 * Math.log2(us) + (random() + random() - 1) * 4 * spread + tail);
    if (part > 0) counts.set(bin, (counts.get(bin) ?? 0) + part);
  }
  const sorted = [...counts].sort((one, other) => one[0] - other[0]);
  let before = 0;
  return sorted.flatMap(([bin, part]) => {
    const pair = [bin - before, part];
    before = bin;
    return pair;
  });
}

/** How a population fares in a tenth of a second, as shares: home, elsewhere, failed. Failover takes `slowness` times as long. */
function shares(population, on, slowness) {
  const at = on < FAULT || on >= HEAL ? on : FAULT + (on - FAULT) / slowness;
  if (population !== 0) return [1, 0, 0];
  if (at < FAULT + 0.3) return [1, 0, 0];
  if (at < FAULT + 9.4) return [0, 0, 1];
  if (at < FAULT + 17.6) {
    const moved = Math.min(1, (at - FAULT - 9.4) / 4.4) ** 0.7;
    return [0, moved, Math.max(at < FAULT + 13.8 ? 0.02 : 0, 1 - moved)];
  }
  if (at < HEAL + 6) return [0, 1, 0];
  const back = Math.min(1, (at - HEAL - 6) / 8);
  return [back, 1 - back, 0];
}

function second(planned, n, at, random, slowness, restated = false) {
  const populations = [], columns = { due: [], sent: [], ok: [], failed: [], served: [], latency: [], failed_latency: [], connected: [], in_flight: [] };
  const fines = [];
  const total = 3000 * Math.min(1, (at + 1) / 10);
  for (let p = 0; p < n; p += 1) {
    if (p === 2 && at >= GAP[0] && at < GAP[1]) continue;
    populations.push(p);
    const due = Math.round(total * planned.populations[p].share * (1 + 0.08 * (random() - 0.5) + 0.1 * Math.sin(at / 40 + p)));
    const fine = { kind: "fine", second: at, population: p, home: [], elsewhere: [], failed: [] };
    let home = 0, elsewhere = 0, failed = 0;
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const part = Math.floor(((tenth + 1) * due) / 10) - Math.floor((tenth * due) / 10);
      const [, away, bad] = shares(p, at + tenth / 10, slowness);
      const b = Math.round(part * bad), e = Math.min(part - b, Math.round(part * away));
      fine.failed.push(b); fine.elsewhere.push(e); fine.home.push(part - b - e);
      failed += b; elsewhere += e; home += part - b - e;
    }
    if (p === 1 && at > FAULT + 9 && at < HEAL && at % 7 === 0) { failed += 1; home -= 1; }
    const near = (at >= FAULT - 10 && at < FAULT + 40) || (at >= HEAL - 10 && at < HEAL + 40);
    if (near && p < 3) fines.push(fine);
    const ok = home + elsewhere;
    const slow = at >= SLOW && at < SLOW_END && p === 2 ? 2.4 : 1;
    const crowd = p === 1 && at > FAULT + 9 && at < HEAL ? 2.2 : 1;
    const base = (60_000 + 9_000 * (p % 7)) * slow * crowd * (elsewhere > home ? 3 : 1);
    const kinds = failed === 0 ? [] : [Math.ceil(failed * 0.6), 0, Math.floor(failed * 0.4), 0, 0];
    const other = n > 2 ? [[1, Math.round(elsewhere * 0.64)], [2, elsewhere - Math.round(elsewhere * 0.64)]] : [[1, elsewhere]];
    columns.due.push(due);
    columns.sent.push(due);
    columns.ok.push(ok);
    columns.failed.push(kinds);
    columns.served.push([[planned.populations[p].home, home], ...other].filter(([, served]) => served > 0));
    columns.latency.push(bins(base, ok, random));
    columns.failed_latency.push(failed === 0 ? [] : [96, Math.ceil(failed * 0.6), 71, Math.floor(failed * 0.4)]);
    columns.connected.push(p === 0 && at >= FAULT + 6 && at < HEAL ? [[1, 3], [2, 1]] : [[planned.populations[p].home, 4]]);
    columns.in_flight.push(Math.round(due * (failed > 0 ? 1.4 : 0.12)));
  }
  const lags = planned.regions.slice(0, 6).map((_, region) => (
    region !== 0 && at >= FAULT && at < FAULT + 20 ? (at - FAULT) * 120_000 : random() * 60_000));
  const staleness = planned.regions.slice(0, 3).map((_, written) => ({
    written, reads: lags.map((_, region) => (region === 0 && at >= FAULT && at < HEAL ? 0 : 40)),
    // What the lost region had acknowledged is not there for a while, the farther the longer.
    stale: lags.flatMap((lag, region) => (written === 0 && lag > 200_000 ? [[region, 6, Math.round(lag) + 1_000 * region]] : [])),
  }));
  if (restated) columns.in_flight = columns.in_flight.map(() => 7);
  return [{ kind: "second", second: at, step: 1, populations, ...columns, staleness }, fines];
}

function headlines(n, at) {
  const states = Array.from({ length: n }, () => "fine");
  if (at >= FAULT + 2 && at < FAULT + 11) states[0] = "down";
  else if (at >= FAULT + 11 && at < FAULT + 18) states[0] = "degraded";
  else if (at >= FAULT + 18 && at < HEAL + 10) states[0] = "rerouted";
  if (at >= FAULT + 11 && at < HEAL) states[1] = "degraded";
  if (at >= GAP[0] + 3 && at < GAP[1] + 1) states[2] = "no-data";
  if (at >= SLOW + 3 && at < SLOW_END) states[2] = "degraded";
  return states;
}

const WORST = ["down", "degraded", "no-data", "rerouted", "fine"];

function state(planned, n, at, seconds) {
  const states = headlines(n, at);
  const worst = WORST.find((word) => states.includes(word));
  const isOver = at >= seconds;
  const phase = isOver ? "done" : at < 20 ? "warm-up" : at < FAULT ? "baseline" : at < FAULT + 18 ? "fault"
    : at < HEAL ? "recovering" : at < SLOW ? "healed" : at < SLOW_END ? "fault" : "healed";
  const phase_text = isOver ? "done" : at < FAULT ? `fault in ${Math.floor((FAULT - at) / 60)}:${String((FAULT - at) % 60).padStart(2, "0")}`
    : at < HEAL ? `fault lose-europe ${at - FAULT} s of ${HEAL - FAULT} s` : at >= SLOW && at < SLOW_END ? `fault slow-link ${at - SLOW} s of 40 s` : "healed";
  let sentence = `All ${n} regions fine for ${Math.max(0, at - 20)} s. Fault in ${FAULT - at} s.`;
  if (states[0] === "down") sentence = `eu-west-1 users are DOWN since 13:34:00 (${at - FAULT} s); nothing answers them yet.`;
  else if (at >= FAULT) sentence = "eu-west-1 users were affected for 17.6 s (down 11.7 s) from 13:34:00.3; served by us-east-1 (64 %) and ap-south-1 (36 %).";
  if (at >= HEAL + 14) sentence = "eu-west-1 users were affected for 17.6 s (down 11.7 s) from 13:34:00.3; they are served at home again since 13:35:34.";
  if (isOver) sentence = "Failover worked in 17.6 s (limit 60 s), but 31 acknowledged writes were lost.";
  const second_line = at < FAULT ? "Measurement trusted."
    : at < HEAL ? "Others: us-east-1 p99 412 ms > 300 ms since 13:34:11. Measurement trusted." : "Others fine. Measurement trusted.";
  const known = at >= FAULT + 18;
  const evidence = [FAULT * US, (FAULT + 18) * US];
  return {
    kind: "state", at_us: at * US, phase, phase_text, headline: isOver ? "fail" : worst, sentence, second_line,
    is_trusted: true,
    populations: states.map((word, p) => ({
      state: word, since_us: (word === "fine" ? 0 : FAULT) * US, home: p,
      affected_us: p === 0 ? Math.max(0, Math.min(at - FAULT, 17.6)) * US : 0,
      why: word === "down" ? "0 % succeed" : word === "degraded" ? "p99 412 ms > 300 ms" : "",
    })),
    score: [
      { name: "recovery time", value: known ? "17.6 ± 0.1 s" : at < FAULT ? "not measured" : `> ${at - FAULT} s`, limit: "60 s",
        outcome: known ? "pass" : "open", is_final: known, evidence_us: at < FAULT ? null : evidence },
      { name: "data loss", value: known ? "31 writes, 2.4 s" : "not measured", limit: "0", outcome: known ? "fail" : "open",
        is_final: isOver, evidence_us: known ? evidence : null },
      { name: "error budget", value: at < FAULT ? "0 %" : "0.91 %", limit: "10 %", outcome: isOver ? "pass" : "open", is_final: isOver, evidence_us: null },
      { name: "blast radius", value: known ? "51 % of users" : "not measured", limit: "60 %", outcome: isOver ? "pass" : "open", is_final: isOver, evidence_us: null },
      { name: "other regions", value: known ? "us-east-1 slower" : "fine", limit: "", outcome: "open", is_final: isOver, evidence_us: null },
      { name: "failback", value: at > HEAL + 15 ? "14 s" : "not measured", limit: "", outcome: "open", is_final: isOver, evidence_us: null },
      { name: "trust", value: "trusted", limit: "", outcome: isOver ? "pass" : "open", is_final: isOver, evidence_us: null },
    ],
    objectives: [
      { name: "data_loss", scope: "lose-europe", value: known ? "31 writes" : "not measured", limit: "0", outcome: known ? "fail" : "open",
        reason: known ? "31 writes acknowledged by eu-west-1 between 13:33:57.9 and 13:34:00.3 were never seen elsewhere" : "", evidence_us: known ? evidence : null },
      { name: "failback", scope: "lose-europe", value: "not measured", limit: "30 s", outcome: isOver ? "inconclusive" : "open",
        reason: isOver ? "the plan ended before the last region was home" : "", evidence_us: null },
      { name: "recovery_time", scope: "eu-west-1, reads, lose-europe", value: known ? "17.6 s" : "not measured", limit: "60 s",
        outcome: known ? "pass" : "open", reason: "", evidence_us: known ? evidence : null },
    ],
  };
}

function generators(n, at) {
  const lost = at >= GAP[0] && at < GAP[1];
  return {
    kind: "generators",
    line: lost ? `${n - 1}/${n} trusted · g-2 silent since 13:36:10 · late starts 0 % · CPU at most 41 % · clock ±4 ms`
      : `${n}/${n} trusted · late starts 0 % · CPU at most 41 % · clock ±4 ms · complete`,
    generators: Array.from({ length: n }, (_, g) => ({
      name: `g-${g}`, place: REGIONS[g % REGIONS.length][0], due: 9000, sent: 9000, lag_p99_us: 900 + 10 * g, cpu: 0.41 - 0.01 * g,
      descriptors: 840, descriptors_max: 65536, memory: 61e6, clock_bound_us: 4000, last_second: lost && g === 2 ? GAP[0] - 1 : at,
      distrust: lost && g === 2 ? "silent for 3 s" : "", coverage: coverage(g, at),
    })),
  };
}

/** What a generator has told of by then: the third one lacks the seconds in which it was silent. */
function coverage(g, at) {
  const to = Math.max(0, at - 2), lacks = g === 2 && to > GAP[0];
  const missing = lacks ? [{ from: GAP[0], to: Math.min(GAP[1], to), why: "generator g-2 was silent <b>" }] : [];
  return { from: 0, to, missing, text: lacks ? `98.6 %, ${Math.min(GAP[1], to) - GAP[0]} seconds missing` : "100 %" };
}

/** Requests of Europe that are worth a look. */
function samples(at) {
  const longest = Array.from({ length: 10 }, (_, n) => ({ second: at - n, step: n % 2 === 0 ? "timeline" : "post", outcome: "ok", region: at < FAULT + 10 ? 0 : 1, longest_us: 900_000 - 20_000 * n, count: 120 - n }));
  const last = Math.min(at, FAULT + 17), failed = at <= FAULT ? [] : Array.from({ length: Math.min(10, last - FAULT) }, (_, n) => ({ second: last - n, step: "timeline", outcome: n % 2 === 0 ? "refused" : FAILURES[4], region: null, longest_us: 4_000 + n, count: 30 + n }));
  return { kind: "samples", population: 0, slowest: longest, failed };
}

/** The day: [[instant in µs, message], …] in order of time. Failover takes `slowness` times as long; words and states stay as they are. */
export function gameDay({ regions = 3, seconds = 420, mode = "live", role = "operate", slowness = 1 } = {}) {
  const planned = plan(regions, seconds), random = chance(7), day = [];
  const say = (at, message) => day.push([Math.round(at * US), message]);
  say(0, { kind: "hello", version: 1, run: "day", landfall: "0.1.0", started_unix_us: STARTED_UNIX_US, now_us: 0, mode, role });
  say(0, planned);
  const log = (at, tag, text, source) => ({ at, message: { kind: "log", id: 0, at_us: Math.round(at * US), tag, text, source } });
  const mark = (at, name, number, fault = 0, population = 0, turn = 0) => ({
    at: at + 1.2, message: { kind: "mark", fault, turn, population, mark: name, number, at_us: Math.round(at * US), error_us: 50_000,
      source: number === 1 || number === 6 ? "fault keeper" : "requests", is_final: at < seconds - 60 },
  });
  const extra = [
    log(1, "PHASE", "warm-up until T+0:20", "controller"), log(20, "PHASE", "baseline began", "controller"),
    log(60, "NOTE", "<img src=x onerror=alert(1)> says the bridge", "operator"),
    log(FAULT, "FAULT", "region-loss of eu-west-1 active (effect verified in 0.4 s)", "fault keeper"),
    mark(FAULT - 0.4, "injecting", null, 0, null), mark(FAULT, "active", 1, 0, null), mark(FAULT + 0.3, "impact", null),
    log(FAULT + 6.1, "DETECT", "health check of eu-west-1 failed (6.1 s after the fault)", "steering"), mark(FAULT + 6.1 * slowness, "detected", 2, 0, null),
    log(FAULT + 9.4, "REROUTE", "first eu-west-1 user served by us-east-1 (9.4 s)", "requests"), mark(FAULT + 9.4 * slowness, "rerouted", 3),
    mark(FAULT + 13.8 * slowness, "shifted", 4), log(FAULT + 13.8, "SHIFTED", "99 % of answered traffic elsewhere (13.8 s)", "requests"),
    log(FAULT + 11.2, "SLO", "us-east-1 p99 412 ms > 300 ms", "requests"),
    mark(FAULT + 17.6 * slowness, "recovered", 5), log(FAULT + 17.6, "RECOVER", "eu-west-1 users are well again (17.6 s)", "requests"),
    log(FAULT + 31, "LOST", "31 acknowledged writes were never seen elsewhere", "ledger"),
    log(HEAL, "HEAL", "region-loss of eu-west-1 healed (removal verified)", "fault keeper"), mark(HEAL, "healed", 6, 0, null),
    mark(HEAL + 6, "first-home", 7), mark(HEAL + 14, "failed-back", 8),
    log(HEAL + 14, "HOME", "eu-west-1 users are served at home again", "requests"),
    log(GAP[0] + 3, "GEN", "g-2 is silent", "controller"), log(GAP[1], "GEN", "g-2 is back; 6 seconds are lost", "controller"),
    { at: GAP[1] + 1, message: { kind: "gap", populations: [2], from: GAP[0], to: GAP[1], why: "generator g-2 was silent" } },
    log(SLOW, "FAULT", "link-slow between us-east-1 and ap-south-1 active", "fault keeper"), mark(SLOW, "active", 1, 1, null), mark(SLOW_END, "healed", 6, 1, null),
    log(SLOW_END, "HEAL", "link-slow healed", "fault keeper"),
  ].filter((each) => each.at < seconds).sort((one, other) => one.at - other.at);
  extra.filter((each) => each.message.kind === "log").forEach((each, n) => { each.message.id = n; });
  for (let at = 0; at < seconds; at += 1) {
    while (extra.length > 0 && extra[0].at <= at) { const next = extra.shift(); say(next.at, next.message); }
    const [whole, fines] = second(planned, regions, at, random, slowness);
    fines.forEach((fine) => say(at + 1, fine));
    say(at + 1, at === RESTATED ? { ...whole, ok: whole.ok.map(() => 1) } : whole);
    if (at === RESTATED + 3) say(at + 1, second(planned, regions, RESTATED, chance(9), slowness, true)[0]);
    if (at % 5 === 0) say(at + 1, generators(regions, at));
    if (at % 5 === 0 && at > 20) say(at + 1, samples(at));
    say(at + 1, state(planned, regions, at + 1, seconds));
  }
  for (const each of extra) say(seconds, each.message);
  say(seconds, state(planned, regions, seconds, seconds));
  if (mode !== "none") say(seconds + 1, { kind: "end", verdict_line: "FAIL (1 of 3 objectives failed, 1 not measured)", report: "" });
  return day;
}

/** A day whose load began so many seconds later: everything in it comes earlier. */
export function begunLater(day, by) {
  const earlier = (value, unit) => (typeof value === "number" ? value - by * unit : value);
  const moved = (message) => {
    const fields = Object.entries({ at_us: US, now_us: US, second: 1, from: 1, to: 1 }).filter(([name]) => name in message && message.kind !== "plan");
    return { ...message, ...Object.fromEntries(fields.map(([name, unit]) => [name, earlier(message[name], unit)])) };
  };
  return day.filter(([at], n) => n < 2 || at > by * US).map(([at, message], n) => (n < 2 ? [0, message] : [at - by * US, moved(message)]))
    .filter(([, { second = 0 }]) => second >= 0);
}
