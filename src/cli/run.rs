//! All commands, and the one that was called: arguments in, exit code out.

use std::{process::ExitCode, sync::LazyLock};

use clap::{CommandFactory as _, Parser, Subcommand};

use super::{
    actor::{self, ActorCommand},
    args::Global,
    audit::{self, AuditCommand},
    backup::{self, BackupCommand},
    block::{self, BlockCommand},
    check::{self, CheckArgs},
    comment::{self, CommentCommand},
    completion::{self, CompletionArgs, ManArgs},
    config::{self, ConfigCommand},
    context::CommandContext,
    db::{self, DbCommand},
    deliver::{self, DeliverCommand},
    doctor::{self, DoctorArgs},
    endorsement::{self, EndorsementCommand},
    evidence::{self, EvidenceCommand},
    export::{self, ExportCommand},
    fetch::{self, FetchArgs},
    follower::{self, FollowerCommand},
    forge::{self, ForgeCommand},
    host::{self, HostCommand},
    inbox::{self, InboxCommand},
    init::{self, InitArgs},
    letter::{self, LetterCommand},
    link::{self, LinkCommand},
    name::{self, NameCommand},
    names::{self, NamesCommand},
    organisation::{self, OrganisationCommand},
    output::{self, Exit},
    person::{self, PersonCommand},
    post::{self, PostCommand},
    queue::{self, QueueCommand},
    quote::{self, QuoteCommand},
    report::{self, ReportCommand},
    review::{self, ReviewArgs},
    rule::{self, RuleCommand},
    serve::{self, ServeArgs},
    signatory::{self, SignatoryCommand},
    site::{self, SiteCommand},
    statement::{self, StatementCommand},
    status::{self, StatusArgs},
    sudo,
};
use crate::http::state::SOURCE_CODE;

/// Publishes an open letter in the Fediverse: people follow it, like it, and sign it by a reply.
#[derive(Debug, Parser)]
#[command(name = "undersigned", version, long_version = VERSION.as_str(), after_help = SOURCE, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const SOURCE: &str = "undersigned is free software under the AGPL-3.0; whoever offers it over a network \
                      has to offer its source code, too.";

/// What `--version` says: the version, the commit of a release build, and where the source code is, which whoever uses the
/// program over a network has a right to (AGPL-3.0, section 13).
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let commit = match env!("UNDERSIGNED_COMMIT") {
        "" => "none, this is no release build",
        commit => commit,
    };
    let source = match SOURCE_CODE {
        Some("") | None => "with whoever built this program",
        Some(url) => url,
    };
    let version = env!("CARGO_PKG_VERSION");
    format!("{version}\ncommit: {commit}\nsource: {source}")
});

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Make a configuration, keys and a database; refuses to replace an identity
    Init(InitArgs),
    /// Run the server; the first start publishes the letter, and on localhost makes key and database
    Serve(ServeArgs),
    /// One screen: counts, queue, hosts in trouble, what waits for a person
    Status(StatusArgs),
    /// Compare states, history and counts; exit code 5 when they disagree
    Check(CheckArgs),
    /// Look at the server from inside and from outside, a line for each check; exit code 1 when one fails
    Doctor(DoctorArgs),
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
    /// Organisations, servers and projects that support the letter
    #[command(subcommand)]
    Organisation(OrganisationCommand),
    /// Endorsements from the Fediverse
    #[command(subcommand)]
    Endorsement(EndorsementCommand),
    /// Replies and mentions that do not sign, and what the letter answered
    #[command(subcommand)]
    Comment(CommentCommand),
    /// What endorsers wrote besides the signing words
    #[command(subcommand)]
    Statement(StatementCommand),
    /// The names of endorsers
    #[command(subcommand)]
    Name(NameCommand),
    /// All names at once, or those of single people: off everything public while who signed is attacked, and back
    #[command(subcommand)]
    Names(NamesCommand),
    /// Who stands in the letter's list and in the Fediverse, and is one supporter
    #[command(subcommand)]
    Link(LinkCommand),
    /// The issues on GitHub, Forgejo and Gitea whose comments sign
    #[command(subcommand)]
    Forge(ForgeCommand),
    /// Everything that is stored about one person: hand it over, hide it, erase it
    #[command(subcommand)]
    Person(PersonCommand),
    /// Servers and people from whom nothing is wanted
    #[command(subcommand)]
    Block(BlockCommand),
    /// Servers that are trusted
    #[command(subcommand)]
    Host(HostCommand),
    /// Words and names that wait for a moderator
    #[command(subcommand)]
    Rule(RuleCommand),
    /// What other servers report to us
    #[command(subcommand)]
    Report(ReportCommand),
    /// What waits for a moderator, one entry after the other, at a terminal
    Review(ReviewArgs),
    /// What administrators did
    #[command(subcommand)]
    Audit(AuditCommand),
    /// The letter's actor: how it looks, its keys, its address, its end
    #[command(subcommand)]
    Actor(ActorCommand),
    /// Who follows the letter
    #[command(subcommand)]
    Follower(FollowerCommand),
    /// Who may quote the letter in a post
    #[command(subcommand)]
    Quote(QuoteCommand),
    /// What waits to be sent
    #[command(subcommand)]
    Queue(QueueCommand),
    /// What other servers delivered
    #[command(subcommand)]
    Inbox(InboxCommand),
    /// Hand the letter over: as one signed file, or as a post to its addressee
    #[command(subcommand)]
    Deliver(DeliverCommand),
    /// Files that `endorsement show --evidence --to` wrote
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Print all names, with no limit: only what the pages show
    #[command(subcommand)]
    Export(ExportCommand),
    /// The database itself
    #[command(subcommand)]
    Db(DbCommand),
    /// Files for a website on a static host
    #[command(subcommand)]
    Site(SiteCommand),
    /// Backups: everything in one file, and back
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Read one remote post, actor or activity as if it had been delivered; exit code 6 when its server does
    /// not answer, 3 when it is gone, 4 when it is blocked
    Fetch(FetchArgs),
    /// Print the script that completes these commands in a shell
    Completion(CompletionArgs),
    /// Print the manual page, or write those of all commands
    Man(ManArgs),
}

/// Parses the arguments, runs the command, and returns the exit code.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error, asks_for_json()),
    };
    let ctx = CommandContext::new(cli.global);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            return ctx
                .output
                .fail(&anyhow::Error::new(error).context("cannot start the runtime"));
        }
    };
    let done = runtime.block_on(dispatch(&ctx, &cli.command));
    // Tasks that still run were told to stop and had their time, so the exit does not wait for them.
    runtime.shutdown_background();
    match done {
        Ok(exit) => exit.into(),
        Err(error) => ctx.output.fail(&sudo::with_line(error)),
    }
}

/// Whether `--json` stands among the arguments, for errors in the others.
fn asks_for_json() -> bool {
    let mut arguments = std::env::args_os().take_while(|argument| argument != "--");
    arguments.any(|argument| argument == "--json")
}

async fn dispatch(ctx: &CommandContext, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Init(args) => Box::pin(init::run(ctx, args)).await,
        Command::Serve(args) => Box::pin(serve::run(ctx, args)).await,
        Command::Status(args) => Box::pin(status::run(ctx, args)).await,
        Command::Check(args) => Box::pin(check::run(ctx, args)).await,
        Command::Doctor(args) => Box::pin(doctor::run(ctx, *args)).await,
        Command::Config(command) => config::run(ctx, command).await,
        Command::Letter(command) => Box::pin(letter::run(ctx, command)).await,
        Command::Link(command) => Box::pin(link::run(ctx, command)).await,
        Command::Forge(command) => Box::pin(forge::run(ctx, command)).await,
        Command::Post(command) => Box::pin(post::run(ctx, command)).await,
        Command::Signatory(command) => Box::pin(signatory::run(ctx, command)).await,
        Command::Organisation(command) => Box::pin(organisation::run(ctx, command)).await,
        Command::Endorsement(command) => Box::pin(endorsement::run(ctx, command)).await,
        Command::Comment(command) => Box::pin(comment::run(ctx, command)).await,
        Command::Statement(command) => Box::pin(statement::run(ctx, command)).await,
        Command::Name(command) => Box::pin(name::run(ctx, command)).await,
        Command::Names(command) => Box::pin(names::run(ctx, command)).await,
        Command::Person(command) => Box::pin(person::run(ctx, command)).await,
        Command::Block(command) => Box::pin(block::run(ctx, command)).await,
        Command::Host(command) => Box::pin(host::run(ctx, command)).await,
        Command::Rule(command) => Box::pin(rule::run(ctx, command)).await,
        Command::Report(command) => Box::pin(report::run(ctx, command)).await,
        Command::Review(args) => Box::pin(review::run(ctx, args)).await,
        Command::Audit(command) => Box::pin(audit::run(ctx, command)).await,
        Command::Actor(command) => Box::pin(actor::run(ctx, command)).await,
        Command::Follower(command) => Box::pin(follower::run(ctx, command)).await,
        Command::Db(command) => Box::pin(db::run(ctx, command)).await,
        Command::Site(command) => Box::pin(site::run(ctx, command)).await,
        Command::Completion(args) => completion::completion(ctx, Cli::command(), args),
        Command::Man(args) => completion::man(ctx, Cli::command(), args),
        Command::Deliver(command) => Box::pin(deliver::run(ctx, command)).await,
        Command::Evidence(command) => evidence::run(ctx, command),
        Command::Export(command) => Box::pin(export::run(ctx, command)).await,
        Command::Backup(command) => Box::pin(backup::run(ctx, command)).await,
        Command::Fetch(args) => Box::pin(fetch::run(ctx, args)).await,
        Command::Quote(command) => Box::pin(quote::run(ctx, command)).await,
        Command::Queue(command) => Box::pin(queue::run(ctx, command)).await,
        Command::Inbox(command) => Box::pin(inbox::run(ctx, command)).await,
    }
}
