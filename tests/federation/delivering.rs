//! What we send, and what becomes of it at servers of other habits (F-160 … F-164).

use undersigned::signature::Scheme;

use crate::scene::Scene;

on_both_databases!(a_server_that_takes_rfc_9421_alone_gets_a_second_knock_once);

async fn a_server_that_takes_rfc_9421_alone_gets_a_second_knock_once(database: &str) {
    let scene = Scene::new(database).await;
    scene.peer.accept_only(Scheme::Rfc9421);
    let (ada, bob) = (scene.person("Ada Lovelace"), scene.person("Bob"));
    ada.does(&ada.follow()).await;
    scene.settle().await;
    bob.does(&bob.follow()).await;
    scene.settle().await;
    let answers: Vec<_> = scene.peer.deliveries("Accept");
    let answers: Vec<_> = answers
        .iter()
        .map(|it| (it.inbox.as_str(), it.answer))
        .collect();
    let expected = [
        ("/users/ada/inbox", 401),
        ("/users/ada/inbox", 202),
        ("/users/bob/inbox", 202),
    ];
    assert_eq!(answers, expected);
    // The second knock is no attempt of its own: nothing waited for a date.
    assert_eq!(scene.letter.json(&["queue", "stats"])["delivered"], 2);
}
