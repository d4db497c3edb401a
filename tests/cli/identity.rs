//! One key for each letter: who makes it, who refuses to, and what becomes of an earlier one.

use std::{
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    },
};

use super::{BINARY, folder, json, run, undersigned};
use crate::support::{database, program::eventually, terminal::Terminal};

const DOMAIN: [&str; 5] = [
    "init",
    "--domain",
    "letter.invalid",
    "--contact",
    "Ada <ada@letter.invalid>",
];

fn file_of(folder: &TempDir) -> PathBuf {
    folder.path().join("data/undersigned.db")
}

/// Lets the letter of this folder listen on a port that the system chooses.
fn listen_anywhere(folder: &TempDir) {
    let file = folder.path().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, text.replace("127.0.0.1:8080", "127.0.0.1:0")).unwrap();
}

/// A server in this folder, which ends with it.
struct Server(std::process::Child);

impl Server {
    async fn start(folder: &TempDir, arguments: &[&str]) -> Self {
        let log = folder.path().join("serve.log");
        let file = std::fs::File::create(&log).unwrap();
        let child = std::process::Command::new(BINARY)
            .env_clear()
            .current_dir(folder.path())
            .arg("serve")
            .args(arguments)
            .stdin(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        let server = Self(child);
        eventually("the server serves", async || {
            let log = std::fs::read_to_string(&log).unwrap();
            log.contains("serving").then_some(())
        })
        .await;
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// The public key that a database has.
async fn key(file: &Path) -> Vec<u8> {
    let url = format!("sqlite://{}", file.display());
    let access = undersigned::store::Access::ReadOnly;
    let store = undersigned::store::Store::open(&url, 1, access)
        .await
        .unwrap();
    let mut tx = store.read().await.unwrap();
    let key = tx.own_key("letter").await.unwrap().unwrap().pkcs8;
    drop(tx);
    store.close().await;
    key
}

#[tokio::test]
async fn off_localhost_serve_makes_no_identity() {
    let folder = folder();
    let (code, answer, talk) = run(&folder, &DOMAIN);
    assert_eq!(code, 0, "{talk}");
    assert!(
        answer.contains("@letter@letter.invalid is ready")
            && answer.contains("a draft until `undersigned letter launch`"),
        "{answer}"
    );
    let config = std::fs::read_to_string(folder.path().join("config.toml")).unwrap();
    assert!(config.contains("\nlaunch = \"manual\""), "{config}");
    listen_anywhere(&folder);
    let first = key(&file_of(&folder)).await;
    drop(Server::start(&folder, &[]).await);
    assert_eq!(key(&file_of(&folder)).await, first);

    // Lost, empty, or without a letter in it.
    let file = file_of(&folder);
    let refused = || {
        let (code, _, talk) = run(&folder, &["serve"]);
        assert_eq!(code, 1, "{talk}");
        for said in [
            "`undersigned init`",
            "`undersigned backup restore FILE`",
            "undersigned.db",
        ] {
            assert!(talk.contains(said), "{said}: {talk}");
        }
    };
    std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    refused();
    assert!(!file.parent().unwrap().exists(), "nothing was made");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "").unwrap();
    refused();
    std::fs::remove_file(&file).unwrap();
    let url = format!("sqlite://{}", file.display());
    let access = undersigned::store::Access::Create;
    let tables = undersigned::store::Store::open(&url, 1, access)
        .await
        .unwrap();
    tables.close().await;
    refused();
    let store = undersigned::store::Store::open(&url, 1, access)
        .await
        .unwrap();
    let identity = store.read().await.unwrap().identity().await.unwrap();
    assert_eq!(identity, None);
    store.close().await;
    // What it names helps.
    assert_eq!(run(&folder, &["init"]).0, 0);
    drop(Server::start(&folder, &[]).await);
}

#[tokio::test]
async fn on_postgres_serve_makes_no_identity_either() {
    let Some((_database, url)) = database::postgres().await else {
        return;
    };
    let folder = folder();
    let config = format!(
        "server.base_url = 'https://letter.invalid'\nserver.listen = '127.0.0.1:0'\n\
         actor.contact = 'Ada <ada@letter.invalid>'\ndatabase.url = '{url}'\n"
    );
    std::fs::write(folder.path().join("config.toml"), config).unwrap();
    let (code, _, talk) = run(&folder, &["serve"]);
    assert_eq!(code, 1, "{talk}");
    assert!(talk.contains("`undersigned init`"), "{talk}");
    let (code, _, talk) = run(&folder, &["init"]);
    assert_eq!(code, 0, "{talk}");
    let (code, _, talk) = run(&folder, &["init", "--replace", "--yes"]);
    assert_eq!(code, 4, "{talk}");
    assert!(talk.contains("empty database"), "{talk}");
    drop(Server::start(&folder, &[]).await);
}

#[tokio::test]
async fn another_domain_starts_afresh_only_when_it_is_asked_for() {
    let folder = folder();
    assert_eq!(run(&folder, &DOMAIN).0, 0);
    listen_anywhere(&folder);
    let first = key(&file_of(&folder)).await;
    let file = folder.path().join("config.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    // Nobody follows yet, and all the same the key is not given up: neither for another domain nor on localhost.
    for url in ["https://other.invalid", "http://localhost:8080"] {
        let other = text.replace("https://letter.invalid", url);
        std::fs::write(&file, other).unwrap();
        for command in [&["serve"][..], &["init"]] {
            let (code, _, talk) = run(&folder, command);
            assert_eq!(code, 1, "{url} {command:?}: {talk}");
            assert!(
                talk.contains("https://letter.invalid as @letter")
                    && talk.contains("init --replace"),
                "{talk}"
            );
        }
        assert_eq!(key(&file_of(&folder)).await, first);
    }
}

#[tokio::test]
async fn replacing_an_identity_is_asked_for_by_its_domain_and_loses_no_file() {
    let folder = folder();
    assert_eq!(run(&folder, &DOMAIN).0, 0);
    listen_anywhere(&folder);
    assert_eq!(run(&folder, &["letter", "launch", "--yes"]).0, 0);
    let first = key(&file_of(&folder)).await;

    let (code, _, talk) = run(&folder, &["init", "--replace"]);
    assert_eq!(code, 2, "{talk}");
    for said in [
        "https://letter.invalid as @letter",
        "0 followers, 0 signatures and likes and 1 published text",
    ] {
        assert!(talk.contains(said), "{talk}");
    }
    let server = Server::start(&folder, &[]).await;
    let (code, _, talk) = run(&folder, &["init", "--replace", "--yes"]);
    assert_eq!(code, 1, "{talk}");
    assert!(talk.contains("another server runs"), "{talk}");
    // Looking on is no second server.
    let looking = TempDir::new().unwrap();
    std::fs::copy(
        folder.path().join("config.toml"),
        looking.path().join("config.toml"),
    )
    .unwrap();
    std::os::unix::fs::symlink(folder.path().join("data"), looking.path().join("data")).unwrap();
    let (code, _, talk) = run(&looking, &["serve"]);
    assert_eq!(code, 1, "{talk}");
    assert!(talk.contains("another server runs"), "{talk}");
    drop(Server::start(&looking, &["--read-only"]).await);
    drop(server);
    assert_eq!(key(&file_of(&folder)).await, first);

    let replace = |typed: &'static str| {
        let mut command = std::process::Command::new(BINARY);
        command
            .env_clear()
            .current_dir(folder.path())
            .args(["init", "--replace"]);
        let mut terminal = Terminal::start(command, 80);
        async move {
            terminal.shows("Type letter.invalid").await;
            terminal.press(typed);
            terminal.finish()
        }
    };
    assert_eq!(replace("letter\n").await.0, 2);
    assert_eq!(key(&file_of(&folder)).await, first);
    let (code, lines) = replace("letter.invalid\n").await;
    assert_eq!(code, 0, "{lines:#?}");
    assert_ne!(key(&file_of(&folder)).await, first);
    let old: Vec<_> = std::fs::read_dir(folder.path().join("data"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".old-2"))
        .filter(|path| !path.to_string_lossy().ends_with("-wal"))
        .filter(|path| !path.to_string_lossy().ends_with("-shm"))
        .collect();
    assert_eq!(old.len(), 1, "{old:?}");
    assert_eq!(key(&old[0]).await, first);
    // The old letter is all there.
    let config = format!("database.url = 'sqlite://{}'\n", old[0].display());
    std::fs::write(folder.path().join("old.toml"), config).unwrap();
    let letter = json(
        &folder,
        &["--config", "old.toml", "letter", "show", "--json"],
    );
    assert_eq!(letter["number"], 1);
    assert_eq!(
        json(&folder, &["status", "--json"])["letter"]["state"],
        "draft"
    );
}

#[test]
fn a_letter_that_others_can_reach_needs_somebody_who_answers() {
    let folder = folder();
    let (code, _, talk) = run(&folder, &["init", "--domain", "letter.invalid"]);
    assert_eq!(code, 2, "{talk}");
    assert!(talk.contains("--contact"), "{talk}");
    let (code, _, talk) = run(
        &folder,
        &[&DOMAIN[..], &["--letter", "nothing.md"]].concat(),
    );
    assert_eq!(code, 1, "{talk}");
    assert!(talk.contains("nothing.md"), "{talk}");
    assert!(!folder.path().join("config.toml").exists());
    // What the environment says is not missing.
    let mut command = undersigned(&folder, &["init"]);
    let output = command
        .env("UNDERSIGNED__SERVER__BASE_URL", "https://letter.invalid")
        .env("UNDERSIGNED__ACTOR__CONTACT", "Ada <ada@letter.invalid>")
        .output()
        .unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(
        answer.contains("@letter@letter.invalid is ready"),
        "{answer}"
    );
}

#[tokio::test]
async fn at_a_terminal_init_asks_until_the_answers_are_right() {
    let folder = folder();
    std::fs::create_dir(folder.path().join("texts")).unwrap();
    std::fs::rename(
        folder.path().join("letter.md"),
        folder.path().join("texts/brief.md"),
    )
    .unwrap();
    let mut command = std::process::Command::new(BINARY);
    command
        .env_clear()
        .current_dir(folder.path())
        .args(["init", "--username", "brief"]);
    let mut terminal = Terminal::start(command, 100);
    for (question, typed) in [
        ("Domain of the letter", "letter domain\n"),
        ("is not an absolute URL", "letter.invalid\n"),
        ("Who answers for it", "\n"),
        ("Who answers for it", "Ada\n"),
        ("actor.contact", "Ada <ada@letter.invalid>\n"),
        ("An addressee", "ACME, Inc.\n"),
        ("An addressee", "\n"),
        ("File of the letter", "letter.md\n"),
        ("cannot read letter.md", "texts/brief.md\n"),
    ] {
        terminal.shows(question).await;
        terminal.clear();
        terminal.press(typed);
    }
    let (code, lines) = terminal.finish();
    assert_eq!(code, 0, "{lines:#?}");
    assert!(
        lines.concat().contains("@brief@letter.invalid is ready"),
        "{lines:#?}"
    );
    let config = json(&folder, &["config", "show", "--json"]);
    assert_eq!(config["server"]["base_url"], "https://letter.invalid");
    assert_eq!(config["actor"]["contact"], "Ada <ada@letter.invalid>");
    assert_eq!(config["letter"]["file"], "texts/brief.md");
    assert_eq!(config["moderation"]["watch_names"][0], "ACME, Inc.");
    assert_eq!(run(&folder, &["letter", "launch", "--yes"]).0, 0);
    // What is there is kept, and nothing is asked.
    let mut command = std::process::Command::new(BINARY);
    command.env_clear().current_dir(folder.path()).arg("init");
    let (code, lines) = Terminal::start(command, 100).finish();
    assert_eq!(code, 0, "{lines:#?}");
    assert!(lines.concat().contains("is there already"), "{lines:#?}");
}

/// Changes the owner of a file or folder and all in it; false for whoever may not do that.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn give_to(path: &Path, owner: u32) -> bool {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root can give files to another user");
        return false;
    }
    for entry in std::fs::read_dir(path).unwrap() {
        chown(entry.unwrap().path(), Some(owner), Some(owner)).unwrap();
    }
    chown(path, Some(owner), Some(owner)).unwrap();
    true
}

#[test]
fn root_writes_to_no_database_of_another_user() {
    const DAEMON: u32 = 1;
    let folder = folder();
    assert_eq!(run(&folder, &DOMAIN).0, 0);
    assert_eq!(run(&folder, &["letter", "launch", "--yes"]).0, 0);
    let data = folder.path().join("data");
    if !give_to(&data, DAEMON) {
        return;
    }
    for arguments in [
        &["letter", "pause"][..],
        &["serve"],
        &["init"],
        &["init", "--replace", "--yes"],
        &["db", "migrate"],
        &[
            "endorsement",
            "reject",
            "--host",
            "m.example",
            "--reason",
            "it's spam",
            "--apply",
        ],
    ] {
        let (code, _, talk) = run(&folder, arguments);
        if arguments.contains(&"reject") {
            // Nothing fits, so nothing is written.
            assert_eq!(code, 0, "{talk}");
            continue;
        }
        assert_eq!(code, 1, "{arguments:?}: {talk}");
        let line = format!("sudo -u daemon {BINARY} {}", arguments.join(" "));
        assert!(
            talk.contains("belongs to another user") && talk.contains(&line),
            "{talk}"
        );
    }
    // Looking is allowed, and leaves nothing behind that is root's.
    assert_eq!(
        json(&folder, &["status", "--json"])["letter"]["state"],
        "open"
    );
    assert_eq!(run(&folder, &["letter", "versions"]).0, 0);
    for entry in std::fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().uid(), DAEMON, "{entry:?}");
    }
    // A database that is made there would be root's, in a folder that is not there yet, too.
    for to in ["data/copy.db", "data/new/copy.db"] {
        let url = format!("sqlite://{to}");
        let (code, _, talk) = run(&folder, &["db", "copy", "--to", &url]);
        assert_eq!(code, 1, "{talk}");
        assert!(
            talk.contains("data belongs to another user") && talk.contains("sudo -u daemon"),
            "{talk}"
        );
        assert!(!folder.path().join(to).exists(), "{to}");
    }
    assert!(!data.join("new").exists());
    // A new letter in somebody else's folder would be root's.
    let other = super::folder();
    assert!(give_to(other.path(), DAEMON));
    let (code, _, talk) = run(&other, &DOMAIN);
    assert_eq!(code, 1, "{talk}");
    assert!(talk.contains("sudo -u daemon"), "{talk}");
    assert!(!other.path().join("config.toml").exists());
}

#[test]
fn root_restores_nothing_into_a_folder_of_another_user() {
    const DAEMON: u32 = 1;
    let folder = folder();
    assert_eq!(run(&folder, &["init"]).0, 0);
    assert_eq!(run(&folder, &["backup", "create", "one.tar.gz"]).0, 0);
    let archive = folder.path().join("one.tar.gz").display().to_string();
    let refused = |folder: &TempDir, of: &str| {
        let (code, answer, talk) = run(folder, &["backup", "restore", &archive]);
        assert_eq!((code, answer.as_str()), (1, ""), "{talk}");
        let line = format!("sudo -u daemon {BINARY} backup restore {archive}");
        assert!(
            talk.contains(&format!("{of} belongs to another user")) && talk.contains(&line),
            "{talk}"
        );
    };
    let theirs = TempDir::new().unwrap();
    if !give_to(theirs.path(), DAEMON) {
        return;
    }
    refused(&theirs, ".");
    assert_eq!(std::fs::read_dir(theirs.path()).unwrap().count(), 0);
    // The configuration's folder is root's, and that of its database is not.
    let ours = TempDir::new().unwrap();
    let data = ours.path().join("data");
    std::fs::create_dir(&data).unwrap();
    assert!(give_to(&data, DAEMON));
    refused(&ours, "data");
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(ours.path()).unwrap().count(), 1);
}

#[test]
fn what_is_wrong_with_a_file_is_one_sentence() {
    let folder = folder();
    let (code, _, talk) = run(&folder, &["init"]);
    assert_eq!(code, 0, "{talk}");
    let file = file_of(&folder);
    std::fs::write(&file, "Dear diary, ".repeat(1000)).unwrap();
    for suffix in ["-wal", "-shm"] {
        std::fs::remove_file(format!("{}{suffix}", file.display())).ok();
    }
    let (code, _, talk) = run(&folder, &["--quiet", "status"]);
    assert_eq!(
        (code, talk.as_str()),
        (
            1,
            "error: cannot open the database at data/undersigned.db: the file is no SQLite database; look at \
             database.url\n"
        )
    );
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let (code, _, talk) = run(&folder, &["--quiet", "status"]);
    assert_eq!(code, 1);
    assert_eq!(talk.matches("open").count(), 1, "{talk}");
    assert!(!talk.contains("code:"), "{talk}");
}

#[test]
fn the_version_names_commit_and_source() {
    let folder = folder();
    let (code, answer, _) = run(&folder, &["--version"]);
    assert_eq!(code, 0);
    let lines: Vec<_> = answer.lines().collect();
    assert_eq!(lines[0], concat!("undersigned ", env!("CARGO_PKG_VERSION")));
    assert!(
        lines[1].starts_with("commit: ") && lines[2].starts_with("source: "),
        "{answer}"
    );
}

#[test]
fn shells_and_man_know_every_command() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, talk) = run(&folder, &["completion", shell]);
        assert_eq!(code, 0, "{talk}");
        for word in ["endorsement", "rotate-key", "compromised"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    assert_eq!(run(&folder, &["completion", "csh"]).0, 2);
    let (code, page, _) = run(&folder, &["man"]);
    assert_eq!(code, 0);
    assert!(
        page.contains(".TH undersigned") && page.contains("endorsement"),
        "{page}"
    );
    assert_eq!(run(&folder, &["man", "--to", "nowhere"]).0, 2);
    let (code, _, talk) = run(&folder, &["man", "--to", "."]);
    assert_eq!(code, 0, "{talk}");
    let page = folder.path().join("undersigned-letter-publish.1");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(r"\-\-tell"), "{page}");
}

/// A certificate for `::ffff:127.0.0.1` with its key, and the authority that signed it. To the program that address is
/// not localhost, and all the same nothing leaves this machine.
const CERTIFICATE: &[u8] = include_bytes!("testdata/mapped.pem");
const AUTHORITY: &str = include_str!("testdata/mapped-ca.pem");

/// Answers every request with the actor of this address, over TLS; gives the port.
fn actor_over_tls() -> u16 {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            CertificateDer::pem_slice_iter(CERTIFICATE)
                .collect::<Result<_, _>>()
                .unwrap(),
            PrivateKeyDer::from_pem_slice(CERTIFICATE).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut request = [0; 4096];
            let Ok(_) = stream.read(&mut request).await else {
                continue;
            };
            let actor = format!(
                r#"{{"id":"https://[::ffff:7f00:1]:{port}/actor","type":"Service","publicKey":{{"publicKeyPem":"…"}}}}"#
            );
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: {}\r\n\
                 Connection: close\r\n\r\n{actor}",
                actor.len()
            );
            stream.write_all(answer.as_bytes()).await.ok();
            stream.shutdown().await.ok();
        }
    });
    port
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_answers_gets_no_second_key() {
    let folder = folder();
    let port = actor_over_tls();
    std::fs::write(folder.path().join("ca.pem"), AUTHORITY).unwrap();
    let config = format!(
        "server.base_url = 'https://[::ffff:127.0.0.1]:{port}'\nserver.listen = '127.0.0.1:0'\n\
         actor.contact = 'Ada <ada@letter.invalid>'\nnet.ca_file = 'ca.pem'\nnet.allow_addresses = ['127.0.0.0/8']\n"
    );
    let file = folder.path().join("config.toml");
    std::fs::write(&file, &config).unwrap();
    let (code, _, talk) = run(&folder, &["init"]);
    assert_eq!(code, 4, "{talk}");
    assert!(
        talk.contains("answers at https://[::ffff:7f00:1]") && talk.contains("backup restore"),
        "{talk}"
    );
    assert!(!file_of(&folder).exists(), "no key was made");
    // It was given up on purpose.
    let (code, _, talk) = run(&folder, &["init", "--replace", "--yes"]);
    assert_eq!(code, 0, "{talk}");
    let first = key(&file_of(&folder)).await;
    // This database has the key that it is asked for.
    assert_eq!(run(&folder, &["init"]).0, 0);
    assert_eq!(key(&file_of(&folder)).await, first);
}
