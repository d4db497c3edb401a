//! The `Signature` header of draft-cavage: `keyId="…",algorithm="…",headers="…",signature="…"`.

use super::{
    Refusal,
    request::{BLANKS, MAX_HEADER},
};

/// Most parameters that are read; the draft defines six.
const MAX_PARAMETERS: usize = 16;

/// The content of a `Signature` header. Values contain neither quotes nor backslashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    /// The id of the key; never empty.
    pub(super) key_id: String,
    /// The algorithm, if it is named.
    pub(super) algorithm: Option<String>,
    /// The list of signed parts, if there is one.
    pub(super) headers: Option<String>,
    /// When it was signed, in seconds since 1970.
    pub(super) created: Option<i64>,
    /// When it expires, in seconds since 1970.
    pub(super) expires: Option<i64>,
    /// The signature in base64; never empty.
    pub(super) signature: String,
}

impl Parameters {
    /// Reads a header. Unknown parameters are ignored. A repeated one is refused, also in another case,
    /// because names in such headers are case-insensitive.
    pub(super) fn parse(header: &str) -> Result<Self, Refusal> {
        let pairs = pairs(header)?;
        let value = |name: &str| {
            let found = pairs.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| *value)
        };
        let filled = |name: &str| {
            value(name)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        Ok(Self {
            key_id: filled("keyId").ok_or(Refusal::Malformed("`keyId` is missing"))?,
            algorithm: value("algorithm").map(str::to_owned),
            headers: value("headers").map(str::to_owned),
            created: value("created")
                .map(|text| seconds(text, "(created)"))
                .transpose()?,
            expires: value("expires")
                .map(|text| seconds(text, "(expires)"))
                .transpose()?,
            signature: filled("signature").ok_or(Refusal::Malformed("`signature` is missing"))?,
        })
    }

    /// Writes a header, the inverse of [`Parameters::parse`].
    pub(super) fn to_header(&self) -> String {
        let quoted = |name: &str, value: &str| format!("{name}=\"{value}\"");
        let parts = [
            Some(quoted("keyId", &self.key_id)),
            self.algorithm
                .as_ref()
                .map(|algorithm| quoted("algorithm", algorithm)),
            self.created.map(|created| format!("created={created}")),
            self.expires.map(|expires| format!("expires={expires}")),
            self.headers
                .as_ref()
                .map(|headers| quoted("headers", headers)),
            Some(quoted("signature", &self.signature)),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(",")
    }
}

/// Whether a value can stand between quotes: printable ASCII without quotes and backslashes, which no URL,
/// list of headers or base64 needs.
pub(super) fn is_quotable(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
}

fn seconds(text: &str, name: &'static str) -> Result<i64, Refusal> {
    text.parse().ok().ok_or(Refusal::BadDate(name))
}

/// Names and values in their order, each name once.
fn pairs(header: &str) -> Result<Vec<(&str, &str)>, Refusal> {
    if header.len() > MAX_HEADER {
        return Err(Refusal::Malformed("the header is too long"));
    }
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    let mut in_quotes = false;
    // An unclosed quote leaves a last part that `unquote` refuses.
    let parts = header.split(|c| {
        in_quotes ^= c == '"';
        c == ',' && !in_quotes
    });
    for part in parts {
        let Some((name, value)) = part.split_once('=') else {
            return Err(Refusal::Malformed("a parameter has no value"));
        };
        let name = name.trim_matches(BLANKS);
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Refusal::Malformed("a parameter has no name"));
        }
        if pairs.iter().any(|(key, _)| key.eq_ignore_ascii_case(name)) {
            return Err(Refusal::Duplicate(name.to_owned()));
        }
        if pairs.len() == MAX_PARAMETERS {
            return Err(Refusal::Malformed("there are too many parameters"));
        }
        pairs.push((name, unquote(value.trim_matches(BLANKS))?));
    }
    Ok(pairs)
}

/// The text between quotes, or a bare word such as the number of `created`.
fn unquote(value: &str) -> Result<&str, Refusal> {
    let Some(rest) = value.strip_prefix('"') else {
        let is_word = value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
        return if is_word && !value.is_empty() {
            Ok(value)
        } else {
            Err(Refusal::Malformed("a value without quotes is no word"))
        };
    };
    let inner = rest.strip_suffix('"').filter(|text| is_quotable(text));
    inner.ok_or(Refusal::Malformed(
        "a quoted value has quotes, backslashes or no end",
    ))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(header: &str) -> Refusal {
        Parameters::parse(header).expect_err(header)
    }

    #[test]
    fn blanks_order_and_unknown_parameters_do_not_matter() {
        let expected = Parameters {
            key_id: "https://a.example/k,1=2".to_owned(),
            algorithm: Some("hs2019".to_owned()),
            headers: Some("host date".to_owned()),
            created: Some(1_402_170_695),
            expires: Some(-7),
            signature: "YWI=".to_owned(),
        };
        for header in [
            r#"keyId="https://a.example/k,1=2",algorithm="hs2019",created=1402170695,expires=-7,headers="host date",signature="YWI=""#,
            "\tsignature = \"YWI=\" , expires=-7,created=\"1402170695\", headers=\"host date\",\
             algorithm=hs2019,x=y,keyid=\"https://a.example/k,1=2\" ",
        ] {
            assert_eq!(Parameters::parse(header), Ok(expected.clone()), "{header}");
        }
    }

    #[test]
    fn what_does_not_follow_the_grammar_is_refused() {
        let malformed = [
            ("", "a parameter has no value"),
            ("keyId", "a parameter has no value"),
            (r#"keyId="a","#, "a parameter has no value"),
            (r#"keyId="a",,signature="b""#, "a parameter has no value"),
            (r#"="a",signature="b""#, "a parameter has no name"),
            (r#"key Id="a",signature="b""#, "a parameter has no name"),
            (
                r#"Signature keyId="a",signature="b""#,
                "a parameter has no name",
            ),
            (r#"signature="b""#, "`keyId` is missing"),
            (r#"keyId="",signature="b""#, "`keyId` is missing"),
            (r#"keyId="a""#, "`signature` is missing"),
            (r#"keyId="a",signature="""#, "`signature` is missing"),
            (
                r#"keyId="a",signature="#,
                "a value without quotes is no word",
            ),
            (
                r#"keyId="a",signature=b c"#,
                "a value without quotes is no word",
            ),
            ("sig1=:YWI=:", "a value without quotes is no word"),
        ];
        for (header, what) in malformed {
            assert_eq!(refusal(header), Refusal::Malformed(what), "{header}");
        }
        let quotes = "a quoted value has quotes, backslashes or no end";
        for header in [
            r#"keyId="a"b",signature="b""#,
            r#"keyId="a"",signature="b""#,
            r#"keyId="a\"",signature="b""#,
            r#"keyId="a\\b",signature="b""#,
            r#"keyId="a",signature="b"#,
            r#"keyId="a",signature=""#,
            "keyId=\"a\u{7f}\",signature=\"b\"",
            "keyId=\"ä\",signature=\"b\"",
        ] {
            assert_eq!(refusal(header), Refusal::Malformed(quotes), "{header}");
        }
        for (header, name) in [
            (r#"keyId="a",signature="b",created=soon"#, "(created)"),
            (r#"keyId="a",signature="b",created=1.5"#, "(created)"),
            (
                r#"keyId="a",signature="b",expires=99999999999999999999"#,
                "(expires)",
            ),
        ] {
            assert_eq!(refusal(header), Refusal::BadDate(name), "{header}");
        }
    }

    #[test]
    fn a_parameter_that_comes_twice_is_refused_in_any_case() {
        for (header, name) in [
            (r#"keyId="a",keyId="a",signature="b""#, "keyId"),
            (r#"keyId="a",signature="b",KEYID="c""#, "KEYID"),
            (r#"keyId="a",signature="b",x=1,x=1"#, "x"),
        ] {
            assert_eq!(
                refusal(header),
                Refusal::Duplicate(name.to_owned()),
                "{header}"
            );
        }
    }

    #[test]
    fn a_header_has_limits() {
        let names = |n: usize| {
            (0..n)
                .map(|number| format!(",p{number}=1"))
                .collect::<Vec<_>>()
                .concat()
        };
        let header = |rest: &str| format!(r#"keyId="a",signature="b"{rest}"#);
        assert!(Parameters::parse(&header(&names(14))).is_ok());
        let many = refusal(&header(&names(15)));
        assert_eq!(many, Refusal::Malformed("there are too many parameters"));
        let long = refusal(&header(&format!(",x=\"{}\"", "y".repeat(MAX_HEADER))));
        assert_eq!(long, Refusal::Malformed("the header is too long"));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(
            key_id in r"[ !#-\[\]-~]{1,40}",
            algorithm in proptest::option::of(r"[ !#-\[\]-~]{0,20}"),
            headers in proptest::option::of(r"[ !#-\[\]-~]{0,40}"),
            created: Option<i64>,
            expires: Option<i64>,
            signature in "[A-Za-z0-9+/=]{1,80}",
        ) {
            let written = Parameters { key_id, algorithm, headers, created, expires, signature };
            prop_assert_eq!(Parameters::parse(&written.to_header()), Ok(written));
        }

        #[test]
        fn nothing_makes_the_parser_panic(text: String, tokens in "[a-z=\",\\\\ \t]{0,60}") {
            for header in [text, tokens] {
                if let Ok(read) = Parameters::parse(&header) {
                    prop_assert_eq!(Parameters::parse(&read.to_header()), Ok(read));
                }
            }
        }
    }
}
