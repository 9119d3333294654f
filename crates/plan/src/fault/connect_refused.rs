//! `connect-refused`: new connections are refused, what is open lives on.

use super::{
    kind::KindText,
    link_ends::{LinkEnds, link_kind},
};
use crate::{
    fault::connections_cut::at_least_a_twentieth,
    mistakes::Span,
    read::{Placed as _, section::section, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Share;

section! {
    /// New connections are refused; what is open lives on.
    ConnectRefusedText "connect-refused" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// How many of them, 5% or more.
        optional "share" share: Share = "100%";
    }
}

/// New connections are refused; what is open lives on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectRefused {
    /// Which link.
    pub link: LinkEnds,
    /// How many of them.
    pub share: Share,
}

link_kind!(ConnectRefused "connect-refused" covers ["B10"], ramps false);

impl ConnectRefused {
    fn text(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("{} of the new connections {} are refused", self.share, self.link.words())
    }
}

impl KindText for ConnectRefusedText {
    type Kind = ConnectRefused;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<ConnectRefused> {
        let (ends, spans) = ((&self.region, &self.peer), (span, self.place()));
        let link = LinkEnds::resolve(("connect-refused", "closed to new connections"), ends, spans, resolver, ground);
        let share = at_least_a_twentieth(&self.share, self.place(), resolver)?;
        Some(ConnectRefused { link: link?, share })
    }
}
