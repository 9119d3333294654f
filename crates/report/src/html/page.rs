//! What is around the content of every file: the policy that lets it ask nobody for anything, the look, the title.

use super::{markup::Markup, style};

/// A file, without its content.
#[derive(Debug)]
pub(super) struct Page<'a> {
    /// What a browser shows for the file.
    pub(super) title: &'a str,
    /// What stands at the foot of each printed sheet.
    pub(super) printed: &'a str,
    /// The class of the body, if the style sheet tells this kind of page from others.
    pub(super) class: Option<&'a str>,
}

impl Page<'_> {
    /// The whole file, with what `content` writes as its body.
    pub(super) fn write(&self, content: impl FnOnce(&mut Markup)) -> String {
        let sheet = style::sheet(self.printed);
        let mut markup = Markup::new();
        markup.element("html", &[("lang", "en")], |markup| {
            markup.element("head", &[], |markup| {
                markup.void("meta", &[("charset", "utf-8")]);
                markup.void("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &style::policy(&sheet))]);
                markup.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
                markup.void("meta", &[("name", "color-scheme"), ("content", "light dark")]);
                markup.leaf("title", &[], self.title);
                markup.style(&sheet);
            });
            let class = self.class.map(|class| ("class", class));
            markup.element("body", class.as_slice(), content);
        });
        markup.into_text()
    }
}
