//! A newer Update takes the place of one that still waits (F-169).

use crate::{
    clock::Millis,
    store::{
        Result, Tx,
        query_macros::{built, push_list},
    },
};

impl Tx {
    /// Removes what these activities make needless: an older `Update` about the same that waits for an inbox where
    /// one of these waits, too. To be called in the transaction that queued them; gives how many those were.
    ///
    /// They leave no row, because they were neither delivered nor refused nor given up. Only an Update replaces,
    /// and only an Update is replaced: it carries the whole object, whereas an Update alone of what is unknown at a
    /// server is ignored there once it is a day old (F-101), so a `Create` always goes first. What goes to a host
    /// that is leased may be on its way at this moment and stays: it arrives before the newer one. What an old key signs
    /// stays as well: the newer one means nothing to a host that only knows that key (F-44).
    pub async fn replace_waiting(&mut self, activity_ids: &[i64], now: Millis) -> Result<u64> {
        if activity_ids.is_empty() {
            return Ok(0);
        }
        Ok(built!(
            self,
            |sql| {
                // From what is about the same, which is little, to what of it waits: `CROSS JOIN` keeps SQLite to
                // that order. By way of the host it would be all that waits there, for each inbox of it.
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
                          AND older.signed_by IS NULL
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
                sql.push_bind(now).push(" AND newer.id IN ");
                push_list!(sql, activity_ids.iter().copied());
                sql.push(")");
            },
            count
        )?)
    }
}
