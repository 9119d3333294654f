//! Every deployment model, with its regions killed, cut off and brought back.
//!
//! Nothing here is a matter of time. Who may acknowledge is told by epochs: each acknowledged write of a
//! model with a lease says its epoch, and a test that asks one region after the other sees their order.

mod active_passive;
mod defects;
mod geo_partitioned;
mod mesh;
mod read_replicas;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::http::{Reply, request};
pub(super) use crate::lab::{AP, EU, REGIONS, US};
use crate::lab::{Lab, LabPlan, wait_until};
use mesh::Mesh;

/// Nobody goes back by itself, and a busy machine does not lose its lease.
pub(super) const BY_HAND: &str = "[writer]\nlease_ms = 2000\nfailback_after_ms = 0";

/// A dead link must not look like a slow one for long.
pub(super) const QUICK: &str =
    "heartbeat_ms = 100\nretry_ms_max = 200\npoll_wait_ms = 500\ntimeout_ms = 1000\ncatch_up_patience_ms = 3000";

/// A deployment whose links between regions can be cut.
pub(super) struct World {
    pub(super) lab: Lab,
    pub(super) mesh: Mesh,
}

impl World {
    /// All regions run and serve; `top` are lines like `model = …`.
    pub(super) fn new(top: &str, tables: &str, defects: &[&str]) -> Self {
        Self::with_zones(Mesh::new(REGIONS), top, tables, defects, &[])
    }

    /// The same, and regions have zones.
    pub(super) fn with_zones(mesh: Mesh, top: &str, tables: &str, defects: &[&str], zones: &[(&str, &str)]) -> Self {
        let top = format!("{top}\nseed_users = 6\nfollows_per_user = 0");
        let links = mesh.links();
        let plan = LabPlan {
            regions: REGIONS,
            top: &top,
            tables,
            defects,
            replication: QUICK,
            // What is sent on into a dead link ends some time.
            limits: "write_deadline_ms = 3000\nread_deadline_ms = 20000",
            zones,
            links: &links,
            ..LabPlan::default()
        };
        let mut lab = Lab::new(&plan);
        mesh.forward(&lab);
        lab.serve(REGIONS);
        Self { lab, mesh }
    }

    /// Who writes a partition, as a region knows it.
    pub(super) fn writer_seen_by(&self, region: &str, partition: &str) -> Option<String> {
        let reply = request(self.lab.peer_listen(region), "GET", "/peer/lease", &[], "").ok()?;
        let seats = reply.json();
        let seat = seats.as_array()?.iter().find(|seat| seat["partition"] == partition)?.clone();
        seat["writer"].as_str().map(str::to_owned)
    }

    /// Waits until a region knows itself as the writer.
    #[track_caller]
    pub(super) fn wait_for_writer(&self, region: &str, partition: &str) {
        wait_until(&format!("{region} writes {partition}"), || {
            self.writer_seen_by(region, partition).as_deref() == Some(region)
        });
    }

    /// The first of a test: a region has its partition, whoever was first when all began.
    #[track_caller]
    pub(super) fn begin(&self, region: &str, partition: &str) {
        wait_until(&format!("{region} begins with {partition}"), || {
            let writer = self.writer_seen_by(region, partition);
            if writer.as_deref().is_some_and(|writer| writer != region) {
                self.lab.chirp(&["promote", "--region", region, "--partition", partition, "--wait", "5"]);
            }
            writer.as_deref() == Some(region)
        });
    }

    /// Tries to post; the reply may be anything but a broken connection.
    pub(super) fn try_post(&self, region: &str, author: &str, text: &str) -> Reply {
        let body = serde_json::json!({ "author": author, "text": text }).to_string();
        request(self.lab.listen(region), "POST", "/v1/posts", &[], &body).unwrap()
    }

    /// Posts again and again until it is acknowledged.
    #[track_caller]
    pub(super) fn post_until_taken(&self, region: &str, author: &str, text: &str) -> Acknowledged {
        let mut taken = None;
        wait_until(&format!("{region} takes a post"), || {
            let reply = self.try_post(region, author, text);
            taken = Acknowledged::of(region, &reply);
            taken.is_some()
        });
        taken.unwrap()
    }

    /// The same, at any of these.
    #[track_caller]
    pub(super) fn post_until_taken_somewhere(&self, regions: &[&str], author: &str, text: &str) -> Acknowledged {
        let mut taken = None;
        wait_until(&format!("one of {regions:?} takes a post"), || {
            taken = regions.iter().find_map(|region| Acknowledged::of(region, &self.try_post(region, author, text)));
            taken.is_some()
        });
        taken.unwrap()
    }

    /// Waits until a region holds all that an origin has in its log now.
    #[track_caller]
    pub(super) fn wait_until_held(&self, region: &str, origin: &str) {
        let held = |region: &str| {
            let logs = request(self.lab.peer_listen(region), "GET", "/peer/logs", &[], "").unwrap().json();
            let held = logs["logs"].as_array().unwrap().iter().find(|held| held["origin"] == origin);
            held.map_or(0, |held| held["seq"].as_u64().unwrap())
        };
        let wanted = held(origin);
        wait_until(&format!("{region} holds {wanted} entries of {origin}"), || held(region) >= wanted);
    }

    /// Waits until a region has read on in the log of another from where that ends now.
    #[track_caller]
    pub(super) fn wait_until_read(&self, reader: &str, origin: &str) {
        let head = self.lab.metric(origin, "chirp_log_head").unwrap();
        let applied = || self.position(reader, origin);
        wait_until(&format!("{reader} has read {head} of {origin}"), || applied() >= head as u64);
    }

    fn position(&self, region: &str, origin: &str) -> u64 {
        let reply = self.lab.get(region, "/v1/users/user-2");
        let position = reply.header("x-chirp-position").unwrap_or_default().to_owned();
        let part = position.split(';').find(|part| part.starts_with(origin));
        part.and_then(|part| part.rsplit(':').next()?.parse().ok()).unwrap_or_default()
    }

    /// Which of these are not to be had in a region.
    pub(super) fn missing(&self, region: &str, acknowledged: &[Acknowledged]) -> Vec<String> {
        let is_there = |post: &Acknowledged| self.lab.get(region, &format!("/v1/posts/{}", post.id)).status == 200;
        acknowledged.iter().filter(|post| !is_there(post)).map(|post| post.text.clone()).collect()
    }

    /// Every epoch that was ever announced, and by whom.
    pub(super) fn writers(&self, partition: &str) -> BTreeMap<u64, String> {
        let mut writers = BTreeMap::new();
        for region in REGIONS.iter().filter(|region| self.lab.runs(region)) {
            for event in self.lab.process(region).events() {
                if event["event"] == "writer" && event["partition"] == partition {
                    let epoch = event["epoch"].as_u64().unwrap();
                    let before = writers.insert(epoch, event["region"].as_str().unwrap().to_owned());
                    assert!(before.is_none(), "epoch {epoch} of {partition} was won twice");
                }
            }
        }
        writers
    }
}

/// A post that was acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Acknowledged {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) epoch: u64,
    /// Which region did the write.
    pub(super) by: String,
}

impl Acknowledged {
    pub(super) fn of(region: &str, reply: &Reply) -> Option<Self> {
        if reply.status != 201 {
            assert_eq!(reply.status, 503, "a refusal says that it is temporary: {reply:?}");
            assert!(reply.header("retry-after").is_some(), "{reply:?}");
            return None;
        }
        let post: Value = reply.json();
        Some(Self {
            id: post["id"].as_str()?.to_owned(),
            text: post["text"].as_str()?.to_owned(),
            epoch: reply.header("x-chirp-epoch")?.parse().ok()?,
            by: reply.header("x-served-by-writer").unwrap_or(region).to_owned(),
        })
    }
}
