//! Remote posts, actors and keys.

use serde_json::{Value, json};

use super::super::*;
use crate::clock::Millis;

const ADA: &str = "https://m.example/users/ada";
const NOTE: &str = "https://m.example/users/ada/statuses/1";
const FOLLOWERS: &str = "https://m.example/users/ada/followers";
const LETTER: &str = "https://letter.example/letter";

/// RSA of 2048 bits.
const PEM: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAttxJ1bZ+/Uz6hljwGBVx
P2Y3UjsPOyYDVIKvTcttnxCHlphRPqgf1rrNSScqq1v4Ml9YJvKZV/mIVNFMq5Li
aNxYoH4FhKcV66UnhC+exXDZSjXpz0/162elgRzm1hbeCmX6oOowQmNxmN3IQ5I6
WO8ULGsGpLus2pCLfv1fKk39UXb3HnwizcDMrcWoYlwDN/4I+T7LpDNG1a10Lh/k
TGQy0ih8YUoWH7ZbXX4Wv32BSQzLPsirOvgFYTUsvcRWgGlMfDt+eK9p3cE6kpm3
b+Cwn9VT/zdFJMPG3mpEYTw5hW1PD1uTuJS0cJa968MfG3uUlN5LMnHASbloxIsB
JwIDAQAB
-----END PUBLIC KEY-----
";

fn note(members: &Value) -> RemoteNote {
    let mut note = json!({"id": NOTE, "type": "Note"});
    note.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    RemoteNote::parse(note.to_string().as_bytes()).unwrap()
}

fn actor_document(members: &Value) -> Value {
    let mut actor = json!({
        "id": ADA, "type": "Person", "preferredUsername": "ada", "inbox": format!("{ADA}/inbox"),
    });
    actor
        .as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    actor
}

fn try_actor(members: &Value) -> Result<RemoteActor, BadDocument> {
    RemoteActor::parse(actor_document(members).to_string().as_bytes())
}

fn actor(members: &Value) -> RemoteActor {
    try_actor(members).unwrap()
}

#[test]
fn a_reply_is_read_in_full() {
    let read = note(&json!({
        "attributedTo": ADA,
        "inReplyTo": LETTER,
        "content": "<p>I sign</p>",
        "summary": "politics",
        "name": null,
        "published": "2026-11-22T12:00:00Z",
        "updated": "2026-11-22T13:00:00.123Z",
        "url": "https://m.example/@ada/1",
        "to": [PUBLIC],
        "cc": [FOLLOWERS, "https://letter.example/actor"],
        "tag": [
            {"type": "Mention", "href": "https://letter.example/actor", "name": "@letter@letter.example"},
            {"type": "Hashtag", "href": "https://m.example/tags/x", "name": "#x"},
            {"type": "Mention"},
            "https://m.example/tag",
        ],
    }));
    let expected = RemoteNote {
        id: NOTE.into(),
        kind: "Note".into(),
        attributed_to: vec![ADA.into()],
        in_reply_to: vec![LETTER.into()],
        content: Some("<p>I sign</p>".into()),
        translations: vec![],
        summary: Some("politics".into()),
        name: None,
        published: Some(Millis::from_millis(1_795_348_800_000)),
        updated: Some(Millis::from_millis(1_795_352_400_123)),
        url: Some("https://m.example/@ada/1".into()),
        to: vec![PUBLIC.into()],
        cc: vec![FOLLOWERS.into(), "https://letter.example/actor".into()],
        audience_unclear: false,
        audience_unstated: false,
        mentions: vec![Mention {
            href: "https://letter.example/actor".into(),
            name: Some("@letter@letter.example".into()),
        }],
        quotes: vec![],
    };
    assert_eq!(read, expected);
    assert!(read.mentions("https://letter.example/actor") && !read.mentions(ADA));
}

#[test]
fn one_and_many_are_read_alike() {
    let mention = json!({"type": ["Mention"], "href": LETTER});
    let bare = note(&json!({"to": PUBLIC, "cc": ADA, "tag": mention, "inReplyTo": {"id": LETTER}}));
    let many = note(
        &json!({"to": [PUBLIC], "cc": [{"id": ADA}], "tag": [mention], "inReplyTo": [LETTER]}),
    );
    assert_eq!(bare, many);
    let authors =
        note(&json!({"attributedTo": [{"type": "Person", "id": ADA}, "https://e.example"]}));
    assert_eq!(authors.attributed_to, [ADA, "https://e.example"]);
    assert_eq!(
        note(&json!({"to": null, "tag": 1, "published": 5, "content": []})),
        note(&json!({}))
    );
}

#[test]
fn visibility_is_read_from_the_addressees() {
    use crate::endorsement::judge::Audience::{Direct, Followers, Public, Unlisted, Unstated};
    let check = |to: Value, cc: Value, expected| {
        let read = note(&json!({"to": to, "cc": cc}));
        assert_eq!(visibility(&read, Some(FOLLOWERS)), expected, "{read:?}");
    };
    check(json!([PUBLIC]), json!([FOLLOWERS]), Public);
    check(json!("as:Public"), json!(null), Public);
    check(json!(["Public", ADA]), json!([]), Public);
    check(json!([FOLLOWERS]), json!([PUBLIC]), Unlisted);
    check(json!(null), json!("Public"), Unlisted);
    check(json!(FOLLOWERS), json!([]), Followers);
    check(json!([ADA]), json!([FOLLOWERS]), Followers);
    check(json!([ADA]), json!([]), Direct);
    check(json!(null), json!(null), Unstated);
    check(
        json!("public"),
        json!("https://www.w3.org/ns/activitystreams#public"),
        Direct,
    );
    check(json!("https://e.example/followers"), json!(null), Direct);
    let unknown = note(&json!({"to": FOLLOWERS}));
    assert_eq!(visibility(&unknown, None), Direct);
    let too_many_ids = vec![json!(ADA); 5000]
        .into_iter()
        .chain([json!(PUBLIC)])
        .collect();
    check(too_many_ids, json!(null), Public);
}

#[test]
fn a_quote_is_known_by_each_of_its_names() {
    for name in ["quote", "quoteUri", "quoteUrl", "_misskey_quote"] {
        assert_eq!(note(&json!({name: LETTER})).quotes, [LETTER], "{name}");
    }
    let all =
        note(&json!({"quote": LETTER, "quoteUri": LETTER, "quoteUrl": "https://m.example/1"}));
    assert_eq!(all.quotes, [LETTER, "https://m.example/1"]);
}

#[test]
fn a_vote_has_a_name_and_no_text() {
    assert!(note(&json!({"name": "Yes", "inReplyTo": LETTER})).is_vote());
    assert!(note(&json!({"name": "Yes", "content": "", "inReplyTo": LETTER})).is_vote());
    assert!(!note(&json!({"name": "Yes", "content": "x", "inReplyTo": LETTER})).is_vote());
    assert!(!note(&json!({"name": "Yes"})).is_vote());
    assert!(!note(&json!({"type": "Article", "name": "Yes", "inReplyTo": LETTER})).is_vote());
}

#[test]
fn a_host_in_unicode_is_the_same_host_in_ascii() {
    let note = json!({
        "id": "https://bücher.example/notes/ä?ö#ü",
        "type": "Note",
        "attributedTo": {"id": "https://BÜCHER.example:8443/users/ada"},
        "inReplyTo": ["https://bücher.example"],
    });
    let note = RemoteNote::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(note.id, "https://xn--bcher-kva.example/notes/ä?ö#ü");
    let author = "https://xn--bcher-kva.example:8443/users/ada";
    assert_eq!(note.attributed_to, [author]);
    assert_eq!(note.in_reply_to, ["https://xn--bcher-kva.example"]);
    // What is no host stays as it is, and is refused where a host is needed.
    let strange = json!({"id": "https://ada@bücher.example/1", "type": "Note"});
    let strange = RemoteNote::parse(strange.to_string().as_bytes()).unwrap();
    assert_eq!(strange.id, "https://ada@bücher.example/1");
}

#[test]
fn a_text_in_the_wanted_language_stands_in_for_a_missing_one() {
    let check = |members: Value, expected: Option<&str>| {
        assert_eq!(note(&members).html("de"), expected, "{members}");
    };
    check(json!({"contentMap": {"en": "x"}}), Some("x"));
    check(json!({"contentMap": {"en": "x", "DE": "y"}}), Some("y"));
    check(json!({"contentMap": {"en": "x", "de-CH": "y"}}), Some("y"));
    check(json!({"contentMap": {"fr": "x", "en": "y"}}), Some("x"));
    check(json!({"contentMap": ["x"]}), None);
    check(
        json!({"content": "z", "contentMap": {"de": "x"}}),
        Some("z"),
    );
    check(json!({"content": ["z"]}), Some("z"));
    check(json!({"content": ["x", "z"]}), None);
}

#[test]
fn the_language_of_a_post_is_that_of_its_text() {
    let check = |members: Value, expected: Option<&str>| {
        assert_eq!(note(&members).language("en"), expected, "{members}");
    };
    check(json!({"content": "x"}), None);
    check(
        json!({"content": "x", "contentMap": {"de-AT": "x"}}),
        Some("de-AT"),
    );
    check(json!({"contentMap": {"fr": "x"}}), Some("fr"));
    check(
        json!({"content": "y", "contentMap": {"en": "x", "de": "y"}}),
        Some("de"),
    );
    check(
        json!({"content": "z", "contentMap": {"en": "x", "de": "y"}}),
        None,
    );
    for odd in [
        json!([]),
        json!("en"),
        json!({}),
        json!({"<b>": "x"}),
        json!({"a".repeat(99): "x"}),
    ] {
        check(json!({"content": "x", "contentMap": odd}), None);
    }
}

#[test]
fn a_page_is_found_among_links() {
    let check = |url: Value, expected: Option<&str>| {
        assert_eq!(note(&json!({"url": url})).url.as_deref(), expected, "{url}");
    };
    check(json!("https://m.example/1"), Some("https://m.example/1"));
    check(
        json!({"type": "Link", "href": "https://m.example/1"}),
        Some("https://m.example/1"),
    );
    let links = json!([
        {"type": "Link", "mediaType": "video/mp4", "href": "https://m.example/v"},
        {"type": "Link", "mediaType": "text/html", "href": "https://m.example/1"},
    ]);
    check(links, Some("https://m.example/1"));
    check(json!("javascript:alert(1)"), None);
    check(json!("/1"), None);
    check(json!([]), None);
}

#[test]
fn what_is_no_post_is_told_apart() {
    let parse = |document: Value| RemoteNote::parse(document.to_string().as_bytes());
    assert!(matches!(
        parse(json!({"id": NOTE, "type": "Tombstone"})),
        Err(BadDocument::Tombstone)
    ));
    assert!(matches!(
        parse(json!({"id": NOTE, "type": "Person"})),
        Err(BadDocument::WrongType(_))
    ));
    assert!(matches!(
        parse(json!({"type": "Note"})),
        Err(BadDocument::Missing("id"))
    ));
    assert!(matches!(
        parse(json!({"id": NOTE})),
        Err(BadDocument::Missing("type"))
    ));
}

#[test]
fn an_actor_is_read_in_full() {
    let read = actor(&json!({
        "type": "Service",
        "webfinger": "acct:ada@m.example",
        "name": "Ada",
        "summary": "<p>Hello</p>",
        "url": "https://m.example/@ada",
        "endpoints": {"sharedInbox": "https://m.example/inbox"},
        "followers": FOLLOWERS,
        "publicKey": {"id": format!("{ADA}#main-key"), "owner": ADA, "publicKeyPem": PEM},
        "discoverable": true,
        "indexable": true,
        "suspended": true,
        "hidesCcPublicFromUnauthedWeb": false,
        "published": "2026-11-22T12:00:00Z",
        "alsoKnownAs": "https://old.example/ada",
        "movedTo": "https://new.example/ada",
    }));
    let expected = RemoteActor {
        id: ADA.into(),
        kind: ActorType::Service,
        preferred_username: Some("ada".into()),
        webfinger: Some("ada@m.example".into()),
        name: Some("Ada".into()),
        summary: Some("<p>Hello</p>".into()),
        url: Some("https://m.example/@ada".into()),
        inbox: format!("{ADA}/inbox"),
        shared_inbox: Some("https://m.example/inbox".into()),
        followers: Some(FOLLOWERS.into()),
        public_keys: vec![ActorKey {
            id: format!("{ADA}#main-key"),
            owner: ADA.into(),
            pem: PEM.into(),
        }],
        discoverable: true,
        indexable: true,
        suspended: true,
        hides_cc_public: Some(false),
        published: Some(Millis::from_millis(1_795_348_800_000)),
        also_known_as: vec!["https://old.example/ada".into()],
        moved_to: Some("https://new.example/ada".into()),
        links: vec!["https://m.example/@ada".into()],
    };
    assert_eq!(read, expected);
}

#[test]
fn a_profile_links_by_its_fields_and_addresses() {
    let field = |value: &str| json!({"type": "PropertyValue", "name": "Code", "value": value});
    let read = actor(&json!({
        "url": ["https://m.example/@ada", {"type": "Link", "href": "https://ada.example/"}],
        "attachment": [
            field(r#"<a href="https://github.com/ada" rel="me nofollow">github.com/ada</a>"#),
            field(" https://acme.example/ "),
            field("no link <!-- <a href='https://x.example/'> -->"),
            {"type": "Image", "url": "https://m.example/1.png", "value": "https://y.example/"},
            "text", 7,
        ],
    }));
    let expected = [
        "https://github.com/ada",
        "https://acme.example/",
        "https://m.example/@ada",
        "https://ada.example/",
    ];
    assert_eq!(read.links, expected);
    assert_eq!(
        actor(&json!({"attachment": field("https://z.example")})).links,
        ["https://z.example"]
    );
    let many: Vec<_> = (0..99)
        .map(|n| field(&format!("https://a{n}.example")))
        .collect();
    assert_eq!(actor(&json!({"attachment": many})).links.len(), 32);
}

#[test]
fn what_an_actor_does_not_say_is_no() {
    let read = actor(&json!({"discoverable": "true", "indexable": null, "suspended": 1}));
    assert!(!read.discoverable && !read.indexable && !read.suspended);
    assert_eq!((read.hides_cc_public, read.name.as_deref()), (None, None));
}

#[test]
fn members_with_a_well_known_prefix_are_read() {
    let read = actor(&json!({"toot:discoverable": true, "as:movedTo": "https://new.example/ada"}));
    assert!(read.discoverable);
    assert_eq!(read.moved_to.as_deref(), Some("https://new.example/ada"));
    assert!(!actor(&json!({"discoverable": false, "toot:discoverable": true})).discoverable);
}

#[test]
fn an_actor_cannot_send_us_to_somebody_elses_inbox() {
    let foreign = "https://victim.example/inbox";
    assert!(matches!(
        try_actor(&json!({"inbox": foreign})),
        Err(BadDocument::ForeignInbox)
    ));
    assert_eq!(
        actor(&json!({"endpoints": {"sharedInbox": foreign}})).shared_inbox,
        None
    );
    assert_eq!(actor(&json!({"sharedInbox": foreign})).shared_inbox, None);
    let top_level = actor(&json!({"sharedInbox": "https://m.example/inbox"}));
    assert_eq!(
        top_level.shared_inbox.as_deref(),
        Some("https://m.example/inbox")
    );
}

#[test]
fn an_actor_has_only_its_own_keys() {
    let key = |owner: &str, n: usize| json!({"id": format!("{ADA}#{n}"), "owner": owner, "publicKeyPem": PEM});
    assert_eq!(
        actor(&json!({"publicKey": key("https://e.example/eve", 0)})).public_keys,
        []
    );
    let many: Vec<_> = (0..12).map(|n| key(ADA, n)).collect();
    assert_eq!(actor(&json!({"publicKey": many})).public_keys.len(), 4);
}

#[test]
fn a_key_that_verifies_nothing_is_not_kept() {
    let key = |n: usize, pem: &str| json!({"id": format!("{ADA}#{n}"), "owner": ADA, "publicKeyPem": pem});
    let other = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEANhP2DSTSzXy7SwY06ok+Hd17d0QnTmkWK0tsUumwxUY=\n\
                 -----END PUBLIC KEY-----\n";
    let padded = format!("{PEM}{}", " ".repeat(16 * 1024));
    let keys = json!([
        key(0, other),
        key(1, ""),
        key(2, &padded),
        key(3, "PEM"),
        key(4, PEM)
    ]);
    let read = actor(&json!({"publicKey": keys})).public_keys;
    let ids: Vec<_> = read.iter().map(|key| key.id.as_str()).collect();
    assert_eq!(ids, [format!("{ADA}#4")]);
}

#[test]
fn an_actor_may_be_named_by_its_webfinger_alone() {
    let read = actor(&json!({"preferredUsername": null, "webfinger": "@ada@m.example"}));
    assert_eq!(read.preferred_username.as_deref(), Some("ada"));
    for unusable in [json!(""), json!(null), json!(["ada"]), json!({"en": "ada"})] {
        let read = actor(&json!({"preferredUsername": unusable}));
        assert_eq!(read.preferred_username, None, "{unusable}");
    }
}

#[test]
fn long_words_of_an_actor_are_cut() {
    let read = actor(&json!({"name": "ü".repeat(5000), "summary": "ü".repeat(50_000)}));
    assert_eq!(read.name.unwrap().chars().count(), 2048);
    assert_eq!(read.summary.unwrap().chars().count(), 20_480);
}

#[test]
fn a_page_on_another_host_is_not_the_actors() {
    assert_eq!(actor(&json!({"url": "https://bank.example/"})).url, None);
}

#[test]
fn what_is_no_actor_is_told_apart() {
    let check = |members: Value, expected: &str| {
        let error = try_actor(&members).unwrap_err();
        assert!(
            format!("{error:?}").starts_with(expected),
            "{members}: {error:?}"
        );
    };
    check(json!({"type": "Tombstone"}), "Tombstone");
    check(json!({"type": "Note"}), "NoActor");
    check(json!({"type": null}), "Missing(\"type\")");
    check(json!({"inbox": null}), "Missing(\"inbox\")");
    check(json!({"id": ""}), "Missing(\"id\")");
}

#[test]
fn a_key_is_found_in_every_document_that_can_hold_it() {
    let id = format!("{ADA}/main-key");
    let key = json!({"id": id, "owner": ADA, "publicKeyPem": PEM});
    let expected = ActorKey {
        id: id.clone(),
        owner: ADA.into(),
        pem: PEM.into(),
    };
    let stub = json!({"id": ADA, "type": "Person", "preferredUsername": "ada", "publicKey": key});
    let controlled = json!({"id": id, "controller": ADA, "publicKeyPem": PEM});
    let several = json!({"publicKey": [{"id": "other", "owner": ADA, "publicKeyPem": PEM}, key]});
    for document in [
        key.clone(),
        stub,
        actor_document(&json!({"publicKey": key})),
        controlled,
        several,
    ] {
        let found = find_key(document.to_string().as_bytes(), &id).unwrap();
        assert_eq!(found, expected, "{document}");
    }
}

#[test]
fn another_key_is_not_taken_for_the_one_that_was_asked_for() {
    let find = |document: Value| find_key(document.to_string().as_bytes(), "https://m.example/key");
    let other = json!({"id": "https://m.example/other", "owner": ADA, "publicKeyPem": PEM});
    assert!(matches!(find(other), Err(BadDocument::NoSuchKey)));
    let ownerless = json!({"id": "https://m.example/key", "publicKeyPem": PEM});
    assert!(matches!(find(ownerless), Err(BadDocument::NoSuchKey)));
    assert!(matches!(
        find(json!({"type": "Tombstone"})),
        Err(BadDocument::Tombstone)
    ));
}

#[test]
fn an_offset_without_a_colon_is_read() {
    let published = |time: &str| note(&json!({"published": time})).published;
    let noon = published("2026-11-20T12:00:00Z");
    assert!(noon.is_some());
    for time in ["2026-11-20T12:00:00+0000", "2026-11-20T13:30:00+0130"] {
        assert_eq!(published(time), noon, "{time}");
    }
    for time in [
        "00",
        "",
        "2026-11-20T12:00:00+00000",
        "2026-11-20T12:00:00",
        "é",
    ] {
        assert_eq!(published(time), None, "{time}");
    }
}
