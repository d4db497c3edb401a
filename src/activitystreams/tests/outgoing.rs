//! Documents that we serve and send.

use serde_json::{Value, json};

use super::{super::*, example, snapshot};
use crate::{
    clock::Millis,
    endorsement::{
        judge::Audience,
        policy::{Acknowledge, LetterState, LikeDisplay, Replies, ReplyDisplay},
    },
    i18n::{Language, SigningNotice},
    random::PublicId,
};

const PEM: &str = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n";
const REPLY: &str = "https://m.example/users/ada/statuses/1";
const ADA: &str = "https://m.example/users/ada";

fn id() -> PublicId {
    PublicId::from("0123456789abcdef".to_owned())
}

fn time(text: &str) -> Millis {
    Millis::parse_rfc3339(text).unwrap()
}

fn notice() -> SigningNotice {
    SigningNotice {
        replies: Replies::Phrase,
        reply_display: ReplyDisplay::Named,
        like_display: LikeDisplay::Discoverable,
        acknowledge: Acknowledge::Like,
        letter: LetterState::Open,
        names_off: false,
        nameless: false,
    }
}

fn letter() -> LetterNote<'static> {
    LetterNote {
        title: "Bread & <Roses>",
        body_html: "<p>We ask for bread.</p><p>And for roses.</p>",
        first_paragraph_html: "<p>We ask for bread.</p>",
        language: "en",
        warning: None,
        published: time("2026-11-22T12:00:00Z"),
        updated: None,
        counts: NoteCounts {
            likes: 3,
            shares: 2,
        },
        own_replies: &[],
        attachments: &[],
        hashtags: &[],
        allow_quotes: true,
        mode: NoteMode::Auto,
        max_chars: 20_000,
        notice: notice(),
        revision: 1,
    }
}

fn key(number: i64) -> ShownKey {
    ShownKey {
        number,
        pem: PEM.to_owned(),
    }
}

fn actor() -> Value {
    let actor = LetterActor {
        kind: ActorType::Service,
        name: "Bread & <Roses>",
        summary_html: "<p>An open letter.</p>",
        language: Language::of("en"),
        published: time("2026-11-22T12:00:00Z"),
        icon: Icon {
            media_type: "image/png",
            version: "ab12",
        },
        header: Some(&Header {
            media_type: "image/jpeg",
            url: "https://letter.example/header?v=cd34".to_owned(),
        }),
        key: &key(1),
        moved_to: None,
        also_known_as: &[],
        signatures: 1224,
    };
    letter_actor(&example(), &actor)
}

#[test]
fn actors_say_what_other_servers_need() {
    snapshot("letter_actor", &actor());
    let instance = instance_actor(&example(), &key(1), time("2026-11-22T12:00:00Z"));
    snapshot("instance_actor", &instance);
}

#[test]
fn a_summary_says_who_answers_and_escapes_it() {
    let notice = SigningNotice {
        replies: Replies::Phrase,
        reply_display: ReplyDisplay::Named,
        like_display: LikeDisplay::Off,
        acknowledge: Acknowledge::None,
        letter: LetterState::Open,
        names_off: false,
        nameless: false,
    };
    let summary = default_summary(Language::of("en"), &notice, "Ada <ada@letter.example>");
    assert_eq!(
        summary,
        "<p>An open letter, run by a program. To sign, reply in public with “I sign”; your name \
         and handle are shown on our page; delete the reply to leave.</p>\
         <p>Responsible: Ada &lt;ada@letter.example&gt;</p>"
    );
    assert!(!default_summary(Language::of("de"), &notice, "").contains("Verantwortlich"));
}

#[test]
fn a_key_belongs_to_its_actor_byte_for_byte() {
    let mut document = actor();
    let pair = crate::signature::KeyPair::generate().unwrap();
    document["publicKey"]["publicKeyPem"] = pair.public_key_pem().into();
    let found = RemoteActor::parse(document.to_string().as_bytes()).unwrap();
    assert_eq!(found.public_keys[0].id, example().key(OwnActor::Letter, 1));
    assert_eq!(found.public_keys[0].owner, example().actor());
    assert_eq!(found.shared_inbox, Some(example().inbox()));
}

#[test]
fn a_port_is_no_part_of_the_attribution_domain() {
    let urls = Urls::new(&"http://localhost:8080".parse().unwrap(), "", "letter");
    let mut document = actor();
    assert_eq!(document["attributionDomains"], json!(["letter.example"]));
    let params = LetterActor {
        kind: ActorType::Service,
        name: "",
        summary_html: "",
        language: Language::of("en"),
        published: Millis::default(),
        icon: Icon {
            media_type: "image/png",
            version: "",
        },
        header: Some(&Header {
            media_type: "image/png",
            url: String::new(),
        }),
        key: &key(1),
        moved_to: None,
        also_known_as: &[],
        signatures: 1224,
    };
    document = letter_actor(&urls, &params);
    assert_eq!(document["attributionDomains"], json!(["localhost"]));
}

#[test]
fn the_letter_is_a_note_with_everything_in_it() {
    let own = [example().post(&id())];
    let tags = ["#OpenLetter".to_owned(), "Bröt<chen".to_owned()];
    let full = LetterNote {
        updated: Some(time("2026-11-23T12:00:00Z")),
        own_replies: &own,
        hashtags: &tags,
        ..letter()
    };
    snapshot("letter", &full.to_document(&example()));
}

#[test]
fn a_letter_without_edits_tags_and_quotes_leaves_them_out() {
    let note = LetterNote {
        allow_quotes: false,
        ..letter()
    }
    .to_document(&example());
    for absent in ["updated", "summary", "name"] {
        assert_eq!(note.get(absent), None, "{absent}");
    }
    assert_eq!(note["tag"], json!([]));
    assert_eq!(
        note["interactionPolicy"]["canQuote"]["automaticApproval"],
        json!([example().actor()])
    );
}

#[test]
fn a_content_warning_folds_the_letter() {
    let plain = letter().to_document(&example());
    assert_eq!(plain["sensitive"], json!(false));
    let warned = LetterNote {
        warning: Some("Politics"),
        ..letter()
    };
    let warned = warned.to_document(&example());
    assert_eq!(warned["sensitive"], json!(true));
    assert_eq!(warned["summary"], json!("Politics"));
    assert_eq!(warned["content"], plain["content"]);
}

#[test]
fn the_text_of_the_only_language_equals_the_content() {
    let note = LetterNote {
        language: "de-AT",
        ..letter()
    }
    .to_document(&example());
    assert_eq!(note["contentMap"], json!({"de-AT": note["content"]}));
    assert!(
        note["content"]
            .as_str()
            .unwrap()
            .contains("Zum Unterzeichnen")
    );
}

#[test]
fn a_title_cannot_bring_html_along() {
    let content = letter().content(&example());
    assert!(content.starts_with("<p><strong>Bread &amp; &lt;Roses&gt;</strong></p><p>To sign, "));
}

#[test]
fn a_long_letter_is_sent_in_its_short_form() {
    let whole = LetterNote {
        mode: NoteMode::Full,
        max_chars: 0,
        ..letter()
    }
    .content(&example());
    let short = LetterNote {
        mode: NoteMode::Summary,
        ..letter()
    }
    .content(&example());
    assert!(whole.contains("roses.") && !short.contains("roses."));
    assert!(short.contains("bread.") && short.contains("href=\"https://letter.example/\""));
    let length = whole.chars().count();
    let auto = |max_chars| {
        LetterNote {
            max_chars,
            ..letter()
        }
        .content(&example())
    };
    assert_eq!(auto(length), whole);
    assert_eq!(auto(length - 1), short);
}

#[test]
fn the_short_form_is_cut_to_its_most_characters() {
    let long = format!("<p>{}</p>", "words &amp; more ".repeat(500));
    for max_chars in [2_000, 1_000, 900] {
        let note = LetterNote {
            mode: NoteMode::Summary,
            first_paragraph_html: &long,
            max_chars,
            ..letter()
        };
        let content = note.content(&example());
        assert!(content.chars().count() <= max_chars, "{content}");
        assert!(content.contains("words &amp; more") && content.contains('…'));
        assert!(content.contains("href=\"https://letter.example/\""));
    }
    let none = LetterNote {
        mode: NoteMode::Summary,
        first_paragraph_html: &long,
        max_chars: 0,
        ..letter()
    };
    assert!(!none.content(&example()).contains("words"));
}

#[test]
fn activities_are_complete() {
    let urls = example();
    let note = letter().to_document(&urls);
    snapshot("create", &create(&urls, &id(), &note));
    let by_letter = update_actor(&urls, &id(), OwnActor::Letter, &actor());
    snapshot("update_actor", &by_letter);
    let instance = instance_actor(&urls, &key(2), time("2026-11-22T12:00:00Z"));
    let by_instance = update_actor(&urls, &id(), OwnActor::Instance, &instance);
    snapshot("update_instance_actor", &by_instance);
    let follow = Follow {
        id: Some("https://m.example/7f3a"),
        actor: ADA,
        object: &urls.actor(),
    };
    snapshot("accept_follow", &accept_follow(&urls, &id(), &follow));
    let follow = Follow {
        id: None,
        actor: ADA,
        object: &urls.instance_actor(),
    };
    snapshot(
        "reject_follow",
        &reject_follow(&urls, &id(), OwnActor::Instance, &follow),
    );
    let liked = PublicId::from("zzzzzzzzzzzzzzzz".to_owned());
    snapshot("undo_like", &undo_like(&urls, &id(), &liked, REPLY, ADA));
    snapshot("delete", &delete(&urls, &id(), &urls.letter()));
}

#[test]
fn a_direct_note_names_its_recipient_and_nobody_else() {
    let note = DirectNote {
        post: &id(),
        recipient: ADA,
        handle: "@ada@m.example",
        profile: "https://m.example/@ada?\"><script>",
        in_reply_to: Some(REPLY),
        language: "en",
        text: "Thanks <b>",
        link: Some("https://letter.example/e/0123456789abcdef"),
        published: time("2026-11-22T12:00:00Z"),
    };
    let create = note.to_create(&example(), &id());
    snapshot("direct_note", &create);
    let read = Activity::parse(create.to_string().as_bytes()).unwrap();
    let ActivityKind::Create {
        object: Embedded::Note(read),
    } = read.kind
    else {
        panic!("{read:?}")
    };
    assert_eq!(visibility(&read, None), Audience::Direct);
    assert!(read.mentions(ADA));
}

#[test]
fn every_activity_has_a_context_first_an_id_and_an_addressee() {
    let urls = example();
    let note = letter().to_document(&urls);
    let follow = Follow {
        id: None,
        actor: ADA,
        object: "x",
    };
    for activity in [
        create(&urls, &id(), &note),
        update(&urls, &id(), &note),
        update_actor(&urls, &id(), OwnActor::Letter, &actor()),
        update_actor(&urls, &id(), OwnActor::Instance, &actor()),
        accept_follow(&urls, &id(), &follow),
        reject_follow(&urls, &id(), OwnActor::Letter, &follow),
        like(&urls, &id(), REPLY, ADA),
        undo_like(&urls, &id(), &id(), REPLY, ADA),
        delete(&urls, &id(), &urls.letter()),
        delete_actor(&urls, &id()),
        move_actor(&urls, &id(), "https://new.example/actor"),
    ] {
        let first = activity.as_object().unwrap().keys().next().unwrap();
        assert_eq!(first, "@context", "{activity}");
        assert_eq!(activity["id"], urls.activity(&id()));
        assert!(!activity["to"].as_array().unwrap().is_empty(), "{activity}");
        assert_eq!(activity["object"].get("@context"), None, "{activity}");
    }
}

#[test]
fn what_was_deleted_leaves_a_tombstone() {
    let document = tombstone(&example().letter(), time("2026-11-22T12:00:00Z"));
    let read = RemoteNote::parse(document.to_string().as_bytes());
    assert!(matches!(read, Err(BadDocument::Tombstone)));
    assert_eq!(document["deleted"], "2026-11-22T12:00:00Z");
}

#[test]
fn an_item_of_the_outbox_keeps_a_context_that_is_not_the_newest_ones() {
    let urls = example();
    let newest = create(&urls, &id(), &letter().to_document(&urls));
    let about_the_actor = json!({"@context": ["https://w3id.org/security/v1"], "type": "Update"});
    let collection = outbox(
        &urls,
        &[newest.clone(), about_the_actor.clone(), newest.clone()],
    );
    assert_eq!(collection["@context"], newest["@context"]);
    let contexts = [0, 1, 2].map(|item| collection["orderedItems"][item].get("@context").cloned());
    assert_eq!(
        contexts,
        [None, Some(about_the_actor["@context"].clone()), None]
    );
}

#[test]
fn collections_tell_numbers_and_no_names() {
    let urls = example();
    let pinned = [urls.letter()];
    let published = create(&urls, &id(), &letter().to_document(&urls));
    snapshot("outbox", &outbox(&urls, &[published]));
    snapshot("featured", &featured(&urls, &pinned));
    snapshot("followers", &followers(&urls, 7));
    for (document, total) in [
        (followers(&urls, 7), 7),
        (following(&urls, &[]), 0),
        (instance_outbox(&urls), 0),
        (likes(&urls, 5), 5),
        (shares(&urls, 6), 6),
        (outbox(&urls, &[]), 0),
    ] {
        assert_eq!(document["totalItems"], total);
        assert!(document.get("first").is_none() && document.get("items").is_none());
    }
}

#[test]
fn replies_come_in_pages_of_fifty() {
    let urls = example();
    let ids: Vec<_> = (0..101)
        .map(|number| format!("https://m.example/{number}"))
        .collect();
    let collection = replies(&urls, &ids);
    assert_eq!(collection["totalItems"], 101);
    let mut walked = Vec::new();
    let mut next = Some(collection["first"].clone());
    for page in 1.. {
        let Some(url) = next else { break };
        let document = replies_page(&urls, &ids, page).unwrap();
        assert_eq!(document["id"], url);
        assert_eq!(document["partOf"], urls.replies());
        walked.extend(document["items"].as_array().unwrap().clone());
        next = document.get("next").cloned();
    }
    assert_eq!(json!(walked), json!(ids));
    assert_eq!(replies_page(&urls, &ids, 0), None);
    assert_eq!(replies_page(&urls, &ids, 4), None);
    assert_eq!(replies_page(&urls, &ids, usize::MAX), None);
    assert_eq!(replies_page(&urls, &[], 1).unwrap()["items"], json!([]));
    assert_eq!(
        replies_page(&urls, &ids[..50], 1).unwrap().get("next"),
        None
    );
}
