//! What a provider says when nothing is wrong with it. The same words for the same question, so that a
//! test can know them; and as a real one would, it says no to some.

use std::collections::{HashSet, VecDeque};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::mix::mix_text;
use crate::third_party::Kind;
use crate::third_party::protocol::{
    MediaAnswer, MediaQuestion, PreviewAnswer, PreviewQuestion, PushAnswer, PushQuestion,
};

/// Notifications that are remembered, to tell nobody twice.
const TOLD_MAX: usize = 100_000;

/// An answer: status and body.
pub(super) type Answered = (u16, Bytes);

/// Whom a push service has told what, newest last, up to a limit.
#[derive(Debug, Default)]
pub(super) struct Told {
    known: HashSet<(String, String)>,
    order: VecDeque<(String, String)>,
    count: u64,
}

impl Told {
    /// How many notifications there were in all.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Whether this person was not told of this post before.
    fn tell(&mut self, post: &str, person: &str) -> bool {
        let notification = (post.to_owned(), person.to_owned());
        if !self.known.insert(notification.clone()) {
            return false;
        }
        self.order.push_back(notification);
        if self.order.len() > TOLD_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.count += 1;
        true
    }
}

/// Answers a question of the kind that this provider is for.
pub(super) fn answer(kind: Kind, body: &[u8], told: &mut Told) -> Answered {
    match kind {
        Kind::Previews => about(body, |question| preview(&question)),
        Kind::Media => about(body, |question: MediaQuestion| {
            let url = format!("https://media.example/{:016x}", mix_text(&question.source));
            Some(MediaAnswer { url })
        }),
        Kind::Pushes => about(body, |question: PushQuestion| {
            let new = question.to.iter().filter(|person| told.tell(&question.post, person)).count();
            Some(PushAnswer { accepted: new })
        }),
    }
}

/// Pages under `/nothing` have nothing to show.
fn preview(question: &PreviewQuestion) -> Option<PreviewAnswer> {
    let rest = question.link.split_once("://").map_or("", |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    (path != "nothing").then(|| PreviewAnswer {
        title: format!("{host}: {path}"),
        description: format!("Page {:08x} of {host}", mix_text(path) >> 32),
    })
}

fn about<Q: DeserializeOwned, A: Serialize>(body: &[u8], answer: impl FnOnce(Q) -> Option<A>) -> Answered {
    let Ok(question) = serde_json::from_slice(body) else {
        return (400, Bytes::from_static(br#"{"error":"not a question for this provider"}"#));
    };
    match answer(question) {
        Some(answer) => (200, serde_json::to_vec(&answer).expect("answers have text keys only").into()),
        None => (404, Bytes::from_static(br#"{"error":"nothing there"}"#)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_answers_its_own_questions() {
        let mut told = Told::default();
        // (kind, question, status, part of the answer)
        let cases = [
            (Kind::Previews, r#"{"link":"https://example.org/a"}"#, 200, r#""title":"example.org: a""#),
            (Kind::Previews, r#"{"link":"https://example.org/nothing"}"#, 404, "nothing there"),
            (Kind::Previews, r#"{"source":"https://example.org"}"#, 400, "not a question"),
            (Kind::Media, r#"{"source":"https://example.org/a.png"}"#, 200, "https://media.example/"),
            (Kind::Pushes, r#"{"post":"p","from":"a","text":"t","to":["b","c"]}"#, 200, r#""accepted":2"#),
            (Kind::Pushes, r#"{"post":"p","from":"a","text":"t","to":["c","d"]}"#, 200, r#""accepted":1"#),
            (Kind::Pushes, r#"{"post":"q","from":"a","text":"t","to":["b"]}"#, 200, r#""accepted":1"#),
        ];
        for (kind, question, status, part) in cases {
            let (found, body) = answer(kind, question.as_bytes(), &mut told);
            let body = String::from_utf8_lossy(&body);
            assert_eq!(found, status, "{question}: {body}");
            assert!(body.contains(part), "{question}: {body}");
        }
        assert_eq!(told.count(), 4);
    }

    #[test]
    fn what_was_told_is_remembered_up_to_a_limit() {
        let mut told = Told::default();
        for number in 0..TOLD_MAX + 10 {
            assert!(told.tell(&format!("{number}"), "anna"));
        }
        assert_eq!(told.known.len(), TOLD_MAX);
        assert!(!told.tell("20", "anna"));
        assert!(told.tell("0", "anna"), "forgotten");
    }
}
