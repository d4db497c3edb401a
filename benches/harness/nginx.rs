//! nginx from the system's packages, as long as a comparison or a scene lasts.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::Context as _;
use tokio::net::TcpStream;

/// nginx, which ends with this value.
#[derive(Debug)]
pub(crate) struct Nginx {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Asked to stop: its workers would outlive it if it were killed.
        let id = self.child.id().to_string();
        Command::new("kill").arg(id).status().ok();
        self.child.wait().ok();
    }
}

/// Whether a program is installed.
pub(crate) fn is_installed(name: &str) -> bool {
    Command::new(name).arg("-v").output().is_ok()
}

impl Nginx {
    /// Starts it in a folder of its own, where it listens on loopback. `http` is what `server` blocks need beside them, and
    /// `server` what the one server does; relative names of files there are looked for in the folder.
    pub(crate) async fn start(folder: &Path, http: &str, server: &str) -> anyhow::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let tls = if server.contains("ssl_certificate") {
            " ssl"
        } else {
            ""
        };
        let configuration = format!(
            "daemon off; worker_processes auto; pid nginx.pid; error_log stderr crit;
             events {{ worker_connections 1024; }}
             http {{ access_log off; keepalive_requests 100000000; tcp_nodelay on;
                    {http}
                    server {{ listen {address}{tls}; {server} }} }}"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration)?;
        // Its workers read files as another user.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
        let child = Command::new("nginx")
            .arg("-p")
            .arg(folder)
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .spawn()
            .context("nginx does not start")?;
        let nginx = Self { child, address };
        for _ in 0..100 {
            if TcpStream::connect(address).await.is_ok() {
                return Ok(nginx);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("nginx does not answer")
    }
}
