//! A region that dies twice.

use super::{AMERICA, EU, EUROPE, Probe, Story, US, at};
use plan::fault::Repeat;
use record::{Event, EventKind, Outcome};
use std::time::Duration;

/// `eu-dies` at 10 s and at 24 s, for 4 s each: europe fails for 2 s, then for 3 s, and is home again at 17 s and at 31 s.
pub(crate) fn twice() -> Story {
    let mut story = Story::good();
    let fault = &mut story.plan.faults[0];
    (fault.at, fault.duration) = (Duration::from_secs(10), Duration::from_secs(4));
    fault.repeat = Repeat { times: 2, every: Duration::from_secs(14), rolling: false };
    story.forget(EUROPE);
    story.serve(EUROPE, 0.0, 10.1, EU);
    for (from, until, home, end) in [(10.1, 12.1, 17.0, 24.1), (24.1, 27.1, 31.0, 40.0)] {
        story.fail(EUROPE, from, until, Outcome::Timeout);
        story.serve(EUROPE, until, home, US);
        story.serve(EUROPE, home, end, EU);
    }
    let phases = [
        EventKind::LoadStarted,
        EventKind::BaselineStarted,
        EventKind::LoadEnded,
        EventKind::QuietStarted,
        EventKind::FinalReadsStarted,
        EventKind::FinalReadsEnded,
    ];
    story.events.retain(|event| phases.contains(&event.kind));
    for begin in [10.0, 24.0] {
        let fault = || "eu-dies".into();
        let list = [
            (0.0, EventKind::FaultInjecting(fault()), "fault", "killing eu-west-1"),
            (0.2, EventKind::FaultActive(fault()), "fault", "eu-west-1 is dead"),
            (1.0, EventKind::HealthChanged { region: "eu-west-1".into(), healthy: false }, "steering", "unhealthy"),
            (4.0, EventKind::FaultHealing(fault()), "fault", "starting eu-west-1"),
            (4.8, EventKind::FaultHealed(fault()), "fault", "eu-west-1 serves"),
        ];
        story.events.extend(list.map(|(after, kind, source, text)| Event::new(at(begin + after), kind, source, text)));
    }
    story.events.sort_by_key(|event| event.at);
    story.probes.clear();
    for second in 2..39 {
        let when = f64::from(second) + 0.5;
        let europe = match second {
            10..=11 | 24..=26 => None,
            12..=16 | 27..=30 => US,
            _ => EU,
        };
        story.probes.push(Probe::new(EUROPE, when, europe));
        story.probes.push(Probe::new(AMERICA, when, US));
    }
    story
}
