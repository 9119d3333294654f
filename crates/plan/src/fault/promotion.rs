//! `promotion`: another region is made the one that writes, by hand, and the preferred one again at the end.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{Placed as _, section::section, values::NameText},
    resolve::{Ground, Resolver},
    resolved::{Engine, Model},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{RegionName, duration::Text};

const MOST: &str = "most-up-to-date";
const LEAST: &str = "least-up-to-date";

section! {
    /// Another region is made the one that writes, and the preferred one again at the end. Chirp with one writer only.
    PromotionText "promotion" {
        /// Which: a region, or `most-up-to-date` or `least-up-to-date` of those that answer when it comes.
        required "to" to: NameText;
    }
}

/// Another region is made the one that writes, and the preferred one again at the end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promotion {
    /// Which.
    pub to: Promoted,
    /// The region that writes while all is well.
    pub preferred: RegionName,
}

/// Who is made the one that writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Promoted {
    /// The region that has most of what was written.
    MostUpToDate,
    /// The region that has least of it.
    LeastUpToDate,
    /// This one.
    Region(RegionName),
}

impl Promotion {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "promotion",
        group: Group::Data,
        covers: &["D4"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "who writes",
        needs: "",
    };
}

impl Kind for Promotion {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        match &self.to {
            Promoted::Region(region) => vec![region],
            Promoted::MostUpToDate | Promoted::LeastUpToDate => Vec::new(),
        }
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        Vec::new()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        // The regions may be lost meanwhile: that is when somebody is promoted.
        Claims { takes: vec![Thing::Writer], needs: Vec::new() }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let who = match &self.to {
            Promoted::Region(region) => region.to_string(),
            Promoted::MostUpToDate => "the region that has most of what was written".to_owned(),
            Promoted::LeastUpToDate => "the region that has least of what was written".to_owned(),
        };
        format!("{who} is made the one that writes")
    }
}

impl KindText for PromotionText {
    type Kind = Promotion;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Promotion> {
        resolver.needs_lab(Promotion::ABOUT.name, "its own regions are told who writes", span, ground);
        let place = self.to.span_or(self.place());
        let to = match self.to.value()?.0.as_str() {
            MOST => Promoted::MostUpToDate,
            LEAST => Promoted::LeastUpToDate,
            _ => Promoted::Region(resolver.region(ground, &self.to)?),
        };
        let deployment = ground.deployment()?;
        let preferred = deployment.writer.clone().or_else(|| ground.sites.first().map(|site| site.name.clone()))?;
        let mut refuse = |code: Code, place: Span, message: String, hint: &str| {
            resolver.add(Mistake::new(code, place, message).hint(hint));
        };
        if !matches!(deployment.model, Model::ActivePassive | Model::ReadReplicas) {
            let message = format!("in the model {} there is no one region that writes", deployment.model.as_str());
            refuse(Code::Unmet, span, message, "model: active-passive or model: read-replicas");
        } else if !deployment.failback_after.is_zero() {
            let after = Text(deployment.failback_after);
            let message = format!("{preferred} would take the writing back by itself, after {after}");
            refuse(Code::Unmet, span, message, "failback_after: 0s in the target: then it does so by hand only");
        }
        match &to {
            Promoted::Region(region) if *region == preferred => {
                let message = format!("{region} is the one that writes while all is well");
                refuse(Code::Conflict, place, message, "name another region, or another `writer` in the target");
            }
            Promoted::MostUpToDate | Promoted::LeastUpToDate if deployment.engine == Engine::Postgres => {
                let message = "nobody can be asked how far each PostgreSQL server is".to_owned();
                refuse(Code::Unmet, place, message, "name a region, or use engine: embedded");
            }
            _ => {}
        }
        Some(Promotion { to, preferred })
    }
}
