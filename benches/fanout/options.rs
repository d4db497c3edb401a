//! What is measured, and on which database.

use clap::Parser;

/// Measures how fast one publication reaches many inboxes.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// Hosts that take deliveries, a twentieth more that fail and as many that are dead
    #[arg(long, default_value_t = 450)]
    pub(crate) hosts: usize,

    /// Inboxes on each host
    #[arg(long, default_value_t = 10)]
    pub(crate) inboxes: usize,

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

impl Options {
    /// The options of the command line.
    pub(crate) fn read() -> Self {
        let mut options = Self::parse();
        if options.quick {
            options.hosts = 36;
            options.inboxes = 5;
        }
        options
    }
}
