//! The planned launch of a draft.

use super::{
    fixtures::{person, saved},
    on_both,
};
use undersigned::{
    clock::Millis,
    hash::Sha256,
    store::{ActorRow, LaunchRow, LaunchText, Store},
};

on_both!(
    a_planned_launch_is_there_until_it_is_forgotten,
    async |store| {
        let mut tx = store.write().await.unwrap();
        assert!(!tx.has_revision().await.unwrap());
        assert_eq!(tx.planned_launch().await.unwrap(), None);
        assert!(!tx.forget_launch().await.unwrap());
        let launch = LaunchRow {
            due_at: Millis::from_millis(9),
            planned_at: Millis::from_millis(8),
            by: "ada".to_owned(),
            heading: Some("Signed".to_owned()),
            title: "Ü".to_owned(),
            digest: "d".to_owned(),
            names: 2,
        };
        tx.plan_launch(&launch).await.unwrap();
        let text = |language: &str, source: &str| LaunchText {
            language: language.to_owned(),
            file: "letter.md".to_owned(),
            source: source.to_owned(),
        };
        let (own, german) = (text("", "# T"), text("de", "# Ü"));
        for text in [&german, &own] {
            tx.add_launch_text(text).await.unwrap();
        }
        for _twice in 0..2 {
            tx.add_launch_picture("00.png", b"\x89PNG").await.unwrap();
        }
        assert_eq!(tx.planned_launch().await.unwrap(), Some(launch));
        assert_eq!(tx.launch_texts().await.unwrap(), [own, german]);
        let pictures = tx.launch_pictures().await.unwrap();
        assert_eq!(pictures, [("00.png".to_owned(), b"\x89PNG".to_vec())]);
        assert!(tx.forget_launch().await.unwrap());
        assert_eq!(tx.planned_launch().await.unwrap(), None);
        assert!(tx.launch_texts().await.unwrap().is_empty());
        assert!(tx.launch_pictures().await.unwrap().is_empty());
    }
);

on_both!(who_was_answered_may_be_answered_again, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = saved(&mut tx, &[person("ada", "m.example")])
        .await
        .remove(0);
    let answered = ActorRow {
        answered_at: Some(Millis::from_millis(5)),
        ..ada
    };
    tx.save_notes(&[&answered]).await.unwrap();
    let hash = [Sha256::of(&answered.url)];
    let found = tx.actors(&hash).await.unwrap();
    assert_eq!(found[0].answered_at, answered.answered_at);
    tx.forget_answered().await.unwrap();
    assert_eq!(tx.actors(&hash).await.unwrap()[0].answered_at, None);
});
