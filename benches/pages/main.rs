//! `cargo bench --bench pages`: how fast pages and documents are, beside how many endorsements.
//!
//! The server is the real program in a process of its own, on a seeded database (`harness::seed`), over loopback.
//! Each address is asked for after a like, so that it has to be rendered, and again, so that it is in memory. Lists for
//! administrators are read beside that. Then
//! readers with connections that are kept alive look at the letter's page while likes arrive, as on the day on which a
//! letter goes round. With `--nginx`, the same page is served beside it by nginx, as a file.
//!
//! `--quick` is a small run for a gate: it checks the counts and judges no time. `--help` tells the rest.

#![expect(clippy::print_stdout, reason = "a benchmark says what it measured")]

#[path = "../harness/mod.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest")]
mod harness;
#[path = "../inbox/people.rs"]
mod people;
#[path = "../inbox/requests.rs"]
#[expect(dead_code, reason = "nobody takes anything back here")]
mod requests;
#[path = "../../tests/support/mod.rs"]
mod support;

mod connection;
mod crowd;
mod nginx;
mod searches;

use std::{path::Path, time::Duration};

use anyhow::{Context as _, ensure};
use clap::Parser;
use undersigned::store::{Access, Store};

use self::{
    connection::{Connection, get},
    harness::{Common, FOLDER, millis, percentile, seed::n_likes},
    support::program::Program,
};

/// What browsers accept.
const HTML: &str = "text/html";
/// What other servers accept.
const ACTIVITY: &str = "application/activity+json";

/// How often each address is asked for in each way.
const SAMPLES: usize = 20;

/// The most links that are followed to a page in the middle of the list.
const MOST_LINKS: usize = 50;

/// Measures how fast pages and documents are.
#[derive(Clone, Debug, Parser)]
struct Options {
    /// Endorsements that are there before; may be given several times
    #[arg(long, default_values_t = [1000, 100_000])]
    endorsements: Vec<i64>,

    /// Readers, each with a connection that is kept alive
    #[arg(long, default_value_t = 64)]
    readers: usize,

    /// Likes that arrive each second while they read
    #[arg(long, default_value_t = 200)]
    likes: usize,

    /// How many seconds they read
    #[arg(long, default_value_t = 20)]
    seconds: usize,

    /// Compares with nginx, which serves the same page as a file; needs nginx and wrk
    #[arg(long)]
    nginx: bool,

    #[command(flatten)]
    common: Common,
}

/// One thread: the generator leaves the rest to the server.
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut options = Options::parse();
    if options.common.quick {
        options.endorsements = vec![1000];
        (options.likes, options.seconds) = (20, 2);
    }
    for endorsements in options.endorsements.clone() {
        let database = options.common.database().await?;
        measure(&options, &database.url, endorsements).await?;
    }
    Ok(())
}

/// What one run has besides its options.
struct Run {
    program: Program,
    /// Signed likes that were not sent yet.
    likes: std::vec::IntoIter<Vec<u8>>,
    /// Likes that count.
    liked: usize,
}

async fn measure(options: &Options, database: &str, endorsements: i64) -> anyhow::Result<()> {
    let mut run = prepare(options, database, endorsements).await?;
    println!("{endorsements} endorsements");
    let addresses = addresses(&run.program).await?;
    println!(
        "  {:<34} {:>9} {:>9} {:>9} {:>9}",
        "ms", "rendered", "slowest", "kept", "bytes"
    );
    for (path, accept) in &addresses {
        one_address(&mut run, path, accept).await?;
    }
    searches::measure(database).await?;
    // As it is by default: what is added waits for a second.
    run.program.stop().await;
    run.program.set(&settings("1s"));
    run.program.serve().await;
    crowd::read(&mut run, options).await?;
    if options.nginx {
        nginx::compare(&run.program, options.readers).await?;
    }
    let count = run.program.count().await;
    let liked = count.get("liked").and_then(serde_json::Value::as_u64);
    ensure!(
        liked == Some(u64::try_from(run.liked)?),
        "not every like counts: {count}"
    );
    println!("  every like counts");
    run.program.stop().await;
    Ok(())
}

/// A server on a seeded database, in which each like is news at once.
async fn prepare(options: &Options, database: &str, endorsements: i64) -> anyhow::Result<Run> {
    // The first start makes tables, keys and the letter.
    let mut program = Program::start(database, &settings("0s")).await;
    program.stop().await;
    let keys = Path::new(FOLDER).join("inbox-keys");
    let n = 6 * SAMPLES + options.likes * options.seconds;
    let people = people::people(n, &program.origin, &keys)?;
    let store = Store::open(database, 2, Access::Existing).await?;
    let begun = std::time::Instant::now();
    people::seed(&store, &people, endorsements).await?;
    store.close().await;
    println!("seeded in {:.1} s", begun.elapsed().as_secs_f64());
    let likes: Vec<_> = requests::signed(&people)?
        .into_iter()
        .map(|pair| pair.like)
        .collect();
    program.serve().await;
    Ok(Run {
        program,
        likes: likes.into_iter(),
        liked: n_likes(endorsements),
    })
}

fn settings(render_every: &str) -> String {
    format!(
        "{}\nweb.render_every = '{render_every}'",
        include_str!("../inbox.toml")
    )
}

/// The addresses to ask for, each with its `Accept`.
async fn addresses(program: &Program) -> anyhow::Result<Vec<(String, &'static str)>> {
    let mut pages = vec!["/supporters".to_owned()];
    while pages.len() <= MOST_LINKS
        && let Some(last) = pages.last()
    {
        let page = program.page(last).await;
        let next = page.split_once("rel=\"next\" href=\"");
        let Some((href, _)) = next.and_then(|(_, rest)| rest.split_once('"')) else {
            break;
        };
        pages.push(href.replace("&amp;", "&").replace("&#38;", "&"));
    }
    // Of a long list the middle is far away: then the last page that was reached.
    let is_long = pages.len() > MOST_LINKS;
    let middle = if is_long {
        pages.len() - 1
    } else {
        pages.len() / 2
    };
    let middle = pages.get(middle).context("no page")?;
    Ok([
        ("/", HTML),
        ("/supporters", HTML),
        (middle, HTML),
        ("/api/v1/count.json", HTML),
        ("/letter", ACTIVITY),
        ("/actor", ACTIVITY),
    ]
    .map(|(path, accept)| (path.to_owned(), accept))
    .to_vec())
}

/// Asks for one address after likes, and without any.
async fn one_address(run: &mut Run, path: &str, accept: &str) -> anyhow::Result<()> {
    let address = run.program.address();
    let mut connection = Connection::open(address).await?;
    let request = get(address, path, accept);
    let (mut rendered, mut kept, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..SAMPLES {
        let like = run.likes.next().context("no like is left")?;
        let taken = connection.ask(&like).await?;
        ensure!(taken.status == 202, "a like was answered {}", taken.status);
        run.liked += 1;
        let answer = connection.ask(&request).await?;
        ensure!(
            answer.status == 200,
            "{path} was answered {}",
            answer.status
        );
        rendered.push(answer.took);
        bytes = answer.bytes;
    }
    for _ in 0..5 * SAMPLES {
        let answer = connection.ask(&request).await?;
        ensure!(
            answer.status == 200,
            "{path} was answered {}",
            answer.status
        );
        kept.push(answer.took);
    }
    println!(
        "  {path:<34} {:>9} {:>9} {:>9} {bytes:>9}",
        p(&mut rendered, 50),
        p(&mut rendered, 100),
        p(&mut kept, 50)
    );
    Ok(())
}

/// What so many per cent stay within, in milliseconds.
fn p(times: &mut [Duration], percent: usize) -> String {
    times.sort_unstable();
    millis(percentile(times, percent))
}
