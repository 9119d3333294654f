//! All mistakes of a plan at once, each with its place, and a hint where there is one to give.
//!
//! A person who is told one mistake at a time fixes ten with ten runs. So nothing in this crate stops at a mistake: it
//! is added to [`Collector`], and whatever doesn't depend on the mistaken value is still checked. What does depend on it
//! is left out, so that one cause gives one message.
//!
//! [`Mistakes`] draws itself through [`miette::Diagnostic`]: one related diagnostic for each mistake, with the snippet
//! of the plan. Its `Display` gives `file:line:column: message` lines for those who have no drawing.

mod code;

pub use code::Code;

use crate::Source;
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};
use std::fmt;

/// More mistakes than this are counted and not shown.
const SHOWN_MAX: usize = 100;

/// Bytes of the plan's text, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One after the last byte.
    pub end: usize,
}

impl Span {
    fn label(self, text: Option<String>) -> LabeledSpan {
        LabeledSpan::new(text, self.start, self.end.saturating_sub(self.start))
    }
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong, with the values.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Where, in bytes of the plan's text.
    pub span: Span,
    /// Where, line from 1.
    pub line: usize,
    /// Where, in characters from 1.
    pub column: usize,
    also: Vec<(Span, String)>,
}

impl Mistake {
    pub(crate) fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, span, line: 0, column: 0, also: Vec::new() }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With a second place that the mistake has to do with.
    pub(crate) fn also(mut self, span: Span, what: impl Into<String>) -> Self {
        self.also.push((span, what.into()));
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Mistake {}

impl Diagnostic for Mistake {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(format!("plan::{}", self.code)))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.hint.as_ref().map(|hint| Box::new(hint) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = self.span.label((!self.also.is_empty()).then(|| "here".to_owned()));
        Some(Box::new(std::iter::once(here).chain(self.also.iter().map(|(span, what)| span.label(Some(what.clone()))))))
    }
}

/// Gathers mistakes while a plan is read, checked and resolved.
#[derive(Debug)]
pub(crate) struct Collector<'s> {
    source: &'s Source,
    mistakes: Vec<Mistake>,
    unshown: usize,
    /// What makes all others meaningless.
    alone: Option<Mistake>,
}

impl<'s> Collector<'s> {
    pub(crate) fn new(source: &'s Source) -> Self {
        Self { source, mistakes: Vec::new(), unshown: 0, alone: None }
    }

    /// Adds a mistake, unless the same was said of the same place before.
    pub(crate) fn add(&mut self, mistake: Mistake) {
        if self.mistakes.len() >= SHOWN_MAX {
            self.unshown += 1;
        } else if !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
    }

    /// Adds one beside which no other means anything: all else was read by rules that are not the plan's.
    pub(crate) fn add_alone(&mut self, mistake: Mistake) {
        self.alone.get_or_insert(mistake);
    }

    pub(crate) fn source(&self) -> &'s Source {
        self.source
    }

    /// The mistakes in order of their place, or `None` when there are none.
    pub(crate) fn finish(self) -> Option<Mistakes> {
        let Self { source, mut mistakes, mut unshown, alone } = self;
        if let Some(alone) = alone {
            (mistakes, unshown) = (vec![alone], 0);
        }
        if mistakes.is_empty() {
            return None;
        }
        for mistake in &mut mistakes {
            (mistake.line, mistake.column) = line_and_column(&source.text, mistake.span.start);
        }
        mistakes.sort_by_key(|mistake| mistake.span);
        let text = NamedSource::new(&source.name, source.text.clone()).with_language("YAML");
        Some(Mistakes { source: text, mistakes, unshown })
    }
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// All mistakes of a plan; never empty.
#[derive(Debug)]
pub struct Mistakes {
    source: NamedSource<String>,
    mistakes: Vec<Mistake>,
    unshown: usize,
}

impl Mistakes {
    /// The mistakes, in order of their place in the plan.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.mistakes.iter()
    }

    /// How many there are, those beyond the first hundred included.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "mistakes are never empty")]
    pub fn len(&self) -> usize {
        self.mistakes.len() + self.unshown
    }

    /// The name of the plan's file as given.
    #[must_use]
    pub fn file(&self) -> &str {
        self.source.name()
    }

    /// `1 mistake in FILE` or `N mistakes in FILE`.
    fn summary(&self) -> String {
        let shown = if self.unshown > 0 { format!(" (the first {SHOWN_MAX} are shown)") } else { String::new() };
        let word = if self.len() == 1 { "mistake" } else { "mistakes" };
        format!("{} {word} in {}{shown}", self.len(), self.file())
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary())
    }
}

impl std::error::Error for Mistakes {}

impl Diagnostic for Mistakes {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.mistakes.iter().map(|mistake| mistake as &dyn Diagnostic)))
    }
}
