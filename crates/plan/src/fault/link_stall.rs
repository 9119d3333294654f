//! `link-stall`: a link stands still: connections open, bytes are held and come out together when it ends.

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

section! {
    /// A link stands still: connections open, bytes are held, and come out together when it ends.
    LinkStallText "link-stall" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
    }
}

/// A link stands still: connections open, bytes are held, and come out together when it ends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkStall {
    /// Which link.
    pub link: LinkEnds,
}

link_kind!(LinkStall "link-stall" covers ["B9"], ramps false);

impl LinkStall {
    fn text(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("the way {} stands still: connections open and nothing passes", self.link.words())
    }
}

impl KindText for LinkStallText {
    type Kind = LinkStall;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<LinkStall> {
        let (ends, spans) = ((&self.region, &self.peer), (span, self.place()));
        let link = LinkEnds::resolve(("link-stall", "clogged"), ends, spans, resolver, ground);
        Some(LinkStall { link: link? })
    }
}
