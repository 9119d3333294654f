//! Addresses, header names, paths into JSON, and templates.

use super::{Read, scalar};
use crate::{
    mistakes::{Code, Collector, Mistake, Span},
    template::Template,
    yaml::Node,
};
use schemars::{Schema, SchemaGenerator, json_schema};
use std::net::{IpAddr, SocketAddr};
use url::Url;

/// Where a service listens: `http://host:port` or `https://host:port`, without path, query and user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl(pub(crate) Url);

impl BaseUrl {
    /// `scheme://host:port`, the port left out where it is the scheme's own.
    pub(crate) fn text(&self) -> String {
        self.0.as_str().trim_end_matches('/').to_owned()
    }

    /// Whether it is surely on this machine: a loopback address, or `localhost`.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback(),
            Some(url::Host::Ipv6(address)) => address.is_loopback(),
            Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        }
    }
}

impl Read for BaseUrl {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "an address such as http://127.0.0.1:8080", mistakes)?;
        let mut refuse = |why: &str| {
            let mistake =
                Mistake::new(Code::Malformed, node.span, format!("{text:?} is not the address of a service: {why}"));
            mistakes.add(mistake.hint("write http://HOST:PORT or https://HOST:PORT, without a path"));
            None
        };
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return refuse(&error.to_string()),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse(&format!("the scheme is {:?}", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("it names a user; send an authorization header instead");
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refuse("it has a path; paths belong to the steps");
        }
        Some(Self(url))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "title": "URL", "pattern": "^https?://[^/?#@]+/?$"})
    }
}

impl Read for SocketAddr {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "an address with port such as 127.0.0.53:53", mistakes)?;
        let found = text.parse().ok();
        if found.is_none() {
            let mistake = Mistake::new(Code::Malformed, node.span, format!("{text:?} is not an IP address with port"));
            mistakes.add(mistake.hint("write 127.0.0.53:53 or [::1]:53"));
        }
        found
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "IP:port", "type": "string", "examples": ["127.0.0.53:53", "[::1]:53"]})
    }
}

impl Read for IpAddr {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "an IP address", mistakes)?;
        let found = text.parse().ok();
        if found.is_none() {
            let mistake = Mistake::new(Code::Malformed, node.span, format!("{text:?} is not an IP address"));
            mistakes.add(mistake.hint("write 127.0.0.9 or ::1, without port"));
        }
        found
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "IP address", "type": "string", "examples": ["127.0.0.9", "::1"]})
    }
}

/// The name of an HTTP header (RFC 9110 token), as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeaderName(pub(crate) String);

impl Read for HeaderName {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a header name", mistakes)?;
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if text.is_empty() || !text.chars().all(token) {
            let mistake = Mistake::new(Code::Malformed, node.span, format!("{text:?} can't be a header name"));
            mistakes.add(mistake.hint("letters, digits and any of ! # $ % & ' * + - . ^ _ ` | ~ (RFC 9110)"));
            return None;
        }
        Some(Self(text.to_owned()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "header name", "type": "string"})
    }
}

/// An HTTP method (RFC 9110 token), upper-case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Method(pub(crate) String);

impl Read for Method {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a method", mistakes)?;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') || text.len() > 32 {
            let mistake = Mistake::new(Code::Malformed, node.span, format!("{text:?} can't be a method"));
            mistakes.add(mistake.hint("letters such as OPTIONS"));
            return None;
        }
        Some(Self(text.to_ascii_uppercase()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "title": "method", "pattern": "^[A-Za-z-]{1,32}$"})
    }
}

/// A JSONPath (RFC 9535).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonPathText(pub(crate) String);

impl Read for JsonPathText {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "a JSONPath such as $.id", mistakes)?;
        if let Err(error) = serde_json_path::JsonPath::parse(text) {
            let why = match text.get(..error.position()) {
                _ if !text.starts_with('$') => "it doesn't start with `$`".to_owned(),
                Some(before) => format!("it can't be read from character {} on", before.chars().count() + 1),
                None => error.message().to_owned(),
            };
            let message = format!("{text:?} is not a JSONPath: {why}");
            mistakes
                .add(Mistake::new(Code::Malformed, node.span, message).hint("RFC 9535: $.id, $.posts[0].id, $..name"));
            return None;
        }
        Some(Self(text.to_owned()))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "title": "JSONPath", "pattern": r"^\$"})
    }
}

/// A template and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TemplateText {
    /// The template.
    pub(crate) template: Template,
    /// Where it stands.
    pub(crate) span: Span,
}

impl Read for TemplateText {
    fn read(node: &Node, mistakes: &mut Collector<'_>) -> Option<Self> {
        let text = scalar(node, "text", mistakes)?;
        let template = template(text, node.span, mistakes)?;
        Some(Self { template, span: node.span })
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"title": "template", "type": ["string", "number", "boolean"]})
    }
}

/// Parses a template; a mistake points to the character where the source shows the text as it is.
pub(crate) fn template(text: &str, span: Span, mistakes: &mut Collector<'_>) -> Option<Template> {
    match Template::parse(text) {
        Ok(template) => Some(template),
        Err(error) => {
            let source = mistakes.source().text.get(span.start..span.end).unwrap_or_default();
            let offset = text.char_indices().nth(error.at - 1).map_or(text.len(), |(offset, _)| offset);
            let span = match source.find(text) {
                Some(start) => Span { start: span.start + start + offset, end: span.start + start + text.len() },
                None => span,
            };
            let message = format!("the template can't be read: {}", error.message);
            let mistake = Mistake::new(Code::Template, span, message);
            let open = error.message.contains("without");
            mistakes.add(if open { mistake.hint("a literal `{{` is written `{{{{`") } else { mistake });
            None
        }
    }
}
