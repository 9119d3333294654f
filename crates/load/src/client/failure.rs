//! Why an attempt got no answer, and which outcome that is.

use crate::{answer::Malformed, resolve::NameFailure};
use record::{Outcome, Phase};
use std::io;

/// Why an attempt got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error("name not resolved: {0}")]
    Name(NameFailure),
    #[error("connection refused")]
    Refused,
    #[error("no route: {0}")]
    Unreachable(io::ErrorKind),
    /// This machine has no descriptor, port or memory left: the generator's fault and not the target's.
    #[error("this machine can open no further connection: {0}")]
    Exhausted(io::ErrorKind),
    #[error("connection reset")]
    Reset,
    /// The connection was closed before the answer was complete.
    #[error("connection closed before the answer was complete")]
    Cut,
    #[error("time-out of {}", phase_name(.0))]
    PhaseTimeout(Phase),
    #[error("time-out before the first byte")]
    FirstByteTimeout,
    #[error("time-out of the whole request")]
    TotalTimeout,
    /// The kernel gave up on the connection.
    #[error("connection timed out")]
    KernelTimeout,
    #[error("TLS handshake failed")]
    Tls,
    #[error("not understood: {0}")]
    Malformed(Malformed),
}

impl Failure {
    /// What an error of a socket means, of one that was connected or is being connected.
    pub(crate) fn from_io(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        if let Some(code) = error.raw_os_error()
            && exhausted(code)
        {
            return Self::Exhausted(error.kind());
        }
        match error.kind() {
            Kind::ConnectionRefused => Self::Refused,
            Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::PermissionDenied => {
                Self::Unreachable(error.kind())
            }
            Kind::TimedOut => Self::KernelTimeout,
            Kind::AddrNotAvailable | Kind::AddrInUse | Kind::OutOfMemory => Self::Exhausted(error.kind()),
            Kind::UnexpectedEof => Self::Cut,
            // tokio-rustls reports what the peer sent wrongly as this.
            Kind::InvalidData => Self::Tls,
            _ => Self::Reset,
        }
    }

    /// How the request ended, if this was its last attempt.
    pub(crate) fn outcome(self) -> Outcome {
        match self {
            Self::Name(NameFailure::Timeout)
            | Self::PhaseTimeout(_)
            | Self::FirstByteTimeout
            | Self::TotalTimeout
            | Self::KernelTimeout => Outcome::Timeout,
            Self::Name(_) => Outcome::Dns,
            Self::Refused | Self::Unreachable(_) | Self::Exhausted(_) => Outcome::Refused,
            Self::Reset | Self::Cut => Outcome::Reset,
            Self::Tls => Outcome::Tls,
            Self::Malformed(_) => Outcome::Protocol,
        }
    }

    /// Whether a further attempt may be made: after failed connections and time-outs, not after an answer that nobody
    /// understands, which a second one would be as well.
    pub(crate) fn may_retry(self) -> bool {
        !matches!(self, Self::Malformed(_) | Self::TotalTimeout)
    }
}

/// `EMFILE`, `ENFILE`, `ENOBUFS`, `ENOMEM`: the numbers are the same on every Linux.
fn exhausted(code: i32) -> bool {
    let codes =
        [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE, rustix::io::Errno::NOBUFS, rustix::io::Errno::NOMEM];
    codes.iter().any(|known| known.raw_os_error() == code)
}

fn phase_name(phase: &Phase) -> &'static str {
    match phase {
        Phase::Dns => "the name's resolution",
        Phase::Connect => "the connect",
        Phase::Tls => "the TLS handshake",
    }
}
