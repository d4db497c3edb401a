//! What another server's WebFinger says about an account (RFC 7033).

use serde_json::{Map, Value};

use super::{json, remote_actor::BadDocument};

/// Longest document, in bytes. Mastodon's have less than two thousand.
const MAX_BYTES: usize = 64 * 1024;

/// Longest account, in bytes: user name and host name have at most 256 each.
const MAX_ACCOUNT: usize = 520;

/// The relation of an account to its actor.
const SELF: &str = "self";

/// An account, and the actors that its host says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteAccount {
    /// The user name of the subject.
    pub user: String,
    /// The host of the subject, in small letters, with a port if it names one. Nothing has confirmed it.
    pub host: String,
    /// The `self` links.
    pub actors: Vec<String>,
}

impl RemoteAccount {
    /// Reads a document that was fetched.
    ///
    /// # Errors
    /// [`BadDocument`] also when the subject is no account or the document is longer than 64 KiB.
    pub fn parse(body: &[u8]) -> Result<Self, BadDocument> {
        const NO_SUBJECT: BadDocument = BadDocument::Missing("subject");
        if body.len() > MAX_BYTES {
            return Err(NO_SUBJECT);
        }
        let object = json::parse(body)?;
        let subject = object.get("subject").and_then(Value::as_str);
        let account = subject
            .filter(|subject| subject.len() <= MAX_ACCOUNT)
            .and_then(|subject| subject.strip_prefix("acct:"))
            .and_then(|account| account.split_once('@'));
        let (user, host) = account.ok_or(NO_SUBJECT)?;
        if user.is_empty() || !is_host(host) {
            return Err(NO_SUBJECT);
        }
        let links = object.get("links").and_then(Value::as_array);
        let links = links.into_iter().flatten().filter_map(Value::as_object);
        Ok(Self {
            user: user.to_owned(),
            host: host.to_ascii_lowercase(),
            actors: links.filter_map(actor).collect(),
        })
    }
}

/// Whether a text can be a host with or without a port, and nothing that would be another part of a URL.
fn is_host(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    !text.is_empty() && text.chars().all(fits)
}

fn actor(link: &Map<String, Value>) -> Option<String> {
    let is_self = link.get("rel").and_then(Value::as_str) == Some(SELF);
    let href = link.get("href").and_then(Value::as_str);
    href.filter(|_| is_self).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_from_its_subject() {
        for (document, expected) in [
            (
                r#"{"subject":"acct:ada@M.example","links":[{"rel":"self","href":"https://m.example/ada"},
                    {"rel":"other","href":"https://m.example/x"},{"rel":"self"},7]}"#,
                Some(("ada", "m.example", 1)),
            ),
            (
                r#"{"subject":"acct:ada@m.example:81"}"#,
                Some(("ada", "m.example:81", 0)),
            ),
            (r#"{"subject":"https://m.example/ada"}"#, None),
            (r#"{"subject":"acct:ada"}"#, None),
            (r#"{"subject":"acct:@m.example"}"#, None),
            (r#"{"subject":"acct:ada@m.example/x"}"#, None),
            (r#"{"subject":"acct:ada@x@m.example"}"#, None),
            (r#"{"subject":"acct:ada@m.example?a=b"}"#, None),
            (r#"{"subject":["acct:ada@m.example"]}"#, None),
            (
                r#"{"subject":"acct:a@b.example","subject":"acct:c@d.example"}"#,
                None,
            ),
            ("[]", None),
            ("", None),
        ] {
            let read = RemoteAccount::parse(document.as_bytes()).ok();
            let read = read
                .as_ref()
                .map(|it| (it.user.as_str(), it.host.as_str(), it.actors.len()));
            assert_eq!(read, expected, "{document}");
        }
        let padding = "x".repeat(MAX_BYTES);
        let huge = format!(r#"{{"subject":"acct:ada@m.example","padding":"{padding}"}}"#);
        assert!(RemoteAccount::parse(huge.as_bytes()).is_err());
        let long = format!(
            r#"{{"subject":"acct:{}@m.example"}}"#,
            "a".repeat(MAX_ACCOUNT)
        );
        assert!(RemoteAccount::parse(long.as_bytes()).is_err());
    }
}
