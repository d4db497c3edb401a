//! `block add | remove | list | show`; [`block_list`] has `import` and `export`.

use clap::{Args, Subcommand};
use serde::Serialize;
use url::Url;

use super::{
    actor_named::actor_named,
    args::Limit,
    block_list::{self, ImportArgs},
    context::CommandContext,
    output::{Exit, Output, end},
};
use crate::{
    clock::Millis,
    endorsement::blocks::{Named, Severity, Target, TargetKind},
    register::moderation::blocks,
    server::Environment,
    store::{Access, BlockRow, Reached, Tx},
    text::visible,
};

#[derive(Debug, Subcommand)]
pub(super) enum BlockCommand {
    /// Block or limit a domain with everything below it, or one actor
    Add(BlockArgs),
    /// Lift a block or limit; what it alone held comes back
    Remove {
        /// Which one: its domain, @user@host, or the address of a profile or post
        target: String,
    },
    /// List blocks and limits, newest first
    List {
        #[command(flatten)]
        limit: Limit,
    },
    /// Import a list of domains: Mastodon's CSV or JSON, GoToSocial's JSON, or a domain on each line; says what it would do
    Import(ImportArgs),
    /// Print the blocks and limits of domains as Mastodon's CSV
    Export,
    /// Show a block or limit, and how much it holds
    Show {
        /// Which one: its domain, @user@host, or the address of a profile or post
        target: String,
    },
}

/// Whom to block, and how.
#[derive(Clone, Debug, Args)]
pub(super) struct BlockArgs {
    /// A domain, or somebody known here: @user@host, or the address of a profile or post
    #[arg(value_name = "DOMAIN|@USER@HOST")]
    pub(super) target: String,
    /// block: take nothing and show nothing; limit: everything from there waits for a moderator
    #[arg(long, value_name = "block|limit", default_value_t = Severity::Block, value_parser = severity)]
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

impl BlockArgs {
    /// A block of the account with this id, or of its whole host.
    pub(super) fn of(actor: &str, host: bool) -> Self {
        let url = Url::parse(actor).ok();
        let server = url.as_ref().and_then(Url::host_str).filter(|_| host);
        Self {
            target: server.unwrap_or(actor).to_owned(),
            severity: Severity::Block,
            public_comment: None,
            private_comment: None,
            cut: false,
            dry_run: false,
            yes: false,
        }
    }
}

/// A severity that does something.
fn severity(text: &str) -> Result<Severity, String> {
    match text.parse() {
        Ok(severity) if severity != Severity::Noop => Ok(severity),
        Ok(_) | Err(_) => Err("it is none of block, limit".to_owned()),
    }
}

/// `block …`.
pub(super) async fn run(ctx: &CommandContext, command: &BlockCommand) -> anyhow::Result<Exit> {
    match command {
        BlockCommand::Add(args) => add(ctx, args).await,
        BlockCommand::Remove { target } => remove(ctx, target).await,
        BlockCommand::List { limit } => list(ctx, *limit).await,
        BlockCommand::Import(args) => block_list::import(ctx, args).await,
        BlockCommand::Export => block_list::export(ctx).await,
        BlockCommand::Show { target } => show(ctx, target).await,
    }
}

/// One block or limit in JSON.
#[derive(Debug, Serialize)]
struct BlockJson<'a> {
    target: &'a str,
    kind: TargetKind,
    severity: Severity,
    public_comment: Option<&'a str>,
    private_comment: Option<&'a str>,
    at: Millis,
    #[serde(flatten)]
    effect: Option<BlockEffect>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handles: Option<&'a [String]>,
}

/// The effect that a block has or would have on existing endorsements and followers.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct BlockEffect {
    /// Endorsements that it hides.
    endorsements: i64,
    /// Followers that get no deliveries because of it.
    followers: i64,
    /// Quotes whose authorization it revokes, which lifting it does not give back.
    quotes: i64,
}

impl<'a> BlockJson<'a> {
    fn new(policy: &'a BlockRow, effect: Option<BlockEffect>) -> Self {
        Self {
            target: policy.target.as_str(),
            kind: policy.target.kind(),
            severity: policy.severity,
            public_comment: policy.public_comment.as_deref(),
            private_comment: policy.private_comment.as_deref(),
            at: policy.at,
            effect,
            handles: None,
        }
    }
}

impl BlockEffect {
    /// The effect of a new block or limit. A limit changes no endorsement that waits already, and no follower.
    fn to_come(severity: Severity, reached: Reached, quotes: i64) -> Self {
        match severity {
            Severity::Block => Self {
                endorsements: reached.shown + reached.waiting,
                followers: reached.awake,
                quotes,
            },
            Severity::Limit => Self {
                endorsements: reached.shown,
                ..Self::default()
            },
            Severity::Noop => Self::default(),
        }
    }

    /// The effect of an existing block, as an estimate: a part of what is hidden may be hidden for other reasons.
    fn so_far(severity: Severity, reached: Reached, quotes: i64) -> Self {
        match severity {
            Severity::Block => Self {
                endorsements: reached.hidden,
                followers: reached.asleep,
                quotes,
            },
            Severity::Limit => Self {
                endorsements: reached.waiting,
                ..Self::default()
            },
            Severity::Noop => Self::default(),
        }
    }

    /// The effect in words; `ended` counts follows that are ended for good instead of suspended.
    fn in_words(self, severity: Severity, ended: i64) -> String {
        let Self {
            endorsements,
            followers,
            quotes,
        } = self;
        let mut words = match severity {
            Severity::Block if ended > 0 => {
                format!("{endorsements} endorsements hidden, {ended} follows ended for good")
            }
            Severity::Block => {
                format!("{endorsements} endorsements hidden, {followers} followers asleep")
            }
            Severity::Limit => format!("{endorsements} endorsements waiting"),
            Severity::Noop => "only noted".to_owned(),
        };
        if quotes > 0 {
            words = format!("{words}, {quotes} quotes revoked for good");
        }
        words
    }
}

/// How many of those whom a block reaches are named.
const NAMED: usize = 5;

/// What a block is to do, before it does it.
#[derive(Debug)]
pub(super) struct BlockPlan {
    pub(super) policy: BlockRow,
    effect: BlockEffect,
    /// Follows that are ended for good.
    ends: i64,
    /// Some of those whom it reaches.
    handles: Vec<String>,
    /// What was in force before.
    pub(super) before: Option<Severity>,
}

impl BlockPlan {
    /// The effect in words, with some of those whom it reaches.
    pub(super) fn in_words(&self) -> String {
        let mut words = self.effect.in_words(self.policy.severity, self.ends);
        let handles: Vec<_> = self.handles.iter().map(|handle| visible(handle)).collect();
        if !handles.is_empty() {
            let more = if handles.len() > NAMED { " …" } else { "" };
            let named: Vec<_> = handles.into_iter().take(NAMED).collect();
            words = format!("{words} ({}{more})", named.join(" "));
        }
        words
    }

    /// Whether it does so much that `--yes` is wanted.
    fn needs_yes(&self) -> bool {
        let (endorsements, followers) = (self.effect.endorsements, self.effect.followers);
        blocks::is_much(endorsements, followers) || self.ends > 0
    }

    /// The command that takes it back, and what that cannot bring back.
    fn undone_by(&self) -> String {
        let target = &self.policy.target;
        let mut words = match self.before {
            Some(before) if before != self.policy.severity && before != Severity::Noop => {
                format!("to undo: undersigned block add {target} --severity {before}")
            }
            Some(_) | None => format!("to undo: undersigned block remove {target}"),
        };
        if self.ends > 0 {
            words.push_str("; the follows stay ended");
        }
        if self.effect.quotes > 0 {
            words.push_str("; the quotes stay revoked");
        }
        words
    }

    /// Prints what it did, or would do.
    fn tell(&self, output: &Output, what: &str) -> anyhow::Result<Exit> {
        let json = BlockJson {
            handles: Some(self.handles.get(..NAMED).unwrap_or(&self.handles)),
            ..BlockJson::new(&self.policy, Some(self.effect))
        };
        let target = &self.policy.target;
        output.answer(&json, &format!("{what} {target}: {}", self.in_words()))
    }
}

/// Blocks or limits a domain or an actor.
pub(super) async fn add(ctx: &CommandContext, args: &BlockArgs) -> anyhow::Result<Exit> {
    let severity = args.severity;
    if args.cut && severity == Severity::Limit {
        return end(
            Exit::Usage,
            "--cut ends follows, and goes with a block only",
        );
    }
    let env = ctx.open_living().await?;
    let plan = plan(&env, args).await?;
    if args.dry_run {
        ctx.output.say("nothing was changed");
        return plan.tell(&ctx.output, &format!("would {severity}"));
    }
    if plan.needs_yes() && !args.yes {
        return end(
            Exit::Usage,
            format!(
                "{severity} {}: {}; nothing was changed, add --yes to do it",
                plan.policy.target,
                plan.in_words()
            ),
        );
    }
    let (context, now) = (env.context().await?, env.clock.now());
    let policy = &plan.policy;
    let news = blocks::add(&env.store, &context, now, policy, args.cut, &env.operator).await?;
    if !news && !ctx.output.is_json() {
        return ctx.output.text("unchanged");
    }
    ctx.output.say(&plan.undone_by());
    plan.tell(&ctx.output, severity.as_str())
}

/// What the arguments mean for what is stored.
pub(super) async fn plan(env: &Environment, args: &BlockArgs) -> anyhow::Result<BlockPlan> {
    let mut tx = env.store.read().await?;
    let target = target(&mut tx, env, &args.target, Use::Add).await?;
    drop(tx);
    plan_for(env, args, target).await
}

/// The same for a target that is known already.
pub(super) async fn plan_for(
    env: &Environment,
    args: &BlockArgs,
    target: Target,
) -> anyhow::Result<BlockPlan> {
    let now = env.clock.now();
    let mut tx = env.store.read().await?;
    let known = tx.policy(&target).await?;
    let reached = tx.reached(&target).await?;
    let (quotes, _) = tx.quotes_counted(&target, now).await?;
    let handles = tx
        .handles_reached(&target, i64::try_from(NAMED)? + 1)
        .await?;
    let kept =
        |field: fn(&BlockRow) -> &Option<String>| known.as_ref().and_then(|row| field(row).clone());
    let comment = |given: &Option<String>, field| given.clone().or_else(|| kept(field));
    Ok(BlockPlan {
        effect: BlockEffect::to_come(args.severity, reached, quotes),
        ends: if args.cut {
            reached.awake + reached.asleep
        } else {
            0
        },
        handles,
        before: known.as_ref().map(|row| row.severity),
        policy: BlockRow {
            severity: args.severity,
            public_comment: comment(&args.public_comment, |row| &row.public_comment),
            private_comment: comment(&args.private_comment, |row| &row.private_comment),
            at: now,
            flags: known.as_ref().map(|row| row.flags).unwrap_or_default(),
            target,
        },
    })
}

/// Lifts a block or limit.
async fn remove(ctx: &CommandContext, text: &str) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let (target, policy) = known(&env, text).await?;
    let quotes = revoked(&env, &policy).await?;
    let (context, now) = (env.context().await?, env.clock.now());
    if !blocks::remove(&env.store, &context, now, &target, &env.operator).await? {
        return end(
            Exit::NotFound,
            format!("there is no block of `{text}` any more"),
        );
    }
    if quotes > 0 {
        ctx.output.say(&format!(
            "{quotes} quotes stay revoked: permissions to quote are not given back"
        ));
    }
    ctx.output.answer(
        &BlockJson::new(&policy, None),
        &format!("lifted: {} {target}", policy.severity),
    )
}

/// How many quotes lost their authorization by a block.
async fn revoked(env: &Environment, policy: &BlockRow) -> anyhow::Result<i64> {
    let mut tx = env.store.read().await?;
    let (_, revoked) = tx.quotes_counted(&policy.target, policy.at).await?;
    Ok(revoked)
}

/// Lists blocks and limits, newest first.
async fn list(ctx: &CommandContext, limit: Limit) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let policies = env.store.read().await?.policies().await?;
    let rows: Vec<_> = policies
        .iter()
        .map(|policy| BlockJson::new(policy, None))
        .collect();
    let columns = [
        "target",
        "kind",
        "severity",
        "at",
        "public comment",
        "private comment",
    ];
    ctx.output.list_up_to(limit, &rows, &columns, |row| {
        vec![
            row.target.to_owned(),
            row.kind.to_string(),
            row.severity.to_string(),
            row.at.to_string(),
            row.public_comment.unwrap_or_default().to_owned(),
            row.private_comment.unwrap_or_default().to_owned(),
        ]
    })
}

/// Shows one block or limit, and its effect.
async fn show(ctx: &CommandContext, text: &str) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let (target, policy) = known(&env, text).await?;
    let reached = env.store.read().await?.reached(&target).await?;
    let effect = BlockEffect::so_far(policy.severity, reached, revoked(&env, &policy).await?);
    let comment = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
    let parts = [
        ("target", target.to_string()),
        ("kind", target.kind().to_string()),
        ("severity", policy.severity.to_string()),
        ("public comment", comment(&policy.public_comment)),
        ("private comment", comment(&policy.private_comment)),
        ("at", policy.at.to_string()),
        ("effect", effect.in_words(policy.severity, 0)),
    ];
    ctx.output
        .object(&BlockJson::new(&policy, Some(effect)), &parts)
}

/// What a target is looked up for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// To add a block: it must not cover this server itself.
    Add,
    /// To show or lift a block: any target is allowed.
    Find,
}

/// The domain or actor that a domain, a URL or a handle names.
async fn target(tx: &mut Tx, env: &Environment, text: &str, why: Use) -> anyhow::Result<Target> {
    let handle_domain = env.config.handle_domain();
    let base_host = env.config.server.base_url.host_str().unwrap_or_default();
    let handle_host = handle_domain.split(':').next().unwrap_or_default();
    let own: &[&str] = match why {
        Use::Add => &[base_host, handle_host],
        Use::Find => &[],
    };
    let who = match Named::parse(text, own) {
        Ok(Named::Target(target)) => return Ok(target),
        Ok(Named::Person(who)) => who,
        Err(bad) => return end(Exit::Usage, bad.to_string()),
    };
    if let (Use::Find, Some(url)) = (why, &who.url) {
        // A block outlives what is known about its actor.
        let blocked = Target::Actor(url.clone());
        if tx.policy(&blocked).await?.is_some() {
            return Ok(blocked);
        }
    }
    Ok(Target::Actor(actor_named(tx, &who, text).await?))
}

/// The block of exactly this target; when there is none, the one that covers it is named.
async fn known(env: &Environment, text: &str) -> anyhow::Result<(Target, BlockRow)> {
    let mut tx = env.store.read().await?;
    let target = target(&mut tx, env, text, Use::Find).await?;
    if let Some(policy) = tx.policy(&target).await? {
        return Ok((target, policy));
    }
    let covering = tx
        .policies()
        .await?
        .into_iter()
        .find(|policy| policy.target.covers(&target));
    let hint = covering.map_or_else(String::new, |policy| {
        format!("; it is covered by {}", policy.target)
    });
    end(
        Exit::NotFound,
        format!("there is no block of `{text}`{hint}"),
    )
}
