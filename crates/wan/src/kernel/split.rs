//! What of an overlay the kernel can act out. Pure.
//!
//! | overlay | kernel | what is left for the emulation |
//! |---|---|---|
//! | black hole | every packet vanishes | |
//! | black hole, new connections only | SYNs vanish | |
//! | black hole, open connections cut | SYNs vanish, everything else is answered by a reset | the reset at once |
//! | reject | everything is answered by a reset | |
//! | reject, new connections only | SYNs are answered by a reset | |
//! | stall; a share of the connections; those that are open | | all of it |
//!
//! A share stays with the emulation, since there the seed decides which connections are hit.

use crate::link::{Connections, Hits, Overlay, State, WayOverlay};

/// What the kernel does to the packets of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Every packet vanishes.
    Drop,
    /// Packets that open connections vanish; what is open goes on.
    DropNew,
    /// Packets that open connections vanish; whoever says something else hears a reset.
    DropAndReset,
    /// Whoever says something hears a reset.
    Reject,
    /// Who opens a connection hears a reset; what is open goes on.
    RejectNew,
}

impl Cut {
    /// Whether who opens a connection is refused at once, and not left to a time-out.
    #[must_use]
    pub fn refuses(self) -> bool {
        matches!(self, Self::Reject | Self::RejectNew)
    }
}

/// Which ways of a link are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// What the opening side sends.
    pub forward: bool,
    /// What the accepting side sends.
    pub backward: bool,
}

/// The part of an overlay that the kernel can act out, and what is left of it; `None` when there is no such part.
#[must_use]
pub fn split(overlay: &Overlay) -> Option<(Cut, Ways, Overlay)> {
    let state = overlay.forward.state.max(overlay.backward.state);
    let ways = Ways { forward: overlay.forward.state == state, backward: overlay.backward.state == state };
    let is_other = |is_cut: bool, way: &WayOverlay| !is_cut && way.state != State::Up;
    if is_other(ways.forward, &overlay.forward) || is_other(ways.backward, &overlay.backward) {
        return None;
    }
    let is_new = match overlay.hits {
        Hits::ALL => false,
        hits => {
            if (Hits { connections: Connections::All, ..hits }) != Hits::ALL || hits.connections == Connections::Open {
                return None;
            }
            true
        }
    };
    let cut = match (state, is_new, overlay.cuts) {
        (State::BlackHole, true, _) => Cut::DropNew,
        (State::BlackHole, false, true) => Cut::DropAndReset,
        (State::BlackHole, false, false) => Cut::Drop,
        (State::Reject, true, _) => Cut::RejectNew,
        (State::Reject, false, _) => Cut::Reject,
        (State::Up | State::Stall, ..) => return None,
    };
    let passing = |way: WayOverlay| WayOverlay { state: State::Up, ..way };
    let rest = Overlay { forward: passing(overlay.forward), backward: passing(overlay.backward), ..*overlay };
    // Whom nothing hits needs no word.
    let is_nothing = Overlay { hits: Hits::ALL, ..rest } == Overlay::default();
    Some((cut, ways, if is_nothing { Overlay::default() } else { rest }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Ends, effect};
    use plan::{
        fault::{ConnectRefused, Established, LinkEnds, Partition, RegionIsolated},
        resolved::{Direction, FaultKind, IsolatedFrom, Manner},
    };
    use units::{RegionName, Share};

    fn overlays(kind: &FaultKind) -> Vec<Overlay> {
        let ends = Ends { populations: 1, regions: vec![RegionName::new("a"), RegionName::new("b")] };
        effect(kind, &ends).into_iter().map(|(_, overlay)| overlay).collect()
    }

    fn isolated(manner: Manner, established: Established) -> FaultKind {
        RegionIsolated { region: "a".into(), from: IsolatedFrom::Both, manner, established }.into()
    }

    fn refused(share: Share) -> FaultKind {
        ConnectRefused { link: LinkEnds { region: "a".into(), peer: None }, share }.into()
    }

    #[test]
    fn each_cut_is_the_kernels_or_not_at_all() {
        let cases = [
            (isolated(Manner::Drop, Established::Keep), Some((Cut::Drop, false))),
            (isolated(Manner::Drop, Established::NewOnly), Some((Cut::DropNew, false))),
            (isolated(Manner::Drop, Established::Cut), Some((Cut::DropAndReset, true))),
            (isolated(Manner::Reject, Established::Cut), Some((Cut::Reject, false))),
            (isolated(Manner::Reject, Established::NewOnly), Some((Cut::RejectNew, false))),
            (isolated(Manner::Stall, Established::Keep), None),
            (refused(Share::WHOLE), Some((Cut::RejectNew, false))),
            (refused(Share::from_parts_per_million(300_000).unwrap_or(Share::WHOLE)), None),
        ];
        for (kind, expected) in cases {
            let all = overlays(&kind);
            assert!(!all.is_empty(), "{kind:?}");
            for overlay in all {
                let found = split(&overlay);
                assert_eq!(found.map(|(cut, _, rest)| (cut, rest != Overlay::default())), expected, "{kind:?}");
            }
        }
        assert_eq!(split(&Overlay::default()), None);
        assert_eq!(split(&Overlay::delay(std::time::Duration::from_millis(9), std::time::Duration::ZERO)), None);
    }

    #[test]
    fn one_way_is_one_way_of_what_each_side_opens() {
        let kind = Partition {
            between: "a".into(),
            and: "b".into(),
            direction: Direction::Forward,
            manner: Manner::Drop,
            established: Established::Keep,
        };
        let ways: Vec<_> = overlays(&kind.into()).iter().filter_map(split).map(|(_, ways, _)| ways).collect();
        assert_eq!(ways, [Ways { forward: true, backward: false }, Ways { forward: false, backward: true }]);
    }
}
