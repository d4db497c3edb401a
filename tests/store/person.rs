//! Everything that is stored about one person.

use std::slice::from_ref;

use undersigned::{
    hash::Sha256,
    store::{ReachKind, ReachRow, Store},
};

use super::{
    fixtures::{at, comment, evidence, people, reply, signatory},
    on_both,
};

on_both!(
    an_erased_account_has_nothing_but_its_number,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo"]).await;
        let acts = [
            reply(ids[0], "https://m.example/1", "I sign"),
            comment(ids[0], "https://m.example/2", "Hm"),
            reply(ids[1], "https://m.example/3", "I sign"),
        ];
        let acts = tx.save_acts(&acts).await.unwrap();
        for act in &acts {
            tx.save_evidence(&[(*act, evidence(b"body"))])
                .await
                .unwrap();
        }
        tx.save_comments(&[("commentxxxxxxxxx".to_owned(), acts[1])])
            .await
            .unwrap();
        let boost = |actor_id| ReachRow {
            actor_id,
            kind: ReachKind::Boost,
            object_hash: Sha256::of("o"),
            activity_hash: Sha256::of("a"),
            target: "/letter".to_owned(),
        };
        tx.save_reach(&[boost(ids[0]), boost(ids[1])])
            .await
            .unwrap();
        assert_eq!(tx.actors_who_commented("Comm", 9).await.unwrap(), ids[..1]);
        let said = tx.public_ids_of(&ids).await.unwrap();
        assert_eq!(said, ["commentxxxxxxxxx"]);
        let stored = tx.stored_about(&ids[..1]).await.unwrap();
        assert_eq!(stored["act"].as_array().unwrap().len(), 2);
        assert_eq!(stored["evidence"].as_array().unwrap().len(), 2);
        assert_eq!(stored["reach"].as_array().unwrap().len(), 1);

        tx.erase_account(ids[0], at(9)).await.unwrap();
        tx.erase_account(99, at(9)).await.unwrap();
        let ada = tx.actors_by_id(&ids[..1]).await.unwrap().remove(0);
        let empty = (ada.url.as_str(), ada.handle.as_str(), ada.name.as_str());
        assert_eq!(empty, ("", "", ""));
        assert_ne!(ada.url_hash, Sha256::of("https://m.example/ada"));
        let stored = tx.stored_about(&ids[..1]).await.unwrap();
        for table in ["evidence", "comment", "reach", "actor_key", "follower"] {
            assert_eq!(stored[table].as_array().unwrap().len(), 0, "{table}");
        }
        for act in stored["act"].as_array().unwrap() {
            assert!(act["text"].is_null() && act["object"] == "", "{act}");
            assert!(!act["ended_at"].is_null(), "{act}");
        }
        let stored = tx.stored_about(&ids[1..]).await.unwrap();
        assert_eq!(stored["evidence"].as_array().unwrap().len(), 1);
        assert_eq!(stored["reach"].as_array().unwrap().len(), 1);
    }
);

on_both!(
    people_are_found_by_name_and_with_all_of_their_accounts,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let ids = people(&mut tx, &["ada", "bo", "cy"]).await;
        let names = tx.actors_by_id(&ids[..1]).await.unwrap();
        let name = names[0].name.to_uppercase();
        assert_eq!(tx.actors_named(&name, 9).await.unwrap(), ids[..1]);
        assert!(tx.actors_named("nobody", 9).await.unwrap().is_empty());
        tx.save_move(ids[0], ids[1], at(1)).await.unwrap();
        for id in &ids[..2] {
            assert_eq!(tx.accounts_of(*id).await.unwrap(), ids[..2]);
        }
        assert_eq!(tx.accounts_of(ids[2]).await.unwrap(), ids[2..]);
    }
);

on_both!(signatories_are_found_by_id_name_and_handle, async |store| {
    let mut tx = store.write().await.unwrap();
    let mut row = signatory(1, "Jana Novak");
    row.handle = Some("JanaN".to_owned());
    tx.save_signatories(from_ref(&row)).await.unwrap();
    let id = row.public_id.to_string();
    let beginning = |length| id.get(..length).unwrap();
    for words in ["jana novak", "@janan", "JanaN", &id, beginning(5)] {
        assert_eq!(
            tx.signatories_named(words, 9).await.unwrap().len(),
            1,
            "{words}"
        );
    }
    for words in [beginning(3), "Jana", "nobody"] {
        assert!(
            tx.signatories_named(words, 9).await.unwrap().is_empty(),
            "{words}"
        );
    }
    let stored = tx.stored_about_signatory(&row.public_id).await.unwrap();
    assert_eq!(stored["signatory"][0]["name"], "Jana Novak");
});
