//! DNS: the geo-DNS answers wrongly, late, or as if nothing had happened.
//!
//! **What happens in the world.** Name servers fail, are slow, or are reached by few; a control plane that is down leaves the
//! last answers in place, so users go on to a dead region; a change of weights sends them to a drained one; an address
//! database that is wrong sends a share of them round the world. Clients that never ask again hide all of it.
//!
//! **What is emulated.** The lab's own geo-DNS answers so. There are no caching resolvers in between: clients keep answers for
//! the time that they may, and with `ttl` that is longer.
//!
//! **Proof of effect.** The geo-DNS is asked, from the users' own networks: the code, the silence, the address, how long it
//! took and how long it may be kept. `frozen`: the serial number of its zone counts the health checks that it has taken in,
//! and does not move for two and a half rounds of them. `send_to` for a share: of 40 askers in each network at least half of
//! the share more are sent there than before. **Proof of removal.** The same questions, answered as before; so many that a share
//! would be met.

use super::{
    Measure, Place, Seeing, Setting,
    query::{self, Reply, Wanted},
    sample,
};
use crate::environment::{ChirpPorts, SteeringTarget};
use futures_util::future::{LocalBoxFuture, join_all, try_join_all};
use plan::fault::{Dns, DnsAnswer, DnsWrong};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use tokio::time::sleep;

/// Askers of each network, for shares.
const ASKERS: u8 = 40;
/// Questions, where askers don't matter.
const QUESTIONS: usize = 12;
/// Longer than an answer takes on a busy machine, where nothing is wrong.
const PROMPT: Duration = Duration::from_millis(800);

/// Sees it.
pub(crate) struct DnsMeasure {
    kind: Dns,
    /// The part of the askers that was sent there before.
    sent_before: f64,
}

impl DnsMeasure {
    pub(crate) fn new(kind: Dns) -> Self {
        Self { kind, sent_before: 0.0 }
    }

    async fn ask(&self, place: &Place<'_>, from: Ipv4Addr, wanted: Wanted) -> Result<(Reply, Duration), String> {
        let within = match self.kind.wrong {
            DnsWrong::Delay { by } => by + PROMPT,
            _ => PROMPT,
        };
        let (resolver, name) = (place.chirp.resolver, &place.chirp.name);
        let asked = query::ask(resolver, IpAddr::V4(from), name, wanted, within).await;
        asked.map_err(|error| format!("the geo-DNS at {resolver}: {error}"))
    }

    /// How many of so many questions, from the networks in turn, are answered as the fault wants it. Some are asked at once: silence
    /// and delay are waited for once in each of these rounds.
    async fn wrong(&self, place: &Place<'_>, questions: usize) -> Result<usize, String> {
        if place.chirp.askers.is_empty() {
            return Err("there is nobody who could ask".to_owned());
        }
        let (mut askers, mut wrong, mut left) = (place.chirp.askers.iter().cycle(), 0, questions);
        while left > 0 {
            let now = left.min(QUESTIONS);
            let asking = askers.by_ref().take(now).map(|from| self.ask(place, *from, Wanted::Address));
            wrong += try_join_all(asking).await?.iter().filter(|reply| self.is_wrong(reply)).count();
            left -= now;
        }
        Ok(wrong)
    }

    async fn serial(&self, place: &Place<'_>) -> Result<u32, String> {
        let from = place.chirp.askers.first().ok_or("there is nobody who could ask")?;
        match self.ask(place, *from, Wanted::Serial).await?.0 {
            Reply::Serial(serial) => Ok(serial),
            other => Err(format!("the zone has no serial number: {other:?}")),
        }
    }

    fn target<'a>(&self, place: &Place<'a>) -> Option<&'a SteeringTarget> {
        let DnsWrong::SendTo { region } = &self.kind.wrong else { return None };
        let index = place.environment.region(region)?;
        place.chirp.targets.get(index)
    }

    /// Whether a reply is as the fault wants it.
    fn is_wrong(&self, (reply, took): &(Reply, Duration)) -> bool {
        match &self.kind.wrong {
            DnsWrong::Answers { what } => *reply == expected(*what),
            DnsWrong::Delay { by } => *took >= by.mul_f64(0.8),
            DnsWrong::Ttl { keep } => matches!(reply, Reply::Address(_, ttl) if u64::from(*ttl) == keep.as_secs()),
            DnsWrong::Frozen | DnsWrong::SendTo { .. } => false,
        }
    }

    async fn look(&self, place: &Place<'_>, effect: bool) -> Result<String, String> {
        if let Some(target) = self.target(place) {
            let name = &target.name;
            let (sent, share) = (part_sent(place, target).await?, self.kind.share.fraction());
            let more = (sent - self.sent_before) / (1.0 - self.sent_before).max(f64::MIN_POSITIVE);
            let percent = |part: f64| (100.0 * part).round();
            let text =
                format!("{}% of the askers are sent to {name}, {}% before", percent(sent), percent(self.sent_before));
            let is_so = if effect { more >= share / 2.0 && more > 0.0 } else { more <= share / 4.0 };
            return if is_so { Ok(text) } else { Err(text) };
        }
        if self.kind.wrong == DnsWrong::Frozen {
            let before = self.serial(place).await?;
            sleep(place.chirp.health_interval.mul_f64(2.5)).await;
            let after = self.serial(place).await?;
            let text = format!("the zone's serial number is {after}, {before} two and a half health checks before");
            return if (before == after) == effect { Ok(text) } else { Err(text) };
        }
        let all = if effect { QUESTIONS } else { sample::looks(self.kind.share, QUESTIONS)? };
        let wrong = self.wrong(place, all).await?;
        let text = format!("{wrong} of {all} answers of the geo-DNS are as the fault wants them");
        let is_whole = self.kind.share.fraction() >= 1.0;
        let is_so = match effect {
            true if is_whole => wrong == all,
            true => wrong > 0 && wrong < all,
            false => wrong == 0,
        };
        if is_so { Ok(text) } else { Err(text) }
    }
}

/// The part of many askers that is sent there.
pub(super) async fn part_sent(place: &Place<'_>, target: &SteeringTarget) -> Result<f64, String> {
    let (mut all, mut there) = (0_u32, 0_u32);
    let (resolver, name) = (place.chirp.resolver, &place.chirp.name);
    for base in &place.chirp.askers {
        for number in 0..ASKERS {
            let [a, b, c, _] = base.octets();
            let from = IpAddr::V4(Ipv4Addr::new(a, b, c, 1 + number));
            all += 1;
            let asked = query::ask(resolver, from, name, Wanted::Address, PROMPT).await;
            let (reply, _) = asked.map_err(|error| format!("the geo-DNS at {resolver}: {error}"))?;
            there += u32::from(matches!(reply, Reply::Address(to, _) if target.addresses.contains(&to)));
        }
    }
    Ok(f64::from(there) / f64::from(all.max(1)))
}

/// Whether the geo-DNS answers none of some questions from the users' networks, and that in words.
pub(crate) async fn is_silent(chirp: &ChirpPorts) -> Result<(bool, String), String> {
    let asking = chirp.askers.iter().cycle().take(if chirp.askers.is_empty() { 0 } else { QUESTIONS });
    let asking = asking.map(|from| query::ask(chirp.resolver, IpAddr::V4(*from), &chirp.name, Wanted::Address, PROMPT));
    let replies = join_all(asking).await;
    let answered = replies.iter().filter(|reply| matches!(reply, Ok((Reply::Address(..), _)))).count();
    let silent = replies.iter().filter(|reply| !matches!(reply, Ok((reply, _)) if *reply != Reply::Silence)).count();
    let text = format!("{silent} of {} questions to the geo-DNS are not answered", replies.len());
    match (silent == replies.len(), answered == replies.len()) {
        (true, false) => Ok((true, text)),
        (false, true) => Ok((false, text)),
        _ => Err(text),
    }
}

/// What a wrong answer looks like to who asks.
fn expected(what: DnsAnswer) -> Reply {
    match what {
        DnsAnswer::Servfail => Reply::Nothing(2),
        DnsAnswer::Nxdomain => Reply::Nothing(3),
        DnsAnswer::Refused => Reply::Nothing(5),
        DnsAnswer::Empty => Reply::Nothing(0),
        DnsAnswer::Silence => Reply::Silence,
    }
}

impl Measure for DnsMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let (name, value) = match &self.kind.wrong {
            DnsWrong::Answers { what } => ("dns-fails", what.as_str().to_owned()),
            DnsWrong::Delay { by } => ("dns-slow", format!("{}ms", by.as_millis())),
            DnsWrong::Frozen => ("dns-frozen", String::new()),
            DnsWrong::Ttl { keep } => ("dns-ttl", format!("{}s", keep.as_secs())),
            DnsWrong::SendTo { .. } => {
                ("dns-sends", self.target(place).map_or(String::new(), |target| target.name.clone()))
            }
        };
        let share = self.kind.share.fraction();
        vec![Setting { share, ..Setting::whole(Some(place.chirp.steering), name, value) }]
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if let Some(target) = self.target(place) {
                self.sent_before = part_sent(place, target).await?;
            }
            Ok(())
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.look(place, true))
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.look(place, false))
    }
}
