//! A run that goes on, as the server sees it: somebody owns its messages, and is asked.

use crate::{
    hub::Joined,
    wire::{Answer, Command, Headline, Series},
};
use bytes::Bytes;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::timeout,
};
use verdict::Verdict;

/// Questions that may wait for whoever owns a run's messages.
pub(crate) const ASKS_MAX: usize = 64;
/// Commands that may wait for the run.
pub(crate) const COMMANDS_MAX: usize = 16;
/// A run answers within this.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What is asked of whoever owns a run's messages.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Let a viewer in.
    Join { after: Option<u64>, reply: oneshot::Sender<Welcome> },
    /// What was, second by second.
    Series { range: Range, reply: oneshot::Sender<Series> },
}

/// A viewer is let in.
#[derive(Debug)]
pub(crate) struct Welcome {
    pub(crate) joined: Joined,
    pub(crate) now_us: u64,
}

/// Which seconds, and how many are added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) step: u32,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    pub(crate) verdict: Headline,
    /// The report, one file.
    pub(crate) report: Bytes,
}

/// A verdict, as the page has it.
pub(crate) fn headline(verdict: Verdict) -> Headline {
    match verdict {
        Verdict::Pass => Headline::Pass,
        Verdict::Fail => Headline::Fail,
        Verdict::Inconclusive => Headline::Inconclusive,
    }
}

/// Which run it is.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// Its name in addresses: that of its folder.
    pub(crate) run: String,
    /// The plan's name.
    pub(crate) name: String,
    /// SHA-256 of the resolved plan.
    pub(crate) sha256: String,
    /// The version of Landfall that carries it out.
    pub(crate) landfall: String,
    /// When it began, in microseconds since 1970 UTC.
    pub(crate) started_unix_us: u64,
}

/// Something that somebody with the role to operate wants of a run, and where the answer goes.
#[derive(Debug)]
pub struct Commanded {
    /// What. A `stop` was confirmed.
    pub command: Command,
    /// Whoever asked may be gone by then.
    pub reply: oneshot::Sender<Answer>,
}

/// A run that goes on.
#[derive(Debug, Clone)]
pub(crate) struct LiveRun {
    pub(crate) identity: Arc<Identity>,
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) judged: watch::Receiver<Option<Judged>>,
    pub(crate) commands: mpsc::Sender<Commanded>,
}

impl LiveRun {
    pub(crate) async fn join(&self, after: Option<u64>) -> Option<Welcome> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Join { after, reply }).await.ok()?;
        answer.await.ok()
    }

    pub(crate) async fn series(&self, range: Range) -> Option<Series> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask::Series { range, reply }).await.ok()?;
        answer.await.ok()
    }

    /// Asks the run for something. Whether it was done is in the answer.
    pub(crate) async fn command(&self, command: Command) -> Answer {
        let no = |text: &str| Answer { is_done: false, text: text.to_owned() };
        let (reply, answer) = oneshot::channel();
        let exchange = async {
            self.commands.send(Commanded { command, reply }).await.ok()?;
            answer.await.ok()
        };
        match timeout(ANSWER_WITHIN, exchange).await {
            Ok(Some(answer)) => answer,
            Ok(None) => no("the run is over: nothing can be done to it any more"),
            Err(_) => no("the run did not answer within 10 s: look at its log whether it was done"),
        }
    }
}
