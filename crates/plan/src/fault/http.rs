//! `http`: the answers of a region to its users are late, errors, or have another body.

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
        values::{NameText, Whole},
        words::{Word, Words},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{RegionName, Share};

section! {
    /// The answers of a region to its users come late, are errors, or have another body. Chirp only.
    HttpText "http" (exactly one of "delay", "status", "body", "rate_limit") {
        /// Which region.
        required "region" region: NameText;
        /// They come so much later, 10ms to 1m; what they asked for is done.
        optional "delay" delay: Time<10, 60_000>;
        /// They are this error, 400 to 599, and nothing is done.
        optional "status" status: Whole<400, 599>;
        /// They have the right status and another body: `emptied`, `truncated` or `garbled`; what they asked for is done.
        optional "body" body: Word<OtherBody>;
        /// More than so many requests a second get 429: a limit that is still what it was when the region had fewer users.
        optional "rate_limit" rate_limit: units::Rate;
        /// For which share of the answers.
        optional "share" share: units::Share = "100%";
    }
}

/// The answers of a region to its users come late, are errors, or have another body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Which region.
    pub region: RegionName,
    /// What is wrong with them.
    pub wrong: HttpWrong,
    /// For which share of them.
    pub share: Share,
}

/// What is wrong with answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpWrong {
    /// They come later.
    Delay {
        /// By how much.
        #[serde(with = "units::duration")]
        by: Duration,
    },
    /// They are errors.
    Status {
        /// Which: 400 to 599.
        code: u16,
    },
    /// They have another body.
    Body {
        /// Which.
        is: OtherBody,
    },
    /// More of them are refused with 429.
    RateLimit {
        /// Requests, at least one.
        per_second: u32,
    },
}

/// Another body than the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherBody {
    /// An object without fields.
    Emptied,
    /// Half of it.
    Truncated,
    /// One byte of sixteen is another.
    Garbled,
}

impl OtherBody {
    /// As it is written.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emptied => "emptied",
            Self::Truncated => "truncated",
            Self::Garbled => "garbled",
        }
    }
}

impl Http {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "http",
        group: Group::Process,
        covers: &["F3", "F5", "F9"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the answers of its region",
        needs: "the processes of its region",
    };
}

impl Kind for Http {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        vec![&self.region]
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        self.regions()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        Claims { takes: vec![Thing::part("answers", &self.region)], needs: Thing::processes([&self.region]) }
    }

    fn words(&self, time: &dyn Fn(Duration) -> String) -> String {
        let (region, share) = (&self.region, self.share);
        match self.wrong {
            HttpWrong::Delay { by } => format!("{share} of the answers of {region} come {} later", time(by)),
            HttpWrong::Status { code } => format!("{share} of the answers of {region} are {code}"),
            HttpWrong::Body { is } => format!("{share} of the answers of {region} have a body that is {}", is.as_str()),
            HttpWrong::RateLimit { per_second } => format!("{region} lets {per_second} requests in each second"),
        }
    }
}

impl KindText for HttpText {
    type Kind = Http;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Http> {
        resolver.needs_lab(Http::ABOUT.name, "the lab's own regions answer so", span, ground);
        let region = resolver.region(ground, &self.region);
        let share = *self.share.value()?;
        if share.fraction() == 0.0 || (self.rate_limit.is_written() && share.fraction() < 1.0) {
            let mistake =
                Mistake::new(Code::Conflict, self.share.span_or(self.place()), "it is for every answer, or for none");
            resolver.add(mistake.hint("a share above 0%, with `delay`, `status` or `body`"));
        }
        let wrong = if let Some(delay) = self.delay.value() {
            HttpWrong::Delay { by: delay.0 }
        } else if let Some(status) = self.status.value() {
            HttpWrong::Status { code: u16::try_from(status.0).ok()? }
        } else if let Some(body) = self.body.value() {
            HttpWrong::Body { is: body.0 }
        } else {
            let rate = self.rate_limit.value()?.value();
            if !(1.0..=1_000.0).contains(&rate) {
                let mistake = Mistake::new(
                    Code::OutOfRange,
                    self.rate_limit.span_or(self.place()),
                    "out of range for a rate limit",
                );
                resolver.add(mistake.hint("1/s to 1000/s: the proof asks twice as often"));
                return None;
            }
            HttpWrong::RateLimit { per_second: rate.round() as u32 }
        };
        Some(Http { region: region?, wrong, share })
    }
}

impl Words for OtherBody {
    const WORDS: &'static [(&'static str, Self)] =
        &[("emptied", Self::Emptied), ("truncated", Self::Truncated), ("garbled", Self::Garbled)];
}
