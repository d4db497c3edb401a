//! `init --replace`: the database of an earlier identity is put aside.

use jiff::Timestamp;

use crate::{
    cli::{
        confirm::{Confirmed, confirm},
        context::CommandContext,
        output::{Exit, counted, end},
    },
    clock::{Clock as _, SystemClock},
    config::Config,
    store::{Access, ServingLock, Store},
};

/// Says what would be lost, asks to type the domain, and renames the database. Gives the lock of the server that writes
/// to it, or `None` where there was no database.
///
/// # Errors
/// Exit code 4 with PostgreSQL, and 2 when it was not confirmed; those of the lock, when a server runs.
pub(super) async fn put_aside(
    ctx: &CommandContext,
    config: &Config,
    yes: Confirmed,
) -> anyhow::Result<Option<ServingLock>> {
    let url = config.database_url();
    let Some(file) = Store::file_named(&url)? else {
        return end(
            Exit::Conflict,
            "--replace renames a SQLite file; with PostgreSQL make an empty database, set database.url to it, and run \
             `undersigned init`",
        );
    };
    if !file.exists() {
        ctx.output.say(&format!(
            "there is no database at {} to replace",
            config.database_shown()
        ));
        return Ok(None);
    }
    let lock = Store::lock_for_serving(&url).await?;
    let (lost, domain) = what_is_lost(ctx, config).await;
    let plan = format!(
        "{lost}\nA new identity has a new key. Servers that know the old one refuse what it says, some for good.\n\
         The database {} is renamed, not deleted.",
        config.database_shown()
    );
    confirm(&ctx.output, &plan, &domain, yes)?;
    let now = Timestamp::from_millisecond(SystemClock.now().as_millis())?;
    let suffix = now.strftime(".old-%Y%m%dT%H%M%SZ").to_string();
    if let Some(aside) = Store::put_aside(&url, &suffix)? {
        ctx.output
            .say(&format!("the old database is {}", aside.display()));
    }
    Ok(lock)
}

/// What the database holds, in a sentence, and the domain of its letter; that of the configuration, when it cannot be
/// read.
async fn what_is_lost(ctx: &CommandContext, config: &Config) -> (String, String) {
    match read(ctx, config).await {
        Ok(read) => read,
        Err(error) => (
            format!("What the database holds cannot be read, and would be given up: {error:#}"),
            config.authority(),
        ),
    }
}

async fn read(ctx: &CommandContext, config: &Config) -> anyhow::Result<(String, String)> {
    let env = ctx.open_with(config.clone(), Access::ReadOnly).await?;
    let mut tx = env.store.read().await?;
    let Some(identity) = tx.identity().await? else {
        return Ok((
            "The database has no identity yet.".to_owned(),
            config.authority(),
        ));
    };
    let revision = tx.newest_substantive_revision().await?;
    let counts = tx.counts(revision).await?;
    let lost = format!(
        "The letter {} as @{} would be given up: {}, {} and {}.",
        identity.base_url,
        identity.username,
        counted(tx.follower_count().await?, "follower", "followers"),
        counted(
            counts.signed + counts.liked,
            "signature or like",
            "signatures and likes"
        ),
        counted(
            tx.revision_heads().await?.len(),
            "published text",
            "published texts"
        ),
    );
    drop(tx);
    env.store.close().await;
    let domain = identity.base_url.split("://").last().unwrap_or_default();
    Ok((lost, domain.to_owned()))
}
