//! Members of remote objects, read leniently: a member of the wrong shape counts as missing.

use std::{borrow::Cow, slice};

use serde_json::{Map, Value};

use super::{MAX_ID, host::ascii_domain};
use crate::clock::Millis;

/// A remote object.
pub(super) type Object = Map<String, Value>;

/// A string that is not empty.
pub(super) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// Whether the member is there, and not null.
pub(super) fn has(object: &Object, name: &str) -> bool {
    object.get(name).is_some_and(|value| !value.is_null())
}

/// As [`text`], cut to `limit` characters.
pub(super) fn short_text(object: &Object, name: &str, limit: usize) -> Option<String> {
    Some(text(object, name)?.chars().take(limit).collect())
}

/// Whether the member is `true`.
pub(super) fn flag(object: &Object, name: &str) -> bool {
    optional_flag(object, name) == Some(true)
}

/// The member if it is a boolean.
pub(super) fn optional_flag(object: &Object, name: &str) -> Option<bool> {
    object.get(name)?.as_bool()
}

/// An RFC 3339 time, or one whose offset has no colon (`+0000`), as PHP and Meta write it.
pub(super) fn time(object: &Object, name: &str) -> Option<Millis> {
    let time = text(object, name)?;
    Millis::parse_rfc3339(time).or_else(|| {
        let (rest, minutes) = time.split_at_checked(time.len().checked_sub(2)?)?;
        Millis::parse_rfc3339(&format!("{rest}:{minutes}"))
    })
}

/// One or many: the items of an array, or the value itself; nothing when missing or null.
pub(super) fn many<'a>(object: &'a Object, name: &str) -> &'a [Value] {
    match object.get(name) {
        None | Some(Value::Null) => &[],
        Some(Value::Array(items)) => items,
        Some(value) => slice::from_ref(value),
    }
}

/// The member if it is one thing or an array of one; `None` for several.
pub(super) fn one<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    match many(object, name) {
        [value] => Some(value),
        _ => None,
    }
}

/// The id that a value is or has, as [`with_ascii_host`]; `None` if it is empty or longer than 2048 bytes.
pub(super) fn id_of(value: &Value) -> Option<Cow<'_, str>> {
    let id = match value {
        Value::String(id) => id,
        Value::Object(object) => text(object, "id")?,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
    };
    (!id.is_empty() && id.len() <= MAX_ID).then(|| with_ascii_host(id))
}

/// An id whose host is written in ASCII ([RFC 3490](https://www.rfc-editor.org/rfc/rfc3490)): some servers write their
/// host in Unicode in one place and as punycode in another, and mean one thing. The rest of the id stays as it is.
pub(super) fn with_ascii_host(id: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = id.split_once("://") else {
        return Cow::Borrowed(id);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.is_ascii() {
        return Cow::Borrowed(id);
    }
    let Some(ascii) = ascii_domain(authority) else {
        return Cow::Borrowed(id);
    };
    Cow::Owned(format!("{scheme}://{ascii}{path}"))
}

/// The id of the one thing in this member.
pub(super) fn id(object: &Object, name: &str) -> Option<String> {
    one(object, name).and_then(id_of).map(Cow::into_owned)
}

/// The ids of all things in this member, at most `limit`.
pub(super) fn ids(object: &Object, name: &str, limit: usize) -> Vec<String> {
    many(object, name)
        .iter()
        .filter_map(id_of)
        .take(limit)
        .map(Cow::into_owned)
        .collect()
}

/// The names in `type`, which may be an array.
pub(super) fn types(object: &Object) -> impl Iterator<Item = &str> {
    many(object, "type").iter().filter_map(Value::as_str)
}

/// The first type that is in `known`, else the first type, shortened for logs.
pub(super) fn first_type(object: &Object, known: &[&str]) -> Option<String> {
    /// Longest name of an unknown type that is kept, in characters.
    const LONGEST: usize = 64;
    let kind = types(object)
        .find(|name| known.contains(name))
        .or_else(|| types(object).next())?;
    Some(kind.chars().take(LONGEST).collect())
}

/// A page's URL, http(s) only: a string, a link, or the first of several that leads to HTML.
pub(super) fn web_url(object: &Object, name: &str) -> Option<String> {
    let links = many(object, name);
    let for_people = |link: &&Value| {
        let kind = link.as_object().and_then(|link| text(link, "mediaType"));
        kind.is_none_or(|kind| kind.starts_with("text/html"))
    };
    let link = links.iter().find(for_people).or_else(|| links.first())?;
    let url = link.as_str().or_else(|| text(link.as_object()?, "href"))?;
    let parsed = url::Url::parse(url).ok()?;
    let usable = matches!(parsed.scheme(), "https" | "http") && url.len() <= MAX_ID;
    usable.then(|| url.to_owned())
}
