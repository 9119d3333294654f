//! The head of an answer: status, how long the body is, whether the connection lives on, who answered.

use super::{HEADERS_MAX, Malformed};
use std::mem::MaybeUninit;

/// What the client needs of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) framing: Framing,
    /// Whether the server keeps the connection after this answer.
    pub(crate) keep_alive: bool,
    /// Region index that the served-by header names.
    pub(crate) served_by: Option<u16>,
}

/// How the end of the body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// After so many bytes; also where there is none.
    Length(u64),
    Chunked,
    /// When the connection closes.
    Close,
}

/// The header that says which region answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct ServedByHeader {
    /// Lower-case; empty: there is none.
    name: String,
    /// Names by region index.
    regions: Vec<String>,
}

impl ServedByHeader {
    pub(crate) fn new(name: &str, regions: impl IntoIterator<Item = String>) -> Self {
        Self { name: name.to_ascii_lowercase(), regions: regions.into_iter().collect() }
    }

    fn region(&self, value: &[u8]) -> Option<u16> {
        let value = value.trim_ascii();
        let index = self.regions.iter().position(|region| region.as_bytes().eq_ignore_ascii_case(value))?;
        u16::try_from(index).ok()
    }
}

impl Head {
    /// Reads the head at the beginning of `bytes`: with its length, or `None` when it is not complete yet.
    pub(crate) fn parse(
        bytes: &[u8],
        answers_head: bool,
        served_by: &ServedByHeader,
    ) -> Result<Option<(Self, usize)>, Malformed> {
        let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut []);
        let length = match httparse::ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            bytes,
            &mut headers,
        ) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(httparse::Error::TooManyHeaders) => return Err(Malformed::Headers),
            Err(_) => return Err(Malformed::Head),
        };
        let status = response.code.ok_or(Malformed::Head)?;
        let mut facts = Facts::new(response.version == Some(1));
        for header in &*response.headers {
            facts.header(header, served_by)?;
        }
        Ok(Some((facts.head(status, answers_head), length)))
    }
}

/// What the headers said so far.
struct Facts {
    keep_alive: bool,
    length: Option<u64>,
    encoded: bool,
    chunked: bool,
    served_by: Option<u16>,
}

impl Facts {
    fn new(persistent: bool) -> Self {
        Self { keep_alive: persistent, length: None, encoded: false, chunked: false, served_by: None }
    }

    /// Compares names by length first: of a dozen headers at most three need a closer look.
    fn header(&mut self, header: &httparse::Header<'_>, served_by: &ServedByHeader) -> Result<(), Malformed> {
        let name = header.name;
        match name.len() {
            14 if name.eq_ignore_ascii_case("content-length") => self.length(header.value)?,
            17 if name.eq_ignore_ascii_case("transfer-encoding") => {
                self.encoded = true;
                let last = header.value.rsplit(|byte| *byte == b',').next().unwrap_or_default();
                self.chunked = last.trim_ascii().eq_ignore_ascii_case(b"chunked");
            }
            10 if name.eq_ignore_ascii_case("connection") => {
                for token in header.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
                    if token.eq_ignore_ascii_case(b"close") {
                        self.keep_alive = false;
                    } else if token.eq_ignore_ascii_case(b"keep-alive") {
                        self.keep_alive = true;
                    }
                }
            }
            _ => {}
        }
        if !served_by.name.is_empty() && name.eq_ignore_ascii_case(&served_by.name) {
            self.served_by = served_by.region(header.value);
        }
        Ok(())
    }

    /// RFC 9112 section 6.3: equal lengths, also in one list, are one; different ones are an attack or a mistake.
    fn length(&mut self, value: &[u8]) -> Result<(), Malformed> {
        for text in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
                return Err(Malformed::ContentLength);
            }
            let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
            let number: u64 = number.ok_or(Malformed::ContentLength)?;
            if self.length.is_some_and(|known| known != number) {
                return Err(Malformed::ContentLength);
            }
            self.length = Some(number);
        }
        Ok(())
    }

    fn head(self, status: u16, answers_head: bool) -> Head {
        let bodiless = answers_head || matches!(status, 100..=199 | 204 | 304);
        let framing = match self.length {
            _ if bodiless => Framing::Length(0),
            _ if self.chunked => Framing::Chunked,
            Some(length) if !self.encoded => Framing::Length(length),
            _ => Framing::Close,
        };
        // A length beside an encoding is a sign of smuggling: the answer is taken, the connection is not used again.
        let ambiguous = self.encoded && self.length.is_some();
        let keep_alive = self.keep_alive && framing != Framing::Close && !ambiguous;
        Head { status, framing, keep_alive, served_by: self.served_by }
    }
}
