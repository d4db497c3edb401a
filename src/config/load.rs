//! Loads a [`Config`] from its file and the environment.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{
    Config,
    error::{ConfigError, ConfigProblem, ConfigProblems, Place},
    read::read,
};

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = "config.toml";

/// The file of a letter that was installed as a package, where [`DEFAULT_FILE`] is not in the working folder.
pub const SYSTEM_FILE: &str = "/etc/undersigned/config.toml";

/// The file that is read when none is named: [`DEFAULT_FILE`], and where that is missing [`SYSTEM_FILE`], if it is there.
///
/// Beside a letter of the package a file of somebody else counts as missing: whoever may write to `/tmp` would otherwise
/// decide what an administrator publishes from there.
pub fn default_file() -> &'static Path {
    let here = Path::new(DEFAULT_FILE);
    let system = Path::new(SYSTEM_FILE);
    let own = rustix::process::geteuid().as_raw();
    let is_trusted = |file: fs::Metadata| [0, own].contains(&file.uid());
    if system.exists() && !fs::metadata(here).is_ok_and(is_trusted) {
        system
    } else {
        here
    }
}

/// The folder of what changes by itself, beside a configuration in this folder: where that is below `/etc`, the same below
/// `/var/lib`, which the packaged server may write to (Filesystem Hierarchy Standard 3.0, 3.7 and 5.8). `None` elsewhere:
/// both are one.
pub fn folder_below_var(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder.join(".")).ok()?;
    let inner = folder.strip_prefix("/etc").ok()?;
    let is_folder_of_ours = !inner.as_os_str().is_empty();
    is_folder_of_ours.then(|| Path::new("/var/lib").join(inner))
}

/// A configuration and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The file that it was read from, or would have been.
    pub origin: Origin,
}

/// Where a configuration came from, the environment apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This file, as it was named.
    File(PathBuf),
    /// No file was named and there is neither [`DEFAULT_FILE`] nor [`SYSTEM_FILE`]: the defaults apply, and the caller
    /// says so in one line.
    Defaults,
}

impl Config {
    /// Reads `file`, or [`default_file`] when none is named, and then the
    /// variables `UNDERSIGNED__SECTION__KEY` of `environment`, which win.
    ///
    /// Only a file that was named must exist.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Loaded, ConfigError> {
        let path: &Path = match file {
            Some(file) => file,
            None => default_file(),
        };
        let (bytes, origin) = match fs::read(path) {
            Ok(bytes) => (bytes, Origin::File(path.to_path_buf())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if file.is_some() {
                    return Err(ConfigError::Missing(path.to_path_buf()));
                }
                (Vec::new(), Origin::Defaults)
            }
            Err(source) => {
                return Err(ConfigError::Unreadable {
                    file: path.to_path_buf(),
                    source,
                });
            }
        };
        let text = str::from_utf8(&bytes).map_err(|error| {
            let place = Place::at(path, &bytes, error.valid_up_to());
            ConfigProblems(vec![ConfigProblem::new(
                place,
                "the file is not UTF-8 from here on".to_owned(),
            )])
        })?;
        let mut config = Self::parse(text, path, environment)?;
        config.file = match &origin {
            Origin::File(file) => Some(file.clone()),
            Origin::Defaults => None,
        };
        Ok(Loaded { config, origin })
    }

    /// As [`Config::load`] with the text already read; `file` is for messages and relative paths.
    pub fn parse(
        text: &str,
        file: &Path,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigProblems> {
        read(text, file, environment)
    }
}
