//! What makes the report answer to a pointer: the live page's own script over the run's own messages, in the same file.
//!
//! ```text
//!   <style media="not all">                   the page's look, asleep: the script wakes it
//!   <div id="page"></div>                     where the script draws; empty, and nothing, without it
//!   <script type="…" id="messages">H4sI…        the messages as NDJSON, packed with gzip, in base64: data, never run
//!   <script>…</script>                        the one script whose hash the policy names
//! ```
//!
//! Everything else in the file is as it is without: whoever opens it where scripts don't run misses no fact.

use super::{markup::Markup, style};
use base64::{Engine, engine::general_purpose::STANDARD};

/// The type of the data block: no browser runs it.
const DATA: &str = "application/octet-stream;base64";

/// The script, its style sheet and what it draws.
#[derive(Debug, Clone, Copy)]
pub struct Interactive<'a> {
    /// One classic script that asks nobody for anything.
    pub script: &'a str,
    /// Its style sheet, which holds once the script sets its medium to `all`.
    pub style: &'a str,
    /// The messages of the run, one JSON object a line, packed with gzip.
    pub messages: &'a [u8],
}

impl Interactive<'_> {
    /// The policy of a file with this in it: the two style sheets and the script by their hashes, and no request of any kind.
    pub(super) fn policy(&self, sheet: &str) -> String {
        let styles = [sheet, self.style].map(style::source);
        format!("{}; script-src {}; img-src data:", style::policy(&styles), style::source(self.script))
    }

    /// The style sheet, which does nothing until the script says so.
    pub(super) fn sheet(&self, markup: &mut Markup) {
        markup.style(&[("media", "not all")], self.style);
    }

    /// Where the script draws.
    pub(super) fn mount(markup: &mut Markup) {
        markup.element("div", &[("id", "page")], |_| {});
    }

    /// The data and the script, behind everything else.
    pub(super) fn write(&self, markup: &mut Markup) {
        let data = STANDARD.encode(self.messages);
        markup.element("script", &[("type", DATA), ("id", "messages")], |markup| markup.text(&data));
        markup.script(self.script);
    }
}
