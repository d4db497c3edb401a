mod faults;

use std::{fs, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::activitystreams::ActorType;
use values::Written;

fn parse(text: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigProblems> {
    let environment = variables
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Config::parse(text, Path::new("config.toml"), environment)
}

fn faults(text: &str, variables: &[(&str, &str)]) -> String {
    parse(text, variables).expect_err(text).to_string()
}

/// Sections and keys in their order, without the comments.
fn outline(text: &str) -> Vec<&str> {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split([' ', '=']).next().unwrap())
        .filter(|key| !key.is_empty())
        .collect()
}

#[test]
fn the_documented_default_is_the_default() {
    assert_eq!(parse(DOCUMENTED_DEFAULT, &[]).unwrap(), Config::default());
    assert_eq!(parse("", &[]).unwrap(), Config::default());
}

#[test]
fn the_documented_default_has_every_key_in_order_and_no_other() {
    let shown = Config::default().show();
    assert_eq!(outline(DOCUMENTED_DEFAULT), outline(&shown));
    assert_eq!(outline(&shown).len(), 19 + 91);
}

#[test]
fn every_documented_value_is_taken_from_the_environment_too() {
    let table: toml::Table = DOCUMENTED_DEFAULT.parse().unwrap();
    for (section, keys) in &table {
        for (key, value) in keys.as_table().unwrap() {
            let name = format!("UNDERSIGNED__{section}__{key}").to_uppercase();
            assert_eq!(
                parse("", &[(&name, &value.to_string())]).unwrap(),
                Config::default()
            );
        }
    }
}

#[test]
fn what_is_shown_is_read_again() {
    let text = "
        [server]\nbase_url = 'https://letter.example'\nhandle_domain = 'Bücher.example'
        listen = '[::]:80'\nmax_body = '3 GiB'
        [letter]\nlanguage = 'pt-BR'\nhashtags = ['#OpenLetter', 'écrit_2']
        [actor]\ntype = 'Group'\ncontact = 'Ada <ada@letter.example>'
        [endorsing]\nclose_at = '2026-12-24T18:00:00+01:00'\nlike_display = 'off'
        [delivery]\ntimeout = '1500ms'
        [net]\nallow_addresses = ['10.0.0.0/8', '::1']
        [log]\nlevel = 'off'\njournal_rows = 0";
    let config = parse(text, &[]).unwrap();
    assert_eq!(parse(&config.show(), &[]).unwrap(), config);
    assert_eq!(config.server.handle_domain, "xn--bcher-kva.example");
    assert_eq!(config.letter.hashtags, ["OpenLetter", "écrit_2"]);
    assert_eq!(config.delivery.timeout, Duration::from_millis(1500));
    assert_eq!(config.actor.kind, ActorType::Group);
    assert_eq!(config.log.level.as_str(), "off");
}

#[test]
fn the_environment_wins_over_the_file() {
    let text = "[server]\nbase_url = 'http://localhost:1'\n[goal]\nsteps = [7]\n";
    let config = parse(
        text,
        &[
            ("UNDERSIGNED__SERVER__BASE_URL", "http://localhost:2"),
            (
                "UNDERSIGNED__SERVER__TRUSTED_PROXIES",
                "10.0.0.0/8, 192.0.2.1",
            ),
            ("UNDERSIGNED__GOAL__STEPS", "1, 2,3"),
            (
                "UNDERSIGNED__MODERATION__WATCH_NAMES",
                "['Ada, Countess', \"Bob\"]",
            ),
            ("UNDERSIGNED__LETTER__HASHTAGS", ""),
            ("UNDERSIGNED__ACTOR__NAME", "1984"),
            ("UNDERSIGNED__ACTOR__SUMMARY", "\"quoted\""),
            ("UNDERSIGNED__ENDORSING__BOTS", "true"),
            ("UNDERSIGNED__ENDORSING__CLOSE_AT", "2026-12-24T18:00:00Z"),
            ("UNDERSIGNED__DELIVERY__WORKERS", "3"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.base_url.as_str(), "http://localhost:2/");
    let proxies: Vec<_> = config
        .server
        .trusted_proxies
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.1/32"]);
    assert_eq!(config.goal.steps, [1, 2, 3]);
    assert_eq!(config.moderation.watch_names, ["Ada, Countess", "Bob"]);
    assert_eq!(config.actor.name, "1984");
    assert_eq!(config.actor.summary, "quoted");
    assert!(config.endorsing.bots);
    assert_eq!(
        config.endorsing.close_at.unwrap().to_rfc3339(),
        "2026-12-24T18:00:00Z"
    );
    assert_eq!(config.delivery.workers, 3);
    let url = ("UNDERSIGNED__SERVER__BASE_URL", "letter");
    let said = faults(text, &[url]);
    assert_eq!(
        said,
        "UNDERSIGNED__SERVER__BASE_URL: \"letter\" is not an absolute URL"
    );
}

#[test]
fn every_file_that_the_configuration_names_goes_into_a_backup() {
    let keys = [
        "letter.file",
        "letter.webhook_secret_file",
        "actor.icon",
        "actor.header",
        "endorsing.phrases_file",
        "net.ca_file",
        "notify.webhook_secret_file",
    ];
    let lines: String = keys.map(|key| format!("{key} = '{key}'\n")).concat();
    let hook = "notify.webhook_url = 'https://hook.example/'\n";
    let thread = |number| {
        format!("{{url = 'https://f.example/a/b/issues/{number}', webhook_secret_file = 'forge'}}")
    };
    let threads = format!("forge.threads = [{}, {}]\n", thread(1), thread(2));
    let config = parse(&(lines + hook + &threads), &[]).unwrap();
    let mut named = config.named_files();
    named.sort();
    let mut expected = keys.map(PathBuf::from).to_vec();
    expected.push(PathBuf::from("forge"));
    expected.sort();
    assert_eq!(named, expected);
}

#[test]
fn relative_paths_are_seen_from_the_folder_of_the_file() {
    let text = "net.ca_file = '/run/ca.pem'\nactor.icon = 'icon.png'\n";
    let config = Config::parse(text, Path::new("a ?%/config.toml"), std::iter::empty()).unwrap();
    assert_eq!(config.letter_file(), Path::new("a ?%/letter.md"));
    assert_eq!(
        config.icon_file().as_deref(),
        Some(Path::new("a ?%/icon.png"))
    );
    assert_eq!(config.ca_file().as_deref(), Some(Path::new("/run/ca.pem")));
    assert_eq!(config.phrases_file(), None);
    assert_eq!(
        config.database_url(),
        "sqlite://a %3F%25/data/undersigned.db"
    );
    let text = "database.url = 'sqlite:///var/x.db'";
    let config = Config::parse(text, Path::new("a/config.toml"), std::iter::empty()).unwrap();
    assert_eq!(config.database_url(), "sqlite:///var/x.db");
    assert_eq!(
        Config::default().database_url(),
        "sqlite://data/undersigned.db"
    );
}

#[test]
fn passwords_and_tokens_are_hidden() {
    let url = "postgres://ada:s3cret@db.example:5433/letter?sslmode=require&pass%77ord=s3cret";
    let text = format!(
        "database.url = '{url}'\nletter.source_url = 'https://raw.example/letter.md?token=s3cret'\n",
    );
    let config = parse(&text, &[]).unwrap();
    let (shown, debug) = (config.show(), format!("{config:?}"));
    for said in [&shown, &debug, &config.database_shown()] {
        assert!(!said.contains("s3cret"), "{said}");
        assert!(
            said.contains("postgres://ada:***@db.example:5433/letter?sslmode=require"),
            "{said}"
        );
    }
    assert!(
        shown.contains("source_url = \"https://raw.example/letter.md?***\""),
        "{shown}"
    );
    assert_eq!(config.database_url(), url);
    let source = config.letter.source_url.unwrap();
    assert_eq!(source.as_url().query(), Some("token=s3cret"));
}

#[test]
fn the_token_for_github_comes_from_the_environment_and_is_hidden() {
    let text = "links.github_token_env = 'LETTER_TOKEN'";
    let config = parse(text, &[("LETTER_TOKEN", " s3cret\n")]).unwrap();
    let token = config.github_token().unwrap();
    assert_eq!(token.to_str().unwrap(), "Bearer s3cret");
    for said in [config.show(), format!("{config:?}")] {
        assert!(
            said.contains("LETTER_TOKEN") && !said.contains("s3cret"),
            "{said}"
        );
    }
    for token in ["", "two\nlines"] {
        assert!(
            parse(text, &[("LETTER_TOKEN", token)]).is_err(),
            "{token:?}"
        );
    }
    assert_eq!(Config::default().github_token(), None);
}

#[test]
fn threads_of_forges_are_read_from_several_tables() {
    let text = "
        [[forge.threads]]
        url = 'https://github.com/own/re/issues/7/'
        token_env = 'FORGE_TOKEN'
        [[forge.threads]]
        url = 'https://codeberg.org/own/re/issues/8'
        kind = 'forgejo'
        name = 'berg'
        webhook_secret_file = 'secret'";
    let config = parse(text, &[("FORGE_TOKEN", "s3cret")]).unwrap();
    let [first, second] = config.forge_threads().try_into().unwrap();
    assert_eq!(first.url.as_str(), "https://github.com/own/re/issues/7");
    assert_eq!((first.kind, first.name.as_str()), (None, "github.com"));
    assert_eq!(first.token.unwrap().to_str().unwrap(), "Bearer s3cret");
    assert_eq!(second.name, "berg");
    assert_eq!(second.kind, Some(ForgeKind::Forgejo));
    assert_eq!(
        (second.token, second.secret_file),
        (None, Some(PathBuf::from("secret")))
    );
    for said in [config.show(), format!("{config:?}")] {
        assert!(
            said.contains("FORGE_TOKEN") && !said.contains("s3cret"),
            "{said}"
        );
    }
    let again = parse(&config.show(), &[("FORGE_TOKEN", "s3cret")]).unwrap();
    assert_eq!(again.forge_threads(), config.forge_threads());
    let tables = "[{url = 'https://github.com/own/re/issues/7'}]";
    let config = parse("", &[("UNDERSIGNED__FORGE__THREADS", tables)]).unwrap();
    assert_eq!(config.forge_threads().len(), 1);
}

#[test]
fn a_socket_folder_is_a_database_too() {
    let url = "postgres:///letter?host=/run/pg";
    let config = parse(&format!("database.url = '{url}'"), &[]).unwrap();
    assert_eq!(config.database_url(), url);
    assert_eq!(
        config.database_shown(),
        "postgres:///letter?host=%2Frun%2Fpg"
    );
}

#[test]
fn the_handle_uses_the_configured_domain_or_our_own_host() {
    let away = "actor.contact = 'a@b.example'\nserver.base_url = 'https://Letter.Example:443'";
    let config = parse(away, &[]).unwrap();
    assert_eq!(config.handle_domain(), "letter.example");
    let variable = ("UNDERSIGNED__SERVER__HANDLE_DOMAIN", "example.org");
    assert_eq!(
        parse(away, &[variable]).unwrap().handle_domain(),
        "example.org"
    );
    assert_eq!(Config::default().authority(), "localhost:8080");
}

#[test]
fn only_a_file_that_was_named_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.toml");
    let error = Config::load(Some(&missing), std::iter::empty()).unwrap_err();
    assert!(
        matches!(&error, ConfigError::Missing(path) if *path == missing),
        "{error}"
    );
    let error = Config::load(Some(folder.path()), std::iter::empty()).unwrap_err();
    assert!(matches!(&error, ConfigError::Unreadable { .. }), "{error}");
    let file = folder.path().join("config.toml");
    fs::write(&file, "\u{feff}[log]\nlevel = \"warn\"\n").unwrap();
    let loaded = Config::load(Some(&file), std::iter::empty()).unwrap();
    assert_eq!(loaded.origin, Origin::File(file.clone()));
    assert_eq!(loaded.config.log.level, LogLevel::Warn);
    assert_eq!(loaded.config.letter_file(), folder.path().join("letter.md"));
    fs::write(&file, b"[log]\nlevel = \"\xff\"\n").unwrap();
    let error = Config::load(Some(&file), std::iter::empty())
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        format!("{}:2: the file is not UTF-8 from here on", file.display())
    );
}

#[test]
fn times_and_sizes_are_written_with_their_largest_unit() {
    for (written, again) in [("72h", "3d"), ("90s", "90s"), ("0h", "0s"), ("60 m", "1h")] {
        assert_eq!(Duration::read(written).unwrap().write(), again);
    }
    for (written, again) in [("1024 KiB", "1 MiB"), ("7B", "7 B"), ("0 GiB", "0 B")] {
        assert_eq!(Size::read(written).unwrap().write(), again);
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,80}", value in "\\PC{0,20}") {
        let variable = ("UNDERSIGNED__SERVER__TRUSTED_PROXIES", value.as_str());
        prop_assert!(parse(&text, &[variable]).map_err(|error| error.to_string()) != Err(String::new()));
    }

    #[test]
    fn durations_and_sizes_survive(number in 0_u64..3_000_000_000_000) {
        let duration = Duration::from_millis(number);
        prop_assert_eq!(Duration::read(&duration.write()), Ok(duration));
        let size = Size::from_bytes(number);
        prop_assert_eq!(Size::read(&size.write()), Ok(size));
    }
}
