//! What the database and this machine say, and what is said of it.

use super::*;
use crate::{
    cli::doctor::verdict::{
        CheckState::{Fail, Ok as Right, Skipped, Warn},
        says,
    },
    support::NOW,
};

const GIB: u64 = 1024 * 1024 * 1024;

fn file(name: &str, owner: u32, mode: u32) -> FileSeen {
    FileSeen {
        path: name.into(),
        is_secret: name != "letter.md" && name != "data",
        found: Ok((owner, mode)),
    }
}

#[test]
fn files_have_one_owner_and_no_other_reader() {
    let database = |wal: FileSeen| [file("a.db", 7, 0o600), wal, file("data", 7, 0o755)];
    let right = database(file("a.db-wal", 7, 0o600));
    let letter = [file("letter.md", 0, 0o644)];
    says(&files(&right, &letter), Right, &[]);
    says(&files(&[], &letter), Right, &[]);
    let absent = FileSeen {
        found: Err(io::ErrorKind::NotFound),
        ..file("a.db-wal", 7, 0)
    };
    says(&files(&database(absent), &letter), Right, &[]);
    // A group of its own may read it, for copies.
    says(
        &files(&database(file("a.db-wal", 7, 0o640)), &letter),
        Right,
        &[],
    );
    let of_root = database(file("a.db-wal", 0, 0o600));
    says(
        &files(&of_root, &letter),
        Fail,
        &["a.db-wal belongs to user 0", "chown 7"],
    );
    let read = database(file("a.db-wal", 7, 0o604));
    says(
        &files(&read, &letter),
        Fail,
        &["can read a.db-wal", "chmod o-rwx"],
    );
    let mut open = right.clone();
    open[2] = file("data", 7, 0o777);
    says(&files(&open, &letter), Fail, &["can write data"]);
    open[2] = file("data", 7, 0o1777);
    says(&files(&open, &letter), Right, &[]);
    says(
        &files(&right, &[file("letter.md", 0, 0o646)]),
        Fail,
        &["can write letter.md"],
    );
    says(
        &files(&right, &[file("secret", 7, 0o644)]),
        Fail,
        &["can read secret"],
    );
    let gone = FileSeen {
        found: Err(io::ErrorKind::PermissionDenied),
        ..file("letter.md", 0, 0)
    };
    says(&files(&right, &[gone]), Fail, &["cannot read letter.md"]);
}

#[test]
fn a_full_disk_fails() {
    let of = |free| {
        disk(Ok(Space {
            free,
            total: 100 * GIB,
        }))
    };
    says(&of(50 * GIB), Right, &["50 %"]);
    says(&of(4 * GIB), Warn, &["4 %"]);
    says(&of(0), Fail, &["0 %"]);
    let error = io::Error::other("no such device");
    says(&disk(Err(&error)), Fail, &["no such device"]);
}

#[test]
fn a_clock_is_wrong_by_more_than_a_minute() {
    let found = |seconds| Some(ClockFault { seconds, at: NOW });
    says(&clock(None, None), Skipped, &[]);
    says(&clock(None, Some(-3)), Right, &[]);
    says(&clock(None, Some(60)), Right, &[]);
    says(&clock(None, Some(61)), Fail, &["61 s ahead"]);
    says(&clock(None, Some(-90)), Fail, &["90 s behind"]);
    says(&clock(found(-300), None), Fail, &["300 s behind"]);
    // What is seen now is newer.
    says(&clock(found(-300), Some(0)), Right, &[]);
}

#[test]
fn a_server_has_to_run_in_this_version() {
    let running = |version: &str| ServerRow {
        name: "one".to_owned(),
        version: version.to_owned(),
        since: NOW,
        alive_at: NOW,
    };
    says(
        &server(&[], "1.2.0"),
        Fail,
        &["no server", "undersigned serve"],
    );
    says(
        &server(&[running("1.2.0")], "1.2.0"),
        Right,
        &["2026-11-22"],
    );
    says(
        &server(&[running("1.2.0"), running("1.2.0")], "1.2.0"),
        Right,
        &["2 run"],
    );
    says(
        &server(&[running("1.2.0"), running("1.1.0")], "1.2.0"),
        Warn,
        &["1.1.0", "restart"],
    );
}

#[test]
fn what_is_due_has_to_be_sent() {
    says(&queue(None), Right, &[]);
    says(
        &queue(Some("m.example")),
        Fail,
        &["m.example", "none is tried"],
    );
}

#[test]
fn alarms_are_said() {
    let of = |answered, refused| signatures(Signatures { answered, refused });
    says(&of(0, 0), Right, &[]);
    says(&of(10, 2), Right, &["2 of 10"]);
    says(&of(10, 10), Fail, &["10 of 10", "clock"]);
    says(&names(None), Right, &[]);
    let trouble = SyncTrouble {
        at: NOW,
        problem: "the text differs".to_owned(),
    };
    says(
        &names(Some(&trouble)),
        Warn,
        &["the text differs", "signatory sync"],
    );
}

#[test]
fn backups_are_made_in_time() {
    let day = Duration::from_hours(24);
    let last = |hours| DailyState {
        last_at: Some(NOW.minus(Duration::from_hours(hours))),
        ..DailyState::default()
    };
    says(&backup(&last(48), day, NOW), Right, &["2026-11-20"]);
    says(&backup(&last(49), day, NOW), Fail, &["the last backup"]);
    says(
        &backup(&DailyState::default(), day, NOW),
        Warn,
        &["no backup yet"],
    );
    let failing = DailyState {
        problem: Some("no room".to_owned()),
        failing_since: Some(NOW),
        ..last(1)
    };
    says(
        &backup(&failing, day, NOW),
        Fail,
        &["no room", "backup.dir"],
    );
}
