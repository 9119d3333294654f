//! The page for a report: the same page and the same messages in one file, which asks nobody for anything.

use crate::{
    replay,
    wire::{Hello, Message, Mode, Role, VERSION},
};
use flate2::{Compression, write::GzEncoder};
use record::{Manifest, Recording};
use report::html::Interactive;
use std::io::Write as _;
use verdict::Findings;

/// Script and style sheet; `None` where Landfall was built without its page.
static SOURCES: Option<(&str, &str)> = include!(concat!(env!("OUT_DIR"), "/layer.rs"));

/// What a report needs to be explored.
#[derive(Debug)]
pub struct Layer {
    script: &'static str,
    style: &'static str,
    messages: Vec<u8>,
}

impl Layer {
    /// That of a judged recording; `None` where Landfall was built without its page. Takes time in proportion to the recording.
    #[must_use]
    pub fn of(recording: &Recording, findings: &Findings) -> Option<Self> {
        let (script, style) = SOURCES?;
        Some(Self { script, style, messages: packed(&messages(recording, findings)) })
    }

    /// As a report takes it.
    #[must_use]
    pub fn interactive(&self) -> Interactive<'_> {
        Interactive { script: self.script, style: self.style, messages: &self.messages }
    }
}

/// What a viewer who comes after the end is told: everything, and nothing twice.
fn messages(recording: &Recording, findings: &Findings) -> Vec<Message> {
    let (mut feed, _, end) = replay::play(recording);
    feed.judged(findings, "");
    let hello = Hello {
        version: VERSION,
        run: findings.run.name.clone(),
        landfall: findings.run.judged_by.clone(),
        started_unix_us: recording.manifest.as_ref().map_or(0, Manifest::started_unix_micros),
        now_us: end.as_micros(),
        mode: Mode::File,
        role: Role::View,
    };
    let series = feed.series(0, u64::MAX, 1);
    let mut messages = vec![Message::Hello(hello)];
    messages.extend(feed.catch_up());
    messages.extend(series.seconds.into_iter().map(Message::Second));
    messages.extend(series.fine.into_iter().map(Message::Fine));
    messages
}

fn packed(messages: &[Message]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for message in messages {
        let line = serde_json::to_vec(message).expect("messages are plain JSON");
        packed.write_all(&line).and_then(|()| packed.write_all(b"\n")).expect("a vector takes every byte");
    }
    packed.finish().expect("a vector takes every byte")
}
