//! Requests whose sender signed too little, at a wrong time, or in a wrong form.

use super::*;

#[test]
fn what_is_signed_too_little_is_refused() {
    let rows: [(&str, Draft, &str, &str); 9] = [
        (
            "only the digest",
            Draft::delivery(),
            "digest",
            "(request-target)",
        ),
        (
            "no target",
            Draft::delivery(),
            "host date digest",
            "(request-target)",
        ),
        (
            "no host",
            Draft::delivery(),
            "(request-target) date digest",
            "host",
        ),
        (
            "no date",
            Draft::delivery(),
            "(request-target) host digest",
            "date",
        ),
        (
            "no digest",
            Draft::delivery(),
            "(request-target) host date",
            "digest",
        ),
        (
            "an unsigned creation",
            with_created(),
            "(request-target) host digest",
            "date",
        ),
        (
            "only an expiry",
            with_created(),
            "(request-target) (expires) host digest",
            "date",
        ),
        (
            "a fetch without host",
            Draft::fetch(),
            "(request-target) date",
            "host",
        ),
        (
            "a fetch without target",
            Draft::fetch(),
            "host date",
            "(request-target)",
        ),
    ];
    for (name, twin, list, missing) in rows {
        let outcome = signed_so(twin, |draft| draft.list = list);
        assert!(
            matches!(outcome, Err(Refusal::NotSigned(part)) if part == missing),
            "{name}: {outcome:?}"
        );
    }

    let mut body_on_a_get = Draft::fetch();
    body_on_a_get.request.body = BODY.to_vec();
    assert_eq!(
        body_on_a_get.clone().sign().outcome(),
        Err(Refusal::NotSigned("digest"))
    );
    body_on_a_get.request.set("digest", &digest_of(b""));
    body_on_a_get.list = "(request-target) host date digest";
    assert_eq!(body_on_a_get.sign().outcome(), Err(Refusal::DigestMismatch));

    let mut no_list = Draft::delivery().sign();
    let genuine = header(&no_list, "signature").unwrap().to_owned();
    no_list.set("signature", &genuine.replace("headers=", "other="));
    assert_eq!(
        no_list.outcome(),
        Err(Refusal::NotSigned("(request-target)"))
    );
}

#[test]
fn what_is_signed_at_another_time_is_refused() {
    const DAY: i64 = 24 * 60;
    let rows: [(&str, Draft, Change<Draft>, Refusal); 13] = [
        (
            "two hours old",
            Draft::delivery(),
            |draft| draft.request.set("date", &date_in(-120)),
            Refusal::TooOld,
        ),
        (
            "66 minutes old",
            Draft::delivery(),
            |draft| draft.request.set("date", &date_in(-66)),
            Refusal::TooOld,
        ),
        (
            "a year ahead",
            Draft::delivery(),
            |draft| draft.request.set("date", &date_in(365 * DAY)),
            Refusal::InFuture,
        ),
        (
            "61 minutes ahead",
            Draft::delivery(),
            |draft| draft.request.set("date", &date_in(61)),
            Refusal::InFuture,
        ),
        (
            "no date at all",
            Draft::delivery(),
            |draft| draft.request.set("date", "yesterday"),
            Refusal::BadDate("date"),
        ),
        (
            "an old date beside a new creation",
            with_created(),
            |draft| {
                draft.request.set("date", &date_in(-120));
                draft.list = "(request-target) (created) host date digest";
            },
            Refusal::TooOld,
        ),
        (
            "created long ago",
            with_created(),
            |draft| draft.created = Some(0),
            Refusal::TooOld,
        ),
        (
            "created at the end",
            with_created(),
            |draft| draft.created = Some(i64::MAX),
            Refusal::InFuture,
        ),
        (
            "not created",
            with_created(),
            |draft| draft.created = None,
            Refusal::BadDate("(created)"),
        ),
        (
            "expired a second ago",
            with_created(),
            |draft| draft.expires = Some(NOW.as_millis() / 1000 - 1),
            Refusal::Expired,
        ),
        (
            "expired, unsigned",
            Draft::delivery(),
            |draft| draft.expires = Some(NOW.as_millis() / 1000 - 1),
            Refusal::Expired,
        ),
        (
            "a far expiry does not make it younger",
            with_created(),
            |draft| {
                draft.created = Some(minutes_from_now(-66).as_millis() / 1000);
                draft.expires = Some(minutes_from_now(DAY).as_millis() / 1000);
            },
            Refusal::TooOld,
        ),
        (
            "never expires",
            with_created(),
            |draft| draft.expires = None,
            Refusal::BadDate("(expires)"),
        ),
    ];
    for (name, twin, change, refusal) in rows {
        assert_eq!(signed_so(twin, change), Err(refusal), "{name}");
    }
}

#[test]
fn what_is_written_otherwise_is_refused() {
    const UNKNOWN: &str = "what is signed has an unknown name";
    let lists: [(&str, &'static str, Result<(), Refusal>); 6] = [
        (
            "capitals",
            "(request-target) Host date digest",
            malformed(UNKNOWN),
        ),
        (
            "two blanks",
            "(request-target) host  date digest",
            malformed(UNKNOWN),
        ),
        ("nothing", "", malformed(UNKNOWN)),
        (
            "a special name that is none",
            "(request-target) (evil) host date digest",
            malformed(UNKNOWN),
        ),
        (
            "a name twice",
            "(request-target) host date digest host",
            Err(Refusal::Duplicate("host".to_owned())),
        ),
        (
            "a header that is not there",
            "(request-target) host date digest x-more",
            Err(Refusal::Absent("x-more".parse().unwrap())),
        ),
    ];
    for (name, list, expected) in lists {
        assert_eq!(
            signed_so(Draft::delivery(), |draft| draft.list = list),
            expected,
            "{name}"
        );
    }

    let many = (0..29)
        .map(|number| format!(" x{number}"))
        .collect::<Vec<_>>()
        .concat();
    let list: &'static str = format!("(request-target) host date digest{many}").leak();
    let too_long = signed_so(Draft::delivery(), |draft| draft.list = list);
    assert_eq!(
        too_long,
        malformed("the list of signed headers is too long")
    );

    for target in [
        "/inbox\nhost: letter.example",
        "/in box",
        "inbox",
        "https://letter.example/",
        "",
    ] {
        let outcome = signed_so(Draft::delivery(), |draft| {
            draft.request.target = target.to_owned();
        });
        assert_eq!(
            outcome,
            malformed("the target of the request is no path"),
            "{target:?}"
        );
    }
}

#[test]
fn algorithms_are_ours_and_times_go_with_hs2019_only() {
    let refused = |name: &str| Err(Refusal::Algorithm(name.to_owned()));
    let rows: [(&str, Draft, &'static str, Result<(), Refusal>); 7] = [
        (
            "SHA-1",
            Draft::delivery(),
            "algorithm=\"rsa-sha1\",",
            refused("rsa-sha1"),
        ),
        (
            "a shared secret",
            Draft::delivery(),
            "algorithm=\"hmac-sha256\",",
            refused("hmac-sha256"),
        ),
        ("nothing", Draft::delivery(), "algorithm=\"\",", refused("")),
        (
            "capitals",
            Draft::delivery(),
            "algorithm=\"RSA-SHA256\",",
            refused("RSA-SHA256"),
        ),
        (
            "times with rsa-sha256",
            with_created(),
            "algorithm=\"rsa-sha256\",",
            refused("rsa-sha256"),
        ),
        ("times without a name", with_created(), "", refused("")),
        (
            "twice",
            Draft::delivery(),
            "algorithm=\"rsa-sha256\",algorithm=\"rsa-sha256\",",
            Err(Refusal::Duplicate("algorithm".to_owned())),
        ),
    ];
    for (name, twin, algorithm, expected) in rows {
        assert_eq!(
            signed_so(twin, |draft| draft.algorithm = algorithm),
            expected,
            "{name}"
        );
    }
    let only_expires = signed_so(with_created(), |draft| {
        draft.request.set("date", DATE);
        draft.algorithm = "algorithm=\"rsa-sha256\",";
        draft.list = "(request-target) (expires) host date digest";
    });
    assert_eq!(only_expires, refused("rsa-sha256"));
}
