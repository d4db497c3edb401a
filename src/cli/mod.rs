//! The command line: all arguments in [`commands`], a file for each noun.
//!
//! Commands and the running server communicate only through the database. Answers go to stdout, messages to stderr;
//! [`output`] prints both. Only this module prints and ends the program.

mod actor;
mod audit;
mod block;
mod check;
mod commands;
mod config;
mod confirm;
mod db;
mod endorsement;
mod fetch;
mod follower;
mod inbox;
mod init;
mod letter;
mod output;
mod post;
mod presenting;
mod queue;
mod report;
mod serve;
mod signatory;
mod site;
mod status;

use std::process::ExitCode;

use clap::Parser as _;

use self::{
    commands::{Cli, Color, Command, ConfigCommand, Global},
    output::{Exit, Output},
};

/// Parses the arguments, runs the command, and returns the exit code.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    let output = Output::new(&cli.global);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return output.fail(&anyhow::Error::new(error).context("cannot start the runtime"));
        }
    };
    let done = runtime.block_on(dispatch(&cli, &output));
    // Tasks that still run were told to stop and had their time, so the exit does not wait for them.
    runtime.shutdown_background();
    match done {
        Ok(exit) => exit.into(),
        Err(error) => output.fail(&error),
    }
}

async fn dispatch(cli: &Cli, output: &Output) -> anyhow::Result<Exit> {
    let global = &cli.global;
    match &cli.command {
        Command::Init { domain, username } => {
            let (domain, username) = (domain.as_deref(), username.as_deref());
            Box::pin(init::run(global, output, domain, username)).await
        }
        Command::Serve { read_only } => Box::pin(serve::run(global, output, *read_only)).await,
        Command::Status => Box::pin(status::run(global, output)).await,
        Command::Check { repair } => Box::pin(check::run(global, output, *repair)).await,
        Command::Config(ConfigCommand::Show) => config::show(global, output),
        Command::Config(ConfigCommand::Check) => config::check(global, output),
        Command::Letter(command) => Box::pin(letter::run(command, global, output)).await,
        Command::Post(command) => Box::pin(post::run(command, global, output)).await,
        Command::Signatory(command) => Box::pin(signatory::run(command, global, output)).await,
        Command::Endorsement(command) => Box::pin(endorsement::run(command, global, output)).await,
        Command::Block(command) => Box::pin(block::run(command, global, output)).await,
        Command::Report(command) => Box::pin(report::run(command, global, output)).await,
        Command::Audit(command) => Box::pin(audit::run(command, global, output)).await,
        Command::Actor(command) => Box::pin(actor::run(command, global, output)).await,
        Command::Follower(command) => Box::pin(follower::run(command, global, output)).await,
        Command::Db(command) => Box::pin(db::run(command, global, output)).await,
        Command::Fetch { url } => Box::pin(fetch::run(global, output, url)).await,
        Command::Queue(command) => Box::pin(queue::run(command, global, output)).await,
        Command::Inbox(command) => Box::pin(inbox::run(command, global, output)).await,
    }
}
