//! One line of output: pieces with a role each, cut to the columns there are.

use super::{
    letters,
    style::{Role, Style},
};

/// A line in the making.
#[derive(Debug, Clone, Default)]
pub(crate) struct Line {
    pieces: Vec<(Role, String)>,
}

impl Line {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A line of one plain piece.
    pub(crate) fn plain(text: &str) -> Self {
        Self::new().with(Role::Plain, text)
    }

    /// With one more piece at its end.
    pub(crate) fn with(mut self, role: Role, text: &str) -> Self {
        self.pieces.push((role, text.to_owned()));
        self
    }

    /// Clean, in the style's characters, at most its columns wide, without blanks at the end.
    pub(crate) fn render(&self, style: &Style) -> String {
        let mut room = style.columns();
        let mut rendered = String::new();
        let mut held_back = String::new();
        for (role, text) in &self.pieces {
            let text = letters::fit_end(&letters::clean(text, style), room, style);
            room -= letters::width(&text);
            let body = text.trim_end();
            if body.is_empty() {
                held_back.push_str(&text);
                continue;
            }
            rendered.push_str(&std::mem::take(&mut held_back));
            rendered.push_str(&style.paint(*role, body));
            held_back.push_str(&text[body.len()..]);
        }
        rendered
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Colour, *};

    #[test]
    fn a_line_is_cut_and_has_no_blanks_at_its_end() {
        let style = Style::plain().with_size(40, 24);
        let line = Line::plain("a ").with(Role::Harm, "b  ").with(Role::Plain, "   ");
        assert_eq!(line.render(&style), "a b");
        let long = Line::plain(&"x".repeat(30)).with(Role::Plain, &"y".repeat(30)).render(&style);
        assert_eq!(long, format!("{}{}…", "x".repeat(30), "y".repeat(9)));
    }

    #[test]
    fn colour_is_put_on_after_the_width_is_known() {
        let style = Style::plain().with_size(40, 24).with_colour(Colour::Always);
        let line = Line::new().with(Role::Harm, &"x".repeat(40)).render(&style);
        assert_eq!(line, format!("\u{1b}[1;31m{}\u{1b}[0m", "x".repeat(40)));
    }
}
