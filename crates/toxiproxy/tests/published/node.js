// Calls every function of the npm client toxiproxy-node-client, as published, against the API at the address that is given.
// Its package has no tests of its own.
"use strict";
const assert = require("node:assert/strict");
const net = require("node:net");
const { Toxiproxy, Proxy, Toxic, ToxiproxyError } = require("toxiproxy-node-client");

const TYPES = {
  latency: { latency: 1, jitter: 1 },
  bandwidth: { rate: 1000 },
  slow_close: { delay: 1 },
  timeout: { timeout: 1 },
  reset_peer: { timeout: 1 },
  slicer: { average_size: 1, size_variation: 1, delay: 1 },
  limit_data: { bytes: 100 },
};

const refused = (promise, code) =>
  assert.rejects(promise, (error) => error instanceof ToxiproxyError && error.message.includes(String(code)));

// How many milliseconds a byte takes there and back.
const roundTrip = (listen) =>
  new Promise((resolve, reject) => {
    const [host, port] = [listen.slice(0, listen.lastIndexOf(":")), Number(listen.slice(listen.lastIndexOf(":") + 1))];
    const began = process.hrtime.bigint();
    const socket = net.connect({ host, port }, () => socket.write("x"));
    socket.on("data", () => {
      resolve(Number(process.hrtime.bigint() - began) / 1e6);
      socket.destroy();
    });
    socket.on("error", reject);
  });

async function proxies(client, upstream) {
  assert.match(await client.getVersion(), /"version":\s*"2\./);
  assert.deepEqual(await client.getAll(), {});
  const body = { listen: "localhost:0", name: "first", upstream };
  const first = await client.createProxy(body);
  assert.ok(first instanceof Proxy && first.getToxiproxy() === client && first.getHost() === client.host);
  assert.notEqual(first.listen, body.listen);
  assert.deepEqual(first.toJson(), { enabled: true, listen: first.listen, name: "first", upstream });
  assert.deepEqual((await client.get("first")).toJson(), first.toJson());
  assert.deepEqual(Object.keys(await client.getAll()), ["first"]);
  await refused(client.createProxy(body), 409);
  await refused(client.get("nobody"), 404);
  await refused(client.createProxy({ listen: "localhost:0", name: "" }), 400);

  const off = await first.update({ enabled: false, listen: first.listen, upstream });
  assert.equal(off.enabled, false);
  await assert.rejects(roundTrip(first.listen));
  assert.equal((await off.update({ enabled: true, listen: first.listen, upstream })).enabled, true);
  assert.ok((await roundTrip(first.listen)) >= 0);

  const populated = await client.populate([
    { listen: "localhost:0", name: "second", upstream },
    { listen: "localhost:0", name: "third", upstream, enabled: false },
  ]);
  assert.deepEqual(Object.keys(populated), ["second", "third"]);
  assert.equal(populated.third.enabled, false);
  await client.reset();
  assert.equal((await client.get("third")).enabled, true);
  for (const name of ["second", "third"]) await populated[name].remove();
  await refused(client.get("second"), 404);
  return first;
}

async function toxics(client, proxy) {
  for (const [type, attributes] of Object.entries(TYPES)) {
    const toxic = await proxy.addToxic({ attributes, type });
    const expected = { attributes, name: `${type}_downstream`, stream: "downstream", toxicity: 1, type };
    assert.ok(toxic instanceof Toxic);
    assert.deepEqual(toxic.toJson(), expected);
    assert.deepEqual((await proxy.getToxic(toxic.name)).toJson(), expected);
    await refused(proxy.addToxic({ attributes, type }), 409);
    const [key] = Object.keys(attributes);
    const updated = await toxic.update({ attributes: { ...attributes, [key]: 2 }, toxicity: 0.5 });
    assert.deepEqual([updated.attributes, updated.toxicity], [{ ...attributes, [key]: 2 }, 0.5]);
    await updated.remove();
    await refused(proxy.getToxic(toxic.name), 404);
  }
  await refused(proxy.addToxic({ type: "quake", attributes: {} }), 400);
  const named = { attributes: { latency: 150, jitter: 0 }, type: "latency", name: "slow", stream: "upstream", toxicity: 1 };
  const slow = await proxy.addToxic(named);
  assert.deepEqual(slow.toJson(), named);
  assert.ok((await roundTrip(proxy.listen)) >= 150);
  await client.reset();
  await refused(proxy.getToxic("slow"), 404);
  await proxy.remove();
  assert.deepEqual(await client.getAll(), {});
}

async function main([, , api, upstream]) {
  const client = new Toxiproxy(api);
  assert.ok(client.getApi());
  await toxics(client, await proxies(client, upstream));
}

main(process.argv).catch((error) => {
  console.error(error);
  process.exit(1);
});
