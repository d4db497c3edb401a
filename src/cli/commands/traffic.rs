//! Who follows, what waits to be sent, and what was delivered.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum FollowerCommand {
    /// List the followers, newest first
    List,
    /// Print how many there are
    Count,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum QueueCommand {
    /// Print how much is queued, and what became of the rest in the last 30 days
    Stats,
    /// List what was not delivered: what waits, then what was refused or given up, with the last answer
    List(QueueListArgs),
    /// Try at once what waits for a server, or for all; its failures are forgotten
    Retry {
        /// The server, as `queue list` shows it [default: all]
        host: Option<String>,
    },
    /// Give up what waits for a server, for good
    Drop {
        /// The server, as `queue list` shows it
        host: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

/// Which deliveries.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct QueueListArgs {
    /// Those to this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) host: Option<String>,
    /// The most to list
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    pub(in crate::cli) limit: i64,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum InboxCommand {
    /// List the last deliveries and what came of them, newest first: "did it arrive?"
    Log(InboxLogArgs),
}

/// Which deliveries: all conditions that are given have to hold.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct InboxLogArgs {
    /// Those from this host; * stands for anything
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) host: Option<String>,
    /// Those of this type, such as Create or Like
    #[arg(long = "type", value_name = "TYPE")]
    pub(in crate::cli) kind: Option<String>,
    /// Those that ended so: taken, nothing (no effect), duplicate, unverified, refused, later
    #[arg(long, value_name = "OUTCOME")]
    pub(in crate::cli) result: Option<crate::store::InboxLogOutcome>,
    /// The most to list
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    pub(in crate::cli) limit: i64,
}
