//! Good requests once more: each counts once, whoever sends it again (F-224, F-232).

use url::Url;

use crate::{
    careless::Draft,
    scene::{Audience, Scene},
};

on_both_databases!(
    a_request_that_is_sent_again_changes_nothing,
    what_was_taken_back_does_not_come_back_with_an_old_request,
    a_request_is_good_for_one_inbox,
);

async fn a_request_that_is_sent_again_changes_nothing(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let reply = ada.create(&ada.reply("I sign", Audience::Public));
    let drafts = [ada.follow(), ada.like(), reply].map(|it| Draft::genuine(&ada, &it));
    for draft in &drafts {
        assert_eq!(draft.clone().send(&scene).await.unwrap(), 202);
    }
    scene.settle().await;
    let before = scene.endorsement(&ada);
    let sent = scene.peer.requests();
    for draft in drafts {
        assert_eq!(draft.send(&scene).await.unwrap(), 202);
    }
    scene.settle().await;
    assert_eq!(scene.endorsement(&ada), before);
    assert_eq!((scene.endorsers().await, scene.followers().await), (1, 1));
    assert_eq!(scene.peer.requests(), sent, "something was answered again");
    scene.assert_is_sound();
}

async fn what_was_taken_back_does_not_come_back_with_an_old_request(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
    let note = ada.reply("I sign", Audience::Public);
    let (follow, like, reply) = (ada.follow(), ada.like(), ada.create(&note));
    let ends = [ada.undo(&follow), ada.undo(&like), ada.delete(&note)];
    let drafts = [&follow, &like, &reply].map(|it| Draft::genuine(&ada, it));
    for draft in &drafts {
        assert_eq!(draft.clone().send(&scene).await.unwrap(), 202);
    }
    assert_eq!((scene.endorsers().await, scene.followers().await), (1, 1));
    for end in &ends {
        ada.does(end).await;
    }
    assert_eq!((scene.endorsers().await, scene.followers().await), (0, 0));
    for draft in drafts {
        assert_eq!(draft.send(&scene).await.unwrap(), 202);
    }
    assert_eq!((scene.endorsers().await, scene.followers().await), (0, 0));
    // The twins: the same with new ids.
    ada.does(&ada.follow()).await;
    ada.does(&ada.like()).await;
    assert_eq!((scene.endorsers().await, scene.followers().await), (1, 1));
    scene.assert_is_sound();
}

async fn a_request_is_good_for_one_inbox(database: &str) {
    let scene = Scene::new(database).await;
    let ada = scene.person("Ada Lovelace");
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
        assert_eq!(replayed.send(&scene).await.unwrap(), 401, "{made_for}");
        assert_eq!(scene.endorsers().await, before);
        assert_eq!(draft.send(&scene).await.unwrap(), 202, "{made_for}");
        assert_eq!(scene.endorsers().await, 1);
    }
}
