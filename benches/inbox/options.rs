//! What is measured, and on which database.

use clap::Parser;

/// Measures how many likes and undos of known actors the inbox takes each second.
#[derive(Clone, Debug, Parser)]
pub(crate) struct Options {
    /// Known actors; each likes once, then takes it back
    #[arg(long, default_value_t = 80_000)]
    pub(crate) actors: usize,

    /// Endorsements of other actors that are there before
    #[arg(long, default_value_t = 1000)]
    pub(crate) endorsements: usize,

    /// Connections, each with one request under way
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,

    /// An empty database by its URL, in place of a SQLite file of its own
    #[arg(long, value_name = "URL", conflicts_with = "postgres")]
    pub(crate) database: Option<String>,

    /// A database of its own on the server that `TEST_POSTGRES_URL` names, see .ci/postgres
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
            options.actors = 2000;
        }
        options
    }
}
