//! What the benchmarks share besides `tests/support`: options, the database of a run and the crowd in it, numbers for
//! people, and what RSA alone would allow.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tempfile::TempDir;

use crate::support::database::{self, Guard};

pub(crate) mod nginx;
pub(crate) mod rsa;
pub(crate) mod seed;

/// Where SQLite files go: the disk of the checkout, because a folder in memory would make every fsync free.
pub(crate) const FOLDER: &str = env!("CARGO_TARGET_TMPDIR");

/// Options of every benchmark.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Common {
    /// Databases of its own on the server that `TEST_POSTGRES_URL` names, see .ci/postgres
    #[arg(long)]
    pub(crate) postgres: bool,

    /// A small run that only checks the counts
    #[arg(long)]
    pub(crate) quick: bool,

    /// Given by `cargo bench` to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Common {
    /// A database that does not exist yet, or is empty.
    pub(crate) async fn database(&self) -> anyhow::Result<Database> {
        if self.postgres {
            let (guard, url) = database::postgres().await.context("no PostgreSQL")?;
            return Ok(Database {
                url,
                _place: Place::Server(guard),
            });
        }
        let folder = tempfile::tempdir_in(FOLDER)?;
        let url = format!("sqlite://{}", folder.path().join("register.db").display());
        Ok(Database {
            url,
            _place: Place::Folder(folder),
        })
    }
}

/// The database of one run, which goes with this value.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) url: String,
    _place: Place,
}

#[derive(Debug)]
#[expect(dead_code, reason = "it only has to live")]
enum Place {
    Folder(TempDir),
    Server(Guard),
}

/// The value that `percent` of the sorted ones stay within.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let place = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(place).copied().unwrap_or_default()
}

/// Milliseconds with one digit.
pub(crate) fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}
