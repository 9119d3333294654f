//! `[tokens]`: how users prove who they are.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::check::Mistakes;
use super::format::Number;

/// A key for HMAC-SHA-256 should not be shorter than its digest (RFC 7518, section 3.2).
const KEY_BYTES_MIN: usize = 32;

/// `[tokens]`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokensTable {
    key: Spanned<String>,
    #[serde(default)]
    required: bool,
    valid_seconds: Number,
    leeway_seconds: Number,
}

impl fmt::Debug for TokensTable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokensTable").field("required", &self.required).finish_non_exhaustive()
    }
}

/// How users prove who they are.
#[derive(Clone)]
pub(crate) struct TokenSettings {
    /// The secret that signs and proves; never printed.
    pub(crate) key: String,
    /// Whether acting for a user without a token is refused.
    pub(crate) required: bool,
    /// How long a token from `POST /v1/sessions` holds.
    pub(crate) valid: Duration,
    /// By how much clocks may differ before a token counts as expired.
    pub(crate) leeway: Duration,
}

impl fmt::Debug for TokenSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenSettings").field("required", &self.required).finish_non_exhaustive()
    }
}

impl TokensTable {
    pub(super) fn check(&self, mistakes: &mut Mistakes<'_>) -> Option<TokenSettings> {
        let length = self.key.get_ref().len();
        let valid = mistakes.number("valid_seconds", &self.valid_seconds, 3600, 1..=31_536_000);
        let leeway = mistakes.number("leeway_seconds", &self.leeway_seconds, 5, 0..=3600);
        if length < KEY_BYTES_MIN {
            let message = format!("the key has {length} bytes");
            let hint = format!("take at least {KEY_BYTES_MIN} that nobody can guess (HMAC-SHA-256)");
            mistakes.at(self.key.span(), message, hint);
            return None;
        }
        Some(TokenSettings {
            key: self.key.get_ref().clone(),
            required: self.required,
            valid: Duration::from_secs(valid),
            leeway: Duration::from_secs(leeway),
        })
    }
}
