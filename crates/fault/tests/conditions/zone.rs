//! A geo-DNS that plays along: one name with one address, or what the played region was told.

use crate::played::Played;
use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};
use tokio::net::UdpSocket;

/// Where users are sent, and to whom otherwise.
pub(crate) const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const HEADER_BYTES: usize = 12;
const TYPE_SOA: [u8; 2] = [0, 6];

/// Answers on that socket for as long as the test lasts.
pub(crate) fn serve(socket: UdpSocket, played: Arc<Mutex<Played>>) {
    tokio::spawn(async move {
        let mut buffer = [0; 512];
        while let Ok((length, asker)) = socket.recv_from(&mut buffer).await {
            let answer = played.lock().unwrap().resolve(&buffer[..length]);
            if let Some(answer) = answer {
                socket.send_to(&answer, asker).await.unwrap();
            }
        }
    });
}

impl Played {
    /// The answer to a question about the only name; `None`: it says nothing.
    fn resolve(&mut self, question: &[u8]) -> Option<Vec<u8>> {
        if self.stands_still {
            return None;
        }
        let code = if self.hits("dns-fails") { 2 } else { 0 };
        let wrong = |name: &str| self.on.get(name).map(String::as_str);
        let kind = &question[question.len() - 4..question.len() - 2];
        let ttl: u32 = wrong("dns-ttl").map_or(5, |keep| keep.trim_end_matches('s').parse().unwrap());
        let is_sent_here = (self.sends_here || self.on.contains_key("dns-sends")) && wrong("dns-avoids").is_none();
        let data = if kind == TYPE_SOA {
            // Two names that were there before, the serial number, and four times.
            let mut data = vec![0xc0, HEADER_BYTES as u8, 0xc0, HEADER_BYTES as u8];
            data.extend((self.zone.now() as u32).to_be_bytes());
            data.extend([0; 16]);
            data
        } else {
            (if is_sent_here { HERE } else { ELSEWHERE }).octets().to_vec()
        };
        let mut answer = question.to_vec();
        (answer[2], answer[3]) = (0x84, code);
        if code == 0 {
            answer[7] = 1;
            answer.extend([0xc0, HEADER_BYTES as u8, kind[0], kind[1], 0, 1]);
            answer.extend(ttl.to_be_bytes());
            answer.extend((data.len() as u16).to_be_bytes());
            answer.extend(data);
        }
        Some(answer)
    }
}
