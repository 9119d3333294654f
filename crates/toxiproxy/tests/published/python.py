"""Calls every function of the PyPI client toxiproxy-python, as published, against the API at the address that is given.

Its package has no tests of its own, only helpers for them.
"""

import json
import socket
import sys
import time

from toxiproxy import Proxy, Toxiproxy
from toxiproxy.exceptions import InvalidToxic, NotFound, ProxyExists

TYPES = {
    "latency": {"latency": 1, "jitter": 1},
    "bandwidth": {"rate": 1000},
    "slow_close": {"delay": 1},
    "timeout": {"timeout": 1},
    "reset_peer": {"timeout": 1},
    "slicer": {"average_size": 1, "size_variation": 1, "delay": 1},
    "limit_data": {"bytes": 100},
}


def refused(error, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except error:
        return
    raise AssertionError("%s was not refused" % call)


def round_trip(listen):
    """How many seconds a byte takes there and back."""
    host, port = listen.rsplit(":", 1)
    began = time.monotonic()
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"x")
        assert connection.recv(1) == b"x"
    return time.monotonic() - began


def proxies(server, upstream):
    assert server.running() is True
    assert json.loads(server.version())["version"].startswith("2.")
    assert server.proxies() == {}
    first = server.create(upstream=upstream, name="first")
    assert isinstance(first, Proxy) and first.enabled and first.upstream == upstream and not first.listen.endswith(":0")
    off = server.create(upstream=upstream, name="off", listen="127.0.0.1:0", enabled=False)
    assert off.enabled is False
    assert set(server.proxies()) == {"first", "off"}
    assert server.get_proxy("first").listen == first.listen and server.get_proxy("nobody") is None
    refused(ProxyExists, server.create, upstream=upstream, name="first")
    refused(InvalidToxic, server.create, upstream="", name="without")

    first.disable()
    refused(ConnectionError, round_trip, first.listen)
    first.enable()
    round_trip(first.listen)
    with first.down():
        refused(ConnectionError, round_trip, first.listen)
    round_trip(first.listen)

    body = {"name": "first", "upstream": upstream, "listen": first.listen}
    assert server.populate([body]) == [], "one with the same addresses stays"
    other = server.populate([dict(body, upstream="127.0.0.1:1"), {"name": "new", "upstream": upstream, "listen": "127.0.0.1:0"}])
    assert [proxy.name for proxy in other] == ["first", "new"] and other[0].upstream == "127.0.0.1:1"
    assert server.destroy(off) and server.destroy("off") is False
    refused(NotFound, off.destroy)
    return other[1]


def toxics(server, proxy):
    for kind, attributes in TYPES.items():
        proxy.add_toxic(type=kind, attributes=attributes)
        name = kind + "_downstream"
        toxic = proxy.get_toxic(name)
        assert (toxic.type, toxic.stream, toxic.toxicity, toxic.attributes) == (kind, "downstream", 1, attributes)
        refused(ProxyExists, proxy.add_toxic, type=kind, attributes=attributes)
        assert proxy.destroy_toxic(name)
        refused(NotFound, proxy.destroy_toxic, name)
    assert proxy.toxics() == {}
    refused(InvalidToxic, proxy.add_toxic, type="quake")
    refused(InvalidToxic, proxy.add_toxic, type="noop", stream="sideways")
    proxy.add_toxic(name="slow", type="latency", stream="upstream", toxicity=1.0, attributes={"latency": 150})
    assert list(proxy.toxics()) == ["slow"] and round_trip(proxy.listen) >= 0.15
    assert server.reset()
    assert proxy.get_toxic("slow") is None
    server.destroy_all()
    assert server.proxies() == {}


def main(host, port, upstream):
    server = Toxiproxy()
    server.update_api_consumer(host, int(port))
    toxics(server, proxies(server, upstream))


main(*sys.argv[1:])
