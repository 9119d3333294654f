//! `feeds`: rows of data from CSV files or from the plan itself.

use super::Resolver;
use crate::{
    check::names,
    mistakes::{Code, Mistake, Span},
    read::{
        Spanned,
        collections::{List, Mapping},
        values::NameText,
    },
    resolved::DataFeed,
    source::NamedFile,
    text::PlanText,
};

/// Larger files are refused: the rows become part of the recording.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Longer feeds are refused.
const ROWS_MAX: usize = 100_000;

/// The feeds as far as they are known.
pub(crate) struct Feeds {
    /// The name of each feed with its rows; `None` when these can't be had.
    feeds: Vec<(String, Option<DataFeed>)>,
    /// All were readable: a name that isn't among them is surely wrong.
    complete: bool,
}

impl Feeds {
    /// For the resolved plan.
    pub(super) fn into_resolved(self) -> Option<Vec<DataFeed>> {
        self.feeds.into_iter().map(|(_, feed)| feed).collect()
    }

    /// The names of all feeds.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.feeds.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// Whether [`Self::names`] are all there are.
    pub(crate) fn complete(&self) -> bool {
        self.complete
    }

    /// The columns of the feed with that name, where they are known.
    pub(crate) fn columns(&self, name: &str) -> Option<&[String]> {
        let (_, feed) = self.feeds.iter().find(|(known, _)| known == name)?;
        feed.as_ref().map(|feed| feed.columns.as_slice())
    }
}

impl Resolver<'_, '_> {
    pub(super) fn feeds(&mut self, text: &PlanText) -> Feeds {
        let complete = !text.feeds.is_bad() && text.feeds.value().is_none_or(|feeds| feeds.complete);
        let mut feeds = Vec::new();
        for (name, feed) in text.feeds.value().iter().flat_map(|feeds| &feeds.entries) {
            let usable = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
            if !name.value.0.chars().all(usable) {
                let message = format!("no template can name the feed `{}`", name.value.0);
                self.add(Mistake::new(Code::Malformed, name.span, message).hint("letters, digits, - and _"));
            }
            let table = match (feed.value.file.written(), feed.value.rows.written()) {
                (Some(file), None) => self.file(file),
                (None, Some(rows)) => self.rows(&rows.value),
                _ => None,
            };
            let table = table.map(|(columns, rows)| DataFeed { name: name.value.0.clone(), columns, rows });
            feeds.push((name.value.0.clone(), table));
        }
        Feeds { feeds, complete }
    }

    fn file(&mut self, file: &Spanned<String>) -> Option<Table> {
        let named = NamedFile::beside(self.mistakes.source(), &file.value);
        let read = named.read(FILE_BYTES_MAX).and_then(|text| read_csv(&text));
        read.map_err(|problem| {
            let message = format!("the data {:?} can't be used: {problem}", file.value);
            self.add(Mistake::new(Code::File, file.span, message).hint(named.looked_for()));
        })
        .ok()
    }

    fn rows(&mut self, rows: &List<Mapping<NameText, String>>) -> Option<Table> {
        let first = rows.items.first()?;
        let columns: Vec<String> = first.value.entries.iter().map(|(column, _)| column.value.0.clone()).collect();
        names::unique("column", first.value.entries.iter().map(|(column, _)| column), self.mistakes);
        let mut table = Vec::with_capacity(rows.items.len());
        for row in rows.items.iter().filter(|row| row.value.complete) {
            let cell = |column: &String| {
                let (_, value) = row.value.entries.iter().find(|(name, _)| name.value.0 == *column)?;
                Some(value.value.clone())
            };
            match columns.iter().map(cell).collect::<Option<Vec<_>>>() {
                Some(cells) if row.value.entries.len() == columns.len() => table.push(cells),
                _ => self.ragged(row.span, first.span, &columns),
            }
        }
        Some((columns, table))
    }

    fn ragged(&mut self, row: Span, first: Span, columns: &[String]) {
        let mistake = Mistake::new(Code::Conflict, row, "a row with other columns than the first");
        self.add(mistake.also(first, "the first").hint(format!("each row has these columns: {}", columns.join(", "))));
    }
}

type Table = (Vec<String>, Vec<Vec<String>>);

/// Reads CSV; the error says what is wrong with it, with its line.
fn read_csv(text: &str) -> Result<Table, String> {
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let columns: Vec<String> = reader.headers().map_err(|error| error.to_string())?.iter().map(str::to_owned).collect();
    if let Some((index, column)) = columns.iter().enumerate().find(|(index, name)| columns[..*index].contains(name)) {
        return Err(format!("two columns are called {column:?}, the second is number {}", index + 1));
    }
    if columns.iter().all(String::is_empty) {
        return Err("it is empty; the first line has the column names".to_owned());
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| match error.kind() {
            csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
                let line = pos.as_ref().map_or(0, csv::Position::line);
                format!("line {line} has {len} fields, the first line has {expected_len}")
            }
            _ => error.to_string(),
        })?;
        if rows.len() == ROWS_MAX {
            return Err(format!("it has more than {ROWS_MAX} rows"));
        }
        rows.push(record.iter().map(str::to_owned).collect());
    }
    if rows.is_empty() { Err("it has no rows below the column names".to_owned()) } else { Ok((columns, rows)) }
}
