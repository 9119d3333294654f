//! The relay as a process: what its controller sees of it, and what is left when one of them dies. This program is its own
//! relay: started with an argument, it runs one over its standard input and output.

use plan::resolved::Direction;
use std::{io, net::SocketAddr, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};
use units::{FaultName, Seed};
use wan::{
    Link, Overlay, State,
    relay::{Client, ClientError, control::LinkSetup, run_over_stdio},
};

const AS_RELAY: &str = "--as-relay";
const WITHIN: Duration = Duration::from_secs(30);

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next();
    if first.as_deref() == Some(AS_RELAY) {
        return run_over_stdio().map_err(io::Error::other);
    }
    if first.as_deref() == Some("--list") {
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        timeout(WITHIN, carries_faults_and_ends_with_its_controller()).await??;
        timeout(WITHIN, says_which_address_is_taken()).await??;
        Ok(())
    })
}

/// Bytes go through with the link's delay, a fault resets them, and the end of the control channel ends the process with 0.
async fn carries_faults_and_ends_with_its_controller() -> io::Result<()> {
    let service = echo().await?;
    let link = Link::from_round_trip(Duration::from_millis(20));
    let (mut process, started) = launch(setup("127.0.0.1:0", service, link)).await?;
    let (mut relay, address) = started.map_err(io::Error::other)?;

    let mut stream = TcpStream::connect(address).await?;
    let began = std::time::Instant::now();
    let mut answer = [0; 5];
    stream.write_all(b"hello").await?;
    stream.read_exact(&mut answer).await?;
    assert_eq!(&answer, b"hello");
    assert!(began.elapsed() >= Duration::from_millis(40), "connecting and answering cost two round trips");

    let reject = [("a-b".to_owned(), Overlay::state(Direction::Both, State::Reject))];
    relay.apply(&FaultName::new("cut"), WITHIN, &reject).await.map_err(io::Error::other)?;
    let reset = stream.read(&mut answer).await.expect_err("the link has reset it");
    assert_eq!(reset.kind(), io::ErrorKind::ConnectionReset);

    drop(relay);
    let status = process.wait().await?;
    assert_eq!(status.code(), Some(0));
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    Ok(())
}

async fn says_which_address_is_taken() -> io::Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0").await?;
    let address = taken.local_addr()?;
    let (mut process, started) = launch(setup(&address.to_string(), address, Link::transparent())).await?;
    let error = started.expect_err("the address is taken").to_string();
    assert!(error.contains(&address.to_string()), "{error}");
    // Its input is still open: it must not wait for that.
    assert_eq!(process.wait().await?.code(), Some(1));
    Ok(())
}

type Relay = Client<ChildStdout, ChildStdin>;

async fn launch(link: LinkSetup) -> io::Result<(Child, Result<(Relay, SocketAddr), ClientError>)> {
    let mut process = Command::new(std::env::current_exe()?)
        .arg(AS_RELAY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let input = process.stdout.take().expect("it was asked for");
    let output = process.stdin.take().expect("it was asked for");
    let started = Client::start(input, output, Seed::new(1), vec![link]).await;
    Ok((process, started.map(|(relay, bound)| (relay, bound[0].address))))
}

fn setup(listen: &str, service: SocketAddr, link: Link) -> LinkSetup {
    let listen = listen.parse().expect("an address");
    LinkSetup { name: "a-b".to_owned(), listen, forward_to: service, source: None, link: link.into() }
}

async fn echo() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                let (mut reader, mut writer) = socket.split();
                tokio::io::copy(&mut reader, &mut writer).await
            });
        }
    });
    Ok(address)
}
