//! The URLs of the configuration: our own, those of other services, and the database's with its password.

use std::{fmt, path::Path};

use serde::{Deserialize, Deserializer, Serializer, de::Error as _};
use url::{Host, Url};

use super::values::{Written, is_not};

/// The replacement for a secret.
const HIDDEN: &str = "***";

/// A URL of a foreign service, `http` or `https`, without a user name.
///
/// Its query is hidden in `Debug` and in `config show`: the raw file of a private repository
/// carries its token there.
#[derive(Clone, PartialEq, Eq)]
pub struct WebUrl(Url);

impl WebUrl {
    /// The whole URL, with a query that may hold a token. Not for people or logs.
    pub const fn as_url(&self) -> &Url {
        &self.0
    }
}

impl Written for WebUrl {
    fn read(text: &str) -> Result<Self, String> {
        web_url(text).map(Self)
    }

    fn write(&self) -> String {
        let mut url = self.0.clone();
        if url.query().is_some() {
            url.set_query(Some(HIDDEN));
        }
        bare(&url)
    }
}

impl fmt::Debug for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WebUrl").field(&self.write()).finish()
    }
}

/// A mail server, `smtp` or `smtps`, with the user name and the password for it. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SmtpUrl(Url);

impl SmtpUrl {
    /// Reads it. A fault never repeats the text: it may hold a password.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).ok();
        let url = url.filter(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host());
        let url = url.ok_or(
            "names a variable with something else than a URL such as smtps://user:password@mail.example",
        )?;
        let is_plain = url.scheme() == "smtp"
            && !url
                .query_pairs()
                .any(|(name, value)| name == "tls" && value == "required");
        if is_plain && url.password().is_some() && !on_localhost(&url) {
            return Err(
                "names a variable whose URL would send the password without TLS; write smtps://, or smtp:// with \
                 ?tls=required",
            );
        }
        Ok(Self(url))
    }

    pub(super) const fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

/// Where the database is: a file for SQLite, or a PostgreSQL server.
///
/// `Debug` and `config show` hide the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(DatabaseKind);

#[derive(Clone, PartialEq, Eq)]
enum DatabaseKind {
    /// What follows `sqlite://`, percent-encoded as the driver expects it.
    Sqlite(String),
    Postgres(Url),
}

impl DatabaseUrl {
    /// A database that was named on the command line. A fault never repeats the text: it may hold a password.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn typed(text: &str) -> Result<Self, String> {
        Self::read(text)
    }

    /// Whether it is a PostgreSQL server.
    pub const fn is_server(&self) -> bool {
        matches!(self.0, DatabaseKind::Postgres(_))
    }

    /// The URL for the driver, with its password; a relative SQLite path is resolved against the working
    /// folder. Not for people or logs.
    pub fn for_driver(&self) -> String {
        self.resolved(Path::new(""))
    }

    /// The same for people, the password hidden.
    pub fn for_people(&self) -> String {
        self.shown(Path::new(""))
    }

    /// The URL for the driver, with its password; a relative SQLite path is resolved against `base`.
    pub(super) fn resolved(&self, base: &Path) -> String {
        match &self.0 {
            DatabaseKind::Sqlite(path) => {
                // The driver decodes the whole path, so the part that we add has to be encoded.
                let base = base
                    .to_string_lossy()
                    .replace('%', "%25")
                    .replace('?', "%3F");
                format!("sqlite://{}", Path::new(&base).join(path).display())
            }
            DatabaseKind::Postgres(url) => url.as_str().to_owned(),
        }
    }

    /// The same for people: as [`DatabaseUrl::resolved`], the password hidden.
    pub(super) fn shown(&self, base: &Path) -> String {
        match &self.0 {
            DatabaseKind::Sqlite(_) => self.resolved(base),
            DatabaseKind::Postgres(_) => self.write(),
        }
    }
}

impl Written for DatabaseUrl {
    /// The faults never repeat the value: it may hold a password.
    fn read(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            if path.is_empty() || path.contains('?') || path == ":memory:" {
                return Err(
                    "an SQLite database must be a file, without parameters, such as \
                            \"sqlite://data/undersigned.db\""
                        .to_owned(),
                );
            }
            return Ok(Self(DatabaseKind::Sqlite(path.to_owned())));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Url::parse(text)
                .map(|url| Self(DatabaseKind::Postgres(url)))
                .map_err(|cause| format!("is not a PostgreSQL URL: {cause}"));
        }
        Err("must begin with sqlite://, postgres:// or postgresql://".to_owned())
    }

    fn write(&self) -> String {
        match &self.0 {
            DatabaseKind::Sqlite(path) => format!("sqlite://{path}"),
            DatabaseKind::Postgres(url) => without_password(url),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DatabaseUrl").field(&self.write()).finish()
    }
}

/// The URL with its password hidden, both where URLs have it and among the parameters.
fn without_password(url: &Url) -> String {
    let mut shown = url.clone();
    if url.password().is_some() && shown.set_password(Some(HIDDEN)).is_err() {
        return format!("{}://{HIDDEN}", url.scheme());
    }
    if url.query().is_some() {
        let pairs = url.query_pairs().map(|(key, value)| match &*key {
            "password" => (key, HIDDEN.into()),
            _ => (key, value),
        });
        shown.query_pairs_mut().clear().extend_pairs(pairs);
    }
    shown.into()
}

/// An absolute `http` or `https` URL without a user name or a password.
pub(super) fn web_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_cause| is_not(text, "an absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(is_not(text, "an http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user name or a password".to_owned());
    }
    Ok(url)
}

/// The URL as people write it: without the slash of an empty path.
fn bare(url: &Url) -> String {
    let text = url.as_str();
    if url.path() == "/" {
        text.strip_suffix('/').unwrap_or(text)
    } else {
        text
    }
    .to_owned()
}

/// Whether only this machine reaches the URL: `localhost`, 127.0.0.0/8 or `::1`.
pub fn on_localhost(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// serde for `server.base_url`: only a scheme, a host and perhaps a port, because every URL that we publish
/// begins with it.
pub(super) mod base {
    use super::{
        Deserialize as _, Deserializer, Serializer, Url, bare, is_not, on_localhost, web_url,
    };
    use serde::de::Error as _;

    fn read(text: &str) -> Result<Url, String> {
        let url = web_url(text)?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(is_not(
                text,
                "a URL of scheme and host alone: no path, query or fragment",
            ));
        }
        if url.scheme() != "https" && !on_localhost(&url) {
            return Err(is_not(
                text,
                "an https URL, and other servers refuse anything else",
            ));
        }
        Ok(url)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Url, D::Error> {
        read(&String::deserialize(d)?).map_err(D::Error::custom)
    }

    pub(crate) fn serialize<S: Serializer>(url: &Url, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&bare(url))
    }
}

/// A DNS name in lower-case ASCII (international names are encoded), or nothing.
pub(super) fn dns_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Ok(text);
    }
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    match Host::parse(&text) {
        Ok(Host::Domain(name)) if name.len() <= 253 && name.split('.').all(label) => Ok(name),
        Ok(_) | Err(_) => Err(D::Error::custom(is_not(
            &text,
            "a DNS name such as \"letter.example\"",
        ))),
    }
}
