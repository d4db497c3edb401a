//! Blocks and limits, and the rows that they concern.

use sqlx::FromRow;

use super::{QuoteAuthorizationRow, Result, Tx, error::word};
use crate::{
    clock::Millis,
    endorsement::{
        block_file::Flags,
        blocks::{BlockList, Severity, Target, and_above},
        project::FRAGMENT,
        who::Who,
    },
    hash::Sha256,
};

/// One block or limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRow {
    /// The actor or domain.
    pub target: Target,
    /// Block or limit.
    pub severity: Severity,
    /// The public comment.
    pub public_comment: Option<String>,
    /// The comment for administrators.
    pub private_comment: Option<String>,
    /// Since when.
    pub at: Millis,
    /// What only lists of blocks know.
    pub flags: Flags,
}

/// The number of endorsements and followers of a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromRow)]
pub struct Reached {
    /// Endorsements that are listed or counted.
    pub shown: i64,
    /// Endorsements that wait.
    pub waiting: i64,
    /// Endorsements that are hidden, for any reason.
    pub hidden: i64,
    /// Active followers, who get what is sent.
    pub awake: i64,
    /// Followers whose rows sleep because they are blocked.
    pub asleep: i64,
}

/// A host by its name, and whether it is marked as blocked.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct HostName {
    /// The row id.
    pub id: i64,
    /// The name, without a port.
    pub name: String,
    /// Whether a block covers it.
    pub blocked: bool,
}

/// The most hosts or blocks in one statement: databases limit the number of parameters.
const HOSTS_AT_ONCE: usize = 1000;
/// How many hosts are read at a time.
const HOSTS_READ: i64 = 1000;

fn as_blocks(domains: Vec<(String,)>) -> BlockList {
    let domains = domains.into_iter();
    domains
        .map(|(domain,)| (Target::Domain(domain), Severity::Block))
        .collect()
}

#[derive(FromRow)]
struct BlockColumns {
    target: String,
    kind: String,
    severity: String,
    public_comment: Option<String>,
    private_comment: Option<String>,
    at: Millis,
    reject_media: bool,
    reject_reports: bool,
    obfuscate: bool,
}

impl TryFrom<BlockColumns> for BlockRow {
    type Error = super::Error;

    fn try_from(row: BlockColumns) -> Result<Self> {
        // The target may be an actor's id, which must not be in an error.
        let key = row.kind.clone();
        Ok(Self {
            target: Target::stored(word("policy", "kind", &key, &row.kind)?, &row.target),
            severity: word("policy", "severity", &key, &row.severity)?,
            public_comment: row.public_comment,
            private_comment: row.private_comment,
            at: row.at,
            flags: Flags {
                reject_media: row.reject_media,
                reject_reports: row.reject_reports,
                obfuscate: row.obfuscate,
            },
        })
    }
}

/// Pushes the condition that the table `host` of the statement belongs to a domain.
macro_rules! push_below {
    ($sql:ident, $host:literal, $domain:expr) => {{
        $sql.push(concat!("(", $host, ".name = "))
            .push_bind($domain.clone());
        $sql.push(concat!(" OR ", $host, ".name LIKE "))
            .push_bind(below($domain))
            .push(" ESCAPE '\\')");
    }};
}

/// Pushes the condition that the table `actor`, joined with `host`, is covered by a target.
macro_rules! push_meant {
    ($sql:ident, $target:expr) => {
        match $target {
            Target::Domain(domain) => push_below!($sql, "host", domain),
            Target::Actor(id) => {
                $sql.push("actor.url_hash = ").push_bind(Sha256::of(id));
            }
        }
    };
}

/// The `LIKE` pattern of names below a domain; names of hosts are stored in lower case.
fn below(domain: &str) -> String {
    let literal = domain
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%.{literal}")
}

impl Tx {
    /// All blocks and limits, newest first.
    pub async fn policies(&mut self) -> Result<Vec<BlockRow>> {
        let rows: Vec<BlockColumns> = on_either!(
            self,
            sqlx::query_as(
                "SELECT target, kind, severity, public_comment, private_comment, at,
                    reject_media, reject_reports, obfuscate
             FROM policy
             ORDER BY at DESC, target",
            ),
            fetch_all
        )?;
        rows.into_iter().map(BlockRow::try_from).collect()
    }

    /// The block or limit of exactly this target.
    pub async fn policy(&mut self, target: &Target) -> Result<Option<BlockRow>> {
        let row: Option<BlockColumns> = on_either!(
            self,
            sqlx::query_as(
                "SELECT target, kind, severity, public_comment, private_comment, at,
                    reject_media, reject_reports, obfuscate
             FROM policy
             WHERE target = $1",
            )
            .bind(target.as_str()),
            fetch_optional
        )?;
        row.map(BlockRow::try_from).transpose()
    }

    /// Writes a block or limit, in place of an earlier one of its target, and marks the hosts that it blocks.
    pub async fn save_policy(&mut self, policy: &BlockRow) -> Result<()> {
        self.write_policies(std::slice::from_ref(policy)).await?;
        self.mark_hosts(&policy.target).await?;
        self.end_blocked_subscriptions().await
    }

    /// Writes many blocks and limits, each of another target, and marks the hosts that they block.
    pub async fn save_policies(&mut self, policies: &[BlockRow]) -> Result<()> {
        for some in policies.chunks(HOSTS_AT_ONCE) {
            self.write_policies(some).await?;
        }
        self.mark_all_hosts().await?;
        self.end_blocked_subscriptions().await
    }

    /// Removes the blocks and limits of many targets, and marks the hosts that are free of them.
    pub async fn remove_policies(&mut self, targets: &[Target]) -> Result<()> {
        for some in targets.chunks(HOSTS_AT_ONCE) {
            built!(
                self,
                |sql, some| {
                    sql.push("DELETE FROM policy WHERE target");
                    sql.push_in(some.iter().map(Target::as_str));
                },
                count
            )?;
        }
        self.mark_all_hosts().await
    }

    /// Marks every host as blocked or not (`host.blocked`), by the blocks as they are now.
    pub async fn mark_all_hosts(&mut self) -> Result<()> {
        let blocks = self.domain_blocks().await?;
        let mut after = 0;
        loop {
            let hosts = self.host_names(after, HOSTS_READ).await?;
            let Some(last) = hosts.last() else {
                return Ok(());
            };
            after = last.id;
            self.mark_changed(&hosts, &blocks).await?;
        }
    }

    /// How many hosts are marked as blocked although none is, or not although one is. Reads all hosts.
    pub async fn hosts_marked_wrongly(&mut self) -> Result<usize> {
        let blocks = self.domain_blocks().await?;
        let (mut after, mut wrong) = (0, 0);
        loop {
            let hosts = self.host_names(after, HOSTS_READ).await?;
            let Some(last) = hosts.last() else {
                return Ok(wrong);
            };
            after = last.id;
            let is_wrong = |host: &&HostName| host.blocked != blocks.blocks_host(&host.name);
            wrong += hosts.iter().filter(is_wrong).count();
        }
    }

    /// Up to `limit` hosts with a row id above `after`, in that order.
    pub async fn host_names(&mut self, after: i64, limit: i64) -> Result<Vec<HostName>> {
        Ok(on_either!(
            self,
            sqlx::query_as("SELECT id, name, blocked FROM host WHERE id > $1 ORDER BY id LIMIT $2")
                .bind(after)
                .bind(limit),
            fetch_all
        )?)
    }

    async fn write_policies(&mut self, policies: &[BlockRow]) -> Result<()> {
        built!(
            self,
            |sql, policies| {
                sql.push(
                    "INSERT INTO policy (target, kind, severity, public_comment, private_comment, at,
                                         reject_media, reject_reports, obfuscate) ",
                );
                sql.push_rows(policies, |row, policy| {
                    row.push_bind(policy.target.as_str())
                        .push_bind(policy.target.kind().as_str())
                        .push_bind(policy.severity.as_str())
                        .push_bind(&policy.public_comment)
                        .push_bind(&policy.private_comment)
                        .push_bind(policy.at)
                        .push_bind(policy.flags.reject_media)
                        .push_bind(policy.flags.reject_reports)
                        .push_bind(policy.flags.obfuscate);
                });
                sql.push(
                    " ON CONFLICT (target) DO UPDATE
                      SET kind = excluded.kind, severity = excluded.severity,
                          public_comment = excluded.public_comment,
                          private_comment = excluded.private_comment, at = excluded.at,
                          reject_media = excluded.reject_media,
                          reject_reports = excluded.reject_reports, obfuscate = excluded.obfuscate",
                );
            },
            count
        )?;
        Ok(())
    }

    /// Removes the block or limit of a target, and marks the hosts that are free of it; false when there was none.
    pub async fn remove_policy(&mut self, target: &Target) -> Result<bool> {
        let removed = execute!(
            self,
            sqlx::query("DELETE FROM policy WHERE target = $1").bind(target.as_str())
        )?;
        self.mark_hosts(target).await?;
        Ok(removed > 0)
    }

    /// Marks the hosts on a domain and below it as blocked or not (`host.blocked`), by the blocks as they are now.
    async fn mark_hosts(&mut self, target: &Target) -> Result<()> {
        let Target::Domain(domain) = target else {
            return Ok(());
        };
        let hosts: Vec<HostName> = built!(
            self,
            |sql| {
                sql.push("SELECT id, name, blocked FROM host WHERE ");
                push_below!(sql, "host", domain);
            },
            rows HostName
        )?;
        let blocks = self.domain_blocks().await?;
        self.mark_changed(&hosts, &blocks).await
    }

    /// Marks those of these hosts that are not marked as the blocks say.
    async fn mark_changed(&mut self, hosts: &[HostName], blocks: &BlockList) -> Result<()> {
        for blocked in [true, false] {
            let wrong = hosts.iter().filter(|host| {
                host.blocked != blocked && blocks.blocks_host(&host.name) == blocked
            });
            let ids: Vec<i64> = wrong.map(|host| host.id).collect();
            for some in ids.chunks(HOSTS_AT_ONCE) {
                built!(
                    self,
                    |sql, some| {
                        sql.push("UPDATE host SET blocked = ").push_bind(blocked);
                        sql.push(" WHERE id");
                        sql.push_in(some);
                    },
                    count
                )?;
            }
        }
        Ok(())
    }

    /// Every block of a domain.
    async fn domain_blocks(&mut self) -> Result<BlockList> {
        let rows: Vec<(String,)> = on_either!(
            self,
            sqlx::query_as(
                "SELECT target FROM policy WHERE kind = 'domain' AND severity = 'block'"
            ),
            fetch_all
        )?;
        Ok(as_blocks(rows))
    }

    /// The blocks of hosts with these names: of the names, and of the domains above them.
    pub(super) async fn blocks_of(&mut self, names: &[&str]) -> Result<BlockList> {
        let domains: Vec<&str> = names.iter().flat_map(|name| and_above(name)).collect();
        let rows: Vec<(String,)> = built!(
            self,
            |sql, domains| {
                sql.push(
                    "SELECT target FROM policy WHERE kind = 'domain' AND severity = 'block' AND target",
                );
                sql.push_in(domains.iter().copied());
            },
            rows(String,)
        )?;
        Ok(as_blocks(rows))
    }

    /// The id of the actor with this hash, in hexadecimal digits; `None` when none is known by it.
    pub async fn actor_with_hash(&mut self, hash: &str) -> Result<Option<String>> {
        let Some(hash) = Sha256::from_hex(hash) else {
            return Ok(None);
        };
        Ok(on_either!(
            self,
            sqlx::query_scalar("SELECT url FROM actor WHERE url_hash = $1 AND url <> ''")
                .bind(hash),
            fetch_optional
        )?)
    }

    /// The ids of the actors that are meant; at most two. The surest way of naming somebody that finds anybody counts:
    /// what an actor's document says about its page cannot make it another one.
    pub async fn ids_of(&mut self, who: &Who) -> Result<Vec<String>> {
        let mut found = Vec::new();
        if let Some(url) = &who.url {
            found = on_either!(
                self,
                sqlx::query_scalar("SELECT url FROM actor WHERE url_hash IN ($1, $2)")
                    .bind(Sha256::of(url))
                    .bind(Sha256::of(&format!("{url}{FRAGMENT}"))),
                fetch_all
            )?;
            if found.is_empty() {
                found = on_either!(
                    self,
                    sqlx::query_scalar(
                        "SELECT DISTINCT actor.url FROM act
                         JOIN actor ON actor.id = COALESCE(act.speaker_id, act.actor_id)
                         WHERE act.object_hash = $1 AND act.family = 'post' LIMIT 2"
                    )
                    .bind(Sha256::of(url)),
                    fetch_all
                )?;
            }
        }
        let is_certain = !found.is_empty();
        if let (false, Some(handle)) = (is_certain, &who.handle) {
            found = on_either!(
                self,
                sqlx::query_scalar(
                    "SELECT url FROM actor WHERE lower(handle) = $1 ORDER BY id LIMIT 2"
                )
                .bind(handle),
                fetch_all
            )?;
        }
        // An address on one host that names somebody on another may be the page of its own user, who chose it so.
        let about_another_host = who.handle.is_some() && who.user_at.is_none();
        let by_page = who
            .url
            .as_ref()
            .filter(|_| found.is_empty() || about_another_host);
        if let (Some(url), false) = (by_page, is_certain) {
            let pages: Vec<String> = on_either!(
                self,
                sqlx::query_scalar("SELECT url FROM actor WHERE page = $1 ORDER BY id LIMIT 2")
                    .bind(url),
                fetch_all
            )?;
            found.extend(pages);
            found.sort_unstable();
            found.dedup();
        }
        if let (true, Some((user, host))) = (found.is_empty(), &who.user_at) {
            let beginning = format!("@{user}@");
            found = on_either!(
                self,
                sqlx::query_scalar(
                    "SELECT actor.url FROM actor JOIN host ON host.id = actor.host_id
                     WHERE host.name = $1 AND substr(lower(actor.handle), 1, length($2)) = $2
                     ORDER BY actor.id LIMIT 2"
                )
                .bind(host)
                .bind(&beginning),
                fetch_all
            )?;
        }
        Ok(found)
    }

    /// The number of endorsements and followers of a target.
    pub async fn reached(&mut self, target: &Target) -> Result<Reached> {
        let rows = built!(
            self,
            |sql| {
                sql.push(
                    "SELECT
                        COUNT(CASE WHEN endorsement.state IN ('listed', 'counted') THEN 1 END) AS shown,
                        COUNT(CASE WHEN endorsement.state = 'pending' THEN 1 END) AS waiting,
                        COUNT(CASE WHEN endorsement.state = 'hidden' THEN 1 END) AS hidden,
                        COUNT(CASE WHEN follower.actor_id IS NOT NULL AND follower.asleep_until IS NULL
                                   THEN 1 END) AS awake,
                        COUNT(follower.asleep_until) AS asleep
                     FROM actor
                     JOIN host ON host.id = actor.host_id
                     LEFT JOIN endorsement ON endorsement.actor_id = actor.id
                     LEFT JOIN follower ON follower.actor_id = actor.id
                     WHERE ",
                );
                push_meant!(sql, target);
            },
            rows Reached
        )?;
        Ok(rows.first().copied().unwrap_or_default())
    }

    /// Up to `limit` actors covered by a target who endorse or follow, with a row id above `after`, in that order.
    pub async fn meant_by(&mut self, target: &Target, after: i64, limit: i64) -> Result<Vec<i64>> {
        let rows: Vec<(i64,)> = built!(
            self,
            |sql| {
                sql.push(
                    "SELECT actor.id
                     FROM actor
                     JOIN host ON host.id = actor.host_id
                     WHERE (EXISTS (SELECT 1 FROM endorsement WHERE endorsement.actor_id = actor.id)
                         OR EXISTS (SELECT 1 FROM follower WHERE follower.actor_id = actor.id)
                         OR EXISTS (SELECT 1 FROM act
                                    WHERE act.speaker_id = actor.id AND act.ended_at IS NULL))
                       AND actor.id > ",
                );
                sql.push_bind(after).push(" AND ");
                push_meant!(sql, target);
                sql.push(" ORDER BY actor.id LIMIT ").push_bind(limit);
            },
            rows(i64,)
        )?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Up to `limit` authorizations in force of actors covered by a target, oldest first.
    pub async fn quotes_covered(
        &mut self,
        target: &Target,
        limit: i64,
    ) -> Result<Vec<QuoteAuthorizationRow>> {
        Ok(built!(
            self,
            |sql| {
                sql.push(
                    "SELECT quote_authorization.path, quote_authorization.actor_id, quote_authorization.object,
                            quote_authorization.target, quote_authorization.revoked_at
                     FROM quote_authorization
                     JOIN actor ON actor.id = quote_authorization.actor_id
                     JOIN host ON host.id = actor.host_id
                     WHERE quote_authorization.revoked_at IS NULL AND ",
                );
                push_meant!(sql, target);
                sql.push(" ORDER BY quote_authorization.id LIMIT ")
                    .push_bind(limit);
            },
            rows QuoteAuthorizationRow
        )?)
    }

    /// How many authorizations of actors covered by a target are in force, and how many were revoked for good at
    /// `since` or later.
    pub async fn quotes_counted(&mut self, target: &Target, since: Millis) -> Result<(i64, i64)> {
        let rows: Vec<(i64, i64)> = built!(
            self,
            |sql| {
                sql.push(
                    "SELECT COUNT(CASE WHEN quote_authorization.revoked_at IS NULL THEN 1 END),
                            COUNT(CASE WHEN quote_authorization.object_hash IS NOT NULL
                                        AND quote_authorization.revoked_at >= ",
                )
                .push_bind(since);
                sql.push(
                    " THEN 1 END)
                     FROM quote_authorization
                     JOIN actor ON actor.id = quote_authorization.actor_id
                     JOIN host ON host.id = actor.host_id
                     WHERE ",
                );
                push_meant!(sql, target);
            },
            rows(i64, i64)
        )?;
        Ok(rows.first().copied().unwrap_or_default())
    }

    /// Up to `limit` handles of actors covered by a target who are shown, wait, or follow and are not asleep; in the
    /// order in which they came.
    pub async fn handles_reached(&mut self, target: &Target, limit: i64) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = built!(
            self,
            |sql| {
                sql.push(
                    "SELECT actor.handle
                     FROM actor
                     JOIN host ON host.id = actor.host_id
                     WHERE (EXISTS (SELECT 1 FROM endorsement
                                    WHERE endorsement.actor_id = actor.id
                                      AND endorsement.state IN ('listed', 'counted', 'pending'))
                         OR EXISTS (SELECT 1 FROM follower
                                    WHERE follower.actor_id = actor.id AND follower.asleep_until IS NULL))
                       AND ",
                );
                push_meant!(sql, target);
                sql.push(" ORDER BY actor.id LIMIT ").push_bind(limit);
            },
            rows(String,)
        )?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Makes the rows of these followers sleep until then: nothing is sent to them. One that sleeps already keeps its
    /// date.
    pub async fn let_sleep(&mut self, actor_ids: &[i64], until: Millis) -> Result<u64> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push("UPDATE follower SET asleep_until = ")
                    .push_bind(until);
                sql.push(" WHERE asleep_until IS NULL AND actor_id");
                sql.push_in(actor_ids);
            },
            count
        )?)
    }

    /// Wakes the sleeping rows of these followers.
    pub async fn wake(&mut self, actor_ids: &[i64]) -> Result<u64> {
        Ok(built!(
            self,
            |sql, actor_ids| {
                sql.push("UPDATE follower SET asleep_until = NULL WHERE asleep_until IS NOT NULL AND actor_id");
                sql.push_in(actor_ids);
            },
            count
        )?)
    }

    /// Drops what waits to be sent to the inbox of one actor, unless somebody else has the same inbox. Returns the
    /// number of deliveries.
    pub async fn abandon_to_actor(&mut self, actor_id: i64, now: Millis) -> Result<u64> {
        Ok(execute!(
            self,
            sqlx::query(
                "UPDATE delivery
             SET state = 'abandoned', settled_at = $2
             WHERE state = 'queued'
               AND inbox_id = (SELECT inbox_id FROM actor WHERE id = $1)
               AND NOT EXISTS (SELECT 1 FROM actor
                               WHERE actor.id <> $1
                                 AND (actor.inbox_id = delivery.inbox_id
                                   OR actor.shared_inbox_id = delivery.inbox_id))",
            )
            .bind(actor_id)
            .bind(now)
        )?)
    }

    /// Drops what waits to be sent to a target: to every inbox on a domain or of an actor there, or to an actor's own
    /// inbox. What blocked servers are told all the same stays: that a follow ended (a `Reject` about an actor), and that
    /// a quote or a collection is no longer authorized. Returns the number of deliveries.
    pub async fn abandon_for(&mut self, target: &Target, now: Millis) -> Result<u64> {
        Ok(built!(
            self,
            |sql| {
                sql.push("UPDATE delivery SET state = 'abandoned', settled_at = ")
                    .push_bind(now);
                sql.push(
                    " WHERE state = 'queued'
                        AND NOT EXISTS (SELECT 1 FROM activity
                                        WHERE activity.id = delivery.activity_id
                                          AND (activity.kind = 'Reject'
                                                AND EXISTS (SELECT 1 FROM actor
                                                            WHERE actor.inbox_id = delivery.inbox_id
                                                              AND actor.url = activity.subject)
                                            OR activity.kind = 'Delete'
                                                AND (activity.subject LIKE '/quote-authorizations/%'
                                                     OR activity.subject LIKE '/feature-authorizations/%')))
                        AND (inbox_id IN (SELECT actor.inbox_id
                                          FROM actor
                                          JOIN host ON host.id = actor.host_id
                                          WHERE ",
                );
                push_meant!(sql, target);
                sql.push(")");
                if let Target::Domain(domain) = target {
                    sql.push(" OR host_id IN (SELECT host.id FROM host WHERE ");
                    push_below!(sql, "host", domain);
                    sql.push(")");
                }
                sql.push(")");
            },
            count
        )?)
    }
}
