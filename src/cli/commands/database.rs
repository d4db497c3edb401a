//! The database itself.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DbCommand {
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
pub(in crate::cli) struct CopyArgs {
    /// The other database, written as `database.url` is: a file, or a server with user and name. Others on this
    /// machine can read arguments; the variable is the place for a password
    #[arg(
        long,
        value_name = "URL",
        env = "UNDERSIGNED_COPY_TO",
        hide_env_values = true
    )]
    pub(in crate::cli) to: String,
}
