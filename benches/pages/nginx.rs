//! The same page served by nginx as a file, and by the program from memory, each asked by `wrk`.

use std::{fs, net::SocketAddr, process::Command};

use anyhow::{Context as _, ensure};

use super::{
    HTML,
    harness::nginx::{Nginx, is_installed},
    support::program::Program,
};

/// Prints the requests a second of both; says so when nginx or wrk is not installed.
pub(crate) async fn compare(program: &Program, connections: usize) -> anyhow::Result<()> {
    if !is_installed("nginx") || !is_installed("wrk") {
        println!("  nginx or wrk is not installed: nothing to compare with");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("index.html"), program.page("/").await)?;
    let http = "sendfile on; types { text/html html; }";
    let server = format!("root {};", folder.path().display());
    let nginx = Nginx::start(folder.path(), http, &server).await?;
    let theirs = requests_a_second(nginx.address, connections)?;
    let ours = requests_a_second(program.address(), connections)?;
    println!(
        "  wrk, {connections} connections: {ours:.0} pages/s; nginx {theirs:.0}; that is {:.2} of it",
        ours / theirs
    );
    Ok(())
}

/// What `wrk` counts in five seconds.
fn requests_a_second(address: SocketAddr, connections: usize) -> anyhow::Result<f64> {
    let connections = connections.to_string();
    let done = Command::new("wrk")
        .args(["-t", "1", "-d", "5s", "-c", &connections, "-H"])
        .arg(format!("Accept: {HTML}"))
        .arg(format!("http://{address}/"))
        .output()?;
    let printed = String::from_utf8(done.stdout)?;
    ensure!(
        done.status.success() && !printed.contains("Non-2xx"),
        "wrk failed: {printed}"
    );
    let line = printed
        .lines()
        .find_map(|line| line.strip_prefix("Requests/sec:"));
    Ok(line.context("wrk printed no rate")?.trim().parse()?)
}
