//! `landfall proxy`: a TCP proxy with toxics that speaks Toxiproxy's API.

use crate::{
    cli::{ProxyArguments, Talk},
    exit::ExpectedError,
    hidden::runtime,
    talk::{print_line, say},
};
use fleet::with_sources;
use serde_json::json;
use toxiproxy::{Options, Server, StartError};
use units::Seed;

/// Serves until Ctrl-C.
pub(crate) fn proxy(arguments: &ProxyArguments, talk: Talk) -> Result<u8, ExpectedError> {
    let ProxyArguments { listen, config, seed, expose_without_authentication } = arguments;
    let config =
        config.as_ref().map(|path| std::fs::read(path).map_err(|error| ExpectedError::unreadable(path, error)));
    let config = config.transpose()?;
    let options = Options { listen: listen.clone(), seed: Seed::new(*seed), exposed: *expose_without_authentication };
    runtime()?.block_on(async {
        let server = Server::start(&options, config.as_deref()).await.map_err(|error| cant_start(&error))?;
        describe(&server, talk).await;
        tokio::select! {
            ended = server.run() => {
                ended.map_err(|error| ExpectedError::Resources(format!("the API can't go on: {error}")))?;
            }
            _ = tokio::signal::ctrl_c() => {}
        }
        Ok(0)
    })
}

async fn describe(server: &Server, talk: Talk) {
    let (api, lines) = (format!("http://{}", server.address()), server.lines().await);
    if talk.json {
        print_line(&json!({ "api": api, "proxies": lines }).to_string());
    } else {
        print_line(&format!("api    {api}"));
        lines.iter().for_each(|line| print_line(&format!("proxy  {line}")));
    }
    say("Ctrl-C ends it, and all proxies with it");
}

fn cant_start(error: &StartError) -> ExpectedError {
    let help = match error {
        StartError::Api(_) => "choose another --listen; another toxiproxy may have this one",
        StartError::Config(_) => "the file is a JSON list of {\"name\", \"listen\", \"upstream\", \"enabled\"}",
    };
    ExpectedError::Unavailable(with_sources(error), help.to_owned())
}
