//! Key missing: a region has no key to check its users' tokens with.
//!
//! **What happens in the world.** A secret that was rolled out to the primary only, a key service that answers in one region, an
//! identity provider that the standby can't reach. Everything there is green, for health checks bring no token; the first user
//! who comes after the failover can't log in, and neither can the operators.
//!
//! **What is emulated.** Where users come in at the region's place, its edge or the region itself, tokens can be neither given nor
//! checked: who brings one or wants one gets 503, who brings none is served as before.
//!
//! **Proof of effect.** From outside, a token is asked for at that door (`POST /v1/sessions`), as a user does: it is refused with 503,
//! and before one was given. **Proof of removal.** One is given.

use super::{Measure, Place, Seeing, Setting, ask};
use futures_util::future::LocalBoxFuture;
use plan::fault::KeyMissing;
use std::time::Duration;

const WITHIN: Duration = Duration::from_secs(3);

/// Sees it.
pub(crate) struct KeyMeasure {
    kind: KeyMissing,
}

impl KeyMeasure {
    pub(crate) fn new(kind: KeyMissing) -> Self {
        Self { kind }
    }

    /// Whether each door gives a token, with this status.
    async fn each_answers(&self, place: &Place<'_>, wanted: u16) -> Result<String, String> {
        let mut texts = Vec::new();
        for region in &self.kind.regions {
            for door in place.doors(region)? {
                let body = Some(r#"{"user":"landfall-probe"}"#);
                let answer = ask::send(door.clone(), "POST", "/v1/sessions", body, WITHIN).await;
                let status = answer.map_err(|error| format!("{door}: {error}"))?.status;
                let text = format!("who asks for a token at {region} gets {status}");
                if status != wanted {
                    return Err(text);
                }
                texts.push(text);
            }
        }
        Ok(texts.join(", "))
    }
}

impl Measure for KeyMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let admins = self.kind.regions.iter().flat_map(|region| place.door_admins(region));
        admins.map(|admin| Setting::whole(admin, "token-key-missing", "")).collect()
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move { self.each_answers(place, 201).await.map(drop) })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.each_answers(place, 503))
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.each_answers(place, 201))
    }
}
