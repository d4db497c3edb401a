//! `Signature-Input` and `Signature`, which are structured fields (RFC 9651).
//!
//! The grammar allows extra blanks and lets the last of two equal names win, so that two readers may see
//! different values. Only the canonical spelling is accepted here, which is the signed one in any case.

use sfv::{BareItem, Dictionary, FieldType as _, ListEntry, Parser};

use super::components::Component;
use crate::signature::{
    Refusal,
    request::{MAX_HEADER, MAX_SIGNED},
};

/// The algorithm that goes with an RSA key here. We always name it; others need not.
const ALGORITHM: &str = "rsa-v1_5-sha256";

/// The content of a `Signature-Input` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    /// The label of the one signature.
    pub(super) label: String,
    /// The signed components, in their order, each once.
    pub(super) components: Vec<Component>,
    /// The text after the label: the value of `@signature-params`.
    pub(super) parameters: String,
    /// The id of the key; never empty.
    pub(super) key_id: String,
    /// When it was signed, in seconds since 1970.
    pub(super) created: i64,
    /// When it expires, in seconds since 1970.
    pub(super) expires: Option<i64>,
}

impl Input {
    /// Reads a header with exactly one signature.
    pub(super) fn parse(header: &str) -> Result<Self, Refusal> {
        let (label, entry) = only_entry(header)?;
        let ListEntry::InnerList(list) = entry else {
            return Err(Refusal::Malformed("`Signature-Input` lists nothing"));
        };
        let mut components = Vec::new();
        for item in &list.items {
            let component = Component::parse(item)?;
            if components.contains(&component) {
                return Err(Refusal::Duplicate(component.name().to_owned()));
            }
            if components.len() == MAX_SIGNED {
                return Err(Refusal::Malformed("the list of what is signed is too long"));
            }
            components.push(component);
        }
        let (mut key_id, mut created, mut expires) = (None, None, None);
        for (name, value) in &list.params {
            match (name.as_str(), value) {
                ("keyid", BareItem::String(value)) => key_id = Some(value.as_str().to_owned()),
                ("created", BareItem::Integer(value)) => created = Some(i64::from(*value)),
                ("expires", BareItem::Integer(value)) => expires = Some(i64::from(*value)),
                ("alg", BareItem::String(value)) if value.as_str() == ALGORITHM => (),
                ("alg", BareItem::String(value)) => {
                    return Err(Refusal::Algorithm(value.as_str().to_owned()));
                }
                ("nonce" | "tag", BareItem::String(_)) => (),
                _ => {
                    return Err(Refusal::Malformed(
                        "a parameter of the signature is unknown or of another type",
                    ));
                }
            }
        }
        let key_id = key_id.filter(|id| !id.is_empty());
        Ok(Self {
            parameters: header
                .split_once('=')
                .map_or("", |parts| parts.1)
                .to_owned(),
            label,
            components,
            key_id: key_id.ok_or(Refusal::Malformed("`keyid` is missing"))?,
            created: created.ok_or(Refusal::Malformed("`created` is missing"))?,
            expires,
        })
    }
}

/// The value after the label in our own `Signature-Input`. `key_id` has no character that needs escaping.
pub(super) fn write_parameters(components: &[Component], created: u64, key_id: &str) -> String {
    let names: Vec<String> = components
        .iter()
        .map(|component| format!("\"{}\"", component.name()))
        .collect();
    format!(
        "({});created={created};keyid=\"{key_id}\";alg=\"{ALGORITHM}\"",
        names.join(" ")
    )
}

/// Reads a `Signature` header with exactly this one signature.
pub(super) fn read_signature(header: &str, label: &str) -> Result<Vec<u8>, Refusal> {
    let (found, entry) = only_entry(header)?;
    if found != label {
        return Err(Refusal::Malformed(
            "`Signature` and `Signature-Input` name different signatures",
        ));
    }
    let bytes = match &entry {
        ListEntry::Item(item) if item.params.is_empty() => item.bare_item.as_byte_sequence(),
        ListEntry::Item(_) | ListEntry::InnerList(_) => None,
    };
    let signature = bytes.map(<[u8]>::to_vec);
    signature.ok_or(Refusal::Malformed("`Signature` has no bytes"))
}

/// The only member of a dictionary; an error if there are several.
fn only_entry(header: &str) -> Result<(String, ListEntry), Refusal> {
    if header.len() > MAX_HEADER {
        return Err(Refusal::Malformed("the header is too long"));
    }
    let read = Parser::new(header).parse::<Dictionary>().ok();
    let dictionary = read.ok_or(Refusal::Malformed("a header is no dictionary"))?;
    if dictionary.serialize().is_none_or(|text| text != header) {
        return Err(Refusal::Malformed(
            "a dictionary is not in its canonical form, or has a name twice",
        ));
    }
    let mut entries = dictionary.into_iter();
    match (entries.next(), entries.next()) {
        (Some((label, entry)), None) => Ok((label.as_str().to_owned(), entry)),
        _ => Err(Refusal::Malformed("there is not exactly one signature")),
    }
}
