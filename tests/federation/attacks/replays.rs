//! Genuine requests sent again: each counts once, whoever sends it.

use url::Url;

use crate::{
    both::on_both_databases,
    federation::draft::Draft,
    support::world::{Audience, World},
};

on_both_databases!(
    a_request_that_is_sent_again_changes_nothing,
    a_replay_does_not_bring_back_what_was_undone,
    a_request_is_good_for_one_inbox,
);

async fn a_request_that_is_sent_again_changes_nothing(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let reply = ada.create(&ada.reply("I sign", Audience::Public));
    let drafts = [ada.follow(), ada.like(), reply].map(|it| Draft::genuine(&ada, &it));
    for draft in &drafts {
        assert_eq!(draft.clone().send(&world).await.unwrap(), 202);
    }
    world.settle().await;
    let before = world.endorsement(&ada);
    let sent = world.peer.request_lines();
    for draft in drafts {
        assert_eq!(draft.send(&world).await.unwrap(), 202);
    }
    world.settle().await;
    assert_eq!(world.endorsement(&ada), before);
    assert_eq!((world.endorsers().await, world.followers().await), (1, 1));
    assert_eq!(
        world.peer.request_lines(),
        sent,
        "something was answered again"
    );
    world.assert_is_sound();
}

/// Whoever recorded a request may send it again for as long as its signature holds.
async fn a_replay_does_not_bring_back_what_was_undone(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    let note = ada.reply("I sign", Audience::Public);
    let (follow, like, reply) = (ada.follow(), ada.like(), ada.create(&note));
    let ends = [ada.undo(&follow), ada.undo(&like), ada.delete(&note)];
    let drafts = [&follow, &like, &reply].map(|it| Draft::genuine(&ada, it));
    for draft in &drafts {
        assert_eq!(draft.clone().send(&world).await.unwrap(), 202);
    }
    assert_eq!((world.endorsers().await, world.followers().await), (1, 1));
    for end in &ends {
        ada.does(end).await;
    }
    assert_eq!((world.endorsers().await, world.followers().await), (0, 0));
    for draft in drafts {
        assert_eq!(draft.send(&world).await.unwrap(), 202);
    }
    assert_eq!((world.endorsers().await, world.followers().await), (0, 0));
    // The twins: the same with new ids.
    ada.does(&ada.follow()).await;
    ada.does(&ada.like()).await;
    assert_eq!((world.endorsers().await, world.followers().await), (1, 1));
    world.assert_is_sound();
}

async fn a_request_is_good_for_one_inbox(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    for (number, (made_for, sent_to)) in [("/inbox", "/actor/inbox"), ("/actor/inbox", "/inbox")]
        .into_iter()
        .enumerate()
    {
        let like = ada.like();
        let mut draft = Draft::genuine(&ada, &like);
        draft.url = Url::parse(&ada.letters(made_for)).unwrap();
        draft.sign(
            &ada,
            &["(request-target)", "host", "date", "digest"],
            "algorithm=\"rsa-sha256\"",
        );
        let mut replayed = draft.clone();
        replayed.url = Url::parse(&ada.letters(sent_to)).unwrap();
        let before = i64::from(number > 0);
        assert_eq!(replayed.send(&world).await.unwrap(), 401, "{made_for}");
        assert_eq!(world.endorsers().await, before);
        assert_eq!(draft.send(&world).await.unwrap(), 202, "{made_for}");
        assert_eq!(world.endorsers().await, 1);
    }
}
