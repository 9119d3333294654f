//! Coming in where users do: at an address, and with TLS where it has that.

use rustls::{ClientConfig, client::Resumption, pki_types::ServerName};
use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use trust::Trust;

/// How users' doors are shaken hands with. Each handshake is a whole one. Clones are the same.
#[derive(Clone)]
pub struct Tls(Arc<Hands>);

struct Hands {
    authority: PathBuf,
    /// Looks at certificates as users do.
    careful: TlsConnector,
    /// Takes any, as whoever measures something else does.
    careless: TlsConnector,
    name: ServerName<'static>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").field("name", &self.0.name).finish_non_exhaustive()
    }
}

impl Tls {
    /// For users who ask for `name` and trust the authorities in the file `authority` (PEM).
    ///
    /// # Errors
    /// The file can't be read or has no certificate in it; `name` is none that a certificate can carry.
    pub fn trusting(authority: &Path, name: &str) -> io::Result<Self> {
        let connector = |mut config: ClientConfig| {
            config.resumption = Resumption::disabled();
            TlsConnector::from(Arc::new(config))
        };
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let client = |trust: Trust<'_>| trust.client().map(connector).map_err(io::Error::other);
        let (careful, careless) = (client(Trust::File(authority))?, client(Trust::Anything)?);
        Ok(Self(Arc::new(Hands { authority: authority.to_owned(), careful, careless, name })))
    }

    /// The file of the authorities that users trust.
    #[must_use]
    pub fn authority(&self) -> &Path {
        &self.0.authority
    }
}

/// Where somebody comes in.
#[derive(Debug, Clone)]
pub struct Door {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// How hands are shaken there; `None`: it has no TLS.
    pub(crate) tls: Option<Tls>,
}

impl From<SocketAddr> for Door {
    /// One without TLS.
    fn from(address: SocketAddr) -> Self {
        Self { address, tls: None }
    }
}

impl fmt::Display for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(formatter)
    }
}

/// A connection, with TLS or without.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Door {
    /// Comes in, whatever certificate it shows.
    ///
    /// # Errors
    /// Nobody is there, or hands can't be shaken. How long that takes is the caller's to limit.
    pub async fn open(&self) -> io::Result<Box<dyn Stream>> {
        let stream = TcpStream::connect(self.address).await?;
        match &self.tls {
            None => Ok(Box::new(stream)),
            Some(Tls(hands)) => Ok(Box::new(hands.careless.connect(hands.name.clone(), stream).await?)),
        }
    }

    /// Shakes hands as users do, who look at its certificate. Without TLS there is none to look at.
    pub(crate) async fn shake_hands(&self) -> io::Result<()> {
        let stream = TcpStream::connect(self.address).await?;
        if let Some(Tls(hands)) = &self.tls {
            hands.careful.connect(hands.name.clone(), stream).await?;
        }
        Ok(())
    }
}
