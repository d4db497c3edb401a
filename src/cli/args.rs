//! Arguments that commands share.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::clock::Millis;

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

/// Parses a time in the format of RFC 3339.
pub(super) fn time(text: &str) -> Result<Millis, String> {
    let read = Millis::parse_rfc3339(text);
    read.ok_or_else(|| "not a time such as 2026-11-22T12:00:00Z".to_owned())
}
