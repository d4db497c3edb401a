//! Long ids and texts of others: no index of PostgreSQL, whose rows are limited, covers them.

use std::slice::from_ref;

use super::{
    fixtures::{at, endorsement, evidence, person, reply, saved, signatory},
    on_both,
    outgoing::activity,
    sql,
};
use undersigned::{
    hash::Sha256,
    random::{Random as _, SeededRandom},
    store::{
        DeliveryOutcome, EndorsementFilter, EndorsementRow, FollowerRow, HostRow, JobLane,
        NewActivity, NewActor, NewDelivery, NewJob, Settled, SignatoryRow, Store,
    },
};

/// This many letters that no database can compress.
fn noise(seed: u64, length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = vec![0; length];
    SeededRandom::new(seed).fill(&mut bytes);
    bytes
        .iter()
        .map(|it| char::from(LETTERS[usize::from(it & 63)]))
        .collect()
}

/// The longest id that is accepted: 2,048 bytes.
fn long_id(seed: u64) -> String {
    const HEAD: &str = "https://m.example/";
    format!("{HEAD}{}", noise(seed, 2_048 - HEAD.len()))
}

fn long_host(seed: u64) -> HostRow {
    let name = format!("{}.example", noise(seed, 2_000).to_lowercase());
    HostRow {
        authority: name.clone(),
        domain: name.clone(),
        name,
    }
}

fn long_person(seed: u64) -> NewActor {
    NewActor {
        url: long_id(seed),
        host: long_host(seed),
        handle: noise(seed + 1, 4_000),
        name: noise(seed + 2, 4_000),
        page: Some(long_id(seed + 3)),
        inbox: (long_id(seed + 4), long_host(seed + 5)),
        shared_inbox: Some((long_id(seed + 6), long_host(seed + 7))),
        followers: Some(long_id(seed + 8)),
        keys: vec![(long_id(seed + 9), noise(seed + 10, 8_000))],
        ..person("ada", "m.example")
    }
}

on_both!(
    people_acts_and_endorsements_take_the_longest_ids,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let told = long_person(100);
        let row = saved(&mut tx, from_ref(&told)).await.remove(0);
        assert_eq!(
            (&row.url, &row.handle, &row.name),
            (&told.url, &told.handle, &told.name)
        );
        let key = tx
            .keys(from_ref(&Sha256::of(&told.keys[0].0)))
            .await
            .unwrap()
            .pop()
            .unwrap();
        assert_eq!((&key.key_id, &key.actor), (&told.keys[0].0, &told.url));
        let follower = FollowerRow {
            actor_id: row.id,
            follow_id: Some(long_id(1)),
            since: at(0),
        };
        tx.save_followers(&[follower]).await.unwrap();

        let mut act = reply(row.id, &long_id(2), &noise(3, 50_000));
        act.activity = Some(long_id(4));
        act.target = noise(5, 2_048);
        act.warning = Some(noise(6, 5_000));
        let act_id = tx.save_acts(from_ref(&act)).await.unwrap()[0];
        let found = sql::all_acts(&mut tx, row.id).await.remove(0);
        assert_eq!(
            (&found.object, &found.activity),
            (&act.object, &act.activity)
        );
        let mut request = evidence(noise(7, 100_000).as_bytes());
        request.key_id = long_id(8);
        request.path = long_id(9);
        tx.save_evidence(&[(act_id, request.clone())])
            .await
            .unwrap();
        assert_eq!(tx.evidence(act_id).await.unwrap(), Some(request));

        // The skeleton of a name can be longer than the name.
        let skeleton = noise(10, 9_000);
        let given = EndorsementRow {
            name: Some(noise(11, 4_000)),
            name_skeleton: Some(skeleton.clone()),
            declared_name: Some(noise(12, 4_000)),
            declared_affiliation: Some(noise(13, 4_000)),
            statement: Some(noise(14, 50_000)),
            act_id: Some(act_id),
            ..endorsement(row.id, "")
        };
        tx.save_endorsements(&[given]).await.unwrap();
        let taken = tx.names_taken(&[skeleton]).await.unwrap();
        assert_eq!(taken[0].1, Some(row.id));
        let by_actor = EndorsementFilter {
            actor: Some(told.url.clone()),
            ..EndorsementFilter::default()
        };
        assert_eq!(
            tx.list(&by_actor, 5).await.unwrap()[0].object,
            Some(act.object)
        );
    }
);

on_both!(names_of_the_letters_list_may_be_long, async |store| {
    let mut tx = store.write().await.unwrap();
    let long = SignatoryRow {
        name: noise(1, 4_000),
        skeleton: noise(2, 9_000),
        affiliation: Some(noise(3, 4_000)),
        url: Some(long_id(4)),
        ..signatory(1, "")
    };
    tx.save_signatories(from_ref(&long)).await.unwrap();
    assert_eq!(tx.names_taken(&[long.skeleton]).await.unwrap().len(), 1);
});

on_both!(
    what_we_send_about_the_longest_ids_is_queued,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let row = saved(&mut tx, &[long_person(200)]).await.remove(0);
        let sent = NewActivity {
            subject: long_id(1),
            body: noise(2, 100_000),
            to: vec![NewDelivery {
                inbox_id: row.inbox_id,
                host_id: row.inbox_host_id,
            }],
            ..activity("/activities/1", "")
        };
        tx.send(from_ref(&sent)).await.unwrap();
        let due = tx
            .due_deliveries(&[row.inbox_host_id], at(0), 5)
            .await
            .unwrap();
        let bodies = tx.bodies_of(&[due[0].activity_id]).await.unwrap();
        assert_eq!(bodies[0].1, sent.body);
        assert_eq!(due[0].inbox, long_person(200).inbox.0);
        let refused = Settled {
            inbox_id: due[0].inbox_id,
            delivery_id: due[0].id,
            outcome: DeliveryOutcome::Refused,
            due_at: at(0),
            status: Some(400),
            body: noise(3, 4_000),
        };
        tx.settle("w", at(1), &[refused], &[]).await.unwrap();
        let job = NewJob {
            kind: "refresh".to_owned(),
            key_hash: Sha256::of(&long_id(4)),
            payload: noise(5, 100_000),
            due_at: at(0),
            domain: None,
        };
        tx.add_jobs(from_ref(&job)).await.unwrap();
        let leased = tx
            .lease_jobs("w", JobLane::Main, at(0), at(9), 1)
            .await
            .unwrap();
        assert_eq!(leased[0].payload, job.payload);
    }
);
