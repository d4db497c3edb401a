//! Replacing a waiting Update by a newer one.

use crate::{
    clock::Millis,
    store::{Result, Tx},
};

impl Tx {
    /// Removes deliveries that these activities make needless: an older `Update` about the same subject that waits
    /// for the same inbox. Has to be called in the transaction that queued them. Returns the number of deliveries
    /// removed.
    ///
    /// They leave no row, because they were neither delivered nor refused nor abandoned. Only an Update replaces, and
    /// only an Update is replaced: it carries the whole object. A `Create` always stays, because Mastodon ignores the
    /// Update of an unknown object that is more than a day old. Deliveries to a leased host may be on their way and
    /// stay: they arrive before the newer one.
    pub async fn replace_waiting(&mut self, activity_ids: &[i64], now: Millis) -> Result<u64> {
        Ok(built!(
            self,
            |sql, activity_ids| {
                // The query goes from the activities about the subject, which are few, to their waiting deliveries:
                // `CROSS JOIN` makes SQLite keep that order. Otherwise it would read everything that waits for the
                // host, once for each of its inboxes.
                sql.push(
                    "DELETE FROM delivery
                     WHERE id IN (
                        SELECT waiting.id
                        FROM activity AS newer
                        CROSS JOIN activity AS older
                        CROSS JOIN delivery AS waiting
                        CROSS JOIN delivery AS replacing
                        CROSS JOIN host
                        WHERE newer.kind = 'Update'
                          AND older.kind = 'Update'
                          AND substr(older.subject, length(older.subject) - 31)
                              = substr(newer.subject, length(newer.subject) - 31)
                          AND older.subject = newer.subject
                          AND older.id - newer.id < 0
                          AND waiting.activity_id = older.id
                          AND waiting.state = 'queued'
                          AND replacing.activity_id = newer.id
                          AND replacing.inbox_id = waiting.inbox_id
                          AND replacing.state = 'queued'
                          AND host.id = waiting.host_id
                          AND host.leased_until <= ",
                );
                sql.push_bind(now).push(" AND newer.id");
                sql.push_in(activity_ids.iter().copied());
                sql.push(")");
            },
            count
        )?)
    }
}
