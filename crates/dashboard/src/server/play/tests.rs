//! A short tape, at several speeds and from several places, on paused time.

use super::*;
use crate::wire::{LogLine, Mode, Role, Seconds};
use tokio::time::advance;

fn second(second: u64) -> (RunTime, Message) {
    let at = RunTime::from_micros(second * 1_000_000);
    (at, Message::Second(Seconds { second, step: 1, ..Seconds::default() }))
}

fn line(id: u64, at: u64) -> (RunTime, Message) {
    let (tag, text, source) = ("NOTE".to_owned(), String::new(), "test".to_owned());
    (RunTime::from_micros(at * 1_000_000), Message::Log(LogLine { id, at_us: at * 1_000_000, tag, text, source }))
}

/// A line first, as a plan is, and twenty seconds with a line at 10 s.
fn tape() -> Arc<Tape> {
    let mut messages = vec![line(0, 0)];
    messages.extend((1..=10).map(second));
    messages.push(line(1, 10));
    messages.extend((11..=20).map(second));
    Arc::new(Tape::new(&messages))
}

fn play(from: Option<u64>, speed: f64, after: Option<u64>) -> Play {
    let greeting = Greeting {
        run: "run".to_owned(),
        landfall: "0".to_owned(),
        started_unix_us: 0,
        mode: Mode::Replay,
        role: Role::View,
    };
    Play::new(tape(), greeting, Pace { from_us: from.map(|from| from * 1_000_000), speed }, after)
}

/// `hello`, `second 3`, `log 1`.
fn words(pieces: &[Piece]) -> Vec<String> {
    pieces.iter().map(|piece| piece.word()).collect()
}

#[tokio::test(start_paused = true)]
async fn it_begins_where_it_is_told_to_and_goes_on_at_its_speed() {
    let mut play = play(Some(10), 2.0, None);
    assert_eq!(words(&play.next().await), ["hello", "log 0", "log 1"], "what holds then; seconds are asked for");
    let begun = Instant::now();
    assert_eq!(words(&play.next().await), ["second 11"]);
    assert_eq!(begun.elapsed().as_millis() / 10, 50, "two seconds of the run in one");
    assert_eq!(words(&play.next().await), ["second 12"]);
}

#[tokio::test(start_paused = true)]
async fn without_a_place_all_of_it_is_there() {
    let mut play = play(None, 1.0, None);
    assert_eq!(words(&play.next().await), ["hello", "log 0", "log 1"]);
    let more = tokio::time::timeout(Duration::from_secs(3_600), play.next()).await;
    assert!(more.is_err(), "nothing comes after the end, and the stream stays open");
}

#[tokio::test(start_paused = true)]
async fn what_comes_first_is_shown_even_before_its_time() {
    let tape = Arc::new(Tape::new(&[line(0, 3), second(4)]));
    let mut play = Play { tape, ..play(Some(0), 1.0, None) };
    assert_eq!(words(&play.next().await), ["hello", "log 0"]);
    assert_eq!(words(&play.next().await), ["second 4"]);
}

#[tokio::test(start_paused = true)]
async fn it_goes_on_after_what_was_seen_last() {
    let mut play = play(Some(0), 1.0, Some(14));
    assert_eq!(words(&play.next().await), ["hello"]);
    assert_eq!(words(&play.next().await), ["second 14"]);
    let mut unknown = self::play(Some(5), 1.0, Some(99));
    assert_eq!(words(&unknown.next().await), ["hello", "resync", "log 0"]);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_begins_anew_where_the_time_is() {
    let mut play = play(Some(5), 1.0, None);
    play.next().await;
    advance(Duration::from_secs(4)).await;
    assert_eq!(words(&play.next().await).len(), 4, "a little late: all of it");
    advance(Duration::from_secs(7)).await;
    assert_eq!(words(&play.next().await), ["resync", "log 0", "log 1"]);
    assert_eq!(words(&play.next().await), ["second 17"]);
}
