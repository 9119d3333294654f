//! A recording whose writer was killed anywhere is gone on with: what is kept is a beginning without holes and without a batch in part,
//! and with the rest behind it, it is the recording that it would have been.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of other things")]
mod sample;

use proptest::prelude::*;
use record::{
    AgentEntry, AgentNews, Entry, Event, EventKind, Interval, LedgerEntry, LedgerRead, Outcome, ReadResult, Reader,
    Recording, ResumeError, Writer, resume,
};
use std::{fs, path::Path};
use units::RunTime;

const FILES: [&str; 3] = ["events.ndjson", "intervals.ndjson", "ledger.ndjson"];

/// What a controller records: words of its own, and batches of two agents with entries of all three files.
fn entries() -> Vec<Entry> {
    let at = |second: u64| RunTime::from(std::time::Duration::from_secs(second));
    let mut entries = Vec::new();
    for second in 0..12 {
        entries.push(Event::new(at(second), EventKind::Note, "landfall", format!("second {second}")).into());
        for agent in 0..2 {
            let mut batch = vec![
                Entry::Interval(Interval::empty(second, 0, Some(0), 0, Outcome::Ok)),
                Event::new(at(second), EventKind::Note, "load", format!("agent {agent}")).into(),
                Entry::Ledger(LedgerEntry::Read(LedgerRead {
                    write: second,
                    reader: Reader::Region(0),
                    sent: at(second),
                    done: at(second),
                    result: ReadResult::Present,
                    reason: String::new(),
                    is_final: false,
                    served_by: None,
                })),
            ];
            batch.truncate(1 + (second as usize + agent) % 3);
            let number = second + 1;
            let news = AgentNews::Batch { number, through: number, entries: batch.len() as u64 };
            entries.push(Entry::Agent(AgentEntry { at: at(second), agent, news }));
            entries.extend(batch);
        }
    }
    entries
}

fn written(folder: &Path, entries: &[Entry]) {
    let mut writer = Writer::create(folder, &sample::manifest(), "", &sample::plan()).unwrap();
    entries.iter().for_each(|entry| writer.append(entry).unwrap());
    writer.flush().unwrap();
}

/// How many of these are there without the last batch, if that is there in part.
fn whole(entries: &[Entry], kept: usize) -> bool {
    let batch = entries[..kept].iter().enumerate().rev().find_map(|(at, entry)| match entry {
        Entry::Agent(AgentEntry { news: AgentNews::Batch { entries, .. }, .. }) => Some(at + *entries as usize),
        _ => None,
    });
    batch.is_none_or(|last| last < kept)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn cut_anywhere_and_gone_on_with_it_is_the_same_recording(cuts in prop::array::uniform3(0.0..=1.0_f64)) {
        let (all, folder) = (entries(), tempfile::tempdir().unwrap());
        let folder = folder.path().join("run");
        written(&folder, &all);
        for (name, cut) in FILES.iter().zip(cuts) {
            let length = fs::metadata(folder.join(name)).unwrap().len();
            let file = fs::File::options().write(true).open(folder.join(name)).unwrap();
            file.set_len((length as f64 * cut) as u64).unwrap();
        }
        let (mut writer, recording) = resume(&folder).unwrap();
        let kept = recording.entries.len();
        prop_assert_eq!(&recording.entries[..], &all[..kept]);
        prop_assert!(whole(&all, kept), "a batch is there in part");
        for entry in &all[kept..] {
            writer.append(entry).unwrap();
        }
        writer.finish().unwrap();
        drop(writer);
        let read = Recording::read(&folder).unwrap();
        prop_assert!(read.integrity.is_whole(), "{:?}", read.integrity);
        prop_assert_eq!(read.entries, all);
    }
}

#[test]
fn what_can_not_be_gone_on_with_is_refused_and_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| folder.path().join(name);
    let refused = |name: &str| resume(&run(name)).map(|_| ()).unwrap_err();

    let mut writer = Writer::create(&run("busy"), &sample::manifest(), "", &sample::plan()).unwrap();
    assert!(matches!(refused("busy"), ResumeError::Busy { .. }));
    writer.finish().unwrap();
    drop(writer);
    assert!(matches!(refused("busy"), ResumeError::Ended { .. }), "it was ended meanwhile");

    written(&run("damaged"), &entries());
    let path = run("damaged").join(FILES[1]);
    let text = fs::read_to_string(&path).unwrap().replacen("\"second\":3", "\"second\":4", 1);
    fs::write(&path, &text).unwrap();
    assert!(matches!(refused("damaged"), ResumeError::Damaged { .. }));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    assert!(matches!(refused("nothing"), ResumeError::Read(_)));
}

#[test]
fn what_stands_behind_an_entry_that_a_crash_took_is_not_read() {
    let (all, folder) = (entries(), tempfile::tempdir().unwrap());
    let folder = folder.path().join("run");
    written(&folder, &all);
    // The ledger's lines never came to the disk; the others did.
    fs::write(folder.join(FILES[2]), "").unwrap();
    let read = Recording::read(&folder).unwrap();
    let first = all.iter().position(|entry| matches!(entry, Entry::Ledger(_))).unwrap();
    assert!(!read.integrity.complete && read.integrity.damages.is_empty(), "{:?}", read.integrity);
    assert_eq!(read.entries, all[..first]);
}
