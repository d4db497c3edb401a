//! All commands, and the one that was called: arguments in, exit code out.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use super::{
    actor::{self, ActorCommand},
    args::Global,
    audit::{self, AuditCommand},
    block::{self, BlockCommand},
    check::{self, CheckArgs},
    config::{self, ConfigCommand},
    db::{self, DbCommand},
    endorsement::{self, EndorsementCommand},
    fetch::{self, FetchArgs},
    follower::{self, FollowerCommand},
    inbox::{self, InboxCommand},
    init::{self, InitArgs},
    letter::{self, LetterCommand},
    output::{self, Exit, Output},
    post::{self, PostCommand},
    queue::{self, QueueCommand},
    report::{self, ReportCommand},
    serve::{self, ServeArgs},
    signatory::{self, SignatoryCommand},
    status,
};

/// Publishes an open letter in the Fediverse: people follow it, like it, and sign it by a reply.
#[derive(Debug, Parser)]
#[command(name = "undersigned", version, after_help = SOURCE, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const SOURCE: &str = "undersigned is free software under the AGPL-3.0; whoever offers it over a network \
                      has to offer its source code, too.";

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Make a configuration, keys and a database; refuses to replace an identity
    Init(InitArgs),
    /// Run the server; the first start creates what is missing and publishes the letter
    Serve(ServeArgs),
    /// One screen: counts, queue, hosts in trouble, what waits for a person
    Status,
    /// Compare states, history and counts; exit code 5 when they disagree
    Check(CheckArgs),
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The letter's text
    #[command(subcommand)]
    Letter(LetterCommand),
    /// Posts below the letter, for those who follow it
    #[command(subcommand)]
    Post(PostCommand),
    /// The names in the letter's own list
    #[command(subcommand)]
    Signatory(SignatoryCommand),
    /// Endorsements from the Fediverse
    #[command(subcommand)]
    Endorsement(EndorsementCommand),
    /// Servers and people from whom nothing is wanted
    #[command(subcommand)]
    Block(BlockCommand),
    /// What other servers report to us
    #[command(subcommand)]
    Report(ReportCommand),
    /// What administrators did
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The letter's actor: how it looks, its keys, its address, its end
    #[command(subcommand)]
    Actor(ActorCommand),
    /// Who follows the letter
    #[command(subcommand)]
    Follower(FollowerCommand),
    /// What waits to be sent
    #[command(subcommand)]
    Queue(QueueCommand),
    /// What other servers delivered
    #[command(subcommand)]
    Inbox(InboxCommand),
    /// The database itself
    #[command(subcommand)]
    Db(DbCommand),
    /// Read one remote post, actor or activity as if it had been delivered; exit code 6 when its server does
    /// not answer, 3 when it is gone, 4 when it is blocked
    Fetch(FetchArgs),
}

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
        Command::Init(args) => Box::pin(init::run(global, output, args)).await,
        Command::Serve(args) => Box::pin(serve::run(global, output, args)).await,
        Command::Status => Box::pin(status::run(global, output)).await,
        Command::Check(args) => Box::pin(check::run(global, output, args)).await,
        Command::Config(command) => config::run(command, global, output),
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
        Command::Fetch(args) => Box::pin(fetch::run(global, output, args)).await,
        Command::Queue(command) => Box::pin(queue::run(command, global, output)).await,
        Command::Inbox(command) => Box::pin(inbox::run(command, global, output)).await,
    }
}
