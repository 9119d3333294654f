//! Talking to the regions of a deployment as a user would, and to their replication as an operator.
//!
//! Where the deployment has tokens each request brings one of the user that it acts for, and a removal one of a
//! moderator. They are signed with the key in the configuration, as `chirp token` does.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, header};
use serde_json::{Value, json};

use super::judge::Outcome;
use super::kind::Step;
use crate::admission::{Asked, Meaning, Role, Tokens};
use crate::condition::Conditions;
use crate::config::Config;
use crate::error::Error;
use crate::http::{Connection, RequestError};
use crate::names::UserName;
use crate::tls::Caller;
use crate::wall_clock::unix_millis;

/// Replication goes on after this at the latest, whatever becomes of who has stopped it.
const STOPPED_MAX: Duration = Duration::from_secs(300);
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// More than this of an answer is not read.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// How often a write that prepares something is tried.
const TRIES: u32 = 20;
/// Between two tries.
const PAUSE: Duration = Duration::from_millis(250);
/// How long a token holds, also where the clock of a region is far ahead.
const TOKEN_VALID: Duration = Duration::from_secs(24 * 3600);
/// Who removes posts.
const MODERATOR: &str = "c-moderator";

struct Place {
    name: String,
    users: SocketAddr,
    /// How its users come in, if with TLS.
    tls: Option<Caller>,
    peers: SocketAddr,
    offset_ms: i64,
    tokens: Option<Tokens>,
    connection: Option<Connection>,
}

/// The regions that serve users.
pub(super) struct Talk {
    places: Vec<Place>,
}

impl Talk {
    /// Asks all regions whether they serve.
    pub(super) async fn with_serving(config: &Config) -> Result<Self, Error> {
        let mut places = Vec::new();
        for region in &config.regions {
            let mut place = Place {
                name: region.name.to_string(),
                users: SocketAddr::V4(region.listen),
                tls: region.tls.as_ref().map(|_| Caller::new("localhost", None)).transpose()?,
                peers: region.peer_listen,
                offset_ms: region.clock_offset_ms,
                tokens: config.tokens.as_ref().map(|settings| Tokens::new(settings, &Conditions::default())),
                connection: None,
            };
            if matches!(place.ask("GET", "/healthz", None).await, Ok((200, _))) {
                places.push(place);
            }
        }
        if places.is_empty() { Err(Error::NobodyServes(config.region_names())) } else { Ok(Self { places }) }
    }

    /// How many regions serve; at least one.
    pub(super) fn count(&self) -> usize {
        self.places.len()
    }

    pub(super) fn name(&self, region: usize) -> String {
        self.places[region].name.clone()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.places.iter().map(|place| place.name.clone()).collect()
    }

    pub(super) fn offset_ms(&self, region: usize) -> i64 {
        self.places[region].offset_ms
    }

    /// The regions whose clocks are most behind and most ahead; the first two if all are alike, and twice
    /// the same if there is only one.
    pub(super) fn extremes(&self) -> (usize, usize) {
        let all = 0..self.count();
        let behind = all.clone().min_by_key(|region| self.offset_ms(*region)).unwrap_or_default();
        let ahead = all.filter(|region| *region != behind).rev().max_by_key(|region| self.offset_ms(*region));
        (behind, ahead.unwrap_or(behind))
    }

    /// Stops or resumes replication in all regions; answers whether all have done so.
    pub(super) async fn set_replication_stopped(&mut self, stopped: bool) -> bool {
        let mut all = true;
        for place in &self.places {
            let (path, body) = if stopped {
                let lease_ms = STOPPED_MAX.as_millis() as u64;
                ("/admin/conditions", json!({ "name": "replication-stopped", "lease_ms": lease_ms }))
            } else {
                ("/admin/conditions/clear", json!({ "name": "replication-stopped" }))
            };
            let asked = async {
                let mut connection = Connection::open(place.peers, TIMEOUT).await?;
                connection.post(path, Bytes::from(body.to_string()), ANSWER_BYTES_MAX, TIMEOUT).await
            };
            all &= asked.await.is_ok_and(|answer| answer.status == 200);
        }
        all
    }

    /// A write that is tried until it is taken, for a bounded number of times; answers what it gave.
    pub(super) async fn insist(
        &mut self,
        region: usize,
        method: &'static str,
        path: &str,
        body: Option<Value>,
    ) -> Option<Value> {
        for _ in 0..TRIES {
            if let Ok((200 | 201, answer)) = self.places[region].ask(method, path, body.as_ref()).await {
                return Some(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
        None
    }

    /// One try; a repetition could be a second write.
    pub(super) async fn write(&mut self, region: usize, step: &Step) -> Outcome {
        self.places[region].write(step).await
    }

    /// Two writes at the same moment, in different regions.
    pub(super) async fn write_both(&mut self, regions: [usize; 2], steps: [&Step; 2]) -> [Outcome; 2] {
        let [one, other] = self.places.get_disjoint_mut(regions).expect("the regions differ");
        let (first, second) = tokio::join!(one.write(steps[0]), other.write(steps[1]));
        [first, second]
    }

    /// What is there; none if it is not, or cannot be asked.
    pub(super) async fn get(&mut self, region: usize, path: &str) -> Option<Value> {
        let asked = self.places[region].ask("GET", path, None).await;
        asked.ok().filter(|(status, _)| *status == 200).map(|(_, answer)| answer)
    }
}

impl Place {
    async fn write(&mut self, step: &Step) -> Outcome {
        match self.ask(step.method, &step.path, step.body.as_ref()).await {
            Ok((200..=299, _)) => Outcome::Acknowledged,
            Ok((400..=499, _)) => Outcome::Refused,
            _ => Outcome::Unknown,
        }
    }

    async fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<(u16, Value), RequestError> {
        let mut connection = match self.connection.take().filter(Connection::is_open) {
            Some(connection) => connection,
            None => Connection::to_door(self.users, self.tls.as_ref(), TIMEOUT).await?,
        };
        let request = http::Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.body(()).map_err(|error| RequestError::Broken(error.to_string()))?;
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut head = request.into_parts().0;
        self.authorize(&mut head, body.as_bytes());
        let answer = connection.request(&head, body.into(), ANSWER_BYTES_MAX, TIMEOUT).await?;
        self.connection = Some(connection);
        Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or_default()))
    }

    /// Adds the token that the request needs, if it needs one.
    fn authorize(&self, head: &mut Parts, body: &[u8]) {
        let Some(tokens) = &self.tokens else { return };
        let meaning = Meaning::of(&Asked::of(head, body)).unwrap_or_default();
        let (user, role) = match meaning.acting {
            Some(user) => (user, Role::User),
            None if meaning.moderates => (UserName::parse(MODERATOR).expect("it is a name"), Role::Moderator),
            None => return,
        };
        let (token, _) = tokens.issue(&user, role, unix_millis(), Some(TOKEN_VALID));
        let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("tokens are ASCII");
        head.headers.insert(header::AUTHORIZATION, value);
    }
}
