//! What is answered to a request that can't be: what is wrong and what to do, in the form of RFC 9457.

use crate::access::Refusal;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// Why a request is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    title: String,
    detail: String,
}

impl Problem {
    /// What is wrong, and what to do about it.
    pub(crate) fn new(status: StatusCode, title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { status, title: title.into(), detail: detail.into() }
    }

    /// A request that doesn't make sense.
    pub(crate) fn bad(title: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, title, detail)
    }

    pub(crate) fn no_run(run: &str) -> Self {
        let title = format!("there is no run {run:?} here");
        Self::new(StatusCode::NOT_FOUND, title, "GET /api/v1/runs lists those that there are")
    }

    pub(crate) fn ended() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the server is ending", "start landfall again")
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let printed = "open the address that landfall printed: its token is behind the #";
        match refusal {
            Refusal::Host => Self::new(
                StatusCode::FORBIDDEN,
                "the Host header is not this server",
                "open the page by the address that landfall printed, by localhost, or by an IP address",
            ),
            Refusal::OtherSite => {
                Self::new(StatusCode::FORBIDDEN, "another site's page caused this request", "use landfall's own page")
            }
            Refusal::NoToken => Self::new(StatusCode::UNAUTHORIZED, "this needs a token", printed),
            Refusal::WrongToken => Self::new(
                StatusCode::UNAUTHORIZED,
                "that token is not known",
                format!("tokens are made anew at each start: {printed}"),
            ),
            Refusal::ViewOnly => Self::new(
                StatusCode::FORBIDDEN,
                "that token is for looking only",
                "use the address with the token to operate, which landfall printed at its start",
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body<'a> {
            r#type: &'static str,
            title: &'a str,
            status: u16,
            detail: &'a str,
        }
        let body =
            Body { r#type: "about:blank", title: &self.title, status: self.status.as_u16(), detail: &self.detail };
        let body = serde_json::to_vec(&body).expect("texts and numbers are plain JSON");
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
