//! Requests by RFC 9421 whose sender signed too little, at a wrong time, or in a wrong form.

use super::{
    rfc9421_accepted::{Message, content_digest_of, created_in, message_signed_so},
    *,
};

#[test]
fn what_is_signed_too_little_is_refused() {
    let rows: [(&str, Message, &str, &str); 9] = [
        ("nothing", Message::fetch(), r#""date""#, "@method"),
        (
            "no method",
            Message::delivery(),
            r#""@target-uri" "content-digest""#,
            "@method",
        ),
        (
            "no target",
            Message::delivery(),
            r#""@method" "content-digest""#,
            "@target-uri",
        ),
        (
            "no path",
            Message::delivery(),
            r#""@method" "@authority" "@query" "content-digest""#,
            "@target-uri",
        ),
        (
            "no query",
            Message::delivery(),
            r#""@method" "@authority" "@path" "content-digest""#,
            "@target-uri",
        ),
        (
            "no host",
            Message::delivery(),
            r#""@method" "@request-target" "@path" "@query" "content-digest""#,
            "@target-uri",
        ),
        (
            "the host as a header only",
            Message::delivery(),
            r#""@method" "host" "@request-target" "content-digest""#,
            "@target-uri",
        ),
        (
            "no digest",
            Message::delivery(),
            r#""@method" "@target-uri""#,
            "content-digest",
        ),
        (
            "the older digest",
            Message::delivery(),
            r#""@method" "@target-uri" "digest""#,
            "content-digest",
        ),
    ];
    for (name, twin, list, missing) in rows {
        let outcome = message_signed_so(twin, |message| {
            message.request.set("digest", &digest_of(BODY));
            message.list = list;
        });
        assert!(
            matches!(outcome, Err(Refusal::NotSigned(part)) if part == missing),
            "{name}: {outcome:?}"
        );
    }

    let mut body_on_a_get = Message::fetch();
    body_on_a_get.request.body = BODY.to_vec();
    assert_eq!(
        body_on_a_get.clone().sign().outcome(),
        Err(Refusal::NotSigned("content-digest"))
    );
    let nothing = content_digest_of(b"");
    body_on_a_get.request.set("content-digest", &nothing);
    body_on_a_get.list = Message::delivery().list;
    assert_eq!(body_on_a_get.sign().outcome(), Err(Refusal::DigestMismatch));
}

#[test]
fn what_is_signed_at_another_time_is_refused() {
    const DAY: i64 = 24 * 60;
    let rows: [(&str, Change<Message>, Refusal); 9] = [
        (
            "two hours old",
            |message| message.parameters = created_in(-120),
            Refusal::TooOld,
        ),
        (
            "66 minutes old",
            |message| message.parameters = created_in(-66),
            Refusal::TooOld,
        ),
        (
            "a year ahead",
            |message| message.parameters = created_in(365 * DAY),
            Refusal::InFuture,
        ),
        (
            "61 minutes ahead",
            |message| message.parameters = created_in(61),
            Refusal::InFuture,
        ),
        (
            "before time began",
            |message| message.parameters = ";created=-999999999999999;keyid=\"a\"".to_owned(),
            Refusal::TooOld,
        ),
        (
            "expired a second ago",
            |message| message.parameters.push_str(";expires=1795348799"),
            Refusal::Expired,
        ),
        (
            "a far expiry does not make it younger",
            |message| message.parameters = format!("{};expires=1795352400", created_in(-66)),
            Refusal::TooOld,
        ),
        (
            "an old date, signed",
            |message| {
                message.request.set("date", &date_in(-120));
                message.list = r#""@method" "@target-uri" "content-digest" "date""#;
            },
            Refusal::TooOld,
        ),
        (
            "no date, signed",
            |message| {
                message.request.set("date", "yesterday");
                message.list = r#""@method" "@target-uri" "content-digest" "date""#;
            },
            Refusal::BadDate("date"),
        ),
    ];
    for (name, change, refusal) in rows {
        let outcome = message_signed_so(Message::delivery(), change);
        assert_eq!(outcome, Err(refusal), "{name}");
    }
}

const CREATED: &str = ";created=1795348800";
const KEY_ID: &str = ";keyid=\"a\"";
const CANONICAL: &str = "a dictionary is not in its canonical form, or has a name twice";

#[test]
fn parameters_are_ours_and_of_their_type() {
    const UNKNOWN: &str = "a parameter of the signature is unknown or of another type";
    const NONE: &str = "a header is no dictionary";
    let algorithm = |name: &str| Err(Refusal::Algorithm(name.to_owned()));
    let rows: [(String, Result<(), Refusal>); 20] = [
        (format!("{CREATED}{KEY_ID}"), Ok(())),
        (format!("{KEY_ID}{CREATED}"), Ok(())),
        (KEY_ID.to_owned(), malformed("`created` is missing")),
        (CREATED.to_owned(), malformed("`keyid` is missing")),
        (
            format!("{CREATED};keyid=\"\""),
            malformed("`keyid` is missing"),
        ),
        (String::new(), malformed("`keyid` is missing")),
        (format!("{CREATED};keyid=a"), malformed(UNKNOWN)),
        (format!("{CREATED};keyid"), malformed(UNKNOWN)),
        (
            format!("{KEY_ID};created=\"1795348800\""),
            malformed(UNKNOWN),
        ),
        (format!("{KEY_ID};created=1795348800.5"), malformed(UNKNOWN)),
        (format!("{KEY_ID};created=@1795348800"), malformed(UNKNOWN)),
        (
            format!("{CREATED}{KEY_ID};expires=\"never\""),
            malformed(UNKNOWN),
        ),
        (format!("{CREATED}{KEY_ID};nonce=1"), malformed(UNKNOWN)),
        (format!("{CREATED}{KEY_ID};extra=1"), malformed(UNKNOWN)),
        (
            format!("{CREATED}{KEY_ID};alg=\"rsa-pss-sha512\""),
            algorithm("rsa-pss-sha512"),
        ),
        (
            format!("{CREATED}{KEY_ID};alg=\"hmac-sha256\""),
            algorithm("hmac-sha256"),
        ),
        (format!("{CREATED}{KEY_ID};alg=\"\""), algorithm("")),
        (format!("{CREATED}{KEY_ID};created=0"), malformed(CANONICAL)),
        (format!("{CREATED}; keyid=\"a\""), malformed(CANONICAL)),
        (format!("{CREATED};keyId=\"a\""), malformed(NONE)),
    ];
    for (parameters, expected) in rows {
        let outcome = message_signed_so(Message::delivery(), |message| {
            message.parameters.clone_from(&parameters);
        });
        assert_eq!(outcome, expected, "{parameters}");
    }
}

#[test]
fn what_is_listed_otherwise_is_refused() {
    const UNKNOWN: &str = "what is signed has an unknown name";
    const PARAMETERS: &str = "what is signed has parameters, which we do not read";
    let rows: [(&'static str, Result<(), Refusal>); 16] = [
        (r#" "Content-Type""#, malformed(UNKNOWN)),
        (r#" "@status""#, malformed(UNKNOWN)),
        (r#" "@signature-params""#, malformed(UNKNOWN)),
        (r#" "(request-target)""#, malformed(UNKNOWN)),
        (r#" """#, malformed(UNKNOWN)),
        (r#" "content-type";sf"#, malformed(PARAMETERS)),
        (r#" "content-type";bs"#, malformed(PARAMETERS)),
        (r#" "content-type";tr"#, malformed(PARAMETERS)),
        (r#" "content-type";key="a""#, malformed(PARAMETERS)),
        (r#" "@path";req"#, malformed(PARAMETERS)),
        (r#" "@query-param";name="a""#, malformed(PARAMETERS)),
        (
            " content-type",
            malformed("what is signed is not listed as strings"),
        ),
        (
            r#" "date" "date""#,
            Err(Refusal::Duplicate("date".to_owned())),
        ),
        (
            r#" "@method""#,
            Err(Refusal::Duplicate("@method".to_owned())),
        ),
        (
            r#" "x-more""#,
            Err(Refusal::Absent("x-more".parse().unwrap())),
        ),
        (r#"  "date""#, malformed(CANONICAL)),
    ];
    for (more, expected) in rows {
        let list = format!("{}{more}", Message::delivery().list).leak();
        let outcome = message_signed_so(Message::delivery(), |message| message.list = list);
        assert_eq!(outcome, expected, "{more}");
    }

    let many: Vec<_> = (0..30).map(|number| format!(" \"x{number}\"")).collect();
    let many = many.concat();
    let list = format!("{}{many}", Message::delivery().list).leak();
    let outcome = message_signed_so(Message::delivery(), |message| message.list = list);
    assert_eq!(outcome, malformed("the list of what is signed is too long"));
    let long = message_signed_so(Message::delivery(), |message| {
        message.parameters = format!("{CREATED};keyid=\"{}\"", "k".repeat(8 * 1024));
    });
    assert_eq!(long, malformed("the header is too long"));
}

/// Signed text is stored as evidence, so its length is bounded in either scheme.
#[test]
fn a_long_header_cannot_be_signed() {
    const TOO_LONG: &str = "what is signed is too long";
    let mut message = Message::delivery();
    message.list = r#""@method" "@target-uri" "content-digest" "x-more""#;
    let mut draft = Draft::delivery();
    draft.list = "(request-target) host date digest x-more";
    for (length, expected) in [(15 * 1024, Ok(())), (16 * 1024, malformed(TOO_LONG))] {
        message.request.set("x-more", &"x".repeat(length));
        assert_eq!(message.clone().sign().outcome(), expected, "{length}");
        draft.request.set("x-more", &"x".repeat(length));
        assert_eq!(draft.clone().sign().outcome(), expected, "{length}");
    }
}

#[test]
fn a_target_that_is_no_path_is_refused() {
    for target in [
        "/inbox\n\"@method\": POST",
        "/in box",
        "inbox",
        "https://letter.example/",
        "",
    ] {
        let outcome = message_signed_so(Message::delivery(), |message| {
            message.request.target = target.to_owned();
        });
        let refusal = malformed("the target of the request is no path");
        assert_eq!(outcome, refusal, "{target:?}");
    }
}
