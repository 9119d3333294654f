//! What is around the content of every file: the policy that lets it ask nobody for anything, the look, the title.

use super::{Interactive, markup::Markup, style};

/// A file, without its content.
#[derive(Debug)]
pub(super) struct Page<'a> {
    /// What a browser shows for the file.
    pub(super) title: &'a str,
    /// What stands at the foot of each printed sheet.
    pub(super) printed: &'a str,
    /// The class of the body, if the style sheet tells this kind of page from others.
    pub(super) class: Option<&'a str>,
    /// The script over it; `None`: the file has none.
    pub(super) interactive: Option<&'a Interactive<'a>>,
}

impl Page<'_> {
    /// The whole file, with what `content` writes as its body.
    pub(super) fn write(&self, content: impl FnOnce(&mut Markup)) -> String {
        let sheet = style::sheet(self.printed);
        let own = || style::policy(&[style::source(&sheet)]);
        let policy = self.interactive.map_or_else(own, |interactive| interactive.policy(&sheet));
        let mut markup = Markup::new();
        markup.element("html", &[("lang", "en")], |markup| {
            markup.element("head", &[], |markup| {
                markup.void("meta", &[("charset", "utf-8")]);
                markup.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
                markup.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
                markup.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
                markup.leaf("title", &[], self.title);
                markup.style(&[], &sheet);
                if let Some(interactive) = self.interactive {
                    interactive.sheet(markup);
                }
            });
            let class = self.class.map(|class| ("class", class));
            markup.element("body", class.as_slice(), |markup| {
                content(markup);
                if let Some(interactive) = self.interactive {
                    interactive.write(markup);
                }
            });
        });
        markup.into_text()
    }
}
