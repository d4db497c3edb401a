//! The issues of forges whose comments sign.

use super::{fixtures::at, on_both};
use undersigned::{
    config::ForgeKind,
    store::{ForgeThreadRow, MissingComment, Store},
};

const THREAD: &str = "https://f.example/a/b/issues/1";

on_both!(a_thread_is_kept_as_it_was_read, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.forge_thread(THREAD).await.unwrap(), None);
    tx.note_forge_hook(THREAD, at(3)).await.unwrap();
    let row = ForgeThreadRow {
        url: THREAD.to_owned(),
        kind: Some(ForgeKind::Forgejo),
        issue: Some(8),
        comments: Some(5),
        locked: true,
        since: Some(at(1)),
        etag: Some("W/\"x\"".to_owned()),
        tried_at: Some(at(4)),
        read_at: Some(at(4)),
        whole_at: Some(at(2)),
        hook_at: Some(at(3)),
        newest_at: Some(at(6)),
        trouble: None,
        trouble_at: None,
    };
    tx.save_forge_thread(&ForgeThreadRow {
        hook_at: None,
        ..row.clone()
    })
    .await
    .unwrap();
    assert_eq!(tx.forge_thread(THREAD).await.unwrap(), Some(row.clone()));
    let troubled = ForgeThreadRow {
        trouble: Some("gone".to_owned()),
        trouble_at: Some(at(9)),
        hook_at: Some(at(10)),
        ..row
    };
    tx.save_forge_thread(&troubled).await.unwrap();
    tx.note_forge_hook(THREAD, at(10)).await.unwrap();
    assert_eq!(tx.forge_thread(THREAD).await.unwrap(), Some(troubled));
});

on_both!(
    a_missing_comment_is_missing_since_the_first_look,
    async |store| {
        let mut tx = store.write().await.unwrap();
        tx.note_forge_hook(THREAD, at(1)).await.unwrap();
        let comment = format!("{THREAD}#issuecomment-2");
        assert_eq!(
            tx.miss_comment(THREAD, &comment, at(5)).await.unwrap(),
            at(5)
        );
        assert_eq!(
            tx.miss_comment(THREAD, &comment, at(7)).await.unwrap(),
            at(5)
        );
        assert_eq!(tx.missing_comments(THREAD, at(4), 9).await.unwrap(), []);
        let missing = MissingComment {
            comment: comment.clone(),
            missed_at: at(5),
        };
        assert_eq!(
            tx.missing_comments(THREAD, at(5), 9).await.unwrap(),
            [missing]
        );
        tx.find_comment(&comment).await.unwrap();
        assert_eq!(tx.missing_comments(THREAD, at(9), 9).await.unwrap(), []);
    }
);
