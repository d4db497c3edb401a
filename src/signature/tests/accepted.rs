//! Requests that must be accepted, and the content of their claims.

use super::*;

#[test]
fn what_others_really_send_is_accepted() {
    let rows: [(&str, Draft, Change<Draft>); 14] = [
        ("as Mastodon", Draft::delivery(), |_| ()),
        ("as GoToSocial", Draft::delivery(), |draft| {
            draft.algorithm = "algorithm=\"hs2019\",";
            draft.list = "(request-target) host date digest";
            draft.request.set(
                "content-type",
                "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            );
        }),
        ("no algorithm", Draft::delivery(), |draft| {
            draft.algorithm = "";
        }),
        ("times of the draft", with_created(), |_| ()),
        ("both times", with_created(), |draft| {
            draft.request.set("date", DATE);
            draft.list = "(request-target) (created) host date digest";
        }),
        ("no expiry", with_created(), |draft| {
            draft.expires = None;
            draft.list = "(request-target) (created) host digest";
        }),
        ("an hour ahead", Draft::delivery(), |draft| {
            draft.request.set("date", &date_in(60));
        }),
        ("65 minutes old", Draft::delivery(), |draft| {
            draft.request.set("date", &date_in(-65));
        }),
        ("host in capitals", Draft::delivery(), |draft| {
            draft.request.set("host", "Letter.EXAMPLE");
        }),
        ("digest in lower case, twice", Draft::delivery(), |draft| {
            let lower = digest_of(BODY).replace("SHA", "sha");
            draft
                .request
                .set("digest", &format!("{lower}, {}", digest_of(BODY)));
        }),
        (
            "a signed header that comes twice",
            Draft::delivery(),
            |draft| {
                draft.request.add("x-more", "a");
                draft.request.add("x-more", "b");
                draft.list = "(request-target) host date digest x-more";
            },
        ),
        ("a query", Draft::delivery(), |draft| {
            draft.request.target = "/inbox?a=b".to_owned();
        }),
        ("a fetch", Draft::fetch(), |_| ()),
        (
            "a fetch with the digest of nothing",
            Draft::fetch(),
            |draft| {
                draft.request.set("digest", &digest_of(b""));
                draft.list = "(request-target) host date digest";
            },
        ),
    ];
    for (name, twin, change) in rows {
        assert_eq!(signed_so(twin, change), Ok(()), "{name}");
    }
}

#[test]
fn a_key_id_needs_no_fragment_and_no_url() {
    for key_id in ["https://far.example/users/a/main-key", "acct:a@far.example"] {
        let mut request = Draft::delivery().sign();
        let genuine = header(&request, "signature").unwrap();
        let other = genuine.replace("https://far.example/users/a#main-key", key_id);
        request.set("signature", &other);
        let claim = request.inspect().unwrap();
        assert_eq!(claim.key_id, key_id);
        assert_eq!(claim.verify(&SENDERS_KEY), Ok(()), "{key_id}");
    }
}

/// The key's id and the spelling of the header are not signed, so whoever sends a recorded request may change them.
#[test]
fn a_repeated_request_cannot_be_disguised() {
    let request = Draft::delivery().sign();
    let first = request.inspect().unwrap();
    assert_eq!(first.signed_at, NOW);
    let genuine = header(&request, "signature").unwrap();
    let disguises = [
        genuine.replace("#main-key", "#another-key"),
        genuine.replace("algorithm=\"rsa-sha256\",", ""),
        genuine.replace(",headers=", ", headers="),
    ];
    for disguise in disguises {
        let mut again = request.clone();
        again.set("signature", &disguise);
        again.set("x-unsigned", "anything");
        let claim = again.inspect().unwrap();
        assert_eq!(claim.verify(&SENDERS_KEY), Ok(()), "{disguise}");
        assert_eq!(claim.hash(), first.hash(), "{disguise}");
    }
    let mut later = Draft::delivery();
    later.request.set("date", &date_in(1));
    let later = later.sign().inspect().unwrap();
    assert_ne!(later.hash(), first.hash());
    let mut both = with_created();
    both.request.set("date", &date_in(-1));
    both.list = "(request-target) (created) host date digest";
    let both = both.sign().inspect().unwrap();
    assert_eq!(both.signed_at, minutes_from_now(-1), "the earlier one");
}

#[test]
fn our_host_has_more_than_one_spelling() {
    for (host, expected) in [
        ("letter.example", Ok(())),
        ("Letter.EXAMPLE", Ok(())),
        ("letter.example:443", Ok(())),
        ("letter.example.", Ok(())),
        ("letter.example.:443", Ok(())),
        ("letter.example:80", Err(Refusal::WrongHost)),
        ("letter.example..", Err(Refusal::WrongHost)),
        ("letter.example:", Err(Refusal::WrongHost)),
        ("xletter.example", Err(Refusal::WrongHost)),
    ] {
        let mut draft = Draft::delivery();
        draft.request.set("host", host);
        let claim = draft.sign().inspect();
        let verified = claim.and_then(|claim| claim.verify(&SENDERS_KEY));
        assert_eq!(verified, expected, "{host}");
    }
}

#[test]
fn our_own_port_counts() {
    let mut request = Draft::delivery();
    request.request.set("host", "localhost:8080");
    let request = request.sign();
    let Request {
        method,
        target,
        headers,
        body,
    } = &request;
    let received = Received {
        method,
        target,
        headers,
        body,
    };
    assert!(inspect(&received, "http://localhost:8080", NOW).is_ok());
    for ours in [
        "http://localhost",
        "http://localhost:8081",
        "http://localhost:80",
    ] {
        assert_eq!(
            inspect(&received, ours, NOW).unwrap_err(),
            Refusal::WrongHost,
            "{ours}"
        );
    }
}
