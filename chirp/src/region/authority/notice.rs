//! What users are told when they can't have everything: a status, `Retry-After`, and a notice that a client
//! can show, as a header and in the JSON.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use serde_json::json;

use crate::names::{PartitionName, RegionName};

/// The header that carries the notice.
pub(super) const NOTICE: &str = "x-chirp-notice";
/// Reads are served, writes are refused.
pub(super) const READ_ONLY: &str = "read-only";
/// What the session has seen is not here yet.
pub(super) const BEHIND: &str = "behind";
/// Another region serves.
pub(in crate::region) const PASSIVE: &str = "passive";
/// Answers larger than this get the notice as a header only.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A write that nobody may do now.
pub(super) fn read_only(partition: &PartitionName) -> Response {
    let error = format!("nobody writes partition {partition} now");
    refusal(READ_ONLY, &error, "nothing was done: reads go on, try again later")
}

/// A write that was done, or not, by a region that has lost its lease in the meantime.
pub(super) fn fenced(partition: &PartitionName) -> Response {
    let error = format!("the lease of partition {partition} ran out before the write could be acknowledged");
    let hint = "the outcome is unknown: the write may appear later; a retry with the same Idempotency-Key is safe";
    refusal(READ_ONLY, &error, hint)
}

/// A request at a region that stands by. The connection ends with it: a client that keeps its connections
/// looks a name up only when it makes a new one, and would stay here for as long as this region lives.
pub(super) fn passive(writer: &RegionName) -> Response {
    let error = format!("this region stands by; {writer} serves");
    let mut response = refusal(PASSIVE, &error, "nothing was done: ask the region that serves");
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A request for a user whose home is elsewhere, where such are refused.
pub(super) fn not_at_home(home: &RegionName) -> Response {
    let body = json!({
        "error": format!("this user is at home in {home}"),
        "hint": "ask the home region",
        "home": home,
    });
    let mut response = (StatusCode::MISDIRECTED_REQUEST, axum::Json(body)).into_response();
    let home = HeaderValue::from_str(home.as_str()).expect("region names are ASCII");
    response.headers_mut().insert("x-chirp-home", home);
    response
}

fn refusal(notice: &'static str, error: &str, hint: &str) -> Response {
    let body = json!({ "error": error, "hint": hint, "notice": notice });
    let mut response = (StatusCode::SERVICE_UNAVAILABLE, axum::Json(body)).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response.headers_mut().insert(NOTICE, HeaderValue::from_static(notice));
    response
}

/// Adds a notice to an answer: to its headers, and if it is a JSON object also there.
pub(super) async fn mark(mut response: Response, notice: &'static str) -> Response {
    response.headers_mut().insert(NOTICE, HeaderValue::from_static(notice));
    let content_type = response.headers().get(header::CONTENT_TYPE);
    if content_type.is_none_or(|value| !value.as_bytes().starts_with(b"application/json")) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        let error = json!({ "error": "the answer could not be read back" });
        return (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(error)).into_response();
    };
    let body = body.to_bytes();
    let marked = match body.strip_prefix(b"{") {
        Some(rest) => {
            let separator = if rest.starts_with(b"}") { "" } else { "," };
            let mut marked = format!(r#"{{"notice":"{notice}"{separator}"#).into_bytes();
            marked.extend_from_slice(rest);
            marked.into()
        }
        None => body,
    };
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(marked))
}

/// An answer that lacks what its session has seen.
pub(in crate::region) async fn mark_behind(response: Response) -> Response {
    mark(response, BEHIND).await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use serde_json::Value;

    use super::*;

    #[test]
    fn who_asks_a_standby_has_to_look_the_name_up_again() {
        let answer = passive(&RegionName::parse("eu-west-1").unwrap());
        assert_eq!(
            (answer.status(), &answer.headers()[header::CONNECTION]),
            (StatusCode::SERVICE_UNAVAILABLE, &HeaderValue::from_static("close"))
        );
    }

    #[tokio::test]
    async fn an_answer_is_marked_wherever_a_client_may_look() {
        // (the answer, the answer with the notice)
        let cases = [
            (json!({ "posts": [1] }), json!({ "notice": "read-only", "posts": [1] })),
            (json!({}), json!({ "notice": "read-only" })),
            (json!([1]), json!([1])),
        ];
        for (before, after) in cases {
            let marked = mark(axum::Json(before).into_response(), READ_ONLY).await;
            assert_eq!(marked.headers()[NOTICE], READ_ONLY);
            let body = marked.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), after);
        }
    }
}
