//! The part of a fault that the kernel acts out, where the plan wants it to.
//!
//! Its proof is stricter than that of the emulation: who opens a connection over a cut link must hear what the kernel says and nothing
//! else, a refusal where it rejects and nothing at all where it drops; and the packets that met the cut are counted.

use crate::{Environment, FaultError};
use plan::resolved::{LinkCuts, ResolvedPlan, Target};
use std::{io, time::Duration};
use units::FaultName;
use wan::{
    LinkId, Overlay,
    kernel::{Cut, Cuts, KernelError, Ways, split},
};

/// The part of a fault that the kernel acts out.
pub(super) struct ByKernel {
    cut: Cut,
    ways: Vec<(LinkId, Ways)>,
    /// Packets that had met the cut when it was healed.
    packets: Option<u64>,
}

impl ByKernel {
    /// Takes that part out of the overlays; `None` when the plan doesn't want it, or the kernel can't do what they say.
    pub(super) fn take(overlays: &mut [(LinkId, Overlay)], plan: &ResolvedPlan) -> Option<Self> {
        let wanted = matches!(&plan.target, Target::Chirp(chirp) if chirp.cuts == LinkCuts::Kernel);
        if !wanted {
            return None;
        }
        let parts: Option<Vec<_>> = overlays.iter().map(|(_, overlay)| split(overlay)).collect();
        let parts = parts?;
        let (cut, ..) = *parts.first()?;
        assert!(parts.iter().all(|(other, ..)| *other == cut), "a fault does the same to all its links");
        let mut ways = Vec::new();
        for ((id, overlay), (_, cut, rest)) in overlays.iter_mut().zip(parts) {
            ways.push((*id, cut));
            *overlay = rest;
        }
        Some(Self { cut, ways, packets: None })
    }

    pub(super) async fn cut(
        &self,
        fault: &FaultName,
        lease: Duration,
        environment: &Environment,
    ) -> Result<(), FaultError> {
        cuts(environment)?.apply(fault, self.cut, &self.ways, lease).await.map_err(failed)
    }

    pub(super) async fn renew(&self, fault: &FaultName, environment: &Environment) -> Result<(), FaultError> {
        cuts(environment)?.renew(fault).await.map_err(failed)
    }

    /// Mends it; notes how many packets had met the cut.
    pub(super) async fn heal(&mut self, fault: &FaultName, environment: &Environment) -> Result<(), FaultError> {
        let cuts = cuts(environment)?;
        // What can't be counted is mended all the same.
        self.packets = cuts.packets(fault).await.ok().or(self.packets);
        cuts.remove(fault).await.map_err(failed)
    }

    /// Whether who meets the cut hears this from the kernel.
    pub(super) fn is_its_answer(&self, error: &io::Error) -> bool {
        let expected = if self.cut.refuses() { io::ErrorKind::ConnectionRefused } else { io::ErrorKind::TimedOut };
        error.kind() == expected
    }

    /// What the kernel has counted, in words, to be added to a proof.
    pub(super) async fn told(&self, fault: &FaultName, environment: &Environment, broken: bool) -> String {
        let packets = match (broken, cuts(environment)) {
            (true, Ok(cuts)) => cuts.packets(fault).await.ok(),
            _ => self.packets,
        };
        let done = if self.cut.refuses() { "answered with a reset" } else { "dropped" };
        let Some(packets) = packets else { return String::new() };
        let (were, so_far) = if broken { ("has", " so far") } else { ("had", "") };
        format!("; the kernel {were} {done} {packets} packets{so_far}")
    }
}

fn cuts(environment: &Environment) -> Result<&Cuts, FaultError> {
    let needs = FaultError::NotPossible { what: "a cut by the kernel", needs: "a network namespace of its own" };
    environment.kernel.as_ref().ok_or(needs)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err calls")]
fn failed(error: KernelError) -> FaultError {
    let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
    FaultError::Kernel(format!("{error}{}", source.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan::{
        fault::{Established, RegionIsolated},
        resolved::{IsolatedFrom, Manner},
    };
    use wan::network::{Ends, effect};

    fn lab(cuts: LinkCuts) -> ResolvedPlan {
        let mut plan = plan::resolved::read(include_str!("../../tests/plan.json")).expect("a plan");
        let lab = serde_json::json!({
            "kind": "chirp", "defects": [], "dns_ttl": "1s", "health_interval": "1s", "failures_to_unhealthy": 1,
            "successes_to_healthy": 1, "users": 2, "follows_per_user": 1, "port": null, "cuts": cuts,
        });
        plan.target = serde_json::from_value(lab).expect("a lab");
        plan
    }

    #[test]
    fn the_kernel_takes_what_it_can_do_where_the_plan_wants_it() {
        let overlays = |manner, established, plan: &ResolvedPlan| {
            let kind = RegionIsolated { region: "us-east-1".into(), from: IsolatedFrom::Users, manner, established };
            effect(&kind.into(), &Ends::of_plan(plan))
        };
        let (kernel, emulated) = (lab(LinkCuts::Kernel), lab(LinkCuts::Emulated));
        let mut all = overlays(Manner::Drop, Established::Keep, &kernel);
        assert!(ByKernel::take(&mut all, &emulated).is_none());
        let taken = ByKernel::take(&mut all, &kernel).expect("the kernel can drop");
        assert!(!all.is_empty() && all.iter().all(|(_, overlay)| *overlay == Overlay::default()), "nothing is left");
        assert!(taken.is_its_answer(&io::ErrorKind::TimedOut.into()));
        assert!(!taken.is_its_answer(&io::ErrorKind::ConnectionRefused.into()));
        let mut all = overlays(Manner::Stall, Established::Keep, &kernel);
        assert!(ByKernel::take(&mut all, &kernel).is_none());
        assert!(all.iter().all(|(_, overlay)| *overlay != Overlay::default()), "a stall stays emulated");
    }
}
