//! The table of links, faults that compose and heal, and what a fault touches.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::link::{State, WayOverlay};
use plan::fault::{Established, LinkDelay, Partition, RegionIsolated, RegionLoss};
use plan::resolved::{Direction, IsolatedFrom, Manner, Path, PathBasis};
use proptest::prelude::*;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    task::{Wake, Waker},
    time::Duration,
};
use units::{FaultName, RegionName};

fn ends() -> Ends {
    Ends { populations: 2, regions: ["a", "b", "c"].map(RegionName::from).to_vec() }
}

fn path(round_trip_ms: u64) -> Path {
    Path {
        round_trip: Duration::from_millis(round_trip_ms),
        jitter: Duration::ZERO,
        up: None,
        down: None,
        basis: PathBasis::Chosen,
    }
}

fn network() -> Network {
    let peers = [PeerPath { from: 0, to: 1, path: path(100) }];
    Network::from_links(ends(), links(&ends(), &[], &peers), Seed::new(5))
}

fn user(population: usize, region: usize) -> LinkId {
    LinkId::User { population, region }
}

fn peer(from: usize, to: usize) -> LinkId {
    LinkId::Peer { from, to }
}

/// The links that are not up, with the state of both ways.
fn cut(network: &Network) -> Vec<(LinkId, State, State)> {
    let states = network.links().map(|(id, handle)| (id, handle.link().forward.state, handle.link().backward.state));
    states.filter(|(_, forward, backward)| *forward != State::Up || *backward != State::Up).collect()
}

#[test]
fn there_is_a_link_for_each_population_and_region_and_each_ordered_pair() {
    let network = network();
    assert_eq!(network.links().count(), 2 * 3 + 3 * 2);
    assert_eq!(network.peer_link(0, 1).link().round_trip(), Duration::from_millis(100));
    assert_eq!(network.peer_link(1, 0).link().round_trip(), Duration::from_millis(100));
    assert!(network.peer_link(0, 2).link().is_transparent(), "no path was given");
    assert!(network.user_link(1, 2).link().is_transparent());
}

#[test]
#[should_panic(expected = "the network has a link for each pair of its plan")]
fn a_link_that_is_not_there_is_a_mistake_and_not_a_fast_link() {
    let _ = network().user_link(2, 0);
}

#[test]
fn faults_touch_the_links_they_are_about() {
    use State::{BlackHole, Reject, Up};
    let region = RegionName::new("a");
    let isolated = |from, manner| {
        FaultKind::from(RegionIsolated { region: region.clone(), from, manner, established: Established::default() })
    };
    let partition = |direction, manner| {
        FaultKind::from(Partition {
            between: region.clone(),
            and: RegionName::new("b"),
            direction,
            manner,
            established: Established::default(),
        })
    };
    let users = vec![(user(0, 0), BlackHole, BlackHole), (user(1, 0), BlackHole, BlackHole)];
    let peers: Vec<_> = [peer(0, 1), peer(0, 2), peer(1, 0), peer(2, 0)].map(|id| (id, Reject, Reject)).to_vec();
    let cases = [
        ("isolated from its users", isolated(IsolatedFrom::Users, Manner::Drop), users.clone()),
        ("isolated from its peers", isolated(IsolatedFrom::Peers, Manner::Reject), peers.clone()),
        (
            "a one-way partition cuts what a sends, whoever opened the connection",
            partition(Direction::Forward, Manner::Drop),
            vec![(peer(0, 1), BlackHole, Up), (peer(1, 0), Up, BlackHole)],
        ),
        (
            "the other way round",
            partition(Direction::Backward, Manner::Drop),
            vec![(peer(0, 1), Up, BlackHole), (peer(1, 0), BlackHole, Up)],
        ),
        (
            "a full partition",
            partition(Direction::Both, Manner::Reject),
            vec![(peer(0, 1), Reject, Reject), (peer(1, 0), Reject, Reject)],
        ),
        ("a region that dies touches no link", FaultKind::from(RegionLoss::of(region.clone())), vec![]),
    ];
    for (what, kind, expected) in cases {
        let network = network();
        let name = FaultName::new("fault");
        assert_eq!(network.inject(&name, &kind), expected.len(), "{what}");
        assert_eq!(cut(&network), expected, "{what}");
        assert_eq!(network.heal(&name), expected.len(), "{what}");
        assert_eq!(cut(&network), [], "{what}, healed");
        assert_eq!(network.heal(&name), 0, "healing twice is harmless");
    }
}

#[test]
fn a_region_that_is_not_there_is_touched_by_nothing() {
    let nowhere = RegionName::new("nowhere");
    let kind = FaultKind::from(RegionIsolated {
        region: nowhere,
        from: IsolatedFrom::Both,
        manner: Manner::Drop,
        established: Established::default(),
    });
    assert_eq!(effect(&kind, &ends()), []);
}

#[test]
fn a_slow_link_is_slower_for_all_users_or_between_two_peers() {
    let slow = |peer: Option<&str>| {
        FaultKind::from(LinkDelay {
            region: RegionName::new("a"),
            peer: peer.map(RegionName::from),
            delay: Duration::from_millis(300),
            jitter: Duration::from_millis(20),
        })
    };
    let network = network();
    network.inject(&FaultName::new("users"), &slow(None));
    assert_eq!(network.user_link(0, 0).link().round_trip(), Duration::from_millis(300));
    assert_eq!(network.user_link(1, 0).link().forward.jitter, Duration::from_millis(10));
    network.inject(&FaultName::new("peers"), &slow(Some("b")));
    assert_eq!(network.peer_link(1, 0).link().round_trip(), Duration::from_millis(400));
    assert_eq!(network.faults(), ["peers", "users"].map(FaultName::from));
    network.heal_all();
    assert_eq!(network.faults(), []);
    assert_eq!(network.peer_link(0, 1).link(), Link::from_path(&path(100)));
}

#[test]
fn both_links_of_a_pair_drift_together_and_apart_from_others() {
    let seed = Seed::new(9);
    assert_eq!(drift_seed(peer(0, 1), seed), drift_seed(peer(1, 0), seed));
    assert_ne!(drift_seed(peer(0, 1), seed), drift_seed(peer(0, 2), seed));
    assert_ne!(drift_seed(peer(0, 1), seed), drift_seed(user(0, 1), seed));
}

#[test]
fn a_change_wakes_those_who_wait_and_no_change_wakes_nobody() {
    #[derive(Default)]
    struct Count(AtomicU32);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let link = LinkHandle::new(Link::transparent(), Seed::new(1));
    let shared = link.shared().unwrap();
    let count = Arc::new(Count::default());
    let place = shared.waiters.enter(Waker::from(Arc::clone(&count)));
    link.set(Link::transparent());
    assert_eq!((shared.version(), count.0.load(Ordering::Relaxed)), (0, 0));
    link.set(Link::from_round_trip(Duration::from_millis(1)));
    link.set(Link::transparent());
    assert_eq!((shared.version(), count.0.load(Ordering::Relaxed)), (2, 2));
    shared.waiters.leave(place);
    link.set(Link::from_round_trip(Duration::from_millis(1)));
    assert_eq!(count.0.load(Ordering::Relaxed), 2, "who has left is not woken");
    assert_eq!(Arc::strong_count(&count), 1, "and not kept");
    assert_eq!(shared.waiters.enter(Waker::from(count)), place, "places are used again");
}

#[test]
fn counters_of_all_threads_add_up() {
    let link = LinkHandle::new(Link::transparent(), Seed::new(1));
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    link.shared().unwrap().traffic.add(Counter::ForwardBytes, 3);
                }
            });
        }
    });
    assert_eq!(link.traffic().forward.bytes, 36_000);
    assert_eq!(link.traffic().backward.bytes, 0);
}

/// Inject or heal one of four faults.
fn steps() -> impl Strategy<Value = Vec<(usize, bool, u64, u8)>> {
    proptest::collection::vec((0_usize..4, any::<bool>(), 0_u64..50, 0_u8..3), 0..30)
}

proptest! {
    #[test]
    fn a_link_is_its_base_and_the_overlays_that_are_left(steps in steps()) {
        let base = Link::from_round_trip(Duration::from_millis(80));
        let link = LinkHandle::new(base, Seed::new(1));
        let mut left: BTreeMap<FaultName, Overlay> = BTreeMap::new();
        for (fault, inject, delay, state) in steps {
            let name = FaultName::new(format!("fault-{fault}"));
            if inject {
                let state = [State::Up, State::Reject, State::BlackHole][usize::from(state)];
                let forward = WayOverlay { delay: Duration::from_millis(delay), state, ..WayOverlay::default() };
                let overlay = Overlay { forward, ..Overlay::default() };
                link.apply(&name, overlay);
                left.insert(name, overlay);
            } else {
                prop_assert_eq!(link.remove(&name), left.remove(&name).is_some());
            }
            let expected = left.values().rev().fold(base, |link, overlay| overlay.over(link));
            prop_assert_eq!(link.link(), expected);
        }
        for name in left.keys() {
            link.remove(name);
        }
        prop_assert_eq!(link.link(), base, "all healed: as if nothing had been");
    }
}

#[test]
fn a_copy_that_follows_is_cut_and_healed_as_the_original() {
    let (original, copy) = (network(), network());
    let mut changes = original.watch();
    assert!(!changes.has_changed().unwrap());
    let cut = Overlay::state(Direction::Both, State::Reject);
    original.apply(&FaultName::new("one"), &[(user(0, 1), cut), (peer(0, 1), cut)]);
    original.apply(&FaultName::new("two"), &[(user(0, 1), Overlay::delay(Duration::from_millis(9), Duration::ZERO))]);
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    // What the copy has of its own is taken away: it follows.
    copy.apply(&FaultName::new("stale"), &[(user(1, 2), cut)]);
    copy.follow(&original.overlays());
    assert_eq!(copy.overlays(), original.overlays());
    assert_eq!(copy.user_link(0, 1).link(), original.user_link(0, 1).link());
    original.heal(&FaultName::new("one"));
    assert!(changes.has_changed().unwrap());
    copy.follow(&original.overlays());
    assert_eq!(copy.faults(), [FaultName::new("two")]);
    copy.follow(&[]);
    assert!(copy.faults().is_empty() && copy.user_link(0, 1).link() == copy.user_link(0, 1).base());
}
