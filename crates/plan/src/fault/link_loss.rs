//! `link-loss`: segments are lost, which a stream shows as waiting.

use super::{
    kind::KindText,
    link_ends::{LinkEnds, link_kind},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
        section::section,
        values::{NameText, Whole},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Share;

section! {
    /// Segments are lost on a link. Over a stream that is a delay: see the page.
    LinkLossText "link-loss" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// How many of all segments, each way, 0.1% to 50%.
        required "loss" loss: Share;
        /// How many are lost in a row, in the mean; 1 is independent loss.
        optional "burst" burst: Whole<1, 1_000> = "1";
    }
}

/// Segments are lost on a link. Over a stream that is a delay: see the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkLoss {
    /// Which link.
    pub link: LinkEnds,
    /// How many of all segments, each way.
    pub loss: Share,
    /// How many are lost in a row, in the mean.
    pub burst: u32,
}

link_kind!(LinkLoss "link-loss" covers ["B2", "B3", "B5"], ramps true);

impl LinkLoss {
    fn text(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("{} of the segments {} cost what a loss costs", self.loss, self.link.words())
    }
}

impl KindText for LinkLossText {
    type Kind = LinkLoss;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<LinkLoss> {
        let (ends, spans) = ((&self.region, &self.peer), (span, self.place()));
        let link = LinkEnds::resolve(("link-loss", "made lossy"), ends, spans, resolver, ground);
        let loss = *self.loss.value()?;
        if !(1_000..=500_000).contains(&loss.parts_per_million()) {
            let mistake =
                Mistake::new(Code::OutOfRange, self.loss.span_or(self.place()), format!("{loss} is out of range"));
            resolver.add(mistake.hint("from 0.1% (less can't be told from chance within a proof) to 50%"));
        }
        let burst = u32::try_from(self.burst.value()?.0).ok()?;
        Some(LinkLoss { link: link?, loss, burst })
    }
}
