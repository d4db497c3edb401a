//! What a look at a post or an account on its own server found. Pure: only this decides what ends, and what does not.

use super::dereference::DereferenceError;
use crate::{activitystreams::RemoteNote, http_client::FetchError, string_enum::words};

words! {
    /// What a look found.
    pub enum Look {
        /// It is there.
        There = "there",
        /// Its server says that it is not there: 404, 410, a Tombstone, or a post of somebody else. Two such looks,
        /// `verify.grace` apart, end it.
        Gone = "gone",
        /// Its server answers, and shows nothing: 401, 403, 429, something that is no document. Nothing ends.
        Withheld = "withheld",
        /// Its server does not answer, or with 5xx. Nothing ends.
        Unreachable = "unreachable",
    }
}

impl Look {
    /// What a look found that gave no document.
    pub fn without(error: &DereferenceError) -> Self {
        if error.is_absence() {
            return Self::Gone;
        }
        let (DereferenceError::Fetch(error) | DereferenceError::NotRefreshed(error)) = error else {
            return Self::Withheld;
        };
        match error {
            FetchError::Gone | FetchError::Missing => Self::Gone,
            FetchError::Refused(status) | FetchError::Later(status, _)
                if status.is_server_error() =>
            {
                Self::Unreachable
            }
            FetchError::Unreachable(reason) if reason.is_the_hosts_trouble() => Self::Unreachable,
            FetchError::Refused(_) | FetchError::Later(..) | FetchError::Unreachable(_) => {
                Self::Withheld
            }
        }
    }
}

/// Whether what stands at the id of a post is still by one of these authors. What is no post, or names nobody, says
/// nothing about it.
pub fn is_still_by(document: &[u8], authors: &[String]) -> bool {
    let Ok(note) = RemoteNote::parse(document) else {
        return true;
    };
    let named = &note.attributed_to;
    authors.is_empty() || named.is_empty() || named.iter().any(|name| authors.contains(name))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::StatusCode;

    use super::*;
    use crate::{activitystreams::BadDocument, http_client::FetchFailure};

    #[test]
    fn only_an_absence_ends_anything() {
        use FetchError::{Later, Missing, Refused, Unreachable};
        use Look::{Gone, Withheld};
        let refused = |code| Refused(StatusCode::from_u16(code).unwrap());
        let later = |code| Later(StatusCode::from_u16(code).unwrap(), Duration::from_secs(9));
        let no_document = || DereferenceError::Document(BadDocument::Missing("id"));
        for (error, expected) in [
            (FetchError::Gone.into(), Gone),
            (Missing.into(), Gone),
            (DereferenceError::NotRefreshed(Missing), Gone),
            (DereferenceError::Document(BadDocument::Tombstone), Gone),
            (refused(401).into(), Withheld),
            (refused(403).into(), Withheld),
            (refused(429).into(), Withheld),
            (refused(451).into(), Withheld),
            (refused(300).into(), Withheld),
            (later(429).into(), Withheld),
            (refused(500).into(), Look::Unreachable),
            (refused(502).into(), Look::Unreachable),
            (refused(503).into(), Look::Unreachable),
            (later(503).into(), Look::Unreachable),
            (
                DereferenceError::NotRefreshed(refused(500)),
                Look::Unreachable,
            ),
            (
                Unreachable(FetchFailure::TimedOut).into(),
                Look::Unreachable,
            ),
            (Unreachable(FetchFailure::TooBig).into(), Withheld),
            (
                Unreachable(FetchFailure::MediaType("text/html".to_owned())).into(),
                Withheld,
            ),
            (Unreachable(FetchFailure::ForeignId).into(), Withheld),
            (Unreachable(FetchFailure::RedirectLoop).into(), Withheld),
            (no_document(), Withheld),
            (DereferenceError::ForeignActor, Withheld),
            (DereferenceError::Spent, Withheld),
        ] {
            assert_eq!(Look::without(&error), expected, "{error:?}");
        }
    }

    #[test]
    fn a_post_of_somebody_else_is_not_there() {
        let authors = [
            "https://m.example/ada".to_owned(),
            "https://m.example/old".to_owned(),
        ];
        let by = |author: &str| {
            format!(r#"{{"id":"https://m.example/1","type":"Note","attributedTo":{author}}}"#)
        };
        for (document, expected) in [
            (by(r#""https://m.example/ada""#), true),
            (by(r#""https://m.example/old""#), true),
            (
                by(r#"["https://m.example/group","https://m.example/ada"]"#),
                true,
            ),
            (by("null"), true),
            (by(r#""https://m.example/eve""#), false),
            (
                r#"{"id":"https://m.example/1","type":"Image"}"#.to_owned(),
                true,
            ),
            ("<html>".to_owned(), true),
        ] {
            assert_eq!(
                is_still_by(document.as_bytes(), &authors),
                expected,
                "{document}"
            );
        }
        assert!(is_still_by(
            by(r#""https://m.example/eve""#).as_bytes(),
            &[]
        ));
    }
}
