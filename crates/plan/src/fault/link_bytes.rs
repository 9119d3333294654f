//! `link-bytes`: a middlebox hands bytes on in pieces, ends connections after so many, or closes late.

use super::{
    kind::KindText,
    link_ends::{LinkEnds, link_kind},
};
use crate::{
    mistakes::Span,
    read::{
        Placed as _,
        section::section,
        units_read::Time,
        values::{NameText, Whole},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

section! {
    /// A middlebox hands bytes on in pieces, resets connections after so many of them, or closes late.
    LinkBytesText "link-bytes" (exactly one of "slice", "limit", "slow_close") {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// At most so many bytes at a time …
        optional "slice" slice: Whole<1, 65_536>;
        /// … with this between two pieces, 1ms to 10s.
        optional "pause" pause: Time<1, 10_000> = "10ms";
        /// A connection is reset after so many bytes, each way.
        optional "limit" limit: Whole<1, 1_000_000>;
        /// The end of a connection comes later by this, 10ms to 60s.
        optional "slow_close" slow_close: Time<10, 60_000>;
    }
}

/// A middlebox hands bytes on in pieces, resets connections after so many of them, or closes late.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkBytes {
    /// Which link.
    pub link: LinkEnds,
    /// What it does.
    pub does: Middlebox,
}

/// What a middlebox does to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "what", deny_unknown_fields)]
pub enum Middlebox {
    /// Hands them on in pieces.
    Slice {
        /// At most so many at a time.
        bytes: u32,
        /// Between two pieces.
        #[serde(with = "units::duration")]
        pause: Duration,
    },
    /// Resets a connection after so many, each way.
    Limit {
        /// How many.
        bytes: u64,
    },
    /// Closes late.
    SlowClose {
        /// By how much.
        #[serde(with = "units::duration")]
        delay: Duration,
    },
}

link_kind!(LinkBytes "link-bytes" covers ["B16"], ramps false);

impl LinkBytes {
    fn text(&self, time: &dyn Fn(Duration) -> String) -> String {
        let way = self.link.words();
        match self.does {
            Middlebox::Slice { bytes, pause } => {
                format!("bytes {way} come {bytes} at a time, {} apart", time(pause))
            }
            Middlebox::Limit { bytes } => format!("connections {way} are reset after {bytes} bytes"),
            Middlebox::SlowClose { delay } => format!("connections {way} close {} later", time(delay)),
        }
    }
}

impl KindText for LinkBytesText {
    type Kind = LinkBytes;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<LinkBytes> {
        let (ends, spans) = ((&self.region, &self.peer), (span, self.place()));
        let link = LinkEnds::resolve(("link-bytes", "mangled"), ends, spans, resolver, ground);
        let slice = self.slice.value().and_then(|bytes| u32::try_from(bytes.0).ok());
        let does = match (slice, self.limit.value(), self.slow_close.value()) {
            (Some(bytes), ..) => Middlebox::Slice { bytes, pause: self.pause.value()?.0 },
            (_, Some(limit), _) => Middlebox::Limit { bytes: limit.0 },
            (.., Some(delay)) => Middlebox::SlowClose { delay: delay.0 },
            (None, None, None) => return None,
        };
        Some(LinkBytes { link: link?, does })
    }
}
