//! Where another server lets its people write a post or open one: the intents that its WebFinger offers (FEP-3b86), the
//! older template of `OStatus`, and the software that it names by NodeInfo.

use serde_json::{Map, Value};
use url::Url;

use super::{json, remote_actor::BadDocument};
use crate::text::percent_encoded;

/// Longest document, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// Longest template, in bytes.
const MAX_TEMPLATE: usize = 2048;

/// The relation of the page on which a post is written (FEP-3b86).
const CREATE: &str = "https://w3id.org/fep/3b86/Create";
/// The relation of the page on which an object of another server is opened (FEP-3b86).
const OBJECT: &str = "https://w3id.org/fep/3b86/Object";
/// The relation of the page on which an account or object of another server is opened (`OStatus`).
const SUBSCRIBE: &str = "http://ostatus.org/schema/1.0/subscribe";

/// The relations of NodeInfo documents, newest first.
const NODEINFO: [&str; 2] = [
    "http://nodeinfo.diaspora.software/ns/schema/2.1",
    "http://nodeinfo.diaspora.software/ns/schema/2.0",
];

/// Templates of addresses, with variables such as `{content}`. Nothing has looked at where they lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntentTemplates {
    /// Opens a post that is written already; its text is `{content}`.
    pub write: Option<String>,
    /// Opens an object of another server; its id is `{object}` or `{uri}`.
    pub open: Option<String>,
}

impl IntentTemplates {
    /// Reads what WebFinger says about an account or a server (RFC 7033).
    ///
    /// # Errors
    /// [`BadDocument`] also when it is longer than 64 KiB.
    pub fn parse(body: &[u8]) -> Result<Self, BadDocument> {
        let links = links(body)?;
        let template = |relation: &str| {
            let of = |link: &&Map<String, Value>| text(link, "rel") == Some(relation);
            let template = text(links.iter().find(of)?, "template")?;
            (template.len() <= MAX_TEMPLATE).then(|| template.to_owned())
        };
        Ok(Self {
            write: template(CREATE),
            open: template(OBJECT).or_else(|| template(SUBSCRIBE)),
        })
    }

    /// What software with this name in its NodeInfo is known to have, on a server with this origin.
    pub fn of_software(name: &str, origin: &str) -> Self {
        let (write, open) = match name {
            "mastodon" | "hometown" | "fedibird" | "kmyblue" => (
                Some("/share?text={content}"),
                Some("/authorize_interaction?uri={object}"),
            ),
            "misskey" | "sharkey" | "cherrypick" | "firefish" | "calckey" | "iceshrimp" => {
                (Some("/share?text={content}"), None)
            }
            "friendica" => (Some("/compose?body={content}"), None),
            _ => (None, None),
        };
        let at = |path: &str| format!("{origin}{path}");
        Self {
            write: write.map(at),
            open: open.map(at),
        }
    }

    /// These, and those of `others` that are missing here.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            write: self.write.or(others.write),
            open: self.open.or(others.open),
        }
    }

    /// Whether none is missing.
    pub const fn is_complete(&self) -> bool {
        self.write.is_some() && self.open.is_some()
    }
}

/// The address of a template with these values, percent-encoded. A variable without a value becomes empty.
pub fn fill(template: &str, values: &[(&str, &str)]) -> Option<Url> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        filled.push_str(before);
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            filled.push_str(&percent_encoded(value));
        }
        rest = after;
    }
    filled.push_str(rest);
    Url::parse(&filled).ok()
}

/// The address of the newest NodeInfo document that a server's list names.
///
/// # Errors
/// [`BadDocument`] also when it is longer than 64 KiB.
pub fn nodeinfo_address(body: &[u8]) -> Result<Option<Url>, BadDocument> {
    let links = links(body)?;
    let address = |relation: &&str| {
        let of = |link: &&Map<String, Value>| text(link, "rel") == Some(relation);
        Url::parse(text(links.iter().find(of)?, "href")?).ok()
    };
    Ok(NODEINFO.iter().find_map(address))
}

/// The name of a server's software in its NodeInfo document, in small letters.
///
/// # Errors
/// [`BadDocument`] also when it is longer than 64 KiB.
pub fn software_name(body: &[u8]) -> Result<Option<String>, BadDocument> {
    let document = short(body)?;
    let software = document.get("software").and_then(Value::as_object);
    Ok(software
        .and_then(|software| text(software, "name"))
        .map(str::to_ascii_lowercase))
}

fn short(body: &[u8]) -> Result<Map<String, Value>, BadDocument> {
    if body.len() > MAX_BYTES {
        return Err(BadDocument::Missing("end"));
    }
    Ok(json::parse(body)?)
}

fn links(body: &[u8]) -> Result<Vec<Map<String, Value>>, BadDocument> {
    let mut document = short(body)?;
    let links = document.remove("links");
    let Some(Value::Array(links)) = links else {
        return Ok(Vec::new());
    };
    let objects = links.iter().filter_map(Value::as_object);
    Ok(objects.cloned().collect())
}

fn text<'a>(object: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    object.get(member).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn link(relation: &str, template: &str) -> Value {
        json!({"rel": relation, "template": template})
    }

    #[test]
    fn intents_come_before_the_template_of_ostatus() {
        let (create, object, subscribe) = (
            link(CREATE, "https://m.example/share?text={content}"),
            link(
                OBJECT,
                "https://m.example/authorize_interaction?uri={object}",
            ),
            link(SUBSCRIBE, "https://m.example/subscribe?uri={uri}"),
        );
        let long = link(CREATE, &"x".repeat(MAX_TEMPLATE + 1));
        let wrong = json!({"rel": CREATE, "template": 7});
        for (links, write, open) in [
            (
                vec![&subscribe, &object, &create],
                Some("share"),
                Some("authorize_interaction"),
            ),
            (vec![&subscribe], None, Some("subscribe")),
            (vec![&create], Some("share"), None),
            (vec![&long, &wrong], None, None),
            (vec![], None, None),
        ] {
            let document = json!({"subject": "acct:ada@m.example", "links": links}).to_string();
            let read = IntentTemplates::parse(document.as_bytes()).unwrap();
            let has = |template: &Option<String>, path: Option<&str>| match (template, path) {
                (Some(template), Some(path)) => template.contains(path),
                (None, None) => true,
                _ => false,
            };
            assert!(has(&read.write, write), "{document} {read:?}");
            assert!(has(&read.open, open), "{document} {read:?}");
        }
        for bad in ["", "[]", "<html>", r#"{"links":{}"#] {
            assert!(IntentTemplates::parse(bad.as_bytes()).is_err(), "{bad}");
        }
        let huge = json!({"links": [], "padding": "x".repeat(MAX_BYTES)}).to_string();
        assert!(IntentTemplates::parse(huge.as_bytes()).is_err());
    }

    #[test]
    fn values_are_encoded_and_unknown_variables_are_empty() {
        let values = [
            ("content", "@letter@l.example I sign + more"),
            ("object", "https://l.example/letter?a=b&c#d"),
        ];
        for (template, expected) in [
            (
                "https://m.example/share?text={content}&x={other}",
                Some(
                    "https://m.example/share?text=%40letter%40l.example%20I%20sign%20%2B%20more&x=",
                ),
            ),
            (
                "https://m.example/open/{object}",
                Some("https://m.example/open/https%3A%2F%2Fl.example%2Fletter%3Fa%3Db%26c%23d"),
            ),
            ("https://m.example/plain", Some("https://m.example/plain")),
            ("https://m.example/{content", None),
            ("/share?text={content}", None),
            ("", None),
        ] {
            let filled = fill(template, &values);
            assert_eq!(filled.as_ref().map(Url::as_str), expected, "{template}");
        }
        // A value is never part of the host's name.
        assert!(fill("https://{object}/", &values).is_none());
    }

    #[test]
    fn software_is_known_by_its_nodeinfo() {
        let list = json!({"links": [
            {"rel": NODEINFO[1], "href": "https://m.example/nodeinfo/2.0"},
            {"rel": NODEINFO[0], "href": "https://m.example/nodeinfo/2.1"},
            {"rel": "other", "href": "https://m.example/x"}]});
        let address = nodeinfo_address(list.to_string().as_bytes()).unwrap();
        assert_eq!(
            address.as_ref().map(Url::as_str),
            Some("https://m.example/nodeinfo/2.1")
        );
        assert_eq!(nodeinfo_address(b"{}").unwrap(), None);
        let named = |name: Value| json!({"software": {"name": name}}).to_string();
        let name = software_name(named(json!("Mastodon")).as_bytes()).unwrap();
        assert_eq!(name.as_deref(), Some("mastodon"));
        assert_eq!(software_name(named(json!(7)).as_bytes()).unwrap(), None);
        let known = IntentTemplates::of_software("mastodon", "https://m.example");
        assert!(known.is_complete());
        assert_eq!(
            IntentTemplates::of_software("unheard-of", "https://m.example"),
            IntentTemplates::default()
        );
        let offered = IntentTemplates {
            write: Some("https://m.example/own".to_owned()),
            open: None,
        };
        let both = offered.or(known);
        assert_eq!(both.write.as_deref(), Some("https://m.example/own"));
        assert!(both.open.is_some());
    }
}
