//! `doctor` in front of a real server behind a real proxy: green when all is well, and each fault by its name.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt as _};

use serde_json::Value;
use undersigned::store::{Access, Store};

use crate::{
    both::on_both_databases,
    support::{
        program::{Printed, Program, eventually},
        sql,
        tls_proxy::{Fault, TlsProxy},
    },
};

on_both_databases!(
    doctor_is_green_and_finds_each_fault_of_the_proxy,
    doctor_is_green_on_a_draft,
    doctor_finds_each_fault_of_the_machine,
);

/// What a check said: state, message and hint.
type Said = BTreeMap<String, (String, String)>;

fn read(printed: &Printed) -> Said {
    let list: Vec<Value> = serde_json::from_str(&printed.stdout)
        .unwrap_or_else(|_| panic!("{} {}", printed.stdout, printed.stderr));
    let found = list.iter().map(|found| {
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        let said = format!("{} | {}", text("message"), text("hint"));
        (text("check"), (text("state"), said))
    });
    found.collect()
}

fn doctor(letter: &Program) -> (i32, Said) {
    let printed = letter.command(&["doctor", "--json"]);
    (printed.code, read(&printed))
}

/// Runs it, and holds what this check says against the state.
#[track_caller]
fn finds(letter: &Program, check: &str, state: &str, about: &str) -> Said {
    let (code, said) = doctor(letter);
    assert_eq!(said[check].0, state, "{about}: {said:#?}");
    assert_eq!(code, i32::from(state == "fail"), "{about}: {said:#?}");
    said
}

/// Nothing is wrong; what does not apply is skipped.
#[track_caller]
fn is_green(letter: &Program, skipped: &[&str]) {
    let (code, said) = doctor(letter);
    for (check, (state, words)) in &said {
        let expected = if skipped.contains(&check.as_str()) {
            "skipped"
        } else {
            "ok"
        };
        assert_eq!(state, expected, "{check}: {words}");
    }
    assert_eq!((code, said.len()), (0, 27), "{said:#?}");
}

/// What is not there for a letter that nobody knows yet, in this database.
fn not_applicable(database: &str) -> Vec<&'static str> {
    let on_disk = database.starts_with("sqlite");
    let disk = (!on_disk).then_some("disk");
    ["clock", "handle", "backup", "also-known-as", "threads"]
        .into_iter()
        .chain(disk)
        .collect()
}

/// A letter behind a proxy.
async fn behind_proxy(database: &str, settings: &str) -> (Program, TlsProxy) {
    // What is published once is no draft any more.
    let is_draft = settings.contains("letter.launch");
    let mut letter = Program::start(database, if is_draft { settings } else { "" }).await;
    let proxy = TlsProxy::start(letter.address()).await;
    let authority = letter.folder.path().join("authority.pem");
    fs::write(&authority, &proxy.authority).unwrap();
    letter.stop().await;
    letter.origin = proxy.origin.clone();
    letter.set(&format!("net.ca_file = 'authority.pem'\n{settings}"));
    letter.serve().await;
    says_that_it_runs(&letter).await;
    (letter, proxy)
}

async fn says_that_it_runs(letter: &Program) {
    eventually("the server says that it runs", async || {
        let status = letter.json(&["status"]);
        status["servers"].get(0).map(drop)
    })
    .await;
}

async fn doctor_is_green_on_a_draft(database: &str) {
    let (letter, _proxy) = behind_proxy(database, "letter.launch = 'manual'").await;
    assert_eq!(letter.json(&["status"])["letter"]["state"], "draft");
    is_green(&letter, &not_applicable(database));
}

async fn doctor_is_green_and_finds_each_fault_of_the_proxy(database: &str) {
    let (letter, proxy) = behind_proxy(database, "").await;
    is_green(&letter, &not_applicable(database));
    for (fault, check, state) in [
        (Fault::HostIsLost, "host", "fail"),
        (Fault::PathIsDecoded, "path", "fail"),
        (Fault::QueryIsDropped, "webfinger", "fail"),
        (Fault::QueryIsDropped, "path", "fail"),
        (Fault::ClientIsNotNamed, "client-address", "fail"),
        (Fault::ClientNamesItself, "client-address", "fail"),
        (Fault::PlainInFront, "scheme", "warn"),
        (Fault::NoPrograms, "fediverse", "fail"),
        (Fault::NoDeliveries, "inbox", "fail"),
        (Fault::OnlyReads, "inbox", "fail"),
        (Fault::CachesWithoutVary, "cache", "fail"),
        (Fault::TakesWellKnown, "webfinger", "fail"),
        (Fault::OldKey, "key", "fail"),
        (Fault::ChangesMediaType, "actor", "fail"),
        (Fault::ReachesNobody, "page", "fail"),
        (Fault::ServesItsOwnPage, "page", "fail"),
        (Fault::RedirectsToWww, "page", "fail"),
        (Fault::AnotherServer, "path", "fail"),
        (Fault::EndsSoon, "tls", "warn"),
        (Fault::Ended, "tls", "fail"),
        (Fault::OfAnotherName, "tls", "fail"),
    ] {
        proxy.fails(fault);
        let said = finds(&letter, check, state, &format!("{fault:?}"));
        // The address of whoever asks is in nothing that is said.
        assert!(!said[check].1.contains("192.0.2.1"), "{said:#?}");
    }
    proxy.fails(Fault::Nothing);
    is_green(&letter, &not_applicable(database));
}

async fn doctor_finds_each_fault_of_the_machine(database: &str) {
    let (mut letter, proxy) = behind_proxy(database, "").await;
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let run = async |statement: &str| {
        let mut tx = store.write().await.unwrap();
        sql::run(&mut tx, statement).await.unwrap();
        tx.commit().await.unwrap();
    };
    run("INSERT INTO setting (key, value) VALUES ('clock_fault', '-300 1795348800000')").await;
    finds(&letter, "clock", "fail", "the clock is wrong");
    run("DELETE FROM setting WHERE key = 'clock_fault'").await;
    if let Some(file) = store.file() {
        let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        mode(0o644);
        finds(&letter, "files", "fail", "everybody reads the keys");
        mode(0o600);
    }
    let config = letter.folder.path().join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    let with = |line: &str| fs::write(&config, format!("{text}{line}\n")).unwrap();
    with("server.nonsense = 1");
    let said = finds(&letter, "config", "fail", "a key that there is not");
    assert!(
        said.iter()
            .all(|(check, said)| check == "config" || said.0 == "skipped")
    );
    with("letter.webhook_secret_file = 'nothing'");
    finds(&letter, "config", "fail", "a file that is not there");
    // A database that is not the server's.
    with("");
    let other = text.replace(database, "sqlite://elsewhere.db");
    fs::write(&config, other).unwrap();
    finds(&letter, "database", "fail", "a database that is not there");
    with("");
    letter.stop().await;
    let said = finds(&letter, "server", "fail", "no server runs");
    assert_eq!(said["page"].0, "skipped", "{said:#?}");
    // The proxy's address is not trusted; and the domain of the handle does not know us.
    letter.set(
        "net.ca_file = 'authority.pem'\nserver.trusted_proxies = ['10.0.0.0/8']\n\
         server.handle_domain = 'localhost'\n",
    );
    letter.serve().await;
    says_that_it_runs(&letter).await;
    let said = finds(
        &letter,
        "client-address",
        "fail",
        "the proxy is not trusted",
    );
    assert_eq!(said["handle"].0, "fail", "{said:#?}");
    assert!(
        said["handle"]
            .1
            .contains("\"subject\":\"acct:letter@localhost\""),
        "{said:#?}"
    );
    assert_eq!(said["webfinger"].0, "ok", "{said:#?}");
    // Nobody listens.
    drop(proxy);
    eventually("the proxy is gone", async || {
        let (_, said) = doctor(&letter);
        (said["connection"].0 == "fail").then_some(())
    })
    .await;
    store.close().await;
}

#[tokio::test]
async fn a_letter_on_localhost_looks_at_itself_and_needs_no_setting() {
    let (_folder, database) = crate::support::database::sqlite();
    let letter = Program::start(&database, "").await;
    says_that_it_runs(&letter).await;
    let config = letter.folder.path().join("config.toml");
    let text = fs::read_to_string(&config).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("net.allow_addresses"));
    fs::write(&config, lines.collect::<Vec<_>>().join("\n")).unwrap();
    is_green(
        &letter,
        &[
            "clock",
            "handle",
            "backup",
            "also-known-as",
            "threads",
            "tls",
            "scheme",
            "client-address",
        ],
    );
}

#[tokio::test]
async fn how_a_request_arrived_is_told_to_one_nonce_for_a_minute() {
    let (_folder, database) = crate::support::database::sqlite();
    let letter = Program::start(&database, "").await;
    let never = letter
        .get("/doctor/0123456789abcdef0123456789abcdef/x", None)
        .await;
    let other = letter.get("/nothing/at/all", None).await;
    assert_eq!((never.status.as_u16(), &never.body), (404, &other.body));
    let store = Store::open(&database, 1, Access::Existing).await.unwrap();
    let nonce = "0123456789abcdef0123456789abcdef";
    let issued = async |ago: u64| {
        let at = undersigned::clock::Clock::now(&undersigned::clock::SystemClock)
            .minus(std::time::Duration::from_secs(ago));
        let mut tx = store.write().await.unwrap();
        let value = format!("{nonce} {}", at.as_millis());
        tx.set_setting("doctor_nonce", &value).await.unwrap();
        tx.commit().await.unwrap();
    };
    issued(0).await;
    let headers = [
        ("x-forwarded-for", "198.51.100.7"),
        ("x-forwarded-proto", "https"),
    ];
    let path = format!("/doctor/{nonce}/%7E?a=%2B+");
    let told = letter.get_with(&path, &headers).await;
    assert_eq!(told.status.as_u16(), 200);
    assert_eq!(told.header("cache-control"), "no-store");
    let host = letter.origin.strip_prefix("http://").unwrap();
    let expected = serde_json::json!({
        "host": host, "path": path, "scheme": "https", "client_is_believed": true,
    });
    // Nothing else: no address above all.
    assert_eq!(told.json(), expected);
    for (headers, believed) in [
        (&[][..], false),
        (&[("x-forwarded-for", "192.0.2.1")], false),
        (&[("x-forwarded-for", "unknown")], false),
        (&[("x-forwarded-for", "192.0.2.1, 127.0.0.1")], true),
    ] {
        let told = letter.get_with(&path, headers).await.json();
        assert_eq!(told["client_is_believed"], believed, "{headers:?}");
    }
    let wrong = letter.get(&path.replace("0123", "0124"), None).await;
    assert_eq!(wrong.status.as_u16(), 404);
    issued(61).await;
    assert_eq!(letter.get(&path, None).await.status.as_u16(), 404);
    store.close().await;
}
