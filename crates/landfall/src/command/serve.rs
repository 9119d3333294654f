//! `landfall serve`: recordings in a browser, until Ctrl-C.

use crate::{
    cli::ServeArguments,
    exit::ExpectedError,
    page::{cant_serve, listen, show, until_interrupted},
    talk::say,
};
use dashboard::server::{self, Page};
use fleet::with_sources;

/// Serves recordings until Ctrl-C.
pub(crate) fn serve(arguments: &ServeArguments) -> Result<u8, ExpectedError> {
    let recordings = server::find(&arguments.runs).map_err(|error| ExpectedError::NoInput(with_sources(&error)))?;
    let listener = listen(arguments.page)?;
    let counted = if recordings.len() == 1 { "1 run".to_owned() } else { format!("{} runs", recordings.len()) };
    let page = Page::of_recordings(listener, recordings).map_err(|error| cant_serve(&error))?;
    show(&page.access().address_to_view(), arguments.open, &mut |text| say(text));
    say(&format!("{counted}, until Ctrl-C"));
    until_interrupted(None)?;
    Ok(0)
}
