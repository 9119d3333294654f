//! The controller's end: agents that stand elsewhere become recruits' links.

use super::{
    Down, Up,
    access::{Access, AccessError, Connection},
    deliver::Deliver,
    parts::Joiner,
    read::{Source, read},
    streams::{self, StreamError},
    subjects::{self, CONTROLLER_INBOX, Whose},
    written,
};
use crate::{
    link::{ControllerEnd, Distance, Incoming, QUEUE_MAX},
    message::{Refusal, ToAgent},
    station::{Answering, answer},
};
use async_nats::{
    Client,
    jetstream::{self, Context},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

/// How often a run asks for an agent that hasn't answered.
const JOIN_EVERY: Duration = Duration::from_secs(1);
/// An agent's queue is full for so long only when nobody reads it.
const ROOM_WITHIN: Duration = Duration::from_secs(1);
/// How often what was read is removed from a region's stream.
const FORGET_EVERY: Duration = Duration::from_secs(10);
/// The last words of a run reach the hub within this.
const LAST_WORDS_MAX: Duration = Duration::from_secs(10);

/// A connection to a fleet.
#[derive(Debug)]
pub struct Bus {
    client: Client,
    hub: Context,
    clustered: bool,
    events: Option<mpsc::Receiver<String>>,
    _answering: Answering,
}

/// An agent that is to take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub whose: Whose,
    /// The domain of its server's streams.
    pub domain: Option<String>,
    /// Its clock can be off by so much from ours.
    pub clock_bound: Duration,
    /// What is said reaches it within this.
    pub delay: Duration,
}

/// The agents of one run on a bus. Dropping it leaves them to themselves.
#[derive(Debug)]
pub struct Enlistment {
    hub: Context,
    run: String,
    agents: Vec<Whose>,
    regions: Vec<(Context, String)>,
    /// By region: where ears for its agents go.
    ears: BTreeMap<String, mpsc::Sender<(Whose, Ear)>>,
    speaking: JoinSet<()>,
    hearing: JoinSet<()>,
}

impl Bus {
    /// Connects as the controller. From now on the questions of agents' clocks are answered.
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn connect(access: &Access) -> Result<Self, AccessError> {
        let connection = access.connect("landfall controller", CONTROLLER_INBOX).await?;
        let Connection { client, clustered, events, .. } = connection;
        // The controller is at the hub: its own server's streams are the hub's.
        let hub = jetstream::new(client.clone());
        let answering = answer(&client);
        let answering =
            answering.await.map_err(|error| AccessError::Other { at: access.to_string(), said: error.to_string() })?;
        Ok(Self { client, hub, clustered, events: Some(events), _answering: answering })
    }

    /// What happens to the connection, for people; `None`: somebody has it already.
    pub fn events(&mut self) -> Option<mpsc::Receiver<String>> {
        self.events.take()
    }

    /// The client, for what is not kept.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Says to an agent that a run can't use it.
    ///
    /// # Errors
    /// A stream can't be made.
    pub async fn refuse(&self, run: &str, whose: &Whose, refusal: Refusal) -> Result<(), StreamError> {
        streams::down(&self.hub, self.clustered).await?;
        streams::ear(&self.hub, whose).await?;
        let mut voice = Voice { deliver: Deliver::new(&self.client), whose: whose.clone(), run: run.to_owned() };
        voice.say(&Down::Message(ToAgent::Refuse(refusal))).await;
        let _ = voice.deliver.settle().await;
        Ok(())
    }

    /// Says to an agent that a run wants nothing more of it, in the name of a controller that is gone.
    pub async fn release(&self, run: &str, whose: &Whose) {
        let mut voice = Voice { deliver: Deliver::new(&self.client), whose: whose.clone(), run: run.to_owned() };
        voice.say(&Down::Leave).await;
        let _ = voice.deliver.settle().await;
    }

    /// Makes what a run needs, and asks those agents to join it: their links, in their order.
    ///
    /// # Errors
    /// A stream can't be made.
    pub async fn enlist(&self, run: &str, wanted: &[Wanted]) -> Result<(Vec<ControllerEnd>, Enlistment), StreamError> {
        streams::down(&self.hub, self.clustered).await?;
        let mut enlistment = Enlistment {
            hub: self.hub.clone(),
            run: run.to_owned(),
            agents: Vec::new(),
            regions: Vec::new(),
            ears: BTreeMap::new(),
            speaking: JoinSet::new(),
            hearing: JoinSet::new(),
        };
        let mut ends = Vec::new();
        for one in wanted {
            ends.push(enlistment.add(self, one).await?);
        }
        Ok((ends, enlistment))
    }
}

impl Wanted {
    /// Its region, and whether that has a domain of its own.
    fn place(&self) -> (String, bool) {
        let region = self.whose.region().to_owned();
        let has_domain = self.domain.as_deref() == Some(region.as_str());
        (region, has_domain)
    }
}

impl Enlistment {
    /// The run's name among runs.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// Asks one more agent to join: its link.
    ///
    /// # Errors
    /// A stream can't be made.
    pub async fn add(&mut self, bus: &Bus, one: &Wanted) -> Result<ControllerEnd, StreamError> {
        let (region, has_domain) = one.place();
        if !self.ears.contains_key(&region) {
            let at = if has_domain { jetstream::with_domain(bus.client.clone(), &region) } else { self.hub.clone() };
            streams::up(&at, &region).await?;
            let (ears, to_come) = mpsc::channel(QUEUE_MAX);
            self.hearing.spawn(hear(at.clone(), region.clone(), self.run.clone(), to_come));
            self.regions.push((at, region.clone()));
            self.ears.insert(region.clone(), ears);
        }
        streams::ear(&self.hub, &one.whose).await?;
        let (outgoing, messages) = mpsc::channel(QUEUE_MAX);
        let (sender, incoming) = mpsc::channel(QUEUE_MAX);
        let (tell_heard, heard) = watch::channel(false);
        let ear = Ear { sender, heard: tell_heard, joiner: Joiner::default() };
        // Whoever hears a region does so until the run is over.
        let _ = self.ears[&region].send((one.whose.clone(), ear)).await;
        let voice = Voice { deliver: Deliver::new(&bus.client), whose: one.whose.clone(), run: self.run.clone() };
        self.speaking.spawn(speak(voice, messages, heard));
        self.agents.push(one.whose.clone());
        Ok(ControllerEnd {
            name: one.whose.agent().to_owned(),
            outgoing,
            incoming,
            distance: Distance::Elsewhere { clock_bound: one.clock_bound, delay: one.delay },
        })
    }

    /// Says the last words, once the links are dropped, and removes what was said.
    pub async fn close(mut self) {
        let words = async { while self.speaking.join_next().await.is_some() {} };
        // Whoever can't be reached ends by itself.
        let _ = timeout(LAST_WORDS_MAX, words).await;
        self.hearing.shutdown().await;
        let _ = timeout(LAST_WORDS_MAX, streams::purge(&self.hub, &self.agents, &self.regions, &self.run)).await;
    }
}

/// What is said to one agent.
struct Voice {
    deliver: Deliver,
    whose: Whose,
    run: String,
}

impl Voice {
    async fn say(&mut self, down: &Down) {
        // What is not stored is said again: states and assignments by themselves, the rest here.
        let _ = self.deliver.send(&self.whose.down(&self.run, down.kind()), &written(down)).await;
    }
}

/// Asks an agent to join until something is heard of it, passes on what the run says, and takes leave.
async fn speak(mut voice: Voice, mut messages: mpsc::Receiver<ToAgent>, mut heard: watch::Receiver<bool>) {
    let mut again = interval(JOIN_EVERY);
    again.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_heard = *heard.borrow_and_update();
        tokio::select! {
            message = messages.recv() => match message {
                Some(message) => voice.say(&Down::Message(message)).await,
                None => break,
            },
            _ = again.tick(), if !is_heard => voice.say(&Down::Join).await,
            Ok(()) = heard.changed() => {}
        }
    }
    voice.say(&Down::Leave).await;
    let _ = voice.deliver.settle().await;
}

/// Where what one agent says goes.
#[derive(Debug)]
struct Ear {
    sender: mpsc::Sender<Incoming>,
    heard: watch::Sender<bool>,
    joiner: Joiner,
}

/// Gives each agent of a region what it said; ears of those who join come one by one.
async fn hear(at: Context, region: String, run: String, mut to_come: mpsc::Receiver<(Whose, Ear)>) {
    let mut ears: BTreeMap<Whose, Ear> = BTreeMap::new();
    let mut reading = read(Source::Region { at: at.clone(), region: region.clone(), run: run.clone() });
    let mut forgotten = Instant::now();
    loop {
        let message = tokio::select! {
            Some((whose, ear)) = to_come.recv() => {
                ears.insert(whose, ear);
                continue;
            }
            message = reading.messages.recv() => match message {
                Some(message) => message,
                None => return,
            },
        };
        if let Some(ear) = subjects::parse(&message.subject).and_then(|(whose, ..)| ears.get_mut(&whose)) {
            ear.take(&message.payload).await;
        }
        if forgotten.elapsed() >= FORGET_EVERY
            && let Ok(info) = message.info()
        {
            forgotten = Instant::now();
            let (at, region, run, sequence) = (at.clone(), region.clone(), run.clone(), info.stream_sequence);
            tokio::spawn(async move { streams::forget(&at, &region, &run, sequence).await });
        }
    }
}

impl Ear {
    /// Passes on what its agent said, once it is whole.
    async fn take(&mut self, payload: &[u8]) {
        let incoming = match self.joiner.take(payload).map(|whole| whole.map(|whole| serde_json::from_slice(&whole))) {
            Ok(Some(Ok(Up::Message(message)))) => Incoming::Message(message),
            Ok(Some(Ok(Up::Left(why)))) => Incoming::Over(why),
            Ok(Some(Err(error))) => Incoming::Over(format!("what it says can't be understood: {error}")),
            // Not whole yet; or comes again, if it is worth it.
            Ok(None) | Err(_) => return,
        };
        self.heard.send_if_modified(|heard| !std::mem::replace(heard, true));
        // What finds no room comes again: nobody is to wait for a member that is not read.
        let _ = self.sender.send_timeout(incoming, ROOM_WITHIN).await;
    }
}
