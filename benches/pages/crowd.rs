//! Many readers, while likes arrive.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::ensure;
use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};

use super::{
    HTML, Options, Run,
    connection::{Connection, get},
    p,
};

/// Connections of the servers that deliver likes.
const DELIVERING: usize = 8;

/// Lets everybody read the letter's page for a while, and says how that went for them and for the inbox.
pub(crate) async fn read(run: &mut Run, options: &Options) -> anyhow::Result<()> {
    let address = run.program.address();
    let seconds = Duration::from_secs(u64::try_from(options.seconds)?);
    let before = run.program.usage();
    let mut reading = JoinSet::new();
    for _ in 0..options.readers {
        reading.spawn(one_reader(address, seconds));
    }
    let mut delivering = JoinSet::new();
    let every =
        Duration::from_secs(1) * u32::try_from(DELIVERING)? / u32::try_from(options.likes.max(1))?;
    let n = options.likes * options.seconds / DELIVERING;
    for _ in 0..DELIVERING {
        let likes: Vec<_> = run.likes.by_ref().take(n).collect();
        run.liked += likes.len();
        delivering.spawn(deliver(address, likes, every));
    }
    let (mut pages, mut likes) = (Vec::new(), Vec::new());
    while let Some(done) = reading.join_next().await {
        pages.extend(done??);
    }
    while let Some(done) = delivering.join_next().await {
        likes.extend(done??);
    }
    let after = run.program.usage();
    let rate = f64::from(u32::try_from(pages.len())?) / seconds.as_secs_f64();
    println!(
        "  {} readers: {rate:.0} pages/s; p50 {} p99 {} max {} ms",
        options.readers,
        p(&mut pages, 50),
        p(&mut pages, 99),
        p(&mut pages, 100)
    );
    println!(
        "  {} likes/s meanwhile: p50 {} p99 {} max {} ms",
        options.likes,
        p(&mut likes, 50),
        p(&mut likes, 99),
        p(&mut likes, 100)
    );
    println!(
        "  the server: {:.1} s of processor in {} s; memory {} MiB, at most {} MiB",
        after.cpu.saturating_sub(before.cpu).as_secs_f64(),
        options.seconds,
        after.memory / 1024,
        after.peak / 1024
    );
    Ok(())
}

/// One reader; returns how long each page took.
async fn one_reader(address: SocketAddr, seconds: Duration) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let request = get(address, "/", HTML);
    let begun = Instant::now();
    let mut times = Vec::new();
    while begun.elapsed() < seconds {
        let answer = connection.ask(&request).await?;
        ensure!(
            answer.status == 200,
            "the page was answered {}",
            answer.status
        );
        times.push(answer.took);
    }
    Ok(times)
}

/// Delivers likes at a steady rate; returns how long each took.
async fn deliver(
    address: SocketAddr,
    likes: Vec<Vec<u8>>,
    every: Duration,
) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut times = Vec::new();
    for like in likes {
        ticks.tick().await;
        let answer = connection.ask(&like).await?;
        ensure!(
            answer.status == 202,
            "a like was answered {}",
            answer.status
        );
        times.push(answer.took);
    }
    Ok(times)
}
