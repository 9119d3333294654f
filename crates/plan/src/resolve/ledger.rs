//! `ledger`: probe writes whose fate is followed.

use super::{Feeds, Resolver, chirp, request::parts, target::Ground};
use crate::{
    check::variables::{LedgerScope, Scope},
    mistakes::{Code, Mistake, Span},
    read::{Field, Placed as _, Read, Spanned, collections::ShortOr},
    resolved::{Ledger, LedgerReader, Request},
    template::{Expression, Template},
    text::{
        PlanText,
        ledger::{LedgerRequestText, LedgerText},
    },
    yaml::snippet,
};

/// Probe writes per second at most: they measure, they aren't the load.
const RATE_MAX: f64 = 1_000.0;

impl Resolver<'_, '_> {
    /// `Some(None)`: the plan has no ledger.
    pub(super) fn ledger(&mut self, text: &PlanText, ground: &Ground, feeds: &Feeds) -> Option<Option<Ledger>> {
        match &text.ledger {
            Field::Bad => None,
            Field::Written(Spanned { value: ShortOr::Short(_), .. }) => Some(None),
            Field::Written(Spanned { value: ShortOr::Long(ledger), .. }) => {
                self.written_ledger(ledger, ground, feeds).map(Some)
            }
            Field::Absent | Field::Default(_) => match ground.kind {
                Some(super::target::Kind::Lab) => {
                    let ledger = LedgerText::read(&snippet("{}"), self.mistakes)?;
                    self.written_ledger(&ledger, ground, feeds).map(Some)
                }
                _ => Some(None),
            },
        }
    }

    fn written_ledger(&mut self, text: &LedgerText, ground: &Ground, feeds: &Feeds) -> Option<Ledger> {
        let regions = ground.has_regions();
        let mut scope = Scope { variables: Vec::new(), feeds, ledger: LedgerScope::Write, regions };
        let write = self.ledger_request(&text.write, "write", text.place(), ground, &scope);
        scope.ledger = LedgerScope::Read;
        let read = self.ledger_request(&text.read, "read", text.place(), ground, &scope);
        let present = text.present.value().and_then(|present| self.checks(present, &scope));
        if let Some(write) = &write {
            self.identified(write, text.write.span_or(text.place()));
        }
        if let Some(read) = read.as_ref().filter(|read| !read.extract.is_empty()) {
            let message = format!("nothing uses the variable `{}`", read.extract[0].variable);
            let mistake = Mistake::new(Code::Unmet, text.read.span_or(text.place()), message);
            self.add(mistake.hint("`extract` belongs to the ledger's write"));
        }
        let sessions = self.sessions(&text.sessions, ground, feeds);
        let rate = *text.rate.value()?;
        if rate.value() <= 0.0 || rate.value() > RATE_MAX {
            let message = format!("{rate} is out of range for the ledger's probe writes");
            let mistake = Mistake::new(Code::OutOfRange, text.rate.span_or(text.place()), message);
            self.add(mistake.hint(format!("above 0/s and at most {RATE_MAX}/s")));
        }
        Some(Ledger {
            rate,
            write: write?,
            read: read?,
            present: present?,
            readers: self.readers(text, ground)?,
            first_read_after: text.first_read_after.value()?.0,
            reads_max: u32::try_from(text.reads_max.value()?.0).expect("the reader limits it"),
            quiet: text.quiet.value()?.0,
            final_passes: u32::try_from(text.final_passes.value()?.0).expect("the reader limits it"),
            sessions: sessions?,
        })
    }

    fn ledger_request(
        &mut self,
        field: &Field<LedgerRequestText>,
        key: &'static str,
        span: Span,
        ground: &Ground,
        scope: &Scope<'_>,
    ) -> Option<Request> {
        match field {
            Field::Bad => None,
            Field::Written(text) => self.request(&parts!(text.value), scope),
            Field::Absent | Field::Default(_) if ground.is_attached() => {
                let mistake =
                    Mistake::new(Code::Missing, span, format!("a ledger for a service of your own lacks `{key}`"));
                self.add(mistake.hint(match key {
                    "write" => {
                        r#"add write: {post: /items, json: {text: "{{ ledger.value }}"}, extract: {id: "$.id"}}"#
                    }
                    _ => r#"add read: {get: "/items/{{ ledger.id }}", check: {status: [200, 404]}}"#,
                }));
                None
            }
            Field::Absent | Field::Default(_) => {
                let own = match key {
                    "write" => chirp::ledger_write(ground.users, self.mistakes),
                    _ => chirp::ledger_read(ground.users, self.mistakes),
                };
                self.request(&parts!(own), scope)
            }
        }
    }

    /// The write holds the value, and takes nothing from its answer but the id.
    fn identified(&mut self, write: &Request, span: Span) {
        let holds = |template: &Template| template.expressions().any(|part| *part == Expression::LedgerValue);
        let templates =
            [&write.path].into_iter().chain(&write.body).chain(write.headers.iter().map(|header| &header.value));
        if !templates.into_iter().any(holds) {
            let mistake = Mistake::new(Code::Unmet, span, "the ledger's write doesn't hold `{{ ledger.value }}`");
            self.add(mistake.hint("without it, no read can tell one write from another"));
        }
        for extract in write.extract.iter().filter(|extract| extract.variable != "id") {
            let message = format!("nothing uses the variable `{}`", extract.variable);
            let mistake = Mistake::new(Code::Unmet, span, message);
            self.add(mistake.hint("the ledger keeps `id`, for `{{ ledger.id }}` in the read"));
        }
    }

    fn readers(&mut self, text: &LedgerText, ground: &Ground) -> Option<LedgerReader> {
        let known = !ground.sites.is_empty();
        match &text.readers {
            Field::Bad => None,
            Field::Absent | Field::Default(_) if known => Some(LedgerReader::EachRegion),
            Field::Absent | Field::Default(_) => Some(LedgerReader::Entry),
            Field::Written(Spanned { value, span }) => {
                if value.0 == LedgerReader::EachRegion && !known && ground.complete {
                    let mistake = Mistake::new(Code::Unmet, *span, "readers at each region need `endpoints`");
                    self.add(mistake.hint("add `endpoints` to the target, or write readers: entry"));
                }
                Some(value.0)
            }
        }
    }
}
