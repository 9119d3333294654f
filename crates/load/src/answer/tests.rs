#![expect(clippy::unwrap_used, reason = "tests may panic")]
//! Answers as tables; and whatever way an answer is cut into reads, it is the same answer.

use super::{
    Malformed, Progress, Reader, ServedByHeader, Wanted,
    head::{Framing, Head},
};
use proptest::prelude::*;

/// What came out of an answer, without its place in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    status: u16,
    body: String,
    keep_alive: bool,
    surplus: bool,
    served_by: Option<u16>,
}

fn served_by() -> ServedByHeader {
    ServedByHeader::new("X-Region", ["eu-west-1".to_owned(), "us-east-1".to_owned()])
}

/// Reads an answer that comes in these pieces; `None`: it is not complete. After the last piece the connection closes.
fn read(pieces: &[&[u8]], answers_head: bool) -> Result<Option<Answer>, Malformed> {
    let header = served_by();
    let wanted = Wanted { body: true, answers_head, served_by: &header };
    let mut reader = Reader::new();
    let answer = |complete: super::Complete<'_>| Answer {
        status: complete.head.status,
        body: String::from_utf8_lossy(complete.body).into_owned(),
        keep_alive: complete.head.keep_alive,
        surplus: complete.surplus,
        served_by: complete.head.served_by,
    };
    for piece in pieces {
        if let Progress::Complete(complete) = reader.take(piece, wanted)? {
            assert!(complete.head_bytes.starts_with(b"HTTP/1."), "the head is the last one, whole");
            assert!(complete.head_bytes.ends_with(b"\r\n\r\n"));
            return Ok(Some(answer(complete)));
        }
    }
    Ok(reader.close().map(answer))
}

fn whole(text: &str) -> Result<Option<Answer>, Malformed> {
    read(&[text.as_bytes()], false)
}

fn good(status: u16, body: &str, keep_alive: bool) -> Answer {
    Answer { status, body: body.to_owned(), keep_alive, surplus: false, served_by: None }
}

const ANSWERS: &[&str] = &[
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;name=\"value\"\r\n, y\r\n2\r\nou\r\n0\r\nTrailer: x\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 2\r\nx-region: us-east-1\r\n\r\nok",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nuntil the end",
];

#[test]
fn answers_are_framed_as_the_standard_says() {
    let table: Vec<(&str, &str, Answer)> = vec![
        ("a length ends it", ANSWERS[0], good(200, "hello", true)),
        ("chunks are put together", ANSWERS[1], good(200, "hello, you", true)),
        ("interim answers are passed over", ANSWERS[2], Answer { served_by: Some(1), ..good(201, "ok", true) }),
        ("204 has no body", ANSWERS[3], good(204, "", true)),
        ("without a length the close ends it", ANSWERS[4], good(200, "until the end", false)),
        ("304 has none either, whatever it says", "HTTP/1.1 304 X\r\ncontent-length: 9\r\n\r\n", good(304, "", true)),
        (
            "the server may close",
            "HTTP/1.1 200 X\r\nconnection: Close\r\ncontent-length: 0\r\n\r\n",
            good(200, "", false),
        ),
        (
            "an old server may keep",
            "HTTP/1.0 200 X\r\nconnection: keep-alive\r\ncontent-length: 0\r\n\r\n",
            good(200, "", true),
        ),
        ("equal lengths are one", "HTTP/1.1 200 X\r\ncontent-length: 1, 1\r\n\r\na", good(200, "a", true)),
        (
            "an encoding beats a length, and the connection is not trusted again",
            "HTTP/1.1 200 X\r\ncontent-length: 3\r\ntransfer-encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
            good(200, "a", false),
        ),
        (
            "an encoding that doesn't end in chunked ends with the connection",
            "HTTP/1.1 200 X\r\ntransfer-encoding: gzip\r\n\r\nabc",
            good(200, "abc", false),
        ),
        (
            "who served it is told by the header",
            "HTTP/1.1 200 X\r\nx-REGION:  EU-west-1 \r\ncontent-length: 0\r\n\r\n",
            Answer { served_by: Some(0), ..good(200, "", true) },
        ),
        (
            "an unknown region stays unknown",
            "HTTP/1.1 200 X\r\nx-region: mars\r\ncontent-length: 0\r\n\r\n",
            good(200, "", true),
        ),
        (
            "bytes behind the answer are noticed",
            "HTTP/1.1 200 X\r\ncontent-length: 1\r\n\r\nabc",
            Answer { surplus: true, ..good(200, "a", true) },
        ),
    ];
    for (sentence, text, expected) in table {
        assert_eq!(whole(text), Ok(Some(expected)), "{sentence}");
    }
}

#[test]
fn what_is_no_answer_is_refused() {
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(super::HEADERS_MAX + 1));
    let long = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(super::HEAD_BYTES_MAX + 1));
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(17);
    let table: Vec<(&str, &str, Malformed)> = vec![
        ("another protocol", "SSH-2.0-x\r\n\r\n", Malformed::Head),
        ("no number", "HTTP/1.1 200 X\r\ncontent-length: ten\r\n\r\n", Malformed::ContentLength),
        ("a sign", "HTTP/1.1 200 X\r\ncontent-length: +1\r\n\r\n", Malformed::ContentLength),
        ("two lengths", "HTTP/1.1 200 X\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", Malformed::ContentLength),
        ("a body without end", "HTTP/1.1 200 X\r\ncontent-length: 99999999999\r\n\r\n", Malformed::BodyLength),
        ("a body too long to look at", "HTTP/1.1 200 X\r\ncontent-length: 9000000\r\n\r\n", Malformed::KeptLength),
        ("a switch nobody asked for", "HTTP/1.1 101 X\r\n\r\n", Malformed::Switch),
        ("chunks without a size", "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n\r\n", Malformed::Chunk),
        ("a chunk longer than said", "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab", Malformed::Chunk),
        (
            "a chunk of endless size",
            "HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
            Malformed::BodyLength,
        ),
        ("too many headers", &many, Malformed::Headers),
        ("too long a head", &long, Malformed::HeadLength),
        ("interim answers for ever", &interim, Malformed::Head),
    ];
    for (sentence, text, expected) in table {
        assert_eq!(whole(text), Err(expected), "{sentence}");
    }
}

#[test]
fn an_answer_that_is_cut_off_is_not_complete() {
    for answer in &ANSWERS[..4] {
        for end in 0..answer.len() {
            assert_eq!(whole(&answer[..end]), Ok(None), "{:?}", &answer[..end]);
        }
    }
}

#[test]
fn an_answer_to_head_has_no_body() {
    let answer = read(&[b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"], true).unwrap();
    assert_eq!(answer, Some(good(200, "", true)));
}

#[test]
fn a_body_nobody_wants_is_not_kept() {
    let header = ServedByHeader::default();
    let wanted = Wanted { body: false, answers_head: false, served_by: &header };
    let mut reader = Reader::new();
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 20000000\r\n\r\n";
    assert_eq!(reader.take(head, wanted), Ok(Progress::More), "longer than what is kept, and taken all the same");
    let piece = vec![b'x'; 1_000_000];
    for _ in 0..19 {
        assert_eq!(reader.take(&piece, wanted), Ok(Progress::More));
    }
    let Ok(Progress::Complete(complete)) = reader.take(&piece, wanted) else { panic!("the length is reached") };
    assert!(complete.body.is_empty());
}

#[test]
fn heads_say_how_the_body_ends() {
    let framing = |text: &str| Head::parse(text.as_bytes(), false, &served_by()).unwrap().unwrap().0.framing;
    assert_eq!(framing("HTTP/1.1 200 X\r\ncontent-length: 12\r\n\r\n"), Framing::Length(12));
    assert_eq!(framing("HTTP/1.1 200 X\r\ntransfer-encoding: Chunked\r\n\r\n"), Framing::Chunked);
    assert_eq!(framing("HTTP/1.1 200 X\r\n\r\n"), Framing::Close);
}

proptest! {
    #[test]
    fn the_way_it_is_cut_into_reads_makes_no_difference(
        which in 0..ANSWERS.len(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let bytes = ANSWERS[which].as_bytes();
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).chain([0, bytes.len()]).collect();
        ends.sort_unstable();
        ends.dedup();
        let pieces: Vec<&[u8]> = ends.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        prop_assert_eq!(read(&pieces, false), whole(ANSWERS[which]));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 1..200), cut in any::<prop::sample::Index>()) {
        let cut = cut.index(bytes.len());
        let pieces: Vec<&[u8]> = [&bytes[..cut], &bytes[cut..]].into_iter().filter(|piece| !piece.is_empty()).collect();
        let _ = read(&pieces, false);
        let chunked = [b"HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n".as_slice(), &bytes].concat();
        let _ = read(&[&chunked], false);
    }
}
