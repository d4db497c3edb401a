//! Every kind of entry of the audit is taken back, or says in a sentence why not.

use super::{
    blocks::{actor, domain, follow},
    flags::report,
    people::{person, reply},
    publish::{TEXT, file, published},
    support::{HOUR, KEEP, SECOND, World},
};
use crate::{
    endorsement::{
        CountsAs,
        block_file::Flags,
        blocks::{Severity, Target},
        decide::Decision,
        word_rules::RuleScope,
    },
    hash::Sha256,
    letter::Collected,
    register::{
        Error,
        error::CannotUndo,
        letter::publish::RevisionKind,
        moderation::{
            blocks,
            decisions::{Action, Edit, Showing},
            flags,
            links::{add_link, remove_link},
            signatories::{NameByHand, NameEdit, SignatoryDecision, add_names, edit_name},
            trust,
            undo::{UndoKind, undo_of},
            word_rules,
        },
    },
    store::{AuditAction, BlockRow, LinkSubject, NewAudit, Tx},
};

/// Ada signed, Bo only said something, Cy asked; a report names Ada.
async fn scene() -> World {
    let world = published(&["Jane Doe", "[John Roe](https://github.com/john)"]).await;
    for who in ["ada", "bo", "cy"] {
        world.meet(person(who)).await;
    }
    for one in [
        reply("ada", "1", "I sign. It matters."),
        reply("bo", "1", "What a letter"),
        reply("cy", "1", "Should I sign?"),
        follow("ada", "f1"),
        report("mod@a.example", "r1", &["/letter"], &[], Some("rude")),
    ] {
        world.take(one).await;
    }
    world.add("Max Moe").await;
    world.enters(&["https://acme.example"]).await.unwrap();
    world
}

/// Everything that decisions change, but for what tells when.
async fn everything(world: &World) -> Vec<String> {
    world
        .column(
            "SELECT 'endorsement ' || actor.url || ' ' || state || COALESCE(' by ' || held_by, '')
                    || COALESCE(' decided ' || decision, '') || ' ' || name_state || COALESCE(' ' || edited_name, '')
                    || COALESCE(' ' || statement_state, '') || COALESCE(' ' || counts_as, '') || ' ' || kind
             FROM endorsement JOIN actor ON actor.id = endorsement.actor_id
             WHERE state <> 'withdrawn' OR decision IS NOT NULL
             UNION ALL
             SELECT 'act ' || object || ' ' || kind || ' ' || outcome || COALESCE(' ended ' || ended_by, '') FROM act
             UNION ALL
             SELECT 'block ' || target || ' ' || severity || COALESCE(' ' || public_comment, '') || ' ' || at FROM policy
             UNION ALL SELECT 'follower ' || actor_id || COALESCE(' asleep', '')
                       FROM follower WHERE asleep_until IS NOT NULL
             UNION ALL SELECT 'trusted ' || domain || ' ' || at FROM trusted_domain
             UNION ALL SELECT 'rule ' || id || ' ' || pattern FROM word_rule WHERE removed_at IS NULL
             UNION ALL
             SELECT 'name ' || name || ' ' || state || ' ' || revision || COALESCE(' ' || affiliation, '')
                    || ' ' || shown_words || COALESCE(' ' || hex(name_hash), '')
             FROM signatory WHERE name <> ''
             UNION ALL SELECT 'organisation ' || name || ' ' || url FROM organisation WHERE removed_at IS NULL
             UNION ALL SELECT 'report ' || id || ' ' || state FROM report
             UNION ALL SELECT 'link ' || state || COALESCE(' ' || github, '') || COALESCE(' ' || signatory_id, '') FROM link
             ORDER BY 1",
        )
        .await
}

/// Whom a decision needs as it is in no scene: what has to be done before.
#[expect(clippy::wildcard_enum_match_arm, reason = "most need nothing")]
async fn prepare(world: &World, action: AuditAction) {
    use AuditAction as A;
    match action {
        A::EndorsementUnhide => decide(world, Decision::Hide, "ada").await,
        A::StatementHide => act(world, Action::Statement(Showing::Approve), "ada").await,
        A::NameApprove => act(world, Action::Name(Showing::Hide), "ada").await,
        A::BlockRemove => block(world, domain("m.example")).await,
        A::HostUntrust => trusts(world).await,
        A::RuleRemove => rules(world).await,
        A::LinkRemove => links(world).await,
        A::SignatoryUnhide => decides(world, SignatoryDecision::Hide).await,
        A::SignatoryConfirm => {
            let source = file(
                "Let us build other bridges.",
                &["Jane Doe", "[John Roe](https://github.com/john)"],
            );
            let kind = Some(RevisionKind::Substantive);
            world.publish(&source, kind).await.unwrap();
        }
        _ => (),
    }
}

async fn decide(world: &World, decision: Decision, who: &str) {
    act(world, Action::Decide(decision), who).await;
}

async fn act(world: &World, action: Action, who: &str) {
    world.act(action, who).await.unwrap();
}

async fn block(world: &World, target: Target) {
    assert!(world.block(target).await);
}

async fn trusts(world: &World) {
    let mut tx = world.store.write().await.unwrap();
    let domains = ["m.example", "n.example"].map(str::to_owned);
    trust::trust(&mut tx, &domains, "mona", world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn rules(world: &World) {
    let mut tx = world.store.write().await.unwrap();
    word_rules::add(&mut tx, "cheap shoes", RuleScope::Both, "mona", world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Ada as links know her.
async fn subject(tx: &mut Tx) -> LinkSubject {
    let ada = Sha256::of(&person("ada").url);
    tx.link_subject(&ada).await.unwrap().unwrap()
}

async fn links(world: &World) {
    let john = world.named("John Roe").await;
    let mut tx = world.store.write().await.unwrap();
    let ada = subject(&mut tx).await;
    add_link(&mut tx, &ada, &john, ("john", 7), "mona", world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn decides(world: &World, decision: SignatoryDecision) {
    let row = world.named("Jane Doe").await;
    world
        .decide_name(decision, &row, ("mona", "spam"))
        .await
        .unwrap();
}

/// Does it once.
async fn perform(world: &World, action: AuditAction) {
    use AuditAction as A;
    match action {
        A::EndorsementApprove => decide(world, Decision::Approve, "cy").await,
        A::EndorsementReject => decide(world, Decision::Reject, "ada").await,
        A::EndorsementHide => decide(world, Decision::Hide, "ada").await,
        A::EndorsementUnhide => decide(world, Decision::Unhide, "ada").await,
        A::EndorsementPromote => decide(world, Decision::Promote, "bo").await,
        A::EndorsementDemote => decide(world, Decision::Demote, "ada").await,
        A::EndorsementWithdraw => decide(world, Decision::Withdraw, "ada").await,
        A::EndorsementInvalidate => decide(world, Decision::Invalidate, "ada").await,
        A::EndorsementEdit => {
            let edit = Edit {
                name: Some("Augusta".to_owned()),
                counts_as: Some(CountsAs::Organisation),
                ..Edit::default()
            };
            act(world, Action::Edit(edit), "ada").await;
        }
        A::StatementApprove => act(world, Action::Statement(Showing::Approve), "ada").await,
        A::StatementHide => act(world, Action::Statement(Showing::Hide), "ada").await,
        A::NameApprove => act(world, Action::Name(Showing::Approve), "ada").await,
        A::NameHide => act(world, Action::Name(Showing::Hide), "ada").await,
        A::BlockAdd => block(world, actor("ada")).await,
        A::BlockRemove => world.lift(domain("m.example")).await,
        A::BlockImport => imports(world).await,
        A::HostTrust => trusts(world).await,
        A::HostUntrust => {
            let mut tx = world.store.write().await.unwrap();
            let domains = ["m.example".to_owned()];
            trust::untrust(&mut tx, &domains, "mona", world.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        A::RuleAdd => rules(world).await,
        A::RuleRemove => {
            let mut tx = world.store.write().await.unwrap();
            word_rules::remove(&mut tx, 1, "mona", world.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        A::SignatoryAdd => {
            world.add("Moritz Moe").await;
        }
        A::SignatoryImport => enters(world).await,
        A::SignatoryEdit => edits(world).await,
        A::SignatoryHide => decides(world, SignatoryDecision::Hide).await,
        A::SignatoryUnhide => decides(world, SignatoryDecision::Unhide).await,
        A::SignatoryConfirm => decides(world, SignatoryDecision::Confirm).await,
        A::SignatoryRemove => decides(world, SignatoryDecision::Remove).await,
        A::OrganisationAdd | A::OrganisationImport => lists(world, action).await,
        A::OrganisationRemove => unlists(world).await,
        A::LinkAdd => links(world).await,
        A::LinkRemove => unlinks(world).await,
        A::ReportResolve => {
            let mut tx = world.store.write().await.unwrap();
            let open = tx.reports(None, 9).await.unwrap();
            flags::resolve(&mut tx, &open, "mona", world.now())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        A::SignatorySync
        | A::LetterPublish
        | A::LetterNames
        | A::LetterTranslations
        | A::LetterLaunch
        | A::LetterOpen
        | A::LetterPause
        | A::LetterClose
        | A::PostCreate
        | A::PostReply
        | A::PostBoost
        | A::PostUnboost
        | A::PostUpdate
        | A::PostDelete
        | A::ActorFollow
        | A::ActorUnfollow
        | A::ActorUpdate
        | A::ActorRotateKey
        | A::ActorMove
        | A::ActorRetire
        | A::QueueRetry
        | A::QueueDrop
        | A::QuoteRevoke
        | A::FollowerRemove
        | A::NamesOff
        | A::NamesOn
        | A::PersonErase
        | A::BackupRestore
        | A::AuditUndo => note(world, action).await,
    }
}

/// One new block, and one that says more than before.
async fn imports(world: &World) {
    let row = |name: &str, severity| BlockRow {
        target: domain(name),
        severity,
        public_comment: Some("Abuse".to_owned()),
        private_comment: None,
        at: world.now(),
        flags: Flags::default(),
    };
    let rows = [
        row("m.example", Severity::Block),
        row("n.example", Severity::Limit),
    ];
    blocks::import(&world.store, &world.context, world.now(), &rows, "mona")
        .await
        .unwrap();
}

async fn enters(world: &World) {
    let entered = ["Moritz Moe", "Mia Moe"]
        .map(|name| NameByHand::new(name, None, None, Collected::Paper, "sheet 1").unwrap());
    let mut tx = world.store.write().await.unwrap();
    let random = world.context.random.as_ref();
    add_names(&mut tx, &entered, random, "mona", world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn unlinks(world: &World) {
    let mut tx = world.store.write().await.unwrap();
    let ada = subject(&mut tx).await.public_id;
    remove_link(&mut tx, &ada, "mona", world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Enters one organisation, or two.
async fn lists(world: &World, action: AuditAction) {
    let urls = ["https://one.example", "https://two.example"];
    let n = if action == AuditAction::OrganisationAdd {
        1
    } else {
        2
    };
    world.enters(&urls[..n]).await.unwrap();
}

async fn unlists(world: &World) {
    let acme = world.removes("https://acme.example", "spam").await;
    assert!(acme.unwrap().removed_at.is_some());
}

async fn edits(world: &World) {
    let row = world.named("Max Moe").await;
    let edit = NameEdit {
        name: Some("Maxine Moe"),
        affiliation: Some("ACME"),
        ..NameEdit::default()
    };
    let mut tx = world.store.write().await.unwrap();
    let done = edit_name(&mut tx, &row, edit, "mona", world.now()).await;
    assert!(done.unwrap().is_some());
    tx.commit().await.unwrap();
}

/// An entry of what no test of this kind can do.
async fn note(world: &World, action: AuditAction) {
    let entry = NewAudit {
        at: world.now(),
        by: "mona".to_owned(),
        action,
        code: None,
        target: "letter".to_owned(),
        reason: None,
    };
    let mut tx = world.store.write().await.unwrap();
    tx.add_audit(&entry).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn every_decision_is_taken_back_or_says_why_not() {
    for action in AuditAction::ALL {
        let world = scene().await;
        prepare(&world, *action).await;
        world.clock.advance(SECOND);
        let before = everything(&world).await;
        perform(&world, *action).await;
        world.clock.advance(SECOND);
        let entry = world.audits().await.remove(0);
        assert_eq!(entry.action, action.as_str());
        if let UndoKind::Never(_) = undo_of(*action) {
            let error = world.undo(entry.id).await.unwrap_err();
            assert!(
                matches!(&error, Error::CannotUndo(CannotUndo::NoDecision { instead, .. }) if instead.len() > 20),
                "{action}: {error}"
            );
            continue;
        }
        assert_ne!(everything(&world).await, before, "{action} did nothing");
        let undone = world.undo(entry.id).await.unwrap();
        let about = u64::try_from(entry.count.unwrap_or(1)).unwrap();
        assert_eq!(
            (undone.done, undone.changed, undone.erased),
            (about, 0, 0),
            "{action}"
        );
        assert_eq!(everything(&world).await, before, "{action}");
        let again = world.undo(entry.id).await.unwrap_err();
        assert!(
            matches!(&again, Error::CannotUndo(CannotUndo::Already { by, .. }) if by == "mona"),
            "{action}: {again}"
        );
        let check = world.check().await;
        assert!(check.findings.is_empty(), "{action}: {:?}", check.findings);
    }
}

#[tokio::test]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the list above has no other"
)]
async fn what_changed_since_is_left_alone() {
    use AuditAction as A;
    for action in [
        A::BlockAdd,
        A::BlockRemove,
        A::HostTrust,
        A::HostUntrust,
        A::RuleAdd,
        A::SignatoryEdit,
        A::SignatoryHide,
        A::ReportResolve,
    ] {
        let world = scene().await;
        prepare(&world, action).await;
        perform(&world, action).await;
        let entry = world.audits().await.remove(0);
        world.clock.advance(HOUR);
        // The same by another moderator, or its opposite, and back again.
        match action {
            A::BlockAdd => assert!(world.limit(actor("ada")).await),
            A::BlockRemove => block(&world, domain("m.example")).await,
            A::HostTrust => perform(&world, A::HostUntrust).await,
            A::HostUntrust => trusts(&world).await,
            A::RuleAdd => perform(&world, A::RuleRemove).await,
            A::SignatoryEdit => {
                let row = world.named("Maxine Moe").await;
                let hide = SignatoryDecision::Remove;
                let gone = world.decide_name(hide, &row, ("mona", "request")).await;
                assert_eq!(gone.unwrap().name, "");
            }
            A::SignatoryHide => decides(&world, SignatoryDecision::Unhide).await,
            _ => {
                let again = report("mod@a.example", "r2", &["/letter"], &[], None);
                world.take(again).await;
            }
        }
        let now = everything(&world).await;
        let error = world.undo(entry.id).await;
        // Of two trusted domains one changed, and the other one is as before.
        if action == A::HostTrust {
            let undone = error.unwrap();
            assert_eq!((undone.done, undone.changed), (1, 1));
            continue;
        }
        let error = error.unwrap_err();
        assert!(
            matches!(
                error,
                Error::CannotUndo(CannotUndo::Changed { .. } | CannotUndo::Erased(_))
            ),
            "{action}: {error}"
        );
        assert_eq!(everything(&world).await, now, "{action}");
    }
}

#[tokio::test]
async fn a_name_that_left_the_file_meanwhile_does_not_come_back_by_undo() {
    for decision in [SignatoryDecision::Hide, SignatoryDecision::Remove] {
        let world = published(&["Jane Doe", "John Roe"]).await;
        decides(&world, decision).await;
        world.sync(&file(TEXT, &["John Roe"])).await.unwrap();
        let entry = world.audits().await;
        let decided = entry.iter().find(|entry| {
            entry.action.starts_with("signatory.") && entry.action != "signatory.sync"
        });
        world.undo(decided.unwrap().id).await.unwrap();
        let jane = world.named("Jane Doe").await;
        assert_eq!(
            (jane.state.as_str(), jane.shown_words.as_str()),
            ("withdrawn", ""),
            "{decision}"
        );
        // With the file she does.
        world
            .sync(&file(TEXT, &["Jane Doe", "John Roe"]))
            .await
            .unwrap();
        assert_eq!(world.named("Jane Doe").await.state, "listed", "{decision}");
    }
}

#[tokio::test]
async fn the_text_of_a_removed_name_stays_until_the_purge_or_the_persons_own_request() {
    let world = published(&["Jane Doe", "John Roe"]).await;
    decides(&world, SignatoryDecision::Remove).await;
    let id = world.audits().await[0].id;
    let row = world.named("Jane Doe").await;
    world.clock.advance(KEEP.withdrawn);
    world.maintain().await;
    assert_eq!(world.named("Jane Doe").await, row);
    world.clock.advance(SECOND);
    world.maintain().await;
    assert!(world.rows().await.iter().all(|row| row.name != "Jane Doe"));
    let error = world.undo(id).await.unwrap_err();
    assert!(
        matches!(error, Error::CannotUndo(CannotUndo::Erased(_))),
        "{error}"
    );
    let kept = "SELECT undo FROM audit_target WHERE undo IS NOT NULL";
    assert!(world.column(kept).await.is_empty());

    // She asks for it after a moderator removed her: nothing is left, and no undo brings it back.
    let world = published(&["Jane Doe", "John Roe"]).await;
    decides(&world, SignatoryDecision::Remove).await;
    let id = world.audits().await[0].id;
    let row = world.named("Jane Doe").await;
    let remove = SignatoryDecision::Remove;
    let gone = world.decide_name(remove, &row, ("max", "request")).await;
    assert_eq!(gone.unwrap().name, "");
    assert!(world.column(kept).await.is_empty());
    assert!(world.undo(id).await.is_err());
    assert!(world.rows().await.iter().all(|row| row.name != "Jane Doe"));
}
