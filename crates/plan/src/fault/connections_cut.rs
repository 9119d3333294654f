//! `connections-cut`: connections that are open are reset or dead, new ones live.

use super::{
    kind::KindText,
    link_ends::{LinkEnds, link_kind},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Field, Placed as _,
        section::section,
        values::NameText,
        words::{Word, Words},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::Share;

section! {
    /// Connections that are open when it comes are reset at once, or dead without a word; new ones live.
    ConnectionsCutText "connections-cut" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// How many of them, 5% or more.
        optional "share" share: Share = "100%";
        /// `reset`: both sides hear of it. `silent`: nobody does, and nothing passes any more.
        optional "manner" manner: Word<CutManner> = "reset";
    }
}

/// Connections that are open when it comes are reset at once, or dead without a word; new ones live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionsCut {
    /// Which link.
    pub link: LinkEnds,
    /// How many of them.
    pub share: Share,
    /// Whether anybody hears of it.
    pub manner: CutManner,
}

/// Whether anybody hears that a connection is dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CutManner {
    /// Both sides are told by a reset.
    Reset,
    /// Nobody is.
    Silent,
}

impl Words for CutManner {
    const WORDS: &'static [(&'static str, Self)] = &[("reset", Self::Reset), ("silent", Self::Silent)];
}

/// A share that can be proven with the few connections that a proof may open.
pub(super) fn at_least_a_twentieth(
    share: &Field<Share>,
    place: Span,
    resolver: &mut Resolver<'_, '_>,
) -> Option<Share> {
    let written = *share.value()?;
    if written.parts_per_million() < 50_000 {
        let mistake = Mistake::new(Code::OutOfRange, share.span_or(place), format!("{written} is out of range"));
        resolver.add(mistake.hint("from 5% (less can't be told from chance within a proof) to 100%"));
    }
    Some(written)
}

link_kind!(ConnectionsCut "connections-cut" covers ["B11", "G4"], ramps false);

impl ConnectionsCut {
    fn text(&self, _: &dyn Fn(Duration) -> String) -> String {
        let how = match self.manner {
            CutManner::Reset => "are reset",
            CutManner::Silent => "are dead without a word",
        };
        format!("{} of the connections that are open {} {how}", self.share, self.link.words())
    }
}

impl KindText for ConnectionsCutText {
    type Kind = ConnectionsCut;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<ConnectionsCut> {
        let (ends, spans) = ((&self.region, &self.peer), (span, self.place()));
        let link = LinkEnds::resolve(("connections-cut", "cut"), ends, spans, resolver, ground);
        let share = at_least_a_twentieth(&self.share, self.place(), resolver)?;
        Some(ConnectionsCut { link: link?, share, manner: self.manner.value()?.0 })
    }
}
