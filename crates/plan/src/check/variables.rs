//! Templates use what there is: variables that an earlier step took or the engine provides, feeds and their columns,
//! and the ledger's values only in the ledger.

use crate::{
    mistakes::{Code, Collector, Mistake, Span},
    read::{similar, web::TemplateText},
    resolve::Feeds,
    template::{ENGINE_VARIABLES, Expression, Template},
};

/// What a template may use at its place.
pub(crate) struct Scope<'f> {
    /// Variables that earlier steps took from answers.
    pub(crate) variables: Vec<String>,
    /// The plan's feeds.
    pub(crate) feeds: &'f Feeds,
    /// Which of the ledger's values exist here.
    pub(crate) ledger: LedgerScope,
    /// Whether the plan has regions that users can be nearest to.
    pub(crate) regions: bool,
}

/// Which of the ledger's values exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LedgerScope {
    /// None: this is no part of the ledger.
    Outside,
    /// The value; what the answer calls it is not known yet.
    Write,
    /// Both.
    Read,
    /// The key of a session: what brings it into being has neither value nor id.
    Prepare,
    /// All three.
    Session,
}

impl Scope<'_> {
    /// Checks a template where it stands.
    pub(crate) fn check(&self, text: &TemplateText, mistakes: &mut Collector<'_>) {
        self.check_at(&text.template, text.span, mistakes);
    }

    /// Checks each expression of a template.
    pub(crate) fn check_at(&self, template: &Template, span: Span, mistakes: &mut Collector<'_>) {
        for expression in template.expressions() {
            let place = word(expression).map_or(span, |word| locate(&mistakes.source().text, span, &word));
            if let Some(mistake) = self.mistake(expression, place) {
                mistakes.add(mistake);
            }
        }
    }

    fn mistake(&self, expression: &Expression, span: Span) -> Option<Mistake> {
        match expression {
            Expression::Variable(name) => self.variable(name, span),
            Expression::Feed { feed, column } => self.feed(feed, column, span),
            Expression::LedgerKey if !matches!(self.ledger, LedgerScope::Prepare | LedgerScope::Session) => Some(
                Mistake::new(Code::Unmet, span, "`ledger.key` exists in the requests of the ledger's sessions only")
                    .hint("in the ledger's own write and read: `{{ ledger.value }}`"),
            ),
            Expression::LedgerValue if self.ledger == LedgerScope::Prepare => Some(
                Mistake::new(Code::Unmet, span, "a key is prepared before there is a value")
                    .hint("write `{{ ledger.key }}`"),
            ),
            Expression::LedgerValue if self.ledger == LedgerScope::Outside => Some(
                Mistake::new(Code::Unmet, span, "`ledger.value` exists in the ledger's own requests only")
                    .hint("a value that no other call gives is `{{ unique }}`"),
            ),
            Expression::LedgerId => match self.ledger {
                LedgerScope::Read | LedgerScope::Session | LedgerScope::Prepare => None,
                LedgerScope::Write => Some(
                    Mistake::new(Code::Unmet, span, "`ledger.id` isn't known before the write's answer")
                        .hint("write `{{ ledger.value }}`"),
                ),
                LedgerScope::Outside => {
                    Some(Mistake::new(Code::Unmet, span, "`ledger.id` exists in the ledger's own read only"))
                }
            },
            Expression::Resident(numbers) if !self.regions => Some(
                Mistake::new(Code::Unmet, span, "`resident` needs regions, and the target names none")
                    .hint(format!("add `endpoints` to the target, or write `{{{{ random {numbers} }}}}`")),
            ),
            _ => None,
        }
    }

    fn variable(&self, name: &str, span: Span) -> Option<Mistake> {
        if ENGINE_VARIABLES.contains(&name) || self.variables.iter().any(|variable| variable == name) {
            return None;
        }
        let mistake = Mistake::new(Code::UnknownName, span, format!("no variable `{name}` exists at this step"));
        let known: Vec<&str> = ENGINE_VARIABLES.into_iter().chain(self.variables.iter().map(String::as_str)).collect();
        Some(mistake.hint(match similar::nearest(name, known.iter().copied()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("known here: {}; more come from `extract` of an earlier step", known.join(", ")),
        }))
    }

    fn feed(&self, feed: &str, column: &str, span: Span) -> Option<Mistake> {
        let names = self.feeds.names();
        if !names.contains(&feed) {
            let none = "add feeds: {NAME: {file: NAME.csv}}".to_owned();
            let mistake = Mistake::new(Code::UnknownName, span, format!("the plan has no feed `{feed}`"));
            return self.feeds.complete().then(|| mistake.hint(similar::hint(feed, &names).unwrap_or(none)));
        }
        let columns: Vec<&str> = self.feeds.columns(feed)?.iter().map(String::as_str).collect();
        if columns.contains(&column) {
            return None;
        }
        let mistake = Mistake::new(Code::UnknownName, span, format!("the feed `{feed}` has no column `{column}`"));
        Some(mistake.hint(similar::hint(column, &columns).unwrap_or_default()))
    }
}

/// The word by which an expression is found in its template.
fn word(expression: &Expression) -> Option<String> {
    match expression {
        Expression::Variable(name) => Some(name.clone()),
        Expression::Feed { feed, column } => Some(format!("feed.{feed}.{column}")),
        Expression::LedgerValue => Some("ledger.value".to_owned()),
        Expression::LedgerId => Some("ledger.id".to_owned()),
        Expression::LedgerKey => Some("ledger.key".to_owned()),
        Expression::Resident(_) => Some("resident".to_owned()),
        _ => None,
    }
}

/// Where the first expression with that word stands inside of `span`; all of it when it can't be found, because the
/// YAML wrote it with escapes.
fn locate(source: &str, span: Span, word: &str) -> Span {
    let text = source.get(span.start..span.end).unwrap_or_default();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{").map(|found| from + found) {
        let Some(close) = text[open..].find("}}").map(|found| open + found) else { break };
        if text[open + 2..close].split_whitespace().any(|other| other == word) {
            return Span { start: span.start + open, end: span.start + close + 2 };
        }
        from = close + 2;
    }
    span
}
