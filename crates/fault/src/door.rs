//! Coming in where users do: at an address, and with TLS where it has that.

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, ServerName, UnixTime, pem::PemObject as _},
};
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
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = || {
            ClientConfig::builder_with_provider(Arc::clone(&provider))
                .with_safe_default_protocol_versions()
                .map_err(io::Error::other)
        };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(authority).map_err(io::Error::other)? {
            roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
        }
        let careful = builder()?.with_root_certificates(roots).with_no_client_auth();
        let anything = Arc::new(Anything(Arc::clone(&provider)));
        let careless = builder()?.dangerous().with_custom_certificate_verifier(anything).with_no_client_auth();
        let connector = |mut config: ClientConfig| {
            config.resumption = Resumption::disabled();
            TlsConnector::from(Arc::new(config))
        };
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let (careful, careless) = (connector(careful), connector(careless));
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

/// Takes any certificate, if its owner has the key to it.
#[derive(Debug)]
struct Anything(Arc<CryptoProvider>);

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
