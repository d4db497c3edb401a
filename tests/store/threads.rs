//! Posts of others in the threads below our posts.

use super::{
    fixtures::{comment, people},
    on_both,
};
use undersigned::{
    hash::Sha256,
    store::{ActRow, Store},
};

on_both!(a_thread_is_read_by_what_it_answers, async |store| {
    let mut tx = store.write().await.unwrap();
    let ids = people(&mut tx, &["bo"]).await;
    let below = |number: i64, target: &str| ActRow {
        target: target.to_owned(),
        ..comment(ids[0], &format!("https://m.example/{number}"), "Why?")
    };
    let acts = [
        below(1, "/letter"),
        below(2, "/posts/1"),
        below(3, "/posts/2"),
    ];
    let saved = tx.save_acts(&acts).await.unwrap();
    let comments: Vec<_> = saved.iter().map(|id| (format!("c{id}"), *id)).collect();
    tx.save_comments(&comments).await.unwrap();
    let found = tx.thread_post(&Sha256::of("https://m.example/1")).await;
    let found = found.unwrap().unwrap();
    assert_eq!(
        (found.target.as_str(), found.visibility.as_str()),
        ("/letter", "public")
    );
    assert_eq!(found.public_id.as_ref(), Some(&comments[0].0));
    let none = tx.thread_post(&Sha256::of("https://m.example/9")).await;
    assert_eq!(none.unwrap(), None);
    let paths = ["/posts/1".to_owned(), "/posts/2".to_owned()];
    for (limit, expected) in [(9, vec![2, 3]), (1, vec![2])] {
        let below = tx.thread_posts_below(&paths, limit).await.unwrap();
        let objects: Vec<_> = below.into_iter().map(|post| post.object).collect();
        let expected: Vec<_> = expected
            .into_iter()
            .map(|number| format!("https://m.example/{number}"))
            .collect();
        assert_eq!(objects, expected);
    }
});
