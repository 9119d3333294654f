//! The page of a run: where it is, who is told of it, and what becomes of what its viewers ask for. It is one more who follows the run.

use crate::{
    cli::PageArguments, exit::ExpectedError, hidden::runtime, live::Follow, signals::watch_signals_with, talk::say,
};
use dashboard::{
    access::Access,
    server::{self, Commanded, LivePage, Page, Telling},
    wire::{Answer as Said, Command},
};
use fleet::{
    Observation,
    control::{Answer, Ask, Asked},
};
use plan::resolved::ResolvedPlan;
use std::{
    io::{self, IsTerminal as _, stderr},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Command as Program, Stdio},
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot, watch};
use units::FaultName;
use verdict::Findings;

/// Where a page will be.
pub(crate) struct Place {
    listener: TcpListener,
    open: bool,
}

/// Takes the address where a run's page is to be; `None`: nobody wants one.
pub(crate) fn place(wishes: &PageArguments) -> Result<Option<Place>, ExpectedError> {
    let is_wanted = wishes.open || wishes.page.is_some() || wishes.page_for.is_some() || stderr().is_terminal();
    if wishes.no_page || !is_wanted {
        return Ok(None);
    }
    Ok(Some(Place { listener: listen(wishes.page)?, open: wishes.open }))
}

/// Listens at that address, or at the usual one.
pub(crate) fn listen(address: Option<SocketAddr>) -> Result<TcpListener, ExpectedError> {
    let failed = |at: &str, error: &io::Error| {
        ExpectedError::Resources(format!("the page can't be served at {at}: {error}; name another address with --page"))
    };
    match address {
        Some(address) => server::listen(address).map_err(|error| failed(&address.to_string(), &error)),
        None => server::listen_by_default().map_err(|error| failed("127.0.0.1:7600 or a port after it", &error)),
    }
}

impl Place {
    /// Serves the page of the run in that folder, and says where. Its clock's zero, and that in microseconds since 1970 UTC, are
    /// `times`.
    pub(crate) fn show(
        self,
        folder: &Path,
        plan: &ResolvedPlan,
        times: (Instant, u64),
        follower: &mut dyn Follow,
    ) -> Result<RunPage, ExpectedError> {
        let run = folder.file_name().map_or_else(|| plan.name.clone(), |name| name.to_string_lossy().into_owned());
        let LivePage { page, telling, commanded } =
            Page::of_run(self.listener, &run, plan, times).map_err(|error| cant_serve(&error))?;
        announce(page.access(), self.open, &mut |text| follower.say(text));
        Ok(RunPage { page, telling, commanded: Some(commanded) })
    }
}

pub(crate) fn cant_serve(error: &io::Error) -> ExpectedError {
    ExpectedError::Resources(format!("the page can't be served: {error}"))
}

/// Says where the page of a run is, once, and opens it where that is wanted.
fn announce(access: &Access, open: bool, say: &mut dyn FnMut(&str)) {
    show(&access.address_to_operate(), open, say);
    if !access.is_local() {
        say(&format!("for looking only: {}", access.address_to_view()));
        say("whoever sees these addresses can use them: they go over the network as they are");
    }
}

/// Says where a page is, and opens it where that is wanted.
pub(crate) fn show(address: &str, open: bool, say: &mut dyn FnMut(&str)) {
    if cfg!(not(feature = "page")) {
        say("this Landfall was built without the page (--no-default-features): its API is served all the same");
        say(&format!("the API: {address}"));
        return;
    }
    say(&format!("the page: {address}"));
    if open && let Err(why) = opened(address, has_display()) {
        say(&format!("{why}: open the address by hand"));
    }
}

/// Whether there is anywhere that a browser could show itself.
fn has_display() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"].into_iter().any(is_set)
}

/// Asks a browser to open that; or why none does. Without a display `xdg-open` would start one that draws in this very terminal.
fn opened(address: &str, has_display: bool) -> Result<(), &'static str> {
    if !has_display {
        return Err("there is no display that a browser could be opened on");
    }
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started =
        Program::new(program).arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = started else { return Err("no browser could be started") };
    let asked = Instant::now();
    while asked.elapsed() < REFUSES_WITHIN {
        match child.try_wait() {
            Ok(Some(status)) if !status.success() => return Err("no browser could be started"),
            Ok(Some(_)) => return Ok(()),
            Ok(None) | Err(_) => std::thread::sleep(REFUSES_WITHIN / 20),
        }
    }
    // It ends when it has told the browser; who waits is a thread that nobody waits for.
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// The page of a run.
pub(crate) struct RunPage {
    page: Page,
    telling: Telling,
    /// Until it is passed on.
    commanded: Option<mpsc::Receiver<Commanded>>,
}

impl RunPage {
    /// Passes on to the run what is asked of it on the page, as long as the run goes on.
    pub(crate) fn pass_on(&mut self, asks: mpsc::Sender<Asked>) {
        let Some(mut commanded) = self.commanded.take() else { return };
        tokio::spawn(async move {
            while let Some(Commanded { command, reply }) = commanded.recv().await {
                // Whoever asked may be gone.
                let _ = reply.send(ask(&asks, command).await);
            }
        });
    }

    /// Shows the verdict, and stays as long as is wanted.
    pub(crate) fn stay(mut self, findings: &Findings, wishes: &PageArguments) -> Result<(), ExpectedError> {
        self.telling.judged(findings);
        let is_watched = (wishes.open || wishes.page.is_some()) && stderr().is_terminal();
        match wishes.page_for {
            Some(length) => until_interrupted(Some(length)),
            None if is_watched => {
                say(&format!("the page stays at {} until Ctrl-C", self.page.access().address_to_operate()));
                until_interrupted(None)
            }
            None => Ok(()),
        }
    }
}

impl Follow for RunPage {
    fn say(&mut self, _text: &str) {}

    fn observe(&mut self, observation: &Observation<'_>) {
        match observation {
            Observation::Entry(entry) => self.telling.entry(entry),
            Observation::Tick(now) => self.telling.tick(*now),
            Observation::FinalReads(_) => {}
        }
    }
}

/// Waits for a Ctrl-C or SIGTERM, at most so long.
pub(crate) fn until_interrupted(at_most: Option<Duration>) -> Result<(), ExpectedError> {
    runtime()?.block_on(async {
        let (raise, mut raised) = watch::channel(false);
        watch_signals_with(move |_| {
            raise.send_replace(true);
        })?;
        let raised = raised.wait_for(|raised| *raised);
        match at_most {
            Some(length) => drop(tokio::time::timeout(length, raised).await),
            None => drop(raised.await),
        }
        Ok(())
    })
}

/// Whoever can't open a browser says so within this; whoever can may take longer, or stay.
const REFUSES_WITHIN: Duration = Duration::from_secs(1);
/// How somebody asked who has the page open.
const ON_PAGE: &str = "on the page";

async fn ask(asks: &mpsc::Sender<Asked>, command: Command) -> Said {
    let (done, ask) = match command {
        Command::Note { text } => ("the note is in the recording".to_owned(), Ask::Note { text }),
        Command::Inject { fault } => (String::new(), Ask::Inject { fault }),
        Command::Heal { fault } => {
            (format!("{fault} is being healed"), Ask::Heal { fault: Some(FaultName::new(fault)) })
        }
        Command::Hold => ("the load is held in a second".to_owned(), Ask::Hold { how: ON_PAGE.to_owned() }),
        Command::EndHold => {
            ("the load goes on with its plan in a second".to_owned(), Ask::EndHold { how: ON_PAGE.to_owned() })
        }
        Command::Stop { .. } => {
            let done = "the run stops: it heals what is broken, and judges what there is".to_owned();
            (done, Ask::Stop { why: ON_PAGE.to_owned() })
        }
    };
    let (reply, answer) = oneshot::channel();
    let is_asked = asks.send(Asked { ask, reply }).await.is_ok();
    let answer = if is_asked { answer.await.ok() } else { None };
    said(answer, done)
}

/// What the run answered, in words.
fn said(answer: Option<Answer>, done: String) -> Said {
    let no = |text: String| Said { is_done: false, text };
    match answer {
        Some(Answer::Done) => Said { is_done: true, text: done },
        Some(Answer::Given { fault }) => {
            let text = format!("{fault} is being injected; it is healed by itself when its time is over");
            Said { is_done: true, text }
        }
        Some(Answer::Mistakes { mistakes }) => {
            let said = mistakes.into_iter().map(|mistake| match mistake.hint {
                Some(hint) if !hint.is_empty() => format!("{}: {hint}", mistake.message),
                _ => mistake.message,
            });
            no(said.collect::<Vec<_>>().join("; "))
        }
        Some(Answer::Refused { why }) => no(why),
        Some(Answer::Faults { .. }) | None => no("the run is over: nothing can be done to it any more".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[test]
    fn without_a_display_nothing_is_started_and_it_is_said_why() {
        let why = opened("http://127.0.0.1:1/", false).unwrap_err();
        assert_eq!(why, "there is no display that a browser could be opened on");
    }
}
