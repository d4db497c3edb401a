//! The same page served by nginx as a file, and by the program from memory, each asked by `wrk`.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use tokio::net::TcpStream;

use super::{HTML, support::program::Program};

/// nginx, which ends with this value.
struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        // Asked to stop: its workers would outlive it if it were killed.
        let id = self.0.id().to_string();
        Command::new("kill").arg(id).status().ok();
        self.0.wait().ok();
    }
}

/// Prints the requests a second of both; says so when nginx or wrk is not installed.
pub(crate) async fn compare(program: &Program, connections: usize) -> anyhow::Result<()> {
    let is_there = |name| Command::new(name).arg("-v").output().is_ok();
    if !is_there("nginx") || !is_there("wrk") {
        println!("  nginx or wrk is not installed: nothing to compare with");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("index.html"), program.page("/").await)?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let _nginx = start(folder.path(), address).await?;
    let theirs = requests_a_second(address, connections)?;
    let ours = requests_a_second(program.address(), connections)?;
    println!(
        "  wrk, {connections} connections: {ours:.0} pages/s; nginx {theirs:.0}; that is {:.2} of it",
        ours / theirs
    );
    Ok(())
}

async fn start(folder: &Path, address: SocketAddr) -> anyhow::Result<Nginx> {
    let configuration = format!(
        "daemon off; worker_processes auto; pid nginx.pid; error_log stderr crit;
         events {{ worker_connections 1024; }}
         http {{ access_log off; keepalive_requests 100000000; sendfile on; tcp_nodelay on;
                types {{ text/html html; }}
                server {{ listen {address}; root {}; }} }}",
        folder.display()
    );
    let file = folder.join("nginx.conf");
    fs::write(&file, configuration)?;
    // Its workers read the page as another user.
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let child = Command::new("nginx")
        .arg("-p")
        .arg(folder)
        .arg("-c")
        .arg(&file)
        .stdout(Stdio::null())
        .spawn()
        .context("nginx does not start")?;
    let nginx = Nginx(child);
    for _ in 0..100 {
        if TcpStream::connect(address).await.is_ok() {
            return Ok(nginx);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("nginx does not answer")
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
