//! What the database and this machine say, and what follows from it. Pure, but for [`FileSeen::of`].

use std::{
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use super::verdict::CheckVerdict;
use crate::{
    backup::DailyState,
    clock::Millis,
    delivery::alarm::nobody_believes_us,
    federation::disk_space::{Room, Space},
    register::letter::sync::SyncTrouble,
    server::clock_alarm::{ClockFault, TOLERATED},
    store::{ServerRow, Signatures},
};

/// A file, or that there is none.
#[derive(Clone, Debug)]
pub(super) struct FileSeen {
    pub(super) path: PathBuf,
    /// Whether it holds keys, passwords or people.
    pub(super) is_secret: bool,
    /// Owner and mode.
    pub(super) found: Result<(u32, u32), io::ErrorKind>,
}

impl FileSeen {
    /// The file at this path, links followed.
    pub(super) fn of(path: PathBuf, is_secret: bool) -> Self {
        let found = std::fs::metadata(&path);
        let found = found.map(|found| (found.uid(), found.mode()));
        Self {
            found: found.map_err(|error| error.kind()),
            path,
            is_secret,
        }
    }

    /// The files of a SQLite database: itself, what lies beside it, and their folder.
    pub(super) fn of_database(file: &Path) -> Vec<Self> {
        let beside = ["-wal", "-shm", ".lock"].map(|end| {
            let mut name = file.as_os_str().to_owned();
            name.push(end);
            PathBuf::from(name)
        });
        let folder = file.parent().map(Path::to_owned);
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        let files = std::iter::once(file.to_owned()).chain(beside);
        files
            .map(|path| Self::of(path, true))
            .chain(folder.map(|path| Self::of(path, false)))
            .collect()
    }
}

/// Whether the files of the database belong to one user, and nobody else reads what is secret or writes anything.
/// `database` begins with its own file; `others` are those that the configuration names.
pub(super) fn files(database: &[FileSeen], others: &[FileSeen]) -> CheckVerdict {
    if let Some(file) = others.iter().find(|file| file.found.is_err()) {
        let path = file.path.display();
        return CheckVerdict::fail(
            format!("cannot read {path}"),
            "put the file there, and let the server's user read it",
        );
    }
    let owners = database
        .iter()
        .filter_map(|file| Some((file, file.found.ok()?.0)));
    if let Some((first, owner)) = owners.clone().next()
        && let Some((other, of)) = owners.clone().find(|(_, other)| *other != owner)
    {
        let (first, other) = (first.path.display(), other.path.display());
        return CheckVerdict::fail(
            format!("{other} belongs to user {of}, and {first} to user {owner}"),
            format!(
                "give both to the user that runs the server: chown {owner} {other}; run commands as that user, never as root"
            ),
        );
    }
    for file in database.iter().chain(others) {
        let Ok((_, mode)) = file.found else { continue };
        let path = file.path.display();
        if file.is_secret && mode & 0o004 != 0 {
            return CheckVerdict::fail(
                format!("everybody on this machine can read {path}"),
                format!("chmod o-rwx {path}"),
            );
        }
        // In a folder with the sticky bit, such as /tmp, only the owner of a file replaces it.
        if mode & 0o002 != 0 && mode & 0o1000 == 0 {
            return CheckVerdict::fail(
                format!("everybody on this machine can write {path}"),
                format!("chmod o-w {path}"),
            );
        }
    }
    CheckVerdict::ok("files belong to one user, and nobody else reads what is secret")
}

/// The room on the disk of the database.
pub(super) fn disk(space: Result<Space, &io::Error>) -> CheckVerdict {
    let space = match space {
        Ok(space) => space,
        Err(error) => {
            let message = format!("cannot see how much room the disk has: {error}");
            return CheckVerdict::fail(message, "let this user read the folder of the database");
        }
    };
    let message = format!("{} % of the disk is free", space.free_percent());
    match space.room() {
        Room::Enough => CheckVerdict::ok(message),
        Room::Low => CheckVerdict::warn(message, "make room soon; a full disk takes in nothing"),
        Room::Full => CheckVerdict::fail(
            message,
            "make room: nothing is taken in but what leaves, and nothing is sent",
        ),
    }
}

/// The clock, by what the running server found and by what other servers just said; `seconds` is how far it is ahead.
pub(super) fn clock(found: Option<ClockFault>, seconds: Option<i64>) -> CheckVerdict {
    let wrong = |seconds: &i64| seconds.unsigned_abs() > TOLERATED;
    let earlier = found.map(|fault| fault.seconds);
    if let Some(seconds) = seconds.or(earlier).filter(wrong) {
        let side = if seconds < 0 { "behind" } else { "ahead" };
        return CheckVerdict::fail(
            format!(
                "this machine's clock is {} s {side}, by the dates of other servers",
                seconds.unsigned_abs()
            ),
            "set it right, by NTP (systemd-timesyncd or chrony): other servers refuse what is signed at a wrong time",
        );
    }
    match seconds {
        Some(seconds) => CheckVerdict::ok(format!(
            "right, by the dates of other servers ({seconds} s ahead)"
        )),
        None => CheckVerdict::skipped(
            "fewer than five other servers are known that could tell the time",
        ),
    }
}

/// The servers that run on the database.
pub(super) fn server(running: &[ServerRow], version: &str) -> CheckVerdict {
    let Some(first) = running.first() else {
        return CheckVerdict::fail(
            "no server runs on this database",
            "start it: `undersigned serve`, or `systemctl start undersigned`; if it runs, its database is another one",
        );
    };
    let of_another = running.iter().find(|server| server.version != version);
    if let Some(other) = of_another {
        return CheckVerdict::warn(
            format!(
                "a server of version {} runs, and this is version {version}",
                other.version
            ),
            "restart the server after an upgrade",
        );
    }
    let since = first.since;
    CheckVerdict::ok(match running.len() {
        1 => format!("runs since {since}, version {version}"),
        n => format!("{n} run, the first since {since}, version {version}"),
    })
}

/// A host that the queue stands still for, as `/readyz` asks.
pub(super) fn queue(stuck: Option<&str>) -> CheckVerdict {
    let Some(host) = stuck else {
        return CheckVerdict::ok("no delivery waits for longer than it should");
    };
    CheckVerdict::fail(
        format!("a delivery to {host} has been due for ten minutes, and none is tried"),
        "see the server's log, and whether this machine reaches others on port 443; a restart of the server sends again",
    )
}

/// The backups that the server makes by itself, so often.
pub(super) fn backup(backups: &DailyState, every: Duration, now: Millis) -> CheckVerdict {
    let hint = "see the server's log, and whether `backup.dir` has room; `undersigned backup create` makes one now";
    if let (Some(since), Some(problem)) = (backups.failing_since, &backups.problem) {
        return CheckVerdict::fail(format!("backups fail since {since}: {problem}"), hint);
    }
    match backups.last_at {
        Some(last) if now.since(last) > every.saturating_mul(2) => {
            CheckVerdict::fail(format!("the last backup is of {last}"), hint)
        }
        Some(last) => CheckVerdict::ok(format!("the last one is of {last}")),
        None => CheckVerdict::warn("there is no backup yet", hint),
    }
}

/// Whether other servers believe our signatures.
pub(super) fn signatures(signatures: Signatures) -> CheckVerdict {
    let Signatures { answered, refused } = signatures;
    if nobody_believes_us(signatures) {
        return CheckVerdict::fail(
            format!("{refused} of {answered} domains cannot verify our signatures (401)"),
            "see the checks `clock`, `actor` and `key`; a firewall that keeps other servers from the actor does it, too",
        );
    }
    CheckVerdict::ok(format!(
        "{refused} of {answered} domains refused a signature in the last hours"
    ))
}

/// Whether the names of the letter's source are taken over.
pub(super) fn names(trouble: Option<&SyncTrouble>) -> CheckVerdict {
    match trouble {
        Some(trouble) => {
            let message = format!("{} (since {})", trouble.problem, trouble.at);
            CheckVerdict::warn(message, "see `undersigned signatory sync`")
        }
        None => CheckVerdict::ok("nothing keeps the letter's names from being taken over"),
    }
}

#[cfg(test)]
#[path = "inside_tests.rs"]
mod tests;
