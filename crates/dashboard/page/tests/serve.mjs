// A small server that speaks the addresses of the real one from the fixture: for development and for the tests only.
//
// node tests/serve.mjs [--port 7600] [--regions 3] [--until 175] [--speed 10] [--assets dist]

import { createServer } from "node:http";
import { existsSync, readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { gameDay } from "./fixture.mjs";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'";

/**
 * Serves days. `runs`: {name: {day, until, speed}}; everything until second `until` is there at once, what comes after
 * comes at `speed` times the real one (0: nothing more comes). `trends` is answered as it is, `beside` by both names; what `silent` matches gets no answer. Gives {port, close, drop, commands, connections, watching, asked (series), say, push}.
 */
export async function serve({ runs, trends = [], beside = {}, silent = null, port = 0, assets = fileURLToPath(new URL("../dist", import.meta.url)) }) {
  const streams = new Set(), commands = [], sent = [], asked = [], timers = new Set();
  const at = Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, { ...run, now: run.until ?? Infinity, next: 0 }]));
  for (const run of Object.values(at)) {
    run.next = run.day.findIndex(([us]) => us > run.now * 1e6);
    if (run.next < 0) run.next = run.day.length;
    if (!(run.speed > 0)) continue;
    timers.add(setInterval(() => {
      run.now += 0.1 * run.speed;
      for (; run.next < run.day.length && run.day[run.next][0] <= run.now * 1e6; run.next += 1) {
        for (const stream of streams) if (stream.run === run) tell(stream.response, run.next, run.day[run.next][1]);
      }
    }, 100));
  }
  const server = createServer((request, response) => {
    const address = new URL(request.url, "http://localhost");
    response.setHeader("Content-Security-Policy", POLICY);
    if (silent?.test(address.pathname)) return;
    const path = /^\/api\/v1\/runs\/([^/]+)\/(stream|series|commands)$/.exec(address.pathname);
    if (address.pathname === "/api/v1/runs") return json(response, list(at));
    if (address.pathname === "/api/v1/trends") return json(response, trends);
    const pair = /^\/api\/v1\/runs\/([^/]+)\/beside$/.exec(address.pathname);
    if (pair !== null) {
      const held = beside[`${decodeURIComponent(pair[1])} ${address.searchParams.get("with")}`];
      return held === undefined ? response.writeHead(409, { "Content-Type": "application/problem+json" }).end('{"title":"that run goes on","detail":"compare it when it is over"}') : json(response, held);
    }
    if (path === null) return file(response, assets, address.pathname);
    const run = at[decodeURIComponent(path[1])];
    if (run === undefined) return response.writeHead(404).end("no such run");
    if (path[2] === "stream") return stream(request, response, run, streams, sent);
    if (path[2] === "series") {
      asked.push(address.search);
      return json(response, series(run, address.searchParams));
    }
    let body = "";
    request.on("data", (part) => { body += part; });
    request.on("end", () => {
      const command = JSON.parse(body);
      commands.push(command);
      if (command.command === "note") {
        const line = { kind: "log", id: 1_000_000 + commands.length, at_us: Math.min(run.now, run.day.at(-1)[0] / 1e6) * 1e6, tag: "NOTE", text: command.text, source: "operator" };
        for (const each of streams) if (each.run === run) tell(each.response, run.next, line);
      }
      json(response, { is_done: true, text: "it is on its way" });
    });
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port: server.address().port, commands, connections: sent, watching: () => streams.size, asked,
    drop: () => { for (const each of streams) each.response.destroy(); },
    say: (message) => { for (const each of streams) tell(each.response, null, message); },
    push: (name, until) => {
      const run = at[name];
      run.now = until;
      for (; run.next < run.day.length && run.day[run.next][0] <= until * 1e6; run.next += 1) {
        for (const each of streams) if (each.run === run) tell(each.response, run.next, run.day[run.next][1]);
      }
    },
    close: () => { timers.forEach(clearInterval); for (const each of streams) each.response.destroy(); server.close(); server.closeAllConnections(); },
  };
}

/** Writes an event; an id that is null is not sent. */
function tell(response, id, message) {
  response.write(`${id === null ? "" : `id: ${id}\n`}event: ${message.kind}\ndata: ${JSON.stringify(message)}\n\n`);
}

function list(at) {
  return Object.entries(at).map(([name, run]) => {
    const hello = run.day[0][1], plan = run.day[1][1];
    return { run: name, name: plan.name, sha256: plan.sha256, started_unix_us: hello.started_unix_us, mode: hello.mode,
      verdict: run.day.at(-1)[1].kind === "end" ? "fail" : null };
  });
}

function stream(request, response, run, streams, sent) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const last = request.headers["last-event-id"];
  sent.push(last ?? null);
  const told = run.day.slice(0, run.next);
  const [, hello] = run.day[0];
  const now = Math.min(run.now, run.day.at(-1)[0] / 1e6);
  tell(response, null, { ...hello, now_us: now * 1e6 });
  if (last !== undefined) {
    told.forEach(([, message], id) => { if (id > Number(last)) tell(response, id, message); });
  } else {
    const newest = (kind) => told.findLast(([, message]) => message.kind === kind)?.[1];
    const shown = [run.day[1][1], newest("state"), newest("generators")].filter((message) => message !== undefined);
    for (const kind of ["mark", "log", "gap", "doubt", "samples", "end"]) shown.push(...told.filter(([, message]) => message.kind === kind).map(([, message]) => message));
    // As the real one does: only with the last of them one has seen all.
    shown.forEach((message, n) => tell(response, n === shown.length - 1 ? run.next - 1 : null, message));
  }
  const each = { response, run };
  streams.add(each);
  request.on("close", () => streams.delete(each));
}

function series(run, query) {
  const from = Number(query.get("from") ?? 0), to = Number(query.get("to") ?? Infinity);
  const told = run.day.slice(0, run.next).map(([, message]) => message);
  const inside = (message) => message.second >= from && message.second < to;
  return {
    seconds: told.filter((message) => message.kind === "second" && inside(message)),
    fine: told.filter((message) => message.kind === "fine" && inside(message)),
  };
}

function json(response, value) {
  response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

function file(response, assets, path) {
  const name = normalize(join(assets, path === "/" ? "index.html" : path));
  if (!name.startsWith(assets) || !existsSync(name)) return response.writeHead(404).end("no such file");
  response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream" }).end(readFileSync(name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
  };
  const regions = Number(option("regions", 3)), seconds = Number(option("seconds", 420));
  const day = gameDay({ regions, seconds, role: option("role", "operate") });
  const served = await serve({
    runs: { day: { day, until: Number(option("until", 1e9)), speed: Number(option("speed", 0)) } },
    port: Number(option("port", 7600)),
  });
  console.log(`http://127.0.0.1:${served.port}/`);
}
