//! Connects to a NATS server, or says what is in the way: what, where, and what to do.
//!
//! A server says what it is before anything else, without TLS. So who it is, whether it wants TLS and whether it keeps streams is
//! known before the library tries, whose errors would name none of that.

use super::subjects::HUB_DOMAIN;
use async_nats::{Client, ConnectErrorKind, ConnectOptions, Event, ServerInfo};
use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    net::TcpStream,
    sync::{mpsc, watch},
    time::timeout,
};

/// The port of NATS servers.
const PORT: u16 = 4222;
/// A server answers within this.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// What a server says of itself is shorter.
const INFO_BYTES_MAX: u64 = 64 << 10;
/// Between two attempts of a connection that was lost.
const RECONNECT_MIN: Duration = Duration::from_millis(100);
const RECONNECT_MAX: Duration = Duration::from_secs(2);
/// A connection that says nothing for twice this is given up.
const PING_EVERY: Duration = Duration::from_secs(5);
/// What happens to a connection, until somebody reads it.
const EVENTS_MAX: usize = 64;

/// Where servers are, and who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    servers: Vec<Server>,
    secure: bool,
    credentials: Credentials,
}

/// The files of an identity, in PEM.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Our certificate.
    pub certificate: Option<PathBuf>,
    /// Its key.
    pub key: Option<PathBuf>,
    /// The authority of the server's certificate; `None`: the system's.
    pub authority: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Server {
    /// As it was given: it may have a user and a password in it.
    url: String,
    host: String,
    port: u16,
}

/// A connection.
#[derive(Debug)]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// The domain of the server's streams; `None`: it has none.
    pub domain: Option<String>,
    /// Whether it is one of several servers.
    pub clustered: bool,
    /// What happens to it, for people.
    pub events: mpsc::Receiver<String>,
    /// What its server doesn't let us do, since it was connected last.
    pub forbidden: watch::Receiver<Option<String>>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Not the address of a NATS server.
    #[error("{text} is not the address of a NATS server: {reason}")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of the credentials can't be read.
    #[error("{path} can't be read", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Nobody answers there.
    #[error("no NATS server answers at {at}")]
    Unreachable {
        /// Where.
        at: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something else answers there.
    #[error("what answers at {at} is not a NATS server")]
    NotNats {
        /// Where.
        at: String,
    },
    /// The server wants TLS.
    #[error("the server at {at} wants TLS, and nats:// is plain")]
    WantsTls {
        /// Where.
        at: String,
    },
    /// The server has no TLS.
    #[error("the server at {at} has no TLS, and tls:// was asked for")]
    NoTls {
        /// Where.
        at: String,
    },
    /// The server keeps no streams.
    #[error("the server at {at} has no JetStream, which keeps what agents say")]
    NoJetStream {
        /// Where.
        at: String,
    },
    /// The two ends don't trust each other.
    #[error("{what} at {at} ({said})")]
    Trust {
        /// What is wrong with which certificate.
        what: String,
        /// Where.
        at: String,
        /// What the library said.
        said: String,
        /// What to do.
        help: String,
    },
    /// The server doesn't know us.
    #[error("the server at {at} knows us, and refuses: authorization violation")]
    Unauthorized {
        /// Where.
        at: String,
    },
    /// Something else.
    #[error("no connection to {at}: {said}")]
    Other {
        /// Where.
        at: String,
        /// What the library said.
        said: String,
    },
}

impl AccessError {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Address { .. } => "write nats://HOST or tls://HOST, with :PORT when it isn't 4222".to_owned(),
            Self::File { .. } => "name the files that `landfall deploy credentials` has made".to_owned(),
            Self::Unreachable { .. } => {
                "start the server, or correct the address; nothing in between may keep the port closed".to_owned()
            }
            Self::NotNats { at } => format!("correct the address: another program has the port of {at}"),
            Self::WantsTls { at } => {
                format!("write tls://{at} with --certificate, --key and --authority (`landfall deploy credentials`)")
            }
            Self::NoTls { at } => {
                format!("write nats://{at} if everything in between can be trusted, or give the server certificates")
            }
            Self::NoJetStream { .. } => "start it with JetStream: `nats-server -js`".to_owned(),
            Self::Trust { help, .. } => help.clone(),
            Self::Unauthorized { .. } => {
                "an agent talks to its region's leaf node, a controller to the hub; when this is the right one, the name in \
                 our certificate is not in its configuration: write that again with `landfall deploy`, and have the \
                 server read it"
                    .to_owned()
            }
            Self::Other { .. } => "docs/guides/fleet.md has what to look at".to_owned(),
        }
    }
}

impl Access {
    /// An access by its address, or several that are one hub's, separated by commas: `nats://HOST[:PORT]` is plain,
    /// `tls://HOST[:PORT]` is not.
    ///
    /// # Errors
    /// What isn't one; credentials that would not be used, or are not whole.
    pub fn new(address: &str, credentials: Credentials) -> Result<Self, AccessError> {
        let wrong = |reason: &str| AccessError::Address { text: shown(address), reason: reason.to_owned() };
        let (mut servers, mut schemes) = (Vec::new(), Vec::new());
        for one in address.split(',') {
            let (scheme, rest) = one.split_once("://").ok_or_else(|| wrong("it has no nats:// or tls:// before it"))?;
            schemes.push(scheme);
            let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place).trim_end_matches('/');
            let (host, port) = match place.rsplit_once(':') {
                Some((host, port)) if !port.ends_with(']') => {
                    (host, port.parse().map_err(|_| wrong("its port is not a number up to 65535"))?)
                }
                _ => (place, PORT),
            };
            let host = host.trim_start_matches('[').trim_end_matches(']');
            if host.is_empty() || host.contains(['/', '?', '#']) {
                return Err(wrong("it is not scheme, host and port"));
            }
            servers.push(Server { url: one.to_owned(), host: host.to_owned(), port });
        }
        let secure = match schemes.as_slice() {
            schemes if schemes.iter().all(|scheme| *scheme == "nats") => false,
            schemes if schemes.iter().all(|scheme| *scheme == "tls") => true,
            _ => return Err(wrong("it begins with neither nats:// nor tls://, or with both")),
        };
        let Credentials { certificate, key, authority } = &credentials;
        if certificate.is_some() != key.is_some() {
            return Err(wrong("a certificate and its key belong together: give both or none"));
        }
        if !secure && (certificate.is_some() || authority.is_some()) {
            return Err(wrong("certificates are of no use over nats://, which is plain"));
        }
        Ok(Self { servers, secure, credentials })
    }

    /// Connects under a name; answers come to inboxes that begin with `inbox`.
    ///
    /// # Errors
    /// See [`AccessError`]: of several servers the last one's.
    pub async fn connect(&self, name: &str, inbox: &str) -> Result<Connection, AccessError> {
        let Credentials { certificate, key, authority } = &self.credentials;
        for path in [certificate, key, authority].into_iter().flatten() {
            std::fs::File::open(path).map_err(|source| AccessError::File { path: path.clone(), source })?;
        }
        let mut failed = None;
        for server in &self.servers {
            match self.connect_to(server, name, inbox).await {
                Ok(connection) => return Ok(connection),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.expect("an access has a server"))
    }

    async fn connect_to(&self, server: &Server, name: &str, inbox: &str) -> Result<Connection, AccessError> {
        let at = server.at();
        let info = server.ask().await?;
        match (self.secure, info.tls_required) {
            (false, true) => return Err(AccessError::WantsTls { at }),
            (true, false) => return Err(AccessError::NoTls { at }),
            _ => {}
        }
        if !info.jetstream {
            return Err(AccessError::NoJetStream { at });
        }
        let (options, events, forbidden) = self.options(name, inbox);
        let urls: Vec<&str> = std::iter::once(server).chain(&self.servers).map(|server| server.url.as_str()).collect();
        let client = match options.connect(urls).await {
            Ok(client) => client,
            Err(error) if error.kind() == ConnectErrorKind::AuthorizationViolation => {
                return Err(AccessError::Unauthorized { at });
            }
            Err(error) => return Err(self.distrust(at, &server.host, crate::with_sources(&error))),
        };
        Ok(Connection { client, domain: info.domain, clustered: info.cluster.is_some(), events, forbidden })
    }

    fn options(
        &self,
        name: &str,
        inbox: &str,
    ) -> (ConnectOptions, mpsc::Receiver<String>, watch::Receiver<Option<String>>) {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let told = Told::default();
        let forbidden = told.forbidden.subscribe();
        let mut options = ConnectOptions::new()
            .name(name)
            .custom_inbox_prefix(inbox)
            .connection_timeout(CONNECT_MAX)
            .request_timeout(Some(CONNECT_MAX))
            .ping_interval(PING_EVERY)
            // Addresses that a server tells may be of its own network, and in no certificate.
            .ignore_discovered_servers()
            .retain_servers_order()
            .max_reconnects(None)
            .reconnect_delay_callback(|attempts| {
                let doubled = RECONNECT_MIN.saturating_mul(1 << attempts.min(10));
                doubled.min(RECONNECT_MAX)
            })
            .event_callback(move |event| {
                let text = said(&event, &told);
                let sender = sender.clone();
                async move {
                    if let Some(text) = text {
                        // What nobody reads is not worth waiting for.
                        let _ = sender.try_send(text);
                    }
                }
            });
        if self.secure {
            options = options.require_tls(true);
        }
        let Credentials { certificate, key, authority } = &self.credentials;
        if let Some(authority) = authority {
            options = options.add_root_certificates(authority.clone());
        }
        if let Some((certificate, key)) = certificate.clone().zip(key.clone()) {
            options = options.add_client_certificate(certificate, key);
        }
        (options, events, forbidden)
    }

    /// What the library says when two ends don't trust each other, in words that say whose certificate it is.
    fn distrust(&self, at: String, host: &str, said: String) -> AccessError {
        let own =
            self.credentials.certificate.as_deref().map_or("our certificate", |path| path.to_str().unwrap_or("ours"));
        let authority = self.credentials.authority.as_deref();
        let authority =
            authority.map_or("the system's authorities".to_owned(), |path: &Path| path.display().to_string());
        let renew = "`landfall deploy credentials --renew` makes new ones; both are good at the same time";
        // The alerts are the server's, about us; the rest is about the server's certificate.
        let known: [(&str, String, String); 8] = [
            (
                "alert: CertificateExpired",
                format!("our certificate {own} has ended, says the server"),
                renew.to_owned(),
            ),
            (
                "alert: CertificateRequired",
                "a certificate of ours is wanted by the server".to_owned(),
                "give it with --certificate and --key".to_owned(),
            ),
            (
                "fatal alert",
                format!("our certificate {own} is not trusted by the server"),
                "both have to be of one authority: copy what `landfall deploy credentials` has made again".to_owned(),
            ),
            ("certificate expired", "the certificate of the server has ended,".to_owned(), renew.to_owned()),
            ("Expired", "the certificate of the server has ended,".to_owned(), renew.to_owned()),
            (
                "not valid for name",
                format!("the certificate of the server is not for {host},"),
                "name it under `hub.addresses` or `leaf` of the fleet, and renew its certificate".to_owned(),
            ),
            (
                "NotValidForName",
                format!("the certificate of the server is not for {host},"),
                "name it under `hub.addresses` or `leaf` of the fleet, and renew its certificate".to_owned(),
            ),
            (
                "invalid peer certificate",
                format!("the certificate of the server is not of {authority},"),
                "give its authority with --authority: the ca.crt beside its certificate".to_owned(),
            ),
        ];
        match known.into_iter().find(|(sign, ..)| said.contains(sign)) {
            Some((_, what, help)) => AccessError::Trust { what, at, said, help },
            None => AccessError::Other { at, said },
        }
    }
}

/// Where its servers are.
impl fmt::Display for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let servers: Vec<String> = self.servers.iter().map(Server::at).collect();
        formatter.write_str(&servers.join(", "))
    }
}

impl Server {
    fn at(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// What the server says of itself.
    async fn ask(&self) -> Result<ServerInfo, AccessError> {
        let at = self.at();
        let unreachable = |source| AccessError::Unreachable { at: at.clone(), source };
        let connecting = timeout(CONNECT_MAX, TcpStream::connect((self.host.as_str(), self.port)));
        let slow = |_| unreachable(io::ErrorKind::TimedOut.into());
        let stream = connecting.await.map_err(slow)?.map_err(unreachable)?;
        let mut line = Vec::new();
        let mut stream = BufReader::new(stream).take(INFO_BYTES_MAX);
        let read = timeout(CONNECT_MAX, stream.read_until(b'\n', &mut line)).await;
        let info = match read {
            Ok(Ok(_)) => line.strip_prefix(b"INFO ").and_then(|info| serde_json::from_slice(info).ok()),
            Ok(Err(error)) => return Err(unreachable(error)),
            Err(_) => None,
        };
        info.ok_or(AccessError::NotNats { at })
    }
}

impl Connection {
    /// The domain in which an agent of that region finds what is said to it; `None`: its own server's.
    #[must_use]
    pub fn hub_domain(&self, region: &str) -> Option<&'static str> {
        let domain = self.domain.as_deref();
        (domain == Some(region) || domain == Some(HUB_DOMAIN)).then_some(HUB_DOMAIN)
    }
}

/// Without a password that may be in it.
fn shown(address: &str) -> String {
    let one = |one: &str| match (one.split_once("://"), one.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://{place}"),
        _ => one.to_owned(),
    };
    address.split(',').map(one).collect::<Vec<_>>().join(",")
}

/// What was told of a connection.
#[derive(Debug, Default)]
struct Told {
    /// It is lost.
    lost: AtomicBool,
    /// What its server doesn't let us do, the first time that we tried: it says so each time.
    forbidden: watch::Sender<Option<String>>,
}

/// What an event means to people.
fn said(event: &Event, told: &Told) -> Option<String> {
    match event {
        Event::Connected => {
            told.forbidden.send_replace(None);
            told.lost.swap(false, Ordering::SeqCst).then(|| "the NATS server is reached again".to_owned())
        }
        Event::Disconnected => {
            told.lost.store(true, Ordering::SeqCst);
            Some("the connection to the NATS server is lost; trying again".to_owned())
        }
        Event::ServerError(error) => {
            let error = error.to_string();
            let Some((_, what)) = error.split_once("Permissions Violation for ") else {
                return Some(format!("the NATS server says: {error}"));
            };
            let is_news = told.forbidden.send_replace(Some(what.to_owned())).is_none();
            is_news.then(|| {
                format!(
                    "the NATS server lets nobody with our certificate do this: {what}; it is the certificate of another name or \
                     region, or the server's configuration is older than it"
                )
            })
        }
        Event::ClientError(error) => Some(format!("no connection to the NATS server yet: {error}")),
        Event::SlowConsumer(_) | Event::LameDuckMode | Event::Draining | Event::Closed => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    fn access(address: &str) -> Result<Access, AccessError> {
        Access::new(address, Credentials::default())
    }

    #[test]
    fn addresses_are_scheme_host_and_port() {
        for (address, secure, places) in [
            ("nats://127.0.0.1", false, vec![("127.0.0.1", 4222)]),
            ("tls://nats.example.com:4333/", true, vec![("nats.example.com", 4333)]),
            ("nats://[::1]:1", false, vec![("::1", 1)]),
            ("nats://[::1]", false, vec![("::1", 4222)]),
            ("nats://me:secret@host", false, vec![("host", 4222)]),
            ("tls://a,tls://b:1", true, vec![("a", 4222), ("b", 1)]),
        ] {
            let access = access(address).unwrap();
            let found: Vec<(&str, u16)> = access.servers.iter().map(|one| (one.host.as_str(), one.port)).collect();
            assert_eq!((access.secure, found), (secure, places), "{address}");
        }
        for address in ["", "host", "http://host", "nats://", "nats://host:port", "nats://a,tls://b", "nats://a/b"] {
            assert!(matches!(access(address), Err(AccessError::Address { .. })), "{address}");
        }
    }

    #[test]
    fn that_a_right_is_missing_is_said_once_per_connection() {
        let told = Told::default();
        let forbidden = |subject: &str| {
            let text = format!("Permissions Violation for Publish to \"{subject}\"");
            said(&Event::ServerError(async_nats::ServerError::Other(text)), &told)
        };
        let text = forbidden("landfall.here.eu-west-1.b").unwrap();
        assert!(
            text.contains("do this: Publish to \"landfall.here.eu-west-1.b\"; it is the certificate of another name"),
            "{text}"
        );
        assert_eq!(forbidden("landfall.clock.eu-west-1.b"), None, "it is the same mistake");
        assert_eq!(said(&Event::Connected, &told), None);
        assert!(forbidden("landfall.here.eu-west-1.b").is_some(), "the configuration may be another now");
        let other = said(&Event::ServerError(async_nats::ServerError::Other("stale connection".to_owned())), &told);
        assert!(other.unwrap().ends_with("stale connection"));
    }

    #[test]
    fn no_error_shows_a_password() {
        let error = access("http://me:secret@host").unwrap_err().to_string();
        assert!(error.contains("http://host") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn credentials_are_whole_and_used() {
        let given = |certificate: bool, key: bool, authority: bool| Credentials {
            certificate: certificate.then(|| "tls.crt".into()),
            key: key.then(|| "tls.key".into()),
            authority: authority.then(|| "ca.crt".into()),
        };
        for (address, credentials, works) in [
            ("tls://a", given(true, true, true), true),
            ("tls://a", given(false, false, true), true),
            ("tls://a", given(true, false, true), false),
            ("nats://a", given(false, false, false), true),
            ("nats://a", given(true, true, true), false),
        ] {
            assert_eq!(Access::new(address, credentials.clone()).is_ok(), works, "{address} {credentials:?}");
        }
    }
}
