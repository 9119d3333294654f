//! `noisy-neighbour`: somebody else's traffic takes a part of the link.

use super::{
    kind::KindText,
    link_ends::{LinkEnds, link_kind},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Placed as _, section::section, values::NameText},
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Bandwidth;

section! {
    /// Somebody else's traffic takes a part of a link: less is left, and what passes waits behind it.
    NoisyNeighbourText "noisy-neighbour" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// What the link carries in all, each way, such as `100Mbit/s`.
        required "capacity" capacity: Bandwidth;
        /// What the neighbour takes of that; less than all.
        required "takes" takes: Bandwidth;
    }
}

/// Somebody else's traffic takes a part of a link: less is left, and what passes waits behind it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoisyNeighbour {
    /// Which link.
    pub link: LinkEnds,
    /// What the link carries in all, each way.
    pub capacity: Bandwidth,
    /// What the neighbour takes of that.
    pub takes: Bandwidth,
}

link_kind!(NoisyNeighbour "noisy-neighbour" covers ["B15"], ramps true);

impl NoisyNeighbour {
    fn text(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("a neighbour takes {} of the {} {}", self.takes, self.capacity, self.link.words())
    }
}

impl KindText for NoisyNeighbourText {
    type Kind = NoisyNeighbour;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<NoisyNeighbour> {
        let (ends, spans) = ((&self.region, &self.peer), (span, self.place()));
        let link =
            LinkEnds::resolve(("noisy-neighbour", "shared with a noisy neighbour"), ends, spans, resolver, ground);
        let (capacity, takes) = (*self.capacity.value()?, *self.takes.value()?);
        if takes >= capacity {
            let span = self.takes.span_or(self.place());
            let mistake = Mistake::new(Code::OutOfRange, span, format!("the neighbour takes {takes} of {capacity}"));
            resolver.add(mistake.hint("less than the link carries; for a link that is gone there is region-isolated"));
        }
        Some(NoisyNeighbour { link: link?, capacity, takes })
    }
}
