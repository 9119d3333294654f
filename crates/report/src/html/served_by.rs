//! Who was served by whom: a population per row, the regions that answered it with their shares, the home marked.

use super::{
    markup::Markup,
    populations::{not_measured, phase_name},
    table::{Cell, Table, folded},
};
use crate::{facts::Facts, together};
use verdict::{
    findings::{ExperiencePhase, PhaseName},
    words,
};

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    let has_faults = facts.findings.faults.iter().any(|fault| fault.effect.is_proven());
    let telling = if has_faults { PhaseName::Fault } else { PhaseName::Whole };
    let table = phase_table(facts, telling);
    if table.is_empty() {
        markup.leaf("p", &[], "Not measured: no request of any population is in the recording.");
        return;
    }
    table.write(markup);
    for phase in [PhaseName::Baseline, PhaseName::After] {
        let table = phase_table(facts, phase);
        if !table.is_empty() {
            folded(markup, &format!("The same in the phase “{}”", phase_name(phase)), |markup| {
                table.write(markup);
            });
        }
    }
}

fn phase_table(facts: &Facts<'_>, name: PhaseName) -> Table {
    let titles = ["Population", "Share of its successes by the region that answered", ">Failed", ">Requests/s"];
    let when = if name == PhaseName::Fault { ", while faults were in effect" } else { "" };
    let caption = format!("Who answered{when}: a region that is not named answered nothing");
    let mut table = Table::new(caption, &titles).calm("served by their homes alone, and nothing failed");
    for population in 0..facts.findings.run.populations.len() {
        if let Some(phase) = facts.phase(population, name) {
            table.row_of(is_calm(facts, population, phase), row(facts, population, phase));
        }
    }
    table
}

fn is_calm(facts: &Facts<'_>, population: usize, phase: &ExperiencePhase) -> bool {
    let home = facts.home(population);
    let is_at_home = home.is_some() && phase.served_by.iter().all(|served| served.region == home);
    phase.ok > 0 && phase.failed == 0 && is_at_home
}

fn row(facts: &Facts<'_>, population: usize, phase: &ExperiencePhase) -> Vec<Cell> {
    let failed = phase.availability.map_or_else(not_measured, |availability| words::share(1.0 - availability));
    let seconds = phase.length.as_secs_f64();
    let rate =
        if seconds > 0.0 { words::count((phase.requests as f64 / seconds).round() as u64) } else { not_measured() };
    vec![
        Cell::Name(facts.population(population).into_owned()),
        Cell::Foreign(served(facts, population, phase)),
        Cell::Number(failed),
        Cell::Number(rate),
    ]
}

/// The regions that answered, the one with the largest share first, and the home even where it answered nothing.
fn served(facts: &Facts<'_>, population: usize, phase: &ExperiencePhase) -> String {
    let home = facts.home(population);
    if phase.ok == 0 {
        return "nobody: nothing succeeded".to_owned();
    }
    let mut served: Vec<_> = phase.served_by.iter().map(|served| (served.region, served.share)).collect();
    if home.is_some() && served.iter().all(|(region, _)| *region != home) {
        served.push((home, 0.0));
    }
    let one = |(region, share): (Option<usize>, f64)| {
        let mark = if region.is_some() && region == home { " (home)" } else { "" };
        format!("{}{mark} {}", facts.region(region), words::share(share))
    };
    let all: Vec<_> = served.into_iter().map(one).collect();
    together::bound(&all.join(", "))
}
