//! Arrivals of each population per second, since the last time they were sent.

use record::{ArrivalCounts, Entry};

/// What became of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The plan wanted it. One of the others follows.
    Intended,
    Started,
    Dropped,
    Unsent,
}

/// Rows of (second, population). There are few at a time, and the latest are asked for: a list searched from its end.
#[derive(Debug, Default)]
pub(super) struct ArrivalTable {
    rows: Vec<ArrivalCounts>,
}

impl ArrivalTable {
    pub(super) fn count(&mut self, second: u64, population: usize, thread: usize, fate: Fate) {
        let row = self.row(second, population, thread);
        *match fate {
            Fate::Intended => &mut row.intended,
            Fate::Started => &mut row.started,
            Fate::Dropped => &mut row.dropped,
            Fate::Unsent => &mut row.unsent,
        } += 1;
    }

    pub(super) fn row(&mut self, second: u64, population: usize, thread: usize) -> &mut ArrivalCounts {
        let found = self.rows.iter().rposition(|row| row.second == second && row.population == population);
        let index = found.unwrap_or_else(|| {
            self.rows.push(ArrivalCounts { second, population, thread, ..ArrivalCounts::default() });
            self.rows.len() - 1
        });
        &mut self.rows[index]
    }

    /// Gives away all rows; what `send` gives back stays.
    pub(super) fn drain(&mut self, mut send: impl FnMut(Entry) -> Option<Entry>) {
        let rows = std::mem::take(&mut self.rows);
        self.rows.extend(rows.into_iter().filter_map(|row| match send(Entry::Arrivals(row)) {
            Some(Entry::Arrivals(row)) => Some(row),
            _ => None,
        }));
    }
}
