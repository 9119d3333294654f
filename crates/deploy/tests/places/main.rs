//! What is written for places, read by those for whom it is: the typed objects of Kubernetes, systemd, and a NATS
//! server with real clients.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod credentials;
mod manifests;
#[expect(dead_code, reason = "shared with the tests of fleets")]
#[path = "../nats_server/mod.rs"]
mod nats_server;
mod rights;
mod servers;
mod units;

use deploy::fleet::Fleet;

/// Two regions, three agents.
fn fleet() -> Fleet {
    Fleet::read(
        "image = \"registry.example.com/landfall:0.1.0\"\n\
         hub.addresses = [\"nats.example.com\"]\n\
         [[region]]\nname = \"eu-west-1\"\nagents = 2\n\
         [[region]]\nname = \"ap-northeast-1\"\nagents = 1\n",
    )
    .unwrap()
}
