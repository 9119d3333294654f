//! A request: what steps and the ledger have in common.

use super::{Resolver, json_body::json_template};
use crate::{
    check::variables::Scope,
    mistakes::{Code, Mistake},
    read::{
        Field, Spanned,
        collections::{Mapping, ShortOr},
        units_read::Time,
        values::{Json, NameText},
        web::{HeaderName, JsonPathText, TemplateText},
    },
    resolved::{Check, Extract, ExtractFrom, Header, Request, RetryPolicy, Timeouts},
    template::{Part, Template},
    text::request::{CheckText, ExtractText, RequestLineText, RetryText, TimeoutText},
};
use std::time::Duration;

/// Time for DNS, connect and TLS each, where the plan says nothing.
const PHASE: Duration = Duration::from_secs(5);

/// The keys that steps and ledger requests have in common.
pub(super) struct Parts<'t> {
    pub(super) methods: [(&'static str, &'t Field<TemplateText>); 6],
    pub(super) request: &'t Field<RequestLineText>,
    pub(super) headers: &'t Field<Mapping<HeaderName, TemplateText>>,
    pub(super) body: &'t Field<TemplateText>,
    pub(super) json: &'t Field<Json>,
    pub(super) check: &'t Field<CheckText>,
    pub(super) extract: &'t Field<Mapping<NameText, ExtractText>>,
    pub(super) timeout: &'t Field<ShortOr<Time<1, 3_600_000>, TimeoutText>>,
    pub(super) retry: &'t Field<RetryText>,
}

impl<'t> Parts<'t> {
    /// The method and its path, where they can be read.
    fn line(&self) -> Option<(&'t str, &'t TemplateText)> {
        let short = self.methods.iter().find_map(|(method, path)| Some((*method, path.value()?)));
        let long = || self.request.value().and_then(|line| Some((line.method.value()?.0.as_str(), line.path.value()?)));
        short.or_else(long)
    }

    /// The method, where it can be read.
    pub(super) fn method(&self) -> Option<&'t str> {
        self.line().map(|(method, _)| method)
    }
}

/// Borrows the common keys of a step or of a ledger request.
macro_rules! parts {
    ($text:expr) => {
        $crate::resolve::request::Parts {
            methods: [
                ("GET", &$text.get),
                ("POST", &$text.post),
                ("PUT", &$text.put),
                ("DELETE", &$text.delete),
                ("PATCH", &$text.patch),
                ("HEAD", &$text.head),
            ],
            request: &$text.request,
            headers: &$text.headers,
            body: &$text.body,
            json: &$text.json,
            check: &$text.check,
            extract: &$text.extract,
            timeout: &$text.timeout,
            retry: &$text.retry,
        }
    };
}
pub(super) use parts;

impl Resolver<'_, '_> {
    /// Resolves a request whose templates may use what `scope` has.
    pub(super) fn request(&mut self, parts: &Parts<'_>, scope: &Scope<'_>) -> Option<Request> {
        let line = self.line(parts, scope);
        let (mut headers, body) = (self.headers(parts, scope), self.body(parts, scope));
        let checks = match parts.check {
            Field::Absent => Some(Vec::new()),
            check => check.value().and_then(|check| self.checks(check, scope)),
        };
        let extract = self.extract(parts);
        let timeouts = self.timeouts(parts);
        let retry = retry(parts.retry);
        let typed = headers.iter().flatten().any(|header| header.name.eq_ignore_ascii_case("content-type"));
        if parts.json.is_written() && !typed {
            let value = Template::parse("application/json").expect("it holds no braces");
            headers
                .iter_mut()
                .for_each(|headers| headers.push(Header { name: "content-type".to_owned(), value: value.clone() }));
        }
        let (method, path) = line?;
        Some(Request {
            method,
            path,
            headers: headers?,
            body: body?,
            checks: checks?,
            extract: extract?,
            timeouts: timeouts?,
            retry: retry?,
        })
    }

    fn line(&mut self, parts: &Parts<'_>, scope: &Scope<'_>) -> Option<(String, Template)> {
        let (method, path) = parts.line()?;
        scope.check(path, self.mistakes);
        let text = path.template.to_string();
        let literal = path.template.parts().iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Expression(_) => None,
        });
        let stranger = literal.flat_map(str::chars).find(|c| !c.is_ascii_graphic() || *c == '#');
        if !text.starts_with('/') {
            let mistake = Mistake::new(Code::Malformed, path.span, format!("{text:?} is not a path"));
            self.add(mistake.hint("a path starts with `/`; the host belongs to the target"));
        } else if let Some(stranger) = stranger {
            let message = format!("{stranger:?} can't stand in a path");
            let encoded: String = stranger.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
            self.add(Mistake::new(Code::Malformed, path.span, message).hint(format!("write {encoded}")));
        }
        Some((method.to_owned(), path.template.clone()))
    }

    fn headers(&mut self, parts: &Parts<'_>, scope: &Scope<'_>) -> Option<Vec<Header>> {
        let mut headers = Vec::new();
        for (name, value) in parts.headers.value().iter().flat_map(|mapping| &mapping.entries) {
            scope.check(&value.value, self.mistakes);
            if ["host", "content-length", "transfer-encoding"].iter().any(|own| name.value.0.eq_ignore_ascii_case(own))
            {
                let message = format!("the header `{}` is not yours to give", name.value.0);
                self.add(
                    Mistake::new(Code::Conflict, name.span, message).hint("it follows from the target and the body"),
                );
            }
            if value.value.template.to_string().chars().any(|c| c.is_control() && c != '\t') {
                self.add(Mistake::new(Code::Malformed, value.span, "a header's value is one line of text"));
            }
            headers.push(Header { name: name.value.0.clone(), value: value.value.template.clone() });
        }
        (!parts.headers.is_bad()).then_some(headers)
    }

    fn body(&mut self, parts: &Parts<'_>, scope: &Scope<'_>) -> Option<Option<Template>> {
        if let (Some(body), Some(json)) = (parts.body.written(), parts.json.written()) {
            let mistake = Mistake::new(Code::Conflict, json.span, "`body` and `json` can't be together");
            self.add(mistake.also(body.span, "the other body").hint("keep one of them"));
        }
        if let Some(body) = parts.body.written() {
            scope.check(&body.value, self.mistakes);
            return Some(Some(body.value.template.clone()));
        }
        let Some(json) = parts.json.written() else {
            return (!parts.body.is_bad() && !parts.json.is_bad()).then_some(None);
        };
        let template = json_template(&json.value.value);
        scope.check_at(&template, json.value.span, self.mistakes);
        Some(Some(template))
    }

    /// Checks of an answer, in the order status, body, JSON, headers.
    pub(super) fn checks(&mut self, text: &CheckText, scope: &Scope<'_>) -> Option<Vec<Check>> {
        let mut checks = Vec::new();
        if let Some(statuses) = text.status.value() {
            checks.push(Check::Status(statuses.0.iter().map(|status| status_code(status.value.0)).collect()));
        }
        for contained in text.body_contains.value().iter().flat_map(|texts| &texts.0) {
            scope.check(&contained.value, self.mistakes);
            checks.push(Check::BodyContains(contained.value.template.clone()));
        }
        for (JsonPathText(path), equals) in entries(&text.json) {
            let equals = self.expected(equals.0.as_ref(), scope);
            checks.push(Check::Json { path: path.clone(), equals });
        }
        for (HeaderName(name), equals) in entries(&text.header) {
            let equals = self.expected(equals.0.as_ref(), scope);
            checks.push(Check::Header { name: name.clone(), equals });
        }
        for (HeaderName(name), equals) in entries(&text.header_not) {
            scope.check(equals, self.mistakes);
            checks.push(Check::HeaderNot { name: name.clone(), equals: equals.template.clone() });
        }
        if checks.is_empty() && [text.status.is_bad(), text.body_contains.is_bad(), text.json.is_bad()].contains(&true)
        {
            return None;
        }
        Some(checks)
    }

    fn expected(&mut self, text: Option<&TemplateText>, scope: &Scope<'_>) -> Option<Template> {
        let text = text?;
        scope.check(text, self.mistakes);
        Some(text.template.clone())
    }

    fn extract(&mut self, parts: &Parts<'_>) -> Option<Vec<Extract>> {
        let mut extract = Vec::new();
        for (variable, from) in parts.extract.value().iter().flat_map(|mapping| &mapping.entries) {
            let name = &variable.value.0;
            if !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
                let mistake =
                    Mistake::new(Code::Malformed, variable.span, format!("no template can name the variable `{name}`"));
                self.add(mistake.hint("letters, digits, - and _"));
            }
            if crate::template::ENGINE_VARIABLES.contains(&name.as_str()) || ["unique", "now"].contains(&name.as_str())
            {
                let mistake =
                    Mistake::new(Code::DuplicateName, variable.span, format!("`{name}` has a meaning of its own"));
                self.add(mistake.hint("take another name for the variable"));
            }
            let from = match &from.value {
                ShortOr::Short(JsonPathText(path)) => ExtractFrom::Json(path.clone()),
                ShortOr::Long(long) => ExtractFrom::Header(long.header.value()?.0.clone()),
            };
            extract.push(Extract { variable: name.clone(), from });
        }
        (!parts.extract.is_bad()).then_some(extract)
    }

    fn timeouts(&mut self, parts: &Parts<'_>) -> Option<Timeouts> {
        let text = match parts.timeout.value()? {
            ShortOr::Short(total) => return Some(within(total.0)),
            ShortOr::Long(text) => text,
        };
        let total = text.total.value()?.0;
        let phases = [&text.dns, &text.connect, &text.tls, &text.first_byte];
        for phase in phases.into_iter().filter_map(Field::written) {
            if phase.value.0 > total {
                let total = units::duration::Text(total);
                let message = format!("a phase of {} in a request of {total}", units::duration::Text(phase.value.0));
                self.add(Mistake::new(Code::Conflict, phase.span, message).hint("raise `total`, or lower the phase"));
            }
        }
        if phases.iter().any(|phase| phase.is_bad()) {
            return None;
        }
        let or = |field: &Field<Time<1, 3_600_000>>, default| field.value().map_or(default, |time| time.0);
        let Timeouts { dns, connect, tls, first_byte, total } = within(total);
        Some(Timeouts {
            dns: or(&text.dns, dns),
            connect: or(&text.connect, connect),
            tls: or(&text.tls, tls),
            first_byte: or(&text.first_byte, first_byte),
            total,
        })
    }
}

/// The limits of the phases in a request that may take `total`.
fn within(total: Duration) -> Timeouts {
    let phase = PHASE.min(total);
    Timeouts { dns: phase, connect: phase, tls: phase, first_byte: total, total }
}

fn retry(text: &Field<RetryText>) -> Option<RetryPolicy> {
    let Some(Spanned { value: text, .. }) = text.written() else {
        let none = RetryPolicy { attempts_max: 1, backoff: Duration::ZERO, statuses: Vec::new() };
        return (!text.is_bad()).then_some(none);
    };
    Some(RetryPolicy {
        attempts_max: u32::try_from(text.attempts.value()?.0).expect("the reader limits it"),
        backoff: text.backoff.value()?.0,
        statuses: text.statuses.value()?.items.iter().map(|status| status_code(status.value.0)).collect(),
    })
}

fn status_code(status: u64) -> u16 {
    u16::try_from(status).expect("the reader limits it")
}

fn entries<K, V>(field: &Field<Mapping<K, V>>) -> impl Iterator<Item = (&K, &V)> {
    field.value().into_iter().flat_map(|mapping| &mapping.entries).map(|(key, value)| (&key.value, &value.value))
}
