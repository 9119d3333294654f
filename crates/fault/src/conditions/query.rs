//! One DNS question over UDP, from an address of the asker's, as little as a probe needs: one name, type A or SOA.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::{net::UdpSocket, time::timeout};

const HEADER_BYTES: usize = 12;
const TYPE_A: u16 = 1;
const TYPE_SOA: u16 = 6;
const CLASS_IN: u16 = 1;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// An address.
    Address,
    /// The serial number of the zone.
    Serial,
}

/// What came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// An address, and for how many seconds it may be kept.
    Address(Ipv4Addr, u32),
    /// The serial number of the zone.
    Serial(u32),
    /// No record, with this code (0: no error).
    Nothing(u8),
    /// Nothing at all.
    Silence,
}

/// Asks once, from `source`; answers what came and after how long.
pub(crate) async fn ask(
    resolver: SocketAddr,
    source: IpAddr,
    name: &str,
    wanted: Wanted,
    within: Duration,
) -> io::Result<(Reply, Duration)> {
    let socket = UdpSocket::bind((source, 0)).await?;
    let began = Instant::now();
    socket.send_to(&question(name, wanted), resolver).await?;
    let mut buffer = [0; 1500];
    match timeout(within, socket.recv_from(&mut buffer)).await {
        Err(_) => Ok((Reply::Silence, began.elapsed())),
        Ok(received) => {
            let (length, _) = received?;
            let malformed = || io::Error::new(io::ErrorKind::InvalidData, "that is no answer");
            Ok((read(&buffer[..length], wanted).ok_or_else(malformed)?, began.elapsed()))
        }
    }
}

fn question(name: &str, wanted: Wanted) -> Vec<u8> {
    let mut bytes = vec![0x4c, 0x46, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
        bytes.extend(label.bytes());
    }
    let kind = if wanted == Wanted::Address { TYPE_A } else { TYPE_SOA };
    bytes.push(0);
    bytes.extend(kind.to_be_bytes());
    bytes.extend(CLASS_IN.to_be_bytes());
    bytes
}

fn read(bytes: &[u8], wanted: Wanted) -> Option<Reply> {
    let number = |at: usize| Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    let long = |at: usize| Some(u32::from(number(at)?) << 16 | u32::from(number(at + 2)?));
    let (code, questions, answers) = (bytes.get(3)? & 0x0f, number(4)?, number(6)?);
    let mut at = HEADER_BYTES;
    for _ in 0..questions {
        at = after_name(bytes, at)? + 4;
    }
    for _ in 0..answers {
        let record = after_name(bytes, at)?;
        let (kind, ttl, length) = (number(record)?, long(record + 4)?, usize::from(number(record + 8)?));
        let data = record + 10;
        match (wanted, kind, length) {
            (Wanted::Address, TYPE_A, 4) => {
                let [a, b, c, d] = *bytes.get(data..data + 4)?.first_chunk()?;
                return Some(Reply::Address(Ipv4Addr::new(a, b, c, d), ttl));
            }
            (Wanted::Serial, TYPE_SOA, _) => {
                return Some(Reply::Serial(long(after_name(bytes, after_name(bytes, data)?)?)?));
            }
            _ => at = data + length,
        }
    }
    Some(Reply::Nothing(code))
}

/// Where a name ends: after its last label, or after a pointer to one that was there before.
fn after_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length if length & 0xc0 == 0xc0 => return Some(at + 2),
            length => at += usize::from(length) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer to the question with these records after it.
    fn answer(code: u8, wanted: Wanted, records: &[&[u8]]) -> Vec<u8> {
        let mut bytes = question("chirp.test", wanted);
        bytes[2] = 0x84;
        bytes[3] = code;
        bytes[7] = records.len() as u8;
        bytes.extend(records.concat());
        bytes
    }

    #[test]
    fn an_answer_is_read_for_its_address_its_serial_or_its_code() {
        let address = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 2, 0, 1];
        let serial = [
            0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 5, 0, 24, 0xc0, 12, 0xc0, 12, 0, 0, 1, 2, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0,
            9, 0, 0, 0, 9,
        ];
        let found = Reply::Address(Ipv4Addr::new(127, 2, 0, 1), 5);
        assert_eq!(read(&answer(0, Wanted::Address, &[&address]), Wanted::Address), Some(found));
        assert_eq!(read(&answer(0, Wanted::Address, &[&serial, &address]), Wanted::Address), Some(found));
        assert_eq!(read(&answer(0, Wanted::Serial, &[&serial]), Wanted::Serial), Some(Reply::Serial(258)));
        assert_eq!(read(&answer(2, Wanted::Address, &[]), Wanted::Address), Some(Reply::Nothing(2)));
        let whole = answer(0, Wanted::Address, &[&address]);
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length], Wanted::Address), None, "{length} bytes of {}", whole.len());
        }
    }
}
