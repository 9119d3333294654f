//! One process of a region's plain server: an answer of a few bytes. Several listen at one address (`SO_REUSEPORT`), since none may have
//! more than 20,000 descriptors; the kernel spreads the connections.
//!
//! `serve ADDRESS REGION`: prints `ready`; answers each line of its input with the connections that are open and the requests it
//! has answered. Ends with its input.

use crate::sockets::Sockets;
use std::io::{Read, Write, stdin};

pub(crate) fn serve(arguments: &[&str]) {
    let [address, region] = arguments else { panic!("ADDRESS REGION") };
    let _limit = load::limits::Available::raise();
    let mut sockets = Sockets::listen(address.parse().unwrap());
    sockets.beside(stdin());
    let body = "hello";
    let length = body.len();
    let answer =
        format!("HTTP/1.1 200 OK\r\nx-region: {region}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes();
    let mut answered = 0_u64;
    println!("ready");
    loop {
        sockets.wait(None);
        let is_asked = sockets.take(|_, stream, _| {
            answered += 1;
            stream.write_all(&answer).is_ok()
        });
        if is_asked {
            let mut questions = [0; 64];
            let length = stdin().read(&mut questions).unwrap_or(0);
            if length == 0 {
                return;
            }
            for _ in questions[..length].iter().filter(|byte| **byte == b'\n') {
                println!("{} {answered}", sockets.open());
            }
        }
    }
}
