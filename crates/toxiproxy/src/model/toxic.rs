//! A toxic: what it does, to which streams, to which connections.

use super::{Expiry, Fields, Kind, Refusal};
use rand_chacha::rand_core::Rng;
use serde_json::{Map, Value};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use units::Seed;

/// One way through a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the upstream.
    Upstream,
    /// From the upstream to the client.
    Downstream,
}

/// Which ways a toxic acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// From the client to the upstream.
    Upstream,
    /// From the upstream to the client.
    Downstream,
    /// Both: Landfall's own.
    Both,
}

impl Stream {
    /// Whether that way is one of them.
    #[must_use]
    pub fn has(self, direction: Direction) -> bool {
        match self {
            Self::Both => true,
            Self::Upstream => direction == Direction::Upstream,
            Self::Downstream => direction == Direction::Downstream,
        }
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Downstream => "downstream",
            Self::Both => "both",
        }
    }

    fn read(word: &str) -> Result<Self, Refusal> {
        [Self::Upstream, Self::Downstream, Self::Both]
            .into_iter()
            .find(|stream| stream.word().eq_ignore_ascii_case(word))
            .ok_or(Refusal::Stream)
    }
}

/// When a rate that connections share is free again. It outlives changes of its toxic.
#[derive(Debug, Default)]
pub struct Pacer(Mutex<Duration>);

impl Pacer {
    /// Reserves the rate for so long, not before that time; answers when that ends.
    pub fn reserve(&self, not_before: Duration, lasts: Duration) -> Duration {
        let mut free_at = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *free_at = (*free_at).max(not_before) + lasts;
        *free_at
    }
}

/// A toxic as a request describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToxicText {
    /// Its name, unique in its proxy.
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// Which ways it acts on.
    pub stream: Stream,
    /// The share of connections that it acts on.
    pub toxicity: f32,
    /// When it goes away by itself.
    pub expiry: Expiry,
}

impl ToxicText {
    /// Reads a toxic that begins now.
    ///
    /// # Errors
    /// In the order in which clients of the field know them: a field of another type, the stream, the type, an attribute.
    pub fn read(fields: Fields<'_>, now: Duration) -> Result<Self, Refusal> {
        let name = fields.text("name")?.unwrap_or_default();
        let word = fields.text("type")?.unwrap_or_default();
        let stream = fields.text("stream")?.unwrap_or("downstream");
        let toxicity = fields.share("toxicity")?.unwrap_or(1.0);
        let stream = Stream::read(stream)?;
        let nothing = Map::new();
        let kind = Kind::read(word, fields.object("attributes")?.unwrap_or(&nothing))?;
        let name = if name.is_empty() { format!("{word}_{}", stream.word()) } else { name.to_owned() };
        Ok(Self { name, kind, stream, toxicity, expiry: Expiry::read(fields, now)? })
    }
}

/// A toxic of a proxy. A change makes another value with the same number, which is how chains know what goes on.
#[derive(Debug, Clone)]
pub struct Toxic {
    number: u64,
    text: ToxicText,
    pacers: [Arc<Pacer>; 2],
    connections: Arc<AtomicU64>,
}

impl Toxic {
    /// A new one; the number is the server's, and no other toxic has or had it.
    #[must_use]
    pub fn new(number: u64, text: ToxicText) -> Self {
        Self { number, text, pacers: Default::default(), connections: Arc::default() }
    }

    /// The same toxic, changed as a request says: attributes that it names, toxicity and expiry. Its lease begins anew.
    ///
    /// # Errors
    /// When a field is wrong.
    pub fn changed(&self, fields: Fields<'_>, now: Duration) -> Result<Self, Refusal> {
        let mut attributes = self.text.kind.attributes();
        if let Some(given) = fields.object("attributes")? {
            attributes.extend(given.iter().filter(|(_, value)| !value.is_null()).map(|(k, v)| (k.clone(), v.clone())));
        }
        let kind = Kind::read(self.text.kind.word(), &attributes)?;
        let toxicity = fields.share("toxicity")?.unwrap_or(self.text.toxicity);
        let expiry = self.text.expiry.renewed(fields, now)?;
        Ok(self.with(ToxicText { kind, toxicity, expiry, ..self.text.clone() }))
    }

    /// The same toxic with another text; what it knows of connections stays.
    #[must_use]
    pub fn with(&self, text: ToxicText) -> Self {
        Self { text, ..self.clone() }
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.text.name
    }

    /// What it does.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.text.kind
    }

    /// Which ways it acts on.
    #[must_use]
    pub fn stream(&self) -> Stream {
        self.text.stream
    }

    /// When it goes away by itself.
    #[must_use]
    pub fn expiry(&self) -> Expiry {
        self.text.expiry
    }

    /// When its rate is free again, where connections share it. Each way has its own.
    #[must_use]
    pub fn pacer(&self, direction: Direction) -> &Arc<Pacer> {
        &self.pacers[direction as usize]
    }

    /// Whether it acts on the connection with that seed.
    ///
    /// The die is thrown once for each connection and toxic, for both ways together, and stays as it fell: no other
    /// toxic and no change of attributes throws it again. Raising the toxicity adds connections and keeps those it had.
    #[must_use]
    pub fn hits(&self, connection: Seed) -> bool {
        let die = connection.derive_number(self.number).generator().next_u32();
        f64::from(die) < f64::from(self.text.toxicity) * (f64::from(u32::MAX) + 1.0)
    }

    /// Counts a connection that opened under it; answers how many there were before.
    #[must_use]
    pub fn count_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// The JSON that the API answers.
    #[must_use]
    pub fn to_json(&self) -> Map<String, Value> {
        let ToxicText { name, kind, stream, toxicity, expiry } = &self.text;
        let mut map = Map::new();
        map.insert("attributes".to_owned(), kind.attributes().into());
        map.insert("name".to_owned(), name.as_str().into());
        map.insert("type".to_owned(), kind.word().into());
        map.insert("stream".to_owned(), stream.word().into());
        map.insert("toxicity".to_owned(), share(*toxicity));
        expiry.write(&mut map);
        map
    }
}

/// A share in the fewest digits that mean the same `f32`; a whole one without a fraction, as clients of the field have it.
fn share(toxicity: f32) -> Value {
    if toxicity.fract() == 0.0 {
        return Value::from(toxicity as u64);
    }
    toxicity.to_string().parse::<f64>().map_or(Value::Null, Value::from)
}
