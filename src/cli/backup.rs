//! `backup create | restore`.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde::Serialize;

use super::{
    context::CommandContext,
    init::new_file,
    output::{Exit, counted, end},
    serve::start_line,
    times::span_between,
};
use crate::{
    backup::ArchiveError,
    clock::Millis,
    server::{
        backup::{CreateRefusal, create as create_backup},
        restore::{RestoreOrder, RestoreRefusal, RestoreReport, restore as restore_backup},
    },
    store::Access,
    text::visible,
};

#[derive(Debug, Subcommand)]
pub(super) enum BackupCommand {
    /// Write database, keys, configuration and letter to one file, also while a server runs
    Create {
        /// The new file, such as backup.tar.gz; whoever can read it can speak as the letter
        file: PathBuf,
    },
    /// Put everything of a backup back, into a folder without a database; exit code 4 when there is one, 5 when the
    /// backup is damaged
    Restore {
        /// The file that `backup create` or the server wrote
        file: PathBuf,
    },
}

/// `backup …`.
pub(super) async fn run(ctx: &CommandContext, command: &BackupCommand) -> anyhow::Result<Exit> {
    match command {
        BackupCommand::Create { file } => create(ctx, file).await,
        BackupCommand::Restore { file } => restore(ctx, file).await,
    }
}

/// A backup that was made.
#[derive(Debug, Serialize)]
struct BackupCreatedJson {
    file: String,
    bytes: u64,
    taken_at: Millis,
    server_stopped: bool,
    /// The files in it.
    parts: Vec<String>,
    /// Files that the configuration names, and that are not there.
    missing: Vec<String>,
}

async fn create(ctx: &CommandContext, file: &Path) -> anyhow::Result<Exit> {
    let env = ctx.open(Access::Existing).await?;
    let created = match create_backup(&env, file, false).await {
        Ok(created) => created,
        Err(error) => {
            return match error.downcast_ref::<CreateRefusal>() {
                Some(refusal @ CreateRefusal::NoRoom { .. }) => {
                    end(Exit::Failed, refusal.to_string())
                }
                Some(refusal) => end(Exit::Conflict, refusal.to_string()),
                None => Err(error),
            };
        }
    };
    let missing: Vec<_> = created.missing.iter().map(|path| shown(path)).collect();
    for path in &missing {
        ctx.output.say(&format!(
            "{path} is not in the backup, because it is not there"
        ));
    }
    let manifest = created.manifest;
    let answer = BackupCreatedJson {
        file: shown(&created.path),
        bytes: created.bytes,
        taken_at: manifest.taken_at,
        server_stopped: manifest.server_stopped,
        parts: manifest.parts.into_iter().map(|part| part.name).collect(),
        missing,
    };
    let sentence = format!(
        "wrote {}: {} bytes, {} (database and keys among them), as of {}; keep it as safe as the database",
        answer.file,
        answer.bytes,
        counted(answer.parts.len(), "file", "files"),
        answer.taken_at
    );
    ctx.output.answer(&answer, &sentence)
}

/// What a restore did.
#[derive(Debug, Serialize)]
struct RestoreJson {
    database: String,
    taken_at: Millis,
    restored_at: Millis,
    server_stopped: bool,
    /// Endorsements that are counted without a name until their post was read again.
    to_read: i64,
    /// Who was taken off after the backup, and again now.
    erased: usize,
    /// Responses that are to be approved anew.
    responses: u64,
    /// Deliveries that would have published something, and were given up.
    dropped: u64,
    written: Vec<String>,
    /// Files that were there with other contents, and were kept.
    kept: Vec<String>,
    /// Keys in which the configuration that is there differs from that of the backup.
    config_differs: Vec<String>,
    moved: Vec<ElsewhereJson>,
}

/// A file that did not lie beside the configuration.
#[derive(Debug, Serialize)]
struct ElsewhereJson {
    was: String,
    now: String,
}

async fn restore(ctx: &CommandContext, archive: &Path) -> anyhow::Result<Exit> {
    let config: &Path = match ctx.global.config.as_deref() {
        Some(file) => file,
        None => new_file(),
    };
    let order = RestoreOrder {
        archive,
        config,
        environment: std::env::vars().collect(),
        operator: ctx.operator(),
    };
    let report = match restore_backup(&order).await {
        Ok(report) => report,
        Err(error) => {
            return match error.downcast_ref::<RestoreRefusal>() {
                Some(refusal) => end(exit_of(refusal), format!("{refusal:#}")),
                None => Err(error),
            };
        }
    };
    for line in remarks(&report) {
        ctx.output.say(&line);
    }
    let sentence = in_words(&report, &start_line(order.config));
    let paths = |paths: &[PathBuf]| paths.iter().map(|path| shown(path)).collect();
    let answer = RestoreJson {
        database: report.database.clone(),
        taken_at: report.manifest.taken_at,
        restored_at: report.at,
        server_stopped: report.manifest.server_stopped,
        to_read: report.outcome.to_read,
        erased: report.outcome.erased,
        responses: report.outcome.responses,
        dropped: report.outcome.dropped,
        written: paths(&report.written),
        kept: paths(&report.kept),
        config_differs: report.config_differs.clone(),
        moved: report
            .moved
            .iter()
            .map(|(was, now)| ElsewhereJson {
                was: visible(was).into_owned(),
                now: shown(now),
            })
            .collect(),
    };
    ctx.output.answer(&answer, &sentence)
}

const fn exit_of(refusal: &RestoreRefusal) -> Exit {
    match refusal {
        RestoreRefusal::Archive { source, .. } => match source {
            ArchiveError::Foreign => Exit::Usage,
            ArchiveError::Damaged(_) => Exit::Integrity,
            ArchiveError::Newer(_)
            | ArchiveError::TooLarge { .. }
            | ArchiveError::Io(_)
            | ArchiveError::Write { .. } => Exit::Failed,
        },
        RestoreRefusal::NotEmpty(_)
        | RestoreRefusal::LeftOver(_)
        | RestoreRefusal::Linked(_)
        | RestoreRefusal::OtherLetter { .. } => Exit::Conflict,
        RestoreRefusal::Differs => Exit::Integrity,
    }
}

/// What somebody has to look at after a restore.
fn remarks(report: &RestoreReport) -> Vec<String> {
    let mut lines = Vec::new();
    for path in &report.kept {
        lines.push(format!(
            "{} is there with other contents, and was kept",
            shown(path)
        ));
    }
    if !report.config_differs.is_empty() {
        lines.push(format!(
            "the configuration that is there was kept; in the backup these keys are different: {}",
            report.config_differs.join(", ")
        ));
    }
    for (was, now) in &report.moved {
        lines.push(format!(
            "{} lay elsewhere, and is now {}; put it where the configuration names it",
            visible(was),
            shown(now)
        ));
    }
    if report.list_is_too_short {
        lines.push(
            "the backup is older than the list of those who were taken off on request: look whether it shows anybody who \
             must not be there (`undersigned audit list`, and your mail)"
                .to_owned(),
        );
    }
    lines
}

/// What was restored, and what was lost.
fn in_words(report: &RestoreReport, start: &str) -> String {
    let (taken_at, outcome) = (report.manifest.taken_at, &report.outcome);
    let mut lines = vec![format!(
        "restored {} as of {taken_at}; nothing was published. Start the server: `{start}`",
        report.database
    )];
    lines.push(format!(
        "lost is what came in the {} since then: signatures, followers, who left, posts of yours, and what you decided",
        span_between(taken_at, report.at)
    ));
    if report.manifest.server_stopped {
        lines.push(
            "no server ran when the backup was made, so everybody is shown as then".to_owned(),
        );
    } else {
        lines.push(format!(
            "who left meanwhile is not known: likes count without a name until they are given again, and {} without a \
             name until the server has read the posts again, which it begins at once (`undersigned status`)",
            counted(outcome.to_read, "signature counts", "signatures count")
        ));
    }
    if outcome.erased > 0 {
        lines.push(format!(
            "{} taken off again, because that was done on request after the backup",
            counted(outcome.erased, "entry was", "entries were")
        ));
    }
    if outcome.responses > 0 {
        lines.push(format!(
            "{} to be approved anew, because whoever wrote it may have changed or deleted it (`undersigned statement \
             approve`)",
            counted(outcome.responses, "response has", "responses have")
        ));
    }
    lines.push(match outcome.names_off {
        Some(since) => {
            format!("names are off since {since}; `undersigned names on` brings them back")
        }
        None => "names are on: if they are to be off, `undersigned names off` before the start"
            .to_owned(),
    });
    if outcome.dropped > 0 {
        lines.push(format!(
            "{} given up that would have published something again",
            counted(outcome.dropped, "delivery was", "deliveries were")
        ));
    }
    lines.join("\n")
}

fn shown(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}
