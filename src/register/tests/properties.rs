//! Properties that hold for every sequence of activities and decisions.

use proptest::{
    prelude::*,
    sample::select,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};

use super::{
    people::{
        a_post, bare_undo, boost, by, created, deleted, dislike, edited, like, person, react,
        reply, unboost, unlike, unquoted, url,
    },
    support::{DAY, HOUR, World},
};
use crate::{
    endorsement::{decide::Decision, judge::Audience},
    register::{InboundAction, InboundActivity, InboundPost, Undo},
};

const PEOPLE: [&str; 2] = ["ada", "bo"];

/// An activity. The ids are few, so that activities are often about the same objects.
fn any_incoming() -> impl Strategy<Value = InboundActivity> {
    let who = select(PEOPLE.to_vec());
    let words = select(vec![
        "I sign",
        "I sign because it matters",
        "Should I sign?",
        "This is wrong",
        "withdraw",
    ]);
    let audience = select(vec![Audience::Public, Audience::Unlisted, Audience::Direct]);
    let emoji = select(vec!["🎉", "❤️", "👎"]);
    let said = (words, audience, emoji);
    (who, 0..20_u8, 0..3_u32, said).prop_map(|(who, what, n, (words, audience, emoji))| {
        let id = n.to_string();
        let like_id = format!("l{n}");
        let post = InboundPost {
            audience,
            ..a_post(who, &id, words)
        };
        match what {
            0..=2 => like(who, &like_id),
            3 => unlike(who, &like_id),
            4..=6 => created(who, &id, post),
            7 | 8 => edited(who, n + 1, post),
            9 => deleted(who, &id),
            10 => {
                let bare = format!("{}/{like_id}", url(who));
                by(
                    who,
                    &format!("u{n}"),
                    InboundAction::Undo(Undo::Activity(bare)),
                )
            }
            11 => {
                let object = "https://letter.example/actor".to_owned();
                by(who, &format!("f{n}"), InboundAction::Follow { object })
            }
            12 | 13 => react(who, &like_id, emoji),
            14 => dislike(who, &format!("d{n}")),
            15 => boost(who, &format!("b{n}"), "/letter"),
            16 => unboost(who, &format!("b{n}")),
            17 => bare_undo(who, &format!("b{n}")),
            18 => {
                let kind = crate::endorsement::judge::PostKind::Quote;
                created(who, &id, InboundPost { kind, ..post })
            }
            _ => unquoted(who, &id, n + 1),
        }
    })
}

fn any_history() -> impl Strategy<Value = Vec<InboundActivity>> {
    prop::collection::vec(any_incoming(), 1..14)
}

/// Runs a property several times, each time on an empty register.
fn check<S: Strategy>(values: &S, property: impl AsyncFn(S::Value) -> Result<(), TestCaseError>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(32)
    };
    // Every run has the same cases, so that the test never fails by chance. To search for more, raise their number.
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, seed);
    let done = runner.run(values, |values| runtime.block_on(property(values)));
    if let Err(failure) = done {
        panic!("{failure}");
    }
}

/// Everything that is public about an actor, without the random ids.
async fn seen(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    for who in PEOPLE {
        all.push(world.state(who).await);
        if let Some(row) = world.find(who).await {
            all.push(format!(
                "{} {:?} {:?} {:?} {:?} {} {}",
                row.kind,
                row.name,
                row.name_state,
                row.statement,
                row.statement_state,
                row.revision,
                row.endorsed_at
            ));
            all.extend(world.steps(who).await);
        }
    }
    let acts = "SELECT kind || object || outcome || ceiling || visibility || COALESCE(text, '')
                       || COALESCE(ended_by, 'stands') || CASE WHEN acknowledged IS NULL THEN '' ELSE '+' END
                FROM act ORDER BY actor_id, object, family";
    all.extend(world.column(acts).await);
    let reach = "SELECT kind || hex(object_hash) || hex(activity_hash) || target FROM reach
                 ORDER BY actor_id, kind, object_hash";
    all.extend(world.column(reach).await);
    let evidence = "SELECT CAST(body AS TEXT) FROM evidence ORDER BY 1";
    all.extend(world.column(evidence).await);
    let followers = "SELECT COALESCE(follow_id, '') FROM follower ORDER BY actor_id";
    all.extend(world.column(followers).await);
    all.extend(
        world
            .column("SELECT kind FROM activity ORDER BY kind")
            .await,
    );
    all
}

async fn after(batches: &[&[InboundActivity]]) -> World {
    let world = World::with(&PEOPLE).await;
    world.published("/letter").await;
    for batch in batches {
        world.receive(batch).await;
    }
    world
}

#[test]
fn one_batch_is_as_good_as_many() {
    check(&(any_history(), 1..5_usize), async |(acts, size)| {
        let whole = after(&[&acts]).await;
        let parts: Vec<_> = acts.chunks(size).collect();
        let parts = after(&parts).await;
        prop_assert_eq!(seen(&whole).await, seen(&parts).await);
        Ok(())
    });
}

#[test]
fn what_comes_again_changes_nothing() {
    check(&any_history(), async |acts| {
        let world = after(&[&acts]).await;
        let before = seen(&world).await;
        world.receive(&acts).await;
        world.receive(&[acts.clone(), acts].concat()).await;
        prop_assert_eq!(seen(&world).await, before);
        Ok(())
    });
}

#[test]
fn it_does_not_matter_where_a_second_delivery_comes_in_between() {
    check(
        &(any_history(), any::<prop::sample::Index>()),
        async |(acts, place)| {
            let place = place.index(acts.len());
            let again = acts[..=place].to_vec();
            let (first, rest) = acts.split_at(place + 1);
            let plain = after(&[&acts]).await;
            let doubled = after(&[first, &again, rest]).await;
            prop_assert_eq!(seen(&plain).await, seen(&doubled).await);
            Ok(())
        },
    );
}

#[test]
fn states_are_always_what_check_computes_and_who_left_is_never_listed() {
    let decisions = prop::collection::vec(
        prop::option::of((select(Decision::ALL), select(PEOPLE.to_vec()))),
        14,
    );
    check(&(any_history(), decisions), async |(acts, decisions)| {
        let world = World::with(&PEOPLE).await;
        world.published("/letter").await;
        for (act, decision) in acts.iter().zip(decisions) {
            world.receive(std::slice::from_ref(act)).await;
            if let Some((decision, who)) = decision
                && world.find(who).await.is_some()
            {
                // Decisions that do not fit are refused.
                world.decide(decision, who).await.ok();
            }
            world.clock.advance(HOUR);
        }
        prop_assert_eq!(world.check().await.findings, Vec::new());
        let public = world.public().await;
        for who in PEOPLE {
            let handle = person(who).handle;
            let listed = public
                .iter()
                .any(|row| row.handle.as_deref() == Some(handle.as_str()));
            let state = world.state(who).await;
            prop_assert_eq!(listed, state.starts_with("listed"), "{}", state);
        }
        world.clock.advance(400 * DAY);
        world.maintain().await;
        prop_assert_eq!(world.check().await.findings, Vec::new());
        Ok(())
    });
}

#[test]
fn in_whatever_order_it_comes_again_between_decisions_nothing_changes() {
    let decisions = prop::collection::vec(
        prop::option::of((select(Decision::ALL), select(PEOPLE.to_vec()))),
        14,
    );
    let orders = prop::collection::vec(any::<prop::sample::Index>(), 14);
    check(
        &(any_history(), decisions, orders),
        async |(acts, decisions, orders)| {
            let mut worlds = Vec::new();
            for again in [false, true] {
                let world = World::with(&PEOPLE).await;
                world.published("/letter").await;
                for (step, act) in acts.iter().enumerate() {
                    world.receive(std::slice::from_ref(act)).await;
                    if let Some((decision, who)) = decisions[step]
                        && world.find(who).await.is_some()
                    {
                        // Decisions that do not fit are refused.
                        world.decide(decision, who).await.ok();
                    }
                    world.clock.advance(HOUR);
                    if again {
                        let mut before = acts[..=step].to_vec();
                        let turn = orders[step].index(before.len());
                        before.rotate_left(turn);
                        before.reverse();
                        world.receive(&before).await;
                    }
                }
                worlds.push(seen(&world).await);
            }
            prop_assert_eq!(&worlds[0], &worlds[1]);
            Ok(())
        },
    );
}

#[test]
fn the_word_ends_everything_that_was_before_it() {
    check(
        &(any_history(), select(PEOPLE.to_vec())),
        async |(acts, who)| {
            let world = after(&[&acts]).await;
            world.take(reply(who, "the-word", "withdraw")).await;
            let state = world.state(who).await;
            prop_assert!(state == "withdrawn" || state == "nothing", "{}", state);
            let handle = person(who).handle;
            let public = world.public().await;
            prop_assert!(
                !public
                    .iter()
                    .any(|row| row.handle.as_deref() == Some(handle.as_str()))
            );
            Ok(())
        },
    );
}
