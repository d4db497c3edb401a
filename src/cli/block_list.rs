//! `block import | export`: lists of domains as servers exchange them.

use std::{
    io::{IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::{
    context::CommandContext,
    output::{Exit, Output, counted, end},
};
use crate::{
    endorsement::{
        block_file::{self, BlockFile, ListedDomain, Remark, file_severity},
        blocks::Target,
    },
    register::moderation::{
        block_import::{self, ImportPlan, LeftOutDomain},
        blocks,
    },
    server::Environment,
    store::Access,
    text::visible,
};

/// The most bytes of a list: the longest known ones have a tenth of it.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// How many domains a plan names.
const NAMED: usize = 5;

/// What to import, and how.
#[derive(Clone, Debug, Args)]
pub(super) struct ImportArgs {
    /// The list
    file: PathBuf,
    /// Also domains from which people are listed or follow
    #[arg(long)]
    all: bool,
    /// Do it; without this, it only says what it would do
    #[arg(long)]
    apply: bool,
    /// Do it, also when it hides more than 10 endorsements or silences more than 50 followers
    #[arg(long)]
    yes: bool,
}

/// What an import did, or would do, in JSON.
#[derive(Debug, Serialize)]
struct ImportJson<'a> {
    applied: bool,
    new: usize,
    changed: usize,
    same: usize,
    endorsements: i64,
    followers: i64,
    quotes: i64,
    left_out: Vec<LeftOutJson<'a>>,
    skipped: Vec<RemarkJson<'a>>,
    refused: Vec<RemarkJson<'a>>,
    audit: Option<i64>,
}

#[derive(Debug, Serialize)]
struct LeftOutJson<'a> {
    domain: &'a str,
    endorsements: i64,
    followers: i64,
}

#[derive(Debug, Serialize)]
struct RemarkJson<'a> {
    at: u32,
    why: &'a str,
}

impl<'a> ImportJson<'a> {
    fn new(file: &'a BlockFile, plan: &'a ImportPlan, applied: bool) -> Self {
        let left_out = |left: &'a LeftOutDomain| LeftOutJson {
            domain: &left.domain,
            endorsements: left.endorsements,
            followers: left.followers,
        };
        let remark = |remark: &'a Remark| RemarkJson {
            at: remark.at,
            why: &remark.why,
        };
        Self {
            applied,
            new: plan.new,
            changed: plan.changes(),
            same: plan.same,
            endorsements: plan.endorsements,
            followers: plan.followers,
            quotes: plan.quotes,
            left_out: plan.left_out.iter().map(left_out).collect(),
            skipped: file.skipped.iter().map(remark).collect(),
            refused: file.refused.iter().map(remark).collect(),
            audit: None,
        }
    }
}

/// Imports a list: plans, and with `--apply` does it.
pub(super) async fn import(ctx: &CommandContext, args: &ImportArgs) -> anyhow::Result<Exit> {
    let env = ctx.open_living().await?;
    let handle_domain = env.config.handle_domain();
    let base_host = env.config.server.base_url.host_str().unwrap_or_default();
    let own = [
        base_host,
        handle_domain.split(':').next().unwrap_or_default(),
    ];
    let file = block_file::read(&text_of(&args.file)?, &own)
        .with_context(|| args.file.display().to_string())?;
    let now = env.clock.now();
    let plan =
        block_import::plan(&mut env.store.read().await?, &file.entries, args.all, now).await?;
    explain(&ctx.output, &file, &plan);
    let words = in_words(&file, &plan);
    if !args.apply {
        ctx.output.say("nothing was changed; add --apply to do it");
        let json = ImportJson::new(&file, &plan, false);
        return ctx.output.answer(&json, &format!("would import: {words}"));
    }
    if blocks::is_much(plan.endorsements, plan.followers) && !args.yes {
        return end(
            Exit::Usage,
            format!("import: {words}; nothing was changed, add --yes to do it"),
        );
    }
    let mut audit = None;
    if !plan.policies.is_empty() {
        let context = env.context().await?;
        let policies = &plan.policies;
        let imported = blocks::import(&env.store, &context, now, policies, &env.operator).await?;
        ctx.output.say_undo(imported);
        if plan.quotes > 0 {
            ctx.output.say("the quotes stay revoked");
        }
        audit = Some(imported);
    }
    let json = ImportJson {
        audit,
        ..ImportJson::new(&file, &plan, true)
    };
    ctx.output.answer(&json, &format!("imported: {words}"))
}

/// Reads a list.
fn text_of(file: &Path) -> anyhow::Result<String> {
    let name = || file.display().to_string();
    let opened = std::fs::File::open(file).with_context(name)?;
    let mut bytes = Vec::new();
    opened
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .with_context(name)?;
    if u64::try_from(bytes.len())? > MAX_FILE {
        return end(
            Exit::Failed,
            format!("{}: a list may have at most {MAX_FILE} bytes", name()),
        );
    }
    String::from_utf8(bytes).with_context(|| format!("{}: it is not UTF-8", name()))
}

/// Says what is not taken, and what changes its severity.
fn explain(output: &Output, file: &BlockFile, plan: &ImportPlan) {
    for (what, remarks) in [("skipped", &file.skipped), ("refused", &file.refused)] {
        for remark in remarks {
            output.say(&format!("{what}: {}: {}", remark.at, visible(&remark.why)));
        }
    }
    for left in &plan.left_out {
        output.say(&format!(
            "left out: {} ({}, {}); --all takes it",
            left.domain,
            counted(left.endorsements, "endorsement", "endorsements"),
            counted(left.followers, "follower", "followers")
        ));
    }
    for (domain, before, after) in &plan.changed {
        output.say(&format!("changed: {domain}: {before} becomes {after}"));
    }
}

/// An import in words.
fn in_words(file: &BlockFile, plan: &ImportPlan) -> String {
    let domains: Vec<&str> = plan
        .policies
        .iter()
        .map(|policy| policy.target.as_str())
        .collect();
    let more = if domains.len() > NAMED { " …" } else { "" };
    let named = match domains.get(..NAMED).unwrap_or(&domains) {
        [] => String::new(),
        some => format!(" ({}{more})", some.join(" ")),
    };
    format!(
        "{} new, {} changed{named}, {} same, {} skipped, {} refused, {} left out; {} hidden or waiting, {} asleep, {} \
         revoked for good",
        plan.new,
        plan.changes(),
        plan.same,
        file.skipped.len(),
        file.refused.len(),
        plan.left_out.len(),
        counted(plan.endorsements, "endorsement", "endorsements"),
        counted(plan.followers, "follower", "followers"),
        counted(plan.quotes, "quote", "quotes")
    )
}

/// One entry of an exported list in JSON, as Mastodon writes it.
#[derive(Debug, Serialize)]
struct EntryJson<'a> {
    domain: &'a str,
    severity: &'a str,
    reject_media: bool,
    reject_reports: bool,
    public_comment: Option<&'a str>,
    obfuscate: bool,
}

/// Prints the blocks and limits of domains, by name.
pub(super) async fn export(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let (entries, actors) = entries(&env).await?;
    if actors > 0 {
        ctx.output.say(&format!(
            "{} not in the list: this form has none",
            counted(
                actors,
                "block of a single actor is",
                "blocks of single actors are"
            )
        ));
    }
    if ctx.output.is_json() {
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| EntryJson {
                domain: &entry.domain,
                severity: file_severity(entry.severity),
                reject_media: entry.flags.reject_media,
                reject_reports: entry.flags.reject_reports,
                public_comment: entry.public_comment.as_deref(),
                obfuscate: entry.flags.obfuscate,
            })
            .collect();
        return ctx.output.json(&entries);
    }
    let text = block_file::write(&entries);
    if std::io::stdout().is_terminal() {
        // Comments may come from anybody's list.
        let lines: Vec<_> = text.lines().map(visible).collect();
        return ctx.output.text(&lines.join("\n"));
    }
    ctx.output.text(&text)
}

/// The entries of domains by name, and how many blocks of actors there are.
async fn entries(env: &Environment) -> anyhow::Result<(Vec<ListedDomain>, usize)> {
    let policies = env.store.read().await?.policies().await?;
    let mut actors = 0;
    let mut entries = Vec::new();
    for policy in policies {
        match policy.target {
            Target::Actor(_) => actors += 1,
            Target::Domain(domain) => entries.push(ListedDomain {
                domain,
                severity: policy.severity,
                flags: policy.flags,
                public_comment: policy.public_comment,
                private_comment: policy.private_comment,
            }),
        }
    }
    entries.sort_by(|one, other| one.domain.cmp(&other.domain));
    Ok((entries, actors))
}
