//! `pressure`: the process of a region runs short of processor, memory or descriptors.

use super::{
    claims::{Claims, Thing},
    kind::{About, Group, Kind, KindText},
};
use crate::{
    mistakes::{Code, Mistake, Span},
    read::{
        Placed as _,
        section::section,
        values::{NameText, Whole},
    },
    resolve::{Ground, Resolver},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use units::{RegionName, Share};

section! {
    /// The process of a region runs short of processor, memory or descriptors. Chirp only.
    PressureText "pressure" (exactly one of "processor", "memory_mib", "descriptors_left") {
        /// Which region.
        required "region" region: NameText;
        /// Something else computes in it, for this part of the time, 10% to 90%. It takes that much of one processor.
        optional "processor" processor: Share;
        /// So much memory is taken and written to, 64 to 4096 MiB.
        optional "memory_mib" memory_mib: Whole<64, 4_096>;
        /// So many more files and connections can be opened, 0 to 64; what is open stays open.
        optional "descriptors_left" descriptors_left: Whole<0, 64>;
    }
}

/// The process of a region runs short of something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pressure {
    /// Which region.
    pub region: RegionName,
    /// Of what, and how much.
    pub on: PressureOn,
}

/// What runs short, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PressureOn {
    /// The processor.
    Processor {
        /// The part of the time that something else computes on the thread that serves.
        taken: Share,
    },
    /// The memory.
    Memory {
        /// How much is taken, in MiB.
        mib: u32,
    },
    /// Descriptors: files and connections.
    Descriptors {
        /// How many more can be opened.
        left: u32,
    },
}

impl PressureOn {
    fn what(self) -> &'static str {
        match self {
            Self::Processor { .. } => "processor",
            Self::Memory { .. } => "memory",
            Self::Descriptors { .. } => "descriptors",
        }
    }
}

impl Pressure {
    /// What it says of itself.
    pub const ABOUT: About = About {
        name: "pressure",
        group: Group::Process,
        covers: &["F2"],
        works_on: "a lab",
        ramps: false,
        exempts: false,
        rolls: false,
        takes: "the processor or the memory of its region; of descriptors its processes: who needs a new connection gets none",
        needs: "the processes of its region",
    };
}

impl Kind for Pressure {
    fn about(&self) -> About {
        Self::ABOUT
    }

    fn regions(&self) -> Vec<&RegionName> {
        vec![&self.region]
    }

    fn taken_from_users(&self) -> Vec<&RegionName> {
        match self.on {
            PressureOn::Processor { .. } | PressureOn::Descriptors { .. } => self.regions(),
            // Nothing fails of it by itself.
            PressureOn::Memory { .. } => Vec::new(),
        }
    }

    fn claims(&self, _: &[RegionName]) -> Claims {
        let processes = Thing::processes([&self.region]);
        match self.on {
            PressureOn::Descriptors { .. } => Claims { takes: processes, needs: Vec::new() },
            on => Claims { takes: vec![Thing::part(on.what(), &self.region)], needs: processes },
        }
    }

    fn words(&self, _: &dyn Fn(Duration) -> String) -> String {
        let region = &self.region;
        match self.on {
            PressureOn::Processor { taken } => format!("something else computes in {region}, {taken} of the time"),
            PressureOn::Memory { mib } => format!("{mib} MiB of memory are taken in {region}"),
            PressureOn::Descriptors { left } => format!("{region} can open {left} more descriptors"),
        }
    }
}

impl KindText for PressureText {
    type Kind = Pressure;

    fn resolve(&self, span: Span, resolver: &mut Resolver<'_, '_>, ground: &Ground) -> Option<Pressure> {
        resolver.needs_lab(Pressure::ABOUT.name, "it is in the region's own process", span, ground);
        let region = resolver.region(ground, &self.region);
        let number = |whole: u64| u32::try_from(whole).ok();
        let on = if let Some(Whole(mib)) = self.memory_mib.value() {
            PressureOn::Memory { mib: number(*mib)? }
        } else if let Some(Whole(left)) = self.descriptors_left.value() {
            PressureOn::Descriptors { left: number(*left)? }
        } else {
            let taken = *self.processor.value()?;
            if !(100_000..=900_000).contains(&taken.parts_per_million()) {
                let place = self.processor.span_or(self.place());
                let mistake = Mistake::new(Code::OutOfRange, place, format!("{taken} is out of range"));
                resolver.add(mistake.hint("from 10% to 90%; for a region that stands still there is region-paused"));
            }
            PressureOn::Processor { taken }
        };
        Some(Pressure { region: region?, on })
    }
}
