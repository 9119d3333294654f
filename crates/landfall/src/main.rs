//! `landfall`: the steps of the story, composable through files and pipes.

mod agents;
mod cli;
mod command;
mod examples;
mod exit;
mod hidden;
mod hold_key;
mod keys;
mod live;
mod page;
mod run;
mod signals;
mod talk;
mod target;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = cli::Cli::parse();
    talk::draw_errors(arguments.talk);
    install_tls_provider();
    match command::run(arguments) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let code = error.code();
            talk::say_error(error);
            code.into()
        }
    }
}

/// One provider for all of TLS, before anything can ask for it.
fn install_tls_provider() {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .expect("nothing installs a provider before the first line of main");
}
