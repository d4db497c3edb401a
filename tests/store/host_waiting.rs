//! `host.waiting`: whether anything is queued for a host, kept by triggers, whoever changes deliveries.

use super::{
    deliveries::{settled, state},
    fixtures::{at, purge_all},
    integrity::{broken, mend_all},
    on_both,
    outgoing::{activity, inbox_at},
    sql,
};
use crate::support::random::Choices;
use undersigned::{
    endorsement::blocks::Target,
    store::{
        DeliveryOutcome, FollowerRow, HostPace, LeasedHost, NewActivity, NewDelivery, Purge, Store,
        Tx,
    },
};

/// Steps of one history.
const STEPS: usize = 300;

const HOSTS: [&str; 3] = ["m.example", "n.example", "o.example"];

/// Hosts that are marked wrongly.
const WRONG: &str = "
    SELECT COUNT(*)
    FROM host
    WHERE waiting <> EXISTS (SELECT 1 FROM delivery WHERE host_id = host.id AND state = 'queued')";

/// Hosts that something waits for.
const MARKED: &str = "SELECT COUNT(*) FROM host WHERE waiting";

/// What a history works with.
struct History {
    choices: Choices,
    inboxes: Vec<NewDelivery>,
    actors: Vec<i64>,
    n_activities: usize,
    leased: Vec<LeasedHost>,
    now: i64,
}

impl History {
    fn path(&mut self) -> String {
        self.n_activities += 1;
        format!("/activities/{}", self.n_activities)
    }

    fn inbox(&self) -> NewDelivery {
        *self.choices.pick(&self.inboxes)
    }

    async fn send(&mut self, tx: &mut Tx) {
        let to: Vec<_> = (0..=self.choices.below(3)).map(|_| self.inbox()).collect();
        let (path, subject) = (self.path(), *self.choices.pick(&["/letter", "/posts/1"]));
        let new = NewActivity {
            kind: (*self.choices.pick(&["Update", "Create", "Reject"])).to_owned(),
            at: at(self.now),
            to,
            ..activity(&path, subject)
        };
        tx.send(&[new]).await.unwrap();
    }

    async fn publish(&mut self, tx: &mut Tx) {
        let new = activity(&self.path(), "/letter");
        let id = tx.send(&[new]).await.unwrap()[0];
        let now = at(self.now);
        match self.choices.below(4) {
            0 => tx.queue_for_followers(id, now).await,
            1 => tx.queue_for_everybody(id, now).await,
            2 => tx.queue_for_servers(id, now).await,
            _ => tx.queue_for_told(id, "/letter", now).await,
        }
        .unwrap();
    }

    async fn lease(&mut self, tx: &mut Tx) {
        for pace in HostPace::ALL {
            let until = at(self.now + 5);
            let hosts = tx.lease_hosts("w", at(self.now), until, *pace, 2, &[]);
            self.leased.extend(hosts.await.unwrap());
        }
    }

    async fn settle(&mut self, tx: &mut Tx) {
        let leased = std::mem::take(&mut self.leased);
        let ids: Vec<_> = leased.iter().map(|host| host.id).collect();
        let due = tx.due_deliveries(&ids, at(self.now), 3).await.unwrap();
        let results: Vec<_> = due
            .iter()
            .map(|delivery| {
                let outcome = *self.choices.pick(DeliveryOutcome::ALL);
                settled(delivery, outcome, self.now)
            })
            .collect();
        let states: Vec<_> = leased.iter().map(|host| state(host, 0, self.now)).collect();
        tx.settle("w", at(self.now), &results, &states)
            .await
            .unwrap();
    }

    async fn step(&mut self, tx: &mut Tx) {
        self.now += 1;
        let now = at(self.now);
        match self.choices.below(16) {
            0..=2 => self.send(tx).await,
            3 => self.publish(tx).await,
            4..=6 => self.lease(tx).await,
            7..=9 => self.settle(tx).await,
            10 => {
                let id = self.inbox().host_id;
                tx.drop_waiting(id, now).await.unwrap();
            }
            11 => {
                let id = self.inbox().host_id;
                let before = at(self.now - 10);
                tx.abandon_deliveries(&[id], before, now).await.unwrap();
            }
            12 => {
                let (old, new) = (self.inbox().inbox_id, self.inbox().inbox_id);
                tx.move_waiting(old, new, now).await.unwrap();
            }
            13 => {
                tx.drop_untried("/posts/1", now).await.unwrap();
                let actor = *self.choices.pick(&self.actors);
                tx.abandon_to_actor(actor, now).await.unwrap();
            }
            14 => {
                let domain = (*self.choices.pick(&HOSTS)).to_owned();
                tx.abandon_for(&Target::Domain(domain), now).await.unwrap();
            }
            _ => {
                tx.forget_settled(now).await.unwrap();
                tx.retry_hosts(None, now).await.unwrap();
                if self.choices.below(3) == 0 {
                    tx.drop_everything(now).await.unwrap();
                }
            }
        }
    }
}

/// Makes a history, and returns after which step a host was marked wrongly, if any was.
async fn first_mistake(tx: &mut Tx) -> Option<usize> {
    let mut inboxes = Vec::new();
    for host in HOSTS {
        for name in ["ada", "bob"] {
            inboxes.push(inbox_at(tx, name, host).await);
        }
    }
    let first = sql::number(tx, "SELECT MIN(id) FROM actor").await;
    let actors: Vec<i64> = (first..first + 6).collect();
    // What waits for somebody who does not follow can move to another inbox.
    let followers: Vec<_> = actors
        .iter()
        .step_by(2)
        .map(|actor_id| FollowerRow {
            actor_id: *actor_id,
            follow_id: None,
            since: at(0),
        })
        .collect();
    tx.save_followers(&followers).await.unwrap();
    let mut history = History {
        choices: Choices::new(14),
        inboxes,
        actors,
        n_activities: 0,
        leased: Vec::new(),
        now: 0,
    };
    let mut seen = [false; HOSTS.len() + 1];
    for step in 0..STEPS {
        history.step(tx).await;
        if sql::number(tx, WRONG).await > 0 {
            return Some(step);
        }
        seen[usize::try_from(sql::number(tx, MARKED).await).unwrap()] = true;
    }
    assert_eq!(seen, [true; HOSTS.len() + 1], "a history without a change");
    None
}

on_both!(
    a_host_is_marked_exactly_while_something_waits_for_it,
    async |store| {
        let mut tx = store.write().await.unwrap();
        assert_eq!(first_mistake(&mut tx).await, None);
    }
);

on_both!(
    without_any_of_the_triggers_hosts_are_marked_wrongly,
    async |store| {
        for trigger in ["added", "begins", "ends", "removed"] {
            // Not committed.
            let mut tx = store.write().await.unwrap();
            let on = match tx {
                Tx::Sqlite(_) => "",
                Tx::Postgres(_) => " ON delivery",
            };
            let drop = format!("DROP TRIGGER host_waiting_{trigger}{on}");
            sql::run(&mut tx, &drop).await.unwrap();
            assert_ne!(first_mistake(&mut tx).await, None, "{trigger}");
        }
    }
);

on_both!(
    hosts_that_are_marked_wrongly_are_counted_and_marked_anew,
    async |store| {
        let mut tx = store.write().await.unwrap();
        let mut to = Vec::new();
        for host in HOSTS {
            to.push(inbox_at(&mut tx, "ada", host).await);
        }
        let (idle, overlooked) = (to[2].host_id, to[1].host_id);
        let new = NewActivity {
            to: to[..2].to_vec(),
            ..activity("/activities/1", "/letter")
        };
        tx.send(&[new]).await.unwrap();
        assert_eq!(broken(&mut tx).await, []);
        for (id, waiting) in [(overlooked, "FALSE"), (idle, "TRUE")] {
            let mark = format!("UPDATE host SET waiting = {waiting} WHERE id = {id}");
            sql::run(&mut tx, &mark).await.unwrap();
        }
        let found = [
            (
                "hosts that nothing is sent to although something waits for them",
                1,
            ),
            (
                "hosts that count as waited for although nothing waits for them",
                1,
            ),
        ];
        assert_eq!(broken(&mut tx).await, found);
        assert_eq!(mend_all(&mut tx).await, 2);
        assert_eq!(broken(&mut tx).await, []);
        assert_eq!(sql::number(&mut tx, WRONG).await, 0);
        assert_eq!(sql::number(&mut tx, MARKED).await, 2);
    }
);

on_both!(nothing_waits_for_who_is_erased, async |store| {
    let mut tx = store.write().await.unwrap();
    let new = NewActivity {
        to: vec![inbox_at(&mut tx, "ada", "m.example").await],
        ..activity("/activities/1", "/letter")
    };
    tx.send(&[new]).await.unwrap();
    assert_eq!(sql::number(&mut tx, MARKED).await, 1);
    sql::run(&mut tx, "UPDATE actor SET url = ''")
        .await
        .unwrap();
    let now = at(0);
    let purge = Purge {
        comments: now,
        left: now,
        withdrawn: now,
        rejected: now,
        reports: now,
        seen: now,
        now,
    };
    purge_all(&mut tx, &purge).await;
    assert_eq!(sql::number(&mut tx, MARKED).await, 0);
    assert_eq!(sql::number(&mut tx, WRONG).await, 0);
});
