//! What is seen from outside, and what is said of it: for each check what is right, and every fault.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
use serde_json::json;

use super::*;
use crate::{
    cli::doctor::verdict::{
        CheckState::{Fail, Ok as Right, Skipped, Warn},
        says,
    },
    support::NOW,
};

const DAY: Duration = Duration::from_hours(24);

fn urls(handle_domain: &str) -> Urls {
    let base = "https://letter.example".parse().unwrap();
    Urls::new(&base, handle_domain, "letter")
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "what was seen may also be a failure"
)]
fn look(status: u16, media_type: &str, body: &str) -> Seen {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
    Ok(RawResponse {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: body.as_bytes().to_vec(),
        certificate: None,
    })
}

fn silence() -> Seen {
    Err(FetchFailure::TimedOut)
}

fn refused() -> io::Error {
    io::ErrorKind::ConnectionRefused.into()
}

#[test]
fn a_name_has_to_lead_to_a_public_address() {
    let at = |address: &str| address.parse::<IpAddr>().unwrap();
    let tried = [(at("192.0.3.1"), Ok(())), (at("2606::1"), Ok(()))];
    says(
        &dns("letter.example", Ok(&tried)),
        Right,
        &["192.0.3.1, 2606::1"],
    );
    let private = FetchFailure::Forbidden(Forbidden::Address(at("127.0.1.1")));
    says(
        &dns("letter.example", Err(&private)),
        Fail,
        &["127.0.1.1", "/etc/hosts"],
    );
    let nothing = FetchFailure::NoAddress(Arc::new(io::Error::other("no such name")));
    says(
        &dns("letter.example", Err(&nothing)),
        Fail,
        &["no such name", "A or AAAA"],
    );
}

#[test]
fn every_address_has_to_take_connections() {
    let (v4, v6): (IpAddr, IpAddr) = ("192.0.3.1".parse().unwrap(), "2606::1".parse().unwrap());
    let no_route = || io::Error::from(io::ErrorKind::NetworkUnreachable);
    says(&connection(&[(v4, Ok(())), (v6, Ok(()))]), Right, &[]);
    says(
        &connection(&[(v4, Err(refused()))]),
        Fail,
        &["192.0.3.1", "firewall"],
    );
    says(
        &connection(&[(v4, Ok(())), (v6, Err(refused()))]),
        Warn,
        &["2606::1", "AAAA"],
    );
    says(
        &connection(&[(v4, Err(refused())), (v6, Ok(()))]),
        Warn,
        &["192.0.3.1", "A record"],
    );
    // Only this machine has no way there.
    says(
        &connection(&[(v4, Ok(())), (v6, Err(no_route()))]),
        Right,
        &[],
    );
    says(&connection(&[(v4, Err(no_route()))]), Fail, &["192.0.3.1"]);
}

#[test]
fn a_certificate_has_to_be_renewed_in_time() {
    let made = |left: u32| {
        let mut parameters = rcgen::CertificateParams::new(["letter.example".to_owned()]).unwrap();
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let ends = NOW.minus(DAY).plus(left * DAY);
        parameters.not_before = epoch + NOW.minus(30 * DAY).since(Millis::from_millis(0));
        parameters.not_after = epoch + ends.since(Millis::from_millis(0));
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let mut seen = look(200, "text/html", "").unwrap();
        seen.certificate = Some(certificate.der().to_vec());
        Ok(seen)
    };
    // Counted from yesterday.
    for (left, state) in [
        (61, Right),
        (9, Right),
        (8, Warn),
        (2, Warn),
        (1, Fail),
        (0, Fail),
    ] {
        says(&tls(true, &made(left), NOW), state, &["days, on 202"]);
    }
    says(
        &tls(true, &look(200, "text/html", ""), NOW),
        Fail,
        &["cannot be read"],
    );
    says(
        &tls(false, &look(200, "text/html", ""), NOW),
        Skipped,
        &["http"],
    );
    says(
        &tls(true, &silence(), NOW),
        Fail,
        &["too long", "proxy runs"],
    );
}

#[test]
fn the_page_has_to_be_the_letters() {
    let urls = urls("");
    let ours = format!("<link rel=alternate href=\"{}\">", urls.letter());
    says(
        &page(&urls, &look(200, "text/html; charset=utf-8", &ours)),
        Right,
        &[],
    );
    says(
        &page(&urls, &look(200, "text/html", "Welcome to nginx!")),
        Fail,
        &["another page"],
    );
    says(
        &page(&urls, &look(200, "text/plain", &ours)),
        Fail,
        &["another page"],
    );
    says(
        &page(&urls, &look(502, "text/html", "")),
        Fail,
        &["502", "server.listen"],
    );
    says(
        &page(&urls, &look(503, "text/html", "")),
        Fail,
        &["503", "maintenance"],
    );
    says(
        &page(&urls, &look(301, "text/html", "")),
        Fail,
        &["301", "base_url"],
    );
    says(
        &page(&urls, &look(403, "text/html", "")),
        Fail,
        &["403", "firewall"],
    );
    says(&page(&urls, &look(404, "text/html", "")), Fail, &["404"]);
    says(&page(&urls, &silence()), Fail, &["too long"]);
}

#[test]
fn webfinger_has_to_name_the_actor() {
    for domain in ["", "example.org"] {
        let check = if domain.is_empty() { webfinger } else { handle };
        let urls = urls(domain);
        let file = webfinger_file(&urls);
        says(
            &check(&urls, &look(200, "application/jrd+json", &file)),
            Right,
            &["@letter@"],
        );
        says(
            &check(&urls, &look(200, "application/json; charset=utf-8", &file)),
            Right,
            &[],
        );
        says(
            &check(&urls, &look(200, "application/octet-stream", &file)),
            Warn,
            &["octet-stream"],
        );
        for foreign in [
            file.replace("acct:letter", "acct:other"),
            file.replace("letter.example/actor", "letter.example/users/1"),
            file.replace("\"self\"", "\"me\""),
            file.replace("application/activity+json", "text/html"),
            "{}".to_owned(),
            "<html>".to_owned(),
        ] {
            says(
                &check(&urls, &look(200, "application/jrd+json", &foreign)),
                Fail,
                &["does not say"],
            );
        }
        says(
            &check(&urls, &look(404, "text/html", "")),
            Fail,
            &["404", "/.well-known/webfinger"],
        );
    }
    let (urls, away) = (urls(""), urls("example.org"));
    says(
        &webfinger(&urls, &look(400, "text/html", "")),
        Fail,
        &["400", "query"],
    );
    says(
        &webfinger(&urls, &look(403, "text/html", "")),
        Fail,
        &["403", "firewall"],
    );
    // The hint is the very file that puts it right.
    let file = webfinger_file(&away);
    assert!(
        file.contains("acct:letter@example.org") && file.contains("https://letter.example/actor")
    );
    for wrong in [
        look(404, "text/html", ""),
        look(200, "text/html", ""),
        silence(),
    ] {
        let there = "https://example.org/.well-known/webfinger";
        says(&handle(&away, &wrong), Fail, &[there, file.trim_end()]);
    }
}

#[test]
fn the_actor_has_to_be_ours_with_our_key() {
    let urls = urls("");
    let document =
        |id: &str, pem: &str| json!({"id": id, "publicKey": {"publicKeyPem": pem}}).to_string();
    let ours = document("https://letter.example/actor", "PEM\n");
    says(
        &actor(&urls, &look(200, ACTIVITY_JSON, &ours)),
        Right,
        &["/actor"],
    );
    says(
        &actor(&urls, &look(200, "application/json", &ours)),
        Fail,
        &["application/json", "Content-Type"],
    );
    says(
        &actor(&urls, &look(200, "text/html", "<html>")),
        Fail,
        &["text/html", "Accept"],
    );
    says(
        &actor(&urls, &look(200, ACTIVITY_JSON, "{}")),
        Fail,
        &["another actor"],
    );
    says(
        &actor(&urls, &look(403, "text/html", "")),
        Fail,
        &["403", "firewall"],
    );
    says(
        &actor(&urls, &look(522, "text/html", "")),
        Fail,
        &["522", "server.listen"],
    );
    says(&key("PEM", &look(200, ACTIVITY_JSON, &ours)), Right, &[]);
    let other = document("https://letter.example/actor", "OTHER");
    says(
        &key("PEM", &look(200, ACTIVITY_JSON, &other)),
        Fail,
        &["another key"],
    );
    says(&key("PEM", &look(200, ACTIVITY_JSON, "{}")), Skipped, &[]);
    says(&key("PEM", &silence()), Skipped, &[]);
}

#[test]
fn a_cache_has_to_keep_the_forms_of_an_address_apart() {
    let (json, html) = (look(200, ACTIVITY_JSON, "{}"), look(200, "text/html", ""));
    says(&cache(&json, &html, &json), Right, &[]);
    says(&cache(&json, &look(302, "", ""), &json), Right, &[]);
    says(&cache(&json, &json, &json), Fail, &["cache", "Vary"]);
    says(&cache(&json, &html, &html), Fail, &["cache", "Vary"]);
    says(&cache(&html, &html, &html), Skipped, &[]);
    says(&cache(&json, &silence(), &json), Skipped, &[]);
}

#[test]
fn other_servers_have_to_get_through() {
    says(&fediverse(&look(200, ACTIVITY_JSON, "{}")), Right, &[]);
    for status in [401, 403, 429, 503] {
        says(
            &fediverse(&look(status, "text/html", "")),
            Fail,
            &[&status.to_string(), "firewall"],
        );
    }
    says(&fediverse(&silence()), Fail, &["too long"]);
    says(&inbox(&look(401, "text/plain", "")), Right, &[]);
    says(
        &inbox(&look(503, "text/plain", "")),
        Warn,
        &["503", "--read-only"],
    );
    for status in [403, 406, 429] {
        says(
            &inbox(&look(status, "text/html", "")),
            Fail,
            &[&status.to_string(), "firewall"],
        );
    }
    for status in [200, 202, 301, 404, 405, 413] {
        says(
            &inbox(&look(status, "text/html", "")),
            Fail,
            &[&status.to_string(), "POST"],
        );
    }
    says(
        &inbox(&look(502, "text/html", "")),
        Fail,
        &["502", "server.listen"],
    );
    says(&inbox(&silence()), Fail, &["too long"]);
}

fn arrival(client_is_believed: bool, scheme: Option<&str>) -> Arrived {
    let arrival = RequestArrival {
        host: "letter.example".to_owned(),
        path: "/doctor/n/%7E?q=%2B".to_owned(),
        scheme: scheme.map(str::to_owned),
        client_is_believed,
    };
    let body = serde_json::to_string(&arrival).unwrap();
    let arrived = Arrived::of(&look(200, "application/json", &body));
    assert_eq!(arrived, Arrived::So(arrival));
    arrived
}

#[test]
fn path_host_and_scheme_have_to_arrive_as_they_were_sent() {
    let arrived = arrival(true, Some("https"));
    says(&path("/doctor/n/%7E?q=%2B", &arrived), Right, &[]);
    for sent in [
        "/doctor/n/~?q=%2B",
        "/doctor/n/%7E?q=+",
        "/doctor/n/%7e?q=%2B",
        "/doctor/n/%7E",
    ] {
        says(&path(sent, &arrived), Fail, &["arrives as", "nocanon"]);
    }
    says(&host("letter.example", &arrived), Right, &[]);
    says(&host("Letter.example", &arrived), Right, &[]);
    for other in ["letter.example:8443", "127.0.0.1:8080"] {
        says(&host(other, &arrived), Fail, &["ProxyPreserveHost"]);
    }
    says(&scheme("https", &arrived), Right, &[]);
    says(
        &scheme("https", &arrival(true, Some("http"))),
        Warn,
        &["flexible"],
    );
    says(&scheme("https", &arrival(true, None)), Skipped, &[]);
}

#[test]
fn the_clients_address_has_to_be_believed_and_not_the_clients_own_word() {
    let (yes, no) = (arrival(true, None), arrival(false, None));
    says(&client_address(true, &yes, &yes), Right, &[]);
    says(
        &client_address(true, &yes, &no),
        Fail,
        &["anybody can choose"],
    );
    says(&client_address(true, &no, &yes), Fail, &["trusted_proxies"]);
    says(&client_address(true, &no, &no), Fail, &["trusted_proxies"]);
    says(&client_address(false, &no, &no), Skipped, &["no proxy"]);
}

#[test]
fn a_server_of_another_database_says_nothing_about_what_arrives() {
    let unknown = Arrived::of(&look(404, "text/html", ""));
    assert_eq!(unknown, Arrived::Unknown);
    says(&path("/", &unknown), Fail, &["does not know this database"]);
    let not = Arrived::of(&look(200, "text/html", "hello"));
    says(&path("/", &not), Fail, &["200"]);
    says(&path("/", &Arrived::of(&silence())), Fail, &["too long"]);
    for arrived in [&unknown, &not] {
        says(&host("letter.example", arrived), Skipped, &[]);
        says(&scheme("https", arrived), Skipped, &[]);
        says(&client_address(true, arrived, arrived), Skipped, &[]);
    }
}

#[test]
fn who_may_move_here_answers() {
    let side = |side| [("https://old.example/actor".to_owned(), side)];
    says(&other_sides(&side(OtherSide::Answers)), Right, &[]);
    says(&other_sides(&side(OtherSide::MovedHere)), Right, &[]);
    let elsewhere = OtherSide::MovedElsewhere("https://third.example/actor".to_owned());
    says(
        &other_sides(&side(elsewhere)),
        Warn,
        &["third.example", "MOVING.md"],
    );
    let silent = OtherSide::Silent("refused".to_owned());
    says(
        &other_sides(&side(silent)),
        Warn,
        &["old.example", "refused"],
    );
}
