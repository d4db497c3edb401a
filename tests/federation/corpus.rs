//! What fifteen kinds of server send, in their own spelling (`corpus/README.md`), from the body to the register. Nothing
//! is fetched: `receiver` has no HTTP client.

use std::{fmt::Write as _, fs, path::PathBuf};

use crate::{
    federation::receiver::{Desk, understood},
    support::NOW,
};
use undersigned::{
    activitystreams::{Activity, RemoteActor},
    endorsement::judge::Audience,
    federation::remote_actor::new_actor,
    register::InboundActivity,
    signature::PublicKey,
};

/// The origin of the letter, which no sender can have.
const OURS: &str = "https://letter.example/";

/// Files of one kind of server: its actors, and its activities in the order of their names.
fn files(software: &str) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/federation/corpus")
        .join(software);
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// One actor document: it can be parsed, owns its keys, and we can verify with them.
fn actor(software: &str, name: &str, document: &[u8]) -> RemoteActor {
    let parsed = RemoteActor::parse(document);
    assert!(parsed.is_ok(), "{software}/{name}: {parsed:?}");
    let actor = parsed.unwrap();
    assert!(!actor.id.starts_with(OURS), "{software}/{name}");
    assert!(!actor.public_keys.is_empty(), "{software}/{name}: no key");
    for key in &actor.public_keys {
        assert_eq!(key.owner, actor.id, "{software}/{name}");
        PublicKey::from_pem(&key.pem).unwrap();
    }
    let row = new_actor(&actor, NOW).unwrap();
    assert_eq!(row.keys.len(), actor.public_keys.len(), "{software}/{name}");
    actor
}

/// What one kind of server does to the register, as the lines of a snapshot.
async fn told(software: &str) -> String {
    let desk = Desk::new().await;
    let (actors, activities): (Vec<_>, Vec<_>) = files(software)
        .into_iter()
        .partition(|(name, _)| name.starts_with("actor"));
    let mut told = String::new();
    let mut known = Vec::new();
    for (name, document) in &actors {
        let actor = actor(software, name, document);
        introduce(&mut told, name, &actor);
        known.push(actor);
    }
    assert_eq!(actors[0].0, "actor", "{software}");
    for actor in &known {
        desk.meet(actor).await;
    }
    let (mut before, mut sent) = (desk.everything().await, 0);
    let mut noted = desk.noted().await;
    for (name, body) in &activities {
        let parsed = Activity::parse(body);
        assert!(parsed.is_ok(), "{software}/{name}: {parsed:?}");
        let parsed = parsed.unwrap();
        let signer = known.iter().find(|it| it.id == parsed.actor);
        assert!(signer.is_some(), "{software}/{name}: {}", parsed.actor);
        let signer = signer.unwrap();
        let incoming = understood(body, signer).unwrap();
        let action = action(&incoming);
        let answers = desk.take(&[incoming]).await;
        let after = desk.everything().await;
        let mail = desk.sent().await;
        writeln!(told, "\n{name}").unwrap();
        writeln!(
            told,
            "  {} → {action} → {:?}",
            parsed.kind.name(),
            answers[0]
        )
        .unwrap();
        if after == before {
            writeln!(told, "  changes nothing").unwrap();
        } else {
            writeln!(told, "  {}", desk.state(&signer.id).await).unwrap();
        }
        let noted_now = desk.noted().await;
        for note in noted_now.iter().filter(|it| !noted.contains(it)) {
            writeln!(told, "  notes {note}").unwrap();
        }
        noted = noted_now;
        if mail.len() > sent {
            writeln!(told, "  sends {}", mail[sent..].join(", ")).unwrap();
        }
        (before, sent) = (after, mail.len());
    }
    told
}

fn introduce(told: &mut String, name: &str, actor: &RemoteActor) {
    let row = new_actor(actor, NOW).unwrap();
    let published = row.published_at.map(|it| it.to_string());
    writeln!(told, "{name}: {} {} {}", row.r#type, row.handle, row.name).unwrap();
    writeln!(told, "  id {}", row.url).unwrap();
    writeln!(told, "  key {}", row.keys[0].0).unwrap();
    writeln!(told, "  inbox {}", row.inbox.0).unwrap();
    let rest = [
        ("shared inbox", row.shared_inbox.as_ref().map(|it| &it.0)),
        ("followers", row.followers.as_ref()),
        ("page", row.page.as_ref()),
        ("published", published.as_ref()),
    ];
    for (what, value) in rest {
        let value = value.map_or("none", |it| it.as_str());
        writeln!(told, "  {what} {value}").unwrap();
    }
    let flags = [
        ("discoverable", row.discoverable),
        ("opted out", row.opted_out),
    ];
    for (flag, _) in flags.into_iter().filter(|it| it.1) {
        writeln!(told, "  {flag}").unwrap();
    }
}

/// An action in a few words.
fn action(incoming: &InboundActivity) -> String {
    let Some(post) = incoming.action.post() else {
        return format!("{:?}", incoming.action);
    };
    let audience = match post.audience {
        Audience::Public => "public",
        Audience::Unlisted => "unlisted",
        Audience::Followers => "followers-only",
        Audience::Direct => "direct",
        Audience::Unclear => "unclear",
        Audience::Unstated => "unstated",
    };
    let what = if post.edit { "edited" } else { "new" };
    let kind = format!("{:?}", post.kind).to_lowercase();
    format!("{what} {audience} {kind} to {}", post.target)
}

/// A test for each kind of server: its snapshot shows what its activities do.
macro_rules! each_software {
    ($(fn $name:ident() = $software:literal),+ $(,)?) => {
        /// Every folder of the corpus.
        const SOFTWARE: &[&str] = &[$($software),+];

        $(#[tokio::test]
        async fn $name() {
            insta::assert_snapshot!(stringify!($name), told($software).await);
        })+
    };
}

each_software! {
    fn what_akkoma_sends() = "akkoma",
    fn what_bridgy_fed_sends() = "bridgy-fed",
    fn what_friendica_sends() = "friendica",
    fn what_gotosocial_sends() = "gotosocial",
    fn what_lemmy_sends() = "lemmy",
    fn what_mastodon_sends() = "mastodon",
    fn what_misskey_sends() = "misskey",
    fn what_mitra_sends() = "mitra",
    fn what_nodebb_sends() = "nodebb",
    fn what_peertube_sends() = "peertube",
    fn what_pixelfed_sends() = "pixelfed",
    fn what_pleroma_sends() = "pleroma",
    fn what_sharkey_sends() = "sharkey",
    fn what_threads_sends() = "threads",
    fn what_wordpress_sends() = "wordpress",
}

#[test]
fn every_folder_of_the_corpus_is_complete() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/federation/corpus");
    let mut folders: Vec<_> = fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, SOFTWARE);
    let sources = fs::read_to_string(format!("{corpus}/README.md")).unwrap();
    for software in SOFTWARE {
        let kinds: Vec<_> = files(software)
            .iter()
            .filter(|(name, _)| !name.starts_with("actor"))
            .map(|(_, body)| Activity::parse(body).unwrap().kind.name().to_owned())
            .collect();
        for kind in ["Follow", "Create", "Delete", "Undo"] {
            assert!(kinds.iter().any(|it| it == kind), "{software}: no {kind}");
        }
        let likes = ["Like", "EmojiReact"];
        assert!(
            kinds.iter().any(|it| likes.contains(&it.as_str())),
            "{software}: no Like"
        );
        assert!(
            sources.contains(&format!("\n### {software}\n")),
            "{software}: no source"
        );
    }
}

/// The account's Delete in the form of each server ends everything that its Follow, Like and reply began.
#[tokio::test]
async fn whose_account_is_deleted_is_gone_wherever_it_was() {
    let mut checked = 0;
    for software in SOFTWARE {
        let files = files(software);
        let document = files.iter().find(|(name, _)| name == "actor").unwrap();
        let ada = actor(software, "actor", &document.1);
        let said = |ending: &str| {
            let file = files.iter().find(|(name, _)| name.ends_with(ending));
            file.map(|(_, body)| understood(body, &ada).unwrap())
        };
        let Some(deleted) = said("-delete-account") else {
            continue;
        };
        let desk = Desk::new().await;
        let begun = [said("-follow"), said("-like"), said("-reply")];
        desk.take(&begun.into_iter().flatten().collect::<Vec<_>>())
            .await;
        let before = desk.state(&ada.id).await;
        assert!(before.starts_with("follows; "), "{software}: {before}");
        assert!(before.contains(" by reply"), "{software}: {before}");
        desk.take(&[deleted]).await;
        let after = desk.state(&ada.id).await;
        assert!(
            after.starts_with("does not follow; withdrawn"),
            "{software}: {after}"
        );
        checked += 1;
    }
    assert_eq!(
        checked,
        SOFTWARE.len() - 1,
        "Threads has none in the corpus"
    );
}

/// Only reserved names: nothing in the corpus points to a real server.
#[test]
fn the_corpus_speaks_of_nobody_who_exists() {
    /// Vocabularies and documents that are named and never fetched.
    const NAMED: [&str; 22] = [
        "www.w3.org",
        "w3id.org",
        "purl.org",
        "purl.archive.org",
        "webfinger.net",
        "join-lemmy.org",
        "joinmastodon.org",
        "joinpeertube.org",
        "joinfirefish.org",
        "joinsharkey.org",
        "fedibird.com",
        "gotosocial.org",
        "misskey-hub.net",
        "litepub.social",
        "schema.org",
        "ostatus.org",
        "diasporafoundation.org",
        "pixelfed.org",
        "jsonld.mitra.social",
        "datatracker.ietf.org",
        "example",
        "",
    ];
    for software in SOFTWARE {
        for (name, body) in files(software) {
            let text = String::from_utf8(body).unwrap();
            for after in text.split("://").skip(1) {
                let end = after.find(|it: char| !it.is_ascii_alphanumeric() && !"-.".contains(it));
                let host = after.split_at(end.unwrap_or(after.len())).0;
                let fits = NAMED.contains(&host) || host.ends_with(".example") || host == "did";
                assert!(fits, "{software}/{name}: {host}");
            }
        }
    }
}
