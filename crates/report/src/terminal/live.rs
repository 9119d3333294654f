//! The live block: a head line, the sentence, and a row per population.
//!
//! ```text
//! -------------------------------------------------------------------------------
//! gameday-eu-kill  T+30:11  FAULT 0:11 of 15:00    42.0k/s   gens 20/20 ok
//! X eu-west-1 users DOWN 11.2 s; 41 % served elsewhere, 59 % failing
//!   population      state     failed     p99  elsewhere  last 60 s
//! X eu-west-1       down        59 %  291 ms       41 %  ......XXXXXX::
//!   18 more         fine    < 0.01 %  289 ms        0 %  ..............
//! ```
//!
//! More than ten populations, or a terminal too low for all of them: only those that are not fine are listed, and the
//! others share a row. On request as many are listed as there is room for, or the latency of one is drawn in their place.

use super::{
    LiveView, Style, heat_map, letters,
    line::Line,
    style::Role,
    table::{Cell, Column, Table},
};
use crate::number;
use std::time::Duration;
use verdict::{
    live::{PopulationNow, State, Window},
    words,
};

/// The most populations that are listed one by one.
const LISTED_MAX: usize = 10;
/// Seconds in the history strip.
const HISTORY_SECONDS: usize = 60;
/// Letters in the history strip: each stands for the worst of up to four seconds.
const STRIP_WIDTH: usize = 15;
/// Letters in the sparkline: each stands for the slowest of up to six seconds.
const SPARK_WIDTH: usize = 10;
const SPARK: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The block's lines, none wider than the style's columns, and fewer than its rows.
#[must_use]
pub fn live(view: &LiveView, style: &Style) -> Vec<String> {
    let rule = Line::new().with(Role::Quiet, &"-".repeat(style.columns() - 1)).render(style);
    let mut lines = vec![rule.clone(), head(view, style)];
    lines.extend(letters::fold(&letters::clean(&view.now.sentence, style), style.columns(), 2, style));
    if !view.now.is_trusted {
        lines.extend(letters::fold(&letters::clean(&view.now.second_line, style), style.columns(), 2, style));
    }
    let hint = hint(&view.hint, style);
    // The cursor stands on a line of its own below the block, and the titles take one.
    let used = lines.len() + 3 + hint.len();
    let room = style.rows().saturating_sub(used).max(1);
    match &view.map {
        // The titles of the rows have no line of their own then.
        Some(map) if room + 1 >= heat_map::LINES => lines.extend(heat_map::heat_map(map, style)),
        Some(_) => {
            let lacking = heat_map::LINES - room - 1;
            let text = format!(
                "the latency map needs {lacking} more {} of the terminal",
                if lacking == 1 { "row" } else { "rows" }
            );
            lines.push(Line::new().with(Role::Quiet, &text).render(style));
        }
        None => lines.extend(populations(view, room, style)),
    }
    lines.push(rule);
    lines.extend(hint);
    lines
}

/// What the keys do: on one line where it fits, else on two.
fn hint(hint: &str, style: &Style) -> Vec<String> {
    let hint = letters::clean(hint, style);
    let lines = match letters::width(&hint) {
        0 => return Vec::new(),
        width if width <= style.columns() => vec![hint],
        _ => letters::fold(&hint, style.columns(), 2, style),
    };
    lines.iter().map(|line| Line::new().with(Role::Quiet, line).render(style)).collect()
}

fn head(view: &LiveView, style: &Style) -> String {
    let now = &view.now;
    let seconds = now.elapsed.as_secs();
    let trusted = now.generators.iter().filter(|one| one.distrust.is_empty()).count();
    let word = if trusted == now.generators.len() { "ok" } else { "TRUSTED" };
    let rest = [
        format!("T+{}:{:02}", seconds / 60, seconds % 60),
        now.phase_text.clone(),
        number::rate(now.rate),
        if now.generators.is_empty() {
            String::new()
        } else {
            format!("gens {trusted}/{} {word}", now.generators.len())
        },
    ];
    let rest: String = rest.iter().filter(|part| !part.is_empty()).map(|part| format!("  {part}")).collect();
    let rest = letters::clean(&rest, style);
    let room = style.columns().saturating_sub(letters::width(&rest)).max(8);
    let name = letters::fit_middle(&letters::clean(&view.name, style), room, style);
    Line::new().with(Role::Strong, &name).with(Role::Plain, &rest).render(style)
}

/// A population with its seconds.
type Drawn<'a> = (&'a PopulationNow, &'a [(State, Option<Duration>)]);

fn populations(view: &LiveView, rows_max: usize, style: &Style) -> Vec<String> {
    let history = view.history.iter().map(Vec::as_slice).chain(std::iter::repeat(&[][..]));
    let all: Vec<Drawn<'_>> = view.now.populations.iter().zip(history).collect();
    let listed_max = if view.lists_all { usize::MAX } else { LISTED_MAX };
    let lists_all = all.len() <= listed_max && all.len() <= rows_max;
    let (mut listed, mut others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(one, _)| view.lists_all || lists_all || one.state > State::Rerouted);
    listed.sort_by_key(|(one, _)| std::cmp::Reverse(one.state));
    // A row is kept for the others.
    let room = if lists_all { rows_max } else { rows_max.saturating_sub(1).min(listed_max) };
    if listed.len() > room {
        others.extend(listed.split_off(room));
    }
    let mut table = titled();
    for drawn in &listed {
        table.row(row(&drawn.0.name, &drawn.0.window, drawn.0.state, &strips(&[*drawn])));
    }
    if !others.is_empty() {
        table.row(rest_row(&others, !listed.is_empty()));
    }
    table.render(style)
}

fn titled() -> Table {
    let columns = vec![
        Column::whole(),
        Column::name(8),
        Column::whole(),
        Column::whole().right(),
        Column::whole().right(),
        Column::whole().right().shed(1),
        Column::whole().shed(2),
        Column::whole().shed(3),
    ];
    let mut table = Table::new(0, columns);
    let titles = ["", "population", "state", "failed", "p99", "elsewhere", "last 60 s", "p99, 60 s"];
    table.row(titles.map(|title| (Role::Quiet, title.to_owned())).to_vec());
    table
}

fn row(name: &str, window: &Window, state: State, strips: &(String, String)) -> Vec<Cell> {
    let role = role_of(state);
    let share = |share: Option<f64>| share.map_or_else(|| "none".to_owned(), words::share);
    let is_silent = state == State::NoData;
    let known = |text: String| if is_silent { "?".to_owned() } else { text };
    vec![
        (role, state.glyph().to_string()),
        (Role::Plain, name.to_owned()),
        (role, state.word().to_owned()),
        (Role::Plain, known(share(window.failed_share()))),
        (Role::Plain, known(window.p99.map_or_else(|| "few".to_owned(), words::duration))),
        (Role::Plain, known(share(window.elsewhere_share()))),
        (Role::Plain, strips.0.clone()),
        // Where no second had enough requests for a p99, a blank would say nothing.
        (Role::Plain, if strips.1.trim().is_empty() { known("few".to_owned()) } else { strips.1.clone() }),
    ]
}

/// All that are not listed: their counts added up, the slowest p99, the worst state.
fn rest_row(others: &[Drawn<'_>], has_listed: bool) -> Vec<Cell> {
    let mut window = Window::default();
    let mut worst = State::Fine;
    for (population, _) in others {
        window.ok_home += population.window.ok_home;
        window.ok_elsewhere += population.window.ok_elsewhere;
        window.failed += population.window.failed;
        window.p99 = window.p99.max(population.window.p99);
        worst = worst.max(population.state);
    }
    let name = if has_listed { format!("{} more", others.len()) } else { format!("{} populations", others.len()) };
    row(&name, &window, worst, &strips(others))
}

/// The history strip and the sparkline of some populations together: the worst and the slowest of each moment.
fn strips(populations: &[Drawn<'_>]) -> (String, String) {
    let seconds = populations.iter().map(|(_, history)| history.len().min(HISTORY_SECONDS)).max().unwrap_or(0);
    let at = |back: usize| {
        let of = move |(_, history): &Drawn<'_>| {
            history.len().checked_sub(back).and_then(|index| history.get(index)).copied()
        };
        populations.iter().filter_map(of)
    };
    let state_at = |back: usize| at(back).map(|(state, _)| state).max();
    let strip = cells(seconds, STRIP_WIDTH).map(|cell| cell.filter_map(state_at).max().map_or(' ', letter)).collect();
    let p99_at = |back: usize| at(back).filter_map(|(_, p99)| p99).max();
    let values: Vec<Option<Duration>> = cells(seconds, SPARK_WIDTH).map(|cell| cell.filter_map(p99_at).max()).collect();
    (strip, sparkline(&values))
}

/// One second or more of a state in the history strip. ASCII on every terminal: the strip is read by its shape.
fn letter(state: State) -> char {
    match state {
        State::Fine => '.',
        State::Rerouted => ':',
        State::Degraded => '^',
        State::NotTrusted => '?',
        State::NoData => 'o',
        State::Down => 'X',
    }
}

/// Divides the last `seconds` into cells of equal length, oldest first; each gives its seconds, counted back from now.
fn cells(seconds: usize, width: usize) -> impl Iterator<Item = std::ops::RangeInclusive<usize>> {
    let length = HISTORY_SECONDS / width;
    let count = seconds.div_ceil(length);
    (0..count).rev().map(move |cell| cell * length + 1..=(cell + 1) * length)
}

/// Heights against the largest value; a blank where nothing is known.
fn sparkline(values: &[Option<Duration>]) -> String {
    let largest = values.iter().flatten().max().map_or(0.0, Duration::as_secs_f64);
    let level = |value: &Duration| {
        let part = if largest > 0.0 { value.as_secs_f64() / largest } else { 0.0 };
        SPARK[((part * 8.0) as usize).min(7)]
    };
    values.iter().map(|value| value.as_ref().map_or(' ', level)).collect()
}

fn role_of(state: State) -> Role {
    match state {
        State::Fine => Role::Plain,
        State::Rerouted => Role::React,
        State::Degraded | State::NotTrusted | State::NoData => Role::Warn,
        State::Down => Role::Harm,
    }
}
