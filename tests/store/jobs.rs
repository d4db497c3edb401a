//! Jobs.

use super::{fixtures::at, on_both};
use undersigned::{
    hash::Sha256,
    store::{JobLane, JobRow, NewJob, Store},
};

fn job(key: &str, due: i64) -> NewJob {
    NewJob {
        kind: "refresh".to_owned(),
        key_hash: Sha256::of(key),
        payload: format!("{{\"of\":\"{key}\"}}"),
        due_at: at(due),
        domain: None,
    }
}

fn payloads(jobs: &[JobRow]) -> Vec<&str> {
    let mut payloads: Vec<_> = jobs.iter().map(|it| it.payload.as_str()).collect();
    payloads.sort_unstable();
    payloads
}

on_both!(the_same_job_waits_once, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.add_jobs(&[]).await.unwrap(), 0);
    assert_eq!(tx.add_jobs(&[job("a", 0), job("b", 0)]).await.unwrap(), 2);
    assert_eq!(tx.add_jobs(&[job("b", 5), job("c", 0)]).await.unwrap(), 1);
    assert_eq!(
        tx.lease_jobs("w", JobLane::Main, at(0), at(9), 10)
            .await
            .unwrap()
            .len(),
        3
    );
});

on_both!(
    a_leased_job_belongs_to_one_worker_until_its_lease_runs_out,
    async |store| {
        let mut tx = store.write().await.unwrap();
        tx.add_jobs(&[job("a", 0), job("b", 100)]).await.unwrap();
        let leased = tx
            .lease_jobs("one", JobLane::Main, at(1), at(10), 10)
            .await
            .unwrap();
        assert_eq!(payloads(&leased), ["{\"of\":\"a\"}"]);
        let row = &leased[0];
        assert_eq!((row.kind.as_str(), row.attempts), ("refresh", 1));
        assert!(
            tx.lease_jobs("two", JobLane::Main, at(9), at(20), 10)
                .await
                .unwrap()
                .is_empty()
        );
        let taken_over = tx
            .lease_jobs("two", JobLane::Main, at(10), at(20), 10)
            .await
            .unwrap();
        assert_eq!((taken_over[0].id, taken_over[0].attempts), (row.id, 2));
    }
);

on_both!(it_is_known_when_a_job_is_due, async |store| {
    let mut tx = store.write().await.unwrap();
    let (one, other) = (job("a", 7), job("b", 9));
    tx.add_jobs(std::slice::from_ref(&one)).await.unwrap();
    // One that was added before keeps its time.
    tx.add_jobs(&[job("a", 8)]).await.unwrap();
    assert_eq!(tx.job_due(&one.key_hash).await.unwrap(), Some(at(7)));
    assert_eq!(tx.job_due(&other.key_hash).await.unwrap(), None);
});

on_both!(the_oldest_jobs_go_first, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.add_jobs(&[job("c", 3), job("a", 1), job("b", 2)])
        .await
        .unwrap();
    let leased = tx
        .lease_jobs("w", JobLane::Main, at(5), at(9), 2)
        .await
        .unwrap();
    assert_eq!(payloads(&leased), ["{\"of\":\"a\"}", "{\"of\":\"b\"}"]);
});

on_both!(a_failed_job_waits_until_it_is_due, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.add_jobs(&[job("a", 0)]).await.unwrap();
    let id = tx
        .lease_jobs("w", JobLane::Main, at(0), at(10), 1)
        .await
        .unwrap()[0]
        .id;
    tx.retry_job(id, at(50)).await.unwrap();
    assert!(
        tx.lease_jobs("w", JobLane::Main, at(49), at(60), 1)
            .await
            .unwrap()
            .is_empty()
    );
    let again = tx
        .lease_jobs("w", JobLane::Main, at(50), at(60), 1)
        .await
        .unwrap();
    assert_eq!(again[0].attempts, 2);
});

on_both!(
    a_worker_that_stops_gives_its_own_jobs_back_uncounted,
    async |store| {
        let mut tx = store.write().await.unwrap();
        tx.add_jobs(&[job("a", 0)]).await.unwrap();
        tx.lease_jobs("one", JobLane::Main, at(0), at(100), 1)
            .await
            .unwrap();
        assert_eq!(tx.release_jobs("two").await.unwrap(), 0);
        assert_eq!(tx.release_jobs("one").await.unwrap(), 1);
        let leased = tx
            .lease_jobs("two", JobLane::Main, at(1), at(100), 1)
            .await
            .unwrap();
        assert_eq!(leased[0].attempts, 1);
    }
);

on_both!(a_finished_job_is_gone_and_may_come_again, async |store| {
    let mut tx = store.write().await.unwrap();
    tx.add_jobs(&[job("a", 0), job("b", 0)]).await.unwrap();
    let leased = tx
        .lease_jobs("w", JobLane::Main, at(0), at(9), 9)
        .await
        .unwrap();
    let ids: Vec<_> = leased.iter().map(|it| it.id).collect();
    assert_eq!(tx.finish_jobs(&[]).await.unwrap(), 0);
    assert_eq!(tx.finish_jobs(&ids).await.unwrap(), 2);
    assert_eq!(tx.finish_jobs(&ids).await.unwrap(), 0);
    assert_eq!(tx.add_jobs(&[job("a", 0)]).await.unwrap(), 1);
});

on_both!(
    the_next_job_is_due_when_its_date_and_its_lease_have_passed,
    async |store| {
        let mut tx = store.write().await.unwrap();
        assert_eq!(tx.next_job(JobLane::Main).await.unwrap(), None);
        tx.add_jobs(&[job("a", 5), job("b", 50)]).await.unwrap();
        assert_eq!(tx.next_job(JobLane::Main).await.unwrap(), Some(at(5)));
        tx.lease_jobs("w", JobLane::Main, at(5), at(30), 9)
            .await
            .unwrap();
        assert_eq!(tx.next_job(JobLane::Main).await.unwrap(), Some(at(30)));
    }
);

on_both!(the_sweep_has_a_lane_of_its_own, async |store| {
    let mut tx = store.write().await.unwrap();
    let sweep = NewJob {
        kind: "sweep_look".to_owned(),
        ..job("s", 3)
    };
    tx.add_jobs(&[job("a", 5), sweep]).await.unwrap();
    for (lane, due, payload) in [
        (JobLane::Main, 5, "{\"of\":\"a\"}"),
        (JobLane::Sweep, 3, "{\"of\":\"s\"}"),
    ] {
        assert_eq!(tx.next_job(lane).await.unwrap(), Some(at(due)));
        let leased = tx.lease_jobs("w", lane, at(9), at(20), 9).await.unwrap();
        assert_eq!(payloads(&leased), [payload]);
    }
});

on_both!(
    a_domain_has_two_jobs_of_the_sweep_at_a_time,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let of = |domain: &str, kind: &str, key: &str, due| NewJob {
            kind: kind.to_owned(),
            domain: Some(domain.to_owned()),
            ..job(key, due)
        };
        let mut jobs: Vec<_> = (1..=4)
            .map(|n| of("big.example", "sweep_look", &format!("b{n}"), n))
            .collect();
        jobs.push(of("big.example", "sweep_link", "b0", 0));
        jobs.push(of("small.example", "sweep_look", "s", 5));
        jobs.push(job("nobody", 6));
        for main in ["m1", "m2", "m3"] {
            jobs.push(of("big.example", "actor_again", main, 0));
        }
        tx.add_jobs(&jobs).await.unwrap();
        let big = "big.example".to_owned();
        let small = "small.example".to_owned();
        let looks = tx.jobs_of("sweep_look").await.unwrap();
        assert_eq!(looks, [(big, 4), (small, 1)]);
        assert_eq!(tx.jobs_of("sweep").await.unwrap(), []);
        for (kind, n) in [("sweep_look", 4), ("actor_again", 3), ("sweep", 0)] {
            assert_eq!(tx.jobs_at(kind, "big.example").await.unwrap(), n);
        }
        let keys = |jobs: &[JobRow]| {
            let jobs = payloads(jobs);
            let keys = jobs.iter().filter_map(|it| it.split('"').nth(3));
            keys.map(str::to_owned).collect::<Vec<_>>()
        };
        let sweep = JobLane::Sweep;
        let leased = tx.lease_jobs("w", sweep, at(9), at(20), 9).await.unwrap();
        assert_eq!(keys(&leased), ["b0", "b1", "s"]);
        let none = tx.lease_jobs("w", sweep, at(9), at(20), 9).await.unwrap();
        assert_eq!(keys(&none), [""; 0]);
        let done = leased.iter().find(|job| job.payload.contains("b0"));
        tx.finish_jobs(&[done.unwrap().id]).await.unwrap();
        let next = tx.lease_jobs("w", sweep, at(9), at(20), 9).await.unwrap();
        assert_eq!(keys(&next), ["b2"]);
        // Other jobs have no such limit; a lease that ran out holds nothing.
        let main = tx.lease_jobs("w", JobLane::Main, at(9), at(20), 9).await;
        assert_eq!(main.unwrap().len(), 4);
        let again = tx.lease_jobs("x", sweep, at(20), at(30), 9).await.unwrap();
        assert_eq!(keys(&again), ["b1", "b2", "s"]);
    }
);

on_both!(waiting_jobs_are_counted, async |store| {
    let mut tx = store.write().await.unwrap();
    assert_eq!(tx.job_count().await.unwrap(), 0);
    tx.add_jobs(&[job("a", 0), job("b", 9)]).await.unwrap();
    assert_eq!(tx.job_count().await.unwrap(), 2);
});
