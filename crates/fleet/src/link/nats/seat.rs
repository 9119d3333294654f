//! The agent's end: one seat in the fleet, in which runs sit one after the other.

use super::{
    Down, Up,
    access::{Access, AccessError, Connection},
    deliver::Deliver,
    parts::Joiner,
    read::{Hearing, Reading, Source, read},
    subjects::{self, Whose},
    written,
};
use crate::{
    agent::spool,
    link::{AgentEnd, Incoming, QUEUE_MAX},
    message::{FromAgent, ToAgent},
};
use async_nats::{
    Client,
    jetstream::{self, Message},
};
use std::path::PathBuf;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

/// An agent's place on the bus.
#[derive(Debug)]
pub struct Seat {
    whose: Whose,
    client: Client,
    domain: Option<String>,
    source: Source,
    reading: Option<Reading>,
    joiner: Joiner,
    events: mpsc::Receiver<String>,
    forbidden: watch::Receiver<Option<String>>,
    troubles: (mpsc::Sender<String>, mpsc::Receiver<String>),
}

/// What comes to a seat.
#[derive(Debug)]
pub enum Word {
    /// What a run says.
    Down(String, Down),
    /// What happens to the connection, for people.
    Event(String),
}

/// A run that sits in a seat.
#[derive(Debug)]
pub struct Sitting {
    /// The run.
    pub run: String,
    assigned: bool,
    to_agent: Option<mpsc::Sender<ToAgent>>,
    over: JoinHandle<String>,
}

impl Seat {
    /// Connects; nothing is heard before [`Self::open`].
    ///
    /// # Errors
    /// See [`AccessError`].
    pub async fn take(access: &Access, whose: Whose) -> Result<Self, AccessError> {
        let name = format!("landfall agent {}", whose.agent());
        let connection = access.connect(&name, &whose.inbox()).await?;
        let hub = match connection.hub_domain(whose.region()) {
            Some(domain) => jetstream::with_domain(connection.client.clone(), domain),
            None => jetstream::new(connection.client.clone()),
        };
        let source = Source::Ear { hub, agent: whose.agent().to_owned() };
        let Connection { client, domain, events, forbidden, .. } = connection;
        let troubles = mpsc::channel(QUEUE_MAX);
        Ok(Self {
            whose,
            client,
            domain,
            source,
            reading: None,
            joiner: Joiner::default(),
            events,
            forbidden,
            troubles,
        })
    }

    /// How many agents of this name hear at the moment, this one not yet; `None`: nobody can say.
    pub async fn asked(&self) -> Option<usize> {
        self.source.asked().await
    }

    /// Waits until the server doesn't let us do something; gives what. Waits for ever otherwise. Can be cancelled.
    pub async fn forbidden(&self) -> String {
        let mut forbidden = self.forbidden.clone();
        let what = forbidden.wait_for(Option::is_some).await.ok().and_then(|what| what.clone());
        match what {
            Some(what) => what,
            None => std::future::pending().await,
        }
    }

    /// Begins to hear.
    pub fn open(&mut self) {
        self.reading = Some(read(self.source.clone()));
    }

    /// What comes next; never ends. Can be cancelled.
    pub async fn next(&mut self) -> Word {
        loop {
            let message = tokio::select! {
                message = next_of(&mut self.reading) => message,
                Some(event) = self.events.recv() => return Word::Event(event),
                Some(trouble) = self.troubles.1.recv() => return Word::Event(trouble),
            };
            let Some((_, run, _)) = subjects::parse(&message.subject).filter(|(whose, ..)| *whose == self.whose) else {
                continue;
            };
            // What can't be read is not for us, or comes again.
            if let Ok(Some(whole)) = self.joiner.take(&message.payload)
                && let Ok(down) = serde_json::from_slice(&whole)
            {
                return Word::Down(run.to_owned(), down);
            }
        }
    }

    /// Whether anything is heard.
    #[must_use]
    pub fn hearing(&self) -> Hearing {
        let reading = self.reading.as_ref();
        reading.map_or(Hearing::Unasked, |reading| reading.hearing.borrow().clone())
    }

    /// A run takes the seat: `carry_out` gets the agent's end, and gives why it left the run.
    pub fn sit<F>(&self, run: String, carry_out: impl FnOnce(AgentEnd) -> F) -> Sitting
    where
        F: Future<Output = String> + Send + 'static,
    {
        let (to_agent, from_controller) = mpsc::channel(QUEUE_MAX);
        let (to_controller, mut from_agent) = mpsc::channel(QUEUE_MAX);
        let carrying = tokio::spawn(carry_out(AgentEnd { outgoing: to_controller, incoming: from_controller }));
        let mut mouth = self.mouth(&run);
        let over = tokio::spawn(async move {
            while let Some(incoming) = from_agent.recv().await {
                if let Incoming::Message(message) = incoming {
                    mouth.say(Up::Message(message)).await;
                }
            }
            let why = carrying.await.unwrap_or_else(|error| error.to_string());
            mouth.say(Up::Left(why.clone())).await;
            mouth.settle().await;
            why
        });
        Sitting { run, assigned: false, to_agent: Some(to_agent), over }
    }

    /// Says to a run that doesn't sit here that it doesn't.
    pub fn decline(&self, run: &str, why: String) {
        let mut mouth = self.mouth(run);
        tokio::spawn(async move {
            mouth.say(Up::Left(why)).await;
            mouth.settle().await;
        });
    }

    /// Hands over to a run what an agent that was ended in its middle has left in a folder, from behind batch `stored` on, and says
    /// that it is not in the run any more. The folder is removed.
    pub fn hand_over(&self, run: &str, folder: PathBuf, stored: u64) {
        let mut mouth = self.mouth(run);
        tokio::spawn(async move {
            // What can't be read is missing, and the run says so: it knows up to where it has got everything.
            for (number, through) in spool::left(&folder).unwrap_or_default() {
                if through > stored
                    && let Ok(Some(batch)) = spool::left_batch(&folder, number, through)
                {
                    mouth.say(Up::Message(FromAgent::Batch(batch))).await;
                }
            }
            mouth.settle().await;
            let why = "it was ended in the middle of the run and started again; what it had kept is handed over";
            mouth.say(Up::Left(why.to_owned())).await;
            mouth.settle().await;
            let _ = std::fs::remove_dir_all(folder);
        });
    }

    /// Whose it is.
    #[must_use]
    pub fn whose(&self) -> &Whose {
        &self.whose
    }

    /// The client, for what is not kept.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The domain of the server's streams.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.domain.as_deref()
    }

    fn mouth(&self, run: &str) -> Mouth {
        let (deliver, troubles) = (Deliver::new(&self.client), self.troubles.0.clone());
        Mouth { deliver, whose: self.whose.clone(), run: run.to_owned(), troubles, fails: false }
    }
}

impl Sitting {
    /// Passes on what the run says; what finds no room comes again.
    pub fn hear(&mut self, message: ToAgent) {
        self.assigned |= matches!(message, ToAgent::Assign(_));
        if let Some(to_agent) = &self.to_agent {
            let _ = to_agent.try_send(message);
        }
    }

    /// Whether the run has said what it wants of the agent.
    #[must_use]
    pub fn is_assigned(&self) -> bool {
        self.assigned
    }

    /// The run wants nothing more: the agent ends.
    pub fn end(&mut self) {
        self.to_agent = None;
    }

    /// Why the agent left the run, once it has. Can be cancelled.
    pub async fn over(&mut self) -> String {
        (&mut self.over).await.unwrap_or_else(|error| error.to_string())
    }
}

/// The next message; waits for ever when nothing is read.
async fn next_of(reading: &mut Option<Reading>) -> Message {
    let message = match reading {
        Some(reading) => reading.messages.recv().await,
        None => None,
    };
    match message {
        Some(message) => message,
        None => std::future::pending().await,
    }
}

/// Says things to a run.
struct Mouth {
    deliver: Deliver,
    whose: Whose,
    run: String,
    troubles: mpsc::Sender<String>,
    fails: bool,
}

impl Mouth {
    /// What is not stored is said again by the agent, or asked for; that it isn't is told once.
    async fn say(&mut self, up: Up) {
        let said = self.deliver.send(&self.whose.up(&self.run, up.kind()), &written(&up)).await;
        let run = &self.run;
        let news = match &said {
            Err(error) if !self.fails => {
                Some(format!("what is said to run {run} is not stored: {error}; it waits here"))
            }
            Ok(()) if self.fails => Some(format!("what is said to run {run} is stored again")),
            _ => None,
        };
        self.fails = said.is_err();
        if let Some(news) = news {
            // What nobody reads is not worth waiting for.
            let _ = self.troubles.try_send(news);
        }
    }

    async fn settle(&mut self) {
        let _ = self.deliver.settle().await;
    }
}
