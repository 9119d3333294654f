//! `landfall serve`: recordings in a browser, until Ctrl-C.

use crate::{
    cli::ServeArguments,
    exit::ExpectedError,
    page::{cant_serve, listen, show, until_interrupted},
    talk::say,
};
use dashboard::server::{self, FindError, Page};
use fleet::with_sources;
use std::path::PathBuf;

/// Serves recordings until Ctrl-C.
pub(crate) fn serve(arguments: &ServeArguments) -> Result<u8, ExpectedError> {
    let recordings = server::find(&arguments.runs).map_err(|error| nothing(&error, &arguments.runs))?;
    let listener = listen(arguments.page)?;
    let counted = if recordings.len() == 1 { "1 run".to_owned() } else { format!("{} runs", recordings.len()) };
    let page = Page::of_recordings(listener, recordings).map_err(|error| cant_serve(&error))?;
    show(&page.access().address_to_view(), arguments.open, &mut |text| say(text));
    say(&format!("{counted}, until Ctrl-C"));
    until_interrupted(None)?;
    Ok(0)
}

fn nothing(error: &FindError, asked: &[PathBuf]) -> ExpectedError {
    let path = match error {
        FindError::Unreadable { path, .. } | FindError::Nothing { path } => path.clone(),
        FindError::Recording(_) | FindError::TooMany => asked.first().cloned().unwrap_or_default(),
    };
    ExpectedError::NoInput { path, reason: with_sources(error) }
}
