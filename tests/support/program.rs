//! The real program as a child process with a folder, a port and a configuration of its own. Tests talk to it over
//! HTTP and by its commands alone.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::Value;
use tempfile::TempDir;

/// How long anything may take that the program does by itself. Only failures wait for so long.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// The program, which Cargo builds for integration tests and benchmarks; unit tests start none.
const BINARY: &str = match option_env!("CARGO_BIN_EXE_undersigned") {
    Some(path) => path,
    None => "undersigned",
};

/// The unit of times in /proc, on every Linux (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// Polls until there is an answer, for [`DEADLINE`] at most.
pub(crate) async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(begun.elapsed() < DEADLINE, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A client that follows no redirects and needs no certificates.
pub(crate) fn http() -> Client {
    let builder = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(DEADLINE);
    builder.tls_certs_only([]).build().unwrap()
}

/// A response with its whole body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// A header; empty when it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |it| it.to_str().unwrap())
    }
}

/// The output and the exit code of a command.
#[derive(Clone, Debug)]
pub(crate) struct Printed {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// Memory now, in KiB.
    pub(crate) memory: u64,
    /// The most memory so far, in KiB.
    pub(crate) peak: u64,
    /// Time on all cores.
    pub(crate) cpu: Duration,
}

/// The program, which serves the letter of this repository.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) folder: TempDir,
    child: Option<Child>,
    client: Client,
    database: String,
    settings: String,
    /// What stands in front of every path: scheme, host and port.
    pub(crate) origin: String,
    /// Where it listens, on 127.0.0.1.
    port: u16,
    /// Where this one of several servers is reached, which all have the same public name.
    entrance: Option<String>,
    /// The arguments of `serve`.
    arguments: &'static [&'static str],
    /// The command that starts it, such as `env NAME=value`; empty for none.
    wrapper: Vec<String>,
}

impl Program {
    /// Serves the letter of this repository from this database. `settings` is TOML with full keys, one a line, beside
    /// those that a test on loopback needs.
    pub(crate) async fn start(database: &str, settings: &str) -> Self {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/letter.md");
        fs::copy(source, folder.path().join("letter.md")).unwrap();
        let mut program = Self {
            folder,
            child: None,
            client: http(),
            database: database.to_owned(),
            settings: settings.to_owned(),
            origin: format!("http://127.0.0.1:{port}"),
            port,
            entrance: None,
            arguments: &[],
            wrapper: Vec::new(),
        };
        program.serve().await;
        program
    }

    /// A second server of the same letter and the same database, not yet started. A proxy would stand in front of
    /// both; here each has an entrance of its own.
    pub(crate) fn another(&self) -> Self {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let file = "letter.md";
        fs::copy(self.folder.path().join(file), folder.path().join(file)).unwrap();
        Self {
            folder,
            child: None,
            client: self.client.clone(),
            database: self.database.clone(),
            settings: self.settings.clone(),
            origin: self.origin.clone(),
            port,
            entrance: Some(format!("http://127.0.0.1:{port}")),
            arguments: &[],
            wrapper: Vec::new(),
        }
    }

    /// Where requests to this server go, and the `Host` that they ask for.
    pub(crate) fn entrance(&self) -> (&str, &str) {
        let name = self.origin.strip_prefix("http://").unwrap();
        (self.entrance.as_deref().unwrap_or(&self.origin), name)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// From the next start on, this database is used.
    pub(crate) fn use_database(&mut self, url: &str) {
        url.clone_into(&mut self.database);
    }

    /// From the next start on, `serve` has these arguments.
    pub(crate) fn serve_with(&mut self, arguments: &'static [&'static str]) {
        self.arguments = arguments;
    }

    /// From the next start on, `serve` is started by this command, which becomes the server.
    pub(crate) fn serve_under(&mut self, wrapper: &[&str]) {
        self.wrapper = wrapper.iter().map(|&word| word.to_owned()).collect();
    }

    /// From the next start on, the letter lives under this host name.
    pub(crate) fn rename_host(&mut self, name: &str) {
        self.origin = format!("http://{name}:{}", self.port);
    }

    /// From the next start on, these settings hold instead.
    pub(crate) fn set(&mut self, settings: &str) {
        settings.clone_into(&mut self.settings);
    }

    /// Starts the server and waits until it is ready.
    pub(crate) async fn serve(&mut self) {
        self.spawn();
        let ready = format!("http://127.0.0.1:{}/readyz", self.port);
        let client = self.client.clone();
        eventually("the server is ready", async || {
            self.assert_is_running();
            let answer = client.get(&ready).send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
    }

    /// Starts a server that is expected to end by itself; gives its exit code and its log.
    pub(crate) async fn serve_in_vain(&mut self) -> (Option<i32>, String) {
        self.spawn();
        let status = self.ended().await;
        (status.code(), self.log())
    }

    /// `kill -9`: no destructor runs, nothing is flushed.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Stops the server as a service manager does, and checks that it ended well.
    pub(crate) async fn stop(&mut self) {
        self.signal("-TERM");
        assert!(self.ended().await.success(), "{}", self.log());
        // A task that holds up the stop is a fault, and would make every such case slow.
        assert!(
            !self.log().contains("did not stop in time"),
            "{}",
            self.log()
        );
    }

    /// Sends the server a signal, such as `-TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.as_ref().unwrap().id().to_string();
        let told = Command::new("kill").args([name, &id]).status().unwrap();
        assert!(told.success());
    }

    /// Replaces the letter's file; only `letter publish` publishes it.
    pub(crate) fn edit_file(&self, change: impl FnOnce(String) -> String) {
        let file = self.folder.path().join("letter.md");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, change(text)).unwrap();
    }

    /// GET with this `Accept`, or without one.
    pub(crate) async fn get(&self, path: &str, accept: Option<&str>) -> Answer {
        let headers = accept.map(|it| ("accept", it));
        self.get_with(path, headers.as_slice()).await
    }

    /// GET with these headers and no others of ours.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let (entrance, name) = self.entrance();
        let mut request = self
            .client
            .request(Method::GET, format!("{entrance}{path}"));
        if self.entrance.is_some() {
            request = request.header("host", name);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        Answer {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: answer.text().await.unwrap(),
        }
    }

    /// The page that people see.
    pub(crate) async fn page(&self, path: &str) -> String {
        let answer = self.get(path, Some("text/html")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.body
    }

    /// A document that servers read.
    pub(crate) async fn document(&self, path: &str) -> Value {
        let answer = self.get(path, Some("application/activity+json")).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        answer.json()
    }

    /// `/api/v1/count.json`.
    pub(crate) async fn count(&self) -> Value {
        self.get("/api/v1/count.json", None).await.json()
    }

    /// Runs a command of the same program against the same configuration.
    pub(crate) fn command(&self, arguments: &[&str]) -> Printed {
        let mut command = self.program(&[]);
        let done = command.args(arguments).output().unwrap();
        Printed {
            code: done.status.code().unwrap(),
            stdout: String::from_utf8(done.stdout).unwrap(),
            stderr: String::from_utf8(done.stderr).unwrap(),
        }
    }

    /// Runs a command with `--json` that has to succeed, and reads what it printed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let printed = self.command(&[arguments, &["--json"]].concat());
        assert_eq!(printed.code, 0, "{arguments:?}: {}", printed.stderr);
        serde_json::from_str(&printed.stdout).unwrap()
    }

    /// The log of the server since its last start.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("serve.log")).unwrap_or_default()
    }

    /// What the server has used since its start.
    pub(crate) fn usage(&self) -> Usage {
        let folder = format!("/proc/{}", self.child.as_ref().unwrap().id());
        let status = fs::read_to_string(format!("{folder}/status")).unwrap();
        let number = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.unwrap().split_whitespace().next();
            number.unwrap().parse().unwrap()
        };
        let stat = fs::read_to_string(format!("{folder}/stat")).unwrap();
        // The command's name, in brackets, may have blanks in it.
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks = fields.split_whitespace().skip(11).take(2);
        let ticks = ticks.map(|field| field.parse::<u32>().unwrap());
        Usage {
            memory: number("VmRSS:"),
            peak: number("VmHWM:"),
            cpu: TICK * ticks.sum(),
        }
    }

    pub(crate) fn program(&self, wrapper: &[String]) -> Command {
        let config = self.folder.path().join("config.toml");
        let mut words = wrapper.iter().map(String::as_str).chain([BINARY]);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .current_dir(&self.folder)
            .arg("--config")
            .arg(config)
            .args(["--as", "test"]);
        command
    }

    /// Writes the configuration, as the next start would.
    pub(crate) fn write_config(&self) {
        fs::write(self.folder.path().join("config.toml"), self.config()).unwrap();
    }

    /// A file in the folder of the configuration.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn spawn(&mut self) {
        self.write_config();
        let log = File::create(self.folder.path().join("serve.log")).unwrap();
        let mut command = self.program(&self.wrapper);
        command
            .arg("serve")
            .args(self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    fn config(&self) -> String {
        // A case looks at once at what it did.
        let at_once = if self.settings.contains("web.render_every") {
            ""
        } else {
            "web.render_every = '0s'\n"
        };
        // Everybody in a case comes from one domain.
        let wide = if self.settings.contains("moderation.surge_") {
            ""
        } else {
            "moderation.surge_per_domain_per_hour = 100000\n\
             moderation.surge_new_domains_per_hour = 100000\n"
        };
        format!(
            "server.base_url = '{}'\n\
             server.listen = '127.0.0.1:{}'\n\
             database.url = '{}'\n\
             net.allow_addresses = ['127.0.0.0/8', '::1/128']\n\
             {wide}\
             {at_once}\
             {}\n",
            self.origin, self.port, self.database, self.settings
        )
    }

    fn assert_is_running(&mut self) {
        let ended = self
            .child
            .as_mut()
            .and_then(|child| child.try_wait().unwrap());
        if let Some(status) = ended {
            panic!("the server ended with {status}:\n{}", self.log());
        }
    }

    /// Waits until the server has ended by itself, or by a signal.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().unwrap();
        eventually("the server ends", async || child.try_wait().unwrap()).await
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("--- the server's log ---\n{}", self.log());
        }
    }
}

/// A port below those that the system hands out by itself, so that nobody takes it while a server is down.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 12_000 + u16::try_from(std::process::id() % 180).unwrap() * 100;
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::SeqCst))
        .find(is_free)
        .unwrap()
}
