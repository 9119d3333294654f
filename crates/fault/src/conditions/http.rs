//! HTTP: the answers of a region to its users are late, errors, have another body, or are refused beyond a rate.
//!
//! **What happens in the world.** A sidecar or a proxy in one region delays or fails a share of what passes; a release changes
//! what a field means; a cache gives half of a page with a 200; the rate limit of the region that takes over is still the one
//! of the days when it had half of the users.
//!
//! **What is emulated.** The region's process does so with each request of a user (or of an edge), before anything is done
//! (errors, limit) or after it (delay, body). Health checks, peers and metrics are not touched. All bodies stay whole as HTTP.
//!
//! **Proof of effect.** Users' requests for a profile that does not exist (404, always the same body) are answered so: all of
//! them, or for a share some; with a delay they take at least 80 % of it longer than before; with a limit a burst of twice the rate meets
//! a 429. **Proof of removal.** None of them is, of so many that a share would be met; of a burst as large.

use super::{Measure, Place, Seeing, Setting, ask, sample};
use futures_util::future::{LocalBoxFuture, join_all};
use plan::fault::{Http, HttpWrong};
use std::time::Duration;

/// Requests of one look.
const REQUESTS: usize = 12;
/// Requests at a time, where many are needed.
const AT_A_TIME: usize = 20;
/// The same where it counts how long each takes.
const FEW_AT_A_TIME: usize = 4;
/// Nobody has this name.
const PATH: &str = "/v1/users/landfall-probe";
const PROMPT: Duration = Duration::from_secs(3);

/// Sees it.
pub(crate) struct HttpMeasure {
    kind: Http,
    /// An answer from before.
    before: Option<ask::Answer>,
}

impl HttpMeasure {
    pub(crate) fn new(kind: Http) -> Self {
        Self { kind, before: None }
    }

    async fn get(&self, place: &Place<'_>) -> Result<ask::Answer, String> {
        let within = match self.kind.wrong {
            HttpWrong::Delay { by } => by + PROMPT,
            _ => PROMPT,
        };
        let answer = ask::send(place.users(&self.kind.region)?, "GET", PATH, None, within).await;
        answer.map_err(|error| format!("{}: {error}", self.kind.region))
    }

    fn is_wrong(&self, answer: &ask::Answer) -> bool {
        let Some(before) = &self.before else { return false };
        match self.kind.wrong {
            HttpWrong::Delay { by } => answer.took >= before.took + by.mul_f64(0.8),
            HttpWrong::Status { code } => answer.status == code,
            HttpWrong::Body { .. } => answer.status == before.status && answer.body != before.body,
            HttpWrong::RateLimit { .. } => answer.status == 429,
        }
    }

    /// How many of some answers are as the fault wants them.
    async fn wrong(&self, place: &Place<'_>, requests: usize, at_a_time: usize) -> Result<usize, String> {
        let (mut wrong, mut left) = (0, requests);
        while left > 0 {
            let now = left.min(at_a_time);
            for answer in join_all((0..now).map(|_| self.get(place))).await {
                wrong += usize::from(self.is_wrong(&answer?));
            }
            left -= now;
        }
        Ok(wrong)
    }
}

impl Measure for HttpMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let (name, value) = match self.kind.wrong {
            HttpWrong::Delay { by } => ("http-delay", format!("{}ms", by.as_millis())),
            HttpWrong::Status { code } => ("http-errors", code.to_string()),
            HttpWrong::Body { is } => ("http-body", is.as_str().to_owned()),
            HttpWrong::RateLimit { per_second } => ("rate-limit", format!("{per_second}/s")),
        };
        let setting = Setting::whole(place.peers(&self.kind.region), name, value);
        vec![Setting { share: self.kind.share.fraction(), ..setting }]
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            // The fastest of three: a busy machine makes single ones late.
            for _ in 0..3 {
                let answer = self.get(place).await?;
                if self.before.as_ref().is_none_or(|before| answer.took < before.took) {
                    self.before = Some(answer);
                }
            }
            Ok(())
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let (requests, at_a_time, is_whole) = match self.kind.wrong {
                HttpWrong::RateLimit { per_second } => (2 * per_second as usize, AT_A_TIME, false),
                _ => (REQUESTS, REQUESTS, self.kind.share.fraction() >= 1.0),
            };
            let wrong = self.wrong(place, requests, at_a_time).await?;
            let text = format!("{wrong} of {requests} answers of {} are as the fault wants them", self.kind.region);
            let is_so = if is_whole { wrong == requests } else { wrong > 0 };
            if is_so { Ok(text) } else { Err(text) }
        })
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let (requests, at_a_time) = match self.kind.wrong {
                // Fewer would not meet a limit that is still there.
                HttpWrong::RateLimit { per_second } => (2 * per_second as usize, AT_A_TIME),
                _ => (sample::looks(self.kind.share, REQUESTS)?, FEW_AT_A_TIME),
            };
            let wrong = self.wrong(place, requests, at_a_time).await?;
            let text = format!("{wrong} of {requests} answers of {} are as the fault wanted them", self.kind.region);
            if wrong == 0 { Ok(text) } else { Err(text) }
        })
    }
}
