//! What became of an update: there, replaced as promised, or lost. Pure.
//!
//! An acknowledged update that nobody sees any more is **superseded** if something replaced it that may:
//! an update that means more (a removal hides an edit, a block ends a follow), or one to the same field
//! that was written after it was acknowledged. Everything else is **lost**: an edit does not replace a
//! removal, a new name does not replace a contact, and what was written first does not replace what was
//! written later. One rule differs: the semantic resolver promises nothing about time. Of two names that
//! mean equally much it keeps the same one everywhere, and the other is superseded by that rule.

use super::kind::Kind;
use crate::resolve::Resolver;

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// 2xx.
    Acknowledged,
    /// 4xx: it was told that it is not done.
    Refused,
    /// Anything else: it may be done.
    Unknown,
}

/// What became of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Refused,
    Unknown,
    Survived,
    Superseded,
    Lost,
}

/// The fates of a pair. `visible`: seen in every region. `ordered`: the second update began after the
/// first was acknowledged.
pub(super) fn judge(
    kind: Kind,
    resolver: Resolver,
    outcomes: [Outcome; 2],
    visible: [bool; 2],
    ordered: bool,
) -> [Fate; 2] {
    let fate = |index: usize| match outcomes[index] {
        Outcome::Refused => Fate::Refused,
        Outcome::Unknown => Fate::Unknown,
        Outcome::Acknowledged if visible[index] => Fate::Survived,
        Outcome::Acknowledged if visible[1 - index] && may_replace(kind, resolver, index, ordered) => Fate::Superseded,
        Outcome::Acknowledged => Fate::Lost,
    };
    [fate(0), fate(1)]
}

/// Whether the update of this index may be gone because the other one is there.
fn may_replace(kind: Kind, resolver: Resolver, index: usize, ordered: bool) -> bool {
    match kind {
        Kind::RemovalEdit | Kind::BlockFollow => index == 1,
        Kind::ContactCosmetic | Kind::Likes => false,
        Kind::SameField | Kind::LaterBehind => index == 0 || !ordered || resolver == Resolver::Semantic,
        Kind::SeenThenBehind => index == 0,
    }
}
