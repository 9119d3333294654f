//! The relay itself: one loop where requests and leases meet.

use super::{
    control::{
        Apply, BoundLink, Command, FORMAT, Failure, FaultStatus, Nothing, ProbeLinks, Ready, Reply, Request, Response,
        Start, Status, is_readable,
    },
    error::RelayError,
    lease::{LEASE_MAX, Leases},
    lines::{Lines, write_line},
    listener::{Listener, Running},
};
use crate::{
    LinkHandle,
    link::Overlay,
    shaped::{self, Probe, Probed},
};
use futures_util::future::join_all;
use std::{collections::BTreeSet, io};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    task::JoinSet,
    time::{Instant, sleep_until},
};
use units::FaultName;

/// Requests that wait while one is being answered. The asker waits for answers, so more than one is rare.
const WAITING_MAX: usize = 16;
/// Probes at a time.
const PROBES_UNDER_WAY_MAX: usize = 8;

/// Runs a relay over a control channel until that ends; then everything is healed, and all connections are gone.
///
/// # Errors
/// When the first request is no start, an address can't be listened on (the answer says so too), or the channel breaks.
pub async fn serve<Input, Output>(input: Input, mut output: Output) -> Result<(), RelayError>
where
    Input: AsyncRead + Unpin + Send + 'static,
    Output: AsyncWrite + Unpin,
{
    let mut lines = Lines::new(input);
    let Some(first) = lines.next().await.map_err(RelayError::Channel)? else { return Ok(()) };
    let (id, started) = match read_start(&first) {
        Ok((id, start)) => (id, Relay::start(start).await),
        Err(error) => (0, Err(error)),
    };
    let mut relay = match started {
        Ok(relay) => relay,
        Err(error) => {
            let reply = failure(describe(&error));
            write_line(&mut output, &Response { id, reply }).await.map_err(RelayError::Channel)?;
            return Err(error);
        }
    };
    let reply = Reply::Ready(relay.ready());
    write_line(&mut output, &Response { id, reply }).await.map_err(RelayError::Channel)?;
    relay.run(lines, &mut output).await.map_err(RelayError::Channel)
}

struct Relay {
    links: Vec<Running>,
    leases: Leases,
    /// Probes that are under way.
    probes: JoinSet<Response>,
    /// Listeners with their connections, and the reader of requests. Dropped, they all end.
    tasks: JoinSet<()>,
}

impl Relay {
    async fn start(start: Start) -> Result<Self, RelayError> {
        let mut relay =
            Self { links: Vec::new(), leases: Leases::default(), probes: JoinSet::new(), tasks: JoinSet::new() };
        let mut listeners = Vec::new();
        for setup in start.links {
            listeners.push(Listener::bind(setup, start.seed).await?);
        }
        for listener in listeners {
            relay.links.push(listener.running());
            relay.tasks.spawn(listener.run());
        }
        Ok(relay)
    }

    fn ready(&self) -> Ready {
        let link = |link: &Running| BoundLink { name: link.name.clone(), address: link.address };
        Ready { format: FORMAT.to_owned(), links: self.links.iter().map(link).collect() }
    }

    async fn run<Input, Output>(&mut self, lines: Lines<Input>, output: &mut Output) -> io::Result<()>
    where
        Input: AsyncRead + Unpin + Send + 'static,
        Output: AsyncWrite + Unpin,
    {
        let (sender, mut requests) = mpsc::channel(WAITING_MAX);
        self.tasks.spawn(read_requests(lines, sender));
        loop {
            let next_end = self.leases.next_end();
            tokio::select! {
                line = requests.recv() => match line {
                    Some(line) => if let Some(answer) = self.answer(&line?) {
                        write_line(output, &answer).await?;
                    },
                    None => return Ok(()),
                },
                Some(Ok(probed)) = self.probes.join_next() => write_line(output, &probed).await?,
                () = until(next_end) => self.heal_ended(),
            }
        }
    }

    /// The answer; `None` when it comes later.
    fn answer(&mut self, line: &str) -> Option<Response> {
        match serde_json::from_str::<Request>(line) {
            Ok(Request { id, command: Command::Probe(links) }) => {
                let refused = self.probe(id, &links).err()?;
                Some(Response { id, reply: failure(refused) })
            }
            Ok(Request { id, command }) => {
                let reply = self.obey(command).unwrap_or_else(failure);
                Some(Response { id, reply })
            }
            Err(error) => Some(Response { id: 0, reply: failure(format!("the request can't be understood: {error}")) }),
        }
    }

    /// Begins to measure links.
    fn probe(&mut self, id: u64, wanted: &ProbeLinks) -> Result<(), String> {
        if self.probes.len() >= PROBES_UNDER_WAY_MAX {
            return Err(format!("{PROBES_UNDER_WAY_MAX} probes are under way"));
        }
        let handles = wanted.links.iter().map(|name| self.link(name).map(|link| link.link.clone()));
        let handles = handles.collect::<Result<Vec<LinkHandle>, String>>()?;
        let ProbeLinks { connections, bytes, within, .. } = *wanted;
        let probe = Probe { connections, bytes, within };
        self.probes.spawn(async move {
            let probed = join_all(handles.iter().map(|link| shaped::probe(link, probe))).await;
            let format = |link: Vec<Probed>| link.into_iter().map(Into::into).collect();
            Response { id, reply: Reply::Probed(probed.into_iter().map(format).collect()) }
        });
        Ok(())
    }

    fn obey(&mut self, command: Command) -> Result<Reply, String> {
        // A renewal that comes late must not find its fault alive only because nobody has looked since.
        self.heal_ended();
        match command {
            Command::Start(_) | Command::Probe(_) => return Err("the relay runs already".to_owned()),
            Command::Status(Nothing {}) => return Ok(Reply::Status(self.status())),
            Command::Set(set) => self.link(&set.name)?.link.set(set.link.into()),
            Command::Apply(apply) => self.apply(apply)?,
            Command::Renew(named) => {
                if !self.leases.renew(&named.fault, Instant::now()) {
                    let fault = named.fault;
                    return Err(format!(
                        "no fault {fault:?} lies over any link: its lease has run out, or it was removed"
                    ));
                }
            }
            Command::Remove(named) => {
                self.leases.end(&named.fault);
                self.heal(&named.fault);
            }
        }
        Ok(Reply::Done(Nothing {}))
    }

    /// All of it or, when a link or the lease is wrong, nothing.
    fn apply(&mut self, apply: Apply) -> Result<(), String> {
        let Apply { fault, lease, overlays } = apply;
        if lease.is_zero() || lease > LEASE_MAX {
            return Err(format!("a lease must be longer than 0s and at most {LEASE_MAX:?}, this is {lease:?}"));
        }
        for overlay in &overlays {
            self.link(&overlay.link)?;
        }
        let targets: BTreeSet<&str> = overlays.iter().map(|overlay| overlay.link.as_str()).collect();
        for link in self.links.iter().filter(|link| !targets.contains(link.name.as_str())) {
            link.link.remove(&fault);
        }
        for overlay in &overlays {
            self.link(&overlay.link)?.link.apply(&fault, Overlay::from(overlay.overlay));
        }
        self.leases.grant(fault, lease, Instant::now());
        Ok(())
    }

    fn link(&self, name: &str) -> Result<&Running, String> {
        self.links.iter().find(|link| link.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.links.iter().map(|link| link.name.as_str()).collect();
            format!("no link {name:?}; there are {}", names.join(", "))
        })
    }

    fn heal_ended(&mut self) {
        for fault in self.leases.take_ended(Instant::now()) {
            self.heal(&fault);
        }
    }

    fn heal(&self, fault: &FaultName) {
        for link in &self.links {
            link.link.remove(fault);
        }
    }

    fn status(&self) -> Status {
        let fault = |(fault, lease_left): (&FaultName, _)| FaultStatus { fault: fault.clone(), lease_left };
        Status {
            links: self.links.iter().map(Running::status).collect(),
            faults: self.leases.left(Instant::now()).map(fault).collect(),
        }
    }
}

fn read_start(line: &str) -> Result<(u64, Start), RelayError> {
    let no_start = |reason: String| RelayError::NotAStart { reason };
    let request: Request = serde_json::from_str(line).map_err(|error| no_start(error.to_string()))?;
    let Command::Start(start) = request.command else { return Err(no_start("it is another request".to_owned())) };
    if !is_readable(&start.format) {
        return Err(no_start(format!("its format is {}, this relay reads up to {FORMAT}", start.format)));
    }
    let names: BTreeSet<&str> = start.links.iter().map(|link| link.name.as_str()).collect();
    if start.links.is_empty() || names.len() < start.links.len() {
        return Err(no_start("it needs at least one link, each with its own name".to_owned()));
    }
    Ok((request.id, start))
}

async fn read_requests<Input: AsyncRead + Unpin>(mut lines: Lines<Input>, sender: mpsc::Sender<io::Result<String>>) {
    while let Some(line) = lines.next().await.transpose() {
        let failed = line.is_err();
        if sender.send(line).await.is_err() || failed {
            return;
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

fn failure(message: String) -> Reply {
    Reply::Error(Failure { message })
}

/// An error with its causes, on one line.
fn describe(error: &RelayError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text = format!("{text}: {source}");
        cause = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_renewal_that_comes_late_is_refused_even_if_nobody_has_looked_since() {
        let mut relay =
            Relay { links: Vec::new(), leases: Leases::default(), probes: JoinSet::new(), tasks: JoinSet::new() };
        let mut answer = |line: &str| relay.answer(line).expect("an answer at once");
        let applied = answer(r#"{"id":1,"apply":{"fault":"cut","lease":"5s","overlays":[]}}"#);
        assert_eq!(applied.reply, Reply::Done(Nothing {}));
        tokio::time::advance(Duration::from_secs(5)).await;
        let renewed = answer(r#"{"id":2,"renew":{"fault":"cut"}}"#);
        assert!(matches!(renewed.reply, Reply::Error(_)), "{renewed:?}");
    }
}
