//! Every command and option, as `clap` reads them: the nouns here, their subcommands in the files beside.
//! `dispatch` in the parent module runs them.

mod actor;
mod database;
mod endorsement;
mod letter;
mod moderating;
mod speaking;
mod traffic;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(super) use self::{
    actor::ActorCommand,
    database::{CopyArgs, DbCommand},
    endorsement::{ConditionArgs, DecisionArgs, EndorsementCommand},
    letter::{LetterCommand, SignatoryCommand},
    moderating::{AuditCommand, BlockArgs, BlockCommand, ReportCommand},
    speaking::PostCommand,
    traffic::{FollowerCommand, InboxCommand, InboxLogArgs, QueueCommand, QueueListArgs},
};

/// Publishes an open letter in the Fediverse: people follow it, like it, and sign it by a reply.
#[derive(Debug, Parser)]
#[command(name = "undersigned", version, after_help = SOURCE, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

const SOURCE: &str = "undersigned is free software under the AGPL-3.0; whoever offers it over a network \
                      has to offer its source code, too.";

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Global {
    /// The configuration file; a default `config.toml` may be missing
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Print JSON, one array or one object
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Say nothing on stderr but errors
    #[arg(long, global = true)]
    pub(super) quiet: bool,
    /// Who decides, for the audit [default: the system user]
    #[arg(
        long = "as",
        global = true,
        value_name = "NAME",
        env = "UNDERSIGNED_OPERATOR"
    )]
    pub(super) operator: Option<String>,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
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
        /// Serve, but change nothing: deliveries are asked to come again, nothing is sent, and the database refuses
        /// every change; works beside a server that writes
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
    Fetch {
        /// Its URL
        url: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print the configuration that is in force, secrets hidden
    Show,
    /// Check the configuration; every fault is reported
    Check,
}

fn time(text: &str) -> Result<crate::clock::Millis, String> {
    let read = crate::clock::Millis::parse_rfc3339(text);
    read.ok_or_else(|| "not a time such as 2026-11-22T12:00:00Z".to_owned())
}
