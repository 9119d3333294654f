//! `link-mtu`: large packets vanish, small ones pass.

use super::{
    kind::KindText,
    link_ends::{LinkEnds, link_kind},
};
use crate::{
    mistakes::Span,
    read::{
        Placed as _,
        section::section,
        values::{NameText, Whole},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

section! {
    /// Large packets vanish, small ones pass: connections open, short requests work, long answers hang.
    LinkMtuText "link-mtu" {
        /// The region at its end.
        required "region" region: NameText;
        /// The region at its other end (Chirp only). Default: the users.
        optional "peer" peer: NameText;
        /// Larger packets than this vanish, headers of 52 bytes included; 68 to 1499.
        required "bytes" bytes: Whole<68, 1_499>;
    }
}

/// Large packets vanish, small ones pass: connections open, short requests work, long answers hang.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkMtu {
    /// Which link.
    pub link: LinkEnds,
    /// Larger packets than this vanish, headers included.
    pub bytes: u32,
}

link_kind!(LinkMtu "link-mtu" covers ["B12"], ramps false);

impl LinkMtu {
    fn text(&self, _: &dyn Fn(Duration) -> String) -> String {
        format!("packets of more than {} bytes vanish {}", self.bytes, self.link.words())
    }
}

impl KindText for LinkMtuText {
    type Kind = LinkMtu;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<LinkMtu> {
        let (ends, spans) = ((&self.region, &self.peer), (span, self.place()));
        let link = LinkEnds::resolve(("link-mtu", "narrowed"), ends, spans, resolver, ground);
        Some(LinkMtu { link: link?, bytes: u32::try_from(self.bytes.value()?.0).ok()? })
    }
}
