//! `db migrate | copy`.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{
    context::CommandContext,
    output::{Exit, Output, end},
};
use crate::{
    config::{Config, DatabaseUrl},
    store::{self, Access, Contents, Copied, Copy, Store},
};

/// Connections to the other database: one that writes is enough.
const CONNECTIONS: u32 = 2;

#[derive(Debug, Subcommand)]
pub(super) enum DbCommand {
    /// Bring the tables up to date, as `serve` does when it starts
    Migrate {
        /// Only list what would be done
        #[arg(long)]
        dry_run: bool,
    },
    /// Copy everything into an empty other database, and compare the two; exit code 4 when it is not empty, 5 when
    /// they differ, and nothing is kept then
    Copy(CopyArgs),
}

/// Where to copy.
#[derive(Clone, Debug, Args)]
pub(super) struct CopyArgs {
    /// The other database, written as `database.url` is: a file, or a server with user and name. Others on this
    /// machine can read arguments; the variable is the place for a password
    #[arg(
        long,
        value_name = "URL",
        env = "UNDERSIGNED_COPY_TO",
        hide_env_values = true
    )]
    to: String,
}

/// `db …`.
pub(super) async fn run(ctx: &CommandContext, command: &DbCommand) -> anyhow::Result<Exit> {
    match command {
        DbCommand::Migrate { dry_run: true } => pending(ctx).await,
        DbCommand::Migrate { dry_run: false } => migrate(ctx).await,
        DbCommand::Copy(to) => copy_to(ctx, to).await,
    }
}

/// One migration: `db migrate --json` is an array of them.
#[derive(Serialize)]
struct MigrationStep {
    version: i64,
    name: String,
}

/// The pending migrations. A database that lacks the very first one does not exist yet, which is an error here: only
/// `init` and `serve` create a database.
async fn steps(config: &Config) -> anyhow::Result<Vec<MigrationStep>> {
    const FIRST: i64 = 1;
    let pending = Store::pending(&config.database_url()).await?;
    if pending
        .first()
        .is_some_and(|migration| migration.version == FIRST)
    {
        return Err(store::Error::Missing(config.database_shown()).into());
    }
    let step = pending.into_iter().map(|migration| MigrationStep {
        version: migration.version,
        name: migration.name,
    });
    Ok(step.collect())
}

fn print(output: &Output, steps: &[MigrationStep]) -> anyhow::Result<Exit> {
    if steps.is_empty() {
        output.say("the tables are up to date");
    }
    output.list(steps, &["version", "name"], |step| {
        vec![step.version.to_string(), step.name.clone()]
    })
}

async fn pending(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let config = ctx.config()?;
    print(&ctx.output, &steps(&config).await?)
}

async fn migrate(ctx: &CommandContext) -> anyhow::Result<Exit> {
    let config = ctx.config()?;
    let steps = steps(&config).await?;
    let store = Store::open(&config.database_url(), CONNECTIONS, Access::Create).await?;
    store.close().await;
    print(&ctx.output, &steps)
}

/// One table in the source and in the target: `db copy --json` is an array of them.
#[derive(Serialize)]
struct TableCopied {
    table: &'static str,
    source: Side,
    target: Side,
}

#[derive(Serialize)]
struct Side {
    rows: u64,
    digest: String,
}

impl From<Contents> for Side {
    fn from(contents: Contents) -> Self {
        Self {
            rows: contents.rows,
            digest: contents.digest.hex(),
        }
    }
}

impl From<Copied> for TableCopied {
    fn from(copied: Copied) -> Self {
        Self {
            table: copied.source.table,
            source: copied.source.into(),
            target: copied.target.into(),
        }
    }
}

async fn copy_to(ctx: &CommandContext, to: &CopyArgs) -> anyhow::Result<Exit> {
    let other = match DatabaseUrl::typed(&to.to) {
        Ok(other) => other,
        Err(fault) => return end(Exit::Usage, format!("--to {fault}")),
    };
    let env = ctx.open(Access::Existing).await?;
    let target = Store::open(&other.for_driver(), CONNECTIONS, Access::Create).await?;
    let source = env.config.database_shown();
    ctx.output.say(&format!(
        "copying {source} to {}; what a running server writes to the first from now on is not copied",
        other.for_people()
    ));
    let mut progress = |table: &str, rows| ctx.output.progress(&format!("{table}: {rows} rows"));
    let told = env.store.copy_to(&target, &mut progress).await;
    ctx.output.progress("");
    target.close().await;
    let done = told?;
    let agrees = done.agrees();
    let tables: Vec<TableCopied> = match done {
        Copy::NotEmpty(table) => {
            return end(
                Exit::Conflict,
                format!(
                    "{} is not empty: its table `{table}` has rows; nothing was copied. Give a database without any",
                    other.for_people()
                ),
            );
        }
        Copy::Done(tables) => tables.into_iter().map(TableCopied::from).collect(),
    };
    ctx.output.list(
        &tables,
        &[
            "table",
            "rows",
            "digest",
            "rows copied",
            "digest of the copy",
        ],
        |copied| {
            vec![
                copied.table.to_owned(),
                copied.source.rows.to_string(),
                copied.source.digest.clone(),
                copied.target.rows.to_string(),
                copied.target.digest.clone(),
            ]
        },
    )?;
    if !agrees {
        return end(
            Exit::Integrity,
            "the copy differs from its source, so nothing of it was kept",
        );
    }
    ctx.output.say(
        "copied, and both agree. Let no server write to the first any more (stop it, or `serve --read-only`; if one \
         wrote meanwhile, copy once more into an empty database), set database.url to the second, and start `serve`",
    );
    Ok(Exit::Done)
}
