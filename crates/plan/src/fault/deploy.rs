//! `deploy`: some regions run another version.

use super::{
    FaultKind,
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
    regions::{in_words, one_or_several},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Field, Placed as _, Spanned, collections::List, section::section, similar, units_read::Time, values::NameText,
    },
    resolve::{CHIRP_DEFECTS, Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::RegionName;

section! {
    /// Some regions run another version: drained, stopped in order, started as that, and back at the end. Chirp only.
    DeployText "deploy" (exactly one of "region", "regions") {
        /// Which.
        optional "region" region: NameText;
        /// Several at once; one after the other with `repeat: {rolling: true}`.
        optional "regions" regions: List<NameText>;
        /// What the other version says that it is, and what the proof looks for.
        required "version" version: NameText;
        /// A build of that version: what is run instead of `landfall chirp`, with `region --region NAME …` after it. A name with a `/` is
        /// relative to the plan's folder. Default: this build, which says that it is that version.
        optional "program" program: List<String>;
        /// Defences of Chirp that this build lacks as that version; not with `program`.
        optional "defects" defects: List<NameText>;
        /// From the drain to the stop, up to 1m: users are sent elsewhere meanwhile.
        optional "drain" drain: Time<0, 60_000> = "6s";
    }
}

/// Some regions run another version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deploy {
    /// Which; at least one.
    pub regions: Vec<RegionName>,
    /// What the other version says that it is.
    pub version: String,
    /// What is run instead of `landfall chirp`; empty: the same, told to say another version.
    pub program: Vec<String>,
    /// Defences that it lacks; empty with a program.
    pub defects: Vec<String>,
    /// From the drain to the stop.
    #[serde(with = "units::duration")]
    pub drain: Duration,
}

impl Deploy {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "deploy",
        group: Group::Process,
        covers: &["F6"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: true,
        takes: "the processes of its regions",
        needs: "",
    };
}

impl Kind for Deploy {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        self.regions.iter().collect()
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        // It serves again as soon as it is started, with whatever the other version has.
        Vec::new()
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        Claims { takes: Thing::processes(&self.regions), needs: Vec::new() }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let lacks = match self.defects.is_empty() {
            true => String::new(),
            false => format!(", with {}", self.defects.join(" and ")),
        };
        format!(
            "{} {} version {}{lacks}",
            in_words(&self.regions),
            if self.regions.len() == 1 { "runs" } else { "run" },
            self.version
        )
    }

    fn only(&self, region: &RegionName) -> Option<FaultKind> {
        Some(Self { regions: vec![region.clone()], ..self.clone() }.into())
    }
}

impl KindText for DeployText {
    type Kind = Deploy;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Deploy> {
        resolver.needs_lab(Deploy::ABOUT.name, "its processes are started as another version", span, ground);
        let regions = one_or_several(&self.region, &self.regions, self.place(), resolver, ground);
        let version = self.version.value().map(|name| name.0.clone());
        if let Some(version) = &version
            && !is_version(version)
        {
            let message = format!("{version:?} is no version that can be told");
            let mistake = Mistake::new(Code::Malformed, self.version.span_or(self.place()), message);
            resolver.add(mistake.hint("1 to 32 letters, digits and any of - + ."));
        }
        if self.program.is_written() && self.defects.is_written() {
            let message = "another build lacks what it lacks";
            let mistake = Mistake::new(Code::Conflict, self.defects.span_or(self.place()), message);
            resolver.add(mistake.hint("`defects` is for this build, without `program`"));
        }
        let program = listed(&self.program, String::clone);
        for Spanned { value: NameText(name), span } in self.defects.value().iter().flat_map(|list| &list.items) {
            if !CHIRP_DEFECTS.contains(&name.as_str()) {
                let mistake = Mistake::new(Code::UnknownName, *span, format!("Chirp has no defect `{name}`"));
                resolver.add(mistake.hint(similar::hint(name, &CHIRP_DEFECTS).unwrap_or_default()));
            }
        }
        let defects = listed(&self.defects, |name: &NameText| name.0.clone());
        let drain = self.drain.value()?.0;
        Some(Deploy { regions: regions?, version: version?, program: program?, defects: defects?, drain })
    }
}

/// What Chirp can tell as a version.
fn is_version(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.');
    (1..=32).contains(&text.len()) && text.chars().all(allowed)
}

/// The items of a list; none where nothing is written.
fn listed<T>(field: &Field<List<T>>, item: impl Fn(&T) -> String) -> Option<Vec<String>> {
    let Some(list) = field.value() else { return (!field.is_bad()).then(Vec::new) };
    list.complete.then(|| list.items.iter().map(|spanned| item(&spanned.value)).collect())
}
