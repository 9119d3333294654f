//! The key that holds the load: it asks the run what `landfall hold` asks it, and says first what a hold makes of a run.

use fleet::{
    control::{Answer, Ask, Asked, socket},
    with_sources,
};
use load::arrivals::Shape;
use plan::resolved::{LoadModel, ResolvedPlan};
use rustix::fs::{Access, access};
use std::{path::PathBuf, time::Duration};
use tokio::sync::{mpsc, oneshot};
use units::RunTime;

/// What is asked twice is meant: the second press must come within this.
const AGAIN_WITHIN: Duration = Duration::from_secs(10);
const WARNING: &str = "[h] again within 10 s holds the load; no promise about users can pass then";
const HOW: &str = "in the terminal";
/// Answers that nobody has read yet.
const ANSWERS_MAX: usize = 8;

/// Where the run can be asked.
pub(crate) enum Door {
    /// It goes on in this process.
    Here(mpsc::Sender<Asked>),
    /// It goes on elsewhere, and this is its folder.
    There(PathBuf),
}

impl Door {
    /// Whether it is open, to this user.
    fn is_open(&self) -> bool {
        match self {
            Self::Here(asks) => !asks.is_closed(),
            Self::There(folder) => access(folder.join(socket::NAME), Access::WRITE_OK).is_ok(),
        }
    }

    /// Asks, and leaves what was answered, in words, to `told`.
    fn ask(&self, ask: Ask, told: mpsc::Sender<String>) {
        let done = match ask {
            Ask::EndHold { .. } => "the load goes on with its plan in a second",
            _ => "the load is held in a second",
        };
        let said = move |answer| match answer {
            Ok(Answer::Done) => done.to_owned(),
            Ok(Answer::Refused { why }) | Err(why) => format!("that can't be: {why}"),
            Ok(other) => format!("that is no answer to what was asked: {other:?}"),
        };
        // Whoever is told may be gone when the answer comes.
        match self {
            Self::Here(asks) => {
                let asks = asks.clone();
                tokio::spawn(async move {
                    let (reply, answer) = oneshot::channel();
                    let is_asked = asks.send(Asked { ask, reply }).await.is_ok();
                    let answer = if is_asked { answer.await.ok() } else { None };
                    let _ = told.send(said(answer.ok_or_else(|| "the run is over".to_owned()))).await;
                });
            }
            Self::There(folder) => {
                let folder = folder.clone();
                tokio::spawn(async move {
                    let answer = socket::ask(&folder, ask).await;
                    let _ = told.send(said(answer.map_err(|error| with_sources(&error)))).await;
                });
            }
        }
    }
}

/// The key, for one run.
pub(crate) struct HoldKey {
    door: Door,
    /// When it was said what a hold is.
    warned: Option<RunTime>,
    answers: (mpsc::Sender<String>, mpsc::Receiver<String>),
}

impl HoldKey {
    /// For a run of that plan; `None`: its load can't be held.
    pub(crate) fn of(plan: &ResolvedPlan, door: Door) -> Option<Self> {
        let is_closed = matches!(plan.load.model, LoadModel::Closed);
        let changes = !Shape::new(&plan.load.stages).is_constant_from(Duration::ZERO);
        (changes && !is_closed).then(|| Self { door, warned: None, answers: mpsc::channel(ANSWERS_MAX) })
    }

    /// What the key does now, for the line of keys; empty: nothing.
    pub(crate) fn hint(&self, is_held: bool) -> &'static str {
        match (self.door.is_open(), is_held) {
            (false, _) => "",
            (true, false) => "[h] hold  ",
            (true, true) => "[h] go on  ",
        }
    }

    /// It was pressed then. Gives what is to be said at once.
    pub(crate) fn press(&mut self, is_held: bool, now: RunTime) -> Option<&'static str> {
        if !self.door.is_open() {
            return None;
        }
        let how = HOW.to_owned();
        let is_meant = self.warned.take().is_some_and(|warned| now.saturating_since(warned) <= AGAIN_WITHIN);
        if !is_held && !is_meant {
            self.warned = Some(now);
            return Some(WARNING);
        }
        let ask = if is_held { Ask::EndHold { how } } else { Ask::Hold { how } };
        self.door.ask(ask, self.answers.0.clone());
        None
    }

    /// What was answered since, in words.
    pub(crate) fn answer(&mut self) -> Option<String> {
        self.answers.1.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;
    use plan::Source;

    fn key(load: &str, door: Door) -> Option<HoldKey> {
        let text = format!(
            "version: 1\ntarget: {{chirp: {{regions: [us-east-1, eu-west-1], users: 20}}}}\nload: {{{load}, warm_up: 2s}}\n"
        );
        let source = Source { name: "plan.yaml".to_owned(), text };
        HoldKey::of(&plan::check(&source, wan::Atlas::embedded()).unwrap(), door)
    }

    const RAMP: &str = "stages: [{linear: {from: 10/s, to: 110/s, for: 100s}}]";

    fn at(second: u64) -> RunTime {
        RunTime::from(Duration::from_secs(second))
    }

    #[tokio::test]
    async fn a_hold_is_meant_when_it_is_asked_twice_and_what_is_answered_is_said() {
        let (asks, mut asked) = mpsc::channel(4);
        let mut key = key(RAMP, Door::Here(asks)).unwrap();
        assert_eq!((key.hint(false), key.hint(true)), ("[h] hold  ", "[h] go on  "));
        assert!(key.press(false, at(1)).unwrap().contains("no promise about users can pass"));
        assert!(key.press(false, at(12)).is_some(), "the first was too long ago");
        assert_eq!(key.press(false, at(20)), None, "the second within ten seconds");
        let Asked { ask, reply } = asked.recv().await.unwrap();
        assert_eq!(ask, Ask::Hold { how: HOW.to_owned() });
        reply.send(Answer::Done).unwrap();
        assert_eq!(key.answers.1.recv().await.unwrap(), "the load is held in a second");
        assert_eq!(key.press(true, at(40)), None, "what lets it go on needs no second press");
        let Asked { ask, reply } = asked.recv().await.unwrap();
        assert_eq!(ask, Ask::EndHold { how: HOW.to_owned() });
        reply.send(Answer::Refused { why: "the load is over, or about to end".to_owned() }).unwrap();
        let said = key.answers.1.recv().await.unwrap();
        assert_eq!(said, "that can't be: the load is over, or about to end");
        drop(asked);
        assert_eq!((key.press(false, at(50)), key.hint(false)), (None, ""), "the run is over");
    }

    #[tokio::test]
    async fn who_watches_may_hold_what_its_own_user_runs() {
        let folder = tempfile::tempdir().unwrap();
        let mut key = key(RAMP, Door::There(folder.path().to_owned())).unwrap();
        assert_eq!((key.hint(false), key.press(false, at(1))), ("", None), "nothing is asked where nobody answers");
        let (asks, mut asked) = mpsc::channel(1);
        let _listening = socket::listen(folder.path(), asks).unwrap();
        assert!(key.press(false, at(2)).is_some());
        assert_eq!(key.press(false, at(3)), None);
        asked.recv().await.unwrap().reply.send(Answer::Done).unwrap();
        assert_eq!(key.answers.1.recv().await.unwrap(), "the load is held in a second");
    }

    #[test]
    fn there_is_no_key_for_a_load_that_can_not_be_held() {
        for load in ["rate: 10/s, for: 60s", "model: closed, users: 10, for: 60s"] {
            assert!(key(load, Door::There(PathBuf::new())).is_none(), "{load}");
        }
    }
}
