//! What activities mean, and what of them has to be read from its own server.

use serde_json::{Value, json};

use super::*;
use crate::{endorsement::wording::Phrases, register::inbound::takes_back::takes_back};

/// The action of a Create of a post by Ada with these additional members.
fn created(members: &Value) -> InboundAction {
    let mut note = json!({
        "id": "https://m.example/users/ada/statuses/1",
        "type": "Note",
        "attributedTo": "https://m.example/users/ada",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "content": "<p>I sign</p>",
    });
    let object = note.as_object_mut().unwrap();
    object.extend(members.as_object().unwrap().clone());
    let activity = json!({
        "id": "https://m.example/users/ada/statuses/1/activity",
        "type": "Create",
        "actor": "https://m.example/users/ada",
        "object": note,
    });
    let activity = Activity::parse(activity.to_string().as_bytes()).unwrap();
    read(&activity, None)
}

#[test]
fn a_post_hangs_on_the_letter_by_its_answer_its_mention_or_its_quote() {
    let check = |members: Value, expected: Option<(PostKind, &str)>| {
        let action = created(&members);
        let found = action.post().map(|post| (post.kind, post.target.as_str()));
        assert_eq!(found, expected, "{members}");
    };
    let letter = "https://letter.example/letter";
    let mention = json!({"type": "Mention", "href": "https://letter.example/actor"});
    check(
        json!({"inReplyTo": letter}),
        Some((PostKind::Reply, "/letter")),
    );
    check(
        json!({"inReplyTo": letter, "tag": [mention]}),
        Some((PostKind::Reply, "/letter")),
    );
    check(
        json!({"tag": [mention]}),
        Some((PostKind::Mention, "/actor")),
    );
    check(
        json!({"inReplyTo": "https://m.example/users/bob/statuses/2", "tag": mention}),
        Some((PostKind::Mention, "/actor")),
    );
    check(
        json!({"tag": [mention], "quote": letter}),
        Some((PostKind::Quote, "/letter")),
    );
    check(json!({"quote": letter}), Some((PostKind::Quote, "/letter")));
    check(
        json!({"quoteUrl": "https://letter.example/posts/0123456789abcdef"}),
        Some((PostKind::Quote, "/posts/0123456789abcdef")),
    );
    check(
        json!({"quote": "https://m.example/users/bob/statuses/2"}),
        None,
    );
    check(
        json!({"tag": [{"type": "Mention", "href": "https://m.example/users/bob"}]}),
        None,
    );
    check(json!({}), None);
}

#[test]
fn the_letter_and_its_posts_are_meant_by_many_addresses() {
    let check = |address: &str, expected: Option<&str>| {
        let action = created(&json!({"inReplyTo": address}));
        let replied = action.post().map(|post| post.target.as_str());
        assert_eq!(replied, expected, "a reply to {address}");
        let quoting = created(&json!({"quote": address}));
        let quoted = quoting.post().map(|post| post.target.as_str());
        assert_eq!(quoted, expected, "a quote of {address}");
        for kind in ["Like", "Announce", "Dislike"] {
            let action = read(&activity(kind, ADA, &json!(address)), None);
            let found = if let InboundAction::Like { target, letter } = action {
                assert_eq!(letter, target == "/letter", "{address}");
                Some(target)
            } else if let InboundAction::Boost { target } | InboundAction::Dislike { target } =
                action
            {
                Some(target)
            } else {
                None
            };
            assert_eq!(found.as_deref(), expected, "{kind} of {address}");
        }
    };
    for address in [
        "https://letter.example/letter",
        "https://letter.example/letter/",
        "http://letter.example/letter",
        "HTTPS://LETTER.example:443/letter",
        "https://letter.example/letter?utm_source=newsletter&utm_medium=mail",
        "https://letter.example/letter#sign",
        "https://letter.example",
        "https://letter.example/",
        "http://letter.example/?fbclid=1",
        "https://letter.example/supporters",
        "https://letter.example/supporters/?page=2#ada",
        "https://letter.example/activities/0123456789abcdef",
    ] {
        check(address, Some("/letter"));
    }
    for address in [
        "https://letter.example/posts/0123456789abcdef",
        "http://letter.example/posts/0123456789abcdef/?x=1",
        "https://letter.example/activities/1123456789abcdef/",
    ] {
        check(address, Some("/posts/0123456789abcdef"));
    }
    for address in [
        "https://letter.example.evil.example/letter",
        "https://evil.example/https://letter.example/letter",
        "https://letter.example@evil.example/letter",
        "https://ada@letter.example/letter",
        "https://letter.example:8443/letter",
        "ftp://letter.example/letter",
        "https://letter.example/letters",
        "https://letter.example/letter/likes",
        "https://letter.example//letter",
        "https://letter.example/actor",
        "https://letter.example/@letter",
        "https://letter.example/activities/2123456789abcdef",
        "https://letter.example/let ter",
        "/letter",
    ] {
        check(address, None);
    }
}

#[test]
fn what_is_liked_by_one_address_is_taken_back_by_another() {
    let like = json!({"type": "Like", "object": "http://letter.example/letter/?utm_source=x"});
    let InboundAction::Undo(Taken::Like { target, .. }) = read(&activity("Undo", ADA, &like), None)
    else {
        panic!("no Undo of a Like");
    };
    assert_eq!(target, "/letter");
}

#[test]
fn a_post_is_its_authors_whoever_is_named_beside() {
    let check = |authors: Value, expected: bool| {
        let reply = json!({"inReplyTo": "https://letter.example/letter", "attributedTo": authors});
        let action = created(&reply);
        assert_eq!(action.post().is_some(), expected, "{reply}");
    };
    let group = json!({"type": "Group", "id": "https://m.example/groups/1"});
    check(json!(null), true);
    check(json!([]), true);
    check(json!(7), false);
    check(json!({"type": "Person"}), false);
    check(json!([group, ADA]), true);
    check(json!([{"type": "Person", "id": ADA}, group]), true);
    check(json!([group]), false);
    check(json!("https://m.example/users/bob"), false);
}

#[test]
fn a_post_of_ones_own_is_on_ones_own_server_even_without_an_author() {
    let foreign = json!({
        "id": "https://other.example/1", "attributedTo": null,
        "inReplyTo": "https://letter.example/letter",
    });
    assert_eq!(created(&foreign).post(), None);
}

#[test]
fn the_audience_of_a_post_without_one_is_that_of_its_activity() {
    const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
    const FOLLOWERS: &str = "https://m.example/users/ada/followers";
    let check = |note: Value, around: Value, expected: Audience| {
        let mut object = json!({
            "id": POST, "type": "Note", "attributedTo": ADA, "content": "<p>I sign</p>",
            "inReplyTo": "https://letter.example/letter",
        });
        let members = object.as_object_mut().unwrap();
        members.extend(note.as_object().unwrap().clone());
        for kind in ["Create", "Update"] {
            let mut activity =
                json!({"id": format!("{POST}/1"), "type": kind, "actor": ADA, "object": object});
            let members = activity.as_object_mut().unwrap();
            members.extend(around.as_object().unwrap().clone());
            let activity = Activity::parse(activity.to_string().as_bytes()).unwrap();
            let action = read(&activity, Some(FOLLOWERS));
            assert_eq!(action.post().unwrap().audience, expected, "{activity:?}");
        }
    };
    let public = || json!({"to": PUBLIC, "cc": [FOLLOWERS]});
    check(json!({}), public(), Audience::Public);
    check(json!({"to": null}), public(), Audience::Public);
    check(
        json!({}),
        json!({"to": [FOLLOWERS], "cc": "as:Public"}),
        Audience::Unlisted,
    );
    check(json!({}), json!({"to": FOLLOWERS}), Audience::Followers);
    check(
        json!({}),
        json!({"to": ["https://letter.example/actor"]}),
        Audience::Direct,
    );
    // What the post says itself is never widened.
    check(json!({"to": [FOLLOWERS]}), public(), Audience::Unclear);
    check(
        json!({"cc": "https://letter.example/actor"}),
        public(),
        Audience::Unclear,
    );
    check(json!({"to": [], "cc": []}), public(), Audience::Unclear);
    check(json!({"bto": FOLLOWERS}), public(), Audience::Unclear);
    check(json!({"cc": [PUBLIC]}), public(), Audience::Unlisted);
    check(
        json!({"to": FOLLOWERS}),
        json!({"to": FOLLOWERS}),
        Audience::Followers,
    );
    check(public(), json!({"to": [FOLLOWERS]}), Audience::Public);
    check(json!({}), json!({}), Audience::Unstated);
    check(json!({}), json!({"to": []}), Audience::Unclear);
    check(json!({"to": []}), json!({}), Audience::Direct);
}

#[test]
fn a_text_is_read_in_the_letters_language_and_otherwise_in_its_first() {
    let check = |members: Value, expected: &str| {
        let mut members = members;
        members["inReplyTo"] = json!("https://letter.example/letter");
        let action = created(&members);
        assert_eq!(action.post().unwrap().html, expected, "{members}");
    };
    let content = |text: &str| json!({"content": null, "contentMap": {"en": "one", "de": text}});
    check(content("eins"), "eins");
    check(
        json!({"content": null, "contentMap": {"de": "a", "de-at": "b"}}),
        "b",
    );
    check(
        json!({"content": null, "contentMap": {"en": "one", "fr": "un"}}),
        "one",
    );
    check(
        json!({"content": null, "contentMap": {"en": "", "fr": 1, "de-CH": "c"}}),
        "c",
    );
    check(
        json!({"content": "text", "contentMap": {"de": "eins"}}),
        "text",
    );
    check(json!({"content": ["text"]}), "text");
    check(json!({"content": ["one", "two"]}), "");
    check(json!({"content": null}), "");
}

#[test]
fn a_title_is_kept_like_a_content_warning_and_an_excerpt_is_none() {
    let check = |members: Value, expected: Option<&str>| {
        let mut members = members;
        members["inReplyTo"] = json!("https://letter.example/letter");
        let action = created(&members);
        let warning = action.post().unwrap().warning.clone();
        assert_eq!(warning.as_deref(), expected, "{members}");
    };
    let excerpt = "I sign. Because [...]";
    check(
        json!({"type": "Article", "name": "Why", "summary": excerpt}),
        Some("Why"),
    );
    check(json!({"type": "Page", "summary": excerpt}), None);
    check(json!({"name": "Why"}), Some("Why"));
    check(
        json!({"name": "Why", "summary": "politics"}),
        Some("politics"),
    );
    check(json!({"summary": "politics"}), Some("politics"));
}

#[test]
fn a_content_warning_that_repeats_ours_is_no_word_of_the_author() {
    for (said, expected) in [
        ("US politics", None),
        ("re: us politics", None),
        (" RE: US Politics ", None),
        ("US politics, long", Some("US politics, long")),
        ("re:", Some("re:")),
    ] {
        let members = json!({"inReplyTo": "https://letter.example/letter", "summary": said});
        let action = created(&members);
        let warning = action.post().unwrap().warning.clone();
        assert_eq!(warning.as_deref(), expected, "{said}");
    }
}

#[test]
fn a_content_warning_is_kept_as_far_as_a_page_can_show_it() {
    let long =
        json!({"inReplyTo": "https://letter.example/letter", "summary": "w".repeat(100_000)});
    let action = created(&long);
    let warning = action
        .post()
        .and_then(|post| post.warning.as_deref())
        .unwrap();
    assert!((150..=210).contains(&warning.len()), "{}", warning.len());
}

#[test]
fn a_post_that_is_somebody_elses_or_on_another_server_says_nothing() {
    let letter = "https://letter.example/letter";
    for members in [
        json!({"inReplyTo": letter, "attributedTo": "https://m.example/users/bob"}),
        json!({"inReplyTo": letter, "id": "https://other.example/1"}),
    ] {
        assert!(created(&members).post().is_none(), "{members}");
    }
}

const ADA: &str = "https://m.example/users/ada";
const LETTER: &str = "https://letter.example/letter";
const OUR_POST: &str = "https://letter.example/posts/0123456789abcdef";

/// The action of an activity by Ada with these members.
fn done(members: &Value) -> InboundAction {
    let mut activity = json!({"id": format!("{ADA}/1"), "actor": ADA});
    let object = activity.as_object_mut().unwrap();
    object.extend(members.as_object().unwrap().clone());
    let activity = Activity::parse(activity.to_string().as_bytes()).unwrap();
    read(&activity, None)
}

/// The path that may be quoted after Ada asked for `object` with this instrument.
fn asked(object: &str, instrument: &Value) -> Option<String> {
    let request = json!({"type": "QuoteRequest", "object": object, "instrument": instrument});
    let InboundAction::AskToUse(asked) = done(&request) else {
        panic!("{request} asks for nothing");
    };
    asked.target
}

fn a_quote(members: &Value) -> Value {
    let mut note = json!({
        "id": format!("{ADA}/statuses/1"),
        "type": "Note",
        "attributedTo": ADA,
        "to": "as:Public",
        "quote": LETTER,
    });
    let object = note.as_object_mut().unwrap();
    object.extend(members.as_object().unwrap().clone());
    note
}

#[test]
fn a_post_may_quote_when_it_is_the_asking_actors_own_public_and_quotes_what_is_asked_for() {
    let check = |object: &str, instrument: Value, expected: Option<&str>| {
        let found = asked(object, &instrument);
        assert_eq!(found.as_deref(), expected, "{object} {instrument}");
    };
    let yes = Some("/letter");
    check(LETTER, a_quote(&json!({})), yes);
    check("https://letter.example/", a_quote(&json!({})), yes);
    check(LETTER, json!(format!("{ADA}/statuses/1")), yes);
    check(
        LETTER,
        a_quote(&json!({"to": [], "cc": ["https://www.w3.org/ns/activitystreams#Public"]})),
        yes,
    );
    let quoteless = json!({"quote": null, "_misskey_quote": "https://letter.example"});
    check(LETTER, a_quote(&quoteless), yes);
    check(
        OUR_POST,
        a_quote(&json!({"quote": OUR_POST})),
        Some("/posts/0123456789abcdef"),
    );

    check(OUR_POST, a_quote(&json!({})), None);
    check("https://letter.example/actor", a_quote(&json!({})), None);
    check("https://other.example/letter", a_quote(&json!({})), None);
    for members in [
        json!({"attributedTo": "https://m.example/users/bob"}),
        json!({"id": "https://other.example/1"}),
        json!({"id": "https://letter.example/posts/0123456789abcdef"}),
        json!({"quote": "https://m.example/1"}),
        json!({"to": [format!("{ADA}/followers")]}),
        json!({"type": "Event"}),
    ] {
        check(LETTER, a_quote(&members), None);
    }
    check(LETTER, json!("https://other.example/1"), None);
}

#[test]
fn a_report_keeps_what_is_ours_apart_from_what_is_not() {
    let flag = |objects: Value| done(&json!({"type": "Flag", "object": objects, "content": "x"}));
    let InboundAction::Report(report) = flag(json!([
        "https://letter.example/actor",
        "https://letter.example/@letter",
        "https://letter.example",
        OUR_POST,
        "https://letter.example/inbox",
        "https://m.example/users/bob",
        {"id": "https://m.example/1", "type": "Note"},
    ])) else {
        panic!("a report");
    };
    assert_eq!(
        report.ours,
        ["/actor", "/actor", "/letter", "/posts/0123456789abcdef"]
    );
    assert_eq!(
        report.theirs,
        ["https://m.example/users/bob", "https://m.example/1"]
    );
    assert_eq!(report.text.as_deref(), Some("x"));
    assert!(matches!(
        flag(json!("https://letter.example/inbox")),
        InboundAction::Nothing
    ));
}

#[test]
fn boosts_reactions_and_dislikes_are_about_what_is_ours_or_nothing() {
    let of = |kind: &str, object: &str| {
        let action = done(&json!({"type": kind, "object": object, "content": "🎉"}));
        if let InboundAction::React { target, letter, .. } = action {
            format!("react {target} {letter}")
        } else if let InboundAction::Dislike { target } = action {
            format!("dislike {target}")
        } else if let InboundAction::Boost { target } = action {
            format!("boost {target}")
        } else {
            format!("{action:?}").to_lowercase()
        }
    };
    let page = "https://letter.example/";
    assert_eq!(of("Like", LETTER), "react /letter true");
    assert_eq!(
        of("EmojiReact", OUR_POST),
        "react /posts/0123456789abcdef false"
    );
    assert_eq!(of("Dislike", page), "dislike /letter");
    assert_eq!(of("Announce", page), "boost /letter");
    assert_eq!(of("Announce", OUR_POST), "boost /posts/0123456789abcdef");
    for kind in ["Like", "EmojiReact", "Dislike", "Announce"] {
        for object in ["https://m.example/1", "https://letter.example/actor"] {
            assert_eq!(of(kind, object), "nothing", "{kind} {object}");
        }
    }
}

const POST: &str = "https://m.example/users/ada/statuses/1";

fn urls() -> Urls {
    let base = "https://letter.example".parse().unwrap();
    Urls::new(&base, "letter.example", "letter")
}

/// The Create of the letter, and that of a post.
const CREATES: [(&str, &str); 2] = [
    ("/activities/0123456789abcdef", "/letter"),
    ("/activities/1123456789abcdef", "/posts/0123456789abcdef"),
];

fn with_ours<T>(read: impl FnOnce(Ours<'_>) -> T) -> T {
    let creates = CREATES.map(|(path, of)| (path.to_owned(), of.to_owned()));
    read(Ours {
        urls: &urls(),
        creates: &HashMap::from(creates),
        language: "de-AT",
        warnings: &["US politics".to_owned()],
    })
}

fn read(activity: &Activity, followers: Option<&str>) -> InboundAction {
    with_ours(|ours| interpret(ours, activity, followers))
}

fn passed(activity: &Activity) -> InboundAction {
    with_ours(|ours| passed_on(ours, activity))
}

fn activity(kind: &str, actor: &str, object: &Value) -> Activity {
    let text = json!({
        "id": format!("{actor}/activities/1"),
        "type": kind,
        "actor": actor,
        "object": object,
        "target": "https://new.example/users/ada",
    });
    Activity::parse(text.to_string().as_bytes()).unwrap()
}

fn note(members: &Value) -> Value {
    let mut note = json!({
        "id": POST,
        "type": "Note",
        "attributedTo": ADA,
        "inReplyTo": "https://letter.example/letter",
        "content": "<p>I sign</p>",
    });
    let object = note.as_object_mut().unwrap();
    object.extend(members.as_object().unwrap().clone());
    note
}

/// What has to be read, if the action is that.
fn task(action: InboundAction) -> Option<DereferenceTask> {
    if let InboundAction::Dereference(task) = action {
        Some(task)
    } else {
        None
    }
}

fn a_post(url: &str, concerns_us: bool) -> DereferenceTask {
    DereferenceTask::Post {
        url: url.to_owned(),
        concerns_us,
    }
}

#[test]
fn of_what_is_passed_on_only_the_ids_of_posts_are_taken() {
    let gone = |url: &str| {
        Some(DereferenceTask::Gone {
            url: url.to_owned(),
        })
    };
    let check = |kind, object: Value, expected: Option<DereferenceTask>| {
        let found = task(passed(&activity(kind, ADA, &object)));
        assert_eq!(found, expected, "{kind} {object}");
    };
    let ours = "https://letter.example/posts/0123456789abcdef";
    let elsewhere = json!({"inReplyTo": "https://m.example/1"});
    let mentions = json!({
        "inReplyTo": null,
        "tag": {"type": "Mention", "href": "https://letter.example/actor"},
    });
    check("Create", note(&json!({})), Some(a_post(POST, true)));
    check("Update", note(&json!({})), Some(a_post(POST, true)));
    check("Create", note(&elsewhere), Some(a_post(POST, false)));
    check("Create", note(&mentions), Some(a_post(POST, true)));
    let quotes = json!({"inReplyTo": null, "quoteUrl": "https://letter.example/letter"});
    check("Create", note(&quotes), Some(a_post(POST, true)));
    check("Create", json!(POST), Some(a_post(POST, true)));
    check(
        "Create",
        json!({"id": POST, "type": "Video"}),
        Some(a_post(POST, false)),
    );
    check("Create", note(&json!({"id": ours})), None);
    check("Create", json!("acct:ada@m.example"), None);
    check("Delete", json!(POST), gone(POST));
    check(
        "Delete",
        json!({"id": POST, "type": "Tombstone"}),
        gone(POST),
    );
    check("Delete", json!(ours), None);
    for kind in [
        "Like", "Announce", "Follow", "Undo", "Block", "Flag", "Dislike",
    ] {
        check(kind, json!("https://letter.example/letter"), None);
    }
    check("Move", json!(ADA), None);
}

#[test]
fn of_an_actors_own_activity_only_what_it_does_not_prove_is_looked_up() {
    let check = |kind, object: Value, expected: Option<DereferenceTask>| {
        let found = task(read(&activity(kind, ADA, &object), None));
        assert_eq!(found, expected, "{kind} {object}");
    };
    let elsewhere = "https://other.example/1";
    check("Create", note(&json!({})), None);
    check("Update", note(&json!({})), None);
    check("Create", json!(POST), Some(a_post(POST, true)));
    check(
        "Create",
        note(&json!({"id": elsewhere})),
        Some(a_post(elsewhere, true)),
    );
    let bobs = json!({"attributedTo": "https://m.example/users/bob"});
    check("Create", note(&bobs), Some(a_post(POST, true)));
    check("Update", json!(ADA), Some(DereferenceTask::Actor));
    check(
        "Update",
        json!({"id": ADA, "type": "Person"}),
        Some(DereferenceTask::Actor),
    );
    check("Create", json!(ADA), Some(a_post(ADA, true)));
    check("Delete", json!(POST), None);
    let to = "https://new.example/users/ada".to_owned();
    check("Move", json!(ADA), Some(DereferenceTask::Moved { to }));
}

#[test]
fn what_a_group_wraps_is_treated_as_passed_on() {
    let wrapped = |kind: &str, object: Value| {
        let inner =
            json!({"id": "https://m.example/1", "type": kind, "actor": ADA, "object": object});
        let group = activity("Announce", "https://lemmy.example/c/letters", &inner);
        task(read(&group, None))
    };
    assert_eq!(
        wrapped("Create", note(&json!({}))),
        Some(a_post(POST, true))
    );
    assert_eq!(wrapped("Update", json!(POST)), Some(a_post(POST, true)));
    assert_eq!(
        wrapped("Delete", json!(POST)),
        Some(DereferenceTask::Gone {
            url: POST.to_owned()
        })
    );
    let letter = json!("https://letter.example/letter");
    for vote in ["Like", "Dislike", "Undo", "Announce", "Move"] {
        assert_eq!(wrapped(vote, letter.clone()), None, "{vote}");
    }
}

#[test]
fn who_takes_something_back_is_told_from_the_activity_alone() {
    let check = |kind: &str, object: Value, expected| {
        let action = read(&activity(kind, ADA, &object), None);
        let found = takes_back(&action, &Phrases::built_in());
        assert_eq!(found, expected, "{kind} {object}");
    };
    for kind in ["Undo", "Delete"] {
        check(kind, json!(POST), true);
    }
    check("Delete", json!(ADA), true);
    check("Block", json!("https://letter.example/actor"), true);
    check("Dislike", json!(LETTER), true);
    for kind in [
        "Follow",
        "Like",
        "Announce",
        "Move",
        "Flag",
        "Create",
        "Update",
        "Frobnicate",
    ] {
        check(kind, json!(LETTER), false);
    }
    let says = |words: &str| note(&json!({"content": words, "to": "as:Public"}));
    check("Create", says("<p>withdraw</p>"), true);
    check("Create", says("<p>I sign</p>"), false);
    check("Create", says("<p>What a letter</p>"), false);
    check("Update", says("<p>withdraw</p>"), true);
    check("Update", says("<p>What a letter</p>"), true);
    check("Update", says("<p>I sign</p>"), false);
    check("Update", note(&json!({"inReplyTo": null})), true);
}

#[test]
fn what_concerns_the_sender_alone_is_told_from_the_rest() {
    let check = |kind: &str, object: Value, expected| {
        let action = read(&activity(kind, ADA, &object), None);
        assert_eq!(action.facts().about_sender, expected, "{kind} {object}");
    };
    let whole = json!({
        "id": ADA, "type": "Person", "preferredUsername": "ada", "inbox": format!("{ADA}/inbox"),
    });
    check("Update", whole, true);
    check("Update", json!({"id": ADA, "type": "Person"}), true);
    for object in [json!(ADA), json!({"id": ADA, "type": "Tombstone"})] {
        check("Delete", object, true);
    }
    check("Delete", json!({"id": POST, "type": "Tombstone"}), false);
    check("Follow", json!(ADA), false);
    check("Update", note(&json!({})), false);
}

#[test]
fn only_a_follow_of_ours_can_be_answered() {
    let own = "https://letter.example/activities/0123456789abcdef";
    let path = || Some("/activities/0123456789abcdef".to_owned());
    let letter = "https://letter.example/actor";
    for (object, expected) in [
        (json!(own), Some(path())),
        (json!({"id": own, "type": "Follow"}), Some(path())),
        (json!({"type": "Follow", "actor": letter}), Some(None)),
        (
            json!({"id": "https://m.example/1", "type": "Follow", "actor": letter}),
            Some(None),
        ),
        (
            json!({"type": "Follow", "actor": "https://m.example/users/bob"}),
            None,
        ),
        (json!("https://m.example/follows/1"), None),
        (json!("https://letter.example/letter"), None),
    ] {
        for (kind, accepts) in [("Accept", true), ("Reject", false)] {
            let activity = json!({
                "id": "https://m.example/users/ada/answers/1", "type": kind,
                "actor": "https://m.example/users/ada", "object": object,
            });
            let activity = Activity::parse(activity.to_string().as_bytes()).unwrap();
            let found =
                if let InboundAction::FollowAnswered { follow, accepted } = read(&activity, None) {
                    assert_eq!(accepted, accepts);
                    Some(follow)
                } else {
                    None
                };
            assert_eq!(found, expected, "{object}");
        }
    }
}
