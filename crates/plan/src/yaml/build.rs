//! Parser events in, tree out.

use super::{Entry, Node, Value};
use crate::mistakes::{Code, Mistake, Span};
use granit_parser::{Event, Parser, ScalarStyle};
use std::{collections::HashMap, rc::Rc};

/// Longer plans are refused, in bytes.
const TEXT_MAX: usize = 1 << 20;
/// Plans with more nodes are refused; what an alias stands for counts each time.
const NODES_MAX: usize = 100_000;
/// Deeper plans are refused.
const DEPTH_MAX: usize = 64;

/// The tree of a text, or `None` when there is none to be had; mistakes go to `report`.
pub(crate) fn build(text: &str, report: &mut dyn FnMut(Mistake)) -> Option<Rc<Node>> {
    let mut builder = Builder { text, report, open: Vec::new(), anchors: HashMap::new(), nodes: 0, root: None };
    match builder.run() {
        Ok(()) if builder.root.is_none() => {
            let empty = Mistake::new(Code::Syntax, Span::default(), "the plan is empty");
            (builder.report)(empty.hint("`landfall demo --print-plan` prints one to start from"));
            None
        }
        Ok(()) => builder.root,
        Err(mistake) => {
            (builder.report)(mistake);
            None
        }
    }
}

/// The tree of a text that this crate itself holds, such as a default.
///
/// # Panics
/// When the text is no YAML; a test reads every default.
pub(crate) fn snippet(text: &str) -> Rc<Node> {
    build(text, &mut |mistake| panic!("{text:?} in the program: {mistake}")).expect("a mistake panics before")
}

struct Builder<'a> {
    text: &'a str,
    report: &'a mut dyn FnMut(Mistake),
    open: Vec<Open>,
    anchors: HashMap<usize, (Rc<Node>, usize)>,
    nodes: usize,
    root: Option<Rc<Node>>,
}

/// A collection that is not finished.
struct Open {
    start: usize,
    anchor: usize,
    nodes_before: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Rc<Node>>),
    Mapping { entries: Vec<Entry>, merged: Vec<Rc<Node>>, key: Option<Rc<Node>> },
}

impl Builder<'_> {
    fn run(&mut self) -> Result<(), Mistake> {
        if self.text.len() > TEXT_MAX {
            let message = format!("the plan has {} bytes, at most {TEXT_MAX} are read", self.text.len());
            return Err(Mistake::new(Code::Syntax, Span::default(), message)
                .hint("rows of data belong into a CSV file: feeds: {NAME: {file: NAME.csv}}"));
        }
        for next in Parser::new_from_str(self.text) {
            let (event, span) = next.map_err(|error| {
                let at = error.marker().byte_offset().unwrap_or(0).min(self.text.len());
                let said = format!("no valid YAML: {}", error.info());
                let mistake = Mistake::new(Code::Syntax, self.trimmed(at, at + 1), said);
                let is_tab = error.info().contains("tab") && self.text.contains('\t');
                if is_tab { mistake.hint("YAML takes no tabs there: write blanks") } else { mistake }
            })?;
            let start = span.start.byte_offset().unwrap_or(0);
            let end = span.end.byte_offset().unwrap_or(start);
            self.take(event, self.trimmed(start, end))?;
        }
        Ok(())
    }

    /// Without the white space that the parser counts to a scalar.
    fn trimmed(&self, start: usize, end: usize) -> Span {
        let start = self.text.floor_char_boundary(start);
        let end = self.text.floor_char_boundary(end).max(start);
        Span { start, end: start + self.text[start..end].trim_end().len() }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Mistake> {
        if let Some(tag) = event.tag() {
            let message = format!("tags such as {} are not read", tag.original());
            (self.report)(Mistake::new(Code::Syntax, span, message).hint("leave the tag out"));
        }
        match event {
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(Mistake::new(Code::Syntax, span, "a second document")
                    .hint("a plan is one document: remove the `---`"))
            }
            Event::Scalar(text, style, anchor, _) => {
                let value = Value::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.count(1, span)?;
                self.finish(Rc::new(Node { span, value }), anchor, 1)
            }
            Event::SequenceStart(_, anchor, _) => self.begin(span, anchor, Content::Sequence(Vec::new())),
            Event::MappingStart(_, anchor, _) => {
                self.begin(span, anchor, Content::Mapping { entries: Vec::new(), merged: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some((node, weight)) => {
                    self.count(weight, span)?;
                    self.finish(node, 0, weight)
                }
                None => Err(Mistake::new(Code::Syntax, span, "an alias inside of what it stands for")),
            },
            _ => Ok(()),
        }
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Mistake> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX {
            let message = format!("the plan has more than {NODES_MAX} values, those behind aliases included");
            return Err(Mistake::new(Code::Syntax, span, message));
        }
        Ok(())
    }

    fn begin(&mut self, span: Span, anchor: usize, content: Content) -> Result<(), Mistake> {
        if self.open.len() >= DEPTH_MAX {
            return Err(Mistake::new(Code::Syntax, span, format!("more than {DEPTH_MAX} levels deep")));
        }
        self.count(1, span)?;
        self.open.push(Open { start: span.start, anchor, nodes_before: self.nodes - 1, content });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), Mistake> {
        let open = self.open.pop().expect("the parser ends only what it began");
        let value = match open.content {
            Content::Sequence(items) => Value::Sequence(items),
            Content::Mapping { entries, merged, .. } => Value::Mapping(self.merge(entries, &merged)),
        };
        let node = Node { span: self.trimmed(open.start, span.end.max(open.start)), value };
        self.finish(Rc::new(node), open.anchor, self.nodes - open.nodes_before)
    }

    /// A finished node takes its place: key, value, item or root.
    fn finish(&mut self, node: Rc<Node>, anchor: usize, weight: usize) -> Result<(), Mistake> {
        if anchor != 0 {
            self.anchors.insert(anchor, (Rc::clone(&node), weight));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::Sequence(items)) => items.push(node),
            Some(Content::Mapping { entries, merged, key }) => match key.take() {
                None => *key = Some(node),
                Some(key) => add(entries, merged, Entry { key, value: node }, self.report),
            },
        }
        Ok(())
    }

    fn merge(&mut self, mut entries: Vec<Entry>, merged: &[Rc<Node>]) -> Vec<Entry> {
        for node in merged {
            let Value::Mapping(others) = &node.value else {
                let message = format!("`<<` merges mappings, this is {}", node.kind());
                (self.report)(Mistake::new(Code::WrongType, node.span, message));
                continue;
            };
            for other in others {
                if !entries.iter().any(|entry| entry.name() == other.name()) {
                    entries.push(other.clone());
                }
            }
        }
        entries
    }
}

/// Adds an entry, unless its key isn't a scalar or was there before.
fn add(entries: &mut Vec<Entry>, merged: &mut Vec<Rc<Node>>, entry: Entry, report: &mut dyn FnMut(Mistake)) {
    let span = entry.key.span;
    match &entry.key.value {
        Value::Scalar { text, plain: true } if text == "<<" => match &entry.value.value {
            Value::Sequence(items) => merged.extend(items.iter().map(Rc::clone)),
            Value::Scalar { .. } | Value::Mapping(_) => merged.push(entry.value),
        },
        Value::Scalar { text, .. } => match entries.iter().find(|other| other.name() == text) {
            None => entries.push(entry),
            Some(first) => report(
                Mistake::new(Code::DuplicateKey, span, format!("`{text}` is given twice"))
                    .hint("keep one of them")
                    .also(first.key.span, "first given here"),
            ),
        },
        Value::Sequence(_) | Value::Mapping(_) => {
            let message = format!("a key must be a single word, this is {}", entry.key.kind());
            report(
                Mistake::new(Code::Syntax, span, message)
                    .hint("text that starts with `{` or `[` needs quotes: \"{{ unique }}\""),
            );
        }
    }
}
