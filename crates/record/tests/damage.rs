//! However a recording was damaged, it can be read, and the damage is noticed.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod sample;

use proptest::prelude::*;
use record::{Entry, Integrity, ReadError, Recording, Writer};
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

const GROWING: [&str; 3] = ["events.ndjson", "intervals.ndjson", "ledger.ndjson"];
const FIXED: [&str; 3] = ["run.json", "plan.yaml", "resolved.json"];

/// A recording of one of each kind as bytes per file.
fn written() -> BTreeMap<&'static str, Vec<u8>> {
    written_of(&sample::entries(), true)
}

fn written_of(entries: &[Entry], finish: bool) -> BTreeMap<&'static str, Vec<u8>> {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    let mut writer = Writer::create(&directory, &sample::manifest(), sample::PLAN_TEXT, &sample::plan()).unwrap();
    for entry in entries {
        writer.append(entry).unwrap();
    }
    if finish {
        writer.finish().unwrap();
    } else {
        writer.flush().unwrap();
    }
    FIXED.into_iter().chain(GROWING).map(|name| (name, fs::read(directory.join(name)).unwrap())).collect()
}

/// A small recording: at most two lines and the closing line in each file.
fn few() -> Vec<Entry> {
    let mut seen: HashMap<_, u32> = HashMap::new();
    let mut entries = sample::entries();
    entries.retain(|entry| matches!(entry, Entry::Event(_) | Entry::Generator(_) | Entry::Ledger(_)));
    entries.retain(|entry| {
        let count = seen.entry(std::mem::discriminant(entry)).or_default();
        *count += 1;
        *count <= 2
    });
    entries
}

/// A place for one recording whose files are changed again and again.
struct Bench {
    _home: tempfile::TempDir,
    directory: PathBuf,
}

impl Bench {
    fn new(files: &BTreeMap<&'static str, Vec<u8>>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().to_owned();
        for (name, bytes) in files {
            fs::write(directory.join(name), bytes).unwrap();
        }
        Self { _home: home, directory }
    }

    fn with(&self, name: &str, bytes: &[u8]) -> Result<Recording, ReadError> {
        let path = self.directory.join(name);
        let original = fs::read(&path).unwrap();
        fs::write(&path, bytes).unwrap();
        let result = Recording::read(&self.directory);
        fs::write(&path, original).unwrap();
        result
    }
}

fn what(integrity: &Integrity) -> Vec<String> {
    integrity.damages.iter().map(|damage| format!("{}: {}", damage.file, damage.what)).collect()
}

/// The place in the recording of the first line of these bytes.
fn place(lines: &[u8]) -> Option<usize> {
    let text = String::from_utf8_lossy(lines);
    let (_, rest) = text.split_once("\"order\":")?;
    rest.split(',').next()?.parse().ok()
}

#[test]
fn a_crash_at_any_byte_leaves_a_readable_recording_without_damage() {
    let all = few();
    let files = written_of(&all, false);
    let bench = Bench::new(&files);
    for name in GROWING {
        let bytes = &files[name];
        for length in 0..=bytes.len() {
            let recording = bench.with(name, &bytes[..length]).unwrap();
            assert!(!recording.integrity.complete, "{name} cut at {length}");
            assert_eq!(what(&recording.integrity), [""; 0], "{name} cut at {length}");
            // What stands behind the first entry that was cut off would claim more than is known.
            let kept = bytes[..length].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let first = place(&bytes[kept..]).unwrap_or(all.len());
            assert_eq!(recording.entries, all[..first], "{name} cut at {length}");
        }
    }
}

#[test]
fn a_closed_recording_that_was_cut_is_no_longer_complete() {
    let files = written_of(&few(), true);
    let bench = Bench::new(&files);
    for name in GROWING {
        for length in 0..files[name].len() {
            let recording = bench.with(name, &files[name][..length]).unwrap();
            assert!(!recording.integrity.complete, "{name} cut at {length}");
        }
    }
}

#[test]
fn every_flipped_bit_is_noticed() {
    let files = written_of(&few(), true);
    let bench = Bench::new(&files);
    assert!(Recording::read(&bench.directory).unwrap().integrity.is_whole());
    for (name, bytes) in &files {
        // `line` tries every bit of a line; here it is every seventh, so each of a byte's eight, in every file.
        let stride = if *name == "resolved.json" { 61 } else { 7 };
        for bit in (0..bytes.len() * 8).step_by(stride) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            match bench.with(name, &flipped) {
                Ok(recording) => assert!(!recording.integrity.is_whole(), "bit {bit} of {name}"),
                Err(error) => assert_eq!(*name, "resolved.json", "bit {bit} of {name}: {error}"),
            }
        }
    }
}

/// Lines with their ends.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

#[test]
fn damages_are_told_from_each_other() {
    let files = written();
    let bench = Bench::new(&files);
    let whole = lines(&files["events.ndjson"]);
    let torn = [&whole[0][..40], b"\n"].concat();
    let torn = torn.as_slice();
    let join = |parts: &[&[&[u8]]]| parts.concat().concat();
    let cases: [(&str, Vec<u8>, &[&str], bool); 9] = [
        ("a missing line", join(&[&whole[..3], &whole[4..]]), &["a line is missing"], true),
        ("two missing lines", join(&[&whole[..3], &whole[5..]]), &["2 lines are missing"], true),
        ("a line twice", join(&[&whole[..4], &whole[3..]]), &["line 3 comes again"], true),
        ("a torn line", join(&[&[torn], &whole[1..]]), &["its checksum"], true),
        ("a line too much", join(&[&[torn], &whole]), &["its checksum"], true),
        ("no closing line", join(&[&whole[..whole.len() - 1]]), &[], false),
        ("a line behind the closing one", join(&[&whole, &[whole[2]]]), &["behind the closing line"], false),
        ("half a line behind it", join(&[&whole, &[&whole[2][..9]]]), &["behind the closing line"], false),
        ("not a text at all", vec![0xff; 100], &[], false),
    ];
    for (case, bytes, expected, complete) in cases {
        let recording = bench.with("events.ndjson", &bytes).unwrap();
        let found = what(&recording.integrity);
        assert_eq!(found.len(), expected.len(), "{case}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{case}: {found:?} should say {expected:?}");
        }
        assert_eq!(recording.integrity.complete, complete, "{case}");
    }
}

#[test]
fn a_missing_file_is_damage_and_the_rest_is_read() {
    for name in ["run.json", "plan.yaml", "events.ndjson", "intervals.ndjson", "ledger.ndjson"] {
        let bench = Bench::new(&written());
        fs::remove_file(bench.directory.join(name)).unwrap();
        let recording = Recording::read(&bench.directory).unwrap();
        assert_eq!(what(&recording.integrity), [format!("{name}: missing")]);
        assert!(!recording.integrity.is_whole() && !recording.entries.is_empty());
    }
}

#[test]
fn what_is_no_recording_says_so() {
    let empty = tempfile::tempdir().unwrap();
    let error = Recording::read(empty.path()).unwrap_err();
    assert!(matches!(error, ReadError::NotARecording { .. }), "{error}");
    let error = Recording::read(Path::new("/nowhere/at/all")).unwrap_err();
    assert!(error.to_string().contains("neither run.json nor resolved.json"), "{error}");
    let bench = Bench::new(&written());
    fs::remove_file(bench.directory.join("resolved.json")).unwrap();
    let error = Recording::read(&bench.directory).unwrap_err();
    assert!(matches!(error, ReadError::NoPlan { .. }), "{error}");
}

#[test]
fn a_newer_format_is_refused_and_names_both_versions() {
    let files = written();
    let bench = Bench::new(&files);
    let text = String::from_utf8(files["resolved.json"].clone()).unwrap();
    let known = plan::resolved::FORMAT;
    let (major, minor) = known.split_once('.').unwrap();
    let next = |number: &str| number.parse::<u32>().unwrap() + 1;
    for newer in [format!("{major}.{}", next(minor)), format!("{}.0", next(major))] {
        let changed = text.replacen(&format!("{known:?}"), &format!("{newer:?}"), 1);
        assert_ne!(changed, text);
        let error = bench.with("resolved.json", changed.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(&newer) && error.contains(&format!("reads {known}")), "{error}");
    }
}

#[test]
fn an_entry_that_refers_to_nothing_in_the_plan_is_damage() {
    let files = written();
    let bench = Bench::new(&files);
    let mut plan = sample::plan();
    plan.populations.truncate(1);
    let recording = bench.with("resolved.json", &serde_json::to_vec(&plan).unwrap()).unwrap();
    let found = what(&recording.integrity).join("\n");
    assert!(found.contains("population 1 of 1 does not exist"), "{found}");
    assert!(found.contains("changed since the run"), "{found}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_the_reader_panic(
        name in prop::sample::select(vec!["events.ndjson", "intervals.ndjson", "ledger.ndjson", "run.json", "resolved.json"]),
        pieces in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..60),
                any::<prop::sample::Index>().prop_map(|index| {
                    let lines = ["{\"seq\":0,\"order\":0,\"end\":{\"lines\":0},\"crc32\":\"00000000\"}\n", "{}\n", "\n", "null\n", "\u{0}\n"];
                    index.get(&lines).as_bytes().to_vec()
                }),
            ],
            0..8,
        ),
    ) {
        // Written once: every recording waits for the disk.
        static FILES: LazyLock<BTreeMap<&str, Vec<u8>>> = LazyLock::new(written);
        let _ = Bench::new(&FILES).with(name, &pieces.concat());
    }
}
