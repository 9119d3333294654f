//! `dns`: the geo-DNS answers wrongly, late, or as if nothing had happened.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
        section::section,
        units_read::Time,
        values::NameText,
        words::{Word, Words},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{RegionName, Share};

section! {
    /// The geo-DNS answers wrongly, late, or as if nothing had happened. Chirp only.
    DnsText "dns" (exactly one of "answers", "delay", "frozen", "ttl", "send_to") {
        /// What is answered instead of an address: `servfail`, `nxdomain`, `refused`, `empty` (no address), or `silence`.
        optional "answers" answers: Word<DnsAnswer>;
        /// Answers come so much later, 10ms to 1m.
        optional "delay" delay: Time<10, 60_000>;
        /// `true`: its control plane is down. What it knows of health stays as it is, and it goes on answering.
        optional "frozen" frozen: bool;
        /// Answers may be kept so long, 1s to 1h, in whole seconds.
        optional "ttl" ttl: Time<1_000, 3_600_000>;
        /// Askers are sent to this region, be it far, draining or dead.
        optional "send_to" send_to: NameText;
        /// For which share of the answers (of the askers, for `send_to`).
        optional "share" share: units::Share = "100%";
    }
}

/// The geo-DNS answers wrongly, late, or as if nothing had happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dns {
    /// What is wrong with its answers.
    pub wrong: DnsWrong,
    /// For which share of the answers, or of the askers.
    pub share: Share,
}

/// What is wrong with the answers of the geo-DNS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsWrong {
    /// They have no address.
    Answers {
        /// But what.
        what: DnsAnswer,
    },
    /// They come later.
    Delay {
        /// By how much.
        #[serde(with = "units::duration")]
        by: Duration,
    },
    /// They are those of the moment when this began.
    Frozen,
    /// They may be kept too long.
    Ttl {
        /// For how long: whole seconds.
        #[serde(with = "units::duration")]
        keep: Duration,
    },
    /// They name this region.
    SendTo {
        /// Which.
        region: RegionName,
    },
}

/// What is answered instead of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsAnswer {
    /// The server failed.
    Servfail,
    /// There is no such name.
    Nxdomain,
    /// The server doesn't want to.
    Refused,
    /// The name has no address.
    Empty,
    /// Nothing comes.
    Silence,
}

impl DnsAnswer {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Servfail => "servfail",
            Self::Nxdomain => "nxdomain",
            Self::Refused => "refused",
            Self::Empty => "empty",
            Self::Silence => "silence",
        }
    }
}

impl Dns {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "dns",
        group: Group::Steering,
        covers: &["C1", "C2", "C6", "C7", "C10"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the answers of the geo-DNS",
        needs: "",
    };
}

impl Kind for Dns {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        match &self.wrong {
            DnsWrong::SendTo { region } => vec![region],
            _ => Vec::new(),
        }
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        // Who is led to the wrong place is not hit where it is at home.
        Vec::new()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        Claims { takes: vec![Thing::Steering], needs: Vec::new() }
    }

    fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        let share = self.share;
        match &self.wrong {
            DnsWrong::Answers { what: DnsAnswer::Silence } => {
                format!("{share} of the queries get no answer from the geo-DNS")
            }
            DnsWrong::Answers { what } => format!("the geo-DNS answers {share} of the queries with {}", what.as_str()),
            DnsWrong::Delay { by } => format!("{share} of the answers of the geo-DNS come {} later", time(*by)),
            DnsWrong::Frozen => "the geo-DNS takes in no health check any more, and goes on answering".to_owned(),
            DnsWrong::Ttl { keep } => format!("answers of the geo-DNS may be kept for {}", time(*keep)),
            DnsWrong::SendTo { region } => format!("the geo-DNS sends {share} of the users to {region}"),
        }
    }
}

impl KindText for DnsText {
    type Kind = Dns;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Dns> {
        resolver.needs_lab(Dns::ABOUT.name, "the lab's own geo-DNS answers", span, ground);
        let share = *self.share.value()?;
        let takes_share = !self.frozen.is_written() && !self.ttl.is_written();
        if (!takes_share && share.fraction() < 1.0) || share.fraction() == 0.0 {
            let mistake =
                Mistake::new(Code::Conflict, self.share.span_or(self.place()), "it is for every answer, or for none");
            resolver.add(mistake.hint("a share above 0%, with `answers`, `delay` or `send_to`"));
        }
        let wrong = if let Some(answers) = self.answers.value() {
            DnsWrong::Answers { what: answers.0 }
        } else if let Some(delay) = self.delay.value() {
            DnsWrong::Delay { by: delay.0 }
        } else if self.frozen.is_written() {
            resolver.only_true(&self.frozen, "frozen", "leave the fault out")?;
            DnsWrong::Frozen
        } else if let Some(ttl) = self.ttl.value() {
            DnsWrong::Ttl { keep: Duration::from_secs(ttl.0.as_secs()) }
        } else {
            DnsWrong::SendTo { region: resolver.region(ground, &self.send_to)? }
        };
        Some(Dns { wrong, share })
    }
}

impl Words for DnsAnswer {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("servfail", Self::Servfail),
        ("nxdomain", Self::Nxdomain),
        ("refused", Self::Refused),
        ("empty", Self::Empty),
        ("silence", Self::Silence),
    ];
}
