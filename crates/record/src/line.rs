//! One line of a recording: a JSON object whose last member is a checksum over the bytes before it.
//!
//! ```text
//! {"seq":3,"order":17,"event":{…},"crc32":"89abcdef"}⏎
//! └──────── covered ────────────┘
//! ```
//!
//! So a file stays valid NDJSON that any tool reads, and yet each flipped bit is noticed: CRC-32 finds every error of up to
//! 32 bits in a row in the covered part, and the seal itself is compared byte by byte (an upper-case digit is no seal).
//! A flip that makes or eats a line end gives lines without a valid seal.

/// `,"crc32":"` + 8 hex digits + `"}`.
const SEAL_LENGTH: usize = 20;

/// Appends the line of `object` (JSON text of an object with at least one member) to `out`, with seal and line end.
pub(crate) fn seal(object: &[u8], out: &mut Vec<u8>) {
    let covered = object.strip_suffix(b"}").expect("an object ends with a brace");
    debug_assert!(!covered.contains(&b'\n'), "JSON on one line has no raw line ends");
    out.extend_from_slice(covered);
    out.extend_from_slice(&seal_of(covered));
    out.push(b'\n');
}

/// The JSON text of a sealed line (without its line end), or `None` when the seal doesn't fit: then nothing in it can be
/// trusted. The seal remains in the text as a member like any other.
pub(crate) fn open(line: &[u8]) -> Option<&[u8]> {
    let (covered, seal) = line.split_at_checked(line.len().checked_sub(SEAL_LENGTH)?)?;
    (*seal == seal_of(covered)).then_some(line)
}

/// How the lines of a batch begin: numbers are given by the recording that they come to.
const UNNUMBERED: &str = "{\"seq\":0,\"order\":0,";

/// The object of a line of a batch (sealed, without its line end), with these numbers instead of none. What it holds is not read.
pub(crate) fn numbered(line: &str, seq: u64, order: u64) -> Vec<u8> {
    let covered = line.len().saturating_sub(SEAL_LENGTH);
    let content = line.get(UNNUMBERED.len()..covered).expect("it was opened before");
    debug_assert!(line.starts_with(UNNUMBERED), "a line of a batch");
    format!("{{\"seq\":{seq},\"order\":{order},{content}}}").into_bytes()
}

/// Whether a line is one of a batch, as this version and every earlier one write them.
pub(crate) fn is_unnumbered(line: &str) -> bool {
    line.starts_with(UNNUMBERED)
}

fn seal_of(covered: &[u8]) -> [u8; SEAL_LENGTH] {
    let text = format!(",\"crc32\":\"{:08x}\"}}", crc32fast::hash(covered));
    text.as_bytes().try_into().expect("eight hex digits and twelve bytes around them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(object: &str) -> Vec<u8> {
        let mut out = Vec::new();
        seal(object.as_bytes(), &mut out);
        out.pop();
        out
    }

    #[test]
    fn a_sealed_line_is_json_and_opens() {
        let line = sealed(r#"{"seq":0,"note":"å"}"#);
        let value: serde_json::Value = serde_json::from_slice(&line).expect("valid JSON");
        assert_eq!(value["note"], "å");
        assert_eq!(value.as_object().and_then(|object| object.keys().next_back().cloned()), Some("crc32".to_owned()));
        assert_eq!(open(&line), Some(line.as_slice()));
    }

    #[test]
    fn every_flipped_bit_breaks_the_seal() {
        let line = sealed(r#"{"seq":12,"order":99,"event":{"text":"abc"}}"#);
        for bit in 0..line.len() * 8 {
            let mut flipped = line.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&flipped), None, "bit {bit}");
        }
    }

    #[test]
    fn every_shorter_line_is_refused() {
        let line = sealed(r#"{"seq":12}"#);
        for length in 0..line.len() {
            assert_eq!(open(&line[..length]), None, "{length} bytes");
        }
    }
}
