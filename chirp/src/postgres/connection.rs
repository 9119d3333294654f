//! Connections to a server: how they are set up, and one that is used once.
//!
//! Every connection has a limit on connecting, on silence (keepalives, `tcp_user_timeout`) and on each
//! statement; a server behind a black hole must never hold a task for longer than that. There is no TLS:
//! addresses are of the loopback network.

use std::net::SocketAddr;
use std::time::Duration;

use tokio_postgres::{Client, Config, NoTls};

use super::PostgresError;
use super::settings::{DATABASE, ROLE};

const CONNECT_LIMIT: Duration = Duration::from_secs(3);
const SILENCE_LIMIT: Duration = Duration::from_secs(5);

/// How the server at `address` is reached; each statement may take `statement`.
pub(super) fn setup(address: SocketAddr, application: &str, statement: Duration) -> Config {
    let mut config = Config::new();
    config
        .host(address.ip().to_string())
        .port(address.port())
        .user(ROLE)
        .dbname(DATABASE)
        .application_name(application)
        .connect_timeout(CONNECT_LIMIT)
        .tcp_user_timeout(SILENCE_LIMIT)
        .keepalives_idle(Duration::from_secs(2))
        .keepalives_interval(Duration::from_secs(1))
        .keepalives_retries(3)
        .options(format!(
            "-c statement_timeout={0} -c lock_timeout={0} -c client_min_messages=warning",
            statement.as_millis()
        ));
    config
}

/// A connection for a few statements. It closes when it is dropped.
#[derive(Debug)]
pub(super) struct Visit {
    client: Client,
    driver: tokio::task::JoinHandle<()>,
}

impl Visit {
    /// Connects; each statement may take `statement`.
    pub(super) async fn open(address: SocketAddr, statement: Duration) -> Result<Self, PostgresError> {
        let config = setup(address, "chirp agent", statement);
        let connecting = tokio::time::timeout(CONNECT_LIMIT, config.connect(NoTls)).await;
        let late = |_| PostgresError::Late { what: "connecting to PostgreSQL", limit: CONNECT_LIMIT };
        let (client, connection) = connecting.map_err(late)??;
        let driver = tokio::spawn(async move {
            // What goes wrong is told to whoever waits for the answer.
            let _ = connection.await;
        });
        Ok(Self { client, driver })
    }

    /// The client.
    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
