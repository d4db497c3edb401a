//! How large the letter is, and on which database.

use clap::Parser;

use crate::harness::Common;

/// Measures what the database allows: how long it takes to queue one publication for all followers, and how many
/// deliveries a second can be handed out and settled. Nothing is sent; answers are made up.
#[derive(Clone, Copy, Debug, Parser)]
pub(crate) struct Options {
    /// Hosts, each with a shared inbox
    #[arg(long, default_value_t = 30_000)]
    pub(crate) hosts: i64,

    /// Followers, spread evenly over the hosts; at least one on each
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) followers: i64,

    /// Workers at once
    #[arg(long, default_value_t = 1)]
    pub(crate) workers: usize,

    /// Hosts that one worker takes at once: `delivery.workers`
    #[arg(long, default_value_t = 64)]
    pub(crate) at_once: i64,

    /// Of a hundred hosts, so many never take anything
    #[arg(long, default_value_t = 5)]
    pub(crate) dead: i64,

    #[command(flatten)]
    pub(crate) common: Common,
}

impl Options {
    /// The options of the command line.
    pub(crate) fn read() -> Self {
        let mut options = Self::parse();
        if options.common.quick {
            (options.hosts, options.followers) = (300, 2000);
        }
        options.followers = options.followers.max(options.hosts);
        options
    }
}
