//! `connect-slow`: new connections take longer to open.

use super::{
    kind::KindText,
    link_ends::{LinkEnds, link_kind},
};
use crate::{
    mistakes::Span,
    read::{Placed as _, section::section, units_read::Time, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

section! {
    /// New connections take longer to open; what is open is as fast as before.
    ConnectSlowText "connect-slow" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// Added to what opening a connection takes, 10ms to 60s.
        required "delay" delay: Time<10, 60_000>;
    }
}

/// New connections take longer to open; what is open is as fast as before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectSlow {
    /// Which link.
    pub link: LinkEnds,
    /// Added to what opening a connection takes.
    #[serde(with = "units::duration")]
    pub delay: Duration,
}

link_kind!(ConnectSlow "connect-slow" covers ["B10"], ramps true);

impl ConnectSlow {
    fn text(&self, time: &dyn Fn(Duration) -> String) -> String {
        format!("opening a connection {} takes {} longer", self.link.words(), time(self.delay))
    }
}

impl KindText for ConnectSlowText {
    type Kind = ConnectSlow;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<ConnectSlow> {
        let (ends, spans) = ((&self.region, &self.peer), (span, self.place()));
        let link = LinkEnds::resolve(("connect-slow", "slow to open"), ends, spans, resolver, ground);
        Some(ConnectSlow { link: link?, delay: self.delay.value()?.0 })
    }
}
