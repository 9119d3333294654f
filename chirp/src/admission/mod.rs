//! What may pass: is the request well formed, and is whoever sends it the user that it acts for?
//!
//! ```text
//!  method, path, query, headers, body ──▶ meaning: what it reads, touches, who acts ──▶ token: is it them?
//!                                           │ 400, 404, 413                               │ 401, 403
//!                                           ▼                                             ▼
//!                                        refused where it came in, without asking anybody else
//! ```
//!
//! One module for whoever users meet first: an edge, or, where there are none, the region itself. Both
//! refuse the same things with the same words. The rules for single values (`rules`) are those of the
//! region's handlers.
//!
//! **What is not known passes.** A route that this module does not know is the region's to answer; fields that
//! it does not know are the region's to refuse. So a region can learn something new without its edges.

mod meaning;
mod role;
mod rules;
mod tokens;

#[cfg(test)]
mod tests;

use http::StatusCode;

pub(crate) use meaning::{Asked, Meaning, Resource};
pub(crate) use role::Role;
pub(crate) use rules::{check_length, idempotency_key, list_limit};
pub(crate) use tokens::{Tokens, bearer};

/// A request that does not pass, and what its sender is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) error: String,
    pub(crate) hint: &'static str,
}

impl Refused {
    fn new(status: StatusCode, error: impl Into<String>, hint: &'static str) -> Self {
        Self { status, error: error.into(), hint }
    }

    fn malformed(error: impl Into<String>, hint: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, hint)
    }
}
