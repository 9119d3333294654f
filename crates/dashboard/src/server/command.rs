//! What somebody with the role to operate wants of a run.

use super::{Run, Site, problem::Problem, text};
use crate::wire::{Answer, Command};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};
use std::sync::Arc;

/// A note is no longer.
const NOTE_LETTERS_MAX: usize = 500;

pub(super) async fn command(
    State(site): State<Arc<Site>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Answer>, Problem> {
    site.access.check_operate(text(&headers, header::AUTHORIZATION))?;
    let is_json = text(&headers, header::CONTENT_TYPE).is_some_and(is_json);
    if !is_json {
        let title = "a command is JSON";
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            title,
            "send it with Content-Type: application/json",
        ));
    }
    let body = body.map_err(|error| Problem::new(error.status(), error.body_text(), "commands are short"))?;
    let command = read(&body)?;
    let run = site.run(&name)?;
    check(&command, &name)?;
    match run {
        Run::Live(live) => Ok(Json(live.command(command).await)),
        Run::Stored(_) => {
            let detail = "this is its recording: carry the plan out again with landfall run";
            Err(Problem::new(StatusCode::CONFLICT, "that run is over", detail))
        }
    }
}

/// Parameters, such as a character set, may follow.
fn is_json(kind: &str) -> bool {
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn read(body: &[u8]) -> Result<Command, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let forms = r#"{"command":"note","text":…}, {"command":"inject","fault":…}, {"command":"heal","fault":…}, {"command":"hold"}, {"command":"end-hold"}, {"command":"stop","confirm":…}"#;
        Problem::bad(format!("that is no command: {error}"), format!("the commands are {forms}"))
    })
}

fn check(command: &Command, run: &str) -> Result<(), Problem> {
    match command {
        Command::Note { text } if text.trim().is_empty() => Err(Problem::bad("the note is empty", "write something")),
        Command::Note { text } if text.chars().count() > NOTE_LETTERS_MAX => {
            let title = format!("the note has {} characters", text.chars().count());
            Err(Problem::bad(title, format!("at most {NOTE_LETTERS_MAX} are kept: say it in fewer")))
        }
        Command::Stop { confirm } if confirm != run => {
            let detail = format!("type {run}: that is this run's name");
            Err(Problem::bad("the run is stopped only when its name is typed", detail))
        }
        _ => Ok(()),
    }
}
