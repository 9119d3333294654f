//! The parent's side: starts the holder and talks to it.

use super::{Answer, Assignment, FORMAT, Order};
use crate::{Environment, FaultError};
use plan::resolved::CommandHook;
use std::{fs::File, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// Beyond the command's own limit, the holder's answer may take this long.
const ANSWER_GRACE: Duration = Duration::from_secs(2);

/// A running holder. Dropping it closes the holder's input, upon which it heals and ends by itself.
pub(crate) struct Client {
    // Neither waited for nor killed on drop: the holder must outlive its parent for as long as healing takes.
    _child: Child,
    input: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    limit: Duration,
    /// Orders whose answers are still to come: an asker that gave up leaves its answer behind.
    unanswered: u32,
}

impl Client {
    /// Starts the holder of `hook`; the commands' output goes to the environment's log.
    pub(crate) async fn start(
        hook: &CommandHook,
        lease: Duration,
        environment: &Environment,
    ) -> Result<Self, FaultError> {
        let (name, arguments) = environment
            .holder
            .split_first()
            .ok_or_else(|| FaultError::Hook("no program to hold the hook".to_owned()))?;
        let failed = |what: &str, error: &dyn std::fmt::Display| FaultError::Hook(format!("{what}: {error}"));
        let log = File::options()
            .create(true)
            .append(true)
            .open(&environment.hook_log)
            .map_err(|error| failed("the hooks' log", &error))?;
        let mut child = Command::new(name)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .current_dir(&environment.hook_folder)
            .process_group(0)
            .spawn()
            .map_err(|error| failed("the hook's holder could not be started", &error))?;
        let input = child.stdin.take().expect("standard input is piped");
        let answers = BufReader::new(child.stdout.take().expect("standard output is piped")).lines();
        let mut client = Self { _child: child, input, answers, limit: hook.timeout + ANSWER_GRACE, unanswered: 0 };
        let mut variables = environment.hook_variables.clone();
        variables.extend(hook.environment.clone());
        let assignment = Assignment {
            format: FORMAT,
            inject: hook.inject.clone(),
            heal: hook.heal.clone(),
            verify_effect: hook.verify_effect.clone(),
            verify_removal: hook.verify_removal.clone(),
            environment: variables,
            timeout_ms: millis(hook.timeout),
            lease_ms: millis(lease),
        };
        client.write(&assignment).await?;
        Ok(client)
    }

    pub(crate) async fn inject(&mut self) -> Result<String, FaultError> {
        self.ask(Order::Inject).await
    }

    pub(crate) async fn heal(&mut self) -> Result<String, FaultError> {
        self.ask(Order::Heal).await
    }

    pub(crate) async fn verify_effect(&mut self) -> Result<String, FaultError> {
        self.ask(Order::VerifyEffect).await
    }

    pub(crate) async fn verify_removal(&mut self) -> Result<String, FaultError> {
        self.ask(Order::VerifyRemoval).await
    }

    pub(crate) async fn renew(&mut self) -> Result<(), FaultError> {
        self.write(&Order::Renew).await
    }

    async fn ask(&mut self, order: Order) -> Result<String, FaultError> {
        self.write(&order).await?;
        self.unanswered += 1;
        let mut answer = Answer { ok: false, text: String::new() };
        while self.unanswered > 0 {
            let line = timeout(self.limit, self.answers.next_line()).await;
            let line = line.map_err(|_| FaultError::Hook("the hook's holder gives no answer".to_owned()))?;
            let line = line.ok().flatten().ok_or_else(|| FaultError::Hook("the hook's holder is gone".to_owned()))?;
            answer = serde_json::from_str(&line)
                .map_err(|error| FaultError::Hook(format!("the hook's holder said {line:?}: {error}")))?;
            self.unanswered -= 1;
        }
        if answer.ok { Ok(answer.text) } else { Err(FaultError::Hook(answer.text)) }
    }

    async fn write(&mut self, message: &impl serde::Serialize) -> Result<(), FaultError> {
        let mut line = serde_json::to_string(message).expect("messages are plain JSON");
        line.push('\n');
        let gone = |error| FaultError::Hook(format!("the hook's holder is gone: {error}"));
        self.input.write_all(line.as_bytes()).await.map_err(gone)?;
        self.input.flush().await.map_err(gone)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
