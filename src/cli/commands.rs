//! Every command and option on one page, as `clap` reads them; `dispatch` in the parent says what each does.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{endorsement::blocks::Severity, register::publish::RevisionKind};

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
    /// Servers and people from whom nothing is wanted
    #[command(subcommand)]
    Block(BlockCommand),
    /// What other servers report to us
    #[command(subcommand)]
    Report(ReportCommand),
    /// What administrators did
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Who follows the letter
    #[command(subcommand)]
    Follower(FollowerCommand),
    /// What waits to be sent
    #[command(subcommand)]
    Queue(QueueCommand),
    /// What other servers delivered
    #[command(subcommand)]
    Inbox(InboxCommand),
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

#[derive(Debug, Subcommand)]
pub(super) enum LetterCommand {
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
pub(super) enum KindArg {
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
pub(super) enum SignatoryCommand {
    /// List the names
    List,
    /// List the lines of the published file that are no names we can read
    Unparsed,
}

#[derive(Debug, Subcommand)]
pub(super) enum EndorsementCommand {
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
pub(super) struct ConditionArgs {
    /// Those in this state: listed, counted, pending, comment, hidden, rejected, withdrawn, late, invalid
    #[arg(long)]
    pub(super) state: Option<crate::endorsement::State>,
    /// Those of this kind: reply, mention, quote, like, reaction, comment
    #[arg(long)]
    pub(super) kind: Option<crate::endorsement::Kind>,
    /// Those from this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    pub(super) host: Option<String>,
    /// Those that wait for this: unsure, paused, decision, organisation, age, limited, surge, rule, name
    #[arg(long, value_name = "WHAT")]
    pub(super) waits_for: Option<crate::endorsement::WaitsFor>,
    /// Those whose key changed unannounced, whatever their state: only leaving is obeyed until they are approved
    #[arg(long)]
    pub(super) frozen: bool,
    /// Those given at this time or later (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) after: Option<crate::clock::Millis>,
    /// Those given before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(super) before: Option<crate::clock::Millis>,
    /// Those with this in their name
    #[arg(long, value_name = "TEXT")]
    pub(super) name: Option<String>,
}

/// What is decided about.
#[derive(Clone, Debug, Args)]
pub(super) struct DecisionArgs {
    /// Which ones: ids (their first four characters do), actors' URLs, or @user@host
    pub(super) ids: Vec<String>,
    #[command(flatten)]
    pub(super) conditions: ConditionArgs,
    /// Why: a code (spam, slur, impersonation, duplicate, request, legal, mistake, other), a colon, and
    /// free text
    #[arg(long)]
    pub(super) reason: Option<String>,
    /// Do it; without this, conditions only count
    #[arg(long)]
    pub(super) apply: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum BlockCommand {
    /// Block or limit a domain with everything below it, or one actor
    Add(BlockArgs),
    /// Lift a block or limit; what it alone held comes back
    Remove {
        /// Which one: its domain, @user@host, or the actor's URL
        target: String,
    },
    /// List blocks and limits, newest first
    List,
    /// Show a block or limit, and how much it holds
    Show {
        /// Which one: its domain, @user@host, or the actor's URL
        target: String,
    },
}

/// Whom to block, and how.
#[derive(Clone, Debug, Args)]
pub(super) struct BlockArgs {
    /// A domain, @user@host of somebody known here, or an actor's URL
    #[arg(value_name = "DOMAIN|@USER@HOST")]
    pub(super) target: String,
    /// block: take nothing and show nothing; limit: everything from there waits for a moderator
    #[arg(long, value_name = "block|limit", default_value_t = Severity::Block)]
    pub(super) severity: Severity,
    /// What everybody may be told about it
    #[arg(long, value_name = "TEXT")]
    pub(super) public_comment: Option<String>,
    /// What administrators should know about it
    #[arg(long, value_name = "TEXT")]
    pub(super) private_comment: Option<String>,
    /// Also end the follows from there for good, and tell their servers
    #[arg(long)]
    pub(super) cut: bool,
    /// Say what it would do, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Do it, also when it hides more than 10 endorsements or silences more than 50 followers
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// List the reports, open ones first
    List,
    /// Show one report with all of its text
    Show {
        /// Its number
        id: i64,
    },
    /// Mark reports as dealt with; the next one about the same thing opens them again
    Resolve {
        /// Their numbers
        #[arg(conflicts_with = "host")]
        ids: Vec<i64>,
        /// All open ones of this host
        #[arg(long, value_name = "HOST")]
        host: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// List what administrators did, newest first
    List {
        /// What was done to this public id, or report number
        #[arg(long, value_name = "ID")]
        target: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum FollowerCommand {
    /// List the followers, newest first
    List,
    /// Print how many there are
    Count,
}

#[derive(Debug, Subcommand)]
pub(super) enum QueueCommand {
    /// Print how much is queued, and what became of the rest in the last 30 days
    Stats,
}

#[derive(Debug, Subcommand)]
pub(super) enum InboxCommand {
    /// List the last deliveries and what came of them, newest first: "did it arrive?"
    Log(InboxLogArgs),
}

/// Which deliveries: all conditions that are given have to hold.
#[derive(Clone, Debug, Args)]
pub(super) struct InboxLogArgs {
    /// Those from this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    pub(super) host: Option<String>,
    /// Those of this type, such as Create or Like
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) kind: Option<String>,
    /// Those that ended so: taken, nothing (no effect), duplicate, unverified, refused, later
    #[arg(long, value_name = "OUTCOME")]
    pub(super) result: Option<crate::store::JournalOutcome>,
    /// The most to list
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    pub(super) limit: i64,
}

fn time(text: &str) -> Result<crate::clock::Millis, String> {
    let read = crate::clock::Millis::parse_rfc3339(text);
    read.ok_or_else(|| "not a time such as 2026-11-22T12:00:00Z".to_owned())
}
