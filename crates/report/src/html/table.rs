//! Tables: every one has a caption, titles with a scope, and room to scroll sideways on a phone.
//!
//! Of twenty populations eighteen often say the same. On a screen they all have their rows; paper has one row for those that are calm,
//! with what they have in common, so that nobody turns pages of `100 %` to find the one that is none.

use super::{
    evidence,
    markup::{Attribute, Markup},
};
use crate::facts::PopulationState;
use std::collections::BTreeSet;
use verdict::Verdict;

/// Names up to this many letters stay on one line.
const WHOLE_NAME_MAX: usize = 24;
/// Longer words are broken wherever it takes.
const WORD_MAX: usize = 24;
/// So many calm rows are printed each by itself; of more than that none is.
const CALM_PRINTED_MAX: usize = 3;
/// As many columns of a matrix, besides the names of its rows, fit on paper.
const MATRIX_COLUMNS_MAX: usize = 8;

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
    /// What all calm rows have in common.
    calm: String,
    /// Which rows are calm.
    calm_rows: BTreeSet<usize>,
}

impl Table {
    /// A table without rows. A title that begins with `>` stands over numbers and is flush right.
    pub(super) fn new(caption: impl Into<String>, titles: &[&str]) -> Self {
        let titles = titles.iter().map(|title| title.strip_prefix('>').map_or((*title, false), |title| (title, true)));
        let titles = titles.map(|(title, is_number)| (title.to_owned(), is_number)).collect();
        Self {
            caption: caption.into(),
            class: "",
            titles,
            rows: Vec::new(),
            calm: String::new(),
            calm_rows: BTreeSet::new(),
        }
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

    /// Says what rows have in common that are calm: "nothing failed".
    pub(super) fn calm(self, calm: impl Into<String>) -> Self {
        Self { calm: calm.into(), ..self }
    }

    /// Adds a row that is one of the calm ones, or is not.
    pub(super) fn row_of(&mut self, is_calm: bool, cells: Vec<Cell>) {
        if is_calm {
            self.calm_rows.insert(self.rows.len());
        }
        self.row(cells);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// For paper: the rows that are not printed, as one.
    fn write_calm(&self, markup: &mut Markup) {
        if !self.is_shortened() {
            return;
        }
        let names = self.calm_rows.iter().map(|row| self.rows[*row].iter().find_map(Cell::name));
        let count = names.collect::<BTreeSet<_>>().len();
        let who = if self.calm_rows.len() < self.rows.len() { "others" } else { "in all" };
        let columns = self.titles.len().to_string();
        markup.element("tr", &[("class", "printed")], |markup| {
            markup.prose("td", &[("colspan", &columns)], &format!("{count} {who}: {}", self.calm));
        });
    }

    fn is_shortened(&self) -> bool {
        self.calm_rows.len() > CALM_PRINTED_MAX
    }

    pub(super) fn write(&self, markup: &mut Markup) {
        let scroll =
            [("class", "scroll"), ("role", "region"), ("aria-label", self.caption.as_str()), ("tabindex", "0")];
        markup.element("div", &scroll, |markup| {
            markup.element("table", &[("class", self.class)], |markup| {
                markup.leaf("caption", &[], &self.caption);
                markup.element("thead", &[], |markup| markup.element("tr", &[], |markup| self.titles(markup)));
                markup.element("tbody", &[], |markup| {
                    for (index, row) in self.rows.iter().enumerate() {
                        let is_calm = self.is_shortened() && self.calm_rows.contains(&index);
                        let class = [("class", if is_calm { "calm" } else { "" })];
                        markup.element("tr", &class, |markup| row.iter().for_each(|cell| write_cell(markup, cell)));
                    }
                    self.write_calm(markup);
                });
            });
        });
    }

    /// Writes a matrix, whose columns are as many as there are regions: in parts where they don't fit side by side on paper.
    pub(super) fn write_matrix(&self, markup: &mut Markup) {
        self.parts().iter().for_each(|part| part.write(markup));
    }

    /// Tables of the same rows that have all columns together, each about as many.
    fn parts(&self) -> Vec<Self> {
        let columns = self.titles.len() - 1;
        let count = columns.div_ceil(MATRIX_COLUMNS_MAX).max(1);
        let each = columns.div_ceil(count).max(1);
        let part = |index: usize| {
            let chosen = 1 + index * each..(1 + (index + 1) * each).min(self.titles.len());
            let caption = if count == 1 {
                self.caption.clone()
            } else {
                format!("{} (columns {} to {} of {columns})", self.caption, chosen.start, chosen.end - 1)
            };
            let rows = self.rows.iter().map(|row| [&row[..1], &row[chosen.clone()]].concat());
            let titles = [&self.titles[..1], &self.titles[chosen.clone()]].concat();
            Self { class: "matrix", titles, rows: rows.collect(), ..Self::new(caption, &[]) }
        };
        (0..count).map(part).collect()
    }

    fn titles(&self, markup: &mut Markup) {
        for (title, is_number) in &self.titles {
            let class = if *is_number { "number" } else { "" };
            markup.prose("th", &[("scope", "col"), ("class", class)], title);
        }
    }
}

impl Cell {
    /// What names a row.
    fn name(&self) -> Option<&str> {
        match self {
            Self::Name(text) | Self::Link { text, .. } | Self::Anchor { text, .. } => Some(text),
            _ => None,
        }
    }
}

fn write_cell(markup: &mut Markup, cell: &Cell) {
    match cell {
        Cell::Whole(text) => markup.leaf("td", &[("class", "whole")], text),
        Cell::Foreign(text) => markup.leaf("td", &[("class", breaking(text))], text),
        Cell::Measure(text) => markup.prose("td", &[], text),
        Cell::Number(text) => markup.prose("td", &[("class", "number")], text),
        Cell::Name(text) => {
            markup.leaf("th", &[("scope", "row"), ("class", name_class(text))], text);
        }
        Cell::Link { text, anchor } => {
            markup.element("th", &[("scope", "row"), ("class", name_class(text))], |markup| {
                markup.link(anchor, evidence::section(anchor), text);
            });
        }
        Cell::Evidence { text, anchor } => {
            markup.element("td", &[("class", "whole")], |markup| {
                markup.link(anchor, evidence::section(anchor), text);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_paper_many_calm_rows_are_one_line_and_none_is_lost_on_the_screen() {
        let written = |calm: usize| {
            let mut table = Table::new("Shares", &["Population", ">Share"]).calm("100 % throughout");
            table.row_of(false, vec![Cell::Name("europe".to_owned()), Cell::Number("95 %".to_owned())]);
            for row in 0..calm {
                // Two rows of one population.
                table.row_of(true, vec![Cell::Name(format!("p{}", row / 2)), Cell::Number("100 %".to_owned())]);
            }
            let mut markup = Markup::new();
            table.write(&mut markup);
            markup.into_text()
        };
        let long = written(8);
        assert_eq!((long.matches("<tr class=\"calm\">").count(), long.matches("<tr").count()), (8, 11), "{long}");
        let merged = "<tr class=\"printed\"><td colspan=\"2\">4 others: 100\u{a0}% throughout</td></tr>";
        assert!(long.contains(merged), "{long}");
        let short = written(CALM_PRINTED_MAX);
        assert!(!short.contains("calm") && !short.contains("printed"), "{short}");
    }

    #[test]
    fn a_matrix_in_parts_has_each_column_once_beside_its_rows_name() {
        for regions in [1, 3, 8, 9, 20, 41] {
            let titles: Vec<String> = (0..=regions).map(|column| format!(">{column}")).collect();
            let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
            let mut table = Table::new("Paths", &titles);
            table.row((0..=regions).map(|column| Cell::Number(column.to_string())).collect());
            let parts = table.parts();
            let columns: Vec<String> =
                parts.iter().flat_map(|part| part.titles[1..].iter().map(|(title, _)| title.clone())).collect();
            assert_eq!(columns, (1..=regions).map(|column| column.to_string()).collect::<Vec<_>>());
            for part in &parts {
                assert!(part.titles.len() <= 1 + MATRIX_COLUMNS_MAX && part.titles[0].0 == "0", "{part:?}");
                let cells: Vec<&str> =
                    part.rows[0].iter().map(|cell| if let Cell::Number(text) = cell { text } else { "" }).collect();
                assert!(part.titles.iter().map(|(title, _)| title.as_str()).eq(cells), "{part:?}");
            }
        }
    }
}
