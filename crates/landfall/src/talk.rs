//! How the program talks: data on standard output, everything else on standard error.

use crate::{cli::Talk, exit::ExpectedError};
use fleet::with_sources;
use std::io::Write as _;

/// Text has room for so much of an error; its logs have the rest.
const REASON_LETTERS_MAX: usize = 300;

/// A line of data, on standard output. A closed pipe (`| head`) is no error.
pub(crate) fn print_line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A line of talk, on standard error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// How errors are drawn: in the letters that are wanted, and with names that stay whole where a line ends, to be copied.
pub(crate) fn draw_errors(talk: Talk) {
    // It is set once, and before anything can be drawn.
    let _ = miette::set_hook(Box::new(move |_| {
        let options = miette::MietteHandlerOpts::new().word_splitter(textwrap::WordSplitter::NoHyphenation);
        Box::new(if talk.ascii { options.unicode(false) } else { options }.build())
    }));
}

/// Draws an error on standard error: what, where, what to do.
pub(crate) fn say_error(error: ExpectedError) {
    say(&format!("{:?}", miette::Report::new(error)));
}

/// An error in one line.
pub(crate) fn in_one_line(error: &ExpectedError) -> String {
    let text = with_sources(error);
    let line = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(REASON_LETTERS_MAX) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}
