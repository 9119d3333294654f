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
//! **Proof of effect.** What the kernel counts for the process: it uses the processor, or waits for one that others use, for more
//! of a second than before, by at least half of what is taken and a tenth of it used; it has at least 90 % of the amount more in memory. **Proof of
//! removal.** It uses and waits for more by less than 30 % of what was taken; it has more by less than half of the amount.

use super::{Measure, Place, Seeing, Setting};
use crate::usage::{Usage, available_mib};
use futures_util::future::LocalBoxFuture;
use plan::fault::{Pressure, PressureOn};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long processor time is counted.
const COUNTED: Duration = Duration::from_secs(1);
/// So much of what is taken is used where others compute too; the rest may be waited for.
const USED_MIN: f64 = 0.1;

/// What a region's process takes: parts of a processor, or MiB.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    used: f64,
    /// With what it waited for: where others compute too, it can't use what it asks for.
    wanted: f64,
}

/// Sees it.
pub(crate) struct PressureMeasure {
    kind: Pressure,
    before: Taken,
}

impl PressureMeasure {
    pub(crate) fn new(kind: Pressure) -> Self {
        Self { kind, before: Taken::default() }
    }

    async fn now(&self, place: &Place<'_>) -> Result<Taken, String> {
        let process = place.environment.process_of(&self.kind.region).await.map_err(|error| error.to_string())?;
        let usage = Usage::of(process)?;
        if let PressureOn::Memory { .. } = self.kind.on {
            let resident = usage.resident_mib as f64;
            return Ok(Taken { used: resident, wanted: resident });
        }
        let begun = Instant::now();
        sleep(COUNTED).await;
        let (then, took) = (Usage::of(process)?, begun.elapsed().as_secs_f64());
        let used = then.processor.saturating_sub(usage.processor).as_secs_f64() / took;
        let waited = then.waited.saturating_sub(usage.waited).as_secs_f64() / took;
        Ok(Taken { used, wanted: used + waited })
    }

    /// What is taken, in the same unit.
    fn taken(&self) -> f64 {
        match self.kind.on {
            PressureOn::Processor { taken } => taken.fraction(),
            PressureOn::Memory { mib } => f64::from(mib),
            PressureOn::Descriptors { .. } => 0.0,
        }
    }

    fn text(&self, now: Taken) -> String {
        let (region, before) = (&self.kind.region, self.before);
        if let PressureOn::Memory { .. } = self.kind.on {
            return format!("{region} has {:.0} MiB in memory, {:.0} before", now.used, before.used);
        }
        let [used, wanted, used_before, wanted_before] =
            [now.used, now.wanted, before.used, before.wanted].map(|share| share * 100.0);
        format!(
            "{region} uses {used:.0}% of a processor, {used_before:.0}% before; with what it waits for {wanted:.0}%, {wanted_before:.0}% before"
        )
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
            self.before = self.now(place).await?;
            Ok(())
        })
    }

    fn look_for_effect<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let now = self.now(place).await?;
            // That it waits more could be others' doing alone; that it computes more can't.
            let is_there = now.wanted >= self.before.wanted + self.parts().0 * self.taken()
                && now.used >= self.before.used + USED_MIN * self.taken();
            if is_there { Ok(self.text(now)) } else { Err(self.text(now)) }
        })
    }

    fn look_for_removal<'a>(&'a self, place: &'a Place<'a>) -> Seeing<'a> {
        Box::pin(async move {
            let now = self.now(place).await?;
            // What presses and gets no processor, since others compute, is still there.
            let is_gone = now.wanted < self.before.wanted + self.parts().1 * self.taken();
            if is_gone { Ok(self.text(now)) } else { Err(self.text(now)) }
        })
    }
}
