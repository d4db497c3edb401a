//! Arguments that commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(super) struct Global {
    /// The configuration file; a default `config.toml` may be missing
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Print JSON, one array or one object
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Say nothing on stderr but errors
    #[arg(long, global = true)]
    pub(super) quiet: bool,
    /// Who decides, for the audit [default: the system user]
    #[arg(
        long = "as",
        global = true,
        value_name = "NAME",
        env = "UNDERSIGNED_OPERATOR"
    )]
    pub(super) operator: Option<String>,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// Show tables with all columns and whole cells, however wide the terminal is
    #[arg(long, global = true)]
    pub(super) wide: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How much of a list is shown.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Limit {
    /// The most to list; 0 lists all
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: u32,
}

impl Limit {
    /// The most to list.
    pub(super) fn most(self) -> i64 {
        if self.limit == 0 {
            i64::MAX
        } else {
            self.limit.into()
        }
    }
}
