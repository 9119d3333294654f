//! A viewer's stream of server-sent events: what it is shown first, then what comes, and a comment when nothing does.
//!
//! The first events carry no id but the last of them: whoever is cut off among them is shown all of them again. A viewer that falls
//! more than 5 s behind is told to begin anew and gets what holds now.

use super::{
    encoding::Encoder,
    live::{Identity, LiveRun, Welcome},
    play::Play,
};
use crate::{
    hub::{Beginning, Frame, event},
    wire::{Hello, Message, Mode, Role, VERSION},
};
use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, broadcast, watch},
    time::sleep,
};

/// Something is sent at least this often, so that nobody between takes the connection for dead.
pub(crate) const ALIVE_EVERY: Duration = Duration::from_secs(10);
/// Whoever is farther behind gets no backlog.
pub(crate) const BEHIND_MAX: Duration = Duration::from_secs(5);

/// One event, perhaps with the id that is good for coming back.
#[derive(Debug)]
pub(crate) struct Piece {
    id: Option<u64>,
    text: Bytes,
}

impl Piece {
    /// An event that can be come back to.
    pub(crate) fn of(frame: &Frame) -> Self {
        Self { id: Some(frame.id), text: frame.text.clone() }
    }

    /// An event of this viewer only.
    pub(crate) fn own(message: &Message) -> Self {
        Self { id: None, text: event(message) }
    }

    fn write(&self, text: &mut Vec<u8>) {
        if let Some(id) = self.id {
            text.extend_from_slice(format!("id: {id}\n").as_bytes());
        }
        text.extend_from_slice(&self.text);
    }
}

/// Who speaks to whom.
#[derive(Debug, Clone)]
pub(crate) struct Greeting {
    pub(crate) run: String,
    pub(crate) landfall: String,
    pub(crate) started_unix_us: u64,
    pub(crate) mode: Mode,
    pub(crate) role: Role,
}

impl Greeting {
    pub(crate) fn of(identity: &Identity, mode: Mode, role: Role) -> Self {
        let Identity { run, landfall, started_unix_us, .. } = identity.clone();
        Self { run, landfall, started_unix_us, mode, role }
    }

    pub(crate) fn hello(&self, now_us: u64) -> Piece {
        Piece::own(&Message::Hello(Hello {
            version: VERSION,
            run: self.run.clone(),
            landfall: self.landfall.clone(),
            started_unix_us: self.started_unix_us,
            now_us,
            mode: self.mode,
            role: self.role,
        }))
    }
}

/// Frames that are shown together: the id comes with the last.
pub(crate) fn together(frames: &[Arc<Frame>], newest: Option<u64>, pieces: &mut Vec<Piece>) {
    pieces.extend(frames.iter().map(|frame| Piece { id: None, text: frame.text.clone() }));
    if let Some(last) = pieces.last_mut() {
        last.id = newest;
    }
}

/// Where a viewer's events come from.
pub(crate) enum Source {
    /// A run that goes on.
    Live(Box<Watching>),
    /// A recording.
    Played(Box<Play>),
}

impl Source {
    /// The next events; `None`: there will be no more.
    async fn next(&mut self) -> Option<Vec<Piece>> {
        match self {
            Self::Live(watching) => watching.next().await,
            Self::Played(play) => Some(play.next().await),
        }
    }
}

/// Watches a run that goes on.
pub(crate) struct Watching {
    run: LiveRun,
    greeting: Greeting,
    state: Watched,
}

/// How far a viewer is.
enum Watched {
    /// It joins; perhaps with the id of what it saw last in an earlier connection.
    Joining(Option<u64>),
    /// It hears the news.
    Hearing(broadcast::Receiver<Arc<Frame>>),
    /// It fell behind: what it missed is not sent after it.
    Behind,
}

impl Watching {
    pub(crate) fn new(run: LiveRun, greeting: Greeting, after: Option<u64>) -> Self {
        Self { run, greeting, state: Watched::Joining(after) }
    }

    async fn next(&mut self) -> Option<Vec<Piece>> {
        if let Watched::Hearing(news) = &mut self.state {
            match hear(news).await {
                Heard::News(pieces) => return Some(pieces),
                Heard::Nobody => return None,
                Heard::TooMuch => self.state = Watched::Behind,
            }
        }
        self.join().await
    }

    async fn join(&mut self) -> Option<Vec<Piece>> {
        let after = if let Watched::Joining(after) = self.state { after } else { None };
        let Welcome { joined, now_us } = self.run.join(after).await?;
        let is_new = matches!(self.state, Watched::Joining(_));
        let mut pieces: Vec<Piece> = is_new.then(|| self.greeting.hello(now_us)).into_iter().collect();
        if !is_new || joined.beginning == Beginning::Resync {
            pieces.push(Piece::own(&Message::Resync));
        }
        match joined.beginning {
            Beginning::Resumed => pieces.extend(joined.frames.iter().map(|frame| Piece::of(frame))),
            Beginning::First | Beginning::Resync => together(&joined.frames, joined.newest, &mut pieces),
        }
        self.state = Watched::Hearing(joined.news);
        Some(pieces)
    }
}

enum Heard {
    /// At least one.
    News(Vec<Piece>),
    /// Some was missed, or is too old.
    TooMuch,
    /// There will be no more.
    Nobody,
}

/// Waits for news, and takes all that is there.
async fn hear(news: &mut broadcast::Receiver<Arc<Frame>>) -> Heard {
    let mut pieces = Vec::new();
    let mut frame = match news.recv().await {
        Ok(frame) => frame,
        Err(broadcast::error::RecvError::Lagged(_)) => return Heard::TooMuch,
        Err(broadcast::error::RecvError::Closed) => return Heard::Nobody,
    };
    loop {
        if frame.at.elapsed() > BEHIND_MAX {
            return Heard::TooMuch;
        }
        pieces.push(Piece::of(&frame));
        frame = match news.try_recv() {
            Ok(frame) => frame,
            Err(broadcast::error::TryRecvError::Lagged(_)) => return Heard::TooMuch,
            Err(_) => return Heard::News(pieces),
        };
    }
}

struct Viewer {
    source: Source,
    encoder: Option<Encoder>,
    closing: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
}

impl Viewer {
    async fn next(&mut self) -> Option<Bytes> {
        let encoder = self.encoder.as_mut()?;
        let pieces = tokio::select! {
            biased;
            _ = self.closing.wait_for(|closing| *closing) => None,
            pieces = self.source.next() => pieces,
            () = sleep(ALIVE_EVERY) => Some(Vec::new()),
        };
        match pieces {
            None => self.encoder.take().map(Encoder::end),
            Some(pieces) if pieces.is_empty() => Some(encoder.encode(b": alive\n\n".to_vec())),
            Some(pieces) => {
                let mut text = Vec::new();
                pieces.iter().for_each(|piece| piece.write(&mut text));
                Some(encoder.encode(text))
            }
        }
    }
}

/// The body of a stream. Nothing is made before it can be sent, so a viewer that does not read costs nothing.
pub(crate) fn body(source: Source, gzip: bool, closing: watch::Receiver<bool>, place: OwnedSemaphorePermit) -> Body {
    let viewer = Viewer { source, encoder: Some(Encoder::new(gzip)), closing, _place: place };
    Body::from_stream(stream::unfold(viewer, |mut viewer| async move {
        let bytes = viewer.next().await?;
        Some((Ok::<_, Infallible>(bytes), viewer))
    }))
}

#[cfg(test)]
impl Piece {
    /// Its kind, and which second or line it is.
    pub(crate) fn word(&self) -> String {
        let text = std::str::from_utf8(&self.text).expect("events are text");
        let (kind, data) = text.trim_start_matches("event: ").split_once("\ndata: ").expect("an event has data");
        let data: serde_json::Value = serde_json::from_str(data.trim()).expect("data is JSON");
        let number = data.get("second").or_else(|| data.get("id"));
        number.map_or_else(|| kind.to_owned(), |number| format!("{kind} {number}"))
    }
}

#[cfg(test)]
mod tests;
