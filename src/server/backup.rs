//! Makes backups: a copy of the database from one snapshot, the configuration, and the files that it names, in one archive.
//!
//! Not here: the format of the archive and the names of daily ones (`backup`), and restoring ([`restore`](super::restore)).

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fs::{self, DirBuilder, File, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Component, Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;

use super::{database_watch::ALIVE_FOR, environment::Environment, letter_file::files_beside};
use crate::{
    backup::{self, CONFIG, DATABASE, DailyLimits, DailyState, FILES, Manifest, OUTSIDE},
    clock::Millis,
    config::{Config, folder_below_var},
    federation::disk_space::Space,
    hash::Salt,
    register::{
        inbound::leaving::Left,
        maintenance::restored::{Erased, ErasedKind},
    },
    store::{self, Access, Copy, Store},
};

/// The folder in which a backup is put together, beside the backup itself. What a killed process left in it goes with the
/// next one.
const WORK: &str = ".undersigned-backup.partial";

/// Connections to a copy: one that writes is enough.
pub(super) const CONNECTIONS: u32 = 2;

/// How often it is looked whether a daily backup is due.
pub(super) const LOOK_EVERY: Duration = Duration::from_mins(1);

/// How long after a failure the next daily backup is tried.
const AFTER_FAILURE: Duration = Duration::from_mins(10);

/// How long one server makes a daily backup before another one tries: it may have ended meanwhile.
const CLAIMED_FOR: Duration = Duration::from_hours(6);

/// How long the list of those who were taken off reaches back at least: a month, and longer where backups live longer.
const LIST_REACHES_BACK: Duration = Duration::from_hours(31 * 24);

/// A backup that was made.
#[derive(Debug)]
pub(crate) struct Created {
    /// The archive.
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    /// What is in it.
    pub(crate) manifest: Manifest,
    /// Files that the configuration names, and that are not there.
    pub(crate) missing: Vec<PathBuf>,
}

/// Why no backup is made for reasons that are no failure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateRefusal {
    /// There is a file of this name.
    #[error("{} is there already; give another name", .0.display())]
    Exists(PathBuf),
    /// Somebody else makes one in this folder.
    #[error("another backup is being made in {}; try again when it is done", .0.display())]
    Busy(PathBuf),
    /// The disk would be full before it is done.
    #[error(
        "a backup may need {needed} bytes in {}, and {free} bytes are free; make room, or write it to another disk",
        folder.display()
    )]
    NoRoom {
        /// The folder of the backup.
        folder: PathBuf,
        /// As much as it may need, and what is left free then.
        needed: u64,
        /// As much as is free.
        free: u64,
    },
}

/// Makes a backup, also while servers and commands write. `daily`: whether the server made it, and may delete it.
///
/// Nothing stands under the name until all of it is on the disk.
pub(crate) async fn create(env: &Environment, to: &Path, daily: bool) -> anyhow::Result<Created> {
    if to.exists() {
        return Err(CreateRefusal::Exists(to.to_path_buf()).into());
    }
    let folder = match to.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    has_room(env, folder)?;
    let work = WorkFolder::make(folder)?;
    // Before the snapshot: who is taken off later stands in the list with a later time.
    let mut manifest = Manifest::new(env.clock.now(), env.urls.origin(), env.urls.username());
    manifest.daily = daily;
    let served = is_served(env).await?;
    let database = work.path.join(DATABASE);
    manifest.rows = copy_database(&env.store, &database).await?;
    manifest.server_stopped = !served && !is_served(env).await?;
    let (sources, missing) = sources(&env.config, database)?;
    let to = to.to_path_buf();
    let write = move || -> anyhow::Result<Created> {
        let mut files = Vec::with_capacity(sources.len());
        for source in sources {
            let unreadable = || format!("cannot read {}", source.path.display());
            let part = backup::describe(source.name.clone(), &source.path);
            let mut part = part.with_context(unreadable)?;
            part.was = source.was;
            manifest.parts.push(part);
            files.push(source.path);
        }
        let beside = work.path.join("archive");
        let written = write_archive(&beside, &manifest, &files);
        let bytes = written.with_context(|| format!("cannot write {}", to.display()))?;
        // Whoever has the lock of the folder is alone in making backups there.
        if to.exists() {
            return Err(CreateRefusal::Exists(to).into());
        }
        fs::rename(&beside, &to)
            .and_then(|()| work.lock.sync_all())
            .with_context(|| format!("cannot write {}", to.display()))?;
        Ok(Created {
            path: to,
            bytes,
            manifest,
            missing,
        })
    };
    tokio::task::spawn_blocking(write).await?
}

/// Refuses to begin what would fill the disk: the copy of the database and the archive lie beside each other.
fn has_room(env: &Environment, folder: &Path) -> anyhow::Result<()> {
    // How large a copy of a PostgreSQL database is, only copying it tells; there the disk must not be full already.
    let database = env.store.file().map(fs::metadata).transpose();
    let database = database.context("cannot read the size of the database")?;
    let database = database.map_or(0, |found| found.len());
    let space = Space::of(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let Some(needed) = space.lacks_for(database.saturating_mul(2)) else {
        return Ok(());
    };
    let (folder, free) = (folder.to_path_buf(), space.free);
    let refusal = CreateRefusal::NoRoom {
        folder,
        needed,
        free,
    };
    Err(refusal.into())
}

fn write_archive(path: &Path, manifest: &Manifest, files: &[PathBuf]) -> io::Result<u64> {
    let mut options = File::options();
    let file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    backup::write(io::BufWriter::new(&file), manifest, files)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// Copies a database into a new SQLite file; returns the rows of each table.
async fn copy_database(
    store: &Store,
    path: &Path,
) -> anyhow::Result<std::collections::BTreeMap<String, u64>> {
    let copy = Store::open(&sqlite_url(path), CONNECTIONS, Access::Create).await?;
    let copied = store.copy_to(&copy, &mut |_, _| ()).await;
    copy.close().await;
    let copied = copied?;
    anyhow::ensure!(
        copied.agrees(),
        "the copy of the database differs from it; nothing was kept. Run `undersigned check`"
    );
    let tables = match copied {
        Copy::Done(tables) => tables,
        Copy::NotEmpty(_) => Vec::new(),
    };
    let rows = tables
        .into_iter()
        .map(|table| (table.source.table.to_owned(), table.source.rows));
    Ok(rows.collect())
}

/// The URL of a SQLite file, for the driver, which decodes it.
pub(super) fn sqlite_url(path: &Path) -> String {
    let path = path.display().to_string();
    format!("sqlite://{}", path.replace('%', "%25").replace('?', "%3F"))
}

/// Whether a server writes to this database.
async fn is_served(env: &Environment) -> store::Result<bool> {
    if env.store.file().is_some() {
        return Store::is_served(&env.config.database_url());
    }
    let alive_at = env.clock.now().minus(ALIVE_FOR);
    let servers = env.store.read().await?.servers(alive_at).await?;
    Ok(!servers.is_empty())
}

/// A file that goes into an archive.
#[derive(Debug)]
struct Source {
    /// Its name there.
    name: String,
    path: PathBuf,
    /// Where it lay, if that is not beside the configuration.
    was: Option<String>,
}

/// All files of a backup, and those that are named and are not there.
fn sources(config: &Config, database: PathBuf) -> anyhow::Result<(Vec<Source>, Vec<PathBuf>)> {
    let part = |name: &str, path: PathBuf| Source {
        name: name.to_owned(),
        path,
        was: None,
    };
    let mut sources = vec![part(DATABASE, database)];
    if let Some(file) = config.file() {
        sources.push(part(CONFIG, file.to_path_buf()));
    }
    let (named, missing): (Vec<_>, Vec<_>) = config
        .named_files()
        .into_iter()
        .partition(|file| file.is_file());
    let letter = config.letter_file();
    let mut files: BTreeSet<PathBuf> = named.into_iter().collect();
    if letter.is_file() {
        files.extend(files_beside(&letter)?);
    }
    let mut outside = BTreeSet::new();
    for file in files {
        if let Some(inside) = path_inside(config.folder(), &file) {
            sources.push(part(&format!("{FILES}/{inside}"), file));
            continue;
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // A restore writes no hidden files.
        let name = match name.strip_prefix('.') {
            Some(shown) => Cow::Owned(format!("_{shown}")),
            None => name,
        };
        // Two files of one name from two folders.
        let name = if outside.contains(&*name) {
            format!("{}-{name}", outside.len())
        } else {
            name.into_owned()
        };
        sources.push(Source {
            name: format!("{OUTSIDE}/{name}"),
            was: Some(file.display().to_string()),
            path: file,
        });
        outside.insert(name);
    }
    Ok((sources, missing))
}

/// The path of a file below a folder, with slashes; `None` when it lies elsewhere, or is hidden there: a restore writes
/// to no hidden folder, where other programs have their keys and commands.
fn path_inside(folder: &Path, file: &Path) -> Option<String> {
    let mut names = Vec::new();
    for component in file.strip_prefix(folder).ok()?.components() {
        match component {
            Component::CurDir => (),
            Component::Normal(name) => {
                names.push(name.to_str().filter(|name| !name.starts_with('.'))?);
            }
            Component::Prefix(_) | Component::RootDir | Component::ParentDir => return None,
        }
    }
    (!names.is_empty()).then(|| names.join("/"))
}

/// The folder for what is only needed meanwhile, and the lock of the folder that it lies in. It is removed when this is
/// dropped.
#[derive(Debug)]
pub(super) struct WorkFolder {
    pub(super) path: PathBuf,
    lock: File,
}

impl WorkFolder {
    /// Makes it, in place of what another process left.
    pub(super) fn make(folder: &Path) -> anyhow::Result<Self> {
        let failed = || format!("cannot write to the folder {}", folder.display());
        let lock = File::open(folder).with_context(failed)?;
        match lock.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => {
                return Err(CreateRefusal::Busy(folder.to_path_buf()).into());
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(failed),
        }
        let path = folder.join(WORK);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(failed);
            }
            Ok(()) | Err(_) => (),
        }
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.with_context(failed)?;
        Ok(Self { path, lock })
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            let path = self.path.display();
            tracing::warn!(error = %error, "cannot remove {path}; the next backup does it");
        }
    }
}

/// The list of those who were taken off on request, which a lost database leaves behind: beside the file of a SQLite
/// database. Where the database is on a server, it is in the configuration's folder, or below `/var/lib`.
pub(super) fn erased_file(config: &Config) -> store::Result<PathBuf> {
    let beside = match Store::file_named(&config.database_url())? {
        Some(file) => file,
        None => folder_below_var(config.folder())
            .unwrap_or_else(|| config.folder().to_path_buf())
            .join("undersigned"),
    };
    let mut name = beside.into_os_string();
    name.push(".erased");
    Ok(name.into())
}

impl Environment {
    /// Notes who left by themselves, or on request, so that a backup from before does not bring them back. Called after the
    /// commit.
    pub(crate) fn note_left(&self, salt: &Salt, left: &Left) -> anyhow::Result<()> {
        let at = self.clock.now();
        let accounts = left.accounts.iter();
        let accounts =
            accounts.map(|actor| Erased::account(salt, ErasedKind::Endorsement, actor, at));
        let names = left.names.iter();
        let names = names.map(|row| Erased::name(salt, ErasedKind::Name, row, at));
        let erased: Vec<_> = accounts.chain(names).collect();
        self.note_erased(&erased)
    }

    /// The same for what the writer task committed: nobody's leaving is refused because it cannot be noted.
    pub(crate) fn note_left_or_log(&self, salt: &Salt, left: &Left) {
        if let Err(error) = self.note_left(salt, left) {
            tracing::error!("somebody left: {error:#}");
        }
    }

    /// Notes who was taken off, so that a backup from before does not bring them back. Called after the commit.
    pub(crate) fn note_erased(&self, erased: &[Erased]) -> anyhow::Result<()> {
        let path = erased_file(&self.config)?;
        backup::append(&path, erased).with_context(|| {
            format!(
                "it was done, and cannot be noted in {}, so that a backup from before would bring it back; make a new \
                 backup, and delete those",
                path.display()
            )
        })
    }
}

/// Whether it is time for the next daily backup, and nobody else makes it.
fn is_due(state: &DailyState, every: Duration, now: Millis) -> bool {
    // What lies too far ahead was written by a clock that was ahead for a moment.
    let is_time = |at: Millis| now >= at.plus(every) || at > now;
    let is_over = |until: Millis| now >= until || until > now.plus(CLAIMED_FOR);
    state.last_at.is_none_or(is_time) && state.claimed_until.is_none_or(is_over)
}

/// Makes the daily backup, if it is due and nobody else does, and deletes old ones, whether one was made or not.
pub(super) async fn make_daily(env: &Environment) {
    let folder = env.config.backup_folder();
    let is_turn = match &folder {
        Some(_) => claim(env).await,
        None => Ok(false),
    };
    let is_turn = is_turn.unwrap_or_else(|error| {
        tracing::error!(error = %error, "cannot see whether a backup is due; trying again");
        false
    });
    let made = match &folder {
        Some(folder) if is_turn => Some(daily(env, folder).await),
        Some(_) | None => None,
    };
    match &made {
        Some(Ok(created)) => tracing::info!(
            file = %created.path.display(),
            bytes = created.bytes,
            "made a backup"
        ),
        Some(Err(error)) => {
            tracing::error!("the backup failed, and is tried again in ten minutes: {error:#}");
        }
        None => (),
    }
    let file = made.as_ref().and_then(|made| made.as_ref().ok());
    let deleted = delete_old(env, folder, file.map(|created| created.path.clone())).await;
    if let Err(error) = &deleted {
        tracing::error!("old backups cannot be deleted; trying again: {error:#}");
    }
    if let Some(made) = made
        && let Err(error) = note(env, &made, &deleted).await
    {
        tracing::error!(error = %error, "cannot note what became of the backup");
    }
}

/// Deletes old daily backups. Without `backup.dir` they lie where the last one was made.
async fn delete_old(
    env: &Environment,
    folder: Option<PathBuf>,
    made: Option<PathBuf>,
) -> anyhow::Result<()> {
    let folder = if let Some(folder) = folder {
        folder
    } else {
        let last = DailyState::read(&mut env.store.read().await?).await?.file;
        let Some(folder) = last.as_deref().and_then(|file| Path::new(file).parent()) else {
            return Ok(());
        };
        folder.to_path_buf()
    };
    let (now, urls, settings) = (env.clock.now(), Arc::clone(&env.urls), &env.config.backup);
    let limits = DailyLimits {
        keep: settings.keep,
        // When they are made in time, the number deletes them before.
        not_before: now.minus(settings.kept_for().saturating_add(settings.every)),
        now,
    };
    let delete = move || {
        let letter = (urls.origin(), urls.username());
        backup::delete_old(&folder, letter, limits, made.as_deref())
            .with_context(|| folder.display().to_string())
    };
    for path in tokio::task::spawn_blocking(delete).await?? {
        tracing::info!(file = %path.display(), "deleted an old backup");
    }
    Ok(())
}

/// Takes the turn to make a daily backup: of several servers on one database, one makes it.
async fn claim(env: &Environment) -> anyhow::Result<bool> {
    let (every, now) = (env.config.backup.every, env.clock.now());
    let state = DailyState::read(&mut env.store.read().await?).await?;
    if !is_due(&state, every, now) {
        return Ok(false);
    }
    let mut tx = env.store.write().await?;
    let mut state = DailyState::read(&mut tx).await?;
    if !is_due(&state, every, now) {
        return Ok(false);
    }
    state.claimed_until = Some(now.plus(CLAIMED_FOR));
    state.write(&mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

async fn daily(env: &Environment, folder: &Path) -> anyhow::Result<Created> {
    let failed = || format!("cannot make the folder {} (backup.dir)", folder.display());
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(folder).with_context(failed)?;
    let path = folder.join(backup::file_name(env.clock.now()));
    create(env, &path, true).await
}

/// Keeps what became of a daily backup, for `status` and for the next turn.
async fn note(
    env: &Environment,
    made: &anyhow::Result<Created>,
    deleted: &anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut tx = env.store.write().await?;
    let now = env.clock.now();
    let mut state = DailyState::read(&mut tx).await?;
    match made {
        Ok(created) => {
            let problem = deleted.as_ref().err();
            state = DailyState {
                last_at: Some(created.manifest.taken_at),
                file: Some(created.path.display().to_string()),
                bytes: created.bytes,
                claimed_until: None,
                problem: problem.map(|error| format!("old ones cannot be deleted: {error:#}")),
                failing_since: problem.and(state.failing_since.or(Some(now))),
            };
        }
        Err(error) => {
            state.problem = Some(format!("{error:#}"));
            state.failing_since = state.failing_since.or(Some(now));
            state.claimed_until = Some(now.plus(AFTER_FAILURE));
        }
    }
    state.write(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// How long the list of those who were taken off reaches back: to the oldest backup that there can be.
pub(super) fn list_reaches_back(config: &Config) -> Duration {
    let backups = config.backup.kept_for().saturating_add(config.backup.every);
    backups.max(LIST_REACHES_BACK)
}

/// Takes out of the list who was taken off before every backup.
pub(super) fn prune_erased(env: &Environment) {
    let before = env.clock.now().minus(list_reaches_back(&env.config));
    let pruned = erased_file(&env.config)
        .map_err(anyhow::Error::from)
        .and_then(|path| backup::prune(&path, before).with_context(|| path.display().to_string()));
    match pruned {
        Ok(0) => (),
        Ok(lines) => tracing::info!(lines, "the list of those who were taken off was shortened"),
        Err(error) => {
            tracing::error!("cannot shorten the list of those who were taken off: {error:#}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{activitystreams::Urls, clock::FixedClock, random::SystemRandom};

    const NOW: Millis = Millis::from_millis(1_795_348_800_000);
    const DAY: Duration = Duration::from_hours(24);

    /// A server with a clock of its own, whose configuration lies in this folder.
    async fn server(folder: &Path, clock: &Arc<FixedClock>) -> Environment {
        let text = "[backup]\ndir = 'kept'\nkeep = 7\n";
        let file = folder.join("config.toml");
        fs::write(&file, text).unwrap();
        fs::write(folder.join("letter.md"), "# Letter\n\nText.\n").unwrap();
        let config = Config::load(Some(&file), std::iter::empty())
            .unwrap()
            .config;
        let store = Store::open(&config.database_url(), 2, Access::Create)
            .await
            .unwrap();
        let base = &config.server.base_url;
        Environment {
            urls: Arc::new(Urls::new(base, &config.handle_domain(), "letter")),
            config: Arc::new(config),
            store,
            clock: Arc::<FixedClock>::clone(clock),
            random: Arc::new(SystemRandom),
            operator: "test".to_owned(),
        }
    }

    fn kept(folder: &Path) -> usize {
        fs::read_dir(folder.join("kept")).map_or(0, Iterator::count)
    }

    async fn state(env: &Environment) -> DailyState {
        DailyState::read(&mut env.store.read().await.unwrap())
            .await
            .unwrap()
    }

    #[test]
    fn the_list_of_who_was_taken_off_lies_where_the_server_may_write() {
        let server = "database.url = 'postgres://ada@host/name'\n";
        for (text, file, list) in [
            ("", "/srv/config.toml", "/srv/data/undersigned.db.erased"),
            (server, "/srv/config.toml", "/srv/undersigned.erased"),
            (server, "config.toml", "undersigned.erased"),
            (
                server,
                "/etc/undersigned/config.toml",
                "/var/lib/undersigned/undersigned.erased",
            ),
            (
                server,
                "/etc/undersigned/brief/config.toml",
                "/var/lib/undersigned/brief/undersigned.erased",
            ),
        ] {
            let config = Config::parse(text, Path::new(file), std::iter::empty()).unwrap();
            assert_eq!(erased_file(&config).unwrap(), Path::new(list), "{file}");
        }
    }

    #[tokio::test]
    async fn a_month_leaves_exactly_those_that_are_kept_and_one_each_day() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(NOW));
        let env = server(folder.path(), &clock).await;
        for day in 1..=31 {
            // Two servers of one database, and each looks again within the day.
            make_daily(&env).await;
            make_daily(&env.clone()).await;
            assert_eq!(kept(folder.path()), day.min(7));
            let last = state(&env).await.last_at.unwrap();
            clock.advance(DAY / 2);
            make_daily(&env).await;
            assert_eq!(state(&env).await.last_at, Some(last), "{day}");
            clock.advance(DAY / 2);
        }
        assert_eq!(kept(folder.path()), 7);
        env.store.close().await;
    }

    #[tokio::test]
    async fn a_backup_that_fails_is_said_and_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(NOW));
        let env = server(folder.path(), &clock).await;
        // Where the folder would be is a file.
        fs::write(folder.path().join("kept"), "").unwrap();
        make_daily(&env).await;
        let failed = state(&env).await;
        assert!(failed.problem.unwrap().contains("backup.dir"));
        assert_eq!((failed.failing_since, failed.last_at), (Some(NOW), None));
        fs::remove_file(folder.path().join("kept")).unwrap();
        make_daily(&env).await;
        assert_eq!(kept(folder.path()), 0, "not at once");
        clock.advance(AFTER_FAILURE);
        make_daily(&env).await;
        assert_eq!(kept(folder.path()), 1);
        let made = state(&env).await;
        assert_eq!((made.problem, made.failing_since), (None, None));
        env.store.close().await;
    }

    #[tokio::test]
    async fn a_backup_that_would_fill_the_disk_is_not_begun() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(NOW));
        let env = server(folder.path(), &clock).await;
        let database = env.store.file().unwrap();
        // A hole after its last page, which takes no room itself.
        let file = File::options().write(true).open(&database).unwrap();
        file.set_len(1 << 43).unwrap();
        make_daily(&env).await;
        let problem = state(&env).await.problem.unwrap();
        assert!(
            problem.contains((1_u64 << 44).to_string().get(..4).unwrap()),
            "{problem}"
        );
        assert!(problem.contains("bytes are free"), "{problem}");
        assert_eq!(kept(folder.path()), 0);
        env.store.close().await;
    }

    #[tokio::test]
    async fn old_backups_are_deleted_also_when_no_new_one_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(NOW));
        let env = server(folder.path(), &clock).await;
        for _ in 0..3 {
            make_daily(&env).await;
            clock.advance(DAY);
        }
        // Somebody else is at work in the folder, and never ends.
        let busy = File::open(folder.path().join("kept")).unwrap();
        busy.lock().unwrap();
        for (days, left) in [(5, 3), (1, 2), (1, 1), (99, 1)] {
            clock.advance(DAY * days);
            make_daily(&env).await;
            assert!(state(&env).await.failing_since.is_some());
            assert_eq!(kept(folder.path()), left, "{days}");
        }
        drop(busy);
        for left in [1, 2] {
            clock.advance(DAY);
            make_daily(&env).await;
            assert_eq!(kept(folder.path()), left);
        }
        // None are made any more.
        let mut config = (*env.config).clone();
        config.backup.dir = PathBuf::new();
        let off = Environment {
            config: Arc::new(config),
            ..env.clone()
        };
        make_daily(&off).await;
        assert_eq!(kept(folder.path()), 2);
        clock.advance(DAY * 9);
        make_daily(&off).await;
        assert_eq!(kept(folder.path()), 1);
        env.store.close().await;
    }

    #[tokio::test]
    async fn a_clock_that_was_ahead_for_a_moment_stops_no_backup() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(NOW));
        let env = server(folder.path(), &clock).await;
        let ahead = Environment {
            clock: Arc::new(FixedClock::at(NOW.plus(DAY * 400))),
            ..env.clone()
        };
        make_daily(&ahead).await;
        make_daily(&env).await;
        assert_eq!(state(&env).await.last_at, Some(NOW));
        for day in 2..=9 {
            clock.advance(DAY);
            make_daily(&env).await;
            assert_eq!(state(&env).await.last_at, Some(env.clock.now()));
            let file = state(&env).await.file.unwrap();
            assert!(Path::new(&file).is_file(), "{file}");
            assert_eq!(kept(folder.path()), 7.min(day + 1));
        }
        env.store.close().await;
        let claimed = |until| DailyState {
            claimed_until: Some(until),
            ..DailyState::default()
        };
        for (until, expected) in [
            (NOW, true),
            (NOW.plus(CLAIMED_FOR), false),
            (NOW.plus(DAY), true),
        ] {
            assert_eq!(is_due(&claimed(until), DAY, NOW), expected, "{until}");
        }
    }

    #[test]
    fn files_beside_the_configuration_keep_their_paths_and_others_their_names() {
        for (folder, file, expected) in [
            ("", "letter.md", Some("letter.md")),
            ("", "./letter.md", Some("letter.md")),
            ("/etc/letter", "/etc/letter/a/b.png", Some("a/b.png")),
            ("/etc/letter", "/srv/letter.md", None),
            ("/etc/letter", "/etc/letter/.tls/ca.pem", None),
            ("", ".secret", None),
            ("/etc/letter", "/etc/letter/../passwd", None),
            ("", "/srv/letter.md", None),
            ("", "../letter.md", None),
        ] {
            let found = path_inside(Path::new(folder), Path::new(file));
            assert_eq!(found.as_deref(), expected, "{folder} {file}");
        }
    }
}
