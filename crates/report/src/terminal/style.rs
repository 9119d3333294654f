//! What the terminal can show, decided once from its surroundings and then passed along as a value.

/// The most columns that are ever used: a line that is longer is not read, it is skipped.
const COLUMNS_MAX: usize = 80;
/// Below this, columns are cut so short that names mean nothing; the terminal wraps instead.
pub(super) const COLUMNS_MIN: usize = 40;
/// Assumed where the terminal does not say.
const ROWS_DEFAULT: usize = 24;

/// Whether escape codes for colour are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// No escape codes at all.
    Never,
    /// Colour beside words, never instead of them.
    Always,
}

/// Which characters may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glyphs {
    /// Any.
    Unicode,
    /// ASCII only.
    Ascii,
}

/// How a log line says when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamps {
    /// `14:02:00.3`, for the person who sits there.
    TimeOfDay,
    /// `2026-11-21T14:02:00Z`, for logs that are read later and elsewhere.
    Utc,
}

/// What is known of where the text goes. The caller asks the environment; nothing here does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'environment> {
    /// Whether it is a terminal and not a pipe or a file.
    pub is_terminal: bool,
    /// Its width and height, if known.
    pub size: Option<(u16, u16)>,
    /// The value of `NO_COLOR`.
    pub no_color: Option<&'environment str>,
    /// The value of `TERM`.
    pub term: Option<&'environment str>,
    /// Whether `--ascii` was asked for.
    pub wants_ascii: bool,
}

/// What the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    columns: usize,
    rows: usize,
    colour: Colour,
    glyphs: Glyphs,
    stamps: Stamps,
}

/// What a piece of text means; colour follows from it, and never stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    Strong,
    Quiet,
    Harm,
    Warn,
    React,
}

impl Style {
    /// 80 columns without colour, with the time of day.
    #[must_use]
    pub fn plain() -> Self {
        Self {
            columns: COLUMNS_MAX,
            rows: ROWS_DEFAULT,
            colour: Colour::Never,
            glyphs: Glyphs::Unicode,
            stamps: Stamps::TimeOfDay,
        }
    }

    /// What fits the surroundings: no colour under `NO_COLOR` (unless it is empty, see no-color.org), under `TERM=dumb`, or
    /// where no person looks; UTC stamps there too.
    #[must_use]
    pub fn fitting(surroundings: &Surroundings<'_>) -> Self {
        let no_color = surroundings.no_color.is_some_and(|value| !value.is_empty());
        let is_dumb = surroundings.term == Some("dumb");
        let has_colour = surroundings.is_terminal && !no_color && !is_dumb;
        let (columns, rows) = surroundings
            .size
            .map_or((COLUMNS_MAX, ROWS_DEFAULT), |(columns, rows)| (usize::from(columns), usize::from(rows)));
        Self::plain()
            .with_size(columns, rows)
            .with_colour(if has_colour { Colour::Always } else { Colour::Never })
            .with_glyphs(if surroundings.wants_ascii { Glyphs::Ascii } else { Glyphs::Unicode })
            .with_stamps(if surroundings.is_terminal { Stamps::TimeOfDay } else { Stamps::Utc })
    }

    /// With that many columns (40 to 80 are used, whatever is asked for) and rows.
    #[must_use]
    pub fn with_size(self, columns: usize, rows: usize) -> Self {
        Self { columns: columns.clamp(COLUMNS_MIN, COLUMNS_MAX), rows, ..self }
    }

    /// With or without colour.
    #[must_use]
    pub fn with_colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }

    /// With these characters.
    #[must_use]
    pub fn with_glyphs(self, glyphs: Glyphs) -> Self {
        Self { glyphs, ..self }
    }

    /// With these stamps.
    #[must_use]
    pub fn with_stamps(self, stamps: Stamps) -> Self {
        Self { stamps, ..self }
    }

    /// Columns that may be used, 40 to 80.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows that the terminal has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Which characters may be written.
    #[must_use]
    pub fn glyphs(&self) -> Glyphs {
        self.glyphs
    }

    /// How a log line says when.
    #[must_use]
    pub fn stamps(&self) -> Stamps {
        self.stamps
    }

    /// The text in the role's colour. It must be clean already: nothing is escaped here.
    pub(crate) fn paint(&self, role: Role, text: &str) -> String {
        let code = match (self.colour, role) {
            (Colour::Never, _) | (_, Role::Plain) => return text.to_owned(),
            (_, Role::Strong) => "1",
            (_, Role::Quiet) => "2",
            (_, Role::Harm) => "1;31",
            (_, Role::Warn) => "33",
            (_, Role::React) => "34",
        };
        if text.trim().is_empty() { text.to_owned() } else { format!("\u{1b}[{code}m{text}\u{1b}[0m") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMINAL: Surroundings<'_> = Surroundings {
        is_terminal: true,
        size: Some((120, 50)),
        no_color: None,
        term: Some("xterm"),
        wants_ascii: false,
    };

    #[test]
    fn colour_needs_a_person_who_has_not_said_no() {
        let cases = [
            (TERMINAL, Colour::Always, "a terminal"),
            (Surroundings { is_terminal: false, ..TERMINAL }, Colour::Never, "a pipe"),
            (Surroundings { no_color: Some("1"), ..TERMINAL }, Colour::Never, "NO_COLOR=1"),
            (Surroundings { no_color: Some(""), ..TERMINAL }, Colour::Always, "an empty NO_COLOR means nothing"),
            (Surroundings { term: Some("dumb"), ..TERMINAL }, Colour::Never, "TERM=dumb"),
            (Surroundings { term: None, ..TERMINAL }, Colour::Always, "TERM not set"),
        ];
        for (surroundings, colour, case) in cases {
            assert_eq!(Style::fitting(&surroundings).colour, colour, "{case}");
        }
    }

    #[test]
    fn never_more_than_eighty_columns() {
        let cases = [(200, 80), (120, 80), (80, 80), (60, 60), (40, 40), (3, 40)];
        for (asked, used) in cases {
            let style = Style::fitting(&Surroundings { size: Some((asked, 24)), ..TERMINAL });
            assert_eq!(style.columns(), used, "{asked}");
        }
        assert_eq!(Style::fitting(&Surroundings { size: None, ..TERMINAL }).columns(), 80, "unknown width");
    }

    #[test]
    fn a_log_says_the_date_and_a_terminal_the_time() {
        assert_eq!(Style::fitting(&TERMINAL).stamps(), Stamps::TimeOfDay);
        assert_eq!(Style::fitting(&Surroundings::default()).stamps(), Stamps::Utc);
    }

    #[test]
    fn without_colour_there_is_no_escape_code() {
        assert_eq!(Style::plain().paint(Role::Harm, "down"), "down");
        assert_eq!(Style::plain().with_colour(Colour::Always).paint(Role::Harm, "down"), "\u{1b}[1;31mdown\u{1b}[0m");
    }
}
