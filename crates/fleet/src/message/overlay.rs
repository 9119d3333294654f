//! What a fault does to one link between users and a region, as written.
//!
//! The overlay itself has the form in which a relay is told ([`wan::relay::control`]): one form for both.

use serde::{Deserialize, Serialize};
use units::FaultName;
use wan::{LinkId, Overlay, relay::control::OverlayFormat};

/// What a fault does to the link between a population's users and a region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OverlayOfLink {
    /// In whose name.
    pub fault: FaultName,
    /// Population index.
    pub population: usize,
    /// Region index.
    pub region: usize,
    /// What it does.
    pub overlay: OverlayFormat,
}

impl OverlayOfLink {
    /// `None` for a link that isn't a user's: those between regions are the relay's.
    #[must_use]
    pub fn new(fault: FaultName, link: LinkId, overlay: Overlay) -> Option<Self> {
        let LinkId::User { population, region } = link else { return None };
        Some(Self { fault, population, region, overlay: overlay.into() })
    }
}

impl From<&OverlayOfLink> for (FaultName, LinkId, Overlay) {
    fn from(one: &OverlayOfLink) -> Self {
        let link = LinkId::User { population: one.population, region: one.region };
        (one.fault.clone(), link, one.overlay.into())
    }
}
