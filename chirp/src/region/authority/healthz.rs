//! What the lease has to say to health checks.
//!
//! With active-passive, steering must send users to the writer and to nobody else; it knows health checks
//! only, so a region that stands by says that it is not healthy, and why.

use super::super::Region;
use super::Place;
use super::notice::PASSIVE;
use crate::config::Model;

/// Why steering should send nobody here, as far as the lease is concerned.
pub(in crate::region) fn standby(region: &Region) -> Option<&'static str> {
    if region.authority.deployment.model != Model::ActivePassive {
        return None;
    }
    match region.authority.seats[0].place() {
        Place::Here(_) => None,
        Place::Elsewhere(_) => Some(PASSIVE),
        Place::Nowhere => Some("no writer"),
    }
}
