//! Tokens: JSON Web Tokens (RFC 7519), signed with HMAC-SHA-256 by one key that all processes share.
//!
//! | token | answer |
//! |---|---|
//! | none, and the request acts for nobody | passes |
//! | none, and the request acts for a user or writes | 401 if tokens are required, else passes |
//! | malformed, wrong signature, expired, another algorithm | 401 |
//! | good, for another user than the request acts for | 403 |
//! | good, of nobody who moderates, and the request moderates | 403 |
//! | good, for the user, or the request acts for nobody | passes |
//!
//! **Roles.** A token may say that its user moderates. That allows what moderation does, and nothing else: a
//! moderator acts for no other user. `POST /v1/sessions` gives no role, for it asks for no password; whoever has
//! the key gives one (`chirp token --role moderator`). Where tokens are optional a request without one
//! passes here, too: then nobody is asked who they are, for anything.
//!
//! The algorithm is ours and never the token's: a token that names another one (`none`, most of all) is
//! refused. Expiry is judged by the clock that is given here, not by the library's own: Chirp's clocks can
//! be wrong on purpose, and then tokens fail as they would in the field.

use http::{HeaderMap, StatusCode, header};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, dangerous};
use serde::{Deserialize, Serialize};

use super::{Meaning, Refused, Role};
use crate::condition::{Condition, Conditions};
use crate::config::TokenSettings;
use crate::defects::Defect;
use crate::names::UserName;

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    /// Who.
    sub: UserName,
    /// Since when, in seconds since 1970.
    iat: u64,
    /// Until when, in seconds since 1970.
    exp: u64,
    /// What more than other users; most tokens do not say.
    #[serde(default, skip_serializing_if = "Role::is_plain")]
    role: Role,
}

/// Signs and proves tokens.
#[derive(Clone)]
pub(crate) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    settings: TokenSettings,
    conditions: Conditions,
}

impl Tokens {
    /// With what is wrong on purpose.
    pub(crate) fn new(settings: &TokenSettings, conditions: &Conditions) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false; // Below, by our clock.
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        Self {
            encoding: EncodingKey::from_secret(settings.key.as_bytes()),
            decoding: DecodingKey::from_secret(settings.key.as_bytes()),
            validation,
            settings: settings.clone(),
            conditions: conditions.clone(),
        }
    }

    /// A token for a user, and for how many seconds it holds.
    pub(crate) fn issue(
        &self,
        user: &UserName,
        role: Role,
        now_ms: u64,
        valid: Option<std::time::Duration>,
    ) -> (String, u64) {
        let (iat, seconds) = (now_ms / 1000, valid.unwrap_or(self.settings.valid).as_secs());
        let claims = Claims { sub: user.clone(), iat, exp: iat.saturating_add(seconds), role };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding);
        (token.expect("claims are texts and numbers, and the key is of the right kind"), seconds)
    }

    /// The answer of `POST /v1/sessions`. There is no password: this is a service for tests, and whoever can
    /// ask may be anybody.
    pub(crate) fn session(&self, user: &UserName, now_ms: u64) -> Result<serde_json::Value, Refused> {
        self.key_is_there()?;
        let (token, seconds) = self.issue(user, Role::User, now_ms, None);
        Ok(serde_json::json!({ "user": user, "token": token, "token_type": "Bearer", "expires_in": seconds }))
    }

    fn key_is_there(&self) -> Result<(), Refused> {
        if !self.conditions.is(Condition::TokenKeyMissing) {
            return Ok(());
        }
        let hint = "nothing was done: try again later, or in another region";
        Err(Refused::new(StatusCode::SERVICE_UNAVAILABLE, "there is no key to check tokens with", hint))
    }

    /// Whether a request may pass with this token.
    pub(crate) fn check(&self, token: Option<&str>, meaning: &Meaning, now_ms: u64) -> Result<(), Refused> {
        let Some(token) = token else {
            let is_needed = self.settings.required && (meaning.acting.is_some() || meaning.is_write);
            return if is_needed { Err(unauthorized("no token")) } else { Ok(()) };
        };
        let Claims { sub: user, role, .. } = self.claims_of(token, now_ms)?;
        let forbidden = |error, hint| Err(Refused::new(StatusCode::FORBIDDEN, error, hint));
        match &meaning.acting {
            Some(acting) if *acting != user => {
                let error = format!("the token is for `{user}`, the request acts for `{acting}`");
                forbidden(error, "act for yourself, or take a token of that user")
            }
            _ if meaning.moderates && role != Role::Moderator => {
                let error = format!("only moderators may do that, and the token of `{user}` names another role");
                forbidden(error, "take a token of a moderator: chirp token --role moderator")
            }
            _ => Ok(()),
        }
    }

    fn claims_of(&self, token: &str, now_ms: u64) -> Result<Claims, Refused> {
        self.key_is_there()?;
        if self.conditions.defects().has(Defect::AcceptAnyToken) {
            // DEFECT accept-any-token
            let claims = dangerous::insecure_decode::<Claims>(token);
            return claims.map(|token| token.claims).map_err(|error| unauthorized(error.to_string()));
        }
        let token = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation);
        let claims = token.map_err(|error| unauthorized(format!("the token is not valid: {error}")))?.claims;
        if now_ms / 1000 >= claims.exp.saturating_add(self.settings.leeway.as_secs()) {
            return Err(unauthorized(format!("the token has expired at {} (seconds since 1970)", claims.exp)));
        }
        Ok(claims)
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tokens").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The token of a request; an authorization of another kind is refused.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refused> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Ok(Some(token.trim())),
        _ => Err(unauthorized("the authorization is not of the form `Bearer TOKEN`")),
    }
}

fn unauthorized(error: impl Into<String>) -> Refused {
    let hint = "get a token with POST /v1/sessions {\"user\": …} and send it as `authorization: Bearer TOKEN`";
    Refused::new(StatusCode::UNAUTHORIZED, error, hint)
}
