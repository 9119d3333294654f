//! What a viewer is sent of a second, in bytes: as it is written and packed for one.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "only the whole day is told")]
#[path = "../../../tests/support/game_day.rs"]
mod game_day;

use super::*;
use crate::replay;
use std::collections::BTreeMap;
use tokio::time::Instant;

/// Bytes of a second of twenty regions: as text, and packed.
const TEXT_MAX: usize = 10_000;
const PACKED_MAX: usize = 2_000;

#[tokio::test]
async fn a_second_of_twenty_regions_is_small() {
    let day = game_day::game_day(20, game_day::SECONDS_MIN);
    let mut seconds: BTreeMap<u64, Vec<Message>> = BTreeMap::new();
    for (at, message) in replay::messages(&day, None) {
        seconds.entry(at.second()).or_default().push(message);
    }
    let (mut encoder, mut id) = (Encoder::new(true), 0);
    let (mut texts, mut packed) = (Vec::new(), Vec::new());
    for messages in seconds.values() {
        let mut text = Vec::new();
        for message in messages {
            Piece::of(&Frame::new(id, Instant::now(), message)).write(&mut text);
            id += 1;
        }
        texts.push(text.len());
        packed.push(encoder.encode(text).len());
    }
    let mean = |bytes: &[usize]| bytes.iter().sum::<usize>() / bytes.len();
    assert!(mean(&texts) <= TEXT_MAX, "{} bytes of text", mean(&texts));
    let most = packed.iter().max().unwrap();
    assert!(mean(&packed) <= PACKED_MAX, "{} bytes packed, at most {most}", mean(&packed));
}
