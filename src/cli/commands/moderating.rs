//! Blocks, reports, and what administrators did.

use clap::{Args, Subcommand};

use crate::endorsement::blocks::Severity;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BlockCommand {
    /// Block or limit a domain with everything below it, or one actor
    Add(BlockArgs),
    /// Lift a block or limit; what it alone held comes back
    Remove {
        /// Which one: its domain, @user@host, or the actor's URL
        target: String,
    },
    /// List blocks and limits, newest first
    List,
    /// Show a block or limit, and how much it holds
    Show {
        /// Which one: its domain, @user@host, or the actor's URL
        target: String,
    },
}

/// Whom to block, and how.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct BlockArgs {
    /// A domain, @user@host of somebody known here, or an actor's URL
    #[arg(value_name = "DOMAIN|@USER@HOST")]
    pub(in crate::cli) target: String,
    /// block: take nothing and show nothing; limit: everything from there waits for a moderator
    #[arg(long, value_name = "block|limit", default_value_t = Severity::Block)]
    pub(in crate::cli) severity: Severity,
    /// What everybody may be told about it
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) public_comment: Option<String>,
    /// What administrators should know about it
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) private_comment: Option<String>,
    /// Also end the follows from there for good, and tell their servers
    #[arg(long)]
    pub(in crate::cli) cut: bool,
    /// Say what it would do, and change nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Do it, also when it hides more than 10 endorsements or silences more than 50 followers
    #[arg(long)]
    pub(in crate::cli) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ReportCommand {
    /// List the reports, open ones first
    List,
    /// Show one report with all of its text
    Show {
        /// Its number
        id: i64,
    },
    /// Mark reports as dealt with; the next one about the same thing opens them again
    Resolve {
        /// Their numbers
        #[arg(conflicts_with = "host")]
        ids: Vec<i64>,
        /// All open ones of this host
        #[arg(long, value_name = "HOST")]
        host: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AuditCommand {
    /// List what administrators did, newest first
    List {
        /// What was done to this public id, or report number
        #[arg(long, value_name = "ID")]
        target: Option<String>,
    },
}
