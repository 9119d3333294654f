//! Asks one target, again and again, until told to stop.
//!
//! With jitter the checks of many askers do not arrive in step. It is a function of who asks and of the
//! number of the check, so a run can be repeated.

use std::net::SocketAddr;
use std::time::Duration;

use super::check::{CheckKind, check};
use super::health::State;
use crate::mix::mix;
use crate::stop::Stop;
use crate::tls::Caller;

/// How one target is asked.
#[derive(Clone, Debug)]
pub(crate) struct ProbeSettings {
    /// Where.
    pub(crate) address: SocketAddr,
    /// How its TLS is spoken; none: it has none.
    pub(crate) tls: Option<Caller>,
    /// What.
    pub(crate) kind: CheckKind,
    /// How long from one question to the next.
    pub(crate) interval: Duration,
    /// How long one may take, from connecting to the end of the answer.
    pub(crate) timeout: Duration,
    /// By how much an interval may be shorter or longer, in percent, at most 50.
    pub(crate) jitter_percent: u32,
    /// Makes the jitter of one asker differ from that of another.
    pub(crate) seed: u64,
}

impl ProbeSettings {
    /// The wait before check number `number`: the interval, give or take the jitter.
    pub(super) fn wait(&self, number: u64) -> Duration {
        let share = (mix(self.seed ^ number) % 2001) as f64 / 1000.0 - 1.0;
        self.interval.mul_f64(1.0 + share * f64::from(self.jitter_percent.min(50)) / 100.0)
    }
}

/// Asks until `stop`; `found` gets each state and its reason.
pub(crate) async fn run(settings: ProbeSettings, stop: Stop, mut found: impl FnMut(State, Option<String>)) {
    for number in 0_u64.. {
        let finding = tokio::select! {
            () = stop.requested() => return,
            finding = check(settings.address, settings.tls.as_ref(), settings.kind, settings.timeout) => finding,
        };
        found(finding.state, finding.reason);
        tokio::select! {
            () = stop.requested() => return,
            () = tokio::time::sleep(settings.wait(number)) => {}
        }
    }
}
