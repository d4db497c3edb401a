//! What a restored backup sends and shows.

use super::{
    blocks::follow,
    people::{person, reply, url},
    publish::{TEXT, file, published, settings},
    support::{SECOND, World},
};
use crate::{
    endorsement::decide::Decision,
    hash::Sha256,
    random::PublicId,
    register::{
        InboundActivity,
        letter::signatories::HashedName,
        maintenance::restored::{Erased, RestoreOutcome, after_restore},
        moderation::{
            decisions::Action,
            names_off::{NamedPeople, NamesSwitch},
        },
        restored::Restored,
    },
    store::{SignatoryRow, Tx},
};

impl World {
    /// Restores a backup of this moment, a second later.
    async fn restore(&self, server_stopped: bool) -> RestoreOutcome {
        self.restore_with(server_stopped, &[]).await
    }

    /// The same with a list of who was taken off since.
    pub(super) async fn restore_with(
        &self,
        server_stopped: bool,
        erased: &[Erased],
    ) -> RestoreOutcome {
        let taken_at = self.now();
        self.clock.advance(SECOND);
        let restored = Restored {
            at: self.now(),
            taken_at,
            server_stopped,
        };
        let mut tx = self.store.write().await.unwrap();
        let (context, settings) = (&self.context, &settings());
        let outcome = after_restore(&mut tx, context, settings, &restored, erased, "mona").await;
        tx.commit().await.unwrap();
        outcome.unwrap()
    }
}

#[tokio::test]
async fn a_restore_publishes_nothing_whether_a_server_ran_or_not() {
    for server_stopped in [true, false] {
        let world = World::with(&["ada"]).await;
        world.take(follow("ada", "f")).await;
        world.publish(&file(TEXT, &[]), None).await.unwrap();
        let waiting = async || {
            let kinds = "SELECT kind FROM delivery JOIN activity ON activity.id = activity_id
                         WHERE state = 'queued' ORDER BY activity.id";
            world.column(kinds).await
        };
        assert_eq!(waiting().await, ["Accept", "Create"]);
        let outcome = world.restore(server_stopped).await;
        assert_eq!(outcome.dropped, 1, "{server_stopped}");
        assert_eq!(waiting().await, ["Accept"], "{server_stopped}");
    }
}

#[tokio::test]
async fn a_promoted_comment_from_before_is_a_number_until_it_was_read_again() {
    let promote = Action::Decide(Decision::Promote);
    for (server_stopped, state) in [(true, "listed Ada"), (false, "counted")] {
        let world = World::with(&["ada"]).await;
        world.take(reply("ada", "1", "What a letter")).await;
        world.restore(server_stopped).await;
        world.act(promote.clone(), "ada").await.unwrap();
        assert_eq!(world.state("ada").await, state, "{server_stopped}");
    }

    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world.restore(false).await;
    // A moderator who takes it off and puts it back shows no more of it.
    let demote = Action::Decide(Decision::Demote);
    for action in [demote, promote.clone()] {
        world.act(action, "ada").await.unwrap();
    }
    assert_eq!(world.state("ada").await, "counted");
    let mut tx = world.read().await;
    assert_eq!(tx.restored_to_read().await.unwrap(), 1);
    drop(tx);

    // What came after the restore is not older than it.
    let world = World::with(&["ada"]).await;
    world.restore(false).await;
    let later = InboundActivity {
        at: world.now(),
        ..reply("ada", "1", "What a letter")
    };
    world.take(later).await;
    world.act(promote, "ada").await.unwrap();
    assert_eq!(world.state("ada").await, "listed Ada");
}

/// What the list beside the database says about names, each a second after the one before.
fn names_list(world: &World, decisions: &[(NamesSwitch, Option<&NamedPeople>)]) -> Vec<Erased> {
    let salt = &world.context.salt;
    let mut at = world.now();
    let mut list = Vec::new();
    for (switch, people) in decisions {
        at = at.plus(SECOND);
        match people {
            Some(people) => list.extend(Erased::people(salt, *switch, people, at)),
            None => list.push(Erased::everybody(salt, *switch, at)),
        }
    }
    list
}

#[tokio::test]
async fn names_that_went_off_after_the_backup_are_off_after_its_restore() {
    use NamesSwitch::{Off, On};
    let world = published(&["Jane Doe", "John Roe"]).await;
    for who in ["ada", "bo"] {
        world.meet(person(who)).await;
        world.take(reply(who, "1", "I sign")).await;
    }
    let jane = world.named("Jane Doe").await;
    let hashed = HashedName::of(&world.context.salt, "Max Moe", None);
    // Somebody of whom the backup knows nothing, because the name came later.
    let later = SignatoryRow {
        public_id: PublicId::from("latelatelatelate".to_owned()),
        name_hash: Some(hashed.name),
        ..jane.clone()
    };
    let mut tx = world.read().await;
    let account = async |tx: &mut Tx, who: &str| NamedPeople {
        accounts: tx.actors(&[Sha256::of(&url(who))]).await.unwrap(),
        names: Vec::new(),
    };
    let (ada, bo) = (account(&mut tx, "ada").await, account(&mut tx, "bo").await);
    drop(tx);
    let names = NamedPeople {
        accounts: Vec::new(),
        names: vec![jane, later],
    };
    let list = names_list(
        &world,
        &[
            (Off, None),
            (On, None),
            (Off, Some(&ada)),
            (Off, Some(&bo)),
            (On, Some(&bo)),
            (Off, Some(&names)),
        ],
    );
    let outcome = world.restore_with(true, &list).await;
    assert_eq!(outcome.names_off, None);
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.state("bo").await, "listed Bo");
    world
        .sync(&file(TEXT, &["Jane Doe", "John Roe", "Max Moe"]))
        .await
        .unwrap();
    let shown = world.public().await.into_iter();
    let mut shown: Vec<_> = shown.filter_map(|entry| entry.name).collect();
    shown.sort();
    assert_eq!(shown, ["Bo", "John Roe"]);
    let newest = world.read().await.signatory_counts(1).await.unwrap();
    assert_eq!(newest.iter().map(|(_, n, _)| n).sum::<i64>(), 3);

    let list = names_list(&world, &[(On, Some(&ada)), (On, None), (Off, None)]);
    let outcome = world.restore_with(true, &list).await;
    assert_eq!(outcome.names_off, Some(list[2].at));
    assert!(world.public().await.is_empty());
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.check().await.findings, []);
}
