//! Why an administrator decides something.

use crate::string_enum::words;

words! {
    /// The code of a reason.
    pub enum ReasonCode {
        /// Unwanted advertising.
        Spam = "spam",
        /// Abusive words.
        Slur = "slur",
        /// Somebody pretends to be somebody else.
        Impersonation = "impersonation",
        /// The same person twice.
        Duplicate = "duplicate",
        /// The person asked for it.
        Request = "request",
        /// The law asks for it.
        Legal = "legal",
        /// An earlier decision was wrong.
        Mistake = "mistake",
        /// Anything else; the free text says what.
        Other = "other",
    }
}

/// An administrator's reason: a code, and free text that can be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionReason {
    /// The code.
    pub code: ReasonCode,
    /// The free text, if there is any.
    pub text: Option<String>,
}

impl DecisionReason {
    /// Reads `--reason`: a code, a colon and free text; a code alone; or free text alone (code `other`).
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let (head, rest) = text.split_once(':').unwrap_or((text, ""));
        match head.trim().parse() {
            Ok(code) => Self {
                code,
                text: Some(rest.trim().to_owned()).filter(|text| !text.is_empty()),
            },
            Err(_) => Self {
                code: ReasonCode::Other,
                text: Some(text.to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_code_with_or_without_text_or_text_alone() {
        let check = |text: &str, code, free: Option<&str>| {
            let reason = DecisionReason::parse(text);
            assert_eq!(
                (reason.code, reason.text.as_deref()),
                (code, free),
                "{text}"
            );
        };
        check("spam", ReasonCode::Spam, None);
        check("spam: sells shoes", ReasonCode::Spam, Some("sells shoes"));
        check(
            " legal : court order 5:12 ",
            ReasonCode::Legal,
            Some("court order 5:12"),
        );
        check("sells shoes", ReasonCode::Other, Some("sells shoes"));
        check("shoes: cheap", ReasonCode::Other, Some("shoes: cheap"));
    }
}
