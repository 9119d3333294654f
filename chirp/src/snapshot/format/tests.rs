#![expect(clippy::unwrap_used, reason = "tests may panic")]

use proptest::prelude::*;

use super::*;
use crate::clock::Stamp;
use crate::entry::Change;

const SEED: Seed = Seed { users: 6, follows_per_user: 0 };

fn entry(seq: u64) -> Entry {
    let stamp: Stamp = "1763766000123.7@eu-west-1".parse().unwrap();
    Entry { seq, stamp, change: Change::Heartbeat { wall_ms: seq, applied: BTreeMap::new() } }
}

fn snapshot(entries: u64) -> Vec<u8> {
    let mut whole = Vec::new();
    let take = |part: Vec<u8>| {
        whole.extend(part);
        Ok::<(), FormatError>(())
    };
    let cursors = BTreeMap::from([("us-east-1".to_owned(), Cursor { log: "b".into(), seq: 3 })]);
    let mut writer = SnapshotWriter::new("eu-west-1", SEED, cursors, take).unwrap();
    writer.log(&Held { origin: "eu-west-1".into(), log: "a".into(), seq: entries, first: 0 }).unwrap();
    for seq in 1..=entries {
        writer.entry(serde_json::to_string(&entry(seq)).unwrap().as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    whole
}

fn contents(text: &[u8]) -> Result<Vec<Contents>, FormatError> {
    let mut found = Vec::new();
    read(text, |contents| {
        found.push(contents);
        Ok::<(), FormatError>(())
    })?;
    Ok(found)
}

#[test]
fn what_was_written_is_read_in_its_order() {
    let found = contents(&snapshot(3)).unwrap();
    assert!(matches!(&found[0], Contents::Header(header) if header.region == "eu-west-1" && header.seed == SEED));
    assert_eq!(found[1], Contents::Log(Held { origin: "eu-west-1".into(), log: "a".into(), seq: 3, first: 0 }));
    assert_eq!(found[2..], [1, 2, 3].map(|seq| Contents::Entry(Box::new(entry(seq)))));
    assert!(snapshot(30_000).len() > 2 * PART_BYTES, "several parts are one text");
    assert_eq!(contents(&snapshot(30_000)).unwrap().len(), 30_002);
}

#[test]
fn what_is_wrong_is_said() {
    let good = String::from_utf8(snapshot(2)).unwrap();
    let cases = [
        ("nothing is no snapshot", String::new(), "ends early, after 0 lines"),
        ("a text is no snapshot", "hello\n".into(), "line 1 is damaged"),
        ("the end is missing", good[..good.find("z ").unwrap()].to_owned(), "ends early, after 4 lines"),
        ("half a line is missing", good[..good.len() - 9].to_owned(), "line 5 is damaged"),
        (
            "an entry is missing",
            good.lines().enumerate().filter(|(at, _)| *at != 2).map(|(_, line)| format!("{line}\n")).collect(),
            "has the digest ",
        ),
        (
            "a later program wrote it",
            good.replace("\"version\":2", "\"version\":3"),
            "is of version 3; this program reads version 2 only",
        ),
    ];
    for (sentence, text, expected) in cases {
        let error = contents(text.as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{sentence}: {error}");
    }
}

proptest! {
    /// Whichever byte is changed, it is found.
    #[test]
    fn no_changed_byte_goes_unseen(at in 0..snapshot(4).len(), change in 1..=255_u8) {
        let mut text = snapshot(4);
        text[at] ^= change;
        prop_assert!(contents(&text).is_err());
    }

    #[test]
    fn no_cut_goes_unseen(length in 0..snapshot(4).len()) {
        prop_assert!(contents(&snapshot(4)[..length]).is_err());
    }
}
