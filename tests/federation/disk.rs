//! A disk that fills up, and one that fails: whoever leaves is heard for as long as SQLite takes anything, everybody
//! is asked to come again, and when there is room everything goes on by itself.

use reqwest::StatusCode;
use tokio::task::JoinSet;

use crate::support::{
    failing_disk::FailingDisk,
    program::eventually,
    small_disk::SmallDisk,
    sql,
    world::{Person, World},
};

/// The size of the disk in MiB: with less than 32 of them free it counts as full.
const SIZE: u32 = 96;

/// Sends an activity and gives the status with `Retry-After`.
async fn answer(person: &Person, activity: &serde_json::Value) -> (StatusCode, Option<String>) {
    let (url, headers, body) = person.signed("/inbox", activity);
    let request = person.client.post(url).headers(headers).body(body);
    let answer = request.send().await.unwrap();
    let wait = answer.headers().get("retry-after");
    let wait = wait.map(|it| it.to_str().unwrap().to_owned());
    (answer.status(), wait)
}

async fn until(person: &Person, activity: &serde_json::Value, status: u16) {
    eventually("the answer", async || {
        let answer = answer(person, activity).await;
        match answer.0.as_u16() {
            503 => assert!(answer.1.is_some(), "503 without Retry-After"),
            other => assert_eq!(other, status),
        }
        (answer.0 == status).then_some(())
    })
    .await;
}

/// The disk is looked at once a second, and what fits into the log until then is taken.
async fn counts_as_full(person: &Person) {
    eventually("the disk counts as full", async || {
        (answer(person, &person.follow()).await.0 == 503).then_some(())
    })
    .await;
}

async fn ready(world: &World, status: u16) {
    eventually("ready or not", async || {
        let answer = world.letter.get("/readyz", None).await;
        let says_when = !answer.header("retry-after").is_empty();
        assert_eq!(says_when, answer.status == 503);
        (answer.status == status).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_leaves_is_heard_on_a_disk_that_is_nearly_full() {
    let Some(disk) = SmallDisk::of(SIZE) else {
        return;
    };
    let database = disk.database();
    let world = World::new(&database).await;
    let (ada, bo) = (world.person("Ada Lovelace"), world.person("Bo Diddley"));
    let like = ada.like();
    ada.does(&like).await;
    disk.fill(8 << 20);
    counts_as_full(&bo).await;
    let rows = sql::number_at(&database, "SELECT COUNT(*) FROM journal").await;
    for _ in 0..5 {
        until(&bo, &bo.follow(), 503).await;
    }
    ada.does(&ada.undo(&like)).await;
    assert_eq!(world.endorsers().await, 0);
    let printed = world.letter.command(&["status"]);
    assert!(
        printed.stdout.contains("but what leaves"),
        "{}",
        printed.stdout
    );
    let now = sql::number_at(&database, "SELECT COUNT(*) FROM journal").await;
    assert_eq!(now, rows, "the log was written on a full disk");
    disk.empty();
    until(&bo, &bo.like(), 202).await;
    assert_eq!(world.endorsers().await, 1);
    // What is sent waits for room, too, and goes out.
    until(&bo, &bo.follow(), 202).await;
    world.delivered("Accept").await;
    world.assert_is_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_disk_that_is_full_and_freed_ten_times_under_load_stops_nobody_for_good() {
    let Some(disk) = SmallDisk::of(SIZE) else {
        return;
    };
    let world = World::new(&disk.database()).await;
    let mut taken = 0;
    for round in 0..10 {
        let mut likes = JoinSet::new();
        for fan in 0..8 {
            let fan = world.person(&format!("Fan{round}x{fan} of many"));
            likes.spawn(async move {
                let like = fan.like();
                loop {
                    match fan.sends("/inbox", &like).await.map(|it| it.as_u16()) {
                        Some(202) => return fan,
                        Some(503) => (),
                        other => panic!("{other:?}"),
                    }
                }
            });
        }
        disk.fill(0);
        let ada = world.person(&format!("Ada{round} of many"));
        counts_as_full(&ada).await;
        disk.empty();
        while let Some(fan) = likes.join_next().await {
            let fan = fan.unwrap();
            taken += 1;
            assert_eq!(world.state(&fan), "listed");
        }
        until(&ada, &ada.follow(), 202).await;
    }
    assert_eq!(world.endorsers().await, taken);
    ready(&world, 200).await;
    world.assert_is_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_starts_on_a_full_disk_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::of(SIZE) else {
        return;
    };
    let mut world = World::new(&disk.database()).await;
    let (ada, bo) = (world.person("Ada Lovelace"), world.person("Bo Diddley"));
    let like = ada.like();
    ada.does(&like).await;
    world.letter.stop().await;
    disk.fill(0);
    let (code, log) = world.letter.serve_in_vain().await;
    assert_eq!(code, Some(1), "{log}");
    assert!(log.contains("disk"), "{log}");
    // With room for SQLite's own files it starts, and hears those who leave.
    disk.empty();
    disk.fill(4 << 20);
    world.letter.serve().await;
    counts_as_full(&bo).await;
    ada.does(&ada.undo(&like)).await;
    disk.empty();
    until(&bo, &bo.like(), 202).await;
    assert_eq!(world.endorsers().await, 1);
    world.assert_is_sound();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_errors_of_the_disk_everything_goes_on() {
    // EIO and ENOSPC.
    for code in [5, 28] {
        let (_folder, database) = crate::support::database::sqlite();
        let disk = FailingDisk::new(&database);
        let mut world = World::new(&database).await;
        world.letter.stop().await;
        let wrapper = disk.wrapper();
        world
            .letter
            .serve_under(&wrapper.iter().map(String::as_str).collect::<Vec<_>>());
        world.letter.serve().await;
        let (ada, bo) = (world.person("Ada Lovelace"), world.person("Bo Diddley"));
        let like = ada.like();
        ada.does(&like).await;
        disk.fails_with(code);
        until(&bo, &bo.like(), 503).await;
        until(&ada, &ada.undo(&like), 503).await;
        ready(&world, 503).await;
        disk.works();
        ready(&world, 200).await;
        until(&bo, &bo.like(), 202).await;
        let undo = ada.undo(&like);
        until(&ada, &undo, 202).await;
        assert_eq!(world.endorsers().await, 1, "{code}");
        world.assert_is_sound();
    }
}
