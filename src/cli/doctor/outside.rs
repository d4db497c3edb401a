//! What others see of our server, and what follows from it. Pure; [`super::looks`] asks.

use std::{
    io,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use http::{StatusCode, header::LOCATION};
use serde_json::Value;

use super::verdict::CheckVerdict;
use crate::{
    activitystreams::{ACTIVITY_JSON, Urls, is_activity_media_type},
    clock::Millis,
    federation::moving::OtherSide,
    http::{arrival::RequestArrival, pages::static_site::webfinger_file},
    http_client::{FetchFailure, RawResponse, guard::Forbidden, look::Validity},
    text::with_causes,
};

/// What a request found.
pub(super) type Seen = Result<RawResponse, FetchFailure>;

/// The least that has to be left of a certificate. Whoever renews by itself does so with a third of its time left.
const LEFT_AT_LEAST: Duration = Duration::from_hours(24);

/// What stands in front of the server is at fault when it answers so, because we never do.
const FIREWALL: &str = "something in front of the server turns programs away (a firewall, a challenge for browsers, a limit of \
                        the CDN): let requests through that ask for application/activity+json, and POST to /inbox";
/// What the proxy says by such a status.
const NOT_FORWARDED: &str =
    "the proxy does not reach the server: it has to forward to the address in `server.listen`";

/// The addresses of the host.
pub(super) fn dns(
    host: &str,
    tried: Result<&[(IpAddr, io::Result<()>)], &FetchFailure>,
) -> CheckVerdict {
    match tried {
        Ok(tried) => {
            let addresses: Vec<_> = tried.iter().map(|(at, _)| at.to_string()).collect();
            CheckVerdict::ok(format!("{host} is at {}", addresses.join(", ")))
        }
        Err(FetchFailure::Forbidden(Forbidden::Address(address))) => CheckVerdict::fail(
            format!("{host} leads to {address}, which is not public"),
            "give the name its public address in DNS, and take it out of /etc/hosts of this machine; where only this machine \
             sees that address, put it into `net.allow_addresses`",
        ),
        Err(error) => CheckVerdict::fail(
            format!("{host} leads nowhere: {}", with_causes(error)),
            "give the name an A or AAAA record, and see which name server this machine asks",
        ),
    }
}

/// Whether each address takes connections.
pub(super) fn connection(tried: &[(IpAddr, io::Result<()>)]) -> CheckVerdict {
    // A machine without IPv6 cannot say anything about that of others.
    let no_route = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable
        )
    };
    let closed = |at: &IpAddr, why: &io::Error| format!("{at} takes no connection: {why}");
    let failed: Vec<_> = tried
        .iter()
        .filter_map(|(at, tried)| Some((at, tried.as_ref().err()?)))
        .collect();
    let first = failed.iter().find(|(_, why)| !no_route(why));
    match first.or(failed.first()) {
        None => CheckVerdict::ok("every address takes connections"),
        Some((at, why)) if failed.len() == tried.len() => CheckVerdict::fail(
            closed(at, why),
            "start the proxy, and open its port in the firewall",
        ),
        Some((at, why)) if !no_route(why) => CheckVerdict::warn(
            closed(at, why),
            if is_v6(at) {
                "let the proxy listen on IPv6, or take the AAAA record away: some servers try no other address"
            } else {
                "let the proxy listen there, or take the A record away: some servers try no other address"
            },
        ),
        Some(_) => {
            CheckVerdict::ok("every address that this machine has a way to takes connections")
        }
    }
}

const fn is_v6(address: &IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if Ipv6Addr::to_ipv4_mapped(v6).is_none())
}

/// The certificate, or why there was no answer at all.
pub(super) fn tls(is_https: bool, page: &Seen, now: Millis) -> CheckVerdict {
    let look = match page {
        Ok(look) => look,
        Err(error) => {
            let said = with_causes(error);
            let hint = if said.contains("certificate") {
                "get a certificate for this very name from an authority that everybody trusts, with its whole chain, and keep \
                 it renewed; an authority of your own belongs into `net.ca_file`"
            } else {
                "see whether the proxy runs, speaks TLS at this address, and answers within ten seconds"
            };
            return CheckVerdict::fail(said, hint);
        }
    };
    if !is_https {
        return CheckVerdict::skipped("`server.base_url` is http: nobody else reaches this server");
    }
    let Some(validity) = look.certificate.as_deref().and_then(Validity::of) else {
        return CheckVerdict::fail(
            "the certificate cannot be read",
            "get one from an authority that everybody trusts",
        );
    };
    let left = validity.ends.since(now);
    let days = left.as_secs() / (24 * 60 * 60);
    let message = format!(
        "the certificate ends in {days} days, on {}",
        validity.ends.to_date()
    );
    let hint = "see the log of Caddy or certbot: renewing failed";
    if left < LEFT_AT_LEAST {
        CheckVerdict::fail(message, hint)
    } else if left < validity.ends.since(validity.begins) / 5 {
        CheckVerdict::warn(message, hint)
    } else {
        CheckVerdict::ok(message)
    }
}

/// The letter's page, as a browser sees it.
pub(super) fn page(urls: &Urls, seen: &Seen) -> CheckVerdict {
    let look = match answered(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    // The link by which other servers find what is behind the page: the letter, or the actor of a draft.
    let body = String::from_utf8_lossy(&look.body);
    let mut ids = [urls.letter(), urls.actor()].into_iter();
    let names_letter = ids.any(|id| body.contains(&format!("\"{id}\"")));
    if look.media_type().starts_with("text/html") && names_letter {
        return CheckVerdict::ok("the page is there");
    }
    CheckVerdict::fail(
        "another page than the letter's answers",
        "let the proxy forward every path to the server",
    )
}

/// WebFinger at our own address.
pub(super) fn webfinger(urls: &Urls, seen: &Seen) -> CheckVerdict {
    let look = match answered(seen) {
        Ok(look) => look,
        Err(verdict) => {
            let status = seen.as_ref().map(|look| look.status).ok();
            let hint = match status {
                Some(StatusCode::NOT_FOUND) => {
                    "let the proxy forward /.well-known/webfinger; a rule for certificates often takes all of /.well-known"
                }
                Some(StatusCode::BAD_REQUEST) => "let the proxy pass on the query",
                _ => return verdict,
            };
            return CheckVerdict {
                hint: Some(hint.to_owned()),
                ..verdict
            };
        }
    };
    account(urls, look).unwrap_or_else(|| {
        CheckVerdict::fail(
            format!(
                "WebFinger does not say that {} is {}",
                urls.handle(),
                urls.actor()
            ),
            "let the proxy forward /.well-known/webfinger with its query",
        )
    })
}

/// WebFinger at the domain of the handle, when that is another one; `location` is where it finally answered.
pub(super) fn handle(urls: &Urls, seen: &Seen) -> CheckVerdict {
    let found = match answered(seen) {
        Ok(look) => account(urls, look),
        Err(verdict) => {
            return CheckVerdict {
                hint: Some(put_there(urls)),
                ..verdict
            };
        }
    };
    found.unwrap_or_else(|| {
        CheckVerdict::fail(
            format!(
                "WebFinger there does not say that {} is {}",
                urls.handle(),
                urls.actor()
            ),
            put_there(urls),
        )
    })
}

fn put_there(urls: &Urls) -> String {
    let domain = urls.acct();
    let domain = domain.rsplit('@').next().unwrap_or_default();
    format!(
        "put this file at https://{domain}/.well-known/webfinger (`undersigned site export DIR` writes it), or redirect there to \
         {}/.well-known/webfinger with the query: {}",
        urls.origin(),
        webfinger_file(urls).trim_end()
    )
}

/// The verdict on a WebFinger answer; `None` when it is about somebody else.
fn account(urls: &Urls, look: &RawResponse) -> Option<CheckVerdict> {
    let found: Value = serde_json::from_slice(&look.body).ok()?;
    let subject = format!("acct:{}", urls.acct());
    let has = |value: &Value, name: &str, expected: &str| {
        value.get(name).is_some_and(|value| value == expected)
    };
    let is_self = |link: &Value| {
        has(link, "rel", "self")
            && has(link, "type", ACTIVITY_JSON)
            && has(link, "href", &urls.actor())
    };
    let mut links = found.get("links")?.as_array()?.iter();
    if !has(&found, "subject", &subject) || !links.any(is_self) {
        return None;
    }
    let media_type = look.media_type();
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !matches!(essence, "application/jrd+json" | "application/json") {
        return Some(CheckVerdict::warn(
            format!("{} is found, as {media_type:?}", urls.handle()),
            "let the host send it as application/jrd+json, if it can: Mastodon does not mind, some other servers do",
        ));
    }
    Some(CheckVerdict::ok(format!("{} is found", urls.handle())))
}

/// The actor as other servers read it.
pub(super) fn actor(urls: &Urls, seen: &Seen) -> CheckVerdict {
    let look = match answered(seen) {
        Ok(look) => look,
        Err(verdict) => return verdict,
    };
    if !is_activity_media_type(look.media_type()) {
        return CheckVerdict::fail(
            format!("the actor comes as {:?}", look.media_type()),
            "let the proxy pass on the request's Accept, and the answer's Content-Type; and let no cache answer without Vary",
        );
    }
    let found: Option<Value> = serde_json::from_slice(&look.body).ok();
    let is_ours = found.is_some_and(|found| found.get("id").is_some_and(|id| *id == urls.actor()));
    if is_ours {
        return CheckVerdict::ok(format!("{} is there for other servers", urls.actor()));
    }
    CheckVerdict::fail(
        "another actor answers",
        "let the proxy forward to this server: `server.base_url` is not where it is reached",
    )
}

/// Whether the actor shows the key that this database signs with.
pub(super) fn key(pem: &str, seen: &Seen) -> CheckVerdict {
    let found = seen.as_ref().ok();
    let found: Option<Value> = found.and_then(|look| serde_json::from_slice(&look.body).ok());
    let shown = found
        .as_ref()
        .and_then(|found| found.pointer("/publicKey/publicKeyPem"));
    let Some(shown) = shown.and_then(Value::as_str) else {
        return CheckVerdict::skipped("the actor could not be read");
    };
    if shown.trim() == pem.trim() {
        return CheckVerdict::ok("the actor shows the key of this database");
    }
    CheckVerdict::fail(
        "the actor shows another key than that of this database, so others refuse what is signed",
        "see which database the running server has, and empty the caches in front of it; never run two servers on two copies",
    )
}

/// Whether another server's requests are answered as a browser's are: by its name, and signed.
pub(super) fn fediverse(seen: &Seen) -> CheckVerdict {
    match seen {
        Ok(look) if look.status.is_success() => {
            CheckVerdict::ok("a signed request of a Mastodon server is answered")
        }
        Ok(look) => CheckVerdict::fail(
            format!(
                "a signed request of a Mastodon server is answered {}",
                look.status
            ),
            FIREWALL,
        ),
        Err(error) => CheckVerdict::fail(with_causes(error), FIREWALL),
    }
}

/// Whether deliveries get through: one that nobody signed is refused by us, and by nobody before.
pub(super) fn inbox(seen: &Seen) -> CheckVerdict {
    let look = match seen {
        Ok(look) => look,
        Err(error) => return CheckVerdict::fail(with_causes(error), FIREWALL),
    };
    let status = look.status;
    match status {
        StatusCode::UNAUTHORIZED => CheckVerdict::ok("deliveries get through to the inbox"),
        StatusCode::SERVICE_UNAVAILABLE => CheckVerdict::warn(
            "the inbox takes nothing now (503)",
            "without `--read-only`, and with room on the disk, it does",
        ),
        _ if is_from_proxy(status) => CheckVerdict::fail(is_answered(status), NOT_FORWARDED),
        StatusCode::FORBIDDEN | StatusCode::NOT_ACCEPTABLE | StatusCode::TOO_MANY_REQUESTS => {
            CheckVerdict::fail(format!("a delivery {}", is_answered(status)), FIREWALL)
        }
        _ => CheckVerdict::fail(
            format!("a delivery {}", is_answered(status)),
            "let the proxy forward POST to /inbox, with its body and all headers",
        ),
    }
}

/// Whether a cache in front keeps the forms of one address apart: the actor for servers, then for people, then for
/// servers again.
pub(super) fn cache(first: &Seen, page: &Seen, again: &Seen) -> CheckVerdict {
    let is_json = |seen: &Seen| {
        let look = seen.as_ref().ok()?;
        Some(is_activity_media_type(look.media_type()))
    };
    match (is_json(first), is_json(page), is_json(again)) {
        (Some(true), Some(false), Some(true)) => {
            CheckVerdict::ok("servers and people get their own form of one address")
        }
        (Some(true), Some(true), _) | (Some(true), Some(false), Some(false)) => CheckVerdict::fail(
            "a cache in front gives people what servers asked for, or the other way round",
            "let it cache nothing of the server, or heed Vary: Accept",
        ),
        _ => CheckVerdict::skipped("the actor could not be read"),
    }
}

/// How a request arrived at the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    /// So.
    So(RequestArrival),
    /// The server does not know the nonce.
    Unknown,
    /// There was no answer that can be used.
    Not(String),
}

impl Arrived {
    /// What an answer says.
    pub(super) fn of(seen: &Seen) -> Self {
        let look = match seen {
            Ok(look) => look,
            Err(error) => return Self::Not(with_causes(error)),
        };
        let arrival = serde_json::from_slice(&look.body).ok();
        match (look.status, arrival) {
            (StatusCode::OK, Some(arrival)) => Self::So(arrival),
            (StatusCode::NOT_FOUND, _) => Self::Unknown,
            (status, _) => Self::Not(is_answered(status)),
        }
    }
}

/// Whether path and query arrive as they were sent.
pub(super) fn path(sent: &str, arrived: &Arrived) -> CheckVerdict {
    const HINT: &str = "let the proxy pass path and query on as they came, without decoding: nginx `proxy_pass` without a path \
                        behind the address, Apache `ProxyPass … nocanon`; other servers sign them";
    match arrived {
        Arrived::So(arrival) if arrival.path == sent => {
            CheckVerdict::ok("path and query arrive as they were sent")
        }
        Arrived::So(arrival) => {
            CheckVerdict::fail(format!("{sent} arrives as {}", arrival.path), HINT)
        }
        Arrived::Unknown => CheckVerdict::fail(
            "the server that answers does not know this database, or gets another path",
            format!(
                "see whether `server.base_url` leads to the server of this database, and restart that after an upgrade; {HINT}"
            ),
        ),
        Arrived::Not(why) => {
            CheckVerdict::fail(format!("cannot see how requests arrive: {why}"), FIREWALL)
        }
    }
}

/// Whether `Host` arrives as it was sent.
pub(super) fn host(authority: &str, arrived: &Arrived) -> CheckVerdict {
    match arrived {
        Arrived::So(arrival) if arrival.host.eq_ignore_ascii_case(authority) => {
            CheckVerdict::ok("Host arrives as it was sent")
        }
        Arrived::So(arrival) => CheckVerdict::fail(
            format!(
                "Host arrives as {:?} in place of {authority:?}",
                arrival.host
            ),
            "let the proxy pass Host on: nginx `proxy_set_header Host $http_host`, Apache `ProxyPreserveHost On`; other servers \
             sign it",
        ),
        Arrived::Unknown | Arrived::Not(_) => CheckVerdict::skipped(NOT_SEEN),
    }
}

/// Why nothing is said about what arrives.
const NOT_SEEN: &str = "how requests arrive could not be seen";

/// Whether TLS goes as far as the proxy in front of us.
pub(super) fn scheme(expected: &str, arrived: &Arrived) -> CheckVerdict {
    match arrived {
        Arrived::So(arrival) => match arrival.scheme.as_deref() {
            Some(scheme) if scheme == expected => {
                CheckVerdict::ok(format!("the proxy says {scheme}"))
            }
            Some(scheme) => CheckVerdict::warn(
                format!("the proxy says that requests come by {scheme}, in place of {expected}"),
                "let what stands in front of the proxy speak TLS with it (a CDN's mode \"full\", not \"flexible\"): between the two \
                 everybody can read and change everything",
            ),
            None => CheckVerdict::skipped(
                "the proxy sends no X-Forwarded-Proto, which nothing here needs",
            ),
        },
        Arrived::Unknown | Arrived::Not(_) => CheckVerdict::skipped(NOT_SEEN),
    }
}

/// Whether the client's address is believed, and cannot be chosen: `claimed` is how a request arrived that said whose
/// address it has.
pub(super) fn client_address(is_https: bool, arrived: &Arrived, claimed: &Arrived) -> CheckVerdict {
    if !is_https {
        return CheckVerdict::skipped("`server.base_url` is http: there is no proxy");
    }
    match (arrived, claimed) {
        (Arrived::So(plain), Arrived::So(claimed)) => {
            match (plain.client_is_believed, claimed.client_is_believed) {
                (true, true) => CheckVerdict::ok("the client's address is believed"),
                (true, false) => CheckVerdict::fail(
                    "anybody can choose the address that is counted: the proxy passes on the client's own X-Forwarded-For",
                    "let the proxy set X-Forwarded-For itself: nginx `proxy_set_header X-Forwarded-For $remote_addr`",
                ),
                (false, _) => CheckVerdict::fail(
                    "the client's address is not believed, so `[limits]` do not count people by it",
                    "put the proxy's address into `server.trusted_proxies`, and let it send X-Forwarded-For: nginx \
                 `proxy_set_header X-Forwarded-For $remote_addr`",
                ),
            }
        }
        _ => CheckVerdict::skipped(NOT_SEEN),
    }
}

/// The answer, if it is one that a reader could use.
fn answered(seen: &Seen) -> Result<&RawResponse, CheckVerdict> {
    let look = match seen {
        Ok(look) => look,
        Err(error) => {
            return Err(CheckVerdict::fail(
                with_causes(error),
                "see whether the proxy runs and answers within ten seconds",
            ));
        }
    };
    let status = look.status;
    if status.is_success() {
        return Ok(look);
    }
    let message = is_answered(status);
    Err(if status.is_redirection() {
        let target = look.header(LOCATION);
        CheckVerdict::fail(
            format!("{message}, to {target:?}"),
            "let it answer here: `server.base_url` has to be the address that nothing redirects from",
        )
    } else if is_from_proxy(status) {
        CheckVerdict::fail(message, NOT_FORWARDED)
    } else if matches!(
        status,
        StatusCode::FORBIDDEN
            | StatusCode::UNAUTHORIZED
            | StatusCode::NOT_ACCEPTABLE
            | StatusCode::TOO_MANY_REQUESTS
    ) {
        CheckVerdict::fail(message, FIREWALL)
    } else if status == StatusCode::SERVICE_UNAVAILABLE {
        CheckVerdict::fail(
            message,
            "see the server's log; a page that says \"maintenance\" is the proxy's",
        )
    } else {
        CheckVerdict::fail(
            message,
            "see the server's log, and whether the proxy forwards every path to it",
        )
    })
}

/// What was said about `n` issues whose comments sign, by address; `hook` is when their last webhook came.
pub(super) fn threads(n: usize, hook: Option<Millis>, said: &[(&str, &str)]) -> CheckVerdict {
    if said.is_empty() {
        let which = match n {
            1 => "the issue whose comments sign can be read".to_owned(),
            n => format!("the {n} issues whose comments sign can be read"),
        };
        return CheckVerdict::ok(match hook {
            Some(at) => format!("{which}, and the last webhook came at {at}"),
            None => which,
        });
    }
    let lines: Vec<_> = said
        .iter()
        .map(|(url, said)| format!("{url}: {said}"))
        .collect();
    CheckVerdict::warn(
        lines.join("; "),
        "nobody's signature ends by that; see `undersigned forge check`",
    )
}

/// The actors that may move here.
pub(super) fn other_sides(found: &[(String, OtherSide)]) -> CheckVerdict {
    let warnings: Vec<String> = found
        .iter()
        .filter_map(|(id, side)| side.warning(id))
        .collect();
    if warnings.is_empty() {
        return CheckVerdict::ok("everybody who may move here answers");
    }
    CheckVerdict::warn(
        warnings.join("; "),
        "docs/MOVING.md has the steps on both sides",
    )
}

/// Statuses that only a proxy answers with, when it reaches nobody.
fn is_from_proxy(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT)
        // Cloudflare's own (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
        || (520..=530).contains(&status.as_u16())
}

fn is_answered(status: StatusCode) -> String {
    format!("is answered {status}")
}

#[cfg(test)]
#[path = "outside_tests.rs"]
mod tests;
