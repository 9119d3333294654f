//! What faults on a link do to its streams.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::Overlay;
use plan::resolved::Direction;
use tokio::time::{sleep_until, timeout};
use units::FaultName;

#[tokio::test(start_paused = true)]
async fn a_link_that_rejects_refuses_after_a_round_trip() {
    let link = link(60);
    link.apply(&FaultName::new("cut"), Overlay::state(Direction::Both, State::Reject));
    let started = Instant::now();
    assert_eq!(connect_over(&link).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    assert_took(started, ms(60));
    assert_eq!(link.traffic().refused, 1);
    link.remove(&FaultName::new("cut"));
    assert!(connect_over(&link).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_link_that_begins_to_reject_resets_a_waiting_stream_at_once() {
    let link = link(60);
    let (mut stream, _far) = open(&link);
    let waiting = tokio::spawn(async move { stream.read_u8().await });
    sleep(ms(500)).await;
    let started = Instant::now();
    link.update(|link| link.backward.state = State::Reject);
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_took(started, ms(0));
    assert_eq!(link.traffic().reset, 1);
}

#[tokio::test(start_paused = true)]
async fn a_transparent_link_resets_a_waiting_stream_too() {
    let link = link(0);
    let (mut stream, _far) = open(&link);
    let waiting = tokio::spawn(async move { stream.read_u8().await });
    sleep(ms(1)).await;
    link.update(|link| link.forward.state = State::Reject);
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_polled_while_the_link_rejected_is_dead_all_the_same() {
    let link = link(60);
    let (mut stream, _far) = open(&link);
    link.apply(&FaultName::new("cut"), Overlay::state(Direction::Both, State::Reject));
    link.remove(&FaultName::new("cut"));
    assert_eq!(stream.write_all(b"x").await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    let (mut later, far) = open(&link);
    echo(far);
    round_trip(&mut later, b"a stream opened after it lives").await;
}

#[tokio::test(start_paused = true)]
async fn a_black_hole_holds_bytes_and_lets_them_go_with_the_next_retransmission() {
    let link = link(100);
    let (mut stream, far) = open(&link);
    echo(far);
    round_trip(&mut stream, b"before").await;
    link.update(|link| *link = link.with_state(Direction::Both, State::BlackHole));
    let started = Instant::now();
    stream.write_all(b"held").await.unwrap();
    let mut answer = [0; 4];
    assert!(timeout(ms(5_000), stream.read_exact(&mut answer)).await.is_err(), "nothing passes a black hole");
    assert_eq!(link.traffic().forward, crate::network::WayTraffic { bytes: 6, messages: 1, held_bytes: 4 });
    link.update(|link| *link = link.with_state(Direction::Both, State::Up));
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"held");
    // Sent again at 0.3, 0.9, 2.1, 4.5 and 9.3 s; the hole was gone at 5.
    assert_took(started, ms(9_300 + 100));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_waits_is_woken_when_the_hole_is_gone() {
    let link = link(100);
    let (mut stream, far) = open(&link);
    echo(far);
    link.update(|link| link.forward.state = State::BlackHole);
    let waiting = tokio::spawn(async move { round_trip(&mut stream, b"held").await });
    sleep(ms(1_000)).await;
    assert!(!waiting.is_finished());
    link.update(|link| link.forward.state = State::Up);
    timeout(ms(1_203), waiting).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_one_way_cut_cuts_one_way() {
    let link = link(40);
    let (mut stream, mut far) = open(&link);
    link.update(|link| link.forward.state = State::BlackHole);
    stream.write_all(b"lost for now").await.unwrap();
    far.write_all(b"still here").await.unwrap();
    let mut heard = [0; 10];
    stream.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"still here");
    assert!(timeout(ms(10_000), far.read_u8()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn connecting_into_a_black_hole_sends_the_syn_again() {
    for direction in [Direction::Both, Direction::Forward, Direction::Backward] {
        let link = link(60);
        link.apply(&FaultName::new("cut"), Overlay::state(direction, State::BlackHole));
        let started = Instant::now();
        let heal = async {
            sleep(ms(2_500)).await;
            link.remove(&FaultName::new("cut"));
        };
        let (connected, ()) = tokio::join!(connect_over(&link), heal);
        assert!(connected.is_ok());
        assert_took(started, ms(3_000 + 60));
    }
}

#[tokio::test(start_paused = true)]
async fn connecting_into_a_lasting_black_hole_times_out_after_127_s() {
    let link = link(60);
    link.update(|link| link.forward.state = State::BlackHole);
    let started = Instant::now();
    assert_eq!(connect_over(&link).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_took(started, ms(127_000));
    assert_eq!(link.traffic().timed_out, 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_in_a_lasting_black_hole_times_out_after_a_quarter_of_an_hour() {
    let link = link(60);
    let (mut stream, _far) = open(&link);
    link.update(|link| link.forward.state = State::BlackHole);
    stream.write_all(b"x").await.unwrap();
    let started = Instant::now();
    assert_eq!(stream.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert!(started.elapsed() > Duration::from_mins(14) && started.elapsed() < Duration::from_mins(17));
}

/// Content and order stay, whatever happens to the link: its delay, bandwidth and state change all the time, chunks have
/// any size, both directions are busy.
#[tokio::test(start_paused = true)]
async fn nothing_is_lost_or_reordered_while_the_link_changes() {
    for seed in 0..20_u64 {
        let link = link(30);
        let (mut stream, far) = open(&link);
        echo(far);
        let sent: Vec<u8> = (0..60_000_u64).map(|number| Seed::new(seed).derive_number(number).value() as u8).collect();
        let chaos = change_without_end(link.clone(), Seed::new(seed));
        let exchange = async {
            let mut received = vec![0; sent.len()];
            let (mut written, mut read) = (0, 0);
            while read < received.len() {
                let chunk = 1 + Seed::new(seed).derive_number(read as u64).value() as usize % 3_000;
                let end = (written + chunk).min(sent.len());
                stream.write_all(&sent[written..end]).await.unwrap();
                written = end;
                read += stream.read(&mut received[read..]).await.unwrap();
            }
            received
        };
        let received = tokio::select! { received = exchange => received, () = chaos => Vec::new() };
        assert!(received == sent, "seed {seed}");
    }
}

async fn change_without_end(link: LinkHandle, seed: Seed) {
    for step in 0_u64.. {
        let dice = seed.derive("link").derive_number(step).value();
        let state = if dice % 10 < 2 { State::BlackHole } else { State::Up };
        link.update(|link| {
            *link = Link::from_round_trip(ms(dice % 97));
            link.backward.delay = ms(dice / 97 % 53);
            link.forward.bandwidth = Bandwidth::from_bits_per_second(dice / 1_000 % 3 * 5_000_000);
            link.forward.state = state;
            link.backward.state = if dice.is_multiple_of(7) { State::BlackHole } else { State::Up };
        });
        sleep(ms(dice % 40)).await;
    }
}
#[tokio::test(start_paused = true)]
async fn a_hole_that_is_back_before_the_retransmission_swallows_that_too() {
    let link = link(100);
    let (mut stream, far) = open(&link);
    echo(far);
    let started = Instant::now();
    let flap = async {
        // Sent again at 0.3, 0.9, 2.1 and 4.5 s; the hole is there from 0 to 1.0 and from 1.5 to 3.0.
        for (at, state) in [(1_000, State::Up), (1_500, State::BlackHole), (3_000, State::Up)] {
            sleep_until(started + ms(at)).await;
            link.update(|link| link.forward.state = state);
        }
    };
    link.update(|link| link.forward.state = State::BlackHole);
    let ((), ()) = tokio::join!(round_trip(&mut stream, b"held twice"), flap);
    assert_took(started, ms(4_500 + 100));
}
