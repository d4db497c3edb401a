//! Restores a backup: everything is verified before anything is written, nothing that is there is written over, and the
//! database comes last, so that a restore which was cut off is simply done again.
//!
//! Not here: the format of the archive (`backup`), and what of it may be shown (`register::maintenance::restored`).

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;

use super::{
    backup::{CONNECTIONS, WorkFolder, erased_file, list_reaches_back, sqlite_url},
    environment::{self, Environment},
};
use crate::{
    backup::{self, ArchiveError, ArchivePart, CONFIG, DATABASE, FILES, Manifest},
    clock::{Clock as _, Millis, SystemClock},
    config::{Config, ConfigError},
    federation::disk_space::Space,
    random::SystemRandom,
    register::{
        maintenance::restored::{Erased, RestoreOutcome, after_restore},
        restored::Restored,
    },
    store::{self, Access, Copy, ServingLock, Store},
};

/// The folder for files that did not lie beside the configuration.
const ELSEWHERE: &str = "restored-files";

/// The limit of a configuration in an archive, in bytes.
const MAX_CONFIG: u64 = 1024 * 1024;

/// A restore that was asked for.
#[derive(Debug)]
pub(crate) struct RestoreOrder<'a> {
    /// The archive.
    pub(crate) archive: &'a Path,
    /// Where the configuration is, or will be.
    pub(crate) config: &'a Path,
    /// The variables of the environment, which win over the configuration.
    pub(crate) environment: Vec<(String, String)>,
    /// `--as`, or the system user.
    pub(crate) operator: String,
}

/// What a restore did.
#[derive(Debug)]
pub(crate) struct RestoreReport {
    /// What the archive says.
    pub(crate) manifest: Manifest,
    /// Where the database is now.
    pub(crate) database: String,
    /// When.
    pub(crate) at: Millis,
    /// What it changed in the database.
    pub(crate) outcome: RestoreOutcome,
    /// Files that were written.
    pub(crate) written: Vec<PathBuf>,
    /// Files that were there with other contents, and were kept.
    pub(crate) kept: Vec<PathBuf>,
    /// Files that lay elsewhere: where, and where they are now.
    pub(crate) moved: Vec<(String, PathBuf)>,
    /// The keys in which a configuration that was kept differs from that of the backup.
    pub(crate) config_differs: Vec<String>,
    /// Whether the backup is older than the list of those who were taken off reaches back.
    pub(crate) list_is_too_short: bool,
}

/// Why a restore is refused for reasons that are no failure.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RestoreRefusal {
    /// The archive cannot be used.
    #[error("{}: {source}", archive.display())]
    Archive {
        /// Which.
        archive: PathBuf,
        /// Why.
        #[source]
        source: ArchiveError,
    },
    /// The database has something in it.
    #[error(
        "the database at {0} is not empty; nothing was written. Move it away, with what lies beside it (-wal and -shm; \
         leave .erased where it is), or set database.url to another one"
    )]
    NotEmpty(String),
    /// What is left of an old database would be taken for a part of the new one.
    #[error(
        "{} is left of an old database; nothing was written. Move it away first", .0.display()
    )]
    LeftOver(PathBuf),
    /// What was written there would come to another place.
    #[error(
        "{} is a link, and a restore follows none; nothing was written. Put a folder in its place", .0.display()
    )]
    Linked(PathBuf),
    /// The configuration is another letter's.
    #[error(
        "the backup is of {backup}, and the configuration is of {configuration}; nothing was written. Restore it in a \
         folder of its own, or with the configuration of that letter"
    )]
    OtherLetter {
        /// The letter of the backup.
        backup: String,
        /// That of the configuration.
        configuration: String,
    },
    /// The copy is not what it was copied from.
    #[error("the restored database differs from the backup, so nothing of it was kept; try again")]
    Differs,
}

/// Restores a backup.
pub(crate) async fn restore(order: &RestoreOrder<'_>) -> anyhow::Result<RestoreReport> {
    let folder = match order.config.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let space =
        Space::of(folder).with_context(|| format!("cannot write to {}", folder.display()))?;
    let (manifest, config_text) = verify(order.archive, space.free)?;
    let environment = || order.environment.iter().cloned();
    let config = if order.config.exists() {
        Config::load(Some(order.config), environment())?.config
    } else {
        let text = config_text.as_deref().unwrap_or_default();
        Config::parse(text, order.config, environment()).map_err(ConfigError::from)?
    };
    is_of_this_letter(&manifest, &config)?;
    Store::refuse_root_in(folder)?;
    let database = config.database_url();
    is_empty(&config).await?;
    let _lock: Option<ServingLock> = Store::lock_for_serving(&database).await?;
    let mut plan = RestorePlan::of(&manifest, folder)?;
    if let Some(text) = config_text.as_deref().filter(|_| order.config.exists()) {
        let there = fs::read_to_string(order.config)
            .with_context(|| format!("cannot read {}", order.config.display()))?;
        plan.config_differs = differing_keys(&there, text);
    }
    // Before anything is written, because an unreadable list ends this.
    let list = erased_file(&config)?;
    let erased = backup::entries(&list).with_context(|| list.display().to_string())?;
    let work = WorkFolder::make(folder)?;
    let restored_database = work.path.join(DATABASE);
    unpack(order, space.free, &restored_database, &mut plan)?;
    let config = Arc::new(config);
    let now = SystemClock.now();
    let restored = Restored {
        at: now,
        taken_at: manifest.taken_at,
        server_stopped: manifest.server_stopped,
    };
    let outcome = prepare(order, &config, &restored, &erased, &restored_database).await?;
    put_in_place(&restored_database, &config).await?;
    let reaches_back = now.minus(list_reaches_back(&config));
    Ok(RestoreReport {
        database: config.database_shown(),
        at: restored.at,
        outcome,
        written: plan.written,
        kept: plan.kept,
        moved: plan.moved,
        config_differs: plan.config_differs,
        list_is_too_short: manifest.taken_at < reaches_back,
        manifest,
    })
}

/// Reads the whole archive and keeps nothing of it but the configuration's text.
fn verify(archive: &Path, room: u64) -> anyhow::Result<(Manifest, Option<String>)> {
    let mut config = None;
    let manifest = read(archive, room, |part, reader| {
        if part.name == CONFIG {
            let mut text = String::new();
            let unreadable =
                |error| ArchiveError::Damaged(format!("{CONFIG} is not readable: {error}"));
            reader
                .take(MAX_CONFIG)
                .read_to_string(&mut text)
                .map_err(unreadable)?;
            config = Some(text);
        }
        Ok(())
    })?;
    Ok((manifest, config))
}

fn read(
    archive: &Path,
    room: u64,
    take: impl FnMut(&ArchivePart, &mut dyn std::io::Read) -> Result<(), ArchiveError>,
) -> anyhow::Result<Manifest> {
    let file = File::open(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    let read = backup::read(std::io::BufReader::new(file), room, take);
    Ok(read.map_err(|source| RestoreRefusal::Archive {
        archive: archive.to_path_buf(),
        source,
    })?)
}

fn is_of_this_letter(manifest: &Manifest, config: &Config) -> Result<(), RestoreRefusal> {
    let urls = environment::urls(config);
    let name = |base_url: &str, username: &str| format!("{base_url} as @{username}");
    if (urls.origin(), urls.username()) == (&manifest.base_url, &manifest.username) {
        return Ok(());
    }
    Err(RestoreRefusal::OtherLetter {
        backup: name(&manifest.base_url, &manifest.username),
        configuration: name(urls.origin(), urls.username()),
    })
}

/// Refuses a database in which anything was written.
async fn is_empty(config: &Config) -> anyhow::Result<()> {
    let url = config.database_url();
    if let Some(file) = Store::file_named(&url)?
        && !file.exists()
    {
        for end in ["-wal", "-shm"] {
            let mut name = file.as_os_str().to_owned();
            name.push(end);
            if Path::new(&name).exists() {
                return Err(RestoreRefusal::LeftOver(name.into()).into());
            }
        }
        return Ok(());
    }
    let store = match Store::open(&url, CONNECTIONS, Access::Existing).await {
        // It has no tables yet.
        Err(store::Error::Missing(_)) => return Ok(()),
        opened => opened?,
    };
    let table = store.read().await?.first_with_rows().await;
    store.close().await;
    match table? {
        None => Ok(()),
        Some(_) => Err(RestoreRefusal::NotEmpty(config.database_shown()).into()),
    }
}

/// What becomes of each file of an archive.
#[derive(Debug, Default)]
struct RestorePlan {
    /// Where files are written to, by their names in the archive.
    to_write: Vec<(String, PathBuf)>,
    written: Vec<PathBuf>,
    kept: Vec<PathBuf>,
    moved: Vec<(String, PathBuf)>,
    config_differs: Vec<String>,
}

impl RestorePlan {
    fn of(manifest: &Manifest, folder: &Path) -> Result<Self, RestoreRefusal> {
        let mut plan = Self::default();
        for part in &manifest.parts {
            let path = match (&part.was, part.name.split_once('/')) {
                (_, Some((FILES, inside))) => folder.join(inside),
                (Some(was), Some((_, name))) => {
                    if is_same(Path::new(was), part) {
                        continue;
                    }
                    let path = folder.join(ELSEWHERE).join(name);
                    plan.moved.push((was.clone(), path.clone()));
                    path
                }
                // The configuration is placed by its own path, and the database comes last.
                _ => continue,
            };
            if is_same(&path, part) {
                continue;
            }
            if path.symlink_metadata().is_ok() {
                plan.kept.push(path);
            } else {
                refuse_links(&path, folder)?;
                plan.to_write.push((part.name.clone(), path));
            }
        }
        Ok(plan)
    }
}

/// Refuses a path that goes through a link below `folder`: it may lead to where the archive has no business.
fn refuse_links(path: &Path, folder: &Path) -> Result<(), RestoreRefusal> {
    let parents = path.ancestors().skip(1);
    for parent in parents.take_while(|parent| *parent != folder) {
        if parent.symlink_metadata().is_ok_and(|it| it.is_symlink()) {
            return Err(RestoreRefusal::Linked(parent.to_path_buf()));
        }
    }
    Ok(())
}

/// Whether a file is there already as the archive has it.
fn is_same(path: &Path, part: &ArchivePart) -> bool {
    backup::describe(part.name.clone(), path)
        .is_ok_and(|found| (found.bytes, &found.sha256) == (part.bytes, &part.sha256))
}

/// Writes the configuration, unless there is one, the other files of the plan, and the database to `database`.
fn unpack(
    order: &RestoreOrder<'_>,
    room: u64,
    database: &Path,
    plan: &mut RestorePlan,
) -> anyhow::Result<()> {
    if !order.config.exists() {
        plan.to_write
            .push((CONFIG.to_owned(), order.config.to_path_buf()));
    }
    plan.to_write
        .push((DATABASE.to_owned(), database.to_path_buf()));
    let folders: BTreeSet<&Path> = plan
        .to_write
        .iter()
        .filter_map(|(_, path)| path.parent())
        .collect();
    for folder in folders {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let mut written = Vec::new();
    read(order.archive, room, |part, reader| {
        let place = plan.to_write.iter().find(|(name, _)| *name == part.name);
        if let Some((_, path)) = place {
            backup::keep(reader, path)?;
            if part.name != DATABASE {
                written.push(path.clone());
            }
        }
        Ok(())
    })?;
    plan.written = written;
    Ok(())
}

/// Brings the tables of the restored database up to date, and takes out of it what must not be shown.
async fn prepare(
    order: &RestoreOrder<'_>,
    config: &Arc<Config>,
    restored: &Restored,
    erased: &[Erased],
    database: &Path,
) -> anyhow::Result<RestoreOutcome> {
    let store = Store::open(&sqlite_url(database), CONNECTIONS, Access::Create)
        .await
        .with_context(|| format!("cannot use the database in {}", order.archive.display()))?;
    let env = Environment {
        config: Arc::clone(config),
        urls: Arc::new(environment::urls(config)),
        store,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        operator: order.operator.clone(),
    };
    let (context, settings) = (env.context().await?, env.note_settings());
    let mut tx = env.store.write().await?;
    let by = env.operator.as_str();
    let outcome = after_restore(&mut tx, &context, &settings, restored, erased, by).await?;
    tx.commit().await?;
    env.store.close().await;
    Ok(outcome)
}

/// Copies the restored database to where the configuration says.
async fn put_in_place(database: &Path, config: &Config) -> anyhow::Result<()> {
    let from = Store::open(&sqlite_url(database), CONNECTIONS, Access::Existing).await?;
    let to = Store::open(&config.database_url(), CONNECTIONS, Access::Create).await?;
    let copied = from.copy_to(&to, &mut |_, _| ()).await;
    from.close().await;
    to.close().await;
    match copied? {
        Copy::NotEmpty(_) => Err(RestoreRefusal::NotEmpty(config.database_shown()).into()),
        copied if copied.agrees() => Ok(()),
        Copy::Done(_) => Err(RestoreRefusal::Differs.into()),
    }
}

/// The keys in which two configurations differ; a text that is no TOML differs as a whole.
fn differing_keys(there: &str, backup: &str) -> Vec<String> {
    if there == backup {
        return Vec::new();
    }
    let (Ok(there), Ok(backup)) = (there.parse::<toml::Table>(), backup.parse::<toml::Table>())
    else {
        return vec!["the whole file".to_owned()];
    };
    let keys = |table: &toml::Table| -> BTreeSet<String> {
        let sections = table.iter();
        let inner = sections.flat_map(|(section, value)| {
            let keys = value.as_table().into_iter().flat_map(toml::Table::keys);
            keys.map(move |key| format!("{section}.{key}"))
        });
        inner.collect()
    };
    let value = |table: &toml::Table, key: &str| {
        let (section, key) = key.split_once('.')?;
        table.get(section)?.get(key).cloned()
    };
    let all: BTreeSet<String> = keys(&there).union(&keys(&backup)).cloned().collect();
    all.into_iter()
        .filter(|key| value(&there, key) != value(&backup, key))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_planned_through_a_link() {
        let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folder = folder.path();
        fs::create_dir(folder.join("pictures")).unwrap();
        for link in ["linked", "pictures/linked", ELSEWHERE] {
            std::os::unix::fs::symlink(elsewhere.path(), folder.join(link)).unwrap();
        }
        fs::write(elsewhere.path().join("there.md"), "kept").unwrap();
        let plan = |name: &str, was: Option<&str>| {
            let mut manifest = Manifest::new(Millis::from_millis(0), "https://a.example", "a");
            manifest.parts = vec![ArchivePart {
                name: name.to_owned(),
                bytes: 5,
                sha256: backup::digest(b"words"),
                was: was.map(str::to_owned),
            }];
            RestorePlan::of(&manifest, folder)
        };
        for name in ["files/letter.md", "files/pictures/a/b.png"] {
            assert_eq!(plan(name, None).unwrap().to_write.len(), 1, "{name}");
        }
        for (name, was) in [
            ("files/linked/a.md", None),
            ("files/pictures/linked/a/b.png", None),
            ("outside/secret", Some("/nowhere/secret")),
        ] {
            let refused = plan(name, was).unwrap_err().to_string();
            assert!(refused.contains("is a link"), "{name}: {refused}");
        }
        // What is there stays as it is.
        assert_eq!(plan("files/linked/there.md", None).unwrap().kept.len(), 1);
    }
}
