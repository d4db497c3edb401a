//! Remote actors, their hosts, inboxes and keys.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, hash::Sha256};

/// A remote actor with its host, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ActorRow {
    /// The row id.
    pub id: i64,
    /// The actor's id.
    pub url: String,
    /// The hash of the actor's id.
    pub url_hash: Sha256,
    /// The row id of its host.
    pub host_id: i64,
    /// The host's authority: lower-case ASCII name, with a port that is not the default one.
    pub authority: String,
    /// The registrable domain of the host's name.
    pub domain: String,
    /// The ActivityStreams type.
    pub r#type: String,
    /// `@user@host`, as it is shown.
    pub handle: String,
    /// The handle that the document gives, where `handle` is another one that WebFinger confirmed.
    pub stated_handle: Option<String>,
    /// The cleaned display name.
    pub name: String,
    /// The profile page for people.
    pub page: Option<String>,
    /// The account's own `published`.
    pub published_at: Option<Millis>,
    /// The account's own `discoverable`.
    pub discoverable: bool,
    /// Whether name or bio has one of the opt-out signs.
    pub opted_out: bool,
    /// The personal inbox.
    pub inbox_id: i64,
    /// The host of the personal inbox, which may be another one of the same domain.
    pub inbox_host_id: i64,
    /// Its followers collection, by which followers-only posts are told from direct ones.
    pub followers: Option<String>,
    /// Whether the origin says that the account is suspended.
    pub suspended: bool,
    /// When it was first seen.
    pub first_seen_at: Millis,
    /// When its document was last fetched.
    pub refreshed_at: Millis,
    /// When it got the one direct message that each actor gets at most.
    pub answered_at: Option<Millis>,
    /// When its signature was acknowledged, once ever; or when it blocked us, after which nothing is.
    pub acknowledged_at: Option<Millis>,
    /// Since when it is counted without its name, because it asked for that.
    pub unnamed_at: Option<Millis>,
    /// Since when the organisers keep its name off everything public, for its safety: it is counted meanwhile.
    pub name_off_at: Option<Millis>,
    /// When a direct command of it was last answered.
    pub told_at: Option<Millis>,
    /// How many of its direct commands were answered on the day of `told_at`.
    pub told_today: i64,
    /// Since when it wants to hear what is new, because it asked for that.
    pub subscribed_at: Option<Millis>,
    /// The row id of the account that it moved to, after a confirmed Move: its acts count as that account's.
    pub successor_id: Option<i64>,
    /// Since when the actor is frozen, because its key changed in a way that looks like a takeover: only what takes
    /// something back is obeyed.
    pub frozen_at: Option<Millis>,
    /// When its endorsement is verified again; 0 as soon as possible, `None` for who does not endorse.
    pub verify_at: Option<Millis>,
    /// Of an account on a forge: the source of its signature, `github` or the forge's host. `None` in the Fediverse.
    pub forge: Option<String>,
}

impl ActorRow {
    /// The handle that the actor's document gives.
    pub fn own_handle(&self) -> &str {
        self.stated_handle.as_deref().unwrap_or(&self.handle)
    }
}

/// A remote actor as its document describes it, to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewActor {
    /// Its id.
    pub url: String,
    /// Its host.
    pub host: HostRow,
    /// The ActivityStreams type.
    pub r#type: String,
    /// `@user@host`.
    pub handle: String,
    /// The cleaned display name.
    pub name: String,
    /// The profile page for people.
    pub page: Option<String>,
    /// The account's own `published`.
    pub published_at: Option<Millis>,
    /// The account's own `discoverable`.
    pub discoverable: bool,
    /// Whether name or bio has one of the opt-out signs.
    pub opted_out: bool,
    /// The personal inbox and its host.
    pub inbox: (String, HostRow),
    /// The shared inbox and its host.
    pub shared_inbox: Option<(String, HostRow)>,
    /// Its followers collection.
    pub followers: Option<String>,
    /// Whether the origin says that the account is suspended.
    pub suspended: bool,
    /// Its keys: key id and PEM.
    pub keys: Vec<(String, String)>,
    /// When the document was fetched.
    pub read_at: Millis,
    /// Where it says that the account moved to. It is not stored: both accounts have to be read.
    pub moved_to: Option<String>,
}

/// A remote server's names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostRow {
    /// Lower-case ASCII name, with the port if it is not the default one.
    pub authority: String,
    /// The name alone.
    pub name: String,
    /// The registrable domain of the name.
    pub domain: String,
}

/// A stored key.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct KeyRow {
    /// The id of the actor who owns it.
    pub actor: String,
    /// The key's id.
    pub key_id: String,
    /// The key.
    pub pem: String,
}

impl Tx {
    /// The stored actors among those whose ids have these hashes.
    pub async fn actors(&mut self, url_hashes: &[Sha256]) -> Result<Vec<ActorRow>> {
        self.actors_where("actor.url_hash", url_hashes).await
    }

    /// The actors with these row ids.
    pub async fn actors_by_id(&mut self, ids: &[i64]) -> Result<Vec<ActorRow>> {
        self.actors_where("actor.id", ids).await
    }

    async fn actors_where<T>(&mut self, column: &'static str, values: &[T]) -> Result<Vec<ActorRow>>
    where
        T: for<'q> sqlx::Encode<'q, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite> + Sync,
        T: for<'q> sqlx::Encode<'q, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
        T: sqlx::postgres::PgHasArrayType,
    {
        Ok(built!(
            self,
            |sql, values| {
                sql.push(
                    "SELECT actor.id, actor.url, actor.url_hash, actor.host_id, host.authority, host.domain,
                            actor.type, actor.handle, actor.name, actor.page, actor.published_at,
                            actor.discoverable, actor.opted_out, actor.inbox_id,
                            inbox.host_id AS inbox_host_id, actor.followers, actor.suspended,
                            actor.first_seen_at, actor.refreshed_at, actor.answered_at,
                            actor.acknowledged_at, actor.unnamed_at, actor.name_off_at, actor.told_at,
                            actor.told_today, actor.subscribed_at, actor.successor_id, actor.frozen_at,
                            actor.stated_handle, actor.verify_at, actor.forge
                     FROM actor
                     JOIN host ON host.id = actor.host_id
                     JOIN inbox ON inbox.id = actor.inbox_id
                     WHERE ",
                );
                sql.push(column);
                sql.push_in(values);
            },
            rows ActorRow
        )?)
    }

    /// Notes of these actors, by the hashes of their ids, of which forge they are accounts: the source of what they sign.
    pub async fn save_forges(&mut self, forges: &[(Sha256, String)]) -> Result<()> {
        for (actor, source) in forges {
            execute!(
                self,
                sqlx::query("UPDATE actor SET forge = $2 WHERE url_hash = $1 AND forge IS NULL")
                    .bind(actor)
                    .bind(source)
            )?;
        }
        Ok(())
    }

    /// The accounts of a forge, by the authority of its pages, that signed or may have, or speak for a project, and whose age
    /// is not known: ids and handles, oldest first.
    pub async fn unread_accounts(
        &mut self,
        host: &str,
        limit: i64,
    ) -> Result<Vec<(String, String)>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT actor.url, actor.handle
                 FROM actor
                 JOIN host ON host.id = actor.host_id
                 WHERE actor.forge IS NOT NULL AND actor.published_at IS NULL AND actor.url <> ''
                   AND host.authority = $1
                   AND (EXISTS (SELECT 1 FROM endorsement
                                WHERE endorsement.actor_id = actor.id
                                  AND endorsement.state IN ('listed', 'counted', 'pending', 'hidden'))
                        OR EXISTS (SELECT 1 FROM act WHERE act.speaker_id = actor.id AND act.ended_at IS NULL))
                 ORDER BY actor.first_seen_at, actor.id
                 LIMIT $2",
            )
            .bind(host)
            .bind(limit),
            fetch_all
        )?)
    }

    /// The stored keys among those whose ids have these hashes.
    pub async fn keys(&mut self, key_id_hashes: &[Sha256]) -> Result<Vec<KeyRow>> {
        Ok(built!(
            self,
            |sql, key_id_hashes| {
                sql.push(
                    "SELECT actor.url AS actor, actor_key.key_id, actor_key.pem
                     FROM actor_key
                     JOIN actor ON actor.id = actor_key.actor_id
                     WHERE actor_key.key_id_hash",
                );
                sql.push_in(key_id_hashes);
            },
            rows KeyRow
        )?)
    }

    /// Writes actor documents: hosts, inboxes, actors and keys, each table with one statement. An actor must be in
    /// `actors` once. Keys that a document no longer names are deleted. What waits for an inbox that an actor has left
    /// goes to its new one ([`Tx::move_waiting`]).
    pub async fn save_actors(&mut self, actors: &[NewActor]) -> Result<()> {
        if actors.is_empty() {
            return Ok(());
        }
        let hosts = self.save_hosts(actors).await?;
        let inboxes = self.save_inboxes(actors, &hosts).await?;
        let before = self.inboxes_before(actors).await?;
        let number =
            |map: &HashMap<String, i64>, key: &str| map.get(key).copied().unwrap_or_default();
        let saved: Vec<(i64, String)> = built!(
            self,
            |sql| {
                sql.push(
                    "INSERT INTO actor (url, url_hash, host_id, type, handle, name, page, published_at,
                                        discoverable, opted_out, inbox_id, shared_inbox_id, followers,
                                        suspended, first_seen_at, refreshed_at) ",
                );
                sql.push_rows(actors, |row, actor| {
                    let shared = actor
                        .shared_inbox
                        .as_ref()
                        .map(|(url, _)| number(&inboxes, url));
                    row.push_bind(&actor.url)
                        .push_bind(Sha256::of(&actor.url))
                        .push_bind(number(&hosts, &actor.host.authority))
                        .push_bind(&actor.r#type)
                        .push_bind(&actor.handle)
                        .push_bind(&actor.name)
                        .push_bind(&actor.page)
                        .push_bind(actor.published_at)
                        .push_bind(actor.discoverable)
                        .push_bind(actor.opted_out)
                        .push_bind(number(&inboxes, &actor.inbox.0))
                        .push_bind(shared)
                        .push_bind(&actor.followers)
                        .push_bind(actor.suspended)
                        .push_bind(actor.read_at)
                        .push_bind(actor.read_at);
                });
                sql.push(
                    " ON CONFLICT (url_hash) DO UPDATE
                      SET url = excluded.url, type = excluded.type, name = excluded.name,
                          handle = CASE WHEN excluded.handle = actor.stated_handle
                                        THEN actor.handle ELSE excluded.handle END,
                          stated_handle = CASE WHEN excluded.handle = actor.stated_handle
                                               THEN actor.stated_handle END,
                          page = excluded.page, published_at = excluded.published_at,
                          discoverable = excluded.discoverable, opted_out = excluded.opted_out,
                          inbox_id = excluded.inbox_id, shared_inbox_id = excluded.shared_inbox_id,
                          followers = excluded.followers, suspended = excluded.suspended,
                          refreshed_at = excluded.refreshed_at
                      RETURNING id, url",
                );
            },
            rows(i64, String)
        )?;
        let ids: HashMap<String, i64> = saved.into_iter().map(|(id, url)| (url, id)).collect();
        for actor in actors {
            let shared = actor.shared_inbox.as_ref();
            let now_at = (
                number(&inboxes, &actor.inbox.0),
                shared.map(|(url, _)| number(&inboxes, url)),
            );
            let left = before.get(&Sha256::of(&actor.url));
            for (old, new) in left.into_iter().flat_map(|left| moves(*left, now_at)) {
                self.move_waiting(old, new, actor.read_at).await?;
            }
        }
        self.save_keys(actors, &ids).await
    }

    /// The inboxes of stored actors, personal and shared, by the hashes of the actors' ids.
    async fn inboxes_before(&mut self, actors: &[NewActor]) -> Result<HashMap<Sha256, InboxPair>> {
        let hashes: Vec<_> = actors.iter().map(|actor| Sha256::of(&actor.url)).collect();
        let rows: Vec<(Sha256, i64, Option<i64>)> = built!(
            self,
            |sql, hashes| {
                sql.push("SELECT url_hash, inbox_id, shared_inbox_id FROM actor WHERE url_hash");
                sql.push_in(&hashes);
            },
            rows(Sha256, i64, Option<i64>)
        )?;
        let by_hash = rows
            .into_iter()
            .map(|(hash, own, shared)| (hash, (own, shared)));
        Ok(by_hash.collect())
    }

    async fn save_hosts(&mut self, actors: &[NewActor]) -> Result<HashMap<String, i64>> {
        let hosts: BTreeSet<&HostRow> = actors.iter().flat_map(hosts_of).collect();
        let names: Vec<&str> = hosts.iter().map(|host| host.name.as_str()).collect();
        let blocks = self.blocks_of(&names).await?;
        let saved: Vec<(i64, String)> = built!(
            self,
            |sql| {
                sql.push("INSERT INTO host (authority, name, domain, blocked) ");
                sql.push_rows(&hosts, |row, host| {
                    row.push_bind(&host.authority)
                        .push_bind(&host.name)
                        .push_bind(&host.domain)
                        .push_bind(blocks.blocks_host(&host.name));
                });
                // DO NOTHING would return no row for a stored host.
                sql.push(
                    " ON CONFLICT (authority) DO UPDATE
                      SET domain = excluded.domain
                      RETURNING id, authority",
                );
            },
            rows(i64, String)
        )?;
        Ok(saved
            .into_iter()
            .map(|(id, authority)| (authority, id))
            .collect())
    }

    /// The ids of those of these actors who follow, boost, quote or have an act that stands, and so are kept.
    pub async fn actors_who_hold(&mut self, hashes: &[Sha256]) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = built!(
            self,
            |sql, hashes| {
                sql.push("SELECT url FROM actor WHERE url <> '' AND url_hash");
                sql.push_in(hashes.iter());
                sql.push(
                    " AND (EXISTS (SELECT 1 FROM follower WHERE follower.actor_id = actor.id)
                           OR EXISTS (SELECT 1 FROM reach WHERE reach.actor_id = actor.id)
                           OR EXISTS (SELECT 1 FROM act WHERE act.actor_id = actor.id AND act.ended_at IS NULL))",
                );
            },
            rows(String,)
        )?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    async fn save_inboxes(
        &mut self,
        actors: &[NewActor],
        hosts: &HashMap<String, i64>,
    ) -> Result<HashMap<String, i64>> {
        let inboxes: BTreeMap<&str, &HostRow> = actors.iter().flat_map(inboxes_of).collect();
        let saved: Vec<(i64, String)> = built!(
            self,
            |sql| {
                sql.push("INSERT INTO inbox (url, url_hash, host_id) ");
                sql.push_rows(&inboxes, |row, (url, host)| {
                    row.push_bind(*url)
                        .push_bind(Sha256::of(url))
                        .push_bind(hosts.get(&host.authority).copied().unwrap_or_default());
                });
                sql.push(
                    " ON CONFLICT (url_hash) DO UPDATE
                      SET url = excluded.url, host_id = excluded.host_id
                      RETURNING id, url",
                );
            },
            rows(i64, String)
        )?;
        Ok(saved.into_iter().map(|(id, url)| (url, id)).collect())
    }

    pub(super) async fn save_keys(
        &mut self,
        actors: &[NewActor],
        ids: &HashMap<String, i64>,
    ) -> Result<()> {
        let keys: BTreeMap<&str, (&NewActor, &str, i64)> = actors
            .iter()
            .filter_map(|actor| ids.get(&actor.url).map(|id| (actor, *id)))
            .flat_map(|(actor, id)| {
                actor
                    .keys
                    .iter()
                    .map(move |(key_id, pem)| (key_id.as_str(), (actor, pem.as_str(), id)))
            })
            .collect();
        built!(
            self,
            |sql| {
                sql.push("DELETE FROM actor_key WHERE actor_id");
                sql.push_in(ids.values().copied());
            },
            count
        )?;
        built!(
            self,
            |sql, keys| {
                sql.push("INSERT INTO actor_key (key_id_hash, actor_id, key_id, pem, fetched_at) ");
                sql.push_rows(&keys, |row, (key_id, (actor, pem, id))| {
                    row.push_bind(Sha256::of(key_id))
                        .push_bind(*id)
                        .push_bind(*key_id)
                        .push_bind(*pem)
                        .push_bind(actor.read_at);
                });
                // A key id stays with the actor that had it first, so that nobody takes it over by naming it.
                sql.push(
                    " ON CONFLICT (key_id_hash) DO UPDATE
                      SET pem = excluded.pem, fetched_at = excluded.fetched_at
                      WHERE actor_key.actor_id = excluded.actor_id",
                );
            },
            count
        )?;
        Ok(())
    }

    /// Writes what is noted of these actors besides their documents: what they were told, and what they asked for.
    pub async fn save_notes(&mut self, actors: &[&ActorRow]) -> Result<()> {
        built!(
            self,
            |sql, actors| {
                sql.push(
                    "WITH noted (id, answered_at, acknowledged_at, unnamed_at, name_off_at, told_at, told_today, subscribed_at) AS (",
                );
                sql.push_rows(actors, |row, actor| {
                    row.push_bind(actor.id)
                        .push_bind(actor.answered_at)
                        .push_bind(actor.acknowledged_at)
                        .push_bind(actor.unnamed_at)
                        .push_bind(actor.name_off_at)
                        .push_bind(actor.told_at)
                        .push_bind(actor.told_today)
                        .push_bind(actor.subscribed_at);
                });
                sql.push(
                    ") UPDATE actor
                       SET answered_at = noted.answered_at, acknowledged_at = noted.acknowledged_at,
                           unnamed_at = noted.unnamed_at, name_off_at = noted.name_off_at, told_at = noted.told_at,
                           told_today = noted.told_today, subscribed_at = noted.subscribed_at
                       FROM noted
                       WHERE actor.id = noted.id",
                );
            },
            count
        )?;
        Ok(())
    }

    /// Erases the personal data of an actor whose account is gone; the row stays for the history.
    pub async fn forget_actor(&mut self, id: i64) -> Result<()> {
        execute!(
            self,
            sqlx::query(
                "UPDATE actor
             SET name = '', page = NULL, followers = NULL, discoverable = FALSE
             WHERE id = $1",
            )
            .bind(id)
        )?;
        Ok(())
    }
}

/// The personal and the shared inbox of an actor, by their row ids.
type InboxPair = (i64, Option<i64>);

/// The inboxes that an actor left, each with the one in its place.
fn moves(before: InboxPair, after: InboxPair) -> Vec<(i64, i64)> {
    let stays = |inbox| inbox == after.0 || Some(inbox) == after.1;
    let shared = before.1.map(|old| (old, after.1.unwrap_or(after.0)));
    let own = (before.0, after.0);
    let mut moves: Vec<_> = shared.into_iter().chain([own]).collect();
    moves.retain(|(old, _)| !stays(*old));
    moves
}

fn hosts_of(actor: &NewActor) -> Vec<&HostRow> {
    let shared = actor.shared_inbox.as_ref().map(|(_, host)| host);
    [Some(&actor.host), Some(&actor.inbox.1), shared]
        .into_iter()
        .flatten()
        .collect()
}

fn inboxes_of(actor: &NewActor) -> Vec<(&str, &HostRow)> {
    let all = std::iter::once(&actor.inbox).chain(actor.shared_inbox.as_ref());
    all.map(|(url, host)| (url.as_str(), host)).collect()
}
