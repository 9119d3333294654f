#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::names::RegionName;

const PATIENCE: Duration = Duration::from_secs(3);

fn cursor(log: &str, seq: u64) -> Cursor {
    Cursor { log: log.into(), seq }
}

/// A batch up to `to` of a log that ends at `head`, applied.
fn record(peer: &PeerStatus, log: &str, to: u64, head: u64, heartbeat_ms: Option<u64>) -> bool {
    let region = RegionName::parse("us").unwrap();
    let batch = LogBatch { region, log: log.into(), from: 0, to, head, entries: Vec::new() };
    peer.record_compared();
    peer.record_batch(&batch, &Applied { heartbeat_ms, cursor: cursor(log, to), ..Applied::default() })
}

#[tokio::test(start_paused = true)]
async fn a_start_waits_for_what_the_peer_had_when_it_was_first_heard_of() {
    let peer = PeerStatus::new(cursor("a", 5));
    assert!(!peer.is_settled(PATIENCE), "not heard of yet");
    record(&peer, "a", 7, 10, None);
    assert!(!peer.is_settled(PATIENCE), "7 of 10");
    record(&peer, "a", 9, 20, None);
    assert!(!peer.is_settled(PATIENCE), "9 of 10");
    record(&peer, "a", 10, 30, None);
    assert!(peer.is_settled(PATIENCE), "what came later is not waited for");
}

#[tokio::test(start_paused = true)]
async fn a_silent_peer_is_waited_for_only_so_long() {
    let peer = PeerStatus::new(cursor("a", 5));
    tokio::time::advance(PATIENCE - Duration::from_millis(1)).await;
    assert!(!peer.is_settled(PATIENCE));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert!(peer.is_settled(PATIENCE));
    let slow = PeerStatus::new(cursor("a", 5));
    for to in 6..10 {
        tokio::time::advance(Duration::from_secs(2)).await;
        record(&slow, "a", to, 10, None);
        assert!(!slow.is_settled(PATIENCE), "it answers, so it is waited for");
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_waits_for_what_the_peer_held_of_others() {
    let peer = PeerStatus::new(cursor("a", 5));
    record(&peer, "a", 5, 5, None);
    peer.state().compared = false;
    assert!(!peer.is_settled(PATIENCE));
    peer.record_compared();
    assert!(peer.is_settled(PATIENCE));
}

#[tokio::test(start_paused = true)]
async fn what_comes_another_way_moves_the_cursor_only_forward_and_only_in_the_same_log() {
    let peer = PeerStatus::new(cursor("a", 5));
    let by_relay = |log: &str, seq| Applied { heartbeat_ms: Some(1), cursor: cursor(log, seq), ..Applied::default() };
    for (log, seq, expected) in [("b", 9, 5), ("a", 4, 5), ("a", 7, 7)] {
        peer.advance(&by_relay(log, seq));
        assert_eq!(peer.cursor(), cursor("a", expected), "{log} {seq}");
    }
    assert!(peer.numbers(1).lag.is_some() && !peer.numbers(1).reachable);
}

#[tokio::test(start_paused = true)]
async fn a_new_log_is_a_new_target() {
    let peer = PeerStatus::new(cursor("a", 50));
    record(&peer, "a", 50, 60, None);
    record(&peer, "b", 1, 3, None);
    assert!(!peer.is_settled(PATIENCE));
    record(&peer, "b", 3, 3, None);
    assert!(peer.is_settled(PATIENCE));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_once_per_reason_and_forgotten_with_the_next_answer() {
    let peer = PeerStatus::new(Cursor::default());
    assert!(peer.record_failure("refused".into()));
    assert!(!peer.record_failure("refused".into()));
    assert!(peer.record_failure("timeout".into()));
    assert!(!peer.numbers(0).reachable);
    assert!(record(&peer, "a", 1, 1, None), "it had been failing");
    assert!(peer.numbers(0).reachable);
    assert!(!record(&peer, "a", 2, 2, None));
    assert!(peer.record_failure("refused".into()));
}

#[tokio::test(start_paused = true)]
async fn lag_is_unknown_without_a_heartbeat_and_grows_when_they_stop() {
    let peer = PeerStatus::new(Cursor::default());
    record(&peer, "a", 1, 4, None);
    let numbers = peer.numbers(10_000);
    assert_eq!((numbers.lag, numbers.heartbeat_age), (None, None));
    assert_eq!((numbers.applied_seq, numbers.head_seq), (1, 4));
    record(&peer, "a", 2, 4, Some(9_000));
    assert_eq!(peer.numbers(10_000).lag, Some(1.0));
    assert_eq!(peer.numbers(8_000).lag, Some(-1.0), "a clock that is ahead shows as negative lag");
    tokio::time::advance(Duration::from_secs(7)).await;
    record(&peer, "a", 3, 4, None);
    assert_eq!(peer.numbers(17_000).lag, Some(8.0));
    assert_eq!(peer.numbers(17_000).heartbeat_age, Some(7.0));
}
