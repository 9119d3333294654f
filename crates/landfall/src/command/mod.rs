//! One file per command.

mod agent;
mod agents;
mod check;
mod compare;
mod demo;
mod deploy;
mod fault;
mod faults;
mod judge;
mod knee;
mod lab;
mod proxy;
mod resume;
mod run;
mod serve;
mod watch;

use crate::{
    cli::{Cli, Command},
    exit::ExpectedError,
    hidden,
    talk::print_line,
};

/// Carries a command out; answers the exit code.
pub(crate) fn run(cli: Cli) -> Result<u8, ExpectedError> {
    match cli.command {
        Command::Demo(arguments) => demo::demo(&arguments, cli.talk),
        Command::Run(arguments) => run::run(&arguments, cli.talk),
        Command::Resume(arguments) => resume::resume(&arguments, cli.talk),
        Command::Check(arguments) => check::check(&arguments),
        Command::Watch(arguments) => watch::watch(&arguments, cli.talk),
        Command::Serve(arguments) => serve::serve(&arguments),
        Command::Judge(arguments) => judge::judge(&arguments, cli.talk),
        Command::Report(arguments) => judge::report(&arguments, cli.talk),
        Command::Compare(arguments) => compare::compare(&arguments, cli.talk),
        Command::Knee(arguments) => knee::knee(&arguments, cli.talk),
        Command::Headroom(arguments) => knee::headroom(&arguments, cli.talk),
        Command::Lab(arguments) => lab::lab(&arguments),
        Command::Deploy(command) => deploy::deploy(&command),
        Command::Proxy(arguments) => proxy::proxy(&arguments, cli.talk),
        Command::Chirp(command) => hidden::chirp(command),
        Command::Fault(command) => fault::fault(&command, cli.talk),
        Command::Hold(arguments) => fault::hold(&arguments),
        Command::Faults => faults::faults(cli.talk),
        Command::Schema => {
            let schema = serde_json::to_string_pretty(&plan::schema()).expect("a schema is plain JSON");
            print_line(&schema);
            Ok(0)
        }
        Command::Agent(arguments) => agent::agent(&arguments),
        Command::Agents(arguments) => agents::agents(&arguments, cli.talk),
        Command::Relay => hidden::relay(),
        Command::HoldFault => hidden::hold_fault(),
    }
}
