//! Months of operation: what is not a record of somebody's act goes again.

use std::collections::BTreeMap;

use super::{
    people::{boost, like, person, reply, unboost, unlike, with_document},
    support::{DAY, World},
};
use crate::register::maintenance::sweep::order_round;

/// How many rows each table has.
async fn sizes(world: &World) -> BTreeMap<String, i64> {
    let tables = world
        .column("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
        .await;
    let mut sizes = BTreeMap::new();
    for table in tables {
        let count = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}");
        let rows = world.column(Box::leak(count.into_boxed_str())).await;
        sizes.insert(table, rows[0].parse().unwrap());
    }
    sizes
}

#[tokio::test]
async fn three_months_of_people_who_come_and_go_leave_only_that_they_did() {
    let world = World::new().await;
    let mut after = Vec::new();
    for day in 0..150 {
        let name = |who: &str| format!("{who}{day}");
        for who in ["ada", "bo", "cy"] {
            let document = crate::store::NewActor {
                read_at: world.now(),
                ..person(&name(who))
            };
            let first = match who {
                "ada" => reply(&name(who), "1", "I sign"),
                "bo" => like(&name(who), "l"),
                _ => boost(&name(who), "b", "/letter"),
            };
            world.take(with_document(document, first)).await;
        }
        world.clock.advance(DAY / 2);
        world.take(unlike(&name("bo"), "l")).await;
        world.take(unboost(&name("cy"), "b")).await;
        world.clock.advance(DAY / 2);
        world.maintain().await;
        order_round(&world.store, 7 * DAY, world.now())
            .await
            .unwrap();
        if day % 30 == 29 {
            after.push(sizes(&world).await);
        }
    }
    for (table, n) in &after[2] {
        let more: Vec<i64> = after.iter().map(|sizes| sizes[table]).collect();
        eprintln!("{table} {more:?} {n}");
    }
    panic!("look");
}
