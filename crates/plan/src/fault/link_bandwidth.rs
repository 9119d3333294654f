//! `link-bandwidth`: a link is thin, for all its connections together.

use super::{
    kind::KindText,
    link_ends::{LinkEnds, link_kind},
};
use crate::{
    mistakes::Span,
    read::{Placed as _, section::section, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Bandwidth;

section! {
    /// A link is thin, for all its connections together.
    LinkBandwidthText "link-bandwidth" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// What passes each way, such as `5Mbit/s`.
        required "rate" rate: Bandwidth;
    }
}

/// A link is thin, for all its connections together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkBandwidth {
    /// Which link.
    pub link: LinkEnds,
    /// What passes each way, all connections together.
    pub rate: Bandwidth,
}

link_kind!(LinkBandwidth "link-bandwidth" covers ["B6"], ramps true);

impl LinkBandwidth {
    fn text(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("no more than {} passes {}, all connections together", self.rate, self.link.words())
    }
}

impl KindText for LinkBandwidthText {
    type Kind = LinkBandwidth;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<LinkBandwidth> {
        let (ends, spans) = ((&self.region, &self.peer), (span, self.place()));
        let link = LinkEnds::resolve(("link-bandwidth", "made thin"), ends, spans, resolver, ground);
        Some(LinkBandwidth { link: link?, rate: *self.rate.value()? })
    }
}
