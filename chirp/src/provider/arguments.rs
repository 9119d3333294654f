//! The command line of `provider` and `provider-fault`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::control::{FaultAction, ProviderError, control};
use super::faults::Fault;
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

/// Arguments of `provider-fault`.
#[derive(Debug, Args)]
pub struct ProviderFaultArguments {
    /// The configuration of the deployment.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Which provider.
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// Only for the calls of this region.
    #[arg(long = "for", value_name = "REGION")]
    region: Option<String>,
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Action {
    /// Each answer comes this much later.
    Slow {
        /// Such as 500ms or 2s.
        #[arg(value_parser = delay_ms)]
        delay: u64,
    },
    /// This share of the calls is answered 500.
    Fail {
        /// Such as 0.5; 1 is all.
        share: f64,
    },
    /// Calls are not answered until the fault is cleared.
    Hang,
    /// Connections are closed when something is asked.
    Refuse,
    /// No fault any more; without --for for nobody.
    Clear,
    /// Is there a fault? Exit code 0 if there is one and 1 if there is none.
    Status,
}

fn delay_ms(text: &str) -> Result<u64, String> {
    let number = |digits: &str| digits.parse::<u64>().ok();
    let whole = match text.strip_suffix("ms") {
        Some(digits) => number(digits),
        None => text.strip_suffix('s').and_then(number).and_then(|seconds| seconds.checked_mul(1000)),
    };
    whole.ok_or_else(|| "write it as 500ms or 2s".to_owned())
}

impl ProviderArguments {
    /// Runs the provider until `stop` is requested.
    pub(crate) async fn run(&self, stop: Stop) -> Result<(), Error> {
        let config = Config::read(&self.config)?;
        super::run(find(&config, &self.provider)?, stop).await
    }
}

impl ProviderFaultArguments {
    /// Switches the fault, or asks for it; answers what to print.
    pub(crate) async fn run(&self) -> Result<String, Error> {
        let config = Config::read(&self.config)?;
        let provider = find(&config, &self.provider)?;
        if let Some(region) = &self.region
            && config.region(region).is_none()
        {
            return Err(Error::UnknownRegion { name: region.clone(), known: config.region_names() });
        }
        let region = self.region.as_deref();
        Ok(control(provider, region, self.action()?).await?)
    }

    fn action(&self) -> Result<FaultAction, ProviderError> {
        let fault = match self.action {
            Action::Slow { delay } => Fault::Slow { delay_ms: delay },
            Action::Fail { share } => Fault::Fail { share },
            Action::Hang => Fault::Hang,
            Action::Refuse => Fault::Refuse,
            Action::Clear => return Ok(FaultAction::Clear),
            Action::Status => return Ok(FaultAction::Status),
        };
        Ok(FaultAction::Set(fault.check().map_err(|error| ProviderError::Senseless(error.to_string()))?))
    }
}

fn find<'a>(config: &'a Config, name: &str) -> Result<&'a ProviderConfig, ProviderError> {
    let found = config.providers.iter().find(|provider| provider.name == name);
    found.ok_or_else(|| {
        let known: Vec<&str> = config.providers.iter().map(|provider| provider.name.as_str()).collect();
        ProviderError::Unknown { name: name.to_owned(), known: known.join(", ") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_a_number_with_its_unit() {
        // (text, milliseconds)
        let cases = [
            ("500ms", Some(500)),
            ("2s", Some(2000)),
            ("0s", Some(0)),
            ("500", None),
            ("", None),
            ("s", None),
            ("ms", None),
            ("-1s", None),
            ("1.5s", None),
            ("99999999999999999999s", None),
            ("18446744073709551615s", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(delay_ms(text).ok(), wanted, "{text}");
        }
    }
}
