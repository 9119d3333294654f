//! Asking a relay, over the pipes of a child process or anything else that carries bytes both ways.

use super::{
    control::{
        Apply, BoundLink, Command, FORMAT, LinkOverlay, LinkSetup, Named, Nothing, ProbeLinks, Reply, Request,
        Response, SetLink, Start, Status,
    },
    error::ClientError,
    lines::{Lines, write_line},
};
use crate::{
    link::{Link, Overlay},
    shaped::{Probe, Probed},
};
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use units::{FaultName, Seed};

/// A relay answers in microseconds; a machine that compiles on all cores may take a while to let it.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// One end of a relay's control channel. Dropping it ends the relay, and all its faults with it.
#[derive(Debug)]
pub struct Client<Input, Output> {
    lines: Lines<Input>,
    output: Output,
    next_id: u64,
}

impl<Input: AsyncRead + Unpin, Output: AsyncWrite + Unpin> Client<Input, Output> {
    /// Starts a relay that has just been launched: `input` is what it writes, `output` what it reads. Gives the addresses
    /// on which its links listen, in the order of `links`.
    ///
    /// # Errors
    /// When the relay refuses (an address in use, by name), is gone, silent, or speaks another language.
    pub async fn start(
        input: Input,
        output: Output,
        seed: Seed,
        links: Vec<LinkSetup>,
    ) -> Result<(Self, Vec<BoundLink>), ClientError> {
        let mut client = Self { lines: Lines::new(input), output, next_id: 1 };
        let start = Start { format: FORMAT.to_owned(), seed, links };
        match client.ask(Command::Start(start)).await? {
            Reply::Ready(ready) => Ok((client, ready.links)),
            other => Err(unexpected(&other)),
        }
    }

    /// Gives a link another base.
    ///
    /// # Errors
    /// When there is no such link, or the relay can't be asked.
    pub async fn set(&mut self, name: &str, link: Link) -> Result<(), ClientError> {
        self.tell(Command::Set(Box::new(SetLink { name: name.to_owned(), link: link.into() }))).await
    }

    /// Lays a fault over links, replacing what the same fault did before. The relay takes it away by itself when it isn't
    /// renewed within the lease.
    ///
    /// # Errors
    /// When there is no such link, the lease is zero or over [`super::LEASE_MAX`], or the relay can't be asked. Then
    /// nothing has changed, unless the answer got lost.
    pub async fn apply(
        &mut self,
        fault: &FaultName,
        lease: Duration,
        overlays: &[(String, Overlay)],
    ) -> Result<(), ClientError> {
        let overlay =
            |(link, overlay): &(String, Overlay)| LinkOverlay { link: link.clone(), overlay: (*overlay).into() };
        let overlays = overlays.iter().map(overlay).collect();
        self.tell(Command::Apply(Apply { fault: fault.clone(), lease, overlays })).await
    }

    /// Renews a fault's lease.
    ///
    /// # Errors
    /// When the fault is no more, or the relay can't be asked.
    pub async fn renew(&mut self, fault: &FaultName) -> Result<(), ClientError> {
        self.tell(Command::Renew(Named { fault: fault.clone() })).await
    }

    /// Takes a fault away; harmless when there is none.
    ///
    /// # Errors
    /// When the relay can't be asked.
    pub async fn remove(&mut self, fault: &FaultName) -> Result<(), ClientError> {
        self.tell(Command::Remove(Named { fault: fault.clone() })).await
    }

    /// How the relay's links are, what has passed over them, and which faults lie over them.
    ///
    /// # Errors
    /// When the relay can't be asked.
    pub async fn status(&mut self) -> Result<Status, ClientError> {
        match self.ask(Command::Status(Nothing {})).await? {
            Reply::Status(status) => Ok(status),
            other => Err(unexpected(&other)),
        }
    }

    /// Measures links by using them; what became of each connection, in the order of the links. Within the probe's own time and
    /// a little more.
    ///
    /// # Errors
    /// When there is no such link, or the relay can't be asked.
    pub async fn probe(&mut self, links: Vec<String>, probe: Probe) -> Result<Vec<Vec<Probed>>, ClientError> {
        let Probe { connections, bytes, within } = probe;
        match self.ask(Command::Probe(ProbeLinks { links, connections, bytes, within })).await? {
            Reply::Probed(probed) => {
                Ok(probed.into_iter().map(|link| link.into_iter().map(Probed::from).collect()).collect())
            }
            other => Err(unexpected(&other)),
        }
    }

    async fn tell(&mut self, command: Command) -> Result<(), ClientError> {
        match self.ask(command).await? {
            Reply::Done(Nothing {}) => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    async fn ask(&mut self, command: Command) -> Result<Reply, ClientError> {
        let id = self.next_id;
        self.next_id += 1;
        let exchange = async {
            write_line(&mut self.output, &Request { id, command }).await.map_err(ClientError::Channel)?;
            hear(&mut self.lines, id).await
        };
        match timeout(ANSWER_WITHIN, exchange).await {
            Ok(Ok(Reply::Error(failure))) => Err(ClientError::Refused { message: failure.message }),
            Ok(reply) => reply,
            Err(_) => Err(ClientError::Silent { within: ANSWER_WITHIN }),
        }
    }
}

/// The answer with that number. Earlier ones belong to questions whose asker didn't wait.
async fn hear<Input: AsyncRead + Unpin>(lines: &mut Lines<Input>, id: u64) -> Result<Reply, ClientError> {
    loop {
        let Some(line) = lines.next().await.map_err(ClientError::Channel)? else { return Err(ClientError::Gone) };
        let response: Response =
            serde_json::from_str(&line).map_err(|source| ClientError::Unreadable { line: line.clone(), source })?;
        // Number 0 is the answer to a line that the relay couldn't read, which can only be ours.
        if response.id == id || response.id == 0 {
            return Ok(response.reply);
        }
    }
}

fn unexpected(reply: &Reply) -> ClientError {
    ClientError::Unexpected { answer: format!("{reply:?}") }
}
