#![expect(clippy::unwrap_used, reason = "tests may panic")]

use super::*;
use crate::{Entry, Event, EventKind, Integrity, lines::Lines};
use std::{fs::File, io::Cursor};
use units::RunTime;

fn note(text: &str) -> Content {
    Content::of(&Entry::Event(Event::new(RunTime::START, EventKind::Note, "test", text)))
}

/// Takes `room` bytes, a few at a time, then says that the disk is full.
#[derive(Debug, Default)]
struct SmallDisk {
    bytes: Vec<u8>,
    room: usize,
}

impl Write for SmallDisk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room).min(7);
        if count == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(&bytes[..count]);
        self.room -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn texts(bytes: &[u8]) -> (Vec<String>, Integrity, bool) {
    let mut integrity = Integrity::default();
    let mut lines = Lines::new("events.ndjson", Cursor::new(bytes));
    let mut texts = Vec::new();
    while let Some((_, _, entry)) = lines.next(&mut integrity) {
        match entry {
            Entry::Event(event) => texts.push(event.text),
            other => panic!("unexpected {other:?}"),
        }
    }
    (texts, integrity, lines.is_closed())
}

#[test]
fn a_full_disk_tears_no_line_once_there_is_room_again() {
    for room in 0..300 {
        // Two lines take 222 bytes.
        let mut file = LineFile::new(SmallDisk { room, ..SmallDisk::default() });
        file.append(0, note("one")).unwrap();
        file.append(1, note("two")).unwrap();
        let first = file.flush();
        assert_eq!(
            first.is_ok(),
            file.pending.is_empty(),
            "an error as long as bytes are waiting, with room for {room}"
        );
        file.out.room = 10_000;
        file.append(2, note("three")).unwrap();
        file.close(3).unwrap();
        file.flush().unwrap();
        let (texts, integrity, closed) = texts(&file.out.bytes);
        assert_eq!(texts, ["one", "two", "three"], "with room for {room} bytes at first");
        assert!(closed && integrity.damages.is_empty(), "with room for {room} bytes at first: {integrity:?}");
    }
}

#[test]
fn a_full_disk_says_so() {
    let mut file = LineFile::new(File::options().write(true).open("/dev/full").unwrap());
    file.append(0, note("one")).unwrap();
    assert_eq!(file.flush().unwrap_err().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn a_line_dropped_for_want_of_room_leaves_a_gap_that_is_noticed() {
    let mut file = LineFile::new(SmallDisk::default());
    file.pending_max = 100;
    file.append(0, note("kept")).unwrap();
    let error = file.append(1, note("dropped")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    file.out.room = 10_000;
    file.append(2, note("kept too")).unwrap();
    file.close(3).unwrap();
    file.flush().unwrap();
    let (texts, integrity, closed) = texts(&file.out.bytes);
    assert_eq!(texts, ["kept", "kept too"]);
    assert!(closed);
    let damages: Vec<_> = integrity.damages.iter().map(|damage| damage.what.as_str()).collect();
    assert_eq!(damages, ["a line is missing before this one"]);
}

#[test]
fn closing_twice_writes_one_closing_line() {
    let mut file = LineFile::new(SmallDisk { room: 10_000, ..SmallDisk::default() });
    file.append(0, note("one")).unwrap();
    file.close(1).unwrap();
    file.close(1).unwrap();
    file.flush().unwrap();
    let (texts, integrity, closed) = texts(&file.out.bytes);
    assert_eq!((texts.len(), closed, integrity.damages.len()), (1, true, 0));
}

#[test]
fn a_large_buffer_is_written_without_being_asked() {
    let mut file = LineFile::new(SmallDisk { room: usize::MAX, ..SmallDisk::default() });
    for order in 0..3_000 {
        file.append(order, note("a line of about a hundred bytes")).unwrap();
    }
    assert!(file.out.bytes.len() > WRITE_AT, "{} bytes", file.out.bytes.len());
    assert!(file.pending.len() <= WRITE_AT);
}
