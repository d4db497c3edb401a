//! Months of operation by a clock of the test: what is no record of somebody's act goes again.

use std::{collections::BTreeMap, time::Duration};

use super::{
    people::{boost, like, person, reply, unboost, unlike, with_document},
    support::{DAY, World},
};
use crate::{register::maintenance::sweep::order_round, store::NewActor};

/// What grows with the people who act, and the days on which they do.
const RECORDS: &[&str] = &[
    "act",
    "actor",
    "actor_key",
    "day_count",
    "endorsement",
    "endorsement_search_docsize",
    "evidence",
    "history",
    "inbox",
];

/// How long settled deliveries stay, as `queue stats` needs them.
const SETTLED: Duration = Duration::from_hours(30 * 24);

/// How many rows each table has.
async fn sizes(world: &World) -> BTreeMap<String, i64> {
    const TABLES: &str = "SELECT name FROM sqlite_schema
                          WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'";
    let mut sizes = BTreeMap::new();
    for table in world.column(TABLES).await {
        let count = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}");
        let rows = world.column(Box::leak(count.into_boxed_str())).await;
        sizes.insert(table, rows[0].parse().unwrap());
    }
    sizes
}

/// One day: somebody signs and stays, somebody likes and boosts and takes both back; maintenance and the sweep run.
async fn day(world: &World, day: usize) {
    let (ada, bo) = (format!("ada{day}"), format!("bo{day}"));
    let document = |who: &str| NewActor {
        read_at: world.now(),
        ..person(who)
    };
    world
        .take(with_document(document(&ada), reply(&ada, "1", "I sign")))
        .await;
    world
        .take(with_document(document(&bo), like(&bo, "l")))
        .await;
    world.take(boost(&bo, "b", "/letter")).await;
    // The acknowledgement arrives.
    world
        .tamper("UPDATE delivery SET state = 'delivered', settled_at = queued_at")
        .await;
    world.clock.advance(DAY / 2);
    world.take(unlike(&bo, "l")).await;
    world.take(unboost(&bo, "b")).await;
    world.clock.advance(DAY / 2);
    world.maintain().await;
    order_round(&world.store, 7 * DAY, world.now())
        .await
        .unwrap();
    let mut tx = world.store.write().await.unwrap();
    tx.forget_settled(world.now().minus(SETTLED)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn months_leave_nothing_growing_but_records_of_acts() {
    let world = World::new().await;
    let mut months = Vec::new();
    for month in 0..4 {
        for n in 0..30 {
            day(&world, month * 30 + n).await;
        }
        months.push(sizes(&world).await);
    }
    let (second, fourth) = (&months[1], &months[3]);
    let grew = |table: &&String| fourth[*table] > second[*table];
    // The index of words is kept by SQLite itself, in pieces that it merges.
    let growing: Vec<_> = fourth
        .keys()
        .filter(grew)
        .filter(|table| !table.starts_with("endorsement_search_") || table.ends_with("docsize"))
        .map(String::as_str)
        .collect();
    assert_eq!(growing, RECORDS);
    // Two people a day came, and who left is one of them.
    assert_eq!(fourth["actor"] - second["actor"], 120);
    assert_eq!(fourth["evidence"] - second["evidence"], 60);
}
