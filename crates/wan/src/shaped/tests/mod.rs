//! Shaped streams over pipes in memory, on paused time: every instant is exact to tokio's millisecond.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod faults;

use super::*;
use crate::{Link, State, Traffic};
use std::{future::poll_fn, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    time::{Instant, sleep},
};
use units::{Bandwidth, Seed};

const PIPE_BYTES: usize = 1 << 20;

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

fn link(round_trip_ms: u64) -> LinkHandle {
    LinkHandle::new(Link::from_round_trip(ms(round_trip_ms)), Seed::new(1))
}

/// The user's end, and the service's bare end.
fn open(link: &LinkHandle) -> (ShapedStream<DuplexStream>, DuplexStream) {
    open_with(link, StreamOptions::default())
}

fn open_with(link: &LinkHandle, options: StreamOptions) -> (ShapedStream<DuplexStream>, DuplexStream) {
    let (near, far) = duplex(PIPE_BYTES);
    (ShapedStream::established(link, options, near), far)
}

async fn connect_over(link: &LinkHandle) -> io::Result<ShapedStream<DuplexStream>> {
    connect(link, StreamOptions::default(), async { Ok(duplex(PIPE_BYTES).0) }).await
}

/// Answers everything with itself until the end of the stream.
fn echo(mut far: DuplexStream) {
    tokio::spawn(async move {
        let mut buffer = vec![0; 4_096];
        while let Ok(count @ 1..) = far.read(&mut buffer).await {
            far.write_all(&buffer[..count]).await.unwrap();
        }
    });
}

/// Paused time moves in tokio's milliseconds, rounded up, once per sleep.
#[track_caller]
fn assert_took(since: Instant, expected: Duration) {
    let took = since.elapsed();
    assert!(took >= expected && took <= expected + ms(3), "took {took:?}, expected {expected:?}");
}

async fn round_trip(stream: &mut ShapedStream<DuplexStream>, message: &[u8]) {
    stream.write_all(message).await.unwrap();
    let mut answer = vec![0; message.len()];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, message);
}

#[tokio::test(start_paused = true)]
async fn connecting_costs_a_round_trip_and_so_does_each_answer() {
    let link = link(80);
    let started = Instant::now();
    let (near, far) = duplex(PIPE_BYTES);
    echo(far);
    let mut stream = connect(&link, StreamOptions::default(), async { Ok(near) }).await.unwrap();
    assert_took(started, ms(80));
    for turn in 1..4 {
        round_trip(&mut stream, b"hello").await;
        assert_took(started, ms(80 + 80 * turn));
    }
    assert_eq!(link.traffic().connected, 1);
}

#[tokio::test(start_paused = true)]
async fn each_direction_has_its_own_delay() {
    let link = link(0);
    link.update(|link| link.backward.delay = ms(50));
    let (mut stream, mut far) = open(&link);
    let started = Instant::now();
    stream.write_all(b"at once").await.unwrap();
    far.read_exact(&mut [0; 7]).await.unwrap();
    assert_took(started, ms(0));
    far.write_all(b"later").await.unwrap();
    stream.read_exact(&mut [0; 5]).await.unwrap();
    assert_took(started, ms(50));
}

#[tokio::test(start_paused = true)]
async fn what_the_real_connect_says_comes_back_after_a_round_trip() {
    let started = Instant::now();
    let refused = async { Err::<DuplexStream, _>(io::Error::from(io::ErrorKind::ConnectionRefused)) };
    let error = connect(&link(60), StreamOptions::default(), refused).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert_took(started, ms(60));
}

#[tokio::test(start_paused = true)]
async fn an_end_travels_behind_the_bytes_and_a_half_closed_stream_still_hears() {
    let link = link(80);
    let (mut stream, mut far) = open(&link);
    let started = Instant::now();
    stream.write_all(b"question").await.unwrap();
    let server = tokio::spawn(async move {
        let mut heard = Vec::new();
        far.read_to_end(&mut heard).await.unwrap();
        assert_took(started, ms(40));
        far.write_all(&heard).await.unwrap();
    });
    stream.shutdown().await.unwrap();
    assert_took(started, ms(40));
    assert_eq!(stream.write_all(b"more").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert_took(started, ms(80));
    assert_eq!(answer, b"question");
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0, "an end stays an end");
    server.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_failing_socket_is_heard_of_after_the_round_trip() {
    let link = link(80);
    let (mut stream, far) = open(&link);
    drop(far);
    let (near, gone) = duplex(16);
    drop(gone);
    stream.inner = near;
    let started = Instant::now();
    stream.write_all(b"into nothing").await.unwrap();
    // The pipe says "end" before it says "broken": the reader hears the end first, after the backward delay.
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
    assert_took(started, ms(40));
    sleep(ms(100)).await;
    let error = poll_fn(|context| Pin::new(&mut stream).poll_write(context, b"x")).await;
    assert_eq!(error.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
}

#[tokio::test(start_paused = true)]
async fn streams_of_a_link_share_its_bandwidth_and_not_their_own_access() {
    let bandwidth = Bandwidth::from_bits_per_second(8_000_000);
    let (count, bytes) = (4, 100_000);
    // (the link's bandwidth, each stream's own, ms until all have everything): 1 kB per ms.
    for (shared, own, expected) in [(bandwidth, None, 400), (None, bandwidth, 100)] {
        let link = LinkHandle::new(Link::transparent().with_bandwidth(shared), Seed::new(1));
        let options = StreamOptions { up: own, ..StreamOptions::default() };
        let started = Instant::now();
        let streams: Vec<_> = (0..count)
            .map(|_| {
                let (mut stream, mut far) = open_with(&link, options);
                tokio::spawn(async move {
                    stream.write_all(&vec![7; bytes]).await.unwrap();
                    let received = async { far.read_exact(&mut vec![0; bytes]).await.map(|_| ()) };
                    let driven = async {
                        stream.shutdown().await.unwrap();
                        std::future::pending::<()>().await;
                    };
                    tokio::select! { result = received => result.unwrap(), () = driven => {} }
                })
            })
            .collect();
        for stream in streams {
            stream.await.unwrap();
        }
        assert_took(started, ms(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_answer_pays_its_rounds_of_slow_start() {
    let link = link(100);
    let (mut stream, mut far) = open(&link);
    let started = Instant::now();
    far.write_all(&vec![1; 101_360]).await.unwrap();
    // (bytes that one more round brings, instant)
    for (bytes, expected) in [(14_480, 50), (28_960, 150), (57_920, 250)] {
        stream.read_exact(&mut vec![0; bytes]).await.unwrap();
        assert_took(started, ms(expected));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_service_pushes_back_on_the_writer() {
    let link = link(20);
    let (near, mut far) = duplex(1_000);
    let options = StreamOptions { window_bytes: 20_000, ..StreamOptions::default() };
    let mut stream = ShapedStream::established(&link, options, near);
    let bytes: Vec<u8> = (0..200_000_u32).map(|number| number as u8).collect();
    let expected = bytes.clone();
    let writer = tokio::spawn(async move {
        stream.write_all(&bytes).await.unwrap();
        stream.shutdown().await.unwrap();
    });
    sleep(Duration::from_secs(60)).await;
    assert!(link.traffic().forward.bytes <= 1_000, "the pipe takes no more");
    assert!(!writer.is_finished(), "21,000 bytes fit, 200,000 don't");
    let mut received = Vec::new();
    far.read_to_end(&mut received).await.unwrap();
    writer.await.unwrap();
    assert!(received == expected, "nothing is lost or reordered");
}

#[tokio::test(start_paused = true)]
async fn two_tasks_may_share_a_stream() {
    let link = link(50);
    let (stream, far) = open(&link);
    echo(far);
    let (mut reader, mut writer) = tokio::io::split(stream);
    let reading = tokio::spawn(async move {
        let mut heard = [0; 30];
        reader.read_exact(&mut heard).await.unwrap();
    });
    let started = Instant::now();
    // The writer never comes back to the stream: the reader has to drive what it left.
    tokio::spawn(async move {
        for _ in 0..3 {
            sleep(ms(10)).await;
            writer.write_all(&[1; 10]).await.unwrap();
        }
        std::future::pending::<()>().await;
    });
    reading.await.unwrap();
    assert_took(started, ms(30 + 50));
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_holds_nothing_and_is_small() {
    let link = link(30);
    let (mut stream, far) = open(&link);
    echo(far);
    round_trip(&mut stream, b"hello").await;
    assert!(!stream.is_in_transit());
    let size = size_of::<ShapedStream<tokio::net::TcpStream>>() + size_of::<Shape>();
    assert!(size <= 384, "{size} bytes per stream");
    assert_eq!(size_of::<ShapedStream<DuplexStream>>(), size_of::<DuplexStream>() + size_of::<usize>());
}

#[tokio::test(start_paused = true)]
async fn a_transparent_link_delays_nothing_and_counts() {
    let link = link(0);
    let started = Instant::now();
    let mut stream = connect_over(&link).await.unwrap();
    let (near, far) = duplex(PIPE_BYTES);
    stream.inner = near;
    echo(far);
    round_trip(&mut stream, b"hello").await;
    assert_eq!(Instant::now(), started);
    assert!(!stream.is_in_transit());
    let passed = crate::network::WayTraffic { bytes: 5, messages: 1, held_bytes: 0 };
    assert_eq!(link.traffic(), Traffic { forward: passed, backward: passed, connected: 1, ..Traffic::default() });
}

#[tokio::test(start_paused = true)]
async fn an_unshaped_stream_is_its_socket() {
    let link = LinkHandle::unshaped();
    link.set(Link::from_round_trip(ms(100)));
    let mut stream = connect_over(&link).await.unwrap();
    let (near, far) = duplex(PIPE_BYTES);
    stream.inner = near;
    echo(far);
    let started = Instant::now();
    round_trip(&mut stream, b"hello").await;
    assert_eq!(Instant::now(), started);
    assert_eq!(link.traffic(), Traffic::default());
}
