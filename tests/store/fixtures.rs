//! Rows to store: people, hosts, acts and endorsements.

use crate::support::{
    NOW,
    accounts::{self, account},
};
use undersigned::{
    clock::Millis,
    endorsement::{
        Act, ActKind, ActOutcome, MaxVisibility, ReviewState, State, Visibility, WaitsFor,
        hide_reason::HideReasons,
    },
    hash::Sha256,
    random::PublicId,
    store::{
        ActRow, ActorRow, Edits, EndorsementRow, EvidenceRow, HostRow, IndexedWords, NewActor,
        Purge, SignatoryRow, Tx,
    },
    text::search_words,
};

/// This many seconds after [`NOW`].
pub(crate) const fn at(seconds: i64) -> Millis {
    Millis::from_millis(NOW.as_millis() + seconds * 1000)
}

/// A public id with this beginning.
pub(crate) fn public_id(beginning: &str) -> PublicId {
    PublicId::from(format!("{beginning:x<16}"))
}

/// A host by its authority; all of them belong to one domain.
pub(crate) fn host(authority: &str) -> HostRow {
    HostRow {
        domain: "example".to_owned(),
        ..accounts::host(authority)
    }
}

/// A person as the actor document says it; everybody at `host` shares an inbox.
pub(crate) fn person(name: &str, at_host: &str) -> NewActor {
    let account = account(&format!("https://{at_host}"), name, at(0));
    NewActor {
        host: host(at_host),
        published_at: Some(at(-1_000_000)),
        inbox: (account.inbox.0, host(at_host)),
        shared_inbox: account.shared_inbox.map(|(url, _)| (url, host(at_host))),
        keys: vec![(
            format!("{}#main-key", account.url),
            format!("PEM of {name}"),
        )],
        ..account
    }
}

/// Writes people and gives them as they are stored, in the order given.
pub(crate) async fn saved(tx: &mut Tx, people: &[NewActor]) -> Vec<ActorRow> {
    accounts::save(tx, people).await
}

/// Writes people of one host by their names and gives their numbers.
pub(crate) async fn people(tx: &mut Tx, names: &[&str]) -> Vec<i64> {
    let people: Vec<_> = names.iter().map(|it| person(it, "m.example")).collect();
    let rows = saved(tx, &people).await;
    rows.into_iter().map(|it| it.id).collect()
}

/// A like of the letter that stands.
pub(crate) fn like(actor_id: i64, activity: &str) -> ActRow {
    ActRow {
        id: None,
        actor_id,
        act: Act {
            kind: ActKind::Like,
            at: at(10),
            revision: 1,
            visibility: Visibility::Public,
            ceiling: MaxVisibility::Named,
            outcome: ActOutcome::Listed,
            ended: None,
            pledge: None,
        },
        object: "https://letter.example/letter".to_owned(),
        activity: Some(activity.to_owned()),
        activity_hash: Sha256::of(activity),
        target: "/letter".to_owned(),
        text: None,
        warning: None,
        language: None,
        poll: false,
        edited_at: None,
        rule: None,
        acknowledged: None,
        speaker: None,
        unvouched: false,
    }
}

/// A reply that signs and stands.
pub(crate) fn reply(actor_id: i64, object: &str, text: &str) -> ActRow {
    let like = like(actor_id, &format!("{object}/activity"));
    ActRow {
        act: Act {
            kind: ActKind::Reply,
            ..like.act
        },
        object: object.to_owned(),
        text: Some(text.to_owned()),
        ..like
    }
}

/// A reply that does not sign.
pub(crate) fn comment(actor_id: i64, object: &str, text: &str) -> ActRow {
    let reply = reply(actor_id, object, text);
    ActRow {
        act: Act {
            kind: ActKind::Comment,
            outcome: ActOutcome::Comment,
            ..reply.act
        },
        ..reply
    }
}

/// A listed endorsement by a reply, its name shown, with nothing else.
pub(crate) fn endorsement(actor_id: i64, name: &str) -> EndorsementRow {
    EndorsementRow {
        id: None,
        public_id: public_id(&format!("e{actor_id}")),
        actor_id,
        state: State::Listed,
        held_by: HideReasons::default(),
        decision: None,
        kind: ActKind::Reply,
        act_id: None,
        revision: 1,
        organisation: false,
        name: Some(name.to_owned()),
        name_state: ReviewState::Shown,
        name_skeleton: Some(name.to_owned()),
        declared_name: None,
        declared_affiliation: None,
        declared_state: None,
        statement: None,
        statement_state: None,
        statement_trusted: false,
        waits_for: None,
        endorsed_at: at(20),
        changed_at: at(20),
        reason: None,
        waiting_domain: None,
        changes_today: 1,
        edits: Edits::default(),
        words: IndexedWords {
            shown: words(name),
            other: String::new(),
        },
        pledge: None,
    }
}

/// A text as a search finds it.
pub(crate) fn words(text: &str) -> String {
    search_words(text).join(" ")
}

/// An endorsement that waits.
pub(crate) fn waiting(actor_id: i64, name: &str, what: WaitsFor) -> EndorsementRow {
    EndorsementRow {
        state: State::Pending,
        waits_for: Some(what),
        waiting_domain: Some("m.example".to_owned()),
        ..endorsement(actor_id, name)
    }
}

pub(crate) fn evidence(body: &[u8]) -> EvidenceRow {
    EvidenceRow {
        how: "signed".to_owned(),
        method: "POST".to_owned(),
        path: "/inbox".to_owned(),
        headers: "host: letter.example\ndate: Sun, 22 Nov 2026 12:00:00 GMT".to_owned(),
        body: body.to_vec(),
        key_id: "https://m.example/users/ada#main-key".to_owned(),
        pem: "PEM".to_owned(),
        received_at: at(5),
    }
}

/// A name of the letter's file.
pub(crate) fn signatory(position: i64, name: &str) -> SignatoryRow {
    SignatoryRow {
        public_id: public_id(&format!("s{position:04}")),
        name: name.to_owned(),
        skeleton: name.to_lowercase(),
        handle: Some(format!("gh{position}")),
        url: Some(format!("https://github.com/gh{position}")),
        affiliation: None,
        source: "github".to_owned(),
        position,
        line: Some(position + 10),
        revision: 1,
        state: "listed".to_owned(),
        listed_at: at(0),
        gone_at: None,
        shown_words: words(&format!("{name} gh{position}")),
        collected: None,
        reference: None,
        name_hash: None,
        handle_hash: None,
        name_off_at: None,
    }
}

/// Erases everything that is due, as maintenance does in several transactions; gives the number of rows.
pub(super) async fn purge_all(tx: &mut Tx, purge: &Purge) -> u64 {
    let erased = tx.purge(purge).await.unwrap();
    let forgotten = tx.forget_people(purge, 0..=i64::MAX).await.unwrap();
    tx.forget_inboxes(0..=i64::MAX, purge.now).await.unwrap();
    tx.blank_private_activities(purge.left).await.unwrap();
    erased + forgotten
}
