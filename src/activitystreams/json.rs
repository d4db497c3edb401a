//! JSON from strangers: limited depth, each member once, without NUL.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// Prefixes of well-known contexts. Some servers compact by a context of their own, and write `toot:discoverable` where
/// others write `discoverable`; JSON-LD means the same member by both.
const PREFIXES: [&str; 10] = [
    "as", "sec", "toot", "schema", "ostatus", "litepub", "misskey", "fedibird", "gts", "lemmy",
];

/// Deepest nesting of objects and arrays that is read.
const MAX_DEPTH: usize = 32;

/// Why bytes are not a JSON object that can be read.
#[derive(Debug, thiserror::Error)]
pub enum BadJson {
    /// Not JSON, or an object with a member twice.
    #[error("cannot read JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// Objects and arrays nested deeper than 32.
    #[error("JSON is nested deeper than {MAX_DEPTH}")]
    TooDeep,
    /// JSON, but not an object.
    #[error("JSON is not an object")]
    NotAnObject,
}

/// Reads a JSON object.
///
/// NUL characters are removed from strings and names, because PostgreSQL cannot store them. An object with a
/// repeated name is refused: two readers could take different values from the same document. A name with one of the
/// [`PREFIXES`] is read as the name without it, unless that is there too.
pub(super) fn parse(body: &[u8]) -> Result<Map<String, Value>, BadJson> {
    if depth(body) > MAX_DEPTH {
        return Err(BadJson::TooDeep);
    }
    match serde_json::from_slice(body)? {
        Clean(Value::Object(object)) => Ok(object),
        Clean(_) => Err(BadJson::NotAnObject),
    }
}

/// The nesting depth of the brackets, counted before anything is built from them.
fn depth(body: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => (),
        }
    }
    deepest
}

/// A value read by the rules of [`parse`].
struct Clean(Value);

impl<'de> Deserialize<'de> for Clean {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CleanVisitor).map(Self)
    }
}

struct CleanVisitor;

impl<'de> Visitor<'de> for CleanVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(without_nul(value).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(Clean(item)) = items.next_element()? {
            array.push(item);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Clean(value))) = members.next_entry::<String, _>()? {
            if object.insert(without_nul(&name), value).is_some() {
                return Err(A::Error::custom("a member occurs twice"));
            }
        }
        Ok(without_prefixes(object).into())
    }
}

/// Takes the prefixes off the names of an object.
fn without_prefixes(object: Map<String, Value>) -> Map<String, Value> {
    if !object.keys().any(|name| plain_name(name).is_some()) {
        return object;
    }
    let (prefixed, mut plain): (Map<_, _>, Map<_, _>) = object
        .into_iter()
        .partition(|(name, _)| plain_name(name).is_some());
    for (name, value) in prefixed {
        if let Some(name) = plain_name(&name) {
            plain.entry(name).or_insert(value);
        }
    }
    plain
}

/// A name without its well-known prefix; `None` if it has none.
fn plain_name(name: &str) -> Option<&str> {
    let (prefix, plain) = name.split_once(':')?;
    (PREFIXES.contains(&prefix) && !plain.is_empty()).then_some(plain)
}

fn without_nul(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(depth: usize) -> String {
        format!(
            "{{\"a\":{}{}}}",
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    }

    #[test]
    fn nesting_is_read_down_to_thirty_two() {
        assert!(parse(nested(32).as_bytes()).is_ok());
        assert!(matches!(
            parse(nested(33).as_bytes()),
            Err(BadJson::TooDeep)
        ));
        assert!(matches!(
            parse("[".repeat(1 << 20).as_bytes()),
            Err(BadJson::TooDeep)
        ));
        let brackets_in_a_string = format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(100));
        assert!(parse(brackets_in_a_string.as_bytes()).is_ok());
    }

    #[test]
    fn a_member_that_occurs_twice_is_refused_at_any_depth() {
        for body in [
            r#"{"actor":"https://a.example/1","actor":"https://b.example/2"}"#,
            r#"{"object":{"id":"x","i\u0064":"y"}}"#,
            r#"{"id":"x","i\u0000d":"y"}"#,
        ] {
            assert!(
                matches!(parse(body.as_bytes()), Err(BadJson::Syntax(_))),
                "{body}"
            );
        }
    }

    #[test]
    fn nul_is_taken_out_of_strings() {
        let read = parse(br#"{"content":"a\u0000b","list":["\u0000"],"n":[1,-2,0.5,null,true]}"#);
        let expected = json!({"content": "ab", "list": [""], "n": [1, -2, 0.5, null, true]});
        assert_eq!(Value::Object(read.unwrap()), expected);
    }

    #[test]
    fn well_known_prefixes_are_taken_off_names_and_never_win() {
        let body = br#"{"toot:discoverable": true, "as:attributedTo": {"as:id": "x"},
            "indexable": false, "toot:indexable": true, "content": "as:it:is",
            "other:name": 1, "as:": 2, "https://a.example/b": 3}"#;
        let expected = json!({
            "indexable": false, "content": "as:it:is", "other:name": 1, "as:": 2, "https://a.example/b": 3,
            "discoverable": true, "attributedTo": {"id": "x"},
        });
        assert_eq!(Value::Object(parse(body).unwrap()), expected);
        let twice = br#"{"as:to": "x", "as:to": "y"}"#;
        assert!(matches!(parse(twice), Err(BadJson::Syntax(_))));
        let nested = format!("{}1{}", "{\"as:a\":".repeat(32), "}".repeat(32));
        assert!(parse(nested.as_bytes()).is_ok());
    }

    #[test]
    fn names_that_the_json_library_keeps_for_itself_are_names_like_others() {
        let body = br#"{"$serde_json::private::RawValue": "{\"id\":1}", "id": "x"}"#;
        let expected = json!({"id": "x"});
        let mut read = parse(body).unwrap();
        let raw = read.remove("$serde_json::private::RawValue");
        assert_eq!(raw, Some(json!("{\"id\":1}")));
        assert_eq!(Value::Object(read), expected);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["[]", "1", "\"{}\"", "null"] {
            assert!(
                matches!(parse(body.as_bytes()), Err(BadJson::NotAnObject)),
                "{body}"
            );
        }
        for body in ["", "{", "{} {}", "{'a':1}", "\u{feff}{}"] {
            assert!(
                matches!(parse(body.as_bytes()), Err(BadJson::Syntax(_))),
                "{body}"
            );
        }
    }
}
