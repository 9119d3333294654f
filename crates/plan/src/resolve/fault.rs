//! `faults`: what breaks, and when.

use super::{Resolver, load::Shaped, target::Ground};
use crate::{
    check::{names, overlap, timing},
    mistakes::{Code, Mistake, Span},
    read::{Field, Placed as _, Spanned, collections::List, units_read::Time},
    resolved::{CommandHook, Direction, Fault, FaultKind, IsolatedFrom, Manner},
    text::{
        PlanText,
        fault::{CommandText, FaultText, LinkDelayText, PartitionText, RegionIsolatedText},
    },
};
use std::time::Duration;
use units::{FaultName, RegionName};

/// Time for each proof, where the plan says nothing.
const VERIFY_WITHIN: Duration = Duration::from_secs(10);

impl Resolver<'_, '_> {
    /// The faults in order of time; those at the same time in the order of the plan.
    pub(super) fn faults(&mut self, text: &PlanText, ground: &Ground, load: Option<&Shaped>) -> Option<Vec<Fault>> {
        let items = text.faults.value().map_or(&[][..], |list| &list.items);
        names::unique("fault", items.iter().filter_map(|item| item.value.name.written()), self.mistakes);
        let mut faults = Vec::new();
        for item in items {
            let fault = self.fault(&item.value, ground);
            if let (Some(at), Some(duration), Some(load)) = (time(&item.value.at), time(&item.value.duration), load) {
                timing::check(&at, &duration, load.times, self.mistakes);
            }
            faults.push(fault.map(|fault| (fault, item.span)));
        }
        let complete = faults.iter().all(Option::is_some);
        let mut faults: Vec<(Fault, Span)> = faults.into_iter().flatten().collect();
        faults.sort_by_key(|(fault, _)| fault.at);
        self.default_names_differ(&faults, items);
        let regions: Vec<RegionName> = ground.sites.iter().map(|site| site.name.clone()).collect();
        overlap::check(&faults, &regions, self.mistakes);
        (complete && !text.faults.is_bad()).then(|| faults.into_iter().map(|(fault, _)| fault).collect())
    }

    fn fault(&mut self, text: &FaultText, ground: &Ground) -> Option<Fault> {
        let kind = self.kind(text, ground);
        let verify_within = self.verify_within(text);
        let kind = kind?;
        if text.name.is_bad() {
            return None;
        }
        Some(Fault {
            name: text.name.value().map_or_else(|| default_name(&kind), |name| FaultName::new(&name.0)),
            kind,
            at: text.at.value()?.0,
            duration: text.duration.value()?.0,
            lease: text.lease.value()?.0,
            verify_within: verify_within?,
        })
    }

    fn verify_within(&mut self, text: &FaultText) -> Option<Duration> {
        let duration = text.duration.value()?.0;
        let Some(written) = text.verify_within.written() else {
            return (!text.verify_within.is_bad()).then(|| VERIFY_WITHIN.min(duration));
        };
        if written.value.0 > duration {
            let (own, whole) = (units::duration::Text(written.value.0), units::duration::Text(duration));
            let message = format!("the proof of effect may take {own}, the fault is over after {whole}");
            self.add(Mistake::new(Code::Timing, written.span, message).hint(format!("at most {whole}")));
        }
        Some(written.value.0)
    }

    fn kind(&mut self, text: &FaultText, ground: &Ground) -> Option<FaultKind> {
        if let Some(Spanned { value, span }) = text.region_loss.written() {
            self.needs_lab("region-loss", "its processes are killed", *span, ground);
            Some(FaultKind::RegionLoss { region: self.region(ground, &value.region)? })
        } else if let Some(Spanned { value, span }) = text.region_isolated.written() {
            self.isolated(value, *span, ground)
        } else if let Some(Spanned { value, span }) = text.partition.written() {
            self.needs_lab("partition", "the links between regions are cut", *span, ground);
            self.partition(value, ground)
        } else if let Some(Spanned { value, span }) = text.link_delay.written() {
            self.link_delay(value, *span, ground)
        } else {
            self.command(&text.command.written()?.value, ground)
        }
    }

    fn isolated(&mut self, text: &RegionIsolatedText, span: Span, ground: &Ground) -> Option<FaultKind> {
        let region = self.region(ground, &text.region);
        let from = text.from.value()?.0;
        match from {
            IsolatedFrom::Users => self.needs_user_links("region-isolated", span, ground),
            IsolatedFrom::Peers | IsolatedFrom::Both => {
                self.needs_lab("region-isolated from peers", "the links between regions are cut", span, ground);
                if ground.complete && ground.sites.len() == 1 {
                    let span = text.from.span_or(span);
                    let mistake = Mistake::new(Code::Unmet, span, "the only region has no peers to be isolated from");
                    self.add(mistake.hint("write from: users, or add regions"));
                }
            }
        }
        Some(FaultKind::RegionIsolated { region: region?, from, manner: text.manner.value()?.0 })
    }

    fn partition(&mut self, text: &PartitionText, ground: &Ground) -> Option<FaultKind> {
        let (between, and) = (self.region(ground, &text.between), self.region(ground, &text.and));
        if between.is_some() && between == and {
            let mistake =
                Mistake::new(Code::Conflict, text.and.span_or(text.place()), "a region can't be cut off from itself");
            self.add(mistake.hint("name two different regions"));
        }
        let (direction, manner) = (text.direction.value()?.0, text.manner.value()?.0);
        if direction != Direction::Both && manner == Manner::Reject {
            let span = text.manner.span_or(text.place());
            let mistake =
                Mistake::new(Code::Conflict, span, "a cut in one direction can only drop: who rejects must answer");
            self.add(mistake.hint("write manner: drop, or direction: both"));
        }
        Some(FaultKind::Partition { between: between?, and: and?, direction, manner })
    }

    fn link_delay(&mut self, text: &LinkDelayText, span: Span, ground: &Ground) -> Option<FaultKind> {
        let region = self.region(ground, &text.region);
        let peer = match text.peer.is_written() {
            true => {
                self.needs_lab("link-delay between regions", "the links between regions are slowed", span, ground);
                Some(self.region(ground, &text.peer)?)
            }
            false => {
                self.needs_user_links("link-delay", span, ground);
                None
            }
        };
        if region.is_some() && region == peer {
            let span = text.peer.span_or(text.place());
            self.add(
                Mistake::new(Code::Conflict, span, "a region has no link to itself").hint("name two different regions"),
            );
        }
        let (delay, jitter) = (text.delay.value()?.0, text.jitter.value()?.0);
        if delay.is_zero() && jitter.is_zero() {
            let span = text.delay.span_or(text.place());
            self.add(
                Mistake::new(Code::OutOfRange, span, "a delay of nothing has no effect")
                    .hint("a delay or a jitter above 0s"),
            );
        }
        Some(FaultKind::LinkDelay { region: region?, peer, delay, jitter })
    }

    fn command(&mut self, text: &CommandText, ground: &Ground) -> Option<FaultKind> {
        let region = match text.region.is_written() {
            true => self.region(ground, &text.region).map(Some),
            false => Some(None),
        };
        let environment = text.environment.value().into_iter().flat_map(|mapping| &mapping.entries);
        for (name, value) in environment.clone() {
            if name.value.is_empty() || name.value.contains(['=', '\0']) || value.value.contains('\0') {
                let message = format!("{:?} can't be set in an environment", name.value);
                self.add(Mistake::new(Code::Malformed, name.span, message).hint("a name without `=`"));
            }
        }
        let commands = [&text.inject, &text.heal, &text.verify_effect, &text.verify_removal];
        let [inject, heal, verify_effect, verify_removal] = commands.map(|command| self.arguments(command));
        let hook = CommandHook {
            inject: inject?,
            heal: heal?,
            verify_effect: verify_effect?,
            verify_removal: verify_removal?,
            timeout: text.timeout.value()?.0,
            environment: environment.map(|(name, value)| (name.value.clone(), value.value.clone())).collect(),
        };
        Some(FaultKind::Command { region: region?, hook })
    }

    fn arguments(&mut self, list: &Field<List<String>>) -> Option<Vec<String>> {
        let list = list.written()?;
        let arguments: Vec<String> = list.value.items.iter().map(|item| item.value.clone()).collect();
        if arguments.first().is_none_or(|program| program.trim().is_empty()) {
            let mistake = Mistake::new(Code::Missing, list.span, "a command without a program");
            self.add(mistake.hint("the first argument is the program, such as [systemctl, stop, shop]"));
        }
        list.value.complete.then_some(arguments)
    }

    fn needs_lab(&mut self, fault: &str, why: &str, span: Span, ground: &Ground) {
        if ground.is_attached() {
            let message = format!("{fault} is possible in a lab only: {why}");
            let hint = "for a service of your own, say how with a `command` fault: {inject: […], heal: […], …}";
            self.add(Mistake::new(Code::Unmet, span, message).hint(hint));
        }
    }

    fn needs_user_links(&mut self, fault: &str, span: Span, ground: &Ground) {
        if ground.is_attached() && !ground.emulated && !ground.sites.is_empty() {
            let message = format!("{fault} needs emulated paths between the users and the region");
            let hint = "add emulate_paths: true to the target, or use a `command` fault";
            self.add(Mistake::new(Code::Unmet, span, message).hint(hint));
        }
    }

    /// Names that were made must not be another fault's.
    fn default_names_differ(&mut self, faults: &[(Fault, Span)], items: &[Spanned<FaultText>]) {
        let unnamed = |span: &Span| items.iter().any(|item| item.span == *span && item.value.name.is_absent());
        for (index, (fault, span)) in faults.iter().enumerate() {
            let Some((_, other)) = faults[..index].iter().find(|(other, _)| other.name == fault.name) else { continue };
            if unnamed(span) || unnamed(other) {
                let message = format!("two faults are called `{}`", fault.name);
                let mistake = Mistake::new(Code::DuplicateName, *span, message).also(*other, "the first");
                self.add(mistake.hint("give each a `name`"));
            }
        }
    }
}

fn time<const MIN_MS: u64, const MAX_MS: u64>(field: &Field<Time<MIN_MS, MAX_MS>>) -> Option<Spanned<Duration>> {
    field.written().map(|written| Spanned { value: written.value.0, span: written.span })
}

fn default_name(kind: &FaultKind) -> FaultName {
    let words = std::iter::once(kind.as_str()).chain(kind.regions().into_iter().map(RegionName::as_str));
    FaultName::new(words.collect::<Vec<_>>().join(" "))
}
