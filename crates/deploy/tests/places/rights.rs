//! Clients with the certificates and servers with the configuration that are written: what each may do works, what it may
//! not do doesn't, and who has no right to be there is told why.

use async_nats::jetstream::{self, consumer::PullConsumer};
use async_nats::{Client, ConnectError, ConnectOptions, Event};
use deploy::credentials::{Terms, issue};
use deploy::fleet::Fleet;
use deploy::rights::{DOWN_STREAM, HUB_DOMAIN, up_stream};
use futures_util::StreamExt as _;
use jiff::ToSpan as _;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

use crate::nats_server::PATIENCE;
use crate::servers::Servers;

/// A client with these keys, and what the server complains of.
async fn connect(
    keys: &Path,
    authority: &Path,
    port: u16,
    inbox: &str,
) -> Result<(Client, mpsc::Receiver<String>), ConnectError> {
    // Another test may have been first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (sender, complaints) = mpsc::channel(16);
    let options = ConnectOptions::new()
        .add_root_certificates(authority.join("ca.crt"))
        .add_client_certificate(keys.join("tls.crt"), keys.join("tls.key"))
        .require_tls(true)
        .custom_inbox_prefix(inbox)
        .connection_timeout(PATIENCE)
        .event_callback(move |event| {
            let sender = sender.clone();
            async move {
                if let Event::ServerError(error) = event {
                    let _ = sender.try_send(error.to_string());
                }
            }
        });
    let client = options.connect(format!("tls://127.0.0.1:{port}")).await?;
    Ok((client, complaints))
}

async fn agent(servers: &Servers, name: &str) -> (Client, mpsc::Receiver<String>) {
    let keys = servers.keys(&format!("eu/{name}"));
    connect(&keys, &keys, servers.leaf.client, &format!("_INBOX.eu.{name}")).await.unwrap()
}

async fn controller(servers: &Servers) -> (Client, mpsc::Receiver<String>) {
    let keys = servers.keys("controller");
    connect(&keys, &keys, servers.hubs[0].client, "_INBOX.controller").await.unwrap()
}

async fn next_complaint(complaints: &mut mpsc::Receiver<String>) -> String {
    tokio::time::timeout(PATIENCE, complaints.recv()).await.expect("the server complains in time").unwrap()
}

async fn next_message(consumer: &PullConsumer) -> jetstream::Message {
    let mut messages = consumer.fetch().max_messages(1).expires(PATIENCE).messages().await.unwrap();
    let message = messages.next().await.expect("a message comes in time").unwrap();
    message.double_ack().await.unwrap();
    message
}

/// The streams and consumers of a run, made by the controller.
async fn streams(controller: &Client) -> PullConsumer {
    let region = jetstream::with_domain(controller.clone(), "eu");
    let up = jetstream::stream::Config {
        name: up_stream("eu"),
        subjects: vec!["landfall.up.eu.>".to_owned()],
        ..Default::default()
    };
    region.create_stream(up).await.unwrap();
    let hub = jetstream::with_domain(controller.clone(), HUB_DOMAIN);
    let down = jetstream::stream::Config {
        name: DOWN_STREAM.to_owned(),
        subjects: vec!["landfall.down.>".to_owned()],
        ..Default::default()
    };
    hub.create_stream(down).await.unwrap();
    for name in ["eu-0", "eu-1"] {
        let own = jetstream::consumer::pull::Config {
            durable_name: Some(name.to_owned()),
            filter_subject: format!("landfall.down.eu.{name}.>"),
            ..Default::default()
        };
        hub.create_consumer_on_stream(own, DOWN_STREAM).await.unwrap();
    }
    let reader =
        jetstream::consumer::pull::Config { durable_name: Some("controller".to_owned()), ..Default::default() };
    region.create_consumer_on_stream(reader, up_stream("eu")).await.unwrap()
}

#[tokio::test]
async fn everything_that_a_run_needs_is_allowed_through_the_leaf_node() {
    let servers = Servers::start();
    let (controller, _complaints) = controller(&servers).await;
    let up = streams(&controller).await;
    let (agent, _complaints) = agent(&servers, "eu-0").await;

    let region = jetstream::new(agent.clone());
    let stored = region.publish("landfall.up.eu.eu-0.run-1.batch", "a batch".into()).await.unwrap().await.unwrap();
    assert_eq!((stored.stream, stored.sequence), ("UP-eu".to_owned(), 1), "its own region answers");
    let batch = next_message(&up).await;
    assert_eq!((batch.subject.as_str(), &batch.payload[..]), ("landfall.up.eu.eu-0.run-1.batch", &b"a batch"[..]));

    let hub = jetstream::with_domain(controller.clone(), HUB_DOMAIN);
    for name in ["eu-1", "eu-0"] {
        let subject = format!("landfall.down.eu.{name}.run-1.assignment");
        hub.publish(subject, format!("for {name}").into()).await.unwrap().await.unwrap();
    }
    let from_hub = jetstream::with_domain(agent.clone(), HUB_DOMAIN);
    let down: PullConsumer = from_hub.get_consumer_from_stream("eu-0", DOWN_STREAM).await.unwrap();
    assert_eq!(&next_message(&down).await.payload[..], b"for eu-0", "only what is its own");

    let mut questions = controller.subscribe("landfall.clock.>").await.unwrap();
    controller.flush().await.unwrap();
    // The leaf node hears of the subscription a moment later; a question before that is lost, as any may be.
    let asking = tokio::spawn(async move {
        loop {
            if let Ok(answer) = agent.request("landfall.clock.eu.eu-0", "12:00?".into()).await {
                return answer;
            }
        }
    });
    let question = questions.next().await.unwrap();
    controller.publish(question.reply.unwrap(), "12:01".into()).await.unwrap();
    let answer = tokio::time::timeout(PATIENCE, asking).await.expect("an answer in time").unwrap();
    assert_eq!(&answer.payload[..], b"12:01");
}

#[tokio::test]
async fn an_agent_can_not_speak_or_listen_as_another() {
    let servers = Servers::start();
    let (controller, mut controllers_complaints) = controller(&servers).await;
    let mut up = streams(&controller).await;
    let (agent, mut complaints) = agent(&servers, "eu-0").await;
    let forbidden = [
        "landfall.up.eu.eu-1.run-1.batch",
        "landfall.here.eu.eu-1",
        "landfall.down.eu.eu-0.run-1.assignment",
        "$JS.API.STREAM.DELETE.UP-eu",
        "$JS.hub.API.CONSUMER.MSG.NEXT.DOWN.eu-1",
    ];
    for subject in forbidden {
        agent.publish(subject, "not mine".into()).await.unwrap();
        let said = next_complaint(&mut complaints).await;
        assert!(said.contains("Permissions Violation for Publish") && said.contains(subject), "{said}");
    }
    for subject in ["landfall.>", "_INBOX.>", "_INBOX.eu.eu-1.>", "landfall.up.eu.eu-0.>"] {
        let _subscription = agent.subscribe(subject).await.unwrap();
        let said = next_complaint(&mut complaints).await;
        assert!(said.contains("Permissions Violation for Subscription") && said.contains(subject), "{said}");
    }
    controller.publish("landfall.up.eu.eu-0.run-1.batch", "not mine".into()).await.unwrap();
    let said = next_complaint(&mut controllers_complaints).await;
    assert!(said.contains("Permissions Violation"), "nor can the controller speak as an agent: {said}");
    assert_eq!(up.info().await.unwrap().num_pending, 0, "nothing of it was stored");
}

#[tokio::test]
async fn a_hub_of_three_goes_on_without_one_of_its_servers() {
    let mut servers = Servers::hub(3);
    let (controller, _complaints) = controller(&servers).await;
    let hub = jetstream::with_domain(controller.clone(), HUB_DOMAIN);
    let down = jetstream::stream::Config {
        name: DOWN_STREAM.to_owned(),
        subjects: vec!["landfall.down.>".to_owned()],
        num_replicas: 3,
        ..Default::default()
    };
    let publish = async |number: usize| {
        // While the servers choose who leads, they refuse; whoever publishes tries again.
        let again = async || loop {
            let id = format!("message-{number}");
            let message = jetstream::message::PublishMessage::build().message_id(id);
            let sent = hub.send_publish("landfall.down.eu.eu-0.run-1.assignment", message).await;
            if let Ok(sent) = sent
                && sent.await.is_ok()
            {
                return;
            }
        };
        tokio::time::timeout(PATIENCE, again()).await.expect("it is stored in time");
    };
    let made = async || while hub.create_stream(&down).await.is_err() {};
    tokio::time::timeout(PATIENCE, made()).await.expect("there is a stream in time");
    for number in 0..10 {
        publish(number).await;
    }
    servers.kill(2);
    for number in 10..20 {
        publish(number).await;
    }
    let stored = hub.get_stream(DOWN_STREAM).await.unwrap().get_info().await.unwrap().state.messages;
    assert_eq!(stored, 20, "each of them once");
}

/// What a client with other keys is told by a region's leaf node.
async fn refusal(servers: &Servers, keys: &Path, authority: &Path) -> String {
    let Err(error) = connect(keys, authority, servers.leaf.client, "_INBOX.eu.x").await.map(|_| ()) else {
        return "let in".to_owned();
    };
    let mut said = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        said = format!("{said}: {inner}");
        source = inner.source();
    }
    said
}

#[tokio::test]
async fn a_new_agent_gets_its_rights_while_the_servers_run() {
    let servers = Servers::start();
    let three = "hub.addresses = [\"127.0.0.1\"]\n[[region]]\nname = \"eu\"\nagents = 3\n";
    other_keys(&servers.folder.path().join("keys"), three, crate::credentials::terms());
    let keys = servers.keys("eu/eu-2");
    assert!(refusal(&servers, &keys, &keys).await.contains("authorization violation"));
    let (controller, _complaints) = controller(&servers).await;
    let up = streams(&controller).await;
    servers.reload(&Fleet::read(three).unwrap());
    let (agent, _complaints) = agent(&servers, "eu-2").await;
    let region = jetstream::new(agent);
    region.publish("landfall.up.eu.eu-2.run-1.batch", "a batch".into()).await.unwrap().await.unwrap();
    assert_eq!(&next_message(&up).await.payload[..], b"a batch");
}

fn other_keys(folder: &Path, fleet: &str, terms: Terms) -> PathBuf {
    issue(&Fleet::read(fleet).unwrap(), folder, terms).unwrap();
    folder.to_owned()
}

#[tokio::test]
async fn who_has_no_right_to_be_there_is_told_why() {
    let servers = Servers::start();
    let own = servers.keys("eu/eu-0");
    let three = "hub.addresses = [\"127.0.0.1\"]\n[[region]]\nname = \"eu\"\nagents = 3\n";
    let unlisted = other_keys(&servers.folder.path().join("keys"), three, crate::credentials::terms());
    let said = refusal(&servers, &unlisted.join("eu/eu-2"), &own).await;
    assert!(said.contains("authorization violation"), "an agent that the configuration does not list: {said}");

    let today = crate::credentials::terms().today;
    let old = Terms { today: today.saturating_sub(100.days()), days: 90, renew: true };
    let expired = other_keys(&servers.folder.path().join("keys"), three, old);
    let said = refusal(&servers, &expired.join("eu/eu-1"), &own).await;
    assert!(said.to_lowercase().contains("expired"), "a certificate that has ended: {said}");

    let stranger = other_keys(&servers.folder.path().join("other"), three, crate::credentials::terms());
    let said = refusal(&servers, &stranger.join("eu/eu-0"), &own).await;
    assert!(said.contains("UnknownCA") || said.contains("BadCertificate"), "another authority's: {said}");
    let said = refusal(&servers, &own, &stranger.join("authority")).await;
    // Both authorities have the same name, so it is the signature that is wrong.
    assert!(said.contains("BadSignature"), "a server that this client does not know: {said}");
}
