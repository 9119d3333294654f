//! `ledger.sessions`: operations with a history.

use super::{Feeds, Resolver, chirp, request::parts, target::Ground};
use crate::{
    check::variables::{LedgerScope, Scope},
    mistakes::{Code, Mistake, Span},
    read::{Field, Placed as _, Spanned, collections::List, web::HeaderName},
    resolved::{Carried, LedgerObject, LedgerObjectKind, LedgerSessions, Request},
    template::{Expression, Template},
    text::ledger::{LedgerRequestText, ObjectText, SessionsText},
};

/// Sessions per second at most.
const RATE_MAX: f64 = 1_000.0;

impl Resolver<'_, '_> {
    /// `Some(None)`: the ledger has no sessions.
    pub(super) fn sessions(
        &mut self,
        field: &Field<SessionsText>,
        ground: &Ground,
        feeds: &Feeds,
    ) -> Option<Option<LedgerSessions>> {
        let Some(Spanned { value: text, span }) = field.written() else {
            return (!field.is_bad()).then_some(None);
        };
        let objects = self.objects(text, *span, ground, feeds);
        let rate = *text.rate.value()?;
        if rate.value() <= 0.0 || rate.value() > RATE_MAX {
            let message = format!("{rate} is out of range for the ledger's sessions");
            let mistake = Mistake::new(Code::OutOfRange, text.rate.span_or(*span), message);
            self.add(mistake.hint(format!("above 0/s and at most {RATE_MAX}/s")));
        }
        Some(Some(LedgerSessions {
            rate,
            operations: u32::try_from(text.operations.value()?.0).expect("the reader limits it"),
            pause: text.pause.value()?.0,
            key_for: text.key_for.value()?.0,
            carry: carried(text, ground)?,
            objects: objects?,
        }))
    }

    fn objects(
        &mut self,
        text: &SessionsText,
        span: Span,
        ground: &Ground,
        feeds: &Feeds,
    ) -> Option<Vec<LedgerObject>> {
        let own;
        let list: &List<ObjectText> = match &text.objects {
            Field::Bad => return None,
            Field::Written(list) => &list.value,
            Field::Absent | Field::Default(_) if ground.is_attached() => {
                let mistake = Mistake::new(Code::Missing, span, "the sessions of a service of your own lack `objects`");
                self.add(mistake.hint(
                    r#"add objects: [{kind: register, write: {put: "/items/{{ ledger.key }}", body: "{{ ledger.value }}"}, read: {get: "/items/{{ ledger.key }}", check: {status: [200, 404]}}, shows: "$.value"}]"#,
                ));
                return None;
            }
            Field::Absent | Field::Default(_) => {
                own = chirp::ledger_objects(self.mistakes);
                &own
            }
        };
        if list.complete && list.items.is_empty() {
            self.add(Mistake::new(Code::Missing, text.objects.span_or(span), "sessions without objects do nothing"));
        }
        let objects: Vec<_> = list.items.iter().map(|item| self.object(&item.value, ground, feeds)).collect();
        objects.into_iter().collect::<Option<Vec<_>>>().filter(|_| list.complete)
    }

    fn object(&mut self, text: &ObjectText, ground: &Ground, feeds: &Feeds) -> Option<LedgerObject> {
        let regions = ground.has_regions();
        let scope = |ledger| Scope { variables: Vec::new(), feeds, ledger, regions };
        let items = text.prepare.value().map_or(&[][..], |list| &list.items);
        let requests: Vec<_> =
            items.iter().map(|item| self.request(&parts!(item.value), &scope(LedgerScope::Prepare))).collect();
        let complete = !text.prepare.is_bad() && text.prepare.value().is_none_or(|list| list.complete);
        let prepare: Option<Vec<Request>> = requests.into_iter().collect::<Option<_>>().filter(|_| complete);
        let scope = scope(LedgerScope::Session);
        let mut of = |field: &Field<LedgerRequestText>| field.value().map(|text| self.request(&parts!(text), &scope));
        let (write, read) = (of(&text.write), of(&text.read));
        let (remove, delivered) = (of(&text.remove), of(&text.delivered));
        let kind = text.kind.value()?.0;
        let write = write??;
        let holds = |template: &Template| template.expressions().any(|part| *part == Expression::LedgerValue);
        let templates =
            [&write.path].into_iter().chain(&write.body).chain(write.headers.iter().map(|header| &header.value));
        if !templates.into_iter().any(holds) {
            let span = text.write.span_or(text.place());
            let mistake = Mistake::new(Code::Unmet, span, "the object's write doesn't hold `{{ ledger.value }}`");
            self.add(mistake.hint("without it, no read can tell one write from another"));
        }
        let unfit = match kind {
            LedgerObjectKind::List if remove.is_some() => Some((&text.remove, "a list only grows: it has no `remove`")),
            LedgerObjectKind::Register | LedgerObjectKind::Counter if delivered.is_some() => {
                Some((&text.delivered, "only a list is `delivered`"))
            }
            _ => None,
        };
        if let Some((field, message)) = unfit {
            self.add(Mistake::new(Code::Conflict, field.span_or(text.place()), message));
        }
        Some(LedgerObject {
            kind,
            prepare: prepare?,
            write,
            remove: optional(&text.remove, remove)?,
            read: read??,
            shows: text.shows.value()?.0.clone(),
            newest_first: *text.newest_first.value()?,
            delivered: optional(&text.delivered, delivered)?,
        })
    }
}

/// `None`: it can't be read; `Some(None)`: it isn't written.
fn optional(field: &Field<LedgerRequestText>, request: Option<Option<Request>>) -> Option<Option<Request>> {
    match request {
        Some(request) => request.map(Some),
        None => (!field.is_bad()).then_some(None),
    }
}

fn carried(text: &SessionsText, ground: &Ground) -> Option<Vec<Carried>> {
    match &text.carry {
        Field::Bad => None,
        Field::Written(mapping) => {
            let carried = |from: &HeaderName, to: &HeaderName| Carried { from: from.0.clone(), to: to.0.clone() };
            Some(mapping.value.entries.iter().map(|(from, to)| carried(&from.value, &to.value)).collect())
        }
        Field::Absent | Field::Default(_) if ground.is_attached() => Some(Vec::new()),
        Field::Absent | Field::Default(_) => {
            let own = |(from, to): (&str, &str)| Carried { from: from.to_owned(), to: to.to_owned() };
            Some(chirp::CARRIED.map(own).to_vec())
        }
    }
}
