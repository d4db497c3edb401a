//! The messages about a wrong configuration.

use super::{faults, parse};

/// Asserts the message about one wrong setting.
#[track_caller]
fn check(key: &str, value: &str, expected: &str) {
    let (section, name) = key.split_once('.').unwrap();
    let text = format!("# a comment\n[{section}]\n{name} = {value}\n");
    assert_eq!(
        faults(&text, &[]),
        format!("config.toml:3: {key}: {expected}"),
        "{value}"
    );
}

#[test]
fn every_check_of_the_base_url_says_what_is_wrong() {
    let base = "server.base_url";
    check(base, "'letter'", "\"letter\" is not an absolute URL");
    check(
        base,
        "'ftp://a.example'",
        "\"ftp://a.example\" is not an http or https URL",
    );
    check(
        base,
        "'http://a.example'",
        "\"http://a.example\" is not an https URL, and other servers refuse anything else",
    );
    for url in [
        "https://a.example/b",
        "https://a.example/?q",
        "https://a.example/#f",
    ] {
        let message = "is not a URL of scheme and host alone: no path, query or fragment";
        check(base, &format!("'{url}'"), &format!("{url:?} {message}"));
    }
    check(
        base,
        "'https://u:pw@a.example'",
        "must not hold a user name or a password",
    );
    check(
        base,
        "'https://u:pw@a b'",
        "\"…@a b\" is not an absolute URL",
    );
    check(base, "5", "invalid type: integer `5`, expected a string");
    for name in [
        "a..example",
        "-a.example",
        "a_b.example",
        "192.0.2.1",
        "a.example:443",
        "a b",
    ] {
        let message = "is not a DNS name such as \"letter.example\"";
        check(
            "server.handle_domain",
            &format!("'{name}'"),
            &format!("{name:?} {message}"),
        );
    }
    let address = "is not an address with a port such as \"127.0.0.1:8080\" or \"[::]:8080\"";
    check("server.listen", "'8080'", &format!("\"8080\" {address}"));
    check("server.listen", "''", &format!("\"\" {address}"));
    check(
        "links.github_api",
        "'github'",
        "\"github\" is not an absolute URL",
    );
    check(
        "links.github_token_env",
        "'NO_SUCH_TOKEN'",
        "names no variable of the environment; write its name, and the token into it",
    );
    let duration = "is not a duration such as \"10s\", \"5m\", \"72h\" or \"30d\"";
    check("web.render_every", "'1'", &format!("\"1\" {duration}"));
    let network = "is not a network such as \"192.0.2.0/24\" or \"2001:db8::/32\"";
    check(
        "server.trusted_proxies",
        "['10.0.0.0/8', 'x']",
        &format!("\"x\" {network}"),
    );
    check(
        "net.allow_addresses",
        "['10.0.0.0/33']",
        &format!("\"10.0.0.0/33\" {network}"),
    );
    let size = "is not a size such as \"64 KiB\" or \"1 MiB\"";
    check("server.max_body", "'1 MB'", &format!("\"1 MB\" {size}"));
    check(
        "server.max_body",
        "'99999999999 GiB'",
        &format!("\"99999999999 GiB\" {size}"),
    );
    check("server.max_body", "'0 B'", "must be more than 0 B");
    check("privacy.raw_max", "'0 B'", "must be more than 0 B");
    check("privacy.raw_budget", "'0 B'", "must be more than 0 B");
}

#[test]
fn every_check_of_database_letter_and_actor_says_what_is_wrong() {
    let file = "an SQLite database must be a file, without parameters, such as \
                \"sqlite://data/undersigned.db\"";
    check("database.url", "'sqlite://'", file);
    check("database.url", "'sqlite://:memory:'", file);
    check("database.url", "'sqlite://a.db?mode=memory'", file);
    let scheme = "must begin with sqlite://, postgres:// or postgresql://";
    check("database.url", "'mysql://u:secret@h/d'", scheme);
    check(
        "database.url",
        "'postgres://u:secret@h:x/d'",
        "is not a PostgreSQL URL: invalid port number",
    );
    check(
        "letter.language",
        "'English'",
        "\"English\" is not a language such as \"en\" or \"pt-br\"",
    );
    check(
        "letter.source_url",
        "'x.md'",
        "\"x.md\" is not an absolute URL",
    );
    check(
        "letter.hashtags",
        "['a b']",
        "\"a b\" is not a hashtag such as \"OpenLetter\"",
    );
    check(
        "letter.hashtags",
        "['2026']",
        "\"2026\" is not a hashtag such as \"OpenLetter\"",
    );
    let user =
        "is not a user name of 1 to 30 characters from \"a\" to \"z\", \"0\" to \"9\" and \"_\"";
    for name in [
        "",
        "Letter",
        "a.b",
        "a-b",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ] {
        check(
            "actor.username",
            &format!("'{name}'"),
            &format!("{name:?} {user}"),
        );
    }
    check(
        "actor.contact",
        "'Ada'",
        "\"Ada\" holds no e-mail address; write it as \"Ada Lovelace <ada@letter.example>\"",
    );
}

#[test]
fn every_check_of_the_rules_says_what_is_wrong() {
    let time = "is not an RFC 3339 time such as \"2026-12-24T18:00:00Z\"";
    check("endorsing.close_at", "'soon'", &format!("\"soon\" {time}"));
    check(
        "endorsing.close_at",
        "2026-12-24",
        &format!("\"2026-12-24\" {time}"),
    );
    let duration = "is not a duration such as \"10s\", \"5m\", \"72h\" or \"30d\"";
    for text in ["", "10", "s", "-1s", "1.5h", "1w", "1h30m"] {
        check(
            "verify.grace",
            &format!("'{text}'"),
            &format!("{text:?} {duration}"),
        );
    }
    check("verify.interval", "'0s'", "must be at least one second");
    check(
        "verify.grace",
        "'36501d'",
        "\"36501d\" is more than a hundred years",
    );
    check(
        "letter.source_url",
        "'https://t@a.example'",
        "must not hold a user name or a password",
    );
    let steps = "the numbers must be positive and ascending, but";
    check("goal.steps", "[0, 5]", &format!("{steps} 0 comes after 0"));
    check("goal.steps", "[5, 5]", &format!("{steps} 5 comes after 5"));
    check(
        "note.allow_quotes",
        "'yes'",
        "invalid type: string \"yes\", expected a boolean",
    );
}

#[test]
fn numbers_and_durations_that_must_be_positive_are() {
    for key in [
        "database.max_connections",
        "note.max_chars",
        "endorsing.max_statement_chars",
        "moderation.surge_per_domain_per_hour",
        "moderation.surge_new_domains_per_hour",
        "delivery.per_host",
        "limits.per_address_per_minute",
        "limits.per_actor_per_minute",
        "limits.per_host_per_minute",
        "limits.fetches_in_flight",
    ] {
        let said = faults(&format!("{key} = 0"), &[]);
        assert_eq!(said, format!("config.toml:1: {key}: must be at least 1"));
        assert!(faults(&format!("{key} = -1"), &[]).contains("invalid value: integer `-1`"));
    }
    for key in [
        "delivery.timeout",
        "delivery.give_up_after",
        "letter.sync_interval",
    ] {
        let said = faults(&format!("{key} = '0s'"), &[]);
        assert_eq!(
            said,
            format!("config.toml:1: {key}: must be longer than nothing")
        );
    }
}

#[test]
fn a_request_ends_before_the_claim_does() {
    let timeout = |value: &str| format!("delivery.timeout = '{value}'");
    assert!(parse(&timeout("45s"), &[]).is_ok());
    for long in ["45001ms", "1m"] {
        assert_eq!(
            faults(&timeout(long), &[]),
            "config.toml:1: delivery.timeout: must be at most \"45s\", because what takes longer could be sent twice"
        );
    }
}

#[test]
fn every_choice_names_its_words() {
    for (key, words) in [
        (
            "actor.type",
            "Application, Group, Organization, Person, Service",
        ),
        ("note.mode", "auto, full, summary"),
        ("endorsing.replies", "phrase, all, off"),
        ("endorsing.like_display", "discoverable, named, count, off"),
        ("endorsing.acknowledge", "like, reply, none"),
        ("moderation.default_policy", "open, allowlist"),
        ("moderation.statements", "queue, trusted, auto"),
        ("moderation.names", "check, queue, auto"),
        ("log.level", "off, error, warn, info, debug, trace"),
    ] {
        let said = faults(&format!("{key} = 'x'"), &[]);
        let message = format!("`x` is none of {words}");
        assert_eq!(said, format!("config.toml:1: {key}: {message}"));
    }
    for (key, words) in [
        ("endorsing.reply_display", "named, count"),
        ("goal.counts", "signed, total, pledged"),
        ("log.format", "text, json"),
    ] {
        let said = faults(&format!("{key} = 'x'"), &[]);
        let message = format!("`x` is none of {words}");
        assert_eq!(said, format!("config.toml:1: {key}: {message}"));
    }
}

#[test]
fn an_unknown_key_gets_a_suggestion() {
    let check = |text: &str, expected: &str| assert_eq!(faults(text, &[]), expected, "{text}");
    check(
        "\n[server]\nbase_ur = 1",
        "config.toml:3: unknown key `server.base_ur`; did you mean `server.base_url`?",
    );
    check(
        "[letter]\nbase_url = 1",
        "config.toml:2: unknown key `letter.base_url`; did you mean `server.base_url`?",
    );
    check(
        "\n\n[serve]\nlisten = 1\nbase_url = 2",
        "config.toml:3: unknown section `serve`; did you mean `server`?",
    );
    check(
        "server = 1",
        "config.toml:1: `server` is a section: write `[server]` and its keys below",
    );
    check(
        "[[log]]\n",
        "config.toml:1: `log` is a section: write `[log]` and its keys below",
    );
}

#[test]
fn each_fault_of_a_thread_of_a_forge_has_its_line() {
    let one = "[[forge.threads]]\nurl = 'https://github.com/a/b/issues/1'\n";
    let no_issue =
        "is not the address of an issue such as \"https://github.com/OWNER/REPO/issues/1\"";
    let check = |text: &str, expected: &str| {
        let said = faults(&format!("{one}{text}"), &[]);
        assert_eq!(said, format!("config.toml:{expected}"), "{text}");
    };
    let pull = "https://github.com/a/b/pull/2";
    check(
        &format!("[[forge.threads]]\nurl = '{pull}'\n"),
        &format!("4: forge.threads.url: {pull:?} {no_issue}"),
    );
    check(
        "[[forge.threads]]\ntoken_env = ''\n",
        "3: forge.threads.url: must be the address of the issue",
    );
    check(
        "kind = 'gitlab'\n",
        "3: forge.threads.kind: \"gitlab\" is not a kind of forge: github or forgejo",
    );
    check(
        "tokn_env = 'X'\n",
        "3: unknown key `forge.threads.tokn_env`; did you mean `forge.threads.token_env`?",
    );
    check(
        "name = 5\n",
        "3: forge.threads.name: invalid type: integer `5`, expected a string",
    );
    // What is wrong with several threads together is said of the first.
    check(
        "token_env = 'NO_SUCH_TOKEN'\n",
        "1: forge.threads.token_env: names no variable of the environment; write its name, and the token into it",
    );
    check(one, "1: forge.threads: names one issue twice");
    check(
        "[[forge.threads]]\nurl = 'https://github.com/a/b/issues/2'\nwebhook_secret_file = 'secret'\n",
        "1: forge.threads.webhook_secret_file: must be the same for all threads of one name, because they share the \
         address of their webhook",
    );
    check(
        "name = 'all'\nwebhook_secret_file = 'secret'\n[[forge.threads]]\nurl = 'https://codeberg.org/a/b/issues/1'\n\
         name = 'all'\nwebhook_secret_file = 'secret'\n",
        "1: forge.threads.name: must be another one for each forge that sends webhooks, because one forge could speak for \
         the other",
    );
    check(
        "name = 'a/b'\n",
        "1: forge.threads.name: must be of a to z, 0 to 9, dots, hyphens and underscores, because it stands in an address",
    );
    assert_eq!(
        faults("[forge]\nthreads = [1]\n", &[]),
        "config.toml:2: `forge.threads` are tables: write `[[forge.threads]]` and their keys below"
    );
    assert_eq!(
        faults("[[forge.thread]]\n", &[]),
        "config.toml:1: unknown key `forge.thread`; did you mean `forge.threads`?"
    );
}

#[test]
fn all_faults_are_said_at_once_each_in_its_place() {
    let text = "[server]\nlisten = \"here\"\nbase_url = \"letter\"\n[log]\nlevel = \"loud\"\ncolour = true\n";
    let said = faults(
        text,
        &[
            ("UNDERSIGNED__SERVER__LISTN", "x"),
            ("UNDERSIGNED__DELIVERY__WORKERS", "many"),
            ("PATH", "/bin"),
            ("UNDERSIGNED_OPERATOR", "ada"),
        ],
    );
    let expected = [
        "config.toml:2: server.listen: \"here\" is not an address with a port such as \"127.0.0.1:8080\" or \"[::]:8080\"",
        "config.toml:3: server.base_url: \"letter\" is not an absolute URL",
        "config.toml:5: log.level: `loud` is none of off, error, warn, info, debug, trace",
        "config.toml:6: unknown key `log.colour`; did you mean `log.format`?",
        "UNDERSIGNED__DELIVERY__WORKERS: invalid type: string \"many\", expected usize",
        "UNDERSIGNED__SERVER__LISTN: unknown key `server.listn`; did you mean `server.listen`?",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn slips_in_the_syntax_are_said_without_repeating_the_line() {
    let text = "[database]\nurl = \"postgres://u:secret@h/d\n[log]\nlevel = = 1\n";
    let said = faults(text, &[]);
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with("config.toml:2: "), "{said}");
    assert!(
        lines.iter().any(|line| line.starts_with("config.toml:4: ")),
        "{said}"
    );
    assert!(!said.contains("secret"), "{said}");
}

#[test]
fn a_contact_is_required_off_localhost() {
    let contact = "actor.contact: must name who answers for this, with an e-mail address, because \
                   server.base_url is not on localhost";
    let away = "[server]\nbase_url = 'https://letter.example'\n";
    assert_eq!(faults(away, &[]), format!("config.toml: {contact}"));
    let empty = format!("{away}[actor]\ncontact = ''\n");
    assert_eq!(faults(&empty, &[]), format!("config.toml:4: {contact}"));
    let wrong = faults(&format!("{away}[actor]\ncontact = 'Ada'\n"), &[]);
    assert_eq!(wrong.lines().count(), 1, "{wrong}");
    let variable = ("UNDERSIGNED__ACTOR__CONTACT", "ada@letter.example");
    let config = parse(&empty, &[variable]).unwrap();
    assert_eq!(config.contact_address(), Some("ada@letter.example"));
    for url in [
        "http://localhost:8080",
        "http://127.0.0.1",
        "https://[::1]:1",
        "https://localhost",
    ] {
        let config = parse(&format!("server.base_url = '{url}'"), &[]).unwrap();
        assert!(config.is_local(), "{url}");
    }
}

#[test]
fn who_is_told_and_where_the_numbers_are_is_checked() {
    check(
        "server.metrics_listen",
        "'9464'",
        "\"9464\" is not an address with a port such as \"127.0.0.1:8080\" or \"[::]:8080\"",
    );
    check(
        "notify.webhook_url",
        "'ftp://a.example'",
        "\"ftp://a.example\" is not an http or https URL",
    );
    check(
        "notify.webhook_url",
        "''\nwebhook_secret_file = 'secret'",
        "must say where the webhook is, because notify.webhook_secret_file is set",
    );
    check(
        "notify.mail_to",
        "'ada at letter.example'",
        "\"ada at letter.example\" is no list of e-mail addresses such as \"ada@letter.example, bob@letter.example\"",
    );
    check("notify.every", "'0s'", "must be longer than nothing");
    let half = |text: &str| faults(&format!("[notify]\n{text}"), &[]);
    for (text, expected) in [
        (
            "webhook_url = 'https://a.example/'",
            "config.toml: notify.webhook_secret_file: must name the file with the secret that signs what \
             notify.webhook_url gets",
        ),
        (
            "smtp_url_env = 'A'",
            "config.toml: notify.mail_to: must say who gets the mail of notify.smtp_url_env",
        ),
        (
            "mail_to = 'a@a.example'",
            "config.toml: notify.smtp_url_env: must name the variable with the URL of the mail server, because \
             notify.mail_to is set",
        ),
    ] {
        assert_eq!(half(text), expected);
    }
}

#[test]
fn a_mail_server_is_a_url_without_a_password_in_plain_text() {
    let text = "[notify]\nsmtp_url_env = 'MAIL'\nmail_to = 'a@a.example'";
    let server = |url: &str| {
        let config = parse(text, &[("MAIL", url)]).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"), "{config:?}");
        config.smtp_url().map(|url| url.unwrap().to_string())
    };
    for url in [
        "smtps://u:s3cret@mail.example",
        "smtp://u:s3cret@mail.example:587?tls=required",
        "smtp://u:s3cret@localhost:25",
        "smtp://127.0.0.1:25",
    ] {
        assert_eq!(server(url).unwrap(), url);
    }
    for (url, why) in [
        ("", "names no variable"),
        ("mail.example", "something else than a URL"),
        ("https://mail.example", "something else than a URL"),
        ("smtp://u:s3cret@mail.example", "without TLS"),
        (
            "smtp://u:s3cret@mail.example?tls=opportunistic",
            "without TLS",
        ),
    ] {
        let refused = server(url).unwrap_err().to_string();
        assert!(refused.contains(why), "{url}: {refused}");
        assert!(!refused.contains("s3cret"), "{refused}");
    }
}

#[test]
fn who_may_move_here_is_another_actor() {
    let key = "actor.also_known_as";
    for (bad, shown) in [
        ("old.example", "old.example"),
        ("acct:letter@old.example", "…@old.example"),
        ("ftp://old.example/actor", "ftp://old.example/actor"),
    ] {
        let expected =
            format!("{shown:?} is not the id of an actor, such as \"https://old.example/actor\"");
        check(key, &format!("['{bad}']"), &expected);
    }
    let many: Vec<String> = (0..11)
        .map(|n| format!("'https://{n}.example/a'"))
        .collect();
    check(
        key,
        &format!("[{}]", many.join(", ")),
        "names more than ten actors",
    );
    check(
        key,
        "['http://localhost:8080/actor']",
        "names an actor of this very server; only others can move here",
    );
    let twice = "[actor]\nalso_known_as = ['https://old.example/a', 'https://old.example/a']";
    let config = parse(twice, &[]).unwrap();
    assert_eq!(config.actor.also_known_as, ["https://old.example/a"]);
}

#[test]
fn backups_are_neither_all_the_time_nor_for_ever() {
    check("backup.every", "'59s'", "must be at least \"1m\"");
    let many = "must be at most 30: who leaves is told that backups do not keep them for long";
    check("backup.keep", "31", many);
    check("backup.keep", "0", "must be at least 1");
    assert!(parse("backup.keep = 30\nbackup.every = '1m'", &[]).is_ok());
}

#[test]
fn a_pledge_needs_words_and_a_label_and_a_goal_of_pledges_needs_a_pledge() {
    let label =
        "pledge.label: must say what those have done who say pledge.words, as \"have left GitHub\"";
    let long = "pledge.label: must be one line of at most 80 characters";
    let goal =
        "goal.counts: counts pledges, but pledge.words has no words by which somebody pledges";
    let eighty_one = format!(
        "[pledge]\nwords = ['I left']\nlabel = '{}'\n",
        "x".repeat(81)
    );
    for (text, expected) in [
        (
            "[pledge]\nwords = ['I left']\n",
            format!("config.toml: {label}"),
        ),
        (
            "[pledge]\nwords = ['I left']\nlabel = ' '\n",
            format!("config.toml:3: {label}"),
        ),
        (eighty_one.as_str(), format!("config.toml:3: {long}")),
        (
            "[goal]\ncounts = 'pledged'\n",
            format!("config.toml:2: {goal}"),
        ),
    ] {
        assert_eq!(faults(text, &[]), expected, "{text}");
    }
    let right = "[pledge]\nwords = ['I left']\nlabel = 'have left'\n[goal]\ncounts = 'pledged'\n";
    let config = parse(right, &[]).unwrap();
    assert_eq!(config.pledge.label(), Some("have left"));
    assert_eq!(parse("", &[]).unwrap().pledge.label(), None);
}

#[test]
fn nobody_signs_without_a_name_where_no_words_sign() {
    assert_eq!(
        faults("[endorsing]\nnameless = true\nreplies = 'off'\n", &[]),
        "config.toml:2: endorsing.nameless: signs by words, and endorsing.replies = \"off\" lets no words sign"
    );
    assert!(
        parse("[endorsing]\nnameless = true\n", &[])
            .unwrap()
            .endorsing
            .nameless
    );
}
