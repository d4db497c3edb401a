//! Pledges: what signers say to have come of the letter.

use std::sync::Arc;

use super::{
    people::{a_post, by, created, deleted, edited, like, quote, reply, reworded, unlike},
    support::{DAY, HOUR, KEEP, SECOND, World},
};
use crate::{
    endorsement::{
        ActKind, PledgeWords, ReviewState, State,
        decide::Decision,
        judge::Audience,
        word_rules::{Pattern, RuleScope, WordRule, WordRules},
        wording::Phrases,
    },
    register::{
        InboundAction, InboundPost,
        inbound::news::News,
        moderation::decisions::{
            Action, ActionOrder, ActionTarget, AuditBy, Showing, carry_out, find,
        },
    },
    store::PublicKind,
};

async fn asking(people: &[&str]) -> World {
    let mut world = World::with(people).await;
    let words = ["I left".to_owned(), "I moved".to_owned()];
    let pledge = Phrases::built_in().of_pledge(&words).unwrap();
    world.rules().pledge = Some(Arc::new(pledge));
    world
}

async fn pledged(world: &World) -> i64 {
    let report = world.check().await;
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    world.read().await.counts(1).await.unwrap().pledged
}

async fn waiting(world: &World) -> i64 {
    let counts = world.read().await.counts(1).await.unwrap();
    counts.waiting_statements
}

/// The words and the state of the pledge, and its link.
async fn pledge(world: &World) -> Option<(PledgeWords, ReviewState, Option<String>)> {
    let row = world.row("ada").await.pledge?;
    Some((row.pledge.words, row.pledge.review, row.url))
}

async fn show(world: &World, showing: Showing) -> bool {
    let order = ActionOrder {
        action: Action::Statement(showing),
        by: "mona".to_owned(),
        reason: None,
        named: true,
    };
    let mut tx = world.store.write().await.unwrap();
    let found = find(&mut tx, "https://m.example/users/ada").await.unwrap();
    let targets = [ActionTarget::from(&found[0])];
    let carried = carry_out(
        &mut tx,
        &world.context,
        world.now(),
        &targets,
        &order,
        AuditBy::Target,
    );
    let done = carried.await.unwrap().done.len() == 1;
    tx.commit().await.unwrap();
    done
}

#[tokio::test]
async fn who_signed_pledges_and_delete_takes_it_back() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let signed = world.row("ada").await;
    world.clock.advance(SECOND);
    world.take(reply("ada", "2", "I left.")).await;
    assert_eq!(pledged(&world).await, 1);
    let row = world.row("ada").await;
    let shown = Some((PledgeWords::Clear, ReviewState::Shown, None));
    assert_eq!(pledge(&world).await, shown);
    // Nothing else of the endorsement changes, and no comment is made of it.
    let expected = (
        signed.kind,
        signed.act_id,
        signed.statement.clone(),
        signed.endorsed_at,
    );
    assert_eq!(
        (row.kind, row.act_id, row.statement, row.endorsed_at),
        expected
    );
    assert!(
        world
            .column("SELECT public_id FROM comment")
            .await
            .is_empty()
    );
    assert_eq!(waiting(&world).await, 0);
    world.take(deleted("ada", "2")).await;
    assert_eq!((pledged(&world).await, pledge(&world).await), (0, None));
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn one_post_signs_and_pledges() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign. I left.")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(pledged(&world).await, 1);
    world.take(reworded("ada", "1", 5, "I sign.")).await;
    assert_eq!(pledged(&world).await, 0);
    assert_eq!(world.state("ada").await, "listed Ada");
    world.take(reworded("ada", "1", 9, "I left.")).await;
    // Nobody signs by it any more.
    assert_eq!(world.state("ada").await, "withdrawn");
    assert_eq!(pledged(&world).await, 0);
}

#[tokio::test]
async fn nobody_pledges_without_a_signature_before() {
    let world = asking(&["ada", "bo"]).await;
    world.take(reply("ada", "1", "I left.")).await;
    world.take(like("ada", "like")).await;
    world.take(reply("ada", "2", "I left.")).await;
    assert_eq!(pledged(&world).await, 0);
    // A signature afterwards changes nothing about what was a comment.
    world.take(reply("ada", "3", "I sign")).await;
    assert_eq!(pledged(&world).await, 0);
    world.take(reply("ada", "4", "I left.")).await;
    assert_eq!(pledged(&world).await, 1);
}

#[tokio::test]
async fn it_goes_with_the_signature() {
    let world = asking(&["ada"]).await;
    world.take(like("ada", "like")).await;
    world.take(reply("ada", "1", "I sign")).await;
    world
        .take(reply("ada", "2", "I left: https://codeberg.org/ada"))
        .await;
    assert_eq!(pledged(&world).await, 1);
    world.take(unlike("ada", "like")).await;
    assert_eq!(pledged(&world).await, 1);
    world.take(like("ada", "like2")).await;
    world.take(deleted("ada", "1")).await;
    assert_eq!(pledged(&world).await, 0);
    let row = world.row("ada").await;
    assert_eq!(
        (row.state, row.kind, row.pledge),
        (State::Counted, ActKind::Like, None)
    );
    assert!(
        !world
            .kept()
            .await
            .iter()
            .any(|text| text.contains("codeberg"))
    );
    // Its words are gone, and do not come back with another signature.
    world.clock.advance(SECOND);
    world.take(reply("ada", "3", "I sign")).await;
    assert_eq!(pledged(&world).await, 0);
}

#[tokio::test]
async fn withdrawing_and_a_block_end_it() {
    for leaves in [
        reply("ada", "9", "withdraw"),
        by("ada", "block", InboundAction::Blocked),
    ] {
        let world = asking(&["ada"]).await;
        world.take(reply("ada", "1", "I sign")).await;
        world.take(reply("ada", "2", "I left.")).await;
        assert_eq!(pledged(&world).await, 1);
        world.take(leaves).await;
        assert_eq!(pledged(&world).await, 0);
        assert_eq!(world.row("ada").await.pledge, None);
        // Only a new post pledges again, after a new signature.
        world.clock.advance(HOUR);
        world.take(reply("ada", "3", "I sign")).await;
        world.take(reworded("ada", "2", 4000, "I left!")).await;
        assert_eq!(pledged(&world).await, 0);
        world.take(reply("ada", "4", "I left.")).await;
        assert_eq!(pledged(&world).await, 1);
    }
}

#[tokio::test]
async fn an_edit_makes_one_and_takes_it_back() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reply("ada", "2", "What a day")).await;
    assert_eq!(pledged(&world).await, 0);
    world.take(reworded("ada", "2", 5, "I left.")).await;
    assert_eq!(pledged(&world).await, 1);
    world
        .take(reworded("ada", "2", 9, "I have not left."))
        .await;
    assert_eq!(pledged(&world).await, 0);
    world.take(reworded("ada", "2", 12, "I left.")).await;
    assert_eq!(pledged(&world).await, 1);
    let narrow = InboundPost {
        audience: Audience::Followers,
        ..a_post("ada", "2", "I left.")
    };
    world.take(edited("ada", 15, narrow)).await;
    assert_eq!(pledged(&world).await, 0);
    assert_eq!(world.state("ada").await, "listed Ada");
}

#[tokio::test]
async fn public_and_unlisted_posts_count_and_no_others() {
    let audiences = [
        (Audience::Public, 1),
        (Audience::Unlisted, 1),
        (Audience::Followers, 0),
        (Audience::Direct, 0),
    ];
    for (audience, expected) in audiences {
        let world = asking(&["ada"]).await;
        world.take(reply("ada", "1", "I sign")).await;
        let post = InboundPost {
            audience,
            ..a_post("ada", "2", "I left.")
        };
        world.take(created("ada", "2", post)).await;
        assert_eq!(pledged(&world).await, expected, "{audience:?}");
    }
}

#[tokio::test]
async fn negations_change_nothing_and_unsure_words_wait() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reply("ada", "2", "I never left.")).await;
    assert_eq!(pledge(&world).await, None);
    world.take(reply("ada", "3", "I left?")).await;
    let waits = Some((PledgeWords::Unsure, ReviewState::Pending, None));
    assert_eq!(pledge(&world).await, waits);
    assert_eq!((pledged(&world).await, waiting(&world).await), (0, 1));
    assert!(show(&world, Showing::Hide).await);
    assert_eq!((pledged(&world).await, waiting(&world).await), (0, 0));
    assert!(show(&world, Showing::Approve).await);
    assert_eq!((pledged(&world).await, waiting(&world).await), (1, 0));
    assert!(!show(&world, Showing::Approve).await, "twice");
    // Other words wait again, the same do not.
    world.take(reworded("ada", "3", 5, "I left?!")).await;
    assert_eq!((pledged(&world).await, waiting(&world).await), (0, 1));
}

#[tokio::test]
async fn a_link_waits_while_the_pledge_counts() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let said = "I left: https://codeberg.org/ada and https://example.net/";
    world.take(reply("ada", "2", said)).await;
    // More words than the grammar knows would be unsure.
    world
        .take(reworded("ada", "2", 2, "I left: https://codeberg.org/ada"))
        .await;
    let url = Some("https://codeberg.org/ada".to_owned());
    let state = |review| Some((PledgeWords::Clear, review, url.clone()));
    assert_eq!(pledge(&world).await, state(ReviewState::Pending));
    assert_eq!((pledged(&world).await, waiting(&world).await), (1, 1));
    let entry = world.public().await.remove(0);
    assert_eq!((entry.pledged, entry.pledge_url), (true, None));
    assert!(show(&world, Showing::Approve).await);
    let entry = world.public().await.remove(0);
    assert_eq!((entry.pledged, entry.pledge_url), (true, url.clone()));
    // A hidden link leaves the pledge.
    assert!(show(&world, Showing::Hide).await);
    let entry = world.public().await.remove(0);
    assert_eq!((entry.pledged, entry.pledge_url), (true, None));
    assert_eq!((pledged(&world).await, waiting(&world).await), (1, 0));
    // Another link waits again.
    world
        .take(reworded("ada", "2", 9, "I left: https://example.net/"))
        .await;
    assert_eq!((pledged(&world).await, waiting(&world).await), (1, 1));
}

#[tokio::test]
async fn clear_words_without_a_link_are_nobodys_to_decide() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reply("ada", "2", "I left")).await;
    assert!(!show(&world, Showing::Hide).await);
    assert_eq!(pledged(&world).await, 1);
}

#[tokio::test]
async fn it_counts_while_the_entry_counts() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign?")).await;
    world.take(reply("ada", "2", "I left")).await;
    assert_eq!(world.state("ada").await, "pending unsure");
    assert_eq!(pledged(&world).await, 0);
    world.decide(Decision::Approve, "ada").await.unwrap();
    assert_eq!(pledged(&world).await, 1);
    world.decide(Decision::Hide, "ada").await.unwrap();
    assert_eq!(pledged(&world).await, 0);
    world.decide(Decision::Unhide, "ada").await.unwrap();
    assert_eq!(pledged(&world).await, 1);
    world.decide(Decision::Reject, "ada").await.unwrap();
    assert_eq!(pledged(&world).await, 0);
}

#[tokio::test]
async fn what_a_rule_finds_waits() {
    let mut world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let rule = WordRule {
        number: 1,
        pattern: Pattern::parse("github").unwrap(),
        scope: RuleScope::Text,
    };
    world.rules().word_rules = Arc::new(WordRules::new(vec![rule]));
    world.take(reply("ada", "2", "I left GitHub")).await;
    let waits = Some((PledgeWords::Unsure, ReviewState::Pending, None));
    assert_eq!(pledge(&world).await, waits);
}

#[tokio::test]
async fn a_quote_that_does_not_sign_is_reach_and_no_pledge() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.published("/letter").await;
    world.take(quote("ada", "2", "I left")).await;
    assert_eq!((pledged(&world).await, world.reach().await.0), (0, 1));
}

#[tokio::test]
async fn pledges_are_kept_in_bounds_and_longer_than_comments() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    for n in 0..15 {
        world.clock.advance(SECOND);
        world.take(reply("ada", &format!("p{n}"), "I left")).await;
    }
    let id = world.row("ada").await.actor_id;
    let acts = world.acts_of(id).await;
    let stands = acts
        .iter()
        .filter(|row| row.act.ended.is_none() && row.act.kind == ActKind::Pledge);
    assert_eq!(stands.count(), 10);
    assert_eq!(pledged(&world).await, 1);
    world.clock.advance(KEEP.comments + DAY);
    world.maintain().await;
    assert_eq!(pledged(&world).await, 1);
}

#[tokio::test]
async fn the_list_of_those_who_pledged_has_no_others() {
    let world = asking(&["ada", "bo"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reply("bo", "1", "I sign")).await;
    world.take(reply("bo", "2", "I moved")).await;
    let filter = crate::store::PublicFilter {
        kind: Some(PublicKind::Pledged),
        ..crate::store::PublicFilter::default()
    };
    let mut tx = world.read().await;
    let page = tx.public_page(&filter, &crate::store::PageStart::Top, 10);
    let names = page.await.unwrap().entries.into_iter();
    let names: Vec<_> = names.filter_map(|entry| entry.name).collect();
    assert_eq!(names, ["Bo"]);
}

#[tokio::test]
async fn what_is_taken_back_is_off_the_pages_at_once() {
    let world = asking(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    let (_, news) = world
        .receive_with_news(&[reply("ada", "2", "I left")])
        .await;
    assert_eq!(news, News::Addition);
    let (_, news) = world.receive_with_news(&[deleted("ada", "2")]).await;
    assert_eq!(news, News::Removal);
}

#[tokio::test]
async fn without_words_nobody_pledges() {
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.take(reply("ada", "2", "I left")).await;
    assert_eq!(pledged(&world).await, 0);
    assert_eq!(
        world.column("SELECT kind FROM act ORDER BY id").await,
        ["reply", "comment"]
    );
}
