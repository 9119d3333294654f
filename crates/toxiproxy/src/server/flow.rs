//! One direction of a connection: reads, lets its chain work, writes.

use super::{connection::Route, traffic::Traffic};
use crate::{
    chain::{CHUNK_BYTES_MAX, Chain, Ending, Front},
    model::{Direction, Toxic},
};
use bytes::{Bytes, BytesMut};
use std::{io, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::tcp::{ReadHalf, WriteHalf},
};

/// Below it a read takes a new buffer: reads of a few bytes would cost more than they bring.
const ROOM_BYTES_MIN: usize = 2 * 1_024;

/// One direction of a connection.
#[derive(Debug)]
pub(super) struct Flow {
    route: Route,
    chain: Chain,
    direction: Direction,
    toxics: Arc<[Arc<Toxic>]>,
    /// The source has not ended.
    open: bool,
}

/// What was waited for.
enum Came {
    Data(Bytes),
    End(Ending),
    Written(io::Result<usize>),
    /// A time, or a change of toxics.
    Turn,
}

impl Flow {
    pub(super) fn new(route: Route, chain: Chain, direction: Direction) -> Self {
        Self { route, chain, direction, toxics: Arc::default(), open: true }
    }

    /// Carries bytes until the direction has ended; answers how. With [`Ending::Source`] the writer has been told.
    pub(super) async fn run(mut self, mut reader: ReadHalf<'_>, mut writer: WriteHalf<'_>) -> Ending {
        let mut buffer = BytesMut::new();
        let mut came = Came::Turn;
        loop {
            // Toxics first: what has just come meets those of now, and so does all that comes after an answer of the API.
            self.meet_toxics();
            if let Some(ending) = self.take_in(came) {
                return ending;
            }
            let wake = self.chain.turn(self.route.clock.now());
            let data = match self.chain.front() {
                Some(Front::End(Ending::Source)) => {
                    return writer.shutdown().await.map_or(Ending::Reset, |()| Ending::Source);
                }
                Some(Front::End(ending)) => return ending,
                Some(Front::Data(data)) => Some(data),
                None => None,
            };
            let reads = self.open && self.chain.has_room();
            let (clock, has_data) = (self.route.clock, data.is_some());
            came = tokio::select! {
                changed = self.route.published.changed() => match changed {
                    Ok(()) => Came::Turn,
                    Err(_) => return Ending::Closed,
                },
                read = read(&mut reader, &mut buffer), if reads => read,
                written = write(&mut writer, data), if has_data => Came::Written(written),
                () = clock.sleep_until(wake) => Came::Turn,
            };
        }
    }

    fn meet_toxics(&mut self) {
        let toxics = self.route.toxics();
        if !Arc::ptr_eq(&toxics, &self.toxics) {
            self.chain.replace(&toxics, self.route.clock.now());
            self.toxics = toxics;
        }
    }

    /// Answers how the direction ended, if the writer is gone.
    fn take_in(&mut self, came: Came) -> Option<Ending> {
        let (now, traffic): (_, &Traffic) = (self.route.clock.now(), &self.route.traffic);
        match came {
            Came::Data(bytes) => {
                traffic.received(self.direction, bytes.len());
                self.chain.push(bytes, now);
            }
            Came::End(ending) => {
                self.open = false;
                self.chain.end(ending, now);
            }
            Came::Written(Ok(count)) => {
                traffic.sent(self.direction, count);
                self.chain.advance(count);
            }
            Came::Written(Err(_)) => return Some(Ending::Reset),
            Came::Turn => {}
        }
        None
    }
}

/// A source that was reset resets the other end, after the data that came before.
async fn read(reader: &mut ReadHalf<'_>, buffer: &mut BytesMut) -> Came {
    if buffer.capacity() < ROOM_BYTES_MIN {
        *buffer = BytesMut::with_capacity(CHUNK_BYTES_MAX);
    }
    match reader.read_buf(buffer).await {
        Ok(0) => Came::End(Ending::Source),
        Ok(_) => Came::Data(buffer.split().freeze()),
        Err(_) => Came::End(Ending::Reset),
    }
}

async fn write(writer: &mut WriteHalf<'_>, data: Option<Bytes>) -> io::Result<usize> {
    match data {
        Some(data) => writer.write(&data).await,
        None => Ok(0),
    }
}
