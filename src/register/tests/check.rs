//! `undersigned check`: manipulated rows are found and repaired.

use super::{
    people::{like, reply},
    support::World,
};
use crate::register::maintenance::check::repair;

/// The finding when the one counted signature has a history that does not lead to it.
const COUNTED: &str = "counted: 1 signed, 0 like it, 0 organisations; \
                       by their histories: 0 signed, 0 like it, 0 organisations";

async fn listed() -> World {
    let world = World::with(&["ada"]).await;
    world.take(like("ada", "l1")).await;
    world.take(reply("ada", "1", "I sign")).await;
    world
        .decide(crate::endorsement::decide::Decision::Hide, "ada")
        .await
        .unwrap();
    world
        .decide(crate::endorsement::decide::Decision::Unhide, "ada")
        .await
        .unwrap();
    world
}

async fn problems(world: &World) -> Vec<String> {
    let report = world.check().await;
    assert_eq!(report.endorsements, 1);
    report
        .findings
        .into_iter()
        .map(|finding| finding.problem)
        .collect()
}

#[tokio::test]
async fn a_register_that_agrees_has_no_findings_and_looking_changes_nothing() {
    let world = listed().await;
    let before = world.row("ada").await;
    assert!(problems(&world).await.is_empty());
    assert_eq!(world.row("ada").await, before);
}

#[tokio::test]
async fn what_was_tampered_with_is_found_and_put_right() {
    let table = [
        (
            "UPDATE endorsement SET state = 'counted'",
            vec![
                "is counted, but its acts amount to listed",
                "is counted, but its history ends with listed",
            ],
        ),
        (
            "UPDATE act SET ended_at = 1, ended_by = 'undo'",
            vec!["is listed, but its acts amount to withdrawn"],
        ),
        (
            "UPDATE endorsement SET shown_words = 'somebody else'",
            vec!["is found by words that it does not have"],
        ),
        (
            "DELETE FROM history WHERE id = 2",
            vec!["has a gap in its history", COUNTED],
        ),
        (
            "DELETE FROM history WHERE id = 1",
            vec!["has a gap in its history", COUNTED],
        ),
        (
            "DELETE FROM history WHERE id = 3",
            vec!["is listed, but its history ends with hidden", COUNTED],
        ),
        (
            "DELETE FROM history",
            vec!["is listed, but its history ends with nothing", COUNTED],
        ),
        (
            "UPDATE total SET n = 5 WHERE name = 'followers'",
            vec!["kept: 5 followers; counted: 0"],
        ),
        (
            "UPDATE endorsement_count SET n = 3 WHERE n = 1",
            vec!["kept: 3 listed persons who signed revision 1; counted: 1"],
        ),
        (
            "DELETE FROM total WHERE name = 'boosts'",
            vec!["kept: nothing boosts; counted: 0"],
        ),
    ];
    for (tampering, expected) in table {
        let world = listed().await;
        world.tamper(tampering).await;
        assert_eq!(problems(&world).await, expected, "{tampering}");
        let report = repair(&world.store, &world.context, world.now())
            .await
            .unwrap();
        assert_eq!(report.repaired, 1, "{tampering}");
        assert_eq!(problems(&world).await, Vec::<String>::new(), "{tampering}");
        let again = repair(&world.store, &world.context, world.now())
            .await
            .unwrap();
        assert_eq!(again.repaired, 0, "{tampering}");
    }
}

#[tokio::test]
async fn a_hidden_row_that_was_put_on_the_list_by_hand_is_hidden_again() {
    let world = listed().await;
    world
        .decide(crate::endorsement::decide::Decision::Hide, "ada")
        .await
        .unwrap();
    world
        .tamper("UPDATE endorsement SET state = 'listed'")
        .await;
    repair(&world.store, &world.context, world.now())
        .await
        .unwrap();
    assert_eq!(world.state("ada").await, "hidden");
}
