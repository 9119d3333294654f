//! Keys that somebody presses while a run is shown: read one by one, without Enter, from a terminal that is in the foreground.
//!
//! Signals work as before (Ctrl-C, Ctrl-Z), what is typed is not shown, and the terminal is as it was when this is dropped. Where
//! standard input is no terminal there are no keys; in the background nothing is read, since that would stop the run.

use rustix::{
    process::getpgrp,
    termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr},
};
use std::{
    io::{IsTerminal as _, stdin},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

/// How long nobody in the background waits before it looks again; a read waits as long.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Keys that may wait; more are thrown away.
const KEYS_MAX: usize = 16;

/// The keys of the terminal on standard input.
pub(crate) struct Keys {
    pressed: Receiver<char>,
    before: Termios,
    is_over: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Keys {
    /// Begins to read them; `None`: there is no terminal that could be asked.
    pub(crate) fn read() -> Option<Self> {
        if !stdin().is_terminal() || !is_in_foreground() {
            return None;
        }
        let before = tcgetattr(stdin()).ok()?;
        let mut now = before.clone();
        now.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        // A read ends with a key, or after a tenth of a second.
        now.special_codes[SpecialCodeIndex::VMIN] = 0;
        now.special_codes[SpecialCodeIndex::VTIME] = 1;
        tcsetattr(stdin(), OptionalActions::Now, &now).ok()?;
        let (press, pressed) = mpsc::sync_channel(KEYS_MAX);
        let is_over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&is_over);
        let reader = thread::Builder::new().name("keys".to_owned()).spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                let mut byte = [0_u8];
                match is_in_foreground().then(|| rustix::io::read(stdin(), &mut byte)) {
                    // Whoever looks next takes what there is room for.
                    Some(Ok(1)) => drop(press.try_send(char::from(byte[0]))),
                    Some(Ok(_) | Err(rustix::io::Errno::INTR)) => {}
                    Some(Err(_)) => return,
                    None => thread::sleep(LOOK_EVERY),
                }
            }
        });
        let keys = Self { pressed, before, is_over, reader: reader.ok() };
        keys.reader.is_some().then_some(keys)
    }

    /// The next one that was pressed; `None`: none so far.
    pub(crate) fn next(&self) -> Option<char> {
        self.pressed.try_recv().ok()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        if let Some(reader) = self.reader.take() {
            // It only reads: there is nothing that a panic of it would spoil.
            let _ = reader.join();
        }
        // In the background this would stop the process; the shell has its own settings by then.
        if is_in_foreground() {
            let _ = tcsetattr(stdin(), OptionalActions::Now, &self.before);
        }
    }
}

/// For whoever ends the process at once: a terminal takes lines again and shows what is typed.
pub(crate) fn give_back() {
    if !stdin().is_terminal() || !is_in_foreground() {
        return;
    }
    if let Ok(mut now) = tcgetattr(stdin()) {
        now.local_modes.insert(LocalModes::ICANON | LocalModes::ECHO);
        // There is nobody left to tell.
        let _ = tcsetattr(stdin(), OptionalActions::Now, &now);
    }
}

fn is_in_foreground() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group == getpgrp())
}
