//! What faults do to bytes and connections, over both arms: the same body as in `conformance`.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use crate::{
    conformance::{bytes, link, ms, on_both_arms},
    support::{Arm, eventually, round_trip},
};
use plan::resolved::Direction;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::timeout,
};
use units::Share;
use wan::{
    Overlay, State,
    link::{Connections, Hits, Loss, Slice, WayOverlay},
    shaped::{Probe, Probed},
};

/// Long enough for what comes, for saying that something doesn't.
const NOTHING_COMES: Duration = Duration::from_millis(400);

fn both(change: impl Fn(&mut WayOverlay)) -> Overlay {
    let mut way = WayOverlay::default();
    change(&mut way);
    Overlay::both(way)
}

fn of(connections: Connections, share: u32, overlay: Overlay) -> Overlay {
    let share = Share::from_parts_per_million(share).unwrap();
    Overlay { hits: Hits { connections, share, older_than: Duration::ZERO }, ..overlay }
}

async fn hears_nothing(arm: &Arm) {
    let mut stream = arm.connect().await.unwrap();
    assert!(timeout(NOTHING_COMES, round_trip(&mut *stream, b"x")).await.is_err(), "the {} arm", arm.name());
}

#[test]
fn a_stall_opens_connections_holds_bytes_and_lets_them_go_at_once() {
    on_both_arms(link(10), async |arm, _| {
        let mut stream = arm.connect().await.unwrap();
        arm.apply(Overlay::state(Direction::Both, State::Stall)).await;
        hears_nothing(arm).await;
        stream.write_all(b"held").await.unwrap();
        let mut answer = [0; 4];
        assert!(timeout(NOTHING_COMES, stream.read_exact(&mut answer)).await.is_err());
        arm.heal().await;
        let healed = Instant::now();
        stream.read_exact(&mut answer).await.unwrap();
        // A black hole's next retransmission would be at 630 ms after the first; a queue goes on by itself.
        assert!(healed.elapsed() < Duration::from_secs(5) && &answer == b"held");
    });
}

#[test]
fn an_mtu_swallows_large_writes_and_what_is_behind_them_until_it_is_gone() {
    on_both_arms(link(10), async |arm, echo| {
        let mut stream = arm.connect().await.unwrap();
        arm.apply(both(|way| way.mtu = Some(1_000))).await;
        round_trip(&mut *stream, &bytes(900)).await.unwrap();
        let large = bytes(3_000);
        stream.write_all(&large).await.unwrap();
        let mut answer = vec![0; large.len()];
        assert!(timeout(NOTHING_COMES, stream.read_exact(&mut answer)).await.is_err());
        assert_eq!(echo.heard(), 900);
        arm.heal().await;
        stream.read_exact(&mut answer).await.unwrap();
        assert!(answer == large);
    });
}

#[test]
fn slices_come_with_pauses_and_nothing_is_mixed_up() {
    on_both_arms(link(4), async |arm, _| {
        let mut stream = arm.connect().await.unwrap();
        arm.apply(both(|way| way.slice = Some(Slice { bytes: 100, pause: ms(10) }))).await;
        let began = Instant::now();
        round_trip(&mut *stream, &bytes(1_000)).await.unwrap();
        assert!(began.elapsed() >= ms(90), "the {} arm", arm.name());
    });
}

#[test]
fn a_limit_resets_a_stream_behind_its_last_byte() {
    on_both_arms(link(4), async |arm, echo| {
        let mut stream = arm.connect().await.unwrap();
        arm.apply(both(|way| way.limit = Some(1_000))).await;
        round_trip(&mut *stream, &bytes(900)).await.unwrap();
        let _ = stream.write_all(&bytes(500)).await;
        let mut rest = Vec::new();
        assert!(stream.read_to_end(&mut rest).await.is_err(), "the {} arm", arm.name());
        assert!(echo.heard() <= 1_000, "{}", echo.heard());
        assert_eq!(arm.traffic().await.reset, 1);
    });
}

#[test]
fn a_slow_close_delays_the_end_and_not_the_bytes() {
    on_both_arms(link(4), async |arm, _| {
        let mut stream = arm.connect().await.unwrap();
        arm.apply(both(|way| way.close_delay = ms(150))).await;
        round_trip(&mut *stream, b"hello").await.unwrap();
        let began = Instant::now();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert!(began.elapsed() >= ms(300), "there and back, the {} arm", arm.name());
    });
}

#[test]
fn a_slow_accepter_delays_new_connections_only() {
    on_both_arms(link(4), async |arm, _| {
        let mut open = arm.connect().await.unwrap();
        arm.apply(Overlay { connect_delay: ms(200), ..Overlay::default() }).await;
        round_trip(&mut *open, b"hello").await.unwrap();
        let began = Instant::now();
        round_trip(&mut *arm.connect().await.unwrap(), b"hello").await.unwrap();
        assert!(began.elapsed() >= ms(208), "the {} arm", arm.name());
    });
}

#[test]
fn new_connections_can_be_refused_while_open_ones_live() {
    on_both_arms(link(4), async |arm, _| {
        let mut open = arm.connect().await.unwrap();
        round_trip(&mut *open, b"before").await.unwrap();
        arm.apply(of(Connections::New, 1_000_000, Overlay::state(Direction::Both, State::Reject))).await;
        // A relay accepts before it can refuse.
        let refused = async { round_trip(&mut *arm.connect().await?, b"x").await };
        assert!(refused.await.is_err(), "the {} arm", arm.name());
        round_trip(&mut *open, b"meanwhile").await.unwrap();
        arm.heal().await;
        round_trip(&mut *open, b"after").await.unwrap();
        round_trip(&mut *arm.connect().await.unwrap(), b"new").await.unwrap();
    });
}

#[test]
fn open_connections_can_be_cut_once_while_new_ones_live() {
    on_both_arms(link(4), async |arm, _| {
        let mut open = arm.connect().await.unwrap();
        round_trip(&mut *open, b"before").await.unwrap();
        arm.apply(of(Connections::Open, 1_000_000, Overlay { cuts: true, ..Overlay::default() })).await;
        // Also one that nobody polled while the fault was there.
        arm.heal().await;
        assert!(round_trip(&mut *open, b"x").await.is_err(), "the {} arm", arm.name());
        round_trip(&mut *arm.connect().await.unwrap(), b"new").await.unwrap();
        assert_eq!(arm.traffic().await.reset, 1);
    });
}

#[test]
fn open_connections_can_be_dead_and_silent_while_new_ones_live() {
    on_both_arms(link(4), async |arm, _| {
        let mut open = arm.connect().await.unwrap();
        round_trip(&mut *open, b"before").await.unwrap();
        arm.apply(of(Connections::Open, 1_000_000, Overlay::state(Direction::Both, State::BlackHole))).await;
        assert!(timeout(NOTHING_COMES, round_trip(&mut *open, b"x")).await.is_err(), "the {} arm", arm.name());
        round_trip(&mut *arm.connect().await.unwrap(), b"new").await.unwrap();
    });
}

#[test]
fn a_share_of_the_connections_is_hit_and_the_rest_is_not() {
    on_both_arms(link(4), async |arm, _| {
        let mut streams = Vec::new();
        for _ in 0..60 {
            let mut stream = arm.connect().await.unwrap();
            round_trip(&mut *stream, b"before").await.unwrap();
            streams.push(stream);
        }
        arm.apply(of(Connections::All, 500_000, Overlay { cuts: true, ..Overlay::default() })).await;
        let mut dead = 0;
        for stream in &mut streams {
            dead += u32::from(round_trip(&mut **stream, b"x").await.is_err());
        }
        assert!((15..=45).contains(&dead), "{dead} of 60 in the {} arm", arm.name());
        let mut again = 0;
        for stream in &mut streams {
            again += u32::from(round_trip(&mut **stream, b"x").await.is_err());
        }
        assert_eq!(again, dead, "who was spared stays so");
    });
}

#[test]
fn loss_makes_some_messages_wait_and_loses_none() {
    on_both_arms(link(4), async |arm, _| {
        let loss = Loss { share: Share::from_parts_per_million(300_000).unwrap(), burst: 1 };
        let mut stream = arm.connect().await.unwrap();
        arm.apply(both(|way| way.loss = Some(loss))).await;
        let began = Instant::now();
        eventually("a message waited for the retransmission timer", async || {
            let asked = Instant::now();
            round_trip(&mut *stream, b"hello").await.unwrap();
            asked.elapsed() >= ms(204)
        })
        .await;
        assert!(began.elapsed() >= ms(204));
        assert_eq!(arm.traffic().await.reset, 0);
    });
}

#[test]
fn a_probe_sees_what_the_link_does() {
    on_both_arms(link(30), async |arm, _| {
        let probe = Probe { connections: 3, bytes: 5_000, within: Duration::from_secs(2) };
        let whole = arm.probe(probe).await;
        assert_eq!(whole.len(), 3);
        for one in whole {
            let Probed::Answered { connected, answered, closed } = one else { panic!("{one:?}") };
            assert!(
                connected >= ms(30) && answered >= ms(30) && closed.is_some_and(|closed| closed >= ms(15)),
                "{one:?}"
            );
        }
        let cases = [
            (Overlay::state(Direction::Both, State::Stall), Probed::Silent),
            (Overlay::state(Direction::Both, State::BlackHole), Probed::Unopened),
            (Overlay::state(Direction::Both, State::Reject), Probed::Refused),
            (both(|way| way.mtu = Some(1_000)), Probed::Silent),
            (both(|way| way.limit = Some(1_000)), Probed::Reset),
        ];
        let probe = Probe { within: NOTHING_COMES, ..probe };
        for (overlay, expected) in cases {
            arm.apply(overlay).await;
            assert_eq!(arm.probe(probe).await, [expected; 3], "the {} arm", arm.name());
            arm.heal().await;
        }
    });
}
