//! Decisions about endorsements, their words and names, and taking them back: nothing that was decided here is a dead end,
//! and what people ended themselves is ended.

use super::{
    blocks::domain,
    people::{
        a_post, by, created, deleted, dislike, edited, like, person, reply, reworded, unlike, url,
        with_document,
    },
    support::{DAY, HOUR, KEEP, SECOND, World, surge_of},
};
use crate::{
    endorsement::{
        CountsAs, ReviewState, State, WaitsFor, decide::Decision, judge::Audience,
        policy::LetterState,
    },
    register::{
        Error, InboundAction, InboundActivity, InboundPost, Result,
        error::CannotUndo,
        moderation::{
            decisions::{
                Action, ActionOrder, ActionTarget, AuditBy, Carried, DecisionReason, Edit, Showing,
                carry_out, find, find_comments,
            },
            told::history_of,
            undo::{Undone, undo},
        },
    },
    store::{AuditEntry, NewActor},
};

impl World {
    async fn act_as(&self, operator: &str, action: Action, people: &[&str]) -> Carried {
        let mut tx = self.store.write().await.unwrap();
        let mut targets = Vec::new();
        for who in people {
            let found = if action == Action::Decide(Decision::Promote) {
                find_comments(&mut tx, &url(who)).await.unwrap()
            } else {
                find(&mut tx, &url(who)).await.unwrap()
            };
            targets.extend(found.iter().map(ActionTarget::from));
        }
        let order = ActionOrder {
            action,
            by: operator.to_owned(),
            reason: Some(DecisionReason::parse("spam: sells shoes")),
            named: true,
        };
        let mut batch = None;
        let audit_by = if people.len() == 1 {
            AuditBy::Target
        } else {
            AuditBy::Batch(&mut batch)
        };
        let now = self.now();
        let carried = carry_out(&mut tx, &self.context, now, &targets, &order, audit_by).await;
        tx.commit().await.unwrap();
        carried.unwrap()
    }

    /// Carries an order out for one person.
    pub(super) async fn act(&self, action: Action, who: &str) -> Result<()> {
        let mut carried = self.act_as("mona", action, &[who]).await;
        carried
            .refused
            .pop()
            .map_or(Ok(()), |(_, error)| Err(error))
    }

    pub(super) async fn audits(&self) -> Vec<AuditEntry> {
        self.read().await.audit_entries(None, 1000).await.unwrap()
    }

    pub(super) async fn undo(&self, id: i64) -> Result<Undone> {
        undo(&self.store, &self.context, self.now(), id, "mona").await
    }

    pub(super) async fn undo_last(&self) -> Result<Undone> {
        let last = self.audits().await.first().map(|entry| entry.id);
        self.undo(last.unwrap()).await
    }
}

/// One step on the way back.
#[derive(Clone, Copy, Debug)]
enum Way {
    Decide(Decision),
    Undo,
}

fn fresh_account() -> NewActor {
    NewActor {
        published_at: Some(super::support::NOW),
        ..person("ada")
    }
}

/// A state that was caused here, made for Ada, and how it gets to `listed`.
struct Caused {
    state: &'static str,
    letter: LetterState,
    /// What holds whatever comes from there.
    held: Option<WaitsFor>,
    comes: Vec<InboundActivity>,
    decisions: &'static [Decision],
    way: &'static [Way],
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn caused() -> Vec<Caused> {
    let signs = || vec![reply("ada", "1", "I sign")];
    let case = |state, comes, decisions, way| Caused {
        state,
        letter: LetterState::Open,
        held: None,
        comes,
        decisions,
        way,
    };
    let group = NewActor {
        r#type: "Group".to_owned(),
        ..person("ada")
    };
    let odd = NewActor {
        handle: "@official@m.example".to_owned(),
        ..person("ada")
    };
    let approve: &[Way] = &[Way::Decide(Decision::Approve)];
    let undo: &[Way] = &[Way::Undo];
    vec![
        case(
            "pending unsure",
            vec![reply("ada", "1", "Should I sign?")],
            &[],
            approve,
        ),
        case(
            "pending age",
            vec![with_document(fresh_account(), reply("ada", "1", "I sign"))],
            &[],
            approve,
        ),
        case(
            "pending organisation",
            vec![with_document(group, reply("ada", "1", "I sign"))],
            &[],
            approve,
        ),
        case(
            "pending name",
            vec![with_document(odd, reply("ada", "1", "I sign"))],
            &[],
            approve,
        ),
        Caused {
            letter: LetterState::Paused,
            ..case("pending paused", signs(), &[], approve)
        },
        Caused {
            held: Some(WaitsFor::Limited),
            ..case("pending limited", signs(), &[], approve)
        },
        Caused {
            held: Some(WaitsFor::Surge),
            ..case("pending surge", signs(), &[], approve)
        },
        Caused {
            letter: LetterState::Closed,
            ..case("late", signs(), &[], approve)
        },
        case(
            "hidden",
            signs(),
            &[Decision::Hide],
            &[Way::Decide(Decision::Unhide)],
        ),
        case("hidden", signs(), &[Decision::Hide], undo),
        case("rejected", signs(), &[Decision::Reject], undo),
        case("withdrawn", signs(), &[Decision::Withdraw], undo),
        case("invalid", signs(), &[Decision::Invalidate], undo),
        case(
            "rejected",
            signs(),
            &[Decision::Invalidate, Decision::Reject],
            &[Way::Undo, Way::Undo],
        ),
        case(
            "rejected",
            signs(),
            &[Decision::Hide, Decision::Reject],
            &[Way::Undo, Way::Undo],
        ),
        case(
            "withdrawn",
            signs(),
            &[Decision::Demote],
            &[Way::Decide(Decision::Promote)],
        ),
        case("withdrawn", signs(), &[Decision::Demote], undo),
        case(
            "nothing",
            vec![reply("ada", "1", "What a letter")],
            &[],
            &[Way::Decide(Decision::Promote)],
        ),
        case(
            "nothing",
            vec![reply("ada", "1", "What a letter")],
            &[],
            approve,
        ),
    ]
}

#[tokio::test]
async fn no_state_that_was_caused_here_is_a_dead_end() {
    for case in caused() {
        let mut world = World::with(&["ada", "bo"]).await;
        world.letter(case.letter);
        match case.held {
            Some(WaitsFor::Limited) => assert!(world.limit(domain("m.example")).await),
            Some(WaitsFor::Surge) => {
                world.surge = surge_of(1);
                world.take(reply("bo", "1", "I sign")).await;
            }
            _ => (),
        }
        world.receive(&case.comes).await;
        let mut open = Vec::new();
        for decision in case.decisions {
            world.decide(*decision, "ada").await.unwrap();
            open.extend(world.audits().await.first().map(|entry| entry.id));
            world.clock.advance(SECOND);
        }
        let about = format!(
            "{} after {:?}, by {:?}",
            case.state, case.decisions, case.way
        );
        assert_eq!(world.state("ada").await, case.state, "{about}");
        for way in case.way {
            match way {
                Way::Decide(decision) => {
                    world.act(Action::Decide(*decision), "ada").await.unwrap();
                }
                Way::Undo => {
                    let undone = world.undo(open.pop().unwrap()).await.unwrap();
                    assert_eq!((undone.done, undone.changed, undone.erased), (1, 0, 0));
                }
            }
            world.clock.advance(SECOND);
        }
        let is_listed = async || world.state("ada").await.starts_with("listed");
        assert!(is_listed().await, "{about}: {}", world.state("ada").await);
        // And away again, by every decision, and back.
        for decision in [
            Decision::Hide,
            Decision::Reject,
            Decision::Withdraw,
            Decision::Invalidate,
            Decision::Demote,
        ] {
            world.clock.advance(SECOND);
            world.decide(decision, "ada").await.unwrap();
            assert!(!is_listed().await, "{about}, {decision}");
            world.undo_last().await.unwrap();
            assert!(is_listed().await, "{about}, {decision}");
        }
        let check = world.check().await;
        assert!(check.findings.is_empty(), "{about}: {:?}", check.findings);
    }
}

/// Every way in which people end what they said.
fn leavings() -> Vec<(&'static str, Vec<InboundActivity>)> {
    let gone = |id: &str, action| by("ada", id, action);
    let narrowed = InboundPost {
        audience: Audience::Followers,
        ..a_post("ada", "1", "I sign")
    };
    vec![
        (
            "undo and delete",
            vec![unlike("ada", "l1"), deleted("ada", "1")],
        ),
        (
            "dislike and delete",
            vec![dislike("ada", "d1"), deleted("ada", "1")],
        ),
        (
            "undo and edit",
            vec![
                unlike("ada", "l1"),
                reworded("ada", "1", 5, "What a letter"),
            ],
        ),
        (
            "undo and narrow",
            vec![unlike("ada", "l1"), edited("ada", 5, narrowed)],
        ),
        ("withdraw", vec![reply("ada", "2", "withdraw")]),
        ("block", vec![gone("b1", InboundAction::Blocked)]),
        ("account", vec![gone("gone", InboundAction::ActorDeleted)]),
    ]
}

const DECISIONS: [Option<Decision>; 5] = [
    None,
    Some(Decision::Hide),
    Some(Decision::Reject),
    Some(Decision::Withdraw),
    Some(Decision::Invalidate),
];

/// Tries everything that administrators have; nothing may bring Ada back.
async fn nothing_lists(world: &World, about: &str) {
    let is_away = async || {
        let state = world.state("ada").await;
        assert!(
            !state.starts_with("listed") && !state.starts_with("counted"),
            "{about}: {state}"
        );
        assert!(world.public().await.is_empty(), "{about}");
    };
    is_away().await;
    for entry in world.audits().await {
        world.undo(entry.id).await.ok();
        is_away().await;
    }
    for decision in Decision::ALL {
        for action in [
            Action::Decide(*decision),
            Action::Statement(Showing::Approve),
            Action::Name(Showing::Approve),
        ] {
            world.act(action, "ada").await.ok();
            is_away().await;
            // Taking that back must not bring back more than there was.
            if *decision != Decision::Approve {
                world.undo_last().await.ok();
                is_away().await;
            }
        }
    }
}

#[tokio::test]
async fn what_people_ended_themselves_no_command_and_no_undo_lists() {
    for before in DECISIONS {
        for (name, leaving) in leavings() {
            let world = World::with(&["ada"]).await;
            world
                .receive(&[like("ada", "l1"), reply("ada", "1", "I sign")])
                .await;
            if let Some(decision) = before {
                world.decide(decision, "ada").await.unwrap();
            }
            world.clock.advance(SECOND);
            for one in leaving {
                world.receive(&[one]).await;
            }
            world.clock.advance(SECOND);
            nothing_lists(&world, &format!("{name} after {before:?}")).await;
        }
    }
}

#[tokio::test]
async fn who_asks_to_be_taken_off_is_erased_within_a_day_and_returns_by_a_new_act() {
    for before in DECISIONS {
        let world = World::with(&["ada"]).await;
        world
            .receive(&[like("ada", "l1"), reply("ada", "1", "I sign. It matters.")])
            .await;
        if let Some(decision) = before {
            world.decide(decision, "ada").await.unwrap();
        }
        world
            .decide(Decision::WithdrawOnRequest, "ada")
            .await
            .unwrap();
        assert_eq!(world.state("ada").await, "withdrawn", "{before:?}");
        let kept = world.kept().await;
        let names = kept
            .iter()
            .any(|line| line.starts_with("name") || line.starts_with("statement"));
        assert!(!names, "{before:?}: {kept:?}");
        world.clock.advance(23 * HOUR);
        world.maintain().await;
        let kept = world.kept().await;
        assert!(kept.is_empty(), "{before:?}: {kept:?}");
        assert_eq!(world.column("SELECT url FROM actor").await, [""]);
        nothing_lists(&world, &format!("on request after {before:?}")).await;
    }
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world
        .decide(Decision::WithdrawOnRequest, "ada")
        .await
        .unwrap();
    world.take(reworded("ada", "1", 9, "I sign this")).await;
    assert_eq!(world.state("ada").await, "withdrawn", "an old post");
    world.take(reply("ada", "2", "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada", "a new act");
}

#[tokio::test]
async fn a_batch_is_one_entry_and_is_taken_back_as_far_as_nothing_changed() {
    let world = World::with(&["ada", "bo", "cy", "di"]).await;
    for who in ["ada", "bo", "cy", "di"] {
        world.take(reply(who, "1", "I sign. It matters.")).await;
    }
    let invalidate = Action::Decide(Decision::Invalidate);
    let carried = world
        .act_as("mona", invalidate, &["ada", "bo", "cy", "di"])
        .await;
    assert_eq!(carried.done.len(), 4);
    let audits = world.audits().await;
    let [entry] = audits.as_slice() else {
        panic!("{audits:?}");
    };
    assert_eq!((entry.target.as_deref(), entry.count), (None, Some(4)));
    let id = world.row("ada").await.public_id;
    let about_ada = world.read().await.audit_entries(Some(id.as_str()), 9).await;
    assert_eq!(about_ada.unwrap(), audits);
    world.clock.advance(SECOND);
    // Bo takes back what he said, Cy says it again, and waits.
    world.take(deleted("bo", "1")).await;
    world.take(like("cy", "l1")).await;
    assert_eq!(world.state("cy").await, "pending decision");
    let undone = world.undo(entry.id).await.unwrap();
    assert_eq!((undone.done, undone.changed, undone.erased), (2, 1, 1));
    assert_eq!(undone.handles, ["@ada@m.example", "@di@m.example"]);
    for (who, state) in [
        ("ada", "listed Ada"),
        ("bo", "invalid"),
        ("cy", "pending decision"),
        ("di", "listed Di"),
    ] {
        assert_eq!(world.state(who).await, state);
    }
    let audits = world.audits().await;
    assert_eq!(audits[1].undone_by, Some(audits[0].id));
    assert_eq!(audits[0].action, "audit.undo");
    let again = world.undo(entry.id).await.unwrap_err();
    let Error::CannotUndo(CannotUndo::Already { by, .. }) = again else {
        panic!("{again}");
    };
    assert_eq!(by, "mona");
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn text_and_evidence_stay_until_the_purge_and_undo_ends_with_it() {
    for (decision, kept) in [
        (Decision::Withdraw, KEEP.withdrawn),
        (Decision::Invalidate, KEEP.withdrawn),
        (Decision::Reject, KEEP.rejected),
    ] {
        for is_over in [false, true] {
            let world = World::with(&["ada"]).await;
            world.take(reply("ada", "1", "I sign. It matters.")).await;
            let before = world.kept().await;
            world.decide(decision, "ada").await.unwrap();
            world
                .clock
                .advance(if is_over { kept + SECOND } else { kept });
            world.maintain().await;
            let undone = world.undo_last().await;
            if is_over {
                let error = undone.unwrap_err();
                assert!(
                    matches!(error, Error::CannotUndo(CannotUndo::Erased(_))),
                    "{decision}: {error}"
                );
                assert!(world.kept().await.is_empty(), "{decision}");
                assert_eq!(world.audits().await.len(), 1);
            } else {
                assert_eq!(undone.unwrap().done, 1, "{decision}");
                assert_eq!(world.state("ada").await, "listed Ada");
                assert_eq!(world.kept().await, before, "{decision}");
            }
        }
    }
}

#[tokio::test]
async fn an_approval_is_taken_back_to_what_it_waited_for() {
    let world = World::with(&["ada"]).await;
    world
        .take(reply("ada", "1", "Should I sign? It matters."))
        .await;
    world.decide(Decision::Approve, "ada").await.unwrap();
    let row = world.row("ada").await;
    assert_eq!(row.statement_state, Some(ReviewState::Shown));
    world.undo_last().await.unwrap();
    assert_eq!(world.state("ada").await, "pending unsure");
    let row = world.row("ada").await;
    assert_eq!(row.statement_state, Some(ReviewState::Pending));
}

#[tokio::test]
async fn what_another_administrator_changed_since_is_left_alone() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "Should I sign?")).await;
    world.decide(Decision::Approve, "ada").await.unwrap();
    let approval = world.audits().await[0].id;
    world.decide_as("bob", Decision::Hide, "ada").await.unwrap();
    let error = world.undo(approval).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::CannotUndo(CannotUndo::Changed { count: 1, .. })
        ),
        "{error}"
    );
    assert_eq!(world.state("ada").await, "hidden");
}

#[tokio::test]
async fn statements_are_shown_and_hidden_and_that_is_taken_back() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign. It matters.")).await;
    let state = async || world.row("ada").await.statement_state.unwrap();
    let show = Action::Statement(Showing::Approve);
    let hide = Action::Statement(Showing::Hide);
    assert_eq!(state().await, ReviewState::Pending);
    world.act(show.clone(), "ada").await.unwrap();
    assert_eq!(state().await, ReviewState::Shown);
    assert_eq!(
        world.public().await[0].statement.as_deref(),
        Some("It matters.")
    );
    let again = world.act(show.clone(), "ada").await.unwrap_err();
    assert!(matches!(again, Error::NotPossible { .. }), "{again}");
    let mut other = world.act_as("bob", show, &["ada"]).await;
    let (_, other) = other.refused.pop().unwrap();
    assert!(matches!(other, Error::AlreadyDecided { .. }), "{other}");
    world.act(hide, "ada").await.unwrap();
    assert_eq!(world.public().await[0].statement, None);
    world.undo_last().await.unwrap();
    assert_eq!(state().await, ReviewState::Shown);
    // Other words are another statement, and no decision about these.
    world
        .take(reworded("ada", "1", 5, "I sign. It hurts."))
        .await;
    let approval = world.audits().await.last().unwrap().id;
    assert!(world.undo(approval).await.is_err());
    assert_eq!(state().await, ReviewState::Pending);
}

#[tokio::test]
async fn names_are_shown_and_hidden_and_that_is_taken_back() {
    let world = World::new().await;
    let odd = NewActor {
        name: "Official Ada".to_owned(),
        ..person("ada")
    };
    world
        .take(with_document(odd, reply("ada", "1", "I sign")))
        .await;
    assert_eq!(world.state("ada").await, "listed");
    world
        .act(Action::Name(Showing::Approve), "ada")
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "listed Official Ada");
    world.act(Action::Name(Showing::Hide), "ada").await.unwrap();
    assert_eq!(world.state("ada").await, "listed");
    world.undo_last().await.unwrap();
    assert_eq!(world.state("ada").await, "listed Official Ada");
}

#[tokio::test]
async fn what_a_moderator_edits_is_shown_and_says_so() {
    let world = World::with(&["ada"]).await;
    world
        .take(reply(
            "ada",
            "1",
            "I sign as Ada Lovelace, ACME. It matters.",
        ))
        .await;
    let entry = async || {
        let entry = world.public().await.remove(0);
        (entry.name.unwrap(), entry.affiliation, entry.by)
    };
    let edit = |name: Option<&str>, affiliation: Option<&str>| {
        Action::Edit(Edit {
            name: name.map(str::to_owned),
            affiliation: affiliation.map(str::to_owned),
            counts_as: None,
        })
    };
    let by_herself = ("Ada".to_owned(), None, "endorser".to_owned());
    assert_eq!(entry().await, by_herself);
    world
        .act(edit(Some("Augusta"), Some("Engines")), "ada")
        .await
        .unwrap();
    let edited = (
        "Augusta".to_owned(),
        Some("Engines".to_owned()),
        "moderator".to_owned(),
    );
    assert_eq!(entry().await, edited);
    let again = world.act(edit(Some("Augusta"), None), "ada").await;
    assert!(matches!(again, Err(Error::NotPossible { .. })));
    let address = world
        .act(edit(Some("https://shoes.example"), None), "ada")
        .await;
    assert!(matches!(address, Err(Error::BadEdit(_))));
    world.act(edit(Some(""), None), "ada").await.unwrap();
    assert_eq!(entry().await.0, "Ada");
    world.undo_last().await.unwrap();
    assert_eq!(entry().await, edited);
}

#[tokio::test]
async fn an_account_of_the_wrong_kind_is_put_right() {
    let counts_as = |kind| {
        Action::Edit(Edit {
            counts_as: Some(kind),
            ..Edit::default()
        })
    };
    let group = NewActor {
        r#type: "Group".to_owned(),
        ..person("ada")
    };
    let world = World::with(&["bo"]).await;
    world
        .take(with_document(group, reply("ada", "1", "I sign")))
        .await;
    world.take(reply("bo", "1", "I sign")).await;
    assert_eq!(world.state("ada").await, "pending organisation");
    world.act(counts_as(CountsAs::Person), "ada").await.unwrap();
    assert_eq!(world.state("ada").await, "listed Ada");
    assert!(!world.row("ada").await.organisation);
    world
        .act(counts_as(CountsAs::Organisation), "bo")
        .await
        .unwrap();
    assert_eq!(world.state("bo").await, "listed Bo");
    assert!(world.row("bo").await.organisation);
    world.undo_last().await.unwrap();
    assert!(!world.row("bo").await.organisation);
    assert_eq!(world.state("bo").await, "listed Bo");
    assert!(world.check().await.findings.is_empty());
}

#[tokio::test]
async fn a_promoted_comment_signs_and_says_who_made_it() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "What a letter.")).await;
    let mut tx = world.read().await;
    let comment = find(&mut tx, &url("ada")).await.unwrap().remove(0);
    drop(tx);
    world
        .act(Action::Decide(Decision::Approve), "ada")
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "listed Ada");
    let entry = world.public().await.remove(0);
    assert_eq!(entry.by, "moderator");
    assert_eq!(entry.statement.as_deref(), Some("What a letter."));
    // It is still found by the comment's id.
    let mut tx = world.read().await;
    let found = find(&mut tx, comment.public_id.as_str()).await.unwrap();
    assert_eq!(found[0].state, "listed");
    drop(tx);
    world
        .act(Action::Decide(Decision::Demote), "ada")
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "withdrawn");
    // As long as any comment is kept, counted from the demotion.
    world.clock.advance(KEEP.comments);
    world.maintain().await;
    world
        .act(Action::Decide(Decision::Promote), "ada")
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "listed Ada");
    // Its author's Delete ends it like any other.
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.state("ada").await, "withdrawn");
}

#[tokio::test]
async fn a_demoted_reply_leaves_the_like_without_the_name() {
    let world = World::with(&["ada"]).await;
    world
        .receive(&[like("ada", "l1"), reply("ada", "1", "I sign")])
        .await;
    world
        .act(Action::Decide(Decision::Demote), "ada")
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "counted");
    let again = world.act(Action::Decide(Decision::Demote), "ada").await;
    assert!(matches!(again, Err(Error::NotPossible { .. })));
    world.undo_last().await.unwrap();
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn a_comment_of_who_took_the_signature_back_is_not_promoted() {
    let comment = || reply("ada", "2", "What a letter");
    for (name, history) in [
        (
            "the post itself",
            vec![reworded("ada", "1", 5, "What a letter")],
        ),
        ("another one", vec![deleted("ada", "1"), comment()]),
        (
            "after a withdrawal",
            vec![
                created("ada", "3", a_post("ada", "3", "withdraw")),
                comment(),
            ],
        ),
    ] {
        let world = World::with(&["ada"]).await;
        world.take(reply("ada", "1", "I sign")).await;
        for one in history {
            world.clock.advance(SECOND);
            world.receive(&[one]).await;
        }
        let mut tx = world.store.write().await.unwrap();
        let found = find(&mut tx, &url("ada")).await.unwrap();
        let comments =
            "SELECT public_id FROM comment JOIN act ON act.id = act_id WHERE kind = 'comment'";
        drop(tx);
        assert_eq!(found[0].state, State::Withdrawn.as_str(), "{name}");
        let id = world.column(comments).await.remove(0);
        let mut tx = world.store.write().await.unwrap();
        let found = find(&mut tx, &id).await.unwrap();
        let order = ActionOrder {
            action: Action::Decide(Decision::Promote),
            by: "mona".to_owned(),
            reason: Some(DecisionReason::parse("mistake")),
            named: true,
        };
        let targets = [ActionTarget::from(&found[0])];
        let mut carried = carry_out(
            &mut tx,
            &world.context,
            world.now(),
            &targets,
            &order,
            AuditBy::Target,
        )
        .await
        .unwrap();
        let (_, error) = carried.refused.pop().unwrap();
        assert!(matches!(error, Error::EndedByAuthor(_)), "{name}: {error}");
    }
}

#[tokio::test]
async fn the_history_tells_who_and_why() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign. It matters.")).await;
    world.clock.advance(DAY);
    world
        .act(Action::Statement(Showing::Approve), "ada")
        .await
        .unwrap();
    world.clock.advance(DAY);
    world.decide_as("bob", Decision::Hide, "ada").await.unwrap();
    world.clock.advance(DAY);
    world.undo_last().await.unwrap();
    let mut tx = world.read().await;
    let row = find(&mut tx, &url("ada")).await.unwrap().remove(0);
    let told = history_of(&mut tx, &row).await.unwrap();
    let told: Vec<String> = told.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "2026-11-22T12:00:00Z listed, act",
            "2026-11-23T12:00:00Z statement.approve by mona (audit 1): spam: sells shoes",
            "2026-11-24T12:00:00Z listed -> hidden endorsement.hide by bob (audit 2): spam: sells shoes; taken back by 3",
            "2026-11-25T12:00:00Z hidden -> listed audit.undo by mona (audit 3)",
        ]
    );
}

#[tokio::test]
async fn what_is_no_decision_about_endorsements_is_not_taken_back() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.decide(Decision::Hide, "ada").await.unwrap();
    world.undo_last().await.unwrap();
    let error = world.undo_last().await.unwrap_err();
    assert!(
        matches!(error, Error::CannotUndo(CannotUndo::NoDecision { .. })),
        "{error}"
    );
    let error = world.undo(99).await.unwrap_err();
    assert!(matches!(error, Error::NoAudit(99)), "{error}");
}

/// Every kind of thing that comes from an endorser, in the order of the columns below.
fn incoming() -> Vec<(&'static str, InboundActivity)> {
    let narrowed = InboundPost {
        audience: Audience::Followers,
        ..a_post("ada", "1", "I sign")
    };
    vec![
        ("like", like("ada", "l2")),
        ("signs", reply("ada", "2", "I sign")),
        ("unsure", reply("ada", "2", "Should I sign?")),
        ("comment", reply("ada", "2", "What a letter")),
        ("edit signs", reworded("ada", "1", 5, "I sign this")),
        ("edit not", reworded("ada", "1", 5, "What a letter")),
        ("narrows", edited("ada", 5, narrowed)),
        ("undo", unlike("ada", "l1")),
        ("dislike", dislike("ada", "d1")),
        ("delete", deleted("ada", "1")),
        ("withdraw", reply("ada", "2", "withdraw")),
        ("block", by("ada", "b1", InboundAction::Blocked)),
        ("account", by("ada", "gone", InboundAction::ActorDeleted)),
        ("profile", by("ada", "c1", InboundAction::ActorChanged)),
    ]
}

/// A register in which Ada's endorsement is in this state, by a reply and nothing else.
pub(super) async fn in_state(state: State) -> World {
    let mut world = World::with(&["ada"]).await;
    let (letter, words, decision) = match state {
        State::Listed => (LetterState::Open, "I sign", None),
        State::Counted => {
            world.rules().policy.reply_display = crate::endorsement::policy::ReplyDisplay::Count;
            (LetterState::Open, "I sign", None)
        }
        State::Pending => (LetterState::Open, "Should I sign?", None),
        State::Comment => (LetterState::Open, "What a letter", None),
        State::Hidden => (LetterState::Open, "I sign", Some(Decision::Hide)),
        State::Rejected => (LetterState::Open, "I sign", Some(Decision::Reject)),
        State::Withdrawn => (
            LetterState::Open,
            "I sign",
            Some(Decision::WithdrawOnRequest),
        ),
        State::Late => (LetterState::Closed, "I sign", None),
        State::Invalid => (LetterState::Open, "I sign", Some(Decision::Invalidate)),
    };
    world.letter(letter);
    world.take(reply("ada", "1", words)).await;
    if let Some(decision) = decision {
        world.decide(decision, "ada").await.unwrap();
    }
    world.letter(LetterState::Open);
    world.clock.advance(SECOND);
    world
}

#[tokio::test]
async fn every_incoming_thing_meets_every_state() {
    // A row for each state, a column for each of [`incoming`]. Of a comment there is no endorsement.
    let expected = [
        (
            State::Listed,
            "listed listed listed listed listed withdrawn withdrawn listed listed withdrawn withdrawn withdrawn withdrawn listed",
        ),
        (
            State::Counted,
            "counted counted counted counted counted withdrawn withdrawn counted counted withdrawn withdrawn withdrawn withdrawn counted",
        ),
        (
            State::Pending,
            "listed listed pending pending listed withdrawn withdrawn pending pending withdrawn withdrawn withdrawn withdrawn pending",
        ),
        (
            State::Comment,
            "listed listed pending nothing listed nothing nothing nothing nothing nothing nothing nothing nothing nothing",
        ),
        (
            State::Hidden,
            "hidden hidden hidden hidden hidden withdrawn withdrawn hidden hidden withdrawn withdrawn withdrawn withdrawn hidden",
        ),
        (
            State::Rejected,
            "pending pending pending rejected rejected rejected rejected rejected rejected rejected rejected rejected rejected rejected",
        ),
        (
            State::Withdrawn,
            "listed listed pending withdrawn withdrawn withdrawn withdrawn withdrawn withdrawn withdrawn withdrawn withdrawn withdrawn withdrawn",
        ),
        (
            State::Late,
            "listed listed pending late listed withdrawn withdrawn late late withdrawn withdrawn withdrawn withdrawn late",
        ),
        (
            State::Invalid,
            "pending pending pending invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid invalid",
        ),
    ];
    assert_eq!(expected.map(|(state, _)| state).as_slice(), State::ALL);
    let mut wrong = Vec::new();
    for (state, row) in expected {
        let mut found = Vec::new();
        for (_, one) in incoming() {
            let world = in_state(state).await;
            world.receive(&[one]).await;
            let state = world.find("ada").await.map(|row| row.state);
            found.push(state.map_or("nothing", State::as_str));
        }
        let found = found.join(" ");
        if found != row {
            wrong.push(format!("{state}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
