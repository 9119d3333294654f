//! A link between two regions that can swallow everything.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Forwards connections to an address. As a black hole it takes connections and bytes and gives none.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    black_hole: Arc<AtomicBool>,
}

impl Relay {
    /// Binds first; the target may be known only afterwards.
    pub(crate) fn bind() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let relay = Self { address: listener.local_addr().unwrap(), black_hole: Arc::new(AtomicBool::new(false)) };
        (relay, listener)
    }

    /// Forwards from now on. The threads end with their connections, at the latest with the test.
    pub(crate) fn forward(&self, listener: TcpListener, target: SocketAddr) {
        let black_hole = Arc::clone(&self.black_hole);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let Ok(onward) = TcpStream::connect(target) else { continue };
                for (from, to) in [(&stream, &onward), (&onward, &stream)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let black_hole = Arc::clone(&black_hole);
                    std::thread::spawn(move || pump(from, to, &black_hole));
                }
            }
        });
    }

    pub(crate) fn set_black_hole(&self, black_hole: bool) {
        self.black_hole.store(black_hole, Ordering::SeqCst);
    }
}

fn pump(mut from: TcpStream, mut to: TcpStream, black_hole: &AtomicBool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if black_hole.load(Ordering::SeqCst) {
            // Swallowed; and what comes later on this connection would be out of place.
            while black_hole.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
            }
            break;
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = from.shutdown(Shutdown::Both);
    let _ = to.shutdown(Shutdown::Both);
}
