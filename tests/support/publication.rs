//! The letter published past the program, as `letter publish` does it.

use undersigned::{
    activitystreams::Urls,
    clock::Millis,
    endorsement::policy::LetterState,
    hash::Salt,
    letter,
    random::Random,
    register::letter::{
        note::NoteSettings,
        publish::{Doubt, PublishOrder, RevisionKind, publish},
    },
    store::Tx,
};

/// Publishes this text as the first revision or as a correction of the one before, which it must differ from.
pub(crate) async fn publish_letter(
    tx: &mut Tx,
    urls: &Urls,
    random: &dyn Random,
    now: Millis,
    source: &str,
) {
    let letter = letter::parse(source.as_bytes(), None).unwrap();
    let order = PublishOrder {
        letter: &letter,
        source,
        pictures: &[],
        on_github: false,
        keeps_names: false,
        salt: &Salt::new("salt"),
        tell: false,
        kind: Some(RevisionKind::Typo),
        note: None,
        doubt: Doubt::Overruled,
        by: "test".to_owned(),
    };
    let settings = NoteSettings::default();
    let open = LetterState::Open;
    let published = publish(tx, urls, &settings, random, now, open, &order).await;
    assert!(published.unwrap().0.revision.is_some(), "nothing new");
}
