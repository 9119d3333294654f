//! The holder of a command hook heals whenever nobody is left to tell it to.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use fault::hold;
use std::{path::Path, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, Lines, duplex, split},
    task::JoinHandle,
    time::timeout,
};

const BOUND: Duration = Duration::from_secs(20);

struct Parent {
    input: tokio::io::WriteHalf<DuplexStream>,
    answers: Lines<BufReader<tokio::io::ReadHalf<DuplexStream>>>,
    holder: JoinHandle<Result<(), hold::HoldError>>,
}

/// A holder whose hook makes and removes a file.
async fn holder(file: &Path, lease_ms: u64, inject: &str) -> Parent {
    let (ours, theirs) = duplex(4096);
    let (reader, writer) = split(theirs);
    let holder = tokio::spawn(hold::run(BufReader::new(reader), writer));
    let (reader, input) = split(ours);
    let mut parent = Parent { input, answers: BufReader::new(reader).lines(), holder };
    let shell = |script: &str| format!("[\"sh\",\"-c\",{}]", serde_json::to_string(script).unwrap());
    let file = file.display();
    let assignment = format!(
        "{{\"format\":1,\"inject\":{},\"heal\":{},\"verify_effect\":{},\"verify_removal\":{},\
         \"environment\":{{\"COLOUR\":\"red\"}},\"timeout_ms\":1000,\"lease_ms\":{lease_ms}}}",
        shell(inject),
        shell(&format!("rm -f {file}")),
        shell(&format!("grep -q red {file}")),
        shell(&format!("test ! -e {file}")),
    );
    parent.say(&assignment).await;
    parent
}

impl Parent {
    async fn say(&mut self, line: &str) {
        self.input.write_all(format!("{line}\n").as_bytes()).await.unwrap();
    }

    async fn ask(&mut self, order: &str) -> serde_json::Value {
        self.say(&format!("{{\"do\":\"{order}\"}}")).await;
        let line = timeout(BOUND, self.answers.next_line()).await.unwrap().unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    }

    async fn ended(self) -> Result<(), hold::HoldError> {
        drop((self.input, self.answers));
        timeout(BOUND, self.holder).await.unwrap().unwrap()
    }
}

fn make(file: &Path) -> String {
    format!("echo $COLOUR > {}", file.display())
}

#[tokio::test]
async fn orders_are_obeyed_and_answered() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken");
    let mut parent = holder(&file, 60_000, &make(&file)).await;
    assert_eq!(parent.ask("verify-effect").await["ok"], false, "nothing is broken yet");
    assert_eq!(parent.ask("inject").await["ok"], true);
    assert!(file.exists());
    assert_eq!(parent.ask("verify-effect").await["ok"], true, "the hook's environment reached the command");
    assert_eq!(parent.ask("verify-removal").await["ok"], false);
    assert_eq!(parent.ask("heal").await["ok"], true);
    assert_eq!(parent.ask("verify-removal").await["ok"], true);
    parent.ended().await.unwrap();
}

#[tokio::test]
async fn the_end_of_the_parent_heals() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken");
    let mut parent = holder(&file, 60_000, &make(&file)).await;
    parent.ask("inject").await;
    assert!(file.exists());
    parent.ended().await.unwrap();
    assert!(!file.exists(), "the holder left the fault behind");
}

#[tokio::test]
async fn an_unrenewed_lease_heals() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken");
    let mut parent = holder(&file, 50, &make(&file)).await;
    parent.ask("inject").await;
    // The parent lives and is silent: the holder ends by itself, healed.
    let end = timeout(BOUND, &mut parent.holder).await.unwrap().unwrap();
    end.unwrap();
    assert!(!file.exists(), "the lease ran out and nothing was healed");
}

#[tokio::test]
async fn half_an_injection_is_healed_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken");
    let mut parent = holder(&file, 60_000, &format!("{}; exit 3", make(&file))).await;
    let answer = parent.ask("inject").await;
    assert_eq!(answer["ok"], false);
    assert!(answer["text"].as_str().unwrap().contains("exit status: 3"), "{answer}");
    parent.ended().await.unwrap();
    assert!(!file.exists());
}

#[tokio::test]
async fn a_hanging_command_is_killed_and_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken");
    let mut parent = holder(&file, 60_000, "sleep 600").await;
    let answer = parent.ask("inject").await;
    assert_eq!(answer["ok"], false);
    assert!(answer["text"].as_str().unwrap().contains("did not end within 1s"), "{answer}");
    parent.ended().await.unwrap();
}

#[tokio::test]
async fn an_assignment_that_is_none_is_refused() {
    let end = hold::run(BufReader::new(&b"{\"format\":99}\n"[..]), Vec::new()).await;
    assert!(end.unwrap_err().to_string().starts_with("the first line is no assignment"));
}
