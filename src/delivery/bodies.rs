//! The bodies of activities under way. A publication goes to thousands of inboxes with the same body: it is read from the
//! database once, hashed once, and shared by all of its requests for as long as any of them is under way.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

use hyper::body::Bytes;

use crate::{
    signature::BodyDigest,
    store::{self, DueDelivery, Tx},
};

/// The most bodies in one statement: SQLite limits the number of parameters.
const BODIES_AT_ONCE: usize = 4096;

/// An activity as it is sent.
#[derive(Debug)]
pub(super) struct ActivityBody {
    /// The JSON, byte for byte.
    pub(super) bytes: Bytes,
    pub(super) digest: BodyDigest,
    /// Its `actor`; empty if there is none.
    pub(super) actor: String,
}

impl ActivityBody {
    pub(super) fn of(text: String) -> Self {
        #[derive(serde::Deserialize)]
        struct Spoken {
            actor: String,
        }
        let actor = serde_json::from_str(&text)
            .map_or_else(|_| String::new(), |spoken: Spoken| spoken.actor);
        Self {
            digest: BodyDigest::of(text.as_bytes()),
            bytes: text.into(),
            actor,
        }
    }
}

/// The bodies that somebody holds, by the ids of their activities as paths: row ids may be given again.
#[derive(Debug, Default)]
pub(super) struct Bodies(Mutex<HashMap<String, Weak<ActivityBody>>>);

impl Bodies {
    /// The bodies of these deliveries, by the row ids of their activities. Reads those that nobody holds.
    pub(super) async fn load(
        &self,
        tx: &mut Tx,
        due: &[DueDelivery],
    ) -> store::Result<HashMap<i64, Arc<ActivityBody>>> {
        let mut found = self.held(due);
        let missing: BTreeSet<i64> = due
            .iter()
            .map(|delivery| delivery.activity_id)
            .filter(|id| !found.contains_key(id))
            .collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let missing: Vec<i64> = missing.into_iter().collect();
        for some in missing.chunks(BODIES_AT_ONCE) {
            for (id, text) in tx.bodies_of(some).await? {
                found.insert(id, Arc::new(ActivityBody::of(text)));
            }
        }
        self.remember(due, &found);
        Ok(found)
    }

    fn held(&self, due: &[DueDelivery]) -> HashMap<i64, Arc<ActivityBody>> {
        let all = self.lock();
        let held = due.iter().filter_map(|delivery| {
            let body = all.get(&delivery.activity_path)?.upgrade()?;
            Some((delivery.activity_id, body))
        });
        held.collect()
    }

    fn remember(&self, due: &[DueDelivery], found: &HashMap<i64, Arc<ActivityBody>>) {
        let mut all = self.lock();
        all.retain(|_, body| body.strong_count() > 0);
        for delivery in due {
            if let Some(body) = found.get(&delivery.activity_id) {
                all.insert(delivery.activity_path.clone(), Arc::downgrade(body));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Weak<ActivityBody>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::testing::{NOW, World};

    #[tokio::test]
    async fn one_body_is_shared_while_anybody_holds_it_and_forgotten_afterwards() {
        let world = World::new().await;
        let inboxes = ["m.example/inbox", "n.example/inbox"];
        world.queue("{\"actor\":\"a\"}", "a", &inboxes).await;
        let hosts = world.free_hosts().await;
        let ids: Vec<_> = hosts.iter().map(|host| host.id).collect();
        let mut tx = world.store.write().await.unwrap();
        let due = tx.due_deliveries(&ids, NOW, 9).await.unwrap();
        let id = due[0].activity_id;
        let bodies = Bodies::default();
        let first = bodies.load(&mut tx, &due[..1]).await.unwrap();
        let second = bodies.load(&mut tx, &due[1..]).await.unwrap();
        assert!(Arc::ptr_eq(&first[&id], &second[&id]));
        let body = &first[&id];
        assert_eq!(body.bytes, "{\"actor\":\"a\"}");
        assert_eq!(body.digest, BodyDigest::of(&body.bytes));
        assert_eq!(body.actor, "a");
        drop((first, second));
        assert!(bodies.held(&due).is_empty());
        assert_eq!(bodies.load(&mut tx, &due).await.unwrap().len(), 1);
    }
}
