//! Certificate: whoever connects to a region is shown a certificate that users don't accept, or none.
//!
//! **What happens in the world.** The standby's certificate was renewed by hand once and never again, its load balancer shows the
//! default one of the provider, or the secret was never copied there. Nobody connects to it, and health checks that do take
//! any certificate, so all is green until users are led there.
//!
//! **What is emulated.** Where users come in at the region's place, its edges or the region itself, the certificate that is shown is
//! one whose time is over, or one of another name, signed by the same authority; or there is none, and an alert ends the handshake.
//! Connections that are there go on, and who resumes a session is not shown a certificate.
//!
//! **Proof of effect.** From outside, hands are shaken at that door as users do, with the lab's authority and the service's name: it
//! fails for that reason, and before it succeeded. **Proof of removal.** It succeeds.

use super::{Measure, Place, Seeing, Setting};
use futures_util::future::LocalBoxFuture;
use plan::fault::{Certificate, CertificateState};
use std::{io, time::Duration};
use tokio::time::timeout;
use units::RegionName;

const WITHIN: Duration = Duration::from_secs(3);

/// Sees it.
pub(crate) struct CertificateMeasure {
    kind: Certificate,
}

impl CertificateMeasure {
    pub(crate) fn new(kind: Certificate) -> Self {
        Self { kind }
    }

    /// Shakes hands at each door; `broken`: each is to fail for the reason that the plan wants, else none is.
    async fn each_shakes_hands(&self, place: &Place<'_>, broken: bool) -> Result<String, String> {
        let mut texts = Vec::new();
        for region in &self.kind.regions {
            for door in place.doors(region)? {
                let late = || io::Error::new(io::ErrorKind::TimedOut, "no handshake in time");
                let shaken = timeout(WITHIN, door.shake_hands()).await.unwrap_or_else(|_| Err(late()));
                let (is_so, text) = match shaken {
                    Ok(()) => (!broken, format!("{region}'s certificate is accepted at {door}")),
                    Err(error) => (
                        broken && is_for(self.kind.is, &error),
                        format!("a handshake with {region} at {door} fails: {error}"),
                    ),
                };
                if !is_so {
                    return Err(text);
                }
                texts.push(text);
            }
        }
        Ok(texts.join(", "))
    }

    fn settings_of(&self, place: &Place<'_>, region: &RegionName) -> Vec<Setting> {
        let admins = place.door_admins(region).into_iter();
        admins.map(|admin| Setting::whole(admin, "certificate", self.kind.is.as_str())).collect()
    }
}

/// Whether a handshake has failed because of that. An alert instead of a certificate is what a server sends that has none.
fn is_for(state: CertificateState, error: &io::Error) -> bool {
    use rustls::{CertificateError, Error};
    match (state, error.get_ref().and_then(|inner| inner.downcast_ref::<Error>())) {
        (CertificateState::Missing, Some(Error::AlertReceived(_))) => true,
        (CertificateState::Expired, Some(Error::InvalidCertificate(why))) => {
            matches!(why, CertificateError::Expired | CertificateError::ExpiredContext { .. })
        }
        (CertificateState::OtherName, Some(Error::InvalidCertificate(why))) => {
            matches!(why, CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. })
        }
        _ => false,
    }
}

impl Measure for CertificateMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        self.kind.regions.iter().flat_map(|region| self.settings_of(place, region)).collect()
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let before = self.each_shakes_hands(place, false).await;
            before.map(drop).map_err(|seen| format!("before the fault: {seen}"))
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.each_shakes_hands(place, true))
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(self.each_shakes_hands(place, false))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{AlertDescription, CertificateError, Error};

    #[test]
    fn a_handshake_proves_the_state_that_it_failed_for_and_no_other() {
        use CertificateState::{Expired, Missing, OtherName};
        let cases = [
            (Error::InvalidCertificate(CertificateError::Expired), Some(Expired)),
            (Error::InvalidCertificate(CertificateError::NotValidForName), Some(OtherName)),
            (Error::AlertReceived(AlertDescription::AccessDenied), Some(Missing)),
            (Error::InvalidCertificate(CertificateError::UnknownIssuer), None),
            (Error::DecryptError, None),
        ];
        for (error, proves) in cases {
            let text = error.to_string();
            let error = io::Error::new(io::ErrorKind::InvalidData, error);
            for state in [Expired, OtherName, Missing] {
                assert_eq!(is_for(state, &error), proves == Some(state), "{text}: {state:?}");
            }
        }
        for state in [Expired, OtherName, Missing] {
            assert!(!is_for(state, &io::ErrorKind::ConnectionRefused.into()), "nobody there is no certificate");
        }
    }
}
