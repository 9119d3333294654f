//! What goes wrong at one hop of HTTP: answers that come later, that are errors, or whose body is another.

use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

use super::{Condition, Conditions, Value};

/// Larger bodies stay as they are.
const BODY_BYTES_MAX: usize = 1024 * 1024;
/// One byte in so many is another.
const GARBLED_EVERY: usize = 16;

/// Answers a request of a user, with what is wrong at this hop. An error is instead of the answer: the request goes no
/// further, and nothing is done. A delay and another body come after it: what it asked for is done.
pub(crate) async fn hop(conditions: &Conditions, request: Request, next: Next) -> Response {
    if let Some(Value::Status(status)) = conditions.strikes(Condition::HttpErrors) {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::json!({ "error": "failing on purpose", "hint": "nothing was done" });
        return (status, axum::Json(body)).into_response();
    }
    let response = next.run(request).await;
    if let Some(Value::Time(delay)) = conditions.strikes(Condition::HttpDelay) {
        tokio::time::sleep(delay).await;
    }
    match conditions.strikes(Condition::HttpBody) {
        Some(Value::Word(word)) => with_other_body(response, &word).await,
        _ => response,
    }
}

async fn with_other_body(response: Response, how: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        return (StatusCode::INTERNAL_SERVER_ERROR, "the body is too large to be changed").into_response();
    };
    parts.headers.remove(header::CONTENT_LENGTH); // Of the other one.
    Response::from_parts(parts, Body::from(other(body.to_bytes().to_vec(), how)))
}

fn other(mut body: Vec<u8>, how: &str) -> Vec<u8> {
    match how {
        "emptied" => b"{}".to_vec(),
        "truncated" => {
            body.truncate(body.len() / 2);
            body
        }
        _ => {
            // Bit 5 makes other letters, and of quotes and braces what is none.
            body.iter_mut().step_by(GARBLED_EVERY).for_each(|byte| *byte ^= 0x20);
            body
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_body_is_one_that_cannot_be_taken_for_the_right_one() {
        let body = br#"{"id":"p1","author":"anna","text":"hello"}"#.to_vec();
        assert_eq!(other(body.clone(), "emptied"), b"{}");
        assert_eq!(other(body.clone(), "truncated"), &body[..body.len() / 2]);
        let garbled = other(body.clone(), "garbled");
        assert_eq!(garbled.len(), body.len());
        assert!(serde_json::from_slice::<serde_json::Value>(&garbled).is_err());
    }
}
