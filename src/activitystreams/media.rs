//! Media types: which requests ask for JSON, and which documents count as ActivityPub.

use super::{ACTIVITY_JSON, ACTIVITY_STREAMS};

/// Whether the `Accept` header asks for the ActivityPub document rather than the page.
///
/// It does when it names `application/activity+json` or `application/ld+json`, with or without the profile,
/// at a quality above 0 and not below that of HTML. Wildcards do not count: browsers, `curl` and clients
/// without the header get the page.
pub fn accepts_activity_json(accept: &str) -> bool {
    let (mut json, mut html) = (0.0_f32, 0.0_f32);
    for range in split(accept, ',') {
        let Some((essence, quality)) = media_range(range) else {
            continue;
        };
        match essence.as_str() {
            ACTIVITY_JSON | "application/ld+json" => json = json.max(quality),
            "text/html" | "application/xhtml+xml" => html = html.max(quality),
            _ => (),
        }
    }
    json > 0.0 && json >= html
}

/// Whether a document with this `Content-Type` may be read as ActivityPub.
///
/// `application/activity+json`, or `application/ld+json` with the `ActivityStreams` profile, with parameters
/// in any order. Never `application/json`: an uploaded file could pass as an actor.
pub fn is_activity_media_type(content_type: &str) -> bool {
    let mut parts = split(content_type, ';').into_iter();
    let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
    let names_profile = |part: &str| {
        part.split_once('=').is_some_and(|(name, value)| {
            name.trim().eq_ignore_ascii_case("profile")
                && value
                    .trim()
                    .trim_matches('"')
                    .split_ascii_whitespace()
                    .any(|profile| profile.eq_ignore_ascii_case(ACTIVITY_STREAMS))
        })
    };
    essence == ACTIVITY_JSON || (essence == "application/ld+json" && parts.any(names_profile))
}

/// The type without its parameters, and its quality; `None` when the quality is not a number of 0 to 1.
fn media_range(range: &str) -> Option<(String, f32)> {
    let mut parts = split(range, ';').into_iter();
    let essence = parts.next()?.trim().to_ascii_lowercase();
    let quality = parts
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(Some(1_f32), |(_, value)| value.trim().parse::<f32>().ok())?;
    (0.0..=1.0).contains(&quality).then_some((essence, quality))
}

/// `text` split at `separator` wherever that is not inside quotation marks.
fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(|letter: char| {
        if escaped {
            escaped = false;
        } else if quoted && letter == '\\' {
            escaped = true;
        } else if letter == '"' {
            quoted = !quoted;
        }
        letter == separator && !quoted
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn servers_get_json_and_people_get_the_page() {
        let check = |accept, expected| {
            assert_eq!(accepts_activity_json(accept), expected, "{accept}");
        };
        check("application/activity+json", true);
        check("application/activity+json, application/ld+json", true);
        check(
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\", \
             application/activity+json, text/html;q=0.1",
            true,
        );
        check("application/ld+json", true);
        check("APPLICATION/Activity+JSON; Q=0.8 , text/html ;q=0.8", true);
        check("application/ld+json;profile=\"a,b;q=0\"", true);
        check("text/html, application/activity+json;q=0.9", false);
        check(
            "application/activity+json;q=0.9, application/xhtml+xml",
            false,
        );
        check("application/activity+json;q=0", false);
        check("application/activity+json;q=NaN", false);
        check("application/activity+json;q=-1", false);
        check("application/activity+json;q=0.5, */*", true);
        check(
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            false,
        );
        check("*/*", false);
        check("application/*", false);
        check("application/json", false);
        check("", false);
        check("\"application/activity+json", false);
    }

    #[test]
    fn only_two_media_types_carry_activitypub() {
        let check = |content_type, expected| {
            assert_eq!(
                is_activity_media_type(content_type),
                expected,
                "{content_type}"
            );
        };
        check("application/activity+json", true);
        check("Application/Activity+JSON; charset=utf-8", true);
        check(
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            true,
        );
        check(
            "application/ld+json;charset=utf-8;Profile=https://www.w3.org/ns/activitystreams",
            true,
        );
        check(
            "application/ld+json; profile=\"urn:x https://www.w3.org/ns/activitystreams\"",
            true,
        );
        check("application/ld+json", false);
        check(
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams#x\"",
            false,
        );
        check("application/json", false);
        check(
            "application/json; profile=\"https://www.w3.org/ns/activitystreams\"",
            false,
        );
        check("text/plain", false);
        check("application/octet-stream", false);
        check("application/activity+json2", false);
        check("", false);
    }

    proptest! {
        #[test]
        fn no_header_makes_them_panic(header in ".*") {
            accepts_activity_json(&header);
            is_activity_media_type(&header);
        }
    }
}
