//! `/metrics`: what a scrape says after something happened, where it answers, and that the example rules name what is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    both::on_both_databases,
    support::{
        program::{Program, eventually, http},
        world::{Audience, World},
    },
};

on_both_databases!(a_scrape_tells_what_happened);

/// The example of alert rules.
const RULES: &str = include_str!("../../packaging/prometheus/alerts.yml");

/// The values of a scrape, by name and labels as they are written.
fn values(text: &str) -> BTreeMap<String, f64> {
    let mut types = BTreeMap::new();
    let mut values = BTreeMap::new();
    let body = text.strip_suffix("# EOF\n").expect("the end is marked");
    for line in body.lines() {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (kind, name) = (words.next().unwrap(), words.next().unwrap());
            if kind == "TYPE" {
                let known = types.insert(name.to_owned(), words.next().unwrap().to_owned());
                assert_eq!(known, None, "{name} comes twice");
            }
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap();
        let family = name.split('{').next().unwrap();
        let described = types.iter().any(|(described, kind)| {
            let suffix = if kind == "counter" { "_total" } else { "" };
            let suffix = if kind == "info" { "_info" } else { suffix };
            format!("{described}{suffix}") == family
        });
        assert!(described, "{line}");
        assert!(family.starts_with("undersigned_"), "{line}");
        let before = values.insert(name.to_owned(), value.parse().unwrap());
        assert_eq!(before, None, "{line}");
    }
    values
}

async fn scrape(address: &str) -> String {
    let answer = http()
        .get(format!("http://{address}/metrics"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let kind = answer.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        kind.starts_with("application/openmetrics-text; version=1.0.0"),
        "{kind}"
    );
    answer.text().await.unwrap()
}

/// Where a server serves its metrics, by its log.
fn address(program: &Program) -> String {
    let log = program.log();
    let line = log
        .lines()
        .find(|line| line.contains("serving /metrics"))
        .unwrap();
    line.rsplit_once("address=").unwrap().1.trim().to_owned()
}

#[expect(clippy::float_cmp, reason = "whole numbers, as they were printed")]
async fn a_scrape_tells_what_happened(database: &str) {
    let mut world = World::with(database, "server.metrics_listen = '127.0.0.1:0'").await;
    let (ada, bob) = (world.person("Ada Lovelace"), world.person("Bob Carver"));
    ada.does(&ada.follow()).await;
    ada.says("I sign", Audience::Public).await;
    bob.says("I sign?", Audience::Public).await;
    let unknown = json!({
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": format!("{}#1", ada.id), "type": "AdaWasHere", "actor": ada.id, "object": ada.id,
    });
    ada.does(&unknown).await;
    world.delivered("Accept").await;
    world.settle().await;
    // A new scrape within some seconds may have old numbers of the database, so this is the first one.
    let text = scrape(&address(&world.letter)).await;
    let found = values(&text);
    let value = |name: &str| {
        *found
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not in\n{text}"))
    };
    let counted = |name: &str, labels: &[&str]| -> f64 {
        let fits = |(found, _): &(&String, &f64)| {
            found.split('{').next() == Some(name)
                && labels.iter().all(|label| found.contains(label))
        };
        found.iter().filter(fits).map(|(_, value)| value).sum()
    };
    assert_eq!(value("undersigned_ready"), 1.0);
    assert_eq!(value("undersigned_database_up"), 1.0);
    assert_eq!(value("undersigned_followers"), 1.0);
    assert_eq!(value("undersigned_endorsements{state=\"listed\"}"), 1.0);
    assert_eq!(value("undersigned_endorsements{state=\"pending\"}"), 1.0);
    assert_eq!(value("undersigned_waiting{kind=\"endorsements\"}"), 1.0);
    assert_eq!(value("undersigned_waiting{kind=\"reports\"}"), 0.0);
    let inbox = "undersigned_inbox_activities_total";
    assert_eq!(
        counted(inbox, &["type=\"Follow\"", "result=\"taken\""]),
        1.0
    );
    assert_eq!(
        counted(inbox, &["type=\"Create\"", "result=\"taken\""]),
        2.0
    );
    assert_eq!(counted(inbox, &["type=\"other\""]), 1.0);
    assert!(
        counted(
            "undersigned_delivery_attempts_total",
            &["result=\"delivered\""]
        ) >= 2.0
    );
    assert!(counted("undersigned_http_responses_total", &["class=\"2xx\""]) >= 4.0);
    assert!(value("undersigned_last_event_timestamp_seconds{event=\"signed\"}") > 1.7e9);
    assert_eq!(value("undersigned_hosts{state=\"reachable\"}"), 1.0);
    // Nothing of it comes from outside: no type, no host, no account.
    let peer = world.peer.url("/").replace("http://", "");
    for foreign in ["AdaWasHere", peer.trim_end_matches('/'), "ada", "Bob"] {
        assert!(!text.contains(foreign), "{foreign}: {text}");
    }

    // Nothing is there but this, and it is nowhere else.
    let elsewhere = http().get(format!("http://{}/", address(&world.letter)));
    assert_eq!(elsewhere.send().await.unwrap().status(), 404);
    assert_eq!(world.letter.get("/metrics", None).await.status, 404);

    // A server that only reads counts as well, and sends nothing.
    world.letter.stop().await;
    world.letter.serve_with(&["--read-only"]);
    world.letter.serve().await;
    let found = values(&scrape(&address(&world.letter)).await);
    assert_eq!(found["undersigned_followers"], 1.0);
    assert!(!found.keys().any(|name| name.contains("delivery_attempts")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_example_rules_name_what_there_is() {
    let (_folder, database) = crate::support::database::sqlite();
    let settings = "server.metrics_listen = '127.0.0.1:0'\nbackup.dir = 'kept'";
    let world = World::with(&database, settings).await;
    let ada = world.person("Ada Lovelace");
    ada.does(&ada.follow()).await;
    world.delivered("Accept").await;
    eventually("a backup", async || {
        let status = world.letter.json(&["status"]);
        (!status["backup"]["last"].is_null()).then_some(())
    })
    .await;
    let text = scrape(&address(&world.letter)).await;
    let rules: Value = serde_saphyr::from_str(RULES).unwrap();
    let rules = rules["groups"][0]["rules"].as_array().unwrap();
    assert!(rules.len() > 8);
    let mut named = BTreeSet::new();
    for rule in rules {
        for member in ["alert", "expr", "for"] {
            assert!(rule[member].is_string(), "{member}: {rule}");
        }
        assert!(rule["annotations"]["summary"].is_string(), "{rule}");
        let expression = rule["expr"].as_str().unwrap();
        let words =
            expression.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        named.extend(words.filter(|word| word.starts_with("undersigned_")));
        // Each label that a rule asks for has a value that there is.
        for label in expression
            .split('"')
            .skip(1)
            .step_by(2)
            .flat_map(|label| label.split('|'))
        {
            let known = ["undersigned", "refused", "taken"];
            assert!(
                known.contains(&label) || text.contains(&format!("=\"{label}\"")),
                "{label}"
            );
        }
    }
    // It takes five domains to know how our clock goes.
    named.remove("undersigned_clock_ahead_seconds");
    assert!(named.len() > 8, "{named:?}");
    for name in named {
        assert!(
            text.contains(&format!("\n{name}")),
            "{name} is in no scrape:\n{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_address_that_is_taken_is_an_error_that_names_its_key() {
    let (_folder, database) = crate::support::database::sqlite();
    let mut world = World::new(&database).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    world.letter.stop().await;
    world
        .letter
        .set(&format!("server.metrics_listen = '{listen}'"));
    let (code, log) = world.letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("server.metrics_listen"), "{log}");
    // Without the key there is no second listener.
    world.letter.set("");
    world.letter.serve().await;
    assert!(!world.letter.log().contains("/metrics"));
    eventually("it serves", async || {
        (world.letter.get("/readyz", None).await.status == 200).then_some(())
    })
    .await;
}
