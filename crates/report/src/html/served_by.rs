//! Who was served by whom: a population per row, a region per column, the home marked.

use super::{
    markup::Markup,
    populations::{not_measured, phase_name},
    table::{Cell, Table, folded},
};
use crate::facts::Facts;
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
    table.write_matrix(markup);
    for phase in [PhaseName::Baseline, PhaseName::After] {
        let table = phase_table(facts, phase);
        if !table.is_empty() {
            folded(markup, &format!("The same in the phase “{}”", phase_name(phase)), |markup| {
                table.write_matrix(markup);
            });
        }
    }
}

fn phase_table(facts: &Facts<'_>, name: PhaseName) -> Table {
    let regions = &facts.findings.run.regions;
    let titles: Vec<String> = regions.iter().map(|region| format!(">{}", region.name)).collect();
    let mut all = vec!["Population"];
    all.extend(titles.iter().map(String::as_str));
    all.extend([">Unknown", ">Failed", ">Requests/s"]);
    let caption = match name {
        PhaseName::Fault => {
            "Share of successes by the region that answered, while faults were in effect; (home) marks the home"
        }
        _ => "Share of successes by the region that answered; (home) marks the home",
    };
    let mut table = Table::new(caption, &all).calm("served by their homes alone, and nothing failed");
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
    let home = facts.home(population);
    let served = |region: Option<usize>| {
        let share: f64 =
            phase.served_by.iter().filter(|served| served.region == region).map(|served| served.share).sum();
        if phase.ok == 0 {
            return "none".to_owned();
        }
        let mark = if region.is_some() && region == home { " (home)" } else { "" };
        format!("{}{mark}", words::share(share))
    };
    let mut cells = vec![Cell::Name(facts.population(population).into_owned())];
    cells.extend((0..facts.findings.run.regions.len()).map(|region| Cell::Number(served(Some(region)))));
    cells.push(Cell::Number(served(None)));
    let failed = phase.availability.map_or_else(not_measured, |availability| words::share(1.0 - availability));
    let seconds = phase.length.as_secs_f64();
    let rate =
        if seconds > 0.0 { words::count((phase.requests as f64 / seconds).round() as u64) } else { not_measured() };
    cells.extend([Cell::Number(failed), Cell::Number(rate)]);
    cells
}
