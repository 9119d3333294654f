//! Asking at a door that has TLS, with or without a look at its certificate.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use trust::{Trust, TrustError};

/// How somebody asks there. Each handshake is a whole one.
#[derive(Clone)]
pub(crate) struct Caller {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl fmt::Debug for Caller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Caller").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Caller {
    /// Asks for `name`, and takes only certificates of it that an authority in the file `trust` has signed; without one
    /// it takes any.
    ///
    /// # Panics
    /// If `name` is no DNS name.
    pub(crate) fn new(name: &str, trust: Option<&Path>) -> Result<Self, TrustError> {
        let mut config = trust.map_or(Trust::Anything, Trust::File).client()?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::disabled();
        let name = ServerName::try_from(name.to_owned()).expect("the configuration has checked the name");
        Ok(Self { connector: TlsConnector::from(Arc::new(config)), name })
    }

    /// Shakes hands on a connection.
    pub(crate) async fn shake_hands(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}
