//! A link over a child's standard input and output: one message a line, in JSON.
//!
//! The agent ends when its input ends, so nothing outlives a controller that is killed; the controller knows of an agent's death
//! at once, and says how it died.

use super::{AgentEnd, ControllerEnd, Distance, Incoming, QUEUE_MAX};
use crate::message::{FromAgent, ToAgent};
use serde::{Serialize, de::DeserializeOwned};
use std::{fs::File, io, os::unix::process::ExitStatusExt as _, path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader},
    process::{Child, Command},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};

/// Longest line: an assignment carries the plan with all rows of its data feeds.
const LINE_BYTES_MAX: u64 = 256 << 20;
/// A child whose output has ended ends within this, or is killed.
const EXIT_WITHIN: Duration = Duration::from_secs(30);

/// Starts a child that speaks messages on its standard input and output; its errors go to `log`.
///
/// # Errors
/// The child or its log can't be made.
pub fn spawn(name: &str, program: &[String], log: &Path) -> io::Result<ControllerEnd> {
    let (first, arguments) = program.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let log = File::options().create(true).append(true).open(log)?;
    let mut child = Command::new(first)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        // Ctrl-C is the controller's: it tells the agents.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let input = child.stdin.take().expect("standard input is piped");
    let output = child.stdout.take().expect("standard output is piped");
    let (to_agent, messages) = mpsc::channel(QUEUE_MAX);
    let (incoming, from_agent) = mpsc::channel(QUEUE_MAX);
    tokio::spawn(write_all(messages, input));
    tokio::spawn(async move {
        let read = read_all(output, |message: FromAgent| {
            let incoming = incoming.clone();
            async move { incoming.send(Incoming::Message(message)).await.is_ok() }
        });
        let read = tokio::select! {
            read = read => read,
            // Nobody wants to hear of it any more: it is killed as it is dropped.
            () = incoming.closed() => return,
        };
        let why = match read {
            Ok(()) => exit(&mut child).await,
            Err(error) => format!("what it says can't be understood: {error}"),
        };
        // Nobody listens when the run is over.
        let _unheard = incoming.send(Incoming::Over(why)).await;
    });
    Ok(ControllerEnd { name: name.to_owned(), outgoing: to_agent, incoming: from_agent, distance: Distance::Here })
}

/// The agent's end over the streams that its parent gave it, and the task that writes: when the end is dropped, it goes on until
/// everything is written.
pub fn agent<Input, Output>(input: Input, output: Output) -> (AgentEnd, JoinHandle<()>)
where
    Input: AsyncRead + Unpin + Send + 'static,
    Output: AsyncWrite + Unpin + Send + 'static,
{
    let (to_controller, messages) = mpsc::channel::<Incoming>(QUEUE_MAX);
    let (incoming, from_controller) = mpsc::channel(QUEUE_MAX);
    let (sayable, said) = mpsc::channel(1);
    tokio::spawn(forward(messages, sayable));
    let written = tokio::spawn(write_all(said, output));
    tokio::spawn(async move {
        // However the input ends, the queue ends with it, and so does the agent.
        let _ended = read_all(input, |message: ToAgent| {
            let incoming = incoming.clone();
            async move { incoming.send(message).await.is_ok() }
        })
        .await;
    });
    (AgentEnd { outgoing: to_controller, incoming: from_controller }, written)
}

async fn forward(mut messages: mpsc::Receiver<Incoming>, sayable: mpsc::Sender<FromAgent>) {
    while let Some(incoming) = messages.recv().await {
        // An agent never says that its link is over: it ends.
        let Incoming::Message(message) = incoming else { continue };
        if sayable.send(message).await.is_err() {
            return;
        }
    }
}

/// Writes messages until there are no more, or nobody reads.
async fn write_all<T: Serialize>(mut messages: mpsc::Receiver<T>, mut output: impl AsyncWrite + Unpin) {
    while let Some(message) = messages.recv().await {
        let mut line = serde_json::to_vec(&message).expect("messages are plain JSON");
        line.push(b'\n');
        if output.write_all(&line).await.is_err() || output.flush().await.is_err() {
            return;
        }
    }
}

/// Reads messages until the input ends or `take` wants no more. A last line without its end has no writer any more.
async fn read_all<T: DeserializeOwned, Taken: Future<Output = bool>>(
    input: impl AsyncRead + Unpin,
    take: impl Fn(T) -> Taken,
) -> io::Result<()> {
    let mut input = BufReader::new(input);
    let mut line = Vec::new();
    loop {
        line.clear();
        (&mut input).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await?;
        if line.last() != Some(&b'\n') {
            let too_long = line.len() as u64 >= LINE_BYTES_MAX;
            return if too_long { Err(io::ErrorKind::InvalidData.into()) } else { Ok(()) };
        }
        if !take(serde_json::from_slice(&line)?).await {
            return Ok(());
        }
    }
}

/// How a child ended whose output has.
async fn exit(child: &mut Child) -> String {
    match timeout(EXIT_WITHIN, child.wait()).await {
        Ok(Ok(status)) => match (status.signal(), status.code()) {
            (Some(signal), _) => format!("its process was killed by signal {signal}"),
            (None, Some(0)) => "its process ended".to_owned(),
            (None, code) => format!("its process ended with code {}", code.unwrap_or(-1)),
        },
        Ok(Err(error)) => format!("its process can't be awaited: {error}"),
        Err(_) => "its process closed its output and went on".to_owned(),
    }
}
