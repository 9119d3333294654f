//! Compression: gzip where the client takes it, flushed after each event of a stream, so that nothing waits in it.

use axum::http::{HeaderMap, header};
use bytes::Bytes;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use std::io::{Read as _, Write as _};

/// Whether the client takes gzip.
pub(crate) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let named = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    named.flat_map(|value| value.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.parse::<f64>().ok());
        is_gzip && weight.is_none_or(|weight| weight > 0.0)
    })
}

/// All of it at once, quickly.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

/// What was packed when this was built.
pub(crate) fn unpack(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut whole).expect("what was packed at build time can be unpacked");
    whole
}

/// The encoding of one stream.
#[derive(Debug)]
pub(crate) enum Encoder {
    Plain,
    Gzip(Box<GzEncoder<Vec<u8>>>),
}

impl Encoder {
    pub(crate) fn new(gzip: bool) -> Self {
        if gzip { Self::Gzip(Box::new(GzEncoder::new(Vec::new(), Compression::default()))) } else { Self::Plain }
    }

    /// Encodes that so that the client can read all of it at once.
    pub(crate) fn encode(&mut self, text: Vec<u8>) -> Bytes {
        match self {
            Self::Plain => text.into(),
            Self::Gzip(encoder) => {
                encoder.write_all(&text).and_then(|()| encoder.flush()).expect("memory takes everything");
                std::mem::take(encoder.get_mut()).into()
            }
        }
    }

    /// What has to follow the last byte.
    pub(crate) fn end(self) -> Bytes {
        match self {
            Self::Plain => Bytes::new(),
            Self::Gzip(encoder) => encoder.finish().expect("memory takes everything").into(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn accepts(value: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
        accepts_gzip(&headers)
    }

    #[test]
    fn gzip_is_used_only_where_it_is_taken() {
        assert!(accepts("br, gzip;q=0.5") && accepts("GZIP") && accepts("*"));
        assert!(!accepts("gzip;q=0") && !accepts("br") && !accepts("identity"));
        assert!(!accepts_gzip(&HeaderMap::new()));
    }

    #[test]
    fn each_piece_can_be_read_before_the_next_is_there() {
        let mut encoder = Encoder::new(true);
        let mut received = Vec::new();
        for number in 0..3 {
            received.extend(encoder.encode(format!("piece {number}\n").into_bytes()));
            let mut decoder = GzDecoder::new(&*received);
            let mut text = vec![0; 8 * (number + 1)];
            decoder.read_exact(&mut text).unwrap();
            assert!(String::from_utf8(text).unwrap().ends_with(&format!("piece {number}\n")));
        }
        received.extend(encoder.end());
        assert_eq!(unpack(&received), b"piece 0\npiece 1\npiece 2\n");
        assert_eq!(unpack(&pack(b"piece")), b"piece");
    }
}
