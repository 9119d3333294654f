//! What ran, and where: enough to know the run again and to repeat it, and what in it is emulated and not real.

use super::{
    markup::Markup,
    table::{Cell, Table, folded},
};
use crate::facts::Facts;
use units::RunTime;
use verdict::{
    findings::{NoteKind, PathText, PopulationPlace},
    words,
};

/// Of more regions or populations than these the lists, which are those of the plan, are folded away and not printed.
const SHOWN: usize = 8;

pub(super) fn write(facts: &Facts<'_>, markup: &mut Markup) {
    identity(facts, markup);
    notes(facts, markup);
    let run = &facts.findings.run;
    let (populated, placed) = (run.populations.len(), run.regions.len());
    if populated > 0 {
        let what = format!("The {}: who uses the service, from where", words::counted(populated as u64, "population"));
        shown_or_folded(populated <= SHOWN, &what, markup, |markup| populations(facts).write(markup));
    }
    if run.populations.iter().any(|population| !population.paths.is_empty()) {
        let what = "Round trips between populations and regions";
        shown_or_folded(populated.max(placed) <= SHOWN, what, markup, |markup| paths(facts).write_matrix(markup));
        folded(markup, "Where each path comes from", |markup| path_bases(facts).write(markup));
    } else {
        markup.leaf("p", &[], "Paths between users and regions are not emulated.");
    }
    if placed > 0 {
        let what = format!("The {}: where the service runs", words::counted(placed as u64, "region"));
        shown_or_folded(placed <= SHOWN, &what, markup, |markup| regions(facts).write(markup));
    }
}

fn shown_or_folded(is_shown: bool, what: &str, markup: &mut Markup, list: impl FnOnce(&mut Markup)) {
    if is_shown {
        list(markup);
    } else {
        folded(markup, what, list);
    }
}

fn identity(facts: &Facts<'_>, markup: &mut Markup) {
    let run = &facts.findings.run;
    let plan = &run.plan;
    let at = |at: Option<_>| at.map_or_else(|| "never".to_owned(), |at| facts.clock.time_of_day(at));
    let faults = if plan.faults.is_empty() { "none".to_owned() } else { plan.faults.join("; ") };
    let started = if facts.clock.is_known() {
        facts.clock.stamp(RunTime::START)
    } else {
        "unknown: the manifest is damaged".to_owned()
    };
    let entries = [
        ("Run", run.name.clone()),
        ("Started", started),
        ("Length", words::duration(run.length.0)),
        ("Load began, ended", format!("{}, {}", at(run.load_started), at(run.load_ended))),
        ("Target", format!("{} ({})", run.target, run.target_kind)),
        ("Load", plan.load.clone()),
        ("Load model", plan.load_model.clone()),
        (
            "Planned length",
            format!("{}, of it {} warm-up", words::duration(plan.load_duration.0), words::duration(plan.warm_up.0)),
        ),
        ("Faults", faults),
        ("Failure rule", plan.failed_means.clone()),
        ("Seed", run.seed.clone()),
        ("Plan, SHA-256", run.plan_sha256.clone()),
        ("Host", run.host.clone().unwrap_or_else(|| "not recorded".to_owned())),
        (
            "Recorded by",
            run.recorded_by
                .clone()
                .map_or_else(|| "unknown: the manifest is damaged".to_owned(), |version| format!("Landfall {version}")),
        ),
        ("Judged by", format!("Landfall {}", run.judged_by)),
    ];
    markup.element("dl", &[("class", "facts")], |markup| {
        for (name, text) in entries {
            markup.leaf("dt", &[], name);
            markup.leaf("dd", &[], &text);
        }
    });
}

fn notes(facts: &Facts<'_>, markup: &mut Markup) {
    if facts.findings.notes.is_empty() {
        return;
    }
    markup.leaf("h3", &[], "To read the numbers right");
    markup.element("ul", &[("class", "why")], |markup| {
        for note in &facts.findings.notes {
            let kind = match note.kind {
                NoteKind::Warning => "Warning",
                NoteKind::Emulated => "Emulated",
                NoteKind::NotMeasured => "Not measured",
                NoteKind::Definition => "Definition",
            };
            markup.leaf("li", &[], &format!("{kind}: {}", note.text));
        }
    });
}

fn populations(facts: &Facts<'_>) -> Table {
    let titles = ["Population", "Origin", ">Share of the load", "Access", "Home", ">Latitude", ">Longitude"];
    let mut table = Table::new("Populations: who uses the service, from where", &titles);
    for (index, population) in facts.findings.run.populations.iter().enumerate() {
        let home = facts.home(index).map_or_else(
            || "none: no success in the baseline".to_owned(),
            |home| facts.region(Some(home)).into_owned(),
        );
        table.row(vec![
            Cell::Name(population.name.clone()),
            Cell::Foreign(population.origin.clone()),
            Cell::Number(words::share(population.share)),
            Cell::Foreign(population.access.clone()),
            Cell::Foreign(home),
            Cell::Number(format!("{:.1}°", population.latitude)),
            Cell::Number(format!("{:.1}°", population.longitude)),
        ]);
    }
    table
}

/// Round trips, a region per column; a letter says where the number comes from.
fn paths(facts: &Facts<'_>) -> Table {
    let regions = &facts.findings.run.regions;
    let titles: Vec<String> = regions.iter().map(|region| format!(">{}", region.name)).collect();
    let mut all = vec!["Population"];
    all.extend(titles.iter().map(String::as_str));
    let caption = "Round trip without load, access included. m measured · e estimated from zone or distance · c chosen in the plan";
    let mut table = Table::new(caption, &all);
    for population in &facts.findings.run.populations {
        let mut cells = vec![Cell::Name(population.name.clone())];
        cells.extend((0..regions.len()).map(|region| Cell::Number(path_text(population, region))));
        table.row(cells);
    }
    table
}

fn path_text(population: &PopulationPlace, region: usize) -> String {
    let letter = |path: &PathText| match path.basis.as_str() {
        "measured" => "m",
        "zone-stretch" | "line" => "e",
        "chosen" => "c",
        _ => "?",
    };
    let text = |path: &PathText| format!("{} {}", words::duration(path.round_trip.0), letter(path));
    population.paths.get(region).map_or_else(|| "not emulated".to_owned(), text)
}

fn path_bases(facts: &Facts<'_>) -> Table {
    let mut table =
        Table::new("Paths and their basis", &["Population", "Region", ">Round trip", ">Slow movement", "Basis"]);
    for population in &facts.findings.run.populations {
        for (region, path) in population.paths.iter().enumerate() {
            table.row(vec![
                Cell::Name(population.name.clone()),
                Cell::Foreign(facts.region(Some(region)).into_owned()),
                Cell::Number(words::duration(path.round_trip.0)),
                Cell::Number(format!("+{}", words::duration(path.jitter.0))),
                Cell::Foreign(path.basis_text.clone()),
            ]);
        }
    }
    table
}

fn regions(facts: &Facts<'_>) -> Table {
    let titles = ["Region", "Place", "A fault is aimed at it", ">Latitude", ">Longitude"];
    let mut table = Table::new("Regions: where the service runs", &titles);
    for region in &facts.findings.run.regions {
        table.row(vec![
            Cell::Name(region.name.clone()),
            Cell::Foreign(region.place.clone()),
            Cell::Whole(if region.is_target { "yes" } else { "no" }.to_owned()),
            Cell::Number(format!("{:.1}°", region.latitude)),
            Cell::Number(format!("{:.1}°", region.longitude)),
        ]);
    }
    table
}
