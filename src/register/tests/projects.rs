//! Projects that sign by their own page, and those who speak for them.

use std::{sync::Arc, time::Duration};

use super::{
    people::{a_post, again, by, deleted, edited, like, person, reply, reworded, url},
    support::{DAY, HOUR, NOW, SECOND, World},
};
use crate::{
    clock::Clock as _,
    endorsement::{
        ActKind, Cause,
        blocks::Target,
        decide::Decision,
        judge::Audience,
        policy::{Acknowledge, LetterState},
        project::PageSight,
        word_rules::{Pattern, RuleScope, WordRule, WordRules},
    },
    hash::Sha256,
    register::{
        InboundAction, InboundActivity, InboundPost,
        inbound::{account_move::carry_over, batch::Batch},
        letter::note::NoteSettings,
        maintenance::projects::{LookPace, PageFinding, note_page},
        moderation::{
            decisions::{DecisionOrder, DecisionReason, decide_one, find},
            people::{erase, find_people},
        },
    },
    store::{EndorsementRow, HistoryRow, OrganisationFilter, OrganisationStart, PublicEntry},
};

const ACME: &str = "https://acme.example/x";
const GRACE: Duration = Duration::from_hours(24);
const WEEK: Duration = Duration::from_hours(7 * 24);

/// A post in which somebody speaks for an address.
fn speaks(who: &str, post: &str, address: &str) -> InboundActivity {
    reply(who, post, &format!("I sign for {address}"))
}

impl World {
    async fn project(&self, address: &str) -> Option<EndorsementRow> {
        let hash = Sha256::of(&format!("{address}#project"));
        let mut tx = self.read().await;
        let actor = tx.actors(&[hash]).await.unwrap().pop()?;
        tx.endorsements_of(&[actor.id]).await.unwrap().pop()
    }

    /// The state of a project's entry, with what it waits for.
    pub(super) async fn project_is(&self, address: &str) -> String {
        match self.project(address).await {
            None => "nothing".to_owned(),
            Some(row) => match row.waits_for {
                Some(waits_for) => format!("{} {waits_for}", row.state),
                None => row.state.to_string(),
            },
        }
    }

    /// A look finds this on the page of a project; returns how long until the next one.
    pub(super) async fn page_says(&self, address: &str, sight: PageSight) -> Duration {
        let host = address.split('/').nth(2).unwrap();
        self.page_says_in(address, sight, Some(host)).await
    }

    async fn page_says_in(&self, address: &str, sight: PageSight, slot: Option<&str>) -> Duration {
        let hash = Sha256::of(&format!("{address}#project"));
        let mut tx = self.store.write().await.unwrap();
        let source = tx.project_source(&hash).await.unwrap().unwrap();
        let finding = PageFinding {
            sight,
            title: Some("Acme Works".to_owned()),
            slot: slot.map(str::to_owned),
        };
        let pace = (LookPace::of(WEEK), GRACE);
        let now = self.now();
        let (_, next) = note_page(&mut tx, &self.context, &source, &finding, pace, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        next.since(now)
    }

    async fn organisation_entries(&self) -> Vec<PublicEntry> {
        let filter = OrganisationFilter::default();
        let mut tx = self.read().await;
        let page = tx.organisations_page(&filter, &OrganisationStart::Top, 100);
        page.await.unwrap().entries
    }

    /// Signed, and organisations; everything is sound.
    async fn numbers(&self) -> (i64, i64) {
        let report = self.check().await;
        assert!(report.findings.is_empty(), "{:?}", report.findings);
        let counts = self.read().await.counts(1).await.unwrap();
        (counts.signed, counts.organisations)
    }

    async fn decide_project(&self, decision: Decision, address: &str) {
        let row = self.project(address).await.unwrap();
        let mut tx = self.store.write().await.unwrap();
        let target = find(&mut tx, row.public_id.as_str())
            .await
            .unwrap()
            .remove(0);
        let order = DecisionOrder {
            decision,
            by: "mona".to_owned(),
            reason: Some(DecisionReason::parse("spam")),
            named: true,
        };
        decide_one(&mut tx, &self.context, self.now(), &target, &order)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn project_history(&self, address: &str) -> Vec<String> {
        let id = self.project(address).await.unwrap().id.unwrap();
        let history = self.read().await.history(id).await.unwrap();
        let step = |entry: &HistoryRow| format!("{} {}", entry.now, entry.cause);
        history.iter().map(step).collect()
    }
}

#[tokio::test]
async fn a_project_is_listed_when_its_page_signs_and_its_speaker_is_not() {
    let world = World::with(&["ada"]).await;
    world.take(speaks("ada", "1", ACME)).await;
    assert_eq!(world.project_is(ACME).await, "pending link");
    assert_eq!(world.numbers().await, (0, 0));
    assert_eq!(world.state("ada").await, "nothing");
    world.page_says(ACME, PageSight::Signs).await;
    assert_eq!(world.project_is(ACME).await, "listed");
    assert_eq!(world.numbers().await, (0, 1));
    assert_eq!(world.state("ada").await, "nothing");
    assert!(world.public().await.is_empty());
    let [entry] = &world.organisation_entries().await[..] else {
        panic!("one organisation");
    };
    assert_eq!(entry.handle.as_deref(), Some("acme.example/x"));
    assert_eq!(entry.url.as_deref(), Some(ACME));
    assert_eq!(entry.name.as_deref(), Some("Acme Works"));
    assert_eq!(
        (entry.actor.as_deref(), entry.spoken_by.as_deref()),
        (None, None)
    );
    let row = world.project(ACME).await.unwrap();
    assert_eq!((row.kind, row.organisation), (ActKind::Project, true));
    assert_eq!(row.statement, None);
    // Signing by words of one's own is another thing, and names who spoke.
    world.take(reply("ada", "2", "I sign")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.numbers().await, (1, 1));
    let [entry] = &world.organisation_entries().await[..] else {
        panic!("one organisation");
    };
    assert_eq!(entry.spoken_by.as_deref(), Some("@ada@m.example"));
}

#[tokio::test]
async fn a_page_that_only_links_waits_for_a_person() {
    let world = World::with(&["ada"]).await;
    world.take(speaks("ada", "1", ACME)).await;
    world.page_says(ACME, PageSight::Links).await;
    assert_eq!(world.project_is(ACME).await, "pending unsure");
    world.page_says(ACME, PageSight::Nothing).await;
    assert_eq!(world.project_is(ACME).await, "pending link");
    world.page_says(ACME, PageSight::Links).await;
    world.decide_project(Decision::Approve, ACME).await;
    assert_eq!(world.project_is(ACME).await, "listed");
    // What a person approved is not taken back by a look that finds the same.
    world.page_says(ACME, PageSight::Links).await;
    assert_eq!(world.project_is(ACME).await, "listed");
    world.decide_project(Decision::Hide, ACME).await;
    assert_eq!(world.project_is(ACME).await, "hidden");
    world.decide_project(Decision::Unhide, ACME).await;
    world.decide_project(Decision::Reject, ACME).await;
    assert_eq!(world.project_is(ACME).await, "rejected");
    // Who says it again does not get around that.
    world.take(speaks("ada", "2", ACME)).await;
    world.page_says(ACME, PageSight::Signs).await;
    assert_eq!(world.project_is(ACME).await, "pending decision");
    assert_eq!(world.numbers().await, (0, 0));
}

#[tokio::test]
async fn a_link_that_is_gone_twice_ends_the_entry() {
    let world = World::with(&["ada"]).await;
    world.take(speaks("ada", "1", ACME)).await;
    assert_eq!(world.page_says(ACME, PageSight::Signs).await, WEEK);
    assert_eq!(world.page_says(ACME, PageSight::Nothing).await, GRACE);
    assert_eq!(world.project_is(ACME).await, "listed");
    world.clock.advance(HOUR);
    world.page_says(ACME, PageSight::Nothing).await;
    assert_eq!(world.project_is(ACME).await, "listed");
    // It came back meanwhile.
    assert_eq!(world.page_says(ACME, PageSight::Signs).await, WEEK);
    world.clock.advance(DAY);
    world.page_says(ACME, PageSight::Nothing).await;
    assert_eq!(world.project_is(ACME).await, "listed");
    world.clock.advance(GRACE);
    world.page_says(ACME, PageSight::Links).await;
    assert_eq!(world.project_is(ACME).await, "withdrawn");
    let steps = world.project_history(ACME).await;
    assert_eq!(steps, ["pending act", "listed waited", "withdrawn gone"]);
    assert_eq!(world.numbers().await, (0, 0));
}

#[tokio::test]
async fn the_entry_stays_while_somebody_else_speaks_for_it() {
    let world = World::with(&["ada", "bo", "cy"]).await;
    for who in ["ada", "bo", "cy"] {
        world.take(speaks(who, "1", ACME)).await;
        world.clock.advance(SECOND);
    }
    world.page_says(ACME, PageSight::Signs).await;
    assert_eq!(world.numbers().await, (0, 1));
    world.take(deleted("ada", "1")).await;
    assert_eq!(world.project_is(ACME).await, "listed");
    world.take(reply("bo", "2", "withdraw")).await;
    assert_eq!(world.project_is(ACME).await, "listed");
    world.take(reworded("cy", "1", 5, "What a letter")).await;
    assert_eq!(world.project_is(ACME).await, "withdrawn");
    assert_eq!(world.numbers().await, (0, 0));
    // Nothing is left of what they said.
    assert!(
        world
            .kept()
            .await
            .iter()
            .all(|line| !line.contains("sign for"))
    );
}

#[tokio::test]
async fn every_way_of_leaving_ends_it() {
    for way in [
        "delete",
        "edit",
        "withdraw",
        "narrow",
        "unhung",
        "account",
        "gone",
        "block us",
        "reject",
        "block",
        "erase",
        "own words",
    ] {
        let world = World::with(&["ada"]).await;
        world.take(reply("ada", "own", "I sign")).await;
        world.take(speaks("ada", "1", ACME)).await;
        world.page_says(ACME, PageSight::Signs).await;
        assert_eq!(world.project_is(ACME).await, "listed", "{way}");
        world.clock.advance(SECOND);
        match way {
            "delete" => world.take(deleted("ada", "1")).await,
            "edit" => world.take(reworded("ada", "1", 5, "No.")).await,
            "own words" => world.take(reworded("ada", "1", 5, "I sign")).await,
            "withdraw" => world.take(reply("ada", "2", "withdraw")).await,
            "narrow" => {
                let post = InboundPost {
                    audience: Audience::Followers,
                    ..a_post("ada", "1", &format!("I sign for {ACME}"))
                };
                world.take(edited("ada", 5, post)).await;
            }
            "unhung" => {
                let action = InboundAction::Unhung {
                    post: a_post("ada", "1", "").id,
                    updated: Some(NOW.plus(5 * SECOND)),
                    narrowed: false,
                };
                world.take(by("ada", "unhung", action)).await;
            }
            "account" => {
                let end = by("ada", "end", InboundAction::ActorDeleted);
                world.take(end).await;
            }
            "gone" => {
                let object = a_post("ada", "1", "").id;
                let action = InboundAction::SourceGone { object };
                world.take(by("ada", "gone", action)).await;
            }
            "block us" => {
                let block = by("ada", "blocks", InboundAction::Blocked);
                world.take(block).await;
            }
            "reject" => drop(world.decide(Decision::Reject, "ada").await.unwrap()),
            "block" => {
                assert!(world.block(Target::Actor(url("ada"))).await);
            }
            "erase" => {
                let mut tx = world.store.write().await.unwrap();
                let person = find_people(&mut tx, &url("ada")).await.unwrap().remove(0);
                let reason = DecisionReason::parse("request");
                let settings = NoteSettings::default();
                let by = ("mona", &reason);
                erase(&mut tx, &world.context, &settings, world.now(), &person, by)
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
            _ => panic!("{way}"),
        }
        assert_eq!(world.project_is(ACME).await, "withdrawn", "{way}");
        let (_, organisations) = world.numbers().await;
        assert_eq!(organisations, 0, "{way}");
    }
}

#[tokio::test]
async fn a_deleted_post_does_not_speak_again() {
    let world = World::with(&["ada"]).await;
    let incoming = speaks("ada", "1", ACME);
    world.take(incoming.clone()).await;
    world.take(deleted("ada", "1")).await;
    world.take(again(&incoming, 5)).await;
    assert_eq!(world.project_is(ACME).await, "withdrawn");
    // A later post does, and an edit to another address is another project.
    world.take(speaks("ada", "2", ACME)).await;
    assert_eq!(world.project_is(ACME).await, "pending link");
    let other = "https://other.example";
    let words = format!("I sign for {other}");
    world.take(reworded("ada", "2", 5, &words)).await;
    assert_eq!(world.project_is(ACME).await, "withdrawn");
    assert_eq!(world.project_is(other).await, "pending link");
}

#[tokio::test]
async fn a_post_signs_for_a_project_or_for_its_author() {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "like")).await;
    world.take(reply("ada", "1", "I sign")).await;
    assert_eq!(world.row("ada").await.kind, ActKind::Reply);
    let words = format!("I sign. I sign for {ACME}");
    world.take(reworded("ada", "1", 5, &words)).await;
    assert_eq!(world.row("ada").await.kind, ActKind::Like);
    assert_eq!(world.project_is(ACME).await, "pending link");
    world.take(reworded("ada", "1", 9, "I sign")).await;
    assert_eq!(world.project_is(ACME).await, "withdrawn");
    // An earlier version that comes late changes nothing.
    world.take(reworded("ada", "1", 7, &words)).await;
    assert_eq!(world.project_is(ACME).await, "withdrawn");
}

#[tokio::test]
async fn one_account_has_three_that_wait() {
    let world = World::with(&["ada", "bo"]).await;
    for (post, host) in ["a", "b", "c", "d"].iter().enumerate() {
        let address = format!("https://{host}.example");
        world.take(speaks("ada", &post.to_string(), &address)).await;
    }
    assert_eq!(world.project_is("https://c.example").await, "pending link");
    assert_eq!(world.project_is("https://d.example").await, "nothing");
    world.page_says("https://a.example", PageSight::Signs).await;
    world.take(speaks("ada", "5", "https://d.example")).await;
    assert_eq!(world.project_is("https://d.example").await, "pending link");
    // Others are not held by that.
    world.take(speaks("bo", "1", "https://e.example")).await;
    assert_eq!(world.project_is("https://e.example").await, "pending link");
}

#[tokio::test]
async fn a_project_that_was_given_up_counts_for_a_day_among_the_three() {
    let hosts = ["a", "b", "c", "d"].map(|host| format!("https://{host}.example"));
    let [first, _, third, fourth] = &hosts;
    for way in ["edit", "delete"] {
        let world = World::with(&["ada"]).await;
        for (n, address) in (1_u32..).zip(&hosts) {
            match (way, n) {
                ("edit", 2..) => {
                    let words = format!("I sign for {address}");
                    world.take(reworded("ada", "1", n, &words)).await;
                }
                _ => world.take(speaks("ada", &n.to_string(), address)).await,
            }
            if way == "delete" {
                world.take(deleted("ada", &n.to_string())).await;
            }
            world.clock.advance(SECOND);
        }
        assert_eq!(world.project_is(fourth).await, "nothing", "{way}");
        let before = if way == "edit" { first } else { third };
        assert_eq!(world.project_is(before).await, "withdrawn", "{way}");
        // One of the three is no fourth.
        world.take(speaks("ada", "8", third)).await;
        assert_eq!(world.project_is(third).await, "pending link", "{way}");
        world.clock.advance(DAY);
        world.take(speaks("ada", "9", fourth)).await;
        assert_eq!(world.project_is(fourth).await, "pending link", "{way}");
    }
}

#[tokio::test]
async fn what_stands_below_githubs_host_is_no_project() {
    let mut world = World::with(&["ada"]).await;
    world.rules().github = "github.acme.example".to_owned();
    let gist = "https://gist.github.acme.example/x";
    world.take(speaks("ada", "1", gist)).await;
    assert_eq!(world.project_is(gist).await, "nothing");
    let repository = "https://github.acme.example/x/y";
    world.take(speaks("ada", "2", repository)).await;
    assert_eq!(world.project_is(repository).await, "pending link");
}

#[tokio::test]
async fn what_is_entered_by_hand_is_not_listed_twice_by_its_page() {
    let world = World::with(&["ada"]).await;
    world.enters(&[ACME]).await.unwrap();
    world.take(speaks("ada", "1", ACME)).await;
    world.page_says(ACME, PageSight::Signs).await;
    assert_eq!(world.project_is(ACME).await, "pending organisation");
    assert_eq!(world.numbers().await, (0, 1));
}

#[tokio::test]
async fn one_domain_has_one_entry_and_a_forge_one_for_each_repository() {
    let world = World::with(&["ada"]).await;
    world.take(speaks("ada", "1", "https://acme.example")).await;
    world
        .page_says("https://acme.example", PageSight::Signs)
        .await;
    let second = "https://blog.acme.example/~eve";
    world.take(speaks("ada", "2", second)).await;
    world
        .page_says_in(second, PageSight::Signs, Some("acme.example"))
        .await;
    assert_eq!(world.project_is(second).await, "pending organisation");
    world.decide_project(Decision::Approve, second).await;
    assert_eq!(world.numbers().await, (0, 2));
    for (post, path) in [("3", "x/y"), ("4", "x/z")] {
        let address = format!("https://codeberg.org/{path}");
        let slot = format!("codeberg.org/{path}");
        world.take(speaks("ada", post, &address)).await;
        world
            .page_says_in(&address, PageSight::Signs, Some(&slot))
            .await;
        assert_eq!(world.project_is(&address).await, "listed", "{path}");
    }
    // What is no repository there is anybody's page.
    let profile = "https://codeberg.org/eve";
    world.take(speaks("ada", "5", profile)).await;
    world.page_says_in(profile, PageSight::Signs, None).await;
    assert_eq!(world.project_is(profile).await, "pending link");
}

#[tokio::test]
async fn what_holds_a_person_holds_a_project() {
    let mut world = World::new().await;
    let mut young = person("cy");
    young.published_at = Some(NOW);
    world.meet(young).await;
    world.rules().policy.min_account_age = 7 * DAY;
    world.take(speaks("cy", "1", ACME)).await;
    world.page_says(ACME, PageSight::Signs).await;
    assert_eq!(world.project_is(ACME).await, "pending age");
    world.clock.advance(8 * DAY);
    world.maintain().await;
    assert_eq!(world.project_is(ACME).await, "listed");
    for who in ["ada", "bo"] {
        world.meet(person(who)).await;
    }
    world.letter(LetterState::Paused);
    world.take(speaks("ada", "1", "https://b.example")).await;
    world.page_says("https://b.example", PageSight::Signs).await;
    assert_eq!(
        world.project_is("https://b.example").await,
        "pending paused"
    );
    world.letter(LetterState::Closed);
    world.take(speaks("bo", "1", "https://c.example")).await;
    world.page_says("https://c.example", PageSight::Signs).await;
    assert_eq!(world.project_is("https://c.example").await, "late");
    world.letter(LetterState::Open);
    world.rules().word_rules = Arc::new(WordRules::new(vec![WordRule {
        number: 1,
        pattern: Pattern::parse("acme").unwrap(),
        scope: RuleScope::Name,
    }]));
    world.take(speaks("bo", "2", "https://d.example")).await;
    world.page_says("https://d.example", PageSight::Signs).await;
    world.page_says("https://d.example", PageSight::Signs).await;
    assert_eq!(world.project_is("https://d.example").await, "pending rule");
}

#[tokio::test]
async fn its_author_is_told_once_what_is_missing() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.acknowledge = Acknowledge::Reply;
    world.take(speaks("ada", "1", ACME)).await;
    assert!(world.sent().await.is_empty());
    world.page_says(ACME, PageSight::Nothing).await;
    assert_eq!(world.sent().await, ["Create"]);
    let body = world.column("SELECT body FROM activity").await.remove(0);
    assert!(body.contains(ACME) && body.contains("rel="), "{body}");
    world.clock.advance(2 * DAY);
    world.page_says(ACME, PageSight::Links).await;
    // No more than one message in a day for all that one account names.
    for (post, host) in [("2", "b"), ("3", "c")] {
        let address = format!("https://{host}.example");
        world.take(speaks("ada", post, &address)).await;
        world.page_says(&address, PageSight::Nothing).await;
    }
    assert_eq!(world.sent().await, ["Create", "Create"]);
    let mut silent = World::with(&["ada"]).await;
    silent.rules().policy.acknowledge = Acknowledge::None;
    silent.take(speaks("ada", "1", ACME)).await;
    silent.page_says(ACME, PageSight::Nothing).await;
    assert!(silent.sent().await.is_empty());
}

#[tokio::test]
async fn who_has_no_inbox_is_told_nothing() {
    let mut world = World::new().await;
    world.rules().policy.acknowledge = Acknowledge::Reply;
    let mut ada = person("ada");
    ada.inbox.0 = String::new();
    world.meet(ada).await;
    world.take(speaks("ada", "1", ACME)).await;
    world.page_says(ACME, PageSight::Nothing).await;
    assert!(world.sent().await.is_empty());
}

#[tokio::test]
async fn an_address_is_read_once_an_hour_and_a_host_once_in_ten_seconds() {
    let world = World::with(&["ada", "bo"]).await;
    world
        .take(speaks("ada", "1", "https://acme.example/x"))
        .await;
    world
        .take(speaks("bo", "1", "https://acme.example/y"))
        .await;
    let pace = LookPace::of(WEEK);
    let begin = async |address: &str| {
        let hash = Sha256::of(&format!("{address}#project"));
        let mut tx = world.store.write().await.unwrap();
        let source = tx.project_source(&hash).await.unwrap().unwrap();
        let (now, again, rests) = (world.clock.now(), pace.again, pace.host_rests);
        let later = tx
            .begin_project_look(source.actor_id, now, again, rests)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        later.map(|later| later.since(now))
    };
    assert_eq!(begin("https://acme.example/x").await, None);
    assert_eq!(begin("https://acme.example/y").await, Some(10 * SECOND));
    assert_eq!(begin("https://acme.example/x").await, Some(HOUR));
    world.clock.advance(10 * SECOND);
    assert_eq!(begin("https://acme.example/y").await, None);
    world.clock.advance(HOUR.saturating_sub(10 * SECOND));
    assert_eq!(begin("https://acme.example/x").await, None);
    let quick = LookPace::of(Duration::from_secs(3));
    assert!(quick.again < SECOND && quick.host_rests < SECOND);
}

#[tokio::test]
async fn who_moves_speaks_from_the_new_account() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "own", "I sign")).await;
    world.take(speaks("ada", "1", ACME)).await;
    world.page_says(ACME, PageSight::Signs).await;
    let mut tx = world.store.write().await.unwrap();
    let to = person("ada@n.example");
    carry_over(&mut tx, &world.context, world.now(), &url("ada"), &to)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.project_is(ACME).await, "listed");
    world.take(reply("ada@n.example", "2", "withdraw")).await;
    assert_eq!(world.project_is(ACME).await, "withdrawn");
}

#[tokio::test]
async fn nothing_is_said_for_the_letter_itself_nor_in_private() {
    let world = World::with(&["ada"]).await;
    world
        .take(speaks("ada", "1", "https://letter.example/"))
        .await;
    world
        .take(speaks("ada", "2", "https://letter.example/x"))
        .await;
    let post = InboundPost {
        audience: Audience::Followers,
        ..a_post("ada", "3", &format!("I sign for {ACME}"))
    };
    world
        .take(by("ada", "3", InboundAction::Post(Box::new(post))))
        .await;
    assert_eq!(world.project_is(ACME).await, "nothing");
    assert_eq!(
        world.project_is("https://letter.example/x").await,
        "nothing"
    );
    let rows = world
        .column("SELECT url FROM actor WHERE type = 'Project'")
        .await;
    assert!(rows.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn what_was_restored_is_shown_once_its_page_was_read() {
    let world = World::with(&["ada"]).await;
    world.take(speaks("ada", "1", ACME)).await;
    world.page_says(ACME, PageSight::Signs).await;
    let mut tx = world.store.write().await.unwrap();
    tx.narrow_restored().await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = world.store.write().await.unwrap();
    let row = world.project(ACME).await.unwrap();
    let mut batch = Batch::of_actors(&mut tx, &world.context, world.now(), &[row.actor_id])
        .await
        .unwrap();
    batch.each(|shared, actor| shared.settle(actor, Cause::Restored, None));
    batch.save(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.project_is(ACME).await, "counted");
    world.page_says(ACME, PageSight::Signs).await;
    assert_eq!(world.project_is(ACME).await, "listed");
}
