//! Who is one person in two places: what looks note, and what ends a link without one.

use super::{
    people::{deleted, person, reply, url},
    publish::{TEXT, file, published},
    support::{DAY, HOUR, World},
};
use crate::{
    endorsement::{decide::Decision, profile_links::LinkState},
    hash::Sha256,
    register::{
        inbound::account_move::Moved,
        maintenance::links::{LinkFinding, LinkNoted, LinkedWith, note_look},
        moderation::links::add_link,
    },
    store::{LinkRow, LinkSubject, Tx},
};

const JOHN: &str = "[John Roe](https://github.com/john)";
const NEW: &str = "ada@new.example";

fn github(name: &str) -> LinkedWith {
    LinkedWith::Github {
        name: name.to_owned(),
        id: 7,
    }
}

async fn subject(tx: &mut Tx, who: &str) -> LinkSubject {
    let actor = Sha256::of(&url(who));
    tx.link_subject(&actor).await.unwrap().unwrap()
}

impl World {
    async fn row_id(&self, who: &str) -> i64 {
        self.row(who).await.id.unwrap()
    }

    async fn link(&self, who: &str) -> Option<LinkRow> {
        let id = self.row_id(who).await;
        self.read().await.link_of(id).await.unwrap()
    }

    /// The row id of the name that somebody is linked with.
    async fn name_of(&self, who: &str) -> Option<i64> {
        self.link(who).await?.signatory_id
    }

    /// Notes that a look found both sides to link each other.
    async fn finds(&self, who: &str, with: LinkedWith) -> LinkNoted {
        let mut tx = self.store.write().await.unwrap();
        let subject = subject(&mut tx, who).await;
        let finding = LinkFinding::Mutual(with);
        let noted = note_look(&mut tx, &subject, &finding, HOUR, self.now()).await;
        tx.commit().await.unwrap();
        noted.unwrap()
    }

    async fn save_link(&self, row: LinkRow) {
        let mut tx = self.store.write().await.unwrap();
        tx.save_link(&row).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn looks_ordered(&self) -> Vec<String> {
        self.column("SELECT payload FROM job WHERE kind = 'sweep_link' ORDER BY payload")
            .await
    }
}

/// A letter that John Roe signed on GitHub, and three who signed elsewhere.
async fn scene() -> World {
    let world = published(&["Jane Doe", JOHN]).await;
    for who in ["ada", "bo", "cy"] {
        world.meet(person(who)).await;
        world.take(reply(who, "1", "I sign. It matters.")).await;
    }
    world
}

#[tokio::test]
async fn an_account_is_in_one_pair_whatever_looks_found_at_the_same_time() {
    let world = scene().await;
    let [ada, bo, cy] = [
        world.row_id("ada").await,
        world.row_id("bo").await,
        world.row_id("cy").await,
    ];
    let paired = world.finds("ada", LinkedWith::Account(bo)).await.row;
    assert_eq!(paired.unwrap().other_id, Some(bo));
    // What these looks read was so before Ada's was noted.
    for (who, other) in [("bo", ada), ("bo", cy), ("cy", bo), ("cy", ada)] {
        let noted = world.finds(who, LinkedWith::Account(other)).await;
        assert_eq!((noted.row, noted.second_look), (None, None), "{who}");
    }
    // Who is in a pair stays in it at the next look.
    world.clock.advance(DAY);
    let again = world.finds("ada", LinkedWith::Account(bo)).await;
    let row = again.row.unwrap();
    assert_eq!((row.other_id, row.missed_at), (Some(bo), None));
    assert_eq!(world.read().await.linked_counts(1).await.unwrap().signed, 1);
    // Whoever has a name of the list already is nobody's other account.
    world.finds("cy", github("john")).await;
    world.take(deleted("bo", "1")).await;
    let noted = world.finds("ada", LinkedWith::Account(cy)).await;
    assert_eq!(noted.row, None);
    world.is_sound().await;
}

#[tokio::test]
async fn a_name_that_comes_later_orders_a_look_and_links_nobody() {
    let world = scene().await;
    world.sync(&file(TEXT, &["Jane Doe"])).await.unwrap();
    world.finds("ada", github("john")).await;
    assert_eq!(world.name_of("ada").await, None);
    world.sync(&file(TEXT, &["Jane Doe", JOHN])).await.unwrap();
    // The account may have been renamed since, and somebody else be John.
    assert_eq!(world.name_of("ada").await, None);
    assert_eq!(world.looks_ordered().await, [Sha256::of(&url("ada")).hex()]);
    let due = world.link("ada").await.unwrap().looked_at;
    assert!(world.now().since(due) > 30 * DAY);
    world.finds("ada", github("john")).await;
    let john = world.name_of("ada").await;
    assert!(john.is_some());
    // Renamed, it is the same account.
    world.finds("ada", github("jack")).await;
    world.finds("ada", github("jim")).await;
    assert_eq!(world.name_of("ada").await, john);
    // The name goes, and comes again as somebody's who has that account now.
    world.sync(&file(TEXT, &["Jane Doe"])).await.unwrap();
    assert_eq!(world.name_of("ada").await, None);
    world.sync(&file(TEXT, &["Jane Doe", JOHN])).await.unwrap();
    world.finds("ada", github("jim")).await;
    assert_eq!(world.name_of("ada").await, None);
    world.is_sound().await;
}

#[tokio::test]
async fn a_link_that_an_administrator_took_away_stays_away_when_somebody_comes_back() {
    let world = scene().await;
    world.finds("ada", github("john")).await;
    let row = LinkRow {
        state: LinkState::Removed,
        github: None,
        github_id: None,
        signatory_id: None,
        ..world.link("ada").await.unwrap()
    };
    world.save_link(row).await;
    world.take(deleted("ada", "1")).await;
    world.clock.advance(2 * DAY);
    world.maintain().await;
    world.meet(person("ada")).await;
    world.take(reply("ada", "2", "I sign.")).await;
    let noted = world.finds("ada", github("john")).await.row.unwrap();
    assert_eq!(
        (noted.state, noted.signatory_id),
        (LinkState::Removed, None)
    );
}

#[tokio::test]
async fn whoever_is_off_the_list_keeps_no_name_from_others() {
    for how in ["delete", "withdraw", "reject", "invalidate", "hide"] {
        let world = scene().await;
        world.finds("ada", github("john")).await;
        let john = world.name_of("ada").await;
        let bo = world.row_id("bo").await;
        world.finds("cy", LinkedWith::Account(bo)).await;
        for who in ["ada", "bo"] {
            match how {
                "delete" => world.take(deleted(who, "1")).await,
                "hide" => drop(world.decide(Decision::Hide, who).await.unwrap()),
                "reject" => drop(world.decide(Decision::Reject, who).await.unwrap()),
                "invalidate" => drop(world.decide(Decision::Invalidate, who).await.unwrap()),
                _ => drop(world.decide(Decision::Withdraw, who).await.unwrap()),
            }
        }
        if how != "hide" {
            assert_eq!(world.link("ada").await, None, "{how}");
            assert_eq!(world.link("cy").await, None, "{how}");
        }
        world.finds("cy", github("john")).await;
        assert_eq!(world.name_of("cy").await, john, "{how}");
        assert_eq!(world.name_of("ada").await, None, "{how}");
        world.is_sound().await;
    }
}

#[tokio::test]
async fn nothing_of_a_link_is_left_of_whoever_asks_for_that() {
    const RECORDS: &str = "SELECT undo FROM audit_target WHERE undo LIKE '%john%'";
    let world = scene().await;
    let john = world.named("John Roe").await;
    let mut tx = world.store.write().await.unwrap();
    let ada = subject(&mut tx, "ada").await;
    add_link(&mut tx, &ada, &john, ("john", 7), "mona", world.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(world.column(RECORDS).await.len(), 1);
    world
        .decide(Decision::WithdrawOnRequest, "ada")
        .await
        .unwrap();
    assert_eq!(world.column(RECORDS).await.len(), 0);
    assert_eq!(world.link("ada").await, None);
}

#[tokio::test]
async fn a_move_takes_no_link_along() {
    let world = scene().await;
    world.finds("ada", github("john")).await;
    let ada = world.row_id("ada").await;
    assert_eq!(world.moves("ada", NEW).await, Moved::Done);
    assert_eq!(world.row_id(NEW).await, ada);
    assert_eq!(world.link(NEW).await, None);
    assert_eq!(world.looks_ordered().await, [Sha256::of(&url(NEW)).hex()]);
    // Nor does it make another one's pair the new account's.
    let world = scene().await;
    let ada = world.row_id("ada").await;
    world.finds("bo", LinkedWith::Account(ada)).await;
    assert_eq!(world.moves("ada", NEW).await, Moved::Done);
    assert_eq!(world.link("bo").await, None);
    // What an administrator took away stays away.
    let world = scene().await;
    let noted = world.finds("ada", github("john")).await.row.unwrap();
    let removed = LinkRow {
        state: LinkState::Removed,
        ..noted
    };
    world.save_link(removed.clone()).await;
    assert_eq!(world.moves("ada", NEW).await, Moved::Done);
    assert_eq!(world.link(NEW).await, Some(removed));
    assert!(world.looks_ordered().await.is_empty());
    world.is_sound().await;
}
