//! HDR's V2 form, straight from filled buckets and back.
//!
//! ```text
//! cookie 4 | payload length 4 | offset 4 | digits 4 | lowest 8 | highest 8 | ratio 8 | payload
//! ```
//!
//! All big-endian. The payload is a list of numbers, zig-zag encoded, seven bits to a byte, lowest first, at most nine
//! bytes of which the ninth is taken whole: a positive one is the next bucket's count, a negative one skips that many empty
//! buckets. Only what [`super::Histogram`] writes is taken: microseconds up to an hour, three digits, not compressed.
//!
//! The library's own reader and writer make the whole array of counts first, 60 KiB for each of a recording's tens of thousands;
//! and a controller reads and writes thousands a second.

use super::{
    MICROS_MAX, SIGNIFICANT_DIGITS,
    packed::{Packed, index_of, upper_end_of_index},
};

const HEADER: usize = 40;
const COOKIE: u32 = 0x1c84_9313;
const BYTES_MAX: usize = 9;
/// Buckets up to 2^32 µs: 2,048 of one microsecond, then 1,024 for each of 21 doublings.
const BUCKETS_MAX: usize = 2_048 + 21 * 1_024;

/// The histogram of those bytes, or what is wrong with them.
pub(super) fn read(bytes: &[u8]) -> Result<Packed, &'static str> {
    let (header, mut payload) = bytes.split_at_checked(HEADER).ok_or("shorter than a header")?;
    check_header(header, payload.len())?;
    let mut buckets = Vec::new();
    let mut index: usize = 0;
    while let Some(number) = next_number(&mut payload)? {
        if let Ok(count) = u64::try_from(number) {
            let count = u32::try_from(count).map_err(|_| "a count out of range")?;
            if count > 0 {
                buckets.push((upper_end_of_index(index).ok_or("a latency out of range")?, count));
            }
            index += 1;
        } else {
            let skipped = usize::try_from(number.unsigned_abs()).map_err(|_| "a count out of range")?;
            index = index.saturating_add(skipped);
        }
        if index > BUCKETS_MAX {
            return Err("a latency out of range");
        }
    }
    Ok(Packed::new(buckets))
}

/// The bytes of those buckets.
pub(super) fn write(packed: &Packed) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut index = 0;
    for (latency, count) in packed.buckets() {
        let at = index_of(latency);
        if at > index {
            put_number(-((at - index) as i64), &mut payload);
        }
        put_number(i64::try_from(count).unwrap_or(i64::MAX), &mut payload);
        index = at + 1;
    }
    // A reader's array has to hold the last bucket, and two at least.
    let highest = packed.max().map_or(0, |latency| latency.as_micros() as u64).max(2);
    let mut bytes = Vec::with_capacity(HEADER + payload.len());
    for word in [COOKIE, payload.len() as u32, 0, u32::from(SIGNIFICANT_DIGITS)] {
        bytes.extend(word.to_be_bytes());
    }
    for long in [1, highest, 1.0_f64.to_bits()] {
        bytes.extend(long.to_be_bytes());
    }
    bytes.extend(payload);
    bytes
}

/// Adds a number to a payload.
fn put_number(number: i64, payload: &mut Vec<u8>) {
    let mut left = (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned();
    for _ in 1..BYTES_MAX {
        if left < 0x80 {
            break;
        }
        payload.push(left as u8 | 0x80);
        left >>= 7;
    }
    payload.push(left as u8);
}

fn check_header(header: &[u8], payload: usize) -> Result<(), &'static str> {
    let word = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let long = |at: usize| u64::from_be_bytes(header[at..at + 8].try_into().expect("eight bytes"));
    if word(0) != COOKIE {
        return Err("not the uncompressed V2 form");
    }
    if word(4) as usize != payload {
        return Err("another length than its header says");
    }
    let is_ours = word(8) == 0 && word(12) == u32::from(SIGNIFICANT_DIGITS) && long(16) == 1;
    if !is_ours || long(24) > 2 * MICROS_MAX || f64::from_bits(long(32)) != 1.0 {
        return Err("not in microseconds up to an hour with three digits");
    }
    Ok(())
}

/// The next number of the payload, `None` at its end.
fn next_number(payload: &mut &[u8]) -> Result<Option<i64>, &'static str> {
    let mut encoded = 0_u64;
    for position in 0..BYTES_MAX {
        let Some((byte, rest)) = payload.split_first() else {
            return if position == 0 { Ok(None) } else { Err("ends inside of a number") };
        };
        *payload = rest;
        let is_last = position == BYTES_MAX - 1 || byte & 0x80 == 0;
        let bits = if position == BYTES_MAX - 1 { *byte } else { byte & 0x7f };
        encoded |= u64::from(bits) << (7 * position);
        if is_last {
            break;
        }
    }
    let magnitude = i64::try_from(encoded >> 1).expect("63 bits fit");
    Ok(Some(if encoded & 1 == 1 { -magnitude - 1 } else { magnitude }))
}
