//! Rows in columns that always fit: first the flexible columns shrink, then the least important ones are shed.

use super::{
    letters,
    line::Line,
    style::{Role, Style},
};

/// How a column behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    align: Align,
    overflow: Overflow,
    shed: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

/// What gives way when there is no room.
#[derive(Debug, Clone, Copy)]
enum Overflow {
    /// Nothing: a number that was cut is another number.
    Whole,
    /// The middle, down to that many columns.
    Middle(usize),
    /// The end, down to that many columns.
    End(usize),
}

/// A cell.
pub(crate) type Cell = (Role, String);

/// Rows in columns.
#[derive(Debug)]
pub(crate) struct Table {
    indent: usize,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Column {
    /// A number or a mark: never cut.
    pub(crate) fn whole() -> Self {
        Self { align: Align::Left, overflow: Overflow::Whole, shed: 0 }
    }

    /// A name: cut in the middle, down to `min` columns.
    pub(crate) fn name(min: usize) -> Self {
        Self { align: Align::Left, overflow: Overflow::Middle(min), shed: 0 }
    }

    /// Prose: cut at its end, down to `min` columns.
    pub(crate) fn prose(min: usize) -> Self {
        Self { align: Align::Left, overflow: Overflow::End(min), shed: 0 }
    }

    /// Flush right.
    pub(crate) fn right(self) -> Self {
        Self { align: Align::Right, ..self }
    }

    /// May be left out: the highest rank goes first; 0 never goes.
    pub(crate) fn shed(self, rank: u8) -> Self {
        Self { shed: rank, ..self }
    }

    fn width_min(self, natural: usize) -> usize {
        match self.overflow {
            Overflow::Whole => natural,
            Overflow::Middle(min) | Overflow::End(min) => natural.min(min),
        }
    }
}

impl Table {
    /// A table without rows; `indent` blanks stand before each.
    pub(crate) fn new(indent: usize, columns: Vec<Column>) -> Self {
        Self { indent, columns, rows: Vec::new() }
    }

    /// Adds a row: one cell per column, in order.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        assert_eq!(cells.len(), self.columns.len(), "a row has one cell per column");
        self.rows.push(cells);
    }

    /// Its lines, none wider than the style's columns.
    pub(crate) fn render(&self, style: &Style) -> Vec<String> {
        let rows: Vec<Vec<Cell>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(|(role, text)| (*role, letters::clean(text, style))).collect())
            .collect();
        let kept = self.layout(&rows, style);
        rows.iter().map(|row| self.line(row, &kept, style)).collect()
    }

    /// Which columns stay, with their widths.
    fn layout(&self, rows: &[Vec<Cell>], style: &Style) -> Vec<(usize, usize)> {
        let natural = |index: usize| rows.iter().map(|row| letters::width(&row[index].1)).max().unwrap_or(0);
        let mut kept: Vec<(usize, usize)> =
            (0..self.columns.len()).map(|index| (index, natural(index))).filter(|(_, width)| *width > 0).collect();
        loop {
            let gaps = 2 * kept.len().saturating_sub(1);
            let room = style.columns().saturating_sub(self.indent + gaps);
            let least: usize = kept.iter().map(|(index, width)| self.columns[*index].width_min(*width)).sum();
            if least <= room {
                self.shrink(&mut kept, room);
                return kept;
            }
            let candidates = kept.iter().enumerate().filter(|(_, (index, _))| self.columns[*index].shed > 0);
            let Some((position, _)) = candidates.max_by_key(|(_, (index, _))| self.columns[*index].shed) else {
                return kept;
            };
            kept.remove(position);
        }
    }

    /// Takes columns from the widest flexible ones until all fit.
    fn shrink(&self, kept: &mut [(usize, usize)], room: usize) {
        while kept.iter().map(|(_, width)| width).sum::<usize>() > room {
            let spare = |(index, width): &(usize, usize)| width - self.columns[*index].width_min(*width);
            let widest = kept.iter_mut().filter(|entry| spare(entry) > 0).max_by_key(|(_, width)| *width);
            let Some(entry) = widest else { return };
            entry.1 -= 1;
        }
    }

    fn line(&self, row: &[Cell], kept: &[(usize, usize)], style: &Style) -> String {
        let mut line = Line::plain(&" ".repeat(self.indent));
        for (position, (index, width)) in kept.iter().enumerate() {
            let (role, text) = &row[*index];
            let column = self.columns[*index];
            let fitted = match column.overflow {
                Overflow::Whole => text.clone(),
                Overflow::Middle(_) => letters::fit_middle(text, *width, style),
                Overflow::End(_) => letters::fit_end(text, *width, style),
            };
            let blanks = " ".repeat(width.saturating_sub(letters::width(&fitted)));
            let gap = if position == 0 { "" } else { "  " };
            line = line.with(Role::Plain, gap);
            line = match column.align {
                Align::Left => line.with(*role, &fitted).with(Role::Plain, &blanks),
                Align::Right => line.with(Role::Plain, &blanks).with(*role, &fitted),
            };
        }
        line.render(style)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let columns = vec![Column::name(8), Column::whole().right(), Column::prose(6).shed(1), Column::whole().shed(2)];
        let mut table = Table::new(2, columns);
        let row = |name: &str, number: &str, prose: &str, extra: &str| {
            [name, number, prose, extra].map(|text| (Role::Plain, text.to_owned())).to_vec()
        };
        table.row(row("asia-northeast-2-cable", "283 ms", "some words", "extra"));
        table.row(row("eu", "7 ms", "", "x"));
        table
    }

    #[test]
    fn all_columns_stay_where_there_is_room() {
        let lines = table().render(&Style::plain());
        assert_eq!(
            lines,
            ["  asia-northeast-2-cable  283 ms  some words  extra", "  eu                        7 ms              x",]
        );
    }

    #[test]
    fn names_shrink_before_anything_is_left_out() {
        let lines = table().render(&Style::plain().with_size(44, 24));
        assert_eq!(
            lines,
            ["  asia-no…2-cable  283 ms  some words  extra", "  eu                 7 ms              x",]
        );
    }

    #[test]
    fn the_least_important_column_goes_first() {
        let mut narrow = table();
        narrow.row(["eu", &"9".repeat(22), "prose", "extra"].map(|text| (Role::Plain, text.to_owned())).to_vec());
        let lines = narrow.render(&Style::plain().with_size(40, 24));
        assert!(lines.iter().all(|line| letters::width(line) <= 40), "{lines:?}");
        assert!(!lines[0].contains("extra") && lines[0].contains("283 ms"), "{lines:?}");
    }
}
