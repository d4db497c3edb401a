//! Requests to our own server by its public address, as others send them.

use futures_util::future::join_all;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT, CONTENT_TYPE, LOCATION, USER_AGENT},
};
use url::Url;

use super::outside::Seen;
use crate::{
    activitystreams::{ACTIVITY_JSON, JRD_JSON, Urls, paths},
    http::arrival,
    http_client::{Client, FetchFailure},
};

/// What a browser says and asks for.
const BROWSER: [(HeaderName, &str); 2] = [
    (
        USER_AGENT,
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ),
    (
        ACCEPT,
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ),
];

/// What a Mastodon server says and asks for.
const MASTODON: [(HeaderName, &str); 2] = [
    (
        USER_AGENT,
        "Mastodon/4.5.0 (http.rb/5.3.1; +https://mastodon.example/)",
    ),
    (ACCEPT, "application/activity+json, application/ld+json"),
];

/// What is asked for under our own name.
const AS_OURSELVES: [(HeaderName, &str); 1] = [(ACCEPT, ACTIVITY_JSON)];

/// Most redirects from the domain of the handle, as Mastodon follows them.
const MAX_REDIRECTS: usize = 3;

/// Characters that a proxy might decode: in the path an encoded tilde and at sign, in the query what WebFinger has.
const UNCHANGED: &str = "%7Eb%40c?resource=acct%3Aa%40b&q=%2B+%C3%BC";

/// Asks our own server.
pub(super) struct Looks<'a> {
    pub(super) client: &'a Client,
    pub(super) urls: &'a Urls,
}

impl Looks<'_> {
    /// The front page, as a browser asks for it.
    pub(super) async fn page(&self) -> Seen {
        self.get(paths::PAGE, headers(&BROWSER)).await
    }

    /// The actor, as another server asks for it.
    pub(super) async fn actor(&self) -> Seen {
        self.get(paths::ACTOR, headers(&AS_OURSELVES)).await
    }

    /// The actor's address, as a browser asks for it.
    pub(super) async fn actor_as_page(&self) -> Seen {
        self.get(paths::ACTOR, headers(&BROWSER)).await
    }

    /// One of our documents, as a Mastodon server asks for it: under its name, and signed.
    pub(super) async fn as_mastodon(&self, path: &str) -> Seen {
        let url = self.url(path)?;
        let mut signed = self.client.signed_headers(&url)?;
        signed.extend(headers(&MASTODON));
        self.client.look(Method::GET, &url, signed, "").await
    }

    /// WebFinger at our own address.
    pub(super) async fn webfinger(&self) -> Seen {
        let url = self.webfinger_at(self.urls.origin())?;
        self.client
            .look(Method::GET, &url, headers(&[(ACCEPT, JRD_JSON)]), "")
            .await
    }

    /// WebFinger at another origin, such as that of the handle's domain; redirects are followed.
    pub(super) async fn handle(&self, origin: &str) -> Seen {
        let mut url = self.webfinger_at(origin)?;
        for _ in 0..MAX_REDIRECTS {
            let asked = headers(&[(ACCEPT, JRD_JSON)]);
            let look = self.client.look(Method::GET, &url, asked, "").await?;
            let next = url.join(look.header(LOCATION));
            match next {
                Ok(next) if look.status.is_redirection() && next != url => url = next,
                Ok(_) | Err(_) => return Ok(look),
            }
        }
        let asked = headers(&[(ACCEPT, JRD_JSON)]);
        self.client.look(Method::GET, &url, asked, "").await
    }

    /// A delivery that nobody signed.
    pub(super) async fn delivery(&self) -> Seen {
        let mut sent = headers(&MASTODON);
        sent.insert(CONTENT_TYPE, HeaderValue::from_static(ACTIVITY_JSON));
        let url = self.url(paths::INBOX)?;
        self.client.look(Method::POST, &url, sent, "{}").await
    }

    /// A request that the server describes, and its path and query; `claims` says that it comes from an address that
    /// nobody has.
    pub(super) async fn arrival(&self, nonce: &str, claims: bool) -> (String, Seen) {
        let mut sent = headers(&AS_OURSELVES);
        // Two addresses, for a cache that keeps what it is told not to keep.
        let mut target = format!("{}{nonce}/{UNCHANGED}", arrival::PREFIX);
        if claims {
            let name = HeaderName::from_static("x-forwarded-for");
            if let Ok(claimed) = HeaderValue::try_from(arrival::CLAIMED.to_string()) {
                sent.insert(name, claimed);
            }
            target.push_str("&claimed");
        }
        let seen = self.get(&target, sent).await;
        (target, seen)
    }

    async fn get(&self, path: &str, headers: HeaderMap) -> Seen {
        let url = self.url(path)?;
        self.client.look(Method::GET, &url, headers, "").await
    }

    fn webfinger_at(&self, origin: &str) -> Result<Url, FetchFailure> {
        let mut url = parsed(&format!("{origin}{}", paths::WEBFINGER))?;
        let resource = format!("acct:{}", self.urls.acct());
        url.query_pairs_mut().append_pair("resource", &resource);
        Ok(url)
    }

    fn url(&self, path: &str) -> Result<Url, FetchFailure> {
        parsed(&self.urls.absolute(path))
    }
}

fn parsed(url: &str) -> Result<Url, FetchFailure> {
    Url::parse(url).map_err(FetchFailure::BadTarget)
}

fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
    let pairs = pairs.iter().cloned();
    pairs
        .map(|(name, value)| (name, HeaderValue::from_static(value)))
        .collect()
}

/// How far our clock is ahead by the dates of these hosts, in seconds; `None` when fewer than five domains tell. What is
/// wrong with a single one says nothing about us.
pub(super) async fn clock(client: &Client, hosts: &[String]) -> Option<i64> {
    let urls = hosts
        .iter()
        .filter_map(|host| Url::parse(&format!("https://{host}{}", paths::NODEINFO)).ok());
    let asked = urls.map(|url| async move {
        let answered = client.look(Method::GET, &url, HeaderMap::new(), "").await;
        answered.is_ok()
    });
    join_all(asked).await;
    client.seconds_ahead()
}
