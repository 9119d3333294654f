//! Pressure on processor and memory: something in the process of a region takes what the region needs.
//!
//! **What happens in the world.** A runaway expression, a collector, a neighbour in the same container take the processor: the
//! region is there and everything through it waits, worst when it has just got another region's users. A leak takes the memory
//! until the kernel kills the process, or swaps.
//!
//! **What is emulated.** In the region's own process: something computes on the thread that serves, for the part of each 20 ms
//! that the plan says; or an amount of memory is taken and written to. At most one processor is used up, so that the load
//! generator has what it needs where there are two.
//!
//! **Not emulated.** The end of a process that has too little memory (that is `region-loss`), and swapping.
//!
//! **Proof of effect.** What the kernel counts for the process: it uses more of the processor than before, by at least half of what
//! is taken, counted over a second; it has at least 90 % of the amount more in memory. **Proof of removal.** By less than 30 % of what
//! was taken; by less than half of the amount.

use super::{Measure, Place, Seeing, Setting};
use crate::usage::{Usage, available_mib};
use futures_util::future::LocalBoxFuture;
use plan::fault::{Pressure, PressureOn};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long processor time is counted.
const COUNTED: Duration = Duration::from_secs(1);

/// Sees it.
pub(crate) struct PressureMeasure {
    kind: Pressure,
    /// What was used before: of a processor, or MiB.
    before: f64,
}

impl PressureMeasure {
    pub(crate) fn new(kind: Pressure) -> Self {
        Self { kind, before: 0.0 }
    }

    /// What is used now: of a processor, or MiB.
    async fn used(&self, place: &Place<'_>) -> Result<f64, String> {
        let process = place.environment.process_of(&self.kind.region).await.map_err(|error| error.to_string())?;
        let usage = Usage::of(process)?;
        if let PressureOn::Memory { .. } = self.kind.on {
            return Ok(usage.resident_mib as f64);
        }
        let begun = Instant::now();
        sleep(COUNTED).await;
        let time = Usage::of(process)?.processor.saturating_sub(usage.processor);
        Ok(time.as_secs_f64() / begun.elapsed().as_secs_f64())
    }

    /// What is taken, in the same unit.
    fn taken(&self) -> f64 {
        match self.kind.on {
            PressureOn::Processor { taken } => taken.fraction(),
            PressureOn::Memory { mib } => f64::from(mib),
            PressureOn::Descriptors { .. } => 0.0,
        }
    }

    fn text(&self, used: f64) -> String {
        let (region, before) = (&self.kind.region, self.before);
        match self.kind.on {
            PressureOn::Memory { .. } => format!("{region} has {used:.0} MiB in memory, {before:.0} before"),
            _ => format!("{region} uses {:.0}% of a processor, {:.0}% before", used * 100.0, before * 100.0),
        }
    }

    /// The parts of what is taken at which it is seen to be there, and to be gone.
    fn parts(&self) -> (f64, f64) {
        match self.kind.on {
            PressureOn::Memory { .. } => (0.9, 0.5),
            _ => (0.5, 0.3),
        }
    }
}

impl Measure for PressureMeasure {
    fn settings(&self, place: &Place<'_>) -> Vec<Setting> {
        let address = place.peers(&self.kind.region);
        match self.kind.on {
            PressureOn::Processor { taken } => {
                vec![Setting { share: taken.fraction(), ..Setting::whole(address, "processor-taken", "") }]
            }
            PressureOn::Memory { mib } => vec![Setting::whole(address, "memory-taken", format!("{mib}MiB"))],
            PressureOn::Descriptors { .. } => Vec::new(),
        }
    }

    fn learn<'a>(&'a mut self, place: &'a Place<'a>) -> LocalBoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            if let PressureOn::Memory { mib } = self.kind.on {
                let available = available_mib()?;
                // The other half is for the load generator, the other regions and whoever else works here.
                if u64::from(mib) > available / 2 {
                    return Err(format!(
                        "this machine has {available} MiB left, and half of it is the most that is taken"
                    ));
                }
            }
            self.before = self.used(place).await?;
            Ok(())
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let used = self.used(place).await?;
            let is_there = used >= self.before + self.parts().0 * self.taken();
            if is_there { Ok(self.text(used)) } else { Err(self.text(used)) }
        })
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let used = self.used(place).await?;
            let is_gone = used < self.before + self.parts().1 * self.taken();
            if is_gone { Ok(self.text(used)) } else { Err(self.text(used)) }
        })
    }
}
