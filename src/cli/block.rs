//! `block add | remove | list | show`.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    args::Limit,
    context::CommandContext,
    output::{Exit, Output, end},
};
use crate::{
    clock::Millis,
    endorsement::blocks::{Named, Severity, Target, TargetKind},
    register::moderation::blocks,
    server::Environment,
    store::{Access, BlockRow, Reached, Tx},
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
    target: String,
    /// block: take nothing and show nothing; limit: everything from there waits for a moderator
    #[arg(long, value_name = "block|limit", default_value_t = Severity::Block)]
    severity: Severity,
    /// What everybody may be told about it
    #[arg(long, value_name = "TEXT")]
    public_comment: Option<String>,
    /// What administrators should know about it
    #[arg(long, value_name = "TEXT")]
    private_comment: Option<String>,
    /// Also end the follows from there for good, and tell their servers
    #[arg(long)]
    cut: bool,
    /// Say what it would do, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it, also when it hides more than 10 endorsements or silences more than 50 followers
    #[arg(long)]
    yes: bool,
}

/// `block …`.
pub(super) async fn run(ctx: &CommandContext, command: &BlockCommand) -> anyhow::Result<Exit> {
    match command {
        BlockCommand::Add(args) => add(ctx, args).await,
        BlockCommand::Remove { target } => remove(ctx, target).await,
        BlockCommand::List { limit } => list(ctx, *limit).await,
        BlockCommand::Show { target } => show(ctx, target).await,
    }
}

/// A block that hides more endorsements than this needs `--yes`.
const MANY_ENDORSEMENTS: i64 = 10;
/// A block that suspends more followers than this needs `--yes`.
const MANY_FOLLOWERS: i64 = 50;

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
}

/// The effect that a block has or would have on existing endorsements and followers.
#[derive(Clone, Copy, Debug, Serialize)]
struct BlockEffect {
    /// Endorsements that it hides.
    endorsements: i64,
    /// Followers that get no deliveries because of it.
    followers: i64,
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
        }
    }
}

impl BlockEffect {
    /// The effect of a new block or limit. A limit changes no endorsement that waits already, and no follower.
    fn to_come(severity: Severity, reached: Reached) -> Self {
        match severity {
            Severity::Block => Self {
                endorsements: reached.shown + reached.waiting,
                followers: reached.awake,
            },
            Severity::Limit => Self {
                endorsements: reached.shown,
                followers: 0,
            },
        }
    }

    /// The effect of an existing block, as an estimate: a part of what is hidden may be hidden for other reasons.
    fn so_far(severity: Severity, reached: Reached) -> Self {
        match severity {
            Severity::Block => Self {
                endorsements: reached.hidden,
                followers: reached.asleep,
            },
            Severity::Limit => Self {
                endorsements: reached.waiting,
                followers: 0,
            },
        }
    }

    /// The effect in words; `ended` counts follows that are ended for good instead of suspended.
    fn in_words(self, severity: Severity, ended: i64) -> String {
        let Self {
            endorsements,
            followers,
        } = self;
        match severity {
            Severity::Block if ended > 0 => {
                format!("{endorsements} endorsements hidden, {ended} follows ended for good")
            }
            Severity::Block => {
                format!("{endorsements} endorsements hidden, {followers} followers asleep")
            }
            Severity::Limit => format!("{endorsements} endorsements waiting"),
        }
    }
}

/// Blocks or limits a domain or an actor.
async fn add(ctx: &CommandContext, args: &BlockArgs) -> anyhow::Result<Exit> {
    let severity = args.severity;
    if args.cut && severity == Severity::Limit {
        return end(
            Exit::Usage,
            "--cut ends follows, and goes with a block only",
        );
    }
    let env = ctx.open_living().await?;
    let mut tx = env.store.read().await?;
    let target = target(&mut tx, &env, &args.target, Use::Add).await?;
    let known = tx.policy(&target).await?;
    let reached = tx.reached(&target).await?;
    drop(tx);
    let kept =
        |field: fn(&BlockRow) -> &Option<String>| known.as_ref().and_then(|row| field(row).clone());
    let policy = BlockRow {
        severity,
        public_comment: args
            .public_comment
            .clone()
            .or_else(|| kept(|row| &row.public_comment)),
        private_comment: args
            .private_comment
            .clone()
            .or_else(|| kept(|row| &row.private_comment)),
        at: env.clock.now(),
        target,
    };
    let effect = BlockEffect::to_come(severity, reached);
    let ends = if args.cut {
        reached.awake + reached.asleep
    } else {
        0
    };
    let in_words = effect.in_words(severity, ends);
    if args.dry_run {
        ctx.output.say("nothing was changed");
        let what = format!("would {severity}");
        return tell(&ctx.output, &policy, effect, &what, &in_words);
    }
    let many = effect.endorsements > MANY_ENDORSEMENTS || effect.followers > MANY_FOLLOWERS;
    if (many || ends > 0) && !args.yes {
        return end(
            Exit::Usage,
            format!(
                "{severity} {}: {in_words}; nothing was changed, add --yes to do it",
                policy.target
            ),
        );
    }
    let (context, now) = (env.context().await?, env.clock.now());
    let news = blocks::add(&env.store, &context, now, &policy, args.cut, &env.operator).await?;
    if !news && !ctx.output.is_json() {
        return ctx.output.text("unchanged");
    }
    tell(&ctx.output, &policy, effect, severity.as_str(), &in_words)
}

fn tell(
    output: &Output,
    policy: &BlockRow,
    effect: BlockEffect,
    what: &str,
    in_words: &str,
) -> anyhow::Result<Exit> {
    if output.is_json() {
        return output.json(&BlockJson::new(policy, Some(effect)));
    }
    output.text(&format!("{what} {}: {in_words}", policy.target))
}

/// Lifts a block or limit.
async fn remove(ctx: &CommandContext, text: &str) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let (target, policy) = known(&env, text).await?;
    let (context, now) = (env.context().await?, env.clock.now());
    if !blocks::remove(&env.store, &context, now, &target, &env.operator).await? {
        return end(
            Exit::NotFound,
            format!("there is no block of `{text}` any more"),
        );
    }
    ctx.output.answer(
        &BlockJson::new(&policy, None),
        &format!("lifted: {} {target}", policy.severity),
    )
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
    let effect = BlockEffect::so_far(policy.severity, reached);
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
    let mut found = tx.ids_of(&who).await?;
    match (found.pop(), found.is_empty()) {
        (Some(id), true) => Ok(Target::Actor(id)),
        (Some(_), false) => end(
            Exit::NotFound,
            format!("`{text}` means more than one; give the actor's URL"),
        ),
        (None, _) => end(
            Exit::NotFound,
            format!(
                "nobody is known here as `{text}`; give @user@host or the address of somebody who followed, liked or \
                 answered, or a domain such as bad.example"
            ),
        ),
    }
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
