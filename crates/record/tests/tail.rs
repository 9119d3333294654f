//! Whoever reads a recording while it grows is given what a reader of the whole is given, in its order, and nothing twice.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[expect(dead_code, reason = "shared with the tests of other things")]
mod sample;

use proptest::prelude::*;
use record::{Entry, Event, EventKind, Interval, LedgerEntry, LedgerRead, Outcome, ReadResult, Reader, Tail, Writer};
use std::{
    fs::{self, File},
    io::Write as _,
    path::Path,
    time::Duration,
};
use units::RunTime;

const FILES: [&str; 3] = ["events.ndjson", "intervals.ndjson", "ledger.ndjson"];

/// Entries of all three files, in no order of files.
fn entries() -> Vec<Entry> {
    let at = |second: u64| RunTime::from(Duration::from_secs(second));
    let read = |second| LedgerRead {
        write: second,
        reader: Reader::Region(0),
        sent: at(second),
        done: at(second),
        result: ReadResult::Present,
        reason: String::new(),
        is_final: false,
        served_by: None,
    };
    let of = |second: u64| match second * 7 % 3 {
        0 => Event::new(at(second), EventKind::Note, "landfall", format!("second {second}")).into(),
        1 => Entry::Interval(Interval::empty(second, 0, Some(0), 0, Outcome::Ok)),
        _ => Entry::Ledger(LedgerEntry::Read(read(second))),
    };
    (0..30).map(of).collect()
}

fn written(folder: &Path, entries: &[Entry]) -> Writer {
    let mut writer = Writer::create(folder, &sample::manifest(), "", &sample::plan()).unwrap();
    entries.iter().for_each(|entry| writer.append(entry).unwrap());
    writer.flush().unwrap();
    writer
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The files grow byte by byte, each at its own pace.
    #[test]
    fn however_the_files_grow_each_entry_comes_once_and_in_order(
        steps in prop::collection::vec(prop::array::uniform3(0_usize..2_000), 1..20),
    ) {
        let (all, folder) = (entries(), tempfile::tempdir().unwrap());
        let (whole, growing) = (folder.path().join("whole"), folder.path().join("growing"));
        written(&whole, &all).finish().unwrap();
        fs::create_dir(&growing).unwrap();
        for name in ["run.json", "resolved.json", "plan.yaml"] {
            fs::copy(whole.join(name), growing.join(name)).unwrap();
        }
        let mut tail = Tail::open(&growing).unwrap();
        let mut files = FILES.map(|name| (fs::read(whole.join(name)).unwrap(), None::<File>, 0_usize));
        let mut given = Vec::new();
        let steps = steps.iter().copied().chain([[usize::MAX; 3]]);
        for step in steps {
            for ((name, (bytes, file, at)), step) in FILES.iter().zip(&mut files).zip(step) {
                let to = at.saturating_add(step).min(bytes.len());
                let file = file.get_or_insert_with(|| File::create_new(growing.join(name)).unwrap());
                file.write_all(&bytes[*at..to]).unwrap();
                *at = to;
            }
            given.extend(tail.read().unwrap());
            prop_assert_eq!(&given[..], &all[..given.len()]);
            let is_all = files.iter().all(|(bytes, _, at)| *at == bytes.len());
            prop_assert_eq!(tail.integrity().complete, is_all);
        }
        prop_assert_eq!(given, all);
        prop_assert!(tail.integrity().is_whole(), "{:?}", tail.integrity());
    }
}

#[test]
fn a_writer_is_seen_as_long_as_it_lives() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let writer = written(&run, &entries());
    let mut tail = Tail::open(&run).unwrap();
    assert_eq!(tail.read().unwrap(), entries());
    assert!(tail.has_writer().unwrap());
    assert!(!tail.integrity().complete);
    drop(writer);
    assert!(!tail.has_writer().unwrap());
    assert_eq!(tail.read().unwrap(), []);
    assert!(!tail.integrity().complete, "it was killed, and never ended");
}

#[test]
fn behind_a_damage_nothing_waits_for_what_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    written(&run, &entries()).finish().unwrap();
    let path = run.join(FILES[0]);
    let mut bytes = fs::read(&path).unwrap();
    bytes[20] ^= 1;
    fs::write(&path, bytes).unwrap();
    let mut tail = Tail::open(&run).unwrap();
    assert_eq!(tail.read().unwrap(), &entries()[1..]);
    assert_eq!(tail.integrity().damages.len(), 1, "{:?}", tail.integrity());
}

#[test]
fn a_folder_without_a_plan_is_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Tail::open(folder.path()).unwrap_err().to_string().contains("is no recording"));
}
