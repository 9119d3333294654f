//! What must hold of an answer, and what is taken from it.
//!
//! The body is looked at where it lies: in the thread's read buffer when it came in one piece. JSON is read at most once per
//! answer, however many checks and extractions ask for it.

use super::{
    Speaker,
    request::{Call, ExtractSource},
    text::{Names, Place, Text},
};
use crate::LoadError;
use plan::resolved::Check;
use record::Outcome;
use serde_json::Value as Json;
use serde_json_path::JsonPath;
use std::borrow::Cow;

/// A complete answer, where it lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reply<'a> {
    pub(crate) status: u16,
    /// Status line and headers, with the empty line.
    pub(crate) head: &'a [u8],
    /// Empty where nobody looks at it.
    pub(crate) body: &'a [u8],
}

/// How an answer was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Judgement {
    pub(crate) outcome: Outcome,
    pub(crate) status: u16,
    /// Whether the further checks held (the ledger's `present`); `true` where there are none.
    pub(crate) present: bool,
}

/// Checks made ready.
#[derive(Debug, Default)]
pub(crate) struct Checks {
    /// Allowed statuses; empty: 200..=299.
    statuses: Vec<u16>,
    others: Vec<CheckKind>,
}

#[derive(Debug)]
enum CheckKind {
    Contains(Text),
    Json { path: JsonPath, equals: Option<Text> },
    Header { name: String, equals: Option<Text> },
    HeaderNot { name: String, equals: Text },
}

impl Checks {
    pub(crate) fn new(step: &str, checks: &[Check], names: &mut Names<'_>) -> Result<Self, LoadError> {
        let mut ready = Self::default();
        for check in checks {
            let mut text = |template: &Option<plan::template::Template>| {
                template.as_ref().map(|template| Text::new(step, template, names)).transpose()
            };
            match check {
                Check::Status(statuses) => ready.statuses.extend(statuses),
                Check::BodyContains(wanted) => ready.others.push(CheckKind::Contains(Text::new(step, wanted, names)?)),
                Check::Json { path, equals } => {
                    let equals = text(equals)?;
                    ready.others.push(CheckKind::Json { path: json_path(step, path)?, equals });
                }
                Check::Header { name, equals } => {
                    let equals = text(equals)?;
                    ready.others.push(CheckKind::Header { name: name.clone(), equals });
                }
                Check::HeaderNot { name, equals } => {
                    let equals = Text::new(step, equals, names)?;
                    ready.others.push(CheckKind::HeaderNot { name: name.clone(), equals });
                }
            }
        }
        Ok(ready)
    }

    /// Whether any of them looks at the body.
    pub(crate) fn need_body(&self) -> bool {
        self.others.iter().any(|check| !matches!(check, CheckKind::Header { .. } | CheckKind::HeaderNot { .. }))
    }

    fn allow(&self, status: u16) -> bool {
        if self.statuses.is_empty() { (200..300).contains(&status) } else { self.statuses.contains(&status) }
    }

    /// Whether everything holds; of the status only what was asked for.
    fn hold(&self, view: &mut View<'_>, speaker: &mut Speaker<'_>) -> bool {
        let status = self.statuses.is_empty() || self.statuses.contains(&view.reply.status);
        status && self.others.iter().all(|check| check.holds(view, speaker))
    }
}

impl Call {
    /// Judges an answer, and takes from a good one what later steps need. `further` are checks that don't decide the outcome.
    pub(crate) fn judge(&self, reply: Reply<'_>, speaker: &mut Speaker<'_>, further: Option<&Checks>) -> Judgement {
        let status = reply.status;
        if !self.checks.allow(status) {
            let outcome = if (500..600).contains(&status) { Outcome::ServerError } else { Outcome::Wrong };
            return Judgement { outcome, status, present: false };
        }
        let mut view = View { reply, json: None };
        if !self.checks.others.iter().all(|check| check.holds(&mut view, speaker)) {
            return Judgement { outcome: Outcome::Wrong, status, present: false };
        }
        for extract in &self.extracts {
            let found = match &extract.from {
                ExtractSource::Json(path) => view.query(path).map(Cow::into_owned),
                ExtractSource::Header(name) => view.header(name).map(Cow::into_owned),
            };
            let Some(found) = found else { return Judgement { outcome: Outcome::Wrong, status, present: false } };
            if let Some(variable) = speaker.scope.variables.get_mut(extract.variable) {
                *variable = found;
            }
        }
        for carried in &self.carried {
            if let Some(found) = view.header(&carried.from).map(Cow::into_owned)
                && let Some(variable) = speaker.scope.variables.get_mut(carried.variable)
            {
                *variable = found;
            }
        }
        if let Some(path) = &self.shows {
            speaker.scope.shown = view.all(path);
        }
        let present = further.is_none_or(|checks| checks.hold(&mut view, speaker));
        Judgement { outcome: Outcome::Ok, status, present }
    }
}

impl CheckKind {
    fn holds(&self, view: &mut View<'_>, speaker: &mut Speaker<'_>) -> bool {
        match self {
            Self::Contains(wanted) => view.contains(&said(wanted, speaker)),
            Self::Json { path, equals } => {
                let wanted = equals.as_ref().map(|wanted| said(wanted, speaker));
                view.query(path).is_some_and(|found| wanted.is_none_or(|wanted| wanted == found.as_bytes()))
            }
            Self::Header { name, equals } => {
                let wanted = equals.as_ref().map(|wanted| said(wanted, speaker));
                view.header(name).is_some_and(|found| wanted.is_none_or(|wanted| wanted == found.as_bytes()))
            }
            Self::HeaderNot { name, equals } => {
                let unwanted = said(equals, speaker);
                view.header(name).is_none_or(|found| unwanted != found.as_bytes())
            }
        }
    }
}

/// An answer, with its body as JSON once somebody asked for that.
struct View<'a> {
    reply: Reply<'a>,
    /// `Some(Null)` also where the body is no JSON: no path but `$` finds anything in it.
    json: Option<Json>,
}

impl View<'_> {
    fn contains(&self, wanted: &[u8]) -> bool {
        match (std::str::from_utf8(self.reply.body), std::str::from_utf8(wanted)) {
            (Ok(body), Ok(wanted)) => body.contains(wanted),
            _ => wanted.is_empty() || self.reply.body.windows(wanted.len()).any(|window| window == wanted),
        }
    }

    /// The first match as text: strings without quotes, everything else as JSON writes it.
    fn query(&mut self, path: &JsonPath) -> Option<Cow<'_, str>> {
        let body = self.reply.body;
        let json = self.json.get_or_insert_with(|| serde_json::from_slice(body).unwrap_or(Json::Null));
        path.query(json).first().map(|found| match found {
            Json::String(text) => Cow::Borrowed(text.as_str()),
            other => Cow::Owned(other.to_string()),
        })
    }

    /// Every match as text.
    fn all(&mut self, path: &JsonPath) -> Box<[String]> {
        let body = self.reply.body;
        let json = self.json.get_or_insert_with(|| serde_json::from_slice(body).unwrap_or(Json::Null));
        let text = |found: &Json| match found {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        path.query(json).all().into_iter().map(text).collect()
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut headers = [const { std::mem::MaybeUninit::uninit() }; crate::answer::HEADERS_MAX];
        let mut response = httparse::Response::new(&mut []);
        let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            self.reply.head,
            &mut headers,
        );
        parsed.ok()?;
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(Cow::Owned(String::from_utf8_lossy(found.value).trim().to_owned()))
    }
}

/// Reads a JSONPath of that step.
pub(super) fn json_path(step: &str, path: &str) -> Result<JsonPath, LoadError> {
    JsonPath::parse(path).map_err(|error| LoadError::JsonPath {
        step: step.to_owned(),
        path: path.to_owned(),
        reason: error.to_string(),
    })
}

fn said(text: &Text, speaker: &mut Speaker<'_>) -> Vec<u8> {
    let mut said = Vec::new();
    text.write(speaker, Place::Body, &mut said);
    said
}
