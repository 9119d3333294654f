//! The command line of `provider`.

use std::path::PathBuf;

use clap::Args;

use crate::config::{Config, ProviderConfig};
use crate::error::Error;
use crate::stop::Stop;

/// Arguments of `provider`.
#[derive(Debug, Args)]
pub struct ProviderArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Which provider to run.
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: String,
    /// End when standard input ends (with the process that started this one).
    #[arg(long)]
    pub(crate) exit_with_stdin: bool,
}

impl ProviderArguments {
    /// Runs the provider until `stop` is requested.
    pub(crate) async fn run(&self, stop: Stop) -> Result<(), Error> {
        let config = Config::read(&self.config)?;
        super::run(find(&config, &self.provider)?, stop).await
    }
}

/// The provider of this name.
pub(crate) fn find<'a>(config: &'a Config, name: &str) -> Result<&'a ProviderConfig, Error> {
    let found = config.providers.iter().find(|provider| provider.name == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = config.providers.iter().map(|provider| provider.name.as_str()).collect();
        Error::UnknownProvider { name: name.to_owned(), known: known.join(", ") }
    })
}
