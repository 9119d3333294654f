//! What Chirp's tool prints is read as it prints it.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;

/// Printed by `chirp conflicts --json` for two regions whose clocks are a minute apart.
const SAMPLE: &str = include_str!("sample.json");

#[test]
fn what_the_tool_prints_is_understood_whole() {
    let collisions = read(SAMPLE).unwrap();
    let kinds: Vec<&str> = collisions.iter().map(|one| one.kind.as_str()).collect();
    let known =
        ["removal-edit", "block-follow", "contact-cosmetic", "likes", "same-field", "later-behind", "seen-then-behind"];
    assert_eq!(kinds, known);
    assert!(collisions.iter().all(|one| one.updates == 10), "five pairs of each: {collisions:?}");
    assert_eq!(collisions.iter().map(|one| one.lost).collect::<Vec<_>>(), [3, 3, 5, 0, 2, 5, 0]);
}

#[test]
fn what_cant_be_relied_on_is_an_error() {
    let cases = [
        ("regions that have not read everything", SAMPLE.replace("\"quiet\": true", "\"quiet\": false"), "quiet"),
        ("another format", SAMPLE.replace("\"superseded\"", "\"replaced\""), "superseded"),
        ("no report at all", "chirp: no region serves".to_owned(), "expected"),
    ];
    for (case, text, expected) in cases {
        let error = read(&text).unwrap_err();
        assert!(error.contains(expected), "{case}: {error}");
    }
}

#[test]
fn how_each_kind_ended_is_said_in_words() {
    let kind = |acknowledged, refused, agreed| Kind {
        kind: "likes".to_owned(),
        pairs: 5,
        acknowledged,
        survived: acknowledged,
        superseded: 0,
        lost: 0,
        refused,
        unknown: 0,
        agreed,
    };
    let cases = [
        ("all are there", kind(10, 0, 5), "10 kept"),
        ("a writer refuses some", kind(8, 2, 5), "8 kept, 2 refused"),
        ("regions that do not agree are told", kind(10, 0, 3), "10 kept, regions differ about 2"),
    ];
    for (case, kind, expected) in cases {
        assert_eq!(collision(kind).resolution, expected, "{case}");
    }
}
