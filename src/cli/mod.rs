//! The command line: all commands on one page ([`commands`]), a file for each noun (`product.md` 3).
//!
//! Commands and the running server meet only in the database. stdout is the answer, stderr the talk;
//! what a command prints is made in [`output`]. This is the one room that prints and ends the program.

mod audit;
mod block;
mod check;
mod client;
mod commands;
mod config;
mod endorsement;
mod fetch;
mod follower;
mod inbox;
mod init;
mod jobs;
mod letter;
mod output;
mod parts;
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
    commands::{
        AuditCommand, BlockArgs, BlockCommand, Cli, Color, Command, ConditionArgs, ConfigCommand,
        DecisionArgs, EndorsementCommand, FollowerCommand, Global, InboxCommand, LetterCommand,
        QueueCommand, ReportCommand, SignatoryCommand,
    },
    output::{Exit, Output},
};
use crate::{endorsement::decide::Decision, register::publish::RevisionKind};

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
    match runtime.block_on(dispatch(&cli, &output)) {
        Ok(exit) => exit.into(),
        Err(error) => output.fail(&error),
    }
}

async fn dispatch(cli: &Cli, output: &Output) -> anyhow::Result<Exit> {
    let global = &cli.global;
    match &cli.command {
        Command::Init { domain, username } => {
            Box::pin(init::run(
                global,
                output,
                domain.as_deref(),
                username.as_deref(),
            ))
            .await
        }
        Command::Serve { read_only } => Box::pin(serve::run(global, output, *read_only)).await,
        Command::Status => Box::pin(status::run(global, output)).await,
        Command::Check { repair } => Box::pin(check::run(global, output, *repair)).await,
        Command::Config(ConfigCommand::Show) => config::show(global, output),
        Command::Config(ConfigCommand::Check) => config::check(global, output),
        Command::Letter(LetterCommand::Check { file }) => letter::check(output, file),
        Command::Letter(LetterCommand::Publish { file, kind, note }) => {
            let kind = kind.map(RevisionKind::from);
            Box::pin(letter::publish(
                global,
                output,
                file.as_deref(),
                kind,
                note.clone(),
            ))
            .await
        }
        Command::Letter(LetterCommand::Show) => Box::pin(letter::show(global, output)).await,
        Command::Letter(LetterCommand::Versions) => {
            Box::pin(letter::versions(global, output)).await
        }
        Command::Signatory(SignatoryCommand::List) => {
            Box::pin(signatory::list(global, output)).await
        }
        Command::Signatory(SignatoryCommand::Unparsed) => {
            Box::pin(signatory::unparsed(global, output)).await
        }
        Command::Endorsement(command) => Box::pin(endorsements(command, global, output)).await,
        Command::Block(BlockCommand::Add(args)) => Box::pin(block::add(global, output, args)).await,
        Command::Block(BlockCommand::Remove { target }) => {
            Box::pin(block::remove(global, output, target)).await
        }
        Command::Block(BlockCommand::List) => Box::pin(block::list(global, output)).await,
        Command::Block(BlockCommand::Show { target }) => {
            Box::pin(block::show(global, output, target)).await
        }
        Command::Report(ReportCommand::List) => Box::pin(report::list(global, output)).await,
        Command::Report(ReportCommand::Show { id }) => {
            Box::pin(report::show(global, output, *id)).await
        }
        Command::Report(ReportCommand::Resolve { ids, host }) => {
            Box::pin(report::resolve(global, output, ids, host.as_deref())).await
        }
        Command::Audit(AuditCommand::List { target }) => {
            Box::pin(audit::list(global, output, target.as_deref())).await
        }
        Command::Follower(FollowerCommand::List) => Box::pin(follower::list(global, output)).await,
        Command::Follower(FollowerCommand::Count) => {
            Box::pin(follower::count(global, output)).await
        }
        Command::Fetch { url } => Box::pin(fetch::run(global, output, url)).await,
        Command::Queue(QueueCommand::Stats) => Box::pin(queue::stats(global, output)).await,
        Command::Inbox(InboxCommand::Log(args)) => Box::pin(inbox::log(global, output, args)).await,
    }
}

async fn endorsements(
    command: &EndorsementCommand,
    global: &Global,
    output: &Output,
) -> anyhow::Result<Exit> {
    use EndorsementCommand::{Approve, Hide, List, Reject, Show, Unhide, Withdraw};
    let (decision, args) = match command {
        List {
            conditions,
            search,
            limit,
        } => {
            return endorsement::list(global, output, conditions, search.clone(), *limit).await;
        }
        Show { id, evidence } => return endorsement::show(global, output, id, *evidence).await,
        Withdraw { id, reason } => {
            let args = DecisionArgs {
                ids: vec![id.clone()],
                conditions: ConditionArgs::default(),
                reason: reason.clone(),
                apply: false,
            };
            return endorsement::decide(global, output, Decision::Withdraw, &args).await;
        }
        Approve(args) => (Decision::Approve, args),
        Reject(args) => (Decision::Reject, args),
        Hide(args) => (Decision::Hide, args),
        Unhide(args) => (Decision::Unhide, args),
    };
    endorsement::decide(global, output, decision, args).await
}
