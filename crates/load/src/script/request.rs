//! A step's request made ready: constant ones are rendered once per host and sent as they are.

use super::{
    Speaker,
    check::Checks,
    text::{Names, Place, Text},
};
use crate::LoadError;
use plan::resolved::{Extract, ExtractFrom, Request, RetryPolicy, Timeouts};
use std::io::Write;

/// A request made ready.
#[derive(Debug)]
pub(crate) struct Call {
    method: Box<str>,
    path: Text,
    /// Lower-case or as the plan wrote it; after `host` and before `content-length`.
    headers: Vec<(Box<[u8]>, Text)>,
    body: Option<Text>,
    /// By host; empty when something in the request is computed.
    rendered: Vec<Box<[u8]>>,
    authorities: Vec<String>,
    keep_alive: bool,
    keeps_body: bool,
    pub(crate) checks: Checks,
    pub(crate) extracts: Vec<CallExtract>,
    /// What is looked at in a good answer.
    pub(crate) shows: Option<serde_json_path::JsonPath>,
    /// Headers that are handed on from answer to request.
    pub(crate) carried: Vec<CallCarried>,
    pub(crate) timeouts: Timeouts,
    pub(crate) retry: RetryPolicy,
}

/// A header of answers that is sent with the next request, once there was one.
#[derive(Debug, Clone)]
pub(crate) struct CallCarried {
    pub(crate) from: String,
    pub(crate) to: Box<[u8]>,
    pub(crate) variable: usize,
}

/// A value taken from the answer.
#[derive(Debug)]
pub(crate) struct CallExtract {
    pub(crate) variable: usize,
    pub(crate) from: ExtractSource,
}

/// Where an extracted value is found.
#[derive(Debug)]
pub(crate) enum ExtractSource {
    Json(serde_json_path::JsonPath),
    Header(String),
}

const USER_AGENT: &str = concat!("landfall/", env!("CARGO_PKG_VERSION"));

impl Call {
    pub(crate) fn new(
        step: &str,
        request: &Request,
        names: &mut Names<'_>,
        authorities: &[String],
        keep_alive: bool,
    ) -> Result<Self, LoadError> {
        let path = Text::new(step, &request.path, names)?;
        let header = |header: &plan::resolved::Header| {
            Ok((header.name.as_bytes().into(), Text::new(step, &header.value, &mut *names)?))
        };
        let headers = request.headers.iter().map(header).collect::<Result<Vec<_>, LoadError>>()?;
        let body = request.body.as_ref().map(|body| Text::new(step, body, names)).transpose()?;
        let checks = Checks::new(step, &request.checks, names)?;
        let extract = |extract: &Extract| CallExtract::new(step, extract, &mut *names);
        let extracts = request.extract.iter().map(extract).collect::<Result<Vec<_>, LoadError>>()?;
        let json = |extract: &CallExtract| matches!(extract.from, ExtractSource::Json(_));
        let keeps_body = checks.need_body() || extracts.iter().any(json);
        let mut call = Self {
            method: request.method.as_str().into(),
            path,
            headers,
            body,
            rendered: Vec::new(),
            authorities: authorities.to_vec(),
            keep_alive,
            keeps_body,
            checks,
            extracts,
            shows: None,
            carried: Vec::new(),
            timeouts: request.timeouts,
            retry: request.retry.clone(),
        };
        call.rendered = (0..authorities.len()).map_while(|host| call.constant(host)).collect();
        Ok(call)
    }

    /// The bytes to send to that host: as rendered before, or rendered now into `out` (with `scratch` for the body).
    pub(crate) fn bytes<'a>(
        &'a self,
        host: usize,
        speaker: &mut Speaker<'_>,
        out: &'a mut Vec<u8>,
        scratch: &mut Vec<u8>,
    ) -> &'a [u8] {
        if let Some(rendered) = self.rendered.get(host) {
            return rendered;
        }
        out.clear();
        scratch.clear();
        out.extend_from_slice(self.method.as_bytes());
        out.push(b' ');
        self.path.write(speaker, Place::Path, out);
        self.first_lines(host, out);
        for (name, value) in &self.headers {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
            value.write(speaker, Place::Header, out);
            out.extend_from_slice(b"\r\n");
        }
        for carried in &self.carried {
            if let Some(value) = speaker.scope.variables.get(carried.variable).filter(|value| !value.is_empty()) {
                out.extend_from_slice(&carried.to);
                out.extend_from_slice(b": ");
                out.extend(value.bytes().map(|byte| if byte.is_ascii_control() { b' ' } else { byte }));
                out.extend_from_slice(b"\r\n");
            }
        }
        if let Some(body) = &self.body {
            body.write(speaker, Place::Body, scratch);
        }
        self.last_lines(scratch, out);
        out
    }

    /// Whether the body of the answer is looked at.
    pub(crate) fn keeps_body(&self) -> bool {
        self.keeps_body
    }

    /// Whether its answer has no body whatever its headers say.
    pub(crate) fn is_head(&self) -> bool {
        &*self.method == "HEAD"
    }

    /// Whether sending it twice does no more than sending it once (RFC 9110 section 9.2.2).
    pub(crate) fn is_idempotent(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
    }

    /// Looks at this path of each good answer.
    pub(super) fn look_at(&mut self, path: serde_json_path::JsonPath) {
        self.keeps_body = true;
        self.shows = Some(path);
    }

    /// Hands headers on; what is sent then depends on answers, so that nothing is rendered before.
    pub(super) fn carry(&mut self, carried: Vec<CallCarried>) {
        if !carried.is_empty() {
            self.rendered.clear();
        }
        self.carried = carried;
    }

    /// Keeps the answer's body if those checks look at it.
    pub(super) fn keep_body_for(&mut self, checks: &Checks) {
        self.keeps_body |= checks.need_body();
    }

    /// The whole request to that host, where nothing in it is computed.
    fn constant(&self, host: usize) -> Option<Box<[u8]>> {
        let mut out = Vec::new();
        out.extend_from_slice(self.method.as_bytes());
        out.push(b' ');
        out.extend(self.path.constant()?);
        self.first_lines(host, &mut out);
        for (name, value) in &self.headers {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
            out.extend(value.constant()?);
            out.extend_from_slice(b"\r\n");
        }
        let body = match &self.body {
            Some(body) => body.constant()?,
            None => Vec::new(),
        };
        self.last_lines(&body, &mut out);
        Some(out.into())
    }

    fn first_lines(&self, host: usize, out: &mut Vec<u8>) {
        let has = |wanted: &str| self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes()));
        out.extend_from_slice(b" HTTP/1.1\r\n");
        if !has("host") {
            write_to(out, format_args!("host: {}\r\n", self.authorities[host]));
        }
        if !has("user-agent") {
            write_to(out, format_args!("user-agent: {USER_AGENT}\r\n"));
        }
        if !has("accept") {
            out.extend_from_slice(b"accept: */*\r\n");
        }
        if !self.keep_alive {
            out.extend_from_slice(b"connection: close\r\n");
        }
    }

    fn last_lines(&self, body: &[u8], out: &mut Vec<u8>) {
        // RFC 9110 section 8.6: without a body a length is sent only where the method gives one a meaning.
        if self.body.is_some() || matches!(&*self.method, "POST" | "PUT" | "PATCH") {
            write_to(out, format_args!("content-length: {}\r\n", body.len()));
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
    }
}

impl CallExtract {
    fn new(step: &str, extract: &Extract, names: &mut Names<'_>) -> Result<Self, LoadError> {
        let from = match &extract.from {
            ExtractFrom::Json(path) => ExtractSource::Json(super::check::json_path(step, path)?),
            ExtractFrom::Header(name) => ExtractSource::Header(name.clone()),
        };
        Ok(Self { variable: names.variable(&extract.variable), from })
    }
}

fn write_to(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a vector takes every byte");
}
