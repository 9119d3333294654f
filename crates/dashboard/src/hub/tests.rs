//! Messages made by hand: who joins first, again, too late.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::wire::{Gap, LogLine, MarkNews, Seconds};

fn second(second: u64) -> Message {
    Message::Second(Seconds { second, step: 1, ..Seconds::default() })
}

fn line(id: u64) -> Message {
    let (tag, text, source) = ("NOTE".to_owned(), format!("line {id}"), "test".to_owned());
    Message::Log(LogLine { id, at_us: id, tag, text, source })
}

fn mark(is_final: bool) -> Message {
    Message::Mark(MarkNews {
        fault: 0,
        turn: 0,
        population: None,
        mark: "active".to_owned(),
        number: Some(1),
        at_us: Some(1),
        error_us: None,
        source: "fault".to_owned(),
        is_final,
    })
}

fn gap(to: Option<u64>) -> Message {
    Message::Gap(Gap { populations: vec![1], from: 3, to, why: "lost".to_owned() })
}

fn kinds(joined: &Joined) -> Vec<&'static str> {
    joined.frames.iter().map(|frame| kind_of(frame)).collect()
}

fn kind_of(frame: &Frame) -> &'static str {
    let text = std::str::from_utf8(&frame.text).unwrap();
    let name = text.strip_prefix("event: ").unwrap().lines().next().unwrap();
    ["second", "mark", "log", "gap"].into_iter().find(|kind| *kind == name).unwrap()
}

fn publish(hub: &mut Hub, messages: &[Message]) {
    messages.iter().for_each(|message| hub.publish(message));
}

#[tokio::test]
async fn who_joins_late_is_shown_what_holds_and_not_what_passed() {
    let mut hub = Hub::new(WAITING_MAX);
    publish(&mut hub, &[line(0), gap(None), second(3), mark(false), line(1), mark(true), gap(Some(5))]);
    let joined = hub.join(None);
    assert_eq!((joined.beginning, joined.newest), (Beginning::First, Some(6)));
    assert_eq!(kinds(&joined), ["mark", "log", "log", "gap"]);
    assert!(joined.frames[0].text.ends_with(b"\"is_final\":true}\n\n"), "{:?}", joined.frames[0].text);
    assert!(std::str::from_utf8(&joined.frames[3].text).unwrap().contains("\"to\":5"));
}

#[tokio::test]
async fn who_comes_back_gets_what_it_missed_and_then_the_news() {
    let mut hub = Hub::new(WAITING_MAX);
    publish(&mut hub, &[line(0), second(1), second(2)]);
    let mut joined = hub.join(Some(0));
    assert_eq!(joined.beginning, Beginning::Resumed);
    assert_eq!(joined.frames.iter().map(|frame| frame.id).collect::<Vec<_>>(), [1, 2]);
    publish(&mut hub, &[second(3)]);
    assert_eq!(joined.news.try_recv().unwrap().id, 3);
    assert!(hub.join(Some(3)).frames.is_empty(), "nothing was missed");
}

#[tokio::test(start_paused = true)]
async fn who_was_away_for_too_long_begins_anew() {
    let mut hub = Hub::new(WAITING_MAX);
    publish(&mut hub, &[line(0), second(1)]);
    tokio::time::advance(Duration::from_secs(601)).await;
    publish(&mut hub, &[second(602)]);
    let joined = hub.join(Some(0));
    assert_eq!(joined.beginning, Beginning::Resync);
    assert_eq!(kinds(&joined), ["log"], "what holds is kept however old it is");
    assert_eq!(hub.join(Some(1)).beginning, Beginning::Resumed, "what came after it is all there");
    assert_eq!(hub.join(Some(7)).beginning, Beginning::Resync, "an id of another life");
    assert_eq!(hub.join(Some(u64::MAX)).beginning, Beginning::Resync);
}

#[tokio::test]
async fn who_does_not_read_is_not_waited_for() {
    let mut hub = Hub::new(WAITING_MAX);
    let mut joined = hub.join(None);
    for number in 0..=WAITING_MAX as u64 {
        hub.publish(&second(number));
    }
    let behind = joined.news.try_recv();
    assert!(matches!(behind, Err(broadcast::error::TryRecvError::Lagged(_))), "{behind:?}");
}
