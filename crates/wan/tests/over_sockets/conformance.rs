//! One test body, two arms: a link inside the client's own socket, and a relay in front of the service. Real sockets, real
//! time; so only lower bounds are asserted, and how close they are met is what `examples/round_trip_accuracy.rs` measures.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

use crate::support::{Arm, Echo, WITHIN, eventually, round_trip};
use plan::resolved::Direction;
use std::{
    io,
    time::{Duration, Instant},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use units::{Bandwidth, Seed};
use wan::{Link, Overlay, State, timer};

/// Runs the body over both arms, each with a service and a runtime of its own.
#[expect(clippy::needless_pass_by_value, reason = "the body is a closure, written where it is passed")]
pub(crate) fn on_both_arms(link: Link, body: impl AsyncFn(&Arm, &Echo)) {
    for direct in [true, false] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            timer::install().unwrap();
            let echo = Echo::start().await;
            let arm = if direct { Arm::direct(echo.address, link) } else { Arm::relay(echo.address, link).await };
            let finished = tokio::time::timeout(WITHIN, body(&arm, &echo)).await;
            assert!(finished.is_ok(), "the {} arm hangs", arm.name());
        });
    }
}

pub(crate) fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

pub(crate) fn link(round_trip_ms: u64) -> Link {
    Link::from_round_trip(ms(round_trip_ms))
}

pub(crate) fn bytes(count: usize) -> Vec<u8> {
    (0..count as u64).map(|number| Seed::new(3).derive_number(number).value() as u8).collect()
}

#[test]
fn connecting_and_each_answer_cost_a_round_trip() {
    on_both_arms(link(30), async |arm, _| {
        let started = Instant::now();
        let mut stream = arm.connect().await.unwrap();
        // A handshake like that of TLS 1.2, then two requests.
        for turn in 1..=4 {
            round_trip(&mut *stream, b"hello").await.unwrap();
            assert!(started.elapsed() >= ms(30 + 30 * turn), "turn {turn} of the {} arm", arm.name());
        }
        assert_eq!(arm.traffic().await.connected, 1);
    });
}

#[test]
fn a_link_without_delay_passes_everything() {
    on_both_arms(Link::transparent(), async |arm, echo| {
        let mut stream = arm.connect().await.unwrap();
        round_trip(&mut *stream, &bytes(10_000)).await.unwrap();
        assert_eq!(echo.heard(), 10_000);
        assert_eq!(arm.traffic().await.backward.bytes, 10_000);
    });
}

#[test]
fn content_and_order_stay_while_the_link_changes() {
    on_both_arms(link(10), async |arm, _| {
        let sent = bytes(300_000);
        let (mut reader, mut writer) = tokio::io::split(arm.connect().await.unwrap());
        let write = async {
            let mut rest = sent.as_slice();
            while !rest.is_empty() {
                let dice = Seed::new(5).derive_number(rest.len() as u64).value() as usize;
                let (chunk, after) = rest.split_at(rest.len().min(1 + dice % 9_000));
                writer.write_all(chunk).await.unwrap();
                let mut changed = link((dice % 13) as u64);
                changed.backward.delay = ms((dice % 7) as u64);
                changed.forward.bandwidth = Bandwidth::from_bits_per_second(dice as u64 % 3 * 40_000_000);
                arm.set(changed).await;
                rest = after;
            }
            writer.shutdown().await.unwrap();
        };
        let mut received = Vec::new();
        let read = reader.read_to_end(&mut received);
        let ((), count) = tokio::join!(write, read);
        assert_eq!(count.unwrap(), sent.len());
        assert!(received == sent, "the {} arm lost or mixed up bytes", arm.name());
    });
}

#[test]
fn a_black_hole_holds_bytes_and_lets_them_go() {
    on_both_arms(link(10), async |arm, echo| {
        let mut stream = arm.connect().await.unwrap();
        round_trip(&mut *stream, b"before").await.unwrap();
        arm.apply(Overlay::state(Direction::Both, State::BlackHole)).await;
        stream.write_all(b"held").await.unwrap();
        // The direct arm is driven by its owner, who reads.
        let mut answer = [0; 4];
        let cut = async {
            eventually("bytes met the hole", async || arm.traffic().await.forward.held_bytes >= 4).await;
            assert_eq!(echo.heard(), 6, "nothing passes");
            arm.heal().await;
        };
        let (read, ()) = tokio::join!(stream.read_exact(&mut answer), cut);
        read.unwrap();
        assert_eq!(&answer, b"held");
        assert_eq!(echo.heard(), 10);
    });
}

#[test]
fn a_one_way_cut_cuts_one_way() {
    on_both_arms(link(10), async |arm, echo| {
        let mut stream = arm.connect().await.unwrap();
        round_trip(&mut *stream, b"before").await.unwrap();
        arm.apply(Overlay::state(Direction::Backward, State::BlackHole)).await;
        stream.write_all(b"heard").await.unwrap();
        let mut answer = [0; 5];
        let cut = async {
            eventually("the request passes", async || echo.heard() == 11).await;
            eventually("the answer met the hole", async || arm.traffic().await.backward.held_bytes >= 5).await;
            assert_eq!(arm.traffic().await.backward.bytes, 6, "the answer does not pass");
            arm.heal().await;
        };
        let (read, ()) = tokio::join!(stream.read_exact(&mut answer), cut);
        read.unwrap();
        assert_eq!(&answer, b"heard");
    });
}

#[test]
fn connecting_into_a_black_hole_waits_for_the_next_syn() {
    on_both_arms(link(10), async |arm, _| {
        arm.apply(Overlay::state(Direction::Backward, State::BlackHole)).await;
        let started = Instant::now();
        let connect = async {
            let mut stream = arm.connect().await.unwrap();
            round_trip(&mut *stream, b"hello").await.unwrap();
        };
        let heal = async {
            // The first SYN is lost before this heals: sent by this task, or by the relay when it has accepted.
            eventually("a connection is on its way", async || arm.is_connecting().await).await;
            arm.heal().await;
        };
        tokio::join!(connect, heal);
        assert!(started.elapsed() >= ms(1_000 + 20), "the {} arm didn't wait", arm.name());
    });
}

#[test]
fn a_link_that_rejects_resets_and_refuses() {
    on_both_arms(link(10), async |arm, _| {
        let mut stream = arm.connect().await.unwrap();
        round_trip(&mut *stream, b"before").await.unwrap();
        let mut answer = [0; 1];
        let (read, ()) = tokio::join!(stream.read(&mut answer), async {
            arm.apply(Overlay::state(Direction::Both, State::Reject)).await;
        });
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionReset);

        let refused = async {
            let mut stream = arm.connect().await?;
            round_trip(&mut *stream, b"x").await
        };
        let kind = refused.await.unwrap_err().kind();
        let expected = match arm {
            Arm::Direct { .. } => io::ErrorKind::ConnectionRefused,
            // A relay's kernel has accepted by then.
            Arm::Relay { .. } => io::ErrorKind::ConnectionReset,
        };
        assert_eq!(kind, expected, "the {} arm", arm.name());
        let traffic = arm.traffic().await;
        assert_eq!((traffic.reset, traffic.refused), (1, 1));

        arm.heal().await;
        let mut stream = arm.connect().await.unwrap();
        round_trip(&mut *stream, b"after").await.unwrap();
    });
}

#[test]
fn streams_share_the_links_bandwidth() {
    let bandwidth = Bandwidth::from_bits_per_second(8_000_000);
    on_both_arms(Link::transparent().with_bandwidth(bandwidth), async |arm, _| {
        let started = Instant::now();
        let mut streams = Vec::new();
        for _ in 0..4 {
            streams.push(arm.connect().await.unwrap());
        }
        let sent = bytes(50_000);
        let exchanges = streams.into_iter().map(|stream| exchange(stream, sent.clone()));
        let mut exchanges: tokio::task::JoinSet<()> = exchanges.collect();
        while let Some(finished) = exchanges.join_next().await {
            finished.unwrap();
        }
        // A kilobyte per millisecond: the last of 200,000 bytes leaves the forward way no earlier.
        assert!(started.elapsed() >= ms(200), "the {} arm", arm.name());
    });
}

async fn exchange(stream: Box<dyn crate::support::Stream>, sent: Vec<u8>) {
    let (mut reader, mut writer) = tokio::io::split(stream);
    let mut received = vec![0; sent.len()];
    let write = async { writer.write_all(&sent).await };
    let (write, read) = tokio::join!(write, reader.read_exact(&mut received));
    write.unwrap();
    read.unwrap();
    assert!(received == sent);
}

#[test]
fn an_end_travels_behind_the_bytes() {
    on_both_arms(link(30), async |arm, _| {
        let mut stream = arm.connect().await.unwrap();
        round_trip(&mut *stream, b"before").await.unwrap();
        let started = Instant::now();
        stream.write_all(b"last words").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"last words", "a half-closed stream still hears");
        assert!(started.elapsed() >= ms(30), "the {} arm", arm.name());
    });
}

#[test]
fn a_service_that_is_not_there_refuses() {
    for direct in [true, false] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            timer::install().unwrap();
            let nobody = {
                let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                listener.local_addr().unwrap()
            };
            let arm = if direct { Arm::direct(nobody, link(10)) } else { Arm::relay(nobody, link(10)).await };
            let started = Instant::now();
            let attempt = async {
                let mut stream = arm.connect().await?;
                round_trip(&mut *stream, b"x").await
            };
            let kind = tokio::time::timeout(WITHIN, attempt).await.unwrap().unwrap_err().kind();
            let expected = if direct { io::ErrorKind::ConnectionRefused } else { io::ErrorKind::ConnectionReset };
            assert_eq!(kind, expected);
            assert!(started.elapsed() >= ms(10));
        });
    }
}

#[test]
fn a_consumer_that_reads_late_gets_everything() {
    on_both_arms(link(4), async |arm, _| {
        let sent = bytes(3_000_000);
        let (mut reader, mut writer) = tokio::io::split(arm.connect().await.unwrap());
        let expected = sent.clone();
        let write = tokio::spawn(async move {
            writer.write_all(&sent).await.unwrap();
            writer.shutdown().await.unwrap();
        });
        // Until nothing moves any more, or all is on its way.
        let mut before = u64::MAX;
        eventually("it comes to a stop", async || {
            tokio::time::sleep(ms(20)).await;
            let now = arm.traffic().await.forward.bytes;
            std::mem::replace(&mut before, now) == now
        })
        .await;
        let mut received = Vec::new();
        reader.read_to_end(&mut received).await.unwrap();
        write.await.unwrap();
        assert!(received == expected, "the {} arm lost or mixed up bytes", arm.name());
    });
}
