//! Tables: every one has a caption, titles with a scope, and room to scroll sideways on a phone.

use super::markup::{Attribute, Markup};
use crate::facts::PopulationState;
use verdict::Verdict;

/// Names up to this many letters stay on one line.
const WHOLE_NAME_MAX: usize = 24;
/// Longer words are broken wherever it takes.
const WORD_MAX: usize = 24;

/// A cell.
#[derive(Debug, Clone)]
pub(super) enum Cell {
    /// Short text of ours that stays on one line.
    Whole(String),
    /// Text that may be of any length, and from the tested system.
    Foreign(String),
    /// What was measured or allowed, in words of ours: numbers keep their units.
    Measure(String),
    /// A number, flush right.
    Number(String),
    /// What names the row.
    Name(String),
    /// What names the row and has its evidence at an anchor of this page.
    Link { text: String, anchor: String },
    /// Short text of ours that leads to the evidence at an anchor of this page.
    Evidence { text: String, anchor: String },
    /// What names the row, and is itself an anchor.
    Anchor { text: String, id: String },
    /// How something ended.
    Ended(Verdict),
    /// How a population fared.
    State(PopulationState),
}

/// Rows under titles.
#[derive(Debug)]
pub(super) struct Table {
    caption: String,
    class: &'static str,
    titles: Vec<(String, bool)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows. A title that begins with `>` stands over numbers and is flush right.
    pub(super) fn new(caption: impl Into<String>, titles: &[&str]) -> Self {
        let titles = titles.iter().map(|title| title.strip_prefix('>').map_or((*title, false), |title| (title, true)));
        let titles = titles.map(|(title, is_number)| (title.to_owned(), is_number)).collect();
        Self { caption: caption.into(), class: "", titles, rows: Vec::new() }
    }

    /// With a class of its own.
    pub(super) fn class(self, class: &'static str) -> Self {
        Self { class, ..self }
    }

    /// Adds a row: one cell per title.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.titles.len(), "a row of {:?} has one cell per title", self.caption);
        self.rows.push(cells);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn write(&self, markup: &mut Markup) {
        let scroll =
            [("class", "scroll"), ("role", "region"), ("aria-label", self.caption.as_str()), ("tabindex", "0")];
        markup.element("div", &scroll, |markup| {
            markup.element("table", &[("class", self.class)], |markup| {
                markup.leaf("caption", &[], &self.caption);
                markup.element("thead", &[], |markup| markup.element("tr", &[], |markup| self.titles(markup)));
                markup.element("tbody", &[], |markup| {
                    for row in &self.rows {
                        markup.element("tr", &[], |markup| row.iter().for_each(|cell| write_cell(markup, cell)));
                    }
                });
            });
        });
    }

    fn titles(&self, markup: &mut Markup) {
        for (title, is_number) in &self.titles {
            let class = if *is_number { "number" } else { "" };
            markup.leaf("th", &[("scope", "col"), ("class", class)], title);
        }
    }
}

fn write_cell(markup: &mut Markup, cell: &Cell) {
    match cell {
        Cell::Whole(text) => markup.leaf("td", &[("class", "whole")], text),
        Cell::Foreign(text) => markup.leaf("td", &[("class", breaking(text))], text),
        Cell::Measure(text) => markup.prose("td", &[], text),
        Cell::Number(text) => markup.leaf("td", &[("class", "number")], text),
        Cell::Name(text) => {
            markup.leaf("th", &[("scope", "row"), ("class", name_class(text))], text);
        }
        Cell::Link { text, anchor } => {
            markup.element("th", &[("scope", "row"), ("class", name_class(text))], |markup| {
                markup.leaf("a", &[("href", &format!("#{anchor}"))], text);
            });
        }
        Cell::Evidence { text, anchor } => {
            markup.element("td", &[("class", "whole")], |markup| {
                markup.leaf("a", &[("href", &format!("#{anchor}"))], text);
            });
        }
        Cell::Anchor { text, id } => {
            markup.leaf("th", &[("scope", "row"), ("class", name_class(text)), ("id", id)], text);
        }
        Cell::Ended(verdict) => {
            let (class, text) = ending(*verdict);
            markup.leaf("td", &[("class", class)], text);
        }
        Cell::State(state) => {
            let text = format!("{} {}", state.glyph(), state.word());
            markup.leaf("td", &[("class", state_class(*state))], &text);
        }
    }
}

fn name_class(text: &str) -> &'static str {
    if text.chars().count() <= WHOLE_NAME_MAX { "whole" } else { breaking(text) }
}

/// Where a text may be broken: between words, but anywhere in one that has no end.
fn breaking(text: &str) -> &'static str {
    let has_endless_word = text.split([' ', '-']).any(|word| word.chars().count() > WORD_MAX);
    if has_endless_word { "endless" } else { "" }
}

/// A mark never stands without its word.
fn ending(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Pass => ("mark pass", "✓ pass"),
        Verdict::Inconclusive => ("mark inconclusive", "? inconclusive"),
        Verdict::Fail => ("mark fail", "✕ FAIL"),
    }
}

pub(super) fn state_class(state: PopulationState) -> &'static str {
    match state {
        PopulationState::Down => "mark down",
        PopulationState::Degraded => "mark degraded",
        PopulationState::NoData | PopulationState::Undecided => "mark no-data",
        PopulationState::Rerouted => "mark rerouted",
        PopulationState::Fine => "mark fine",
    }
}

/// A list that is folded away, with what it holds in its head line.
pub(super) fn folded(markup: &mut Markup, summary: &str, inside: impl FnOnce(&mut Markup)) {
    folded_as(markup, &[], summary, inside);
}

/// The same as an anchor.
pub(super) fn folded_at(markup: &mut Markup, id: &str, summary: &str, inside: impl FnOnce(&mut Markup)) {
    folded_as(markup, &[("id", id)], summary, inside);
}

fn folded_as(markup: &mut Markup, attributes: &[Attribute<'_>], summary: &str, inside: impl FnOnce(&mut Markup)) {
    markup.element("details", attributes, |markup| {
        markup.leaf("summary", &[], summary);
        inside(markup);
    });
}
