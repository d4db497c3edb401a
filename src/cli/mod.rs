//! The command line: all commands on one page, a file for each noun (`product.md` 3).
//!
//! Commands and the running server meet only in the database. stdout is the answer, stderr the talk;
//! what a command prints is made in [`output`]. This is the one room that prints and ends the program.

mod audit;
mod check;
mod config;
mod endorsement;
mod follower;
mod init;
mod letter;
mod output;
mod queue;
mod serve;
mod signatory;
mod site;
mod status;
mod watching;

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{endorsement::decide::Decision, register::publish::RevisionKind};

use output::Exit;
use output::Output;

/// Publishes an open letter in the Fediverse: people follow it, like it, and sign it by a reply.
#[derive(Debug, Parser)]
#[command(name = "undersigned", version, after_help = SOURCE, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const SOURCE: &str = "undersigned is free software under the AGPL-3.0; whoever offers it over a network \
                      has to offer its source code, too.";

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// The configuration file; a default `config.toml` may be missing
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON, one array or one object
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing on stderr but errors
    #[arg(long, global = true)]
    quiet: bool,
    /// Who decides, for the audit [default: the system user]
    #[arg(
        long = "as",
        global = true,
        value_name = "NAME",
        env = "UNDERSIGNED_OPERATOR"
    )]
    operator: Option<String>,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Make a configuration, keys and a database; refuses to replace an identity
    Init {
        /// The domain of the letter, such as letter.example
        #[arg(long, value_name = "DOMAIN")]
        domain: Option<String>,
        /// The user name of its actor
        #[arg(long, value_name = "NAME")]
        username: Option<String>,
    },
    /// Run the server; the first start creates what is missing and publishes the letter
    Serve {
        /// Serve, but change nothing: deliveries are asked to come again
        #[arg(long)]
        read_only: bool,
    },
    /// One screen: counts, queue, hosts in trouble, what waits for a person
    Status,
    /// Compare states, history and counts; exit code 5 when they disagree
    Check {
        /// Put right what can be derived
        #[arg(long)]
        repair: bool,
    },
    /// The configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// The letter's text
    #[command(subcommand)]
    Letter(LetterCommand),
    /// The names in the letter's own list
    #[command(subcommand)]
    Signatory(SignatoryCommand),
    /// Endorsements from the Fediverse
    #[command(subcommand)]
    Endorsement(EndorsementCommand),
    /// What administrators did
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Who follows the letter
    #[command(subcommand)]
    Follower(FollowerCommand),
    /// What waits to be sent
    #[command(subcommand)]
    Queue(QueueCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Print the configuration that is in force, secrets hidden
    Show,
    /// Check the configuration; every fault is reported
    Check,
}

#[derive(Debug, Subcommand)]
enum LetterCommand {
    /// Read a file and say what would be published: needs no configuration and no database
    Check {
        /// The Markdown file
        file: PathBuf,
    },
    /// Publish the text, or take over its names when the text is unchanged
    Publish {
        /// The Markdown file [default: letter.file]
        file: Option<PathBuf>,
        /// What changed: once anybody has signed, there is no default
        #[arg(long, value_enum)]
        kind: Option<KindArg>,
        /// What to tell people about the change
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
    /// Print the published text
    Show,
    /// List the revisions
    Versions,
}

/// What a changed text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// A correction: signatures are carried over
    Typo,
    /// Another text: earlier signatures stay with the text that was signed
    Substantive,
}

impl From<KindArg> for RevisionKind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Typo => Self::Typo,
            KindArg::Substantive => Self::Substantive,
        }
    }
}

#[derive(Debug, Subcommand)]
enum SignatoryCommand {
    /// List the names
    List,
    /// List the lines of the published file that are no names we can read
    Unparsed,
}

#[derive(Debug, Subcommand)]
enum EndorsementCommand {
    /// List endorsements; with `--state comment` the replies that do not sign
    List {
        #[command(flatten)]
        conditions: ConditionArgs,
        /// Part of the name, the handle or the words
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// The most to list
        #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
        limit: i64,
    },
    /// Show one endorsement: an id, an actor's URL, or @user@host
    Show {
        /// Which one
        id: String,
        /// Also the signed request behind it
        #[arg(long)]
        evidence: bool,
    },
    /// Let in what waits
    Approve(DecisionArgs),
    /// Refuse for good; needs --reason
    Reject(DecisionArgs),
    /// Take off the page for now
    Hide(DecisionArgs),
    /// Put back what was hidden
    Unhide(DecisionArgs),
    /// End an endorsement on somebody's behalf; needs --reason
    Withdraw {
        /// Which one
        id: String,
        /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon,
        /// and free text
        #[arg(long)]
        reason: Option<String>,
    },
}

/// Conditions: all that are given have to hold.
#[derive(Clone, Debug, Default, Args)]
struct ConditionArgs {
    /// Those in this state
    #[arg(long)]
    state: Option<crate::endorsement::State>,
    /// Those of this kind
    #[arg(long)]
    kind: Option<crate::endorsement::Kind>,
    /// Those from this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    host: Option<String>,
    /// Those that wait for this: age, surge, rule, name, unsure …
    #[arg(long, value_name = "WHAT")]
    waits_for: Option<crate::endorsement::WaitsFor>,
    /// Those given at this time or later (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    after: Option<crate::clock::Millis>,
    /// Those given before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    before: Option<crate::clock::Millis>,
    /// Those with this in their name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
}

/// What is decided about.
#[derive(Clone, Debug, Args)]
struct DecisionArgs {
    /// Which ones: ids (their first four characters do), actors' URLs, or @user@host
    ids: Vec<String>,
    #[command(flatten)]
    conditions: ConditionArgs,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and
    /// free text
    #[arg(long)]
    reason: Option<String>,
    /// Do it; without this, conditions only count
    #[arg(long)]
    apply: bool,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// List what administrators did, newest first
    List {
        /// What was done to this public id
        #[arg(long, value_name = "ID")]
        target: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum FollowerCommand {
    /// List the followers, newest first
    List,
    /// Print how many there are
    Count,
}

#[derive(Debug, Subcommand)]
enum QueueCommand {
    /// Print how much is queued, and what became of the rest in the last 30 days
    Stats,
}

fn time(text: &str) -> Result<crate::clock::Millis, String> {
    let read = crate::clock::Millis::parse_rfc3339(text);
    read.ok_or_else(|| "not a time such as 2026-11-22T12:00:00Z".to_owned())
}

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
        Command::Audit(AuditCommand::List { target }) => {
            Box::pin(audit::list(global, output, target.as_deref())).await
        }
        Command::Follower(FollowerCommand::List) => Box::pin(follower::list(global, output)).await,
        Command::Follower(FollowerCommand::Count) => {
            Box::pin(follower::count(global, output)).await
        }
        Command::Queue(QueueCommand::Stats) => Box::pin(queue::stats(global, output)).await,
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
