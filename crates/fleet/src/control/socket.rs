//! Messages between processes of one user: a Unix socket in the run directory, one JSON line each way.
//!
//! Nobody else can use it: it is readable and writable by its owner only, and whoever connects must be that user (or root), which the
//! kernel says. It goes when the run does; one that a killed run left behind answers nobody.

use super::{Answer, Ask, Asked, FORMAT};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    fs::{self, Permissions},
    io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{UnixListener, UnixStream},
    sync::{Semaphore, mpsc, oneshot},
    task::JoinHandle,
    time::timeout,
};

/// Its name in the run directory, or in a lab's folder.
pub const NAME: &str = "control.sock";
/// More of a message is not read.
const MESSAGE_BYTES_MAX: u64 = 1 << 20;
/// Connections at a time; others wait.
const CONNECTIONS_MAX: usize = 8;
/// A message and its answer must be through within this.
const EXCHANGE_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug, Serialize, Deserialize)]
struct Asking {
    format: String,
    ask: Ask,
}

#[derive(Debug, Serialize, Deserialize)]
struct Answering {
    format: String,
    answer: Answer,
}

/// A socket that is listened on. Dropping it closes and removes it.
#[derive(Debug)]
pub struct Listening {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
        // It may be gone with its folder.
        let _ = fs::remove_file(&self.path);
    }
}

/// Listens in that folder; what is asked goes to `asks`.
///
/// # Errors
/// The socket can't be made: its path is longer than 107 bytes, the folder is not writable, …
pub fn listen(folder: &Path, asks: mpsc::Sender<Asked>) -> io::Result<Listening> {
    let path = folder.join(NAME);
    if path.exists() {
        fs::remove_file(&path)?;
    }
    let listener = UnixListener::bind(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let task = tokio::spawn(async move {
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors, for instance: that may pass.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let asks = asks.clone();
            tokio::spawn(async move {
                // Whoever does not get an answer knows it.
                let _ = timeout(EXCHANGE_WITHIN, serve(stream, asks)).await;
                drop(place);
            });
        }
    });
    Ok(Listening { path, task })
}

async fn serve(mut stream: UnixStream, asks: mpsc::Sender<Asked>) -> io::Result<()> {
    let (user, own) = (stream.peer_cred()?.uid(), rustix::process::geteuid().as_raw());
    let refused = |why: &str| Answer::Refused { why: why.to_owned() };
    let answer = if user != own && user != 0 {
        refused("the run is another user's")
    } else {
        match read::<Asking>(&mut stream).await {
            Err(error) => refused(&format!("that is no message: {error}")),
            Ok(asking) if !is_known(&asking.format) => refused(&newer(&asking.format)),
            Ok(Asking { ask, .. }) => {
                let (reply, answered) = oneshot::channel();
                let is_asked = asks.send(Asked { ask, reply }).await.is_ok();
                let answer = if is_asked { answered.await.ok() } else { None };
                answer.unwrap_or_else(|| refused("the run is over"))
            }
        }
    };
    write(&mut stream, &Answering { format: FORMAT.to_owned(), answer }).await
}

/// Why nobody answered.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens there.
    #[error("nothing is running in {}: there is no {NAME} that answers", .folder.display())]
    Nobody {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It broke off.
    #[error("no answer came")]
    NoAnswer(#[source] io::Error),
    /// Another Landfall runs there.
    #[error("{0}")]
    Version(String),
}

/// Asks whatever runs in that folder.
///
/// # Errors
/// Nobody is there, or no answer comes within 10 s.
pub async fn ask(folder: &Path, ask: Ask) -> Result<Answer, AskError> {
    let nobody = |source| AskError::Nobody { folder: folder.to_owned(), source };
    let mut stream = UnixStream::connect(folder.join(NAME)).await.map_err(nobody)?;
    let exchange = async {
        write(&mut stream, &Asking { format: FORMAT.to_owned(), ask }).await?;
        read::<Answering>(&mut stream).await
    };
    let late = || io::Error::new(io::ErrorKind::TimedOut, "nothing came within 10 s");
    let answering = timeout(EXCHANGE_WITHIN, exchange).await.unwrap_or_else(|_| Err(late()));
    let Answering { format, answer } = answering.map_err(AskError::NoAnswer)?;
    if is_known(&format) { Ok(answer) } else { Err(AskError::Version(newer(&format))) }
}

fn is_known(format: &str) -> bool {
    format.split('.').next() == FORMAT.split('.').next()
}

fn newer(format: &str) -> String {
    format!("messages of version {format} are not known here, {FORMAT} is: use the same Landfall at both ends")
}

async fn read<T: DeserializeOwned>(stream: &mut UnixStream) -> io::Result<T> {
    let mut line = String::new();
    BufReader::new(stream.take(MESSAGE_BYTES_MAX)).read_line(&mut line).await?;
    serde_json::from_str(&line).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

async fn write(stream: &mut UnixStream, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line).await
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may panic")]

    use super::*;

    #[tokio::test]
    async fn what_is_asked_is_answered_by_whoever_listens_and_by_nobody_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let (asks, mut asked) = mpsc::channel(1);
        let listening = listen(folder.path(), asks).unwrap();
        let mode = fs::metadata(folder.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let answering = tokio::spawn(async move {
            let Asked { ask, reply } = asked.recv().await.unwrap();
            assert_eq!(ask, Ask::Note { text: "hello\n\"there\"".to_owned() });
            reply.send(Answer::Done).unwrap();
        });
        let note = Ask::Note { text: "hello\n\"there\"".to_owned() };
        assert_eq!(ask(folder.path(), note).await.unwrap(), Answer::Done);
        answering.await.unwrap();
        // Whoever answers is gone.
        let answer = ask(folder.path(), Ask::Faults).await.unwrap();
        assert_eq!(answer, Answer::Refused { why: "the run is over".to_owned() });
        drop(listening);
        assert!(!folder.path().join(NAME).exists());
        assert!(matches!(ask(folder.path(), Ask::Faults).await, Err(AskError::Nobody { .. })));
    }

    #[tokio::test]
    async fn what_is_no_message_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (asks, _asked) = mpsc::channel(1);
        let _listening = listen(folder.path(), asks).unwrap();
        for (line, said) in [("nonsense\n", "no message"), (r#"{"format":"7.0","ask":"faults"}"#, "version 7.0")] {
            let mut stream = UnixStream::connect(folder.path().join(NAME)).await.unwrap();
            stream.write_all(format!("{}\n", line.trim()).as_bytes()).await.unwrap();
            let Answering { answer, .. } = read(&mut stream).await.unwrap();
            assert!(matches!(&answer, Answer::Refused { why } if why.contains(said)), "{answer:?}");
        }
    }
}
