//! Writes HTML that can't be broken by what stands in it.
//!
//! Tags and attribute names are `&'static str`, so they come from this crate; everything else is escaped. Elements are
//! closed by the same call that opened them, so they are balanced. There is no way to write raw markup.

use crate::{together, visible};
use std::fmt::Write;

/// An attribute: its name and its value.
pub(super) type Attribute<'value> = (&'static str, &'value str);

/// A document in the making.
#[derive(Debug, Default)]
pub(super) struct Markup {
    text: String,
}

impl Markup {
    pub(super) fn new() -> Self {
        Self { text: "<!DOCTYPE html>\n".to_owned() }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// `<tag …>` what `inside` writes `</tag>`.
    pub(super) fn element(&mut self, tag: &'static str, attributes: &[Attribute<'_>], inside: impl FnOnce(&mut Self)) {
        self.open(tag, attributes);
        self.text.push('>');
        inside(self);
        self.text.push_str("</");
        self.text.push_str(tag);
        self.text.push('>');
        if is_block(tag) {
            self.text.push('\n');
        }
    }

    /// An element with text in it.
    pub(super) fn leaf(&mut self, tag: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.element(tag, attributes, |markup| markup.text(text));
    }

    /// A link to an anchor of the page; `section` is the number of the section where it stands, which paper prints.
    pub(super) fn link(&mut self, anchor: &str, section: Option<usize>, text: &str) {
        let (target, number) = (format!("#{anchor}"), section.map(|number| number.to_string()));
        let mut attributes = vec![("href", target.as_str())];
        attributes.extend(number.as_deref().map(|number| ("data-section", number)));
        self.leaf("a", &attributes, text);
    }

    /// An HTML element that has no end tag: `<meta …>`.
    pub(super) fn void(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.open(tag, attributes);
        self.text.push_str(">\n");
    }

    /// A shape of a drawing: `<path …/>`.
    pub(super) fn shape(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.open(tag, attributes);
        self.text.push_str("/>");
    }

    /// An element with a sentence of ours in it: numbers and their units stay on one line.
    pub(super) fn prose(&mut self, tag: &'static str, attributes: &[Attribute<'_>], sentence: &str) {
        self.leaf(tag, attributes, &together::bound(sentence));
    }

    /// Text, escaped.
    pub(super) fn text(&mut self, text: &str) {
        escape(&mut self.text, &visible::line(text));
    }

    /// A style sheet. A `</style` in it would end it early; there is none, and this sees to it.
    pub(super) fn style(&mut self, attributes: &[Attribute<'_>], sheet: &str) {
        assert!(!sheet.contains("</"), "a style sheet has no business with tags");
        self.open("style", attributes);
        self.text.push('>');
        self.text.push_str(sheet);
        self.text.push_str("</style>\n");
    }

    /// The script. A `</script` or `<!--` in it would end it early or never; there is none, and this sees to it.
    pub(super) fn script(&mut self, script: &str) {
        let lower = script.to_ascii_lowercase();
        assert!(!lower.contains("</script") && !lower.contains("<!--"), "a script that can't stand in a page");
        self.text.push_str("<script>");
        self.text.push_str(script);
        self.text.push_str("</script>\n");
    }

    fn open(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes.iter().filter(|(name, value)| *name != "class" || !value.is_empty()) {
            // Infallible: a string takes every byte.
            let _ = write!(self.text, " {name}=\"");
            escape(&mut self.text, &visible::line(value));
            self.text.push('"');
        }
    }
}

fn escape(target: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => target.push_str("&amp;"),
            '<' => target.push_str("&lt;"),
            '>' => target.push_str("&gt;"),
            '"' => target.push_str("&quot;"),
            '\'' => target.push_str("&#39;"),
            character => target.push(character),
        }
    }
}

/// After these a line feed changes nothing, and keeps lines short.
fn is_block(tag: &str) -> bool {
    matches!(
        tag,
        "html"
            | "head"
            | "title"
            | "body"
            | "header"
            | "main"
            | "footer"
            | "nav"
            | "section"
            | "div"
            | "figure"
            | "figcaption"
            | "details"
            | "summary"
            | "table"
            | "caption"
            | "thead"
            | "tbody"
            | "tr"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dd"
            | "p"
            | "h1"
            | "h2"
            | "h3"
            | "svg"
            | "defs"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_never_markup() {
        let mut markup = Markup::default();
        markup.element("p", &[("title", "\" onload=\"x\" '<>&")], |markup| markup.text("</p><script>\u{1b}&amp;"));
        assert_eq!(
            markup.into_text(),
            "<p title=\"&quot; onload=&quot;x&quot; &#39;&lt;&gt;&amp;\">&lt;/p&gt;&lt;script&gt;�&amp;amp;</p>\n"
        );
    }

    #[test]
    #[should_panic(expected = "no business with tags")]
    fn a_style_sheet_can_not_end_early() {
        Markup::default().style(&[], "p { content: '</style>' }");
    }
}
