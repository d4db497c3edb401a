//! What waits, for which reason and in which order; rules and trusted domains.

use undersigned::{
    clock::Millis,
    endorsement::{ActOutcome, Cause, WaitsFor, word_rules::RuleScope},
    store::{ActRow, EndorsementRow, Store, SurgingDomain},
};

use super::{
    fixtures::{at, endorsement, people, person, reply, waiting},
    on_both,
};

fn held(actor_id: i64, n: i64, what: WaitsFor, rule: Option<i64>) -> ActRow {
    let mut act = reply(actor_id, &format!("https://m.example/{n}"), "I sign");
    act.act.at = at(n);
    act.act.outcome = ActOutcome::Pending(what);
    ActRow { rule, ..act }
}

on_both!(
    what_waits_for_a_surge_comes_in_the_order_of_arrival,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let actors = people(&mut tx, &["ada", "bo", "cy", "di"]).await;
        let mut ended = held(actors[3], 1, WaitsFor::Surge, None);
        ended.act.ended = Some((at(50), Cause::Delete));
        let acts = [
            held(actors[0], 30, WaitsFor::Surge, None),
            held(actors[1], 10, WaitsFor::Surge, None),
            held(actors[1], 20, WaitsFor::Surge, None),
            held(actors[2], 5, WaitsFor::Age, None),
            held(actors[2], 40, WaitsFor::Surge, None),
            ended,
        ];
        tx.save_acts(&acts).await.unwrap();
        let mut found = Vec::new();
        let mut after = (Millis::from_millis(i64::MIN), 0);
        loop {
            let page = tx.surges_until(at(30), after, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = (last.at, last.act_id);
            found.extend(page);
        }
        let places: Vec<_> = found.iter().map(|row| (row.at, row.actor_id)).collect();
        let expected = [
            (at(10), actors[1]),
            (at(20), actors[1]),
            (at(30), actors[0]),
        ];
        assert_eq!(places, expected);
        assert_eq!(found[2].domain, "example");
        assert_eq!(found[2].actor, person("ada", "m.example").url);
    }
);

on_both!(reasons_and_domains_in_a_surge_are_counted, async |store| {
    let mut tx = store.write().await.unwrap();
    let actors = people(&mut tx, &["ada", "bo", "cy", "di", "ed"]).await;
    let surging = |actor_id, seconds| EndorsementRow {
        endorsed_at: at(seconds),
        ..waiting(actor_id, "P", WaitsFor::Surge)
    };
    let rows = [
        surging(actors[0], 30),
        surging(actors[1], 20),
        waiting(actors[2], "C", WaitsFor::Unsure),
        endorsement(actors[3], "D"),
    ];
    tx.save_endorsements(&rows).await.unwrap();
    let reasons = tx.waiting_by_reason().await.unwrap();
    assert_eq!(reasons, [(WaitsFor::Unsure, 1), (WaitsFor::Surge, 2)]);
    let expected = SurgingDomain {
        domain: "m.example".to_owned(),
        n: 2,
        since: at(20),
        host: "m.example".to_owned(),
        hosts: 1,
        itself: true,
    };
    assert_eq!(tx.surging_domains(9).await.unwrap(), [expected]);
    assert_eq!(tx.surging_domains(0).await.unwrap(), []);
    // Listed at 20.
    assert_eq!(tx.listed_before(at(20)).await.unwrap(), []);
    let old = tx.listed_before(at(21)).await.unwrap();
    assert_eq!(old, [("example".to_owned(), 1)]);
});

on_both!(rules_are_numbered_once_and_for_ever, async |store| {
    let mut tx = store.write().await.unwrap();
    let first = tx
        .add_word_rule("buy *", RuleScope::Text, "ada", at(1))
        .await
        .unwrap();
    let second = tx
        .add_word_rule("ß", RuleScope::Both, "bo", at(2))
        .await
        .unwrap();
    let actors = people(&mut tx, &["ada", "bo", "cy"]).await;
    let acts = [
        held(actors[1], 1, WaitsFor::Rule, Some(second)),
        held(actors[1], 2, WaitsFor::Rule, Some(second)),
        held(actors[0], 3, WaitsFor::Rule, Some(first)),
        // It waited for the rule before.
        held(actors[2], 4, WaitsFor::Age, Some(second)),
    ];
    tx.save_acts(&acts).await.unwrap();
    assert_eq!(
        tx.acts(&actors[1..2], &[]).await.unwrap()[0].rule,
        Some(second)
    );
    assert!(tx.held_by_removed_rules(0, 9).await.unwrap().is_empty());
    assert!(tx.remove_word_rule(second, at(3)).await.unwrap());
    assert!(!tx.remove_word_rule(second, at(3)).await.unwrap());
    assert_eq!(tx.held_by_removed_rules(0, 9).await.unwrap(), [actors[1]]);
    let rest = tx.held_by_removed_rules(actors[1], 9).await.unwrap();
    assert!(rest.is_empty());
    let third = tx
        .add_word_rule("c", RuleScope::Name, "bo", at(4))
        .await
        .unwrap();
    assert!(first < second && second < third);
    let rules = tx.word_rules().await.unwrap();
    let rules: Vec<_> = rules
        .iter()
        .map(|row| {
            (
                row.number,
                row.pattern.as_str(),
                row.scope,
                row.by.as_str(),
                row.at,
            )
        })
        .collect();
    let expected = [
        (first, "buy *", RuleScope::Text, "ada", at(1)),
        (third, "c", RuleScope::Name, "bo", at(4)),
    ];
    assert_eq!(rules, expected);
    // A removed one is brought back with its pattern.
    assert!(!tx.restore_word_rule(first, "x").await.unwrap());
    assert!(tx.restore_word_rule(second, "cheap shoes").await.unwrap());
    let restored = tx.word_rules().await.unwrap().remove(1);
    assert_eq!(
        (restored.number, restored.pattern.as_str()),
        (second, "cheap shoes")
    );
});

on_both!(a_domain_is_trusted_until_it_is_not, async |store| {
    let mut tx = store.write().await.unwrap();
    assert!(tx.trust("n.example", at(1)).await.unwrap());
    assert!(tx.trust("m.example", at(2)).await.unwrap());
    assert!(!tx.trust("n.example", at(3)).await.unwrap());
    let trusted = [
        ("m.example".to_owned(), at(2)),
        ("n.example".to_owned(), at(1)),
    ];
    assert_eq!(tx.trusted_domains().await.unwrap(), trusted);
    assert!(tx.untrust("n.example").await.unwrap());
    assert!(!tx.untrust("n.example").await.unwrap());
    assert_eq!(tx.trusted_domains().await.unwrap(), trusted[..1]);
});
