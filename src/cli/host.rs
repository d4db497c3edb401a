//! `host trust | untrust | list`.

use clap::Subcommand;
use serde::Serialize;

use super::{
    context::CommandContext,
    output::{Exit, end},
};
use crate::{
    clock::Millis,
    endorsement::blocks::{BadTarget, Named, Target},
    register::moderation::trust::{let_in, trust, untrust},
    store::Access,
};

#[derive(Debug, Subcommand)]
pub(super) enum HostCommand {
    /// Trust domains with everything below them: no surge limit, and allowed under
    /// `moderation.default_policy = "allowlist"`; what waits because of that is let in
    Trust {
        /// The domains
        #[arg(required = true, value_name = "DOMAIN")]
        domains: Vec<String>,
    },
    /// Trust domains no longer; what is shown stays
    Untrust {
        /// The domains
        #[arg(required = true, value_name = "DOMAIN")]
        domains: Vec<String>,
    },
    /// List the trusted domains
    List,
}

/// One trusted domain in JSON.
#[derive(Debug, Serialize)]
struct TrustJson {
    domain: String,
    at: Millis,
    /// The audit entry of what changed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    audit: Option<i64>,
}

/// `host …`.
pub(super) async fn run(ctx: &CommandContext, command: &HostCommand) -> anyhow::Result<Exit> {
    match command {
        HostCommand::Trust { domains } => add(ctx, domains).await,
        HostCommand::Untrust { domains } => remove(ctx, domains).await,
        HostCommand::List => list(ctx).await,
    }
}

async fn add(ctx: &CommandContext, domains: &[String]) -> anyhow::Result<Exit> {
    let domains = read(domains)?;
    let env = ctx.open_living().await?;
    let at = env.clock.now();
    let mut tx = env.store.write().await?;
    let added = trust(&mut tx, &domains, &env.operator, at).await?;
    tx.commit().await?;
    let context = env.context().await?;
    // Also of those that were trusted before, in case a command was killed.
    for domain in &domains {
        let_in(&env.store, &context, domain, at).await?;
    }
    tell(ctx, "trusted", added, at)
}

async fn remove(ctx: &CommandContext, domains: &[String]) -> anyhow::Result<Exit> {
    let domains = read(domains)?;
    let env = ctx.open_living().await?;
    let at = env.clock.now();
    let mut tx = env.store.write().await?;
    let removed = untrust(&mut tx, &domains, &env.operator, at).await?;
    if let Some(domain) = domains.iter().find(|domain| !removed.0.contains(domain)) {
        return end(
            Exit::NotFound,
            format!("`{domain}` is not trusted; nothing was changed"),
        );
    }
    tx.commit().await?;
    tell(ctx, "trusted no longer", removed, at)
}

/// Says which domains changed.
fn tell(
    ctx: &CommandContext,
    what: &str,
    (domains, audit): (Vec<String>, Option<i64>),
    at: Millis,
) -> anyhow::Result<Exit> {
    if let Some(audit) = audit {
        ctx.output.say_undo(audit);
    }
    if domains.is_empty() && !ctx.output.is_json() {
        return ctx.output.text("unchanged");
    }
    let sentence = format!("{what}: {}", domains.join(", "));
    let changed = domains
        .into_iter()
        .map(|domain| TrustJson { domain, at, audit });
    ctx.output.answer(&changed.collect::<Vec<_>>(), &sentence)
}

async fn list(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let domains = env.store.read().await?.trusted_domains().await?;
    let trusted: Vec<_> = domains
        .into_iter()
        .map(|(domain, at)| TrustJson {
            domain,
            at,
            audit: None,
        })
        .collect();
    ctx.output.list(&trusted, &["domain", "at"], |row| {
        vec![row.domain.clone(), row.at.to_string()]
    })
}

/// The domains that were typed, each once.
fn read(texts: &[String]) -> anyhow::Result<Vec<String>> {
    let mut domains = Vec::new();
    for text in texts {
        match Named::parse(text, &[]) {
            Ok(Named::Target(Target::Domain(domain))) if !domains.contains(&domain) => {
                domains.push(domain);
            }
            Ok(Named::Target(Target::Domain(_))) => (),
            Err(suffix @ BadTarget::PublicSuffix(_)) => {
                return end(Exit::Usage, suffix.to_string());
            }
            Ok(Named::Target(Target::Actor(_)) | Named::Person(_)) | Err(_) => {
                return end(
                    Exit::Usage,
                    format!("`{text}` is no domain such as good.example"),
                );
            }
        }
    }
    Ok(domains)
}
