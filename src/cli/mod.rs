//! The command line: all commands on one page ([`commands`]), a file for each noun (`product.md` 3).
//!
//! Commands and the running server meet only in the database. stdout is the answer, stderr the talk;
//! what a command prints is made in [`output`]. This is the one room that prints and ends the program.

mod actor;
mod alarms;
mod announcing;
mod audit;
mod block;
mod check;
mod client;
mod commands;
mod config;
mod confirm;
mod db;
mod endorsement;
mod fetch;
mod follower;
mod inbox;
mod init;
mod jobs;
mod keys;
mod letter;
mod life;
mod listening;
mod output;
mod parts;
mod post;
mod presenting;
mod queue;
mod report;
mod serve;
mod signatory;
mod site;
mod status;
mod watching;

use std::process::ExitCode;

use clap::Parser as _;

use self::{
    commands::{Cli, Color, Command, ConfigCommand, Global},
    output::{Exit, Output},
};

/// Reads the arguments, does what they say, and gives the exit code.
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
    // Whatever still runs was told to stop and had its time; nothing may hold up the end any more.
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
        Command::Letter(it) => Box::pin(letter::run(it, global, output)).await,
        Command::Post(it) => Box::pin(post::run(it, global, output)).await,
        Command::Signatory(it) => Box::pin(signatory::run(it, global, output)).await,
        Command::Endorsement(it) => Box::pin(endorsement::run(it, global, output)).await,
        Command::Block(it) => Box::pin(block::run(it, global, output)).await,
        Command::Report(it) => Box::pin(report::run(it, global, output)).await,
        Command::Audit(it) => Box::pin(audit::run(it, global, output)).await,
        Command::Actor(it) => Box::pin(actor::run(it, global, output)).await,
        Command::Follower(it) => Box::pin(follower::run(it, global, output)).await,
        Command::Db(it) => Box::pin(db::run(it, global, output)).await,
        Command::Fetch { url } => Box::pin(fetch::run(global, output, url)).await,
        Command::Queue(it) => Box::pin(queue::run(it, global, output)).await,
        Command::Inbox(it) => Box::pin(inbox::run(it, global, output)).await,
    }
}
