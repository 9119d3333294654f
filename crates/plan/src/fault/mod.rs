//! Faults in a plan: what can break, and the envelope that is the same for all of them.
//!
//! ```text
//!   FaultText ── resolve ──▶ Fault ┬─ the envelope: when, how steep, how often, held by which lease, proven how, who is spared
//!                                  └─ FaultKind: one file each, which declares only what is its own
//! ```
//!
//! Map: [`text`] is the envelope as it is written, [`envelope`] as it is resolved with its course over time, `resolve` what
//! leads from one to the other; [`chaos`] draws some at random; [`kind`] is what each kind says of itself, [`claims`] who can be together; [`catalogue`] lists
//! all kinds for people. Everything else is one file per kind.
//!
//! **A new kind** is a file here (its section, its resolved form, [`kind::Kind`] and [`kind::KindText`]), a line in [`kinds!`]
//! below, its key in [`text::FaultText`], a file in the crate `fault` that acts it out, and a page in `docs/faults/`. Tests
//! fail until all of these are there.

pub(crate) mod catalogue;
pub(crate) mod chaos;
pub(crate) mod claims;
mod command;
mod envelope;
pub(crate) mod kind;
mod link_delay;
mod partition;
mod region_isolated;
mod region_loss;
mod resolve;
pub(crate) mod text;

pub use catalogue::{Listed, Parameter, faults};
pub use command::{Command, CommandHook};
pub use envelope::{Exempt, Fault, Proving, Ramp, Repeat, Strength, Turn, Verify};
pub use kind::{About, Group};
pub use link_delay::LinkDelay;
pub use partition::{Direction, Partition};
pub use region_isolated::{IsolatedFrom, Manner, RegionIsolated};
pub use region_loss::RegionLoss;

use crate::{
    mistakes::Span,
    read::Spanned,
    resolve::{Ground, Resolver},
};
use kind::{Kind, KindText as _};
use serde::{Deserialize, Serialize};
use text::FaultText;

/// Declares the kinds: the enum of resolved plans, and the way from each section of a plan to its variant.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $module:ident: $kind:ident,)*) => {
        /// The kinds of fault.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all = "kebab-case")]
        pub enum FaultKind {
            $($(#[doc = $doc])* $kind($kind),)*
        }

        impl FaultKind {
            /// What all kinds say of themselves, in the order of the catalogue.
            pub const ALL: &'static [About] = &[$($kind::ABOUT),*];

            fn as_kind(&self) -> &dyn Kind {
                match self {
                    $(Self::$kind(kind) => kind,)*
                }
            }

            /// The kind that was written, with where it stands.
            fn resolve(text: &FaultText, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<(Self, Span)> {
                $(if let Some(Spanned { value, span }) = text.$module.written() {
                    return value.resolve(*span, resolver, ground).map(|kind| (Self::$kind(kind), *span));
                })*
                None
            }
        }

        $(impl From<$kind> for FaultKind {
            fn from(kind: $kind) -> Self {
                Self::$kind(kind)
            }
        })*
    };
}

kinds! {
    /// Every process of some regions is killed (SIGKILL), and started again at the end.
    region_loss: RegionLoss,
    /// A region runs but can't be reached.
    region_isolated: RegionIsolated,
    /// Two regions can't reach each other.
    partition: Partition,
    /// The link between two regions, or between all users and a region, is slower.
    link_delay: LinkDelay,
    /// Whatever the user's own commands break.
    command: Command,
}
