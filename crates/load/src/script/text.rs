//! Templates made ready: names are indices, neighbouring texts are one, and whoever is constant is known to be.

use super::Speaker;
use crate::LoadError;
use plan::{
    resolved::DataFeed,
    template::{Expression, Numbers, Part, Template},
};

/// A template whose names are indices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Text {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Fixed(Box<[u8]>),
    Value(Value),
}

/// An expression whose names are indices.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Variable(usize),
    User,
    Population,
    Origin,
    Iteration,
    Feed {
        feed: usize,
        column: usize,
    },
    Unique,
    Random(Numbers),
    Resident(Numbers),
    Choice(Vec<String>),
    Now,
    NowUnix,
    NowUnixMillis,
    Base64(Box<Value>),
    Literal(String),
    /// The ledger's unique value.
    Probe,
    /// What the write's answer called it.
    ProbeId,
    /// The name of the session's key.
    ProbeKey,
}

/// Where a text is put, and so what it must not contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the request line: computed values are percent-encoded where a URL can't carry them.
    Path,
    /// In a header: line ends would begin another header, so control characters become spaces.
    Header,
    /// In a body or a comparison: as it is.
    Body,
}

/// Names of the variables of a journey, in order of their first use; and the feeds of the plan.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    feeds: &'a [DataFeed],
    variables: Vec<String>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(feeds: &'a [DataFeed]) -> Self {
        Self { feeds, variables: Vec::new() }
    }

    /// The index of a variable.
    pub(crate) fn variable(&mut self, name: &str) -> usize {
        self.known(name).unwrap_or_else(|| {
            self.variables.push(name.to_owned());
            self.variables.len() - 1
        })
    }

    /// The index of a variable that was used before.
    pub(crate) fn known(&self, name: &str) -> Option<usize> {
        self.variables.iter().position(|known| known == name)
    }

    /// How many variables there are.
    pub(crate) fn variables(&self) -> usize {
        self.variables.len()
    }

    fn feed(&self, step: &str, feed: &str, column: &str) -> Result<Value, LoadError> {
        let found = self.feeds.iter().position(|known| known.name == feed).and_then(|index| {
            let column = self.feeds[index].columns.iter().position(|known| known == column)?;
            Some(Value::Feed { feed: index, column })
        });
        found.ok_or_else(|| LoadError::Feed { step: step.to_owned(), feed: feed.to_owned(), column: column.to_owned() })
    }
}

impl Text {
    /// Makes a template of that step ready.
    pub(crate) fn new(step: &str, template: &Template, names: &mut Names<'_>) -> Result<Self, LoadError> {
        let piece = |part: &Part| match part {
            Part::Text(text) => Ok(Piece::Fixed(text.as_bytes().into())),
            Part::Expression(expression) => Value::new(step, expression, names).map(Piece::Value),
        };
        Ok(Self { pieces: template.parts().iter().map(piece).collect::<Result<_, _>>()? })
    }

    /// The bytes, where no expression is in it.
    pub(crate) fn constant(&self) -> Option<Vec<u8>> {
        self.pieces.iter().try_fold(Vec::new(), |mut bytes, piece| match piece {
            Piece::Fixed(fixed) => {
                bytes.extend_from_slice(fixed);
                Some(bytes)
            }
            Piece::Value(_) => None,
        })
    }

    /// Appends what the text says for that user.
    pub(crate) fn write(&self, speaker: &mut Speaker<'_>, place: Place, out: &mut Vec<u8>) {
        for piece in &self.pieces {
            match piece {
                Piece::Fixed(fixed) => out.extend_from_slice(fixed),
                Piece::Value(value) => {
                    let start = out.len();
                    speaker.say(value, out);
                    place.clean(out, start);
                }
            }
        }
    }
}

impl Value {
    fn new(step: &str, expression: &Expression, names: &mut Names<'_>) -> Result<Self, LoadError> {
        Ok(match expression {
            Expression::Variable(name) => match name.as_str() {
                "user" => Self::User,
                "population" => Self::Population,
                "origin" => Self::Origin,
                "iteration" => Self::Iteration,
                name => Self::Variable(names.variable(name)),
            },
            Expression::Feed { feed, column } => names.feed(step, feed, column)?,
            Expression::Unique => Self::Unique,
            Expression::Random(numbers) => Self::Random(*numbers),
            Expression::Resident(numbers) => Self::Resident(*numbers),
            Expression::Choice(words) => Self::Choice(words.clone()),
            Expression::Now => Self::Now,
            Expression::NowUnix => Self::NowUnix,
            Expression::NowUnixMillis => Self::NowUnixMillis,
            Expression::Base64(inner) => Self::Base64(Box::new(Self::new(step, inner, names)?)),
            Expression::Literal(text) => Self::Literal(text.clone()),
            Expression::LedgerValue => Self::Probe,
            Expression::LedgerId => Self::ProbeId,
            Expression::LedgerKey => Self::ProbeKey,
        })
    }
}

impl Place {
    /// Takes what must not be there out of `out[start..]`.
    fn clean(self, out: &mut Vec<u8>, start: usize) {
        match self {
            Self::Body => {}
            Self::Header => {
                for byte in &mut out[start..] {
                    if byte.is_ascii_control() && *byte != b'\t' {
                        *byte = b' ';
                    }
                }
            }
            Self::Path if out[start..].iter().all(|byte| fits_url(*byte)) => {}
            Self::Path => {
                let plain = out.split_off(start);
                for byte in plain {
                    if fits_url(byte) {
                        out.push(byte);
                    } else {
                        const HEX: &[u8; 16] = b"0123456789ABCDEF";
                        out.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
                    }
                }
            }
        }
    }
}

/// Whether a byte may stand in the path and query of a URL (RFC 3986: unreserved, reserved but `#`, and `%`).
fn fits_url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte)
}
