//! Lists for the public, page by page: only what may be shown.
//!
//! A page begins beside an entry, never at an offset, so that one in the middle of a million costs as much as the first.

use std::cmp::Ordering;

use sqlx::FromRow;

use super::{
    Result, Tx,
    word_search::{WordSearch, push_found},
};
use crate::{clock::Millis, random::PublicId};

/// How a public list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PublicSort {
    /// Newest first; names of the letter's file in its order.
    #[default]
    Recent,
    /// By the words that are shown, so mostly by name: letters without their marks, capital and small ones alike
    /// ([`search_words`](crate::text::search_words)).
    Name,
    /// As in the letter's file; only the names in it are listed.
    File,
}

/// What the supporters of a list did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKind {
    /// They signed. Who signed and likes the letter with another account is one of them.
    Signed,
    /// They only like the letter.
    Liked,
    /// They signed, and say to have done what the letter asks for.
    Pledged,
}

/// A filter for the supporters on a public page: persons, because organisations have a list of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicFilter {
    /// `github`, `letter`, `manual`, `fediverse`, or the host of a forge.
    pub source: Option<String>,
    /// Words that begin like these; of the Fediverse only the newest [`MAX_FOUND`](super::MAX_FOUND) entries.
    pub search: Option<WordSearch>,
    /// What they did; `None` for either.
    pub kind: Option<PublicKind>,
    /// For which revision; `None` for any.
    pub revision: Option<i64>,
    /// Whether only those with an approved statement are listed.
    pub with_statement: bool,
    /// The order.
    pub sort: PublicSort,
    /// Whether it is for the administrators themselves, who see the list also while all names are off.
    pub for_administrators: bool,
}

/// Where a page of a public list begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PageStart {
    /// At the top.
    #[default]
    Top,
    /// After this entry.
    After(PublicPlace),
    /// So that it ends before this entry.
    Before(PublicPlace),
    /// In the order by name: at the first entry with these words, or after them.
    AtWords(String),
    /// In the order by time: at the newest entry before this time.
    BeforeTime(Millis),
}

/// The place of an entry in every order.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct PublicPlace {
    /// Whether it is a name of the letter's own list. At the same place endorsements come first.
    signatory: bool,
    at: Millis,
    position: i64,
    words: String,
    id: i64,
}

impl PublicPlace {
    /// Whether it is a name of the letter's own list, which its file may hold.
    pub const fn is_signatory(&self) -> bool {
        self.signatory
    }
}

/// One page of a public list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicPage {
    /// Its entries, in order.
    pub entries: Vec<PublicEntry>,
    /// Whether there are entries before them.
    pub has_previous: bool,
    /// Whether there are entries after them.
    pub has_next: bool,
}

/// A public list from its top to its end, page by page, in any number of transactions. Where a page begins is kept as a place,
/// which stays when its entry goes.
#[derive(Clone, Debug)]
pub struct PublicPages {
    filter: PublicFilter,
    /// Where the next page begins; `None` at the end.
    next: Option<PageStart>,
}

impl PublicPages {
    /// The pages of the list with this filter.
    pub const fn of(filter: PublicFilter) -> Self {
        Self {
            filter,
            next: Some(PageStart::Top),
        }
    }

    /// Whether everything was read.
    pub const fn is_at_end(&self) -> bool {
        self.next.is_none()
    }

    /// The next page with up to `limit` entries; none at the end.
    pub async fn next(&mut self, tx: &mut Tx, limit: usize) -> Result<Vec<PublicEntry>> {
        let Some(start) = self.next.take() else {
            return Ok(Vec::new());
        };
        let page = tx.public_page(&self.filter, &start, limit).await?;
        if let Some(last) = page.entries.last().filter(|_| page.has_next) {
            self.next = tx
                .place_in_list(&last.public_id)
                .await?
                .map(PageStart::After);
        }
        Ok(page.entries)
    }
}

/// One supporter as the public sees it: every value may be shown.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "columns of a query")]
pub struct PublicEntry {
    /// The public id.
    pub public_id: PublicId,
    /// `github`, `letter`, `manual`, `fediverse`, or the host of a forge.
    pub source: String,
    /// Whether there is only a like or a reaction.
    pub liked: bool,
    /// The name; `None` when the handle stands alone.
    pub name: Option<String>,
    /// `@user@host`, `login (host)` of an account on a forge, or the GitHub handle without `@`.
    pub handle: Option<String>,
    /// The profile.
    pub url: Option<String>,
    /// The actor's id; `None` for names of the letter's own list.
    pub actor: Option<String>,
    /// Whether it stands in the letter's own list as well, or nowhere else.
    pub in_own_list: bool,
    /// The declared and approved affiliation, or that of the letter's file.
    pub affiliation: Option<String>,
    /// Whether name or affiliation are what the endorser declared in the post, and no document says.
    pub declared: bool,
    /// When.
    pub at: Millis,
    /// For which revision.
    pub revision: i64,
    /// `endorser` or `moderator`.
    pub by: String,
    /// The approved statement.
    pub statement: Option<String>,
    /// The statement's content warning.
    pub warning: Option<String>,
    /// The original post of a statement.
    pub object: Option<String>,
    /// Where the same supporter is as well, when both link each other: the GitHub account without `@`, or `@user@host`.
    pub also: Option<String>,
    /// The profile page of `also`; `None` for GitHub, whose addresses follow from the names.
    pub also_url: Option<String>,
    /// Of an organisation: the host of the website that it and its account link each other.
    pub linked_from: Option<String>,
    /// Since when the server of the account has given no answer, once that has lasted for 90 days.
    pub server_gone_since: Option<Millis>,
    /// Whether the signed request of somebody whose server is gone is still kept.
    pub evidence_kept: bool,
    /// Whether the supporter signed, and says to have done what the letter asks for.
    pub pledged: bool,
    /// The approved link of that.
    pub pledge_url: Option<String>,
    /// Whether it is an organisation, which is counted apart.
    pub organisation: bool,
    /// Of a project that signs by its own page: who spoke for it, if that is somebody who is listed by name.
    pub spoken_by: Option<String>,
}

/// How many entries a search finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PublicFound {
    /// Endorsements: at most [`MAX_FOUND`](super::MAX_FOUND), and one more if there are more.
    pub endorsements: i64,
    /// Names of the letter's own list.
    pub signatories: i64,
}

/// An entry with its place.
#[derive(FromRow)]
struct Placed {
    #[sqlx(flatten)]
    entry: PublicEntry,
    words: String,
}

pub(super) const FROM_FEDIVERSE: &str = "
    SELECT endorsement.public_id, COALESCE(actor.forge, 'fediverse') AS source, endorsement.kind IN ('like', 'reaction') AS liked,
           CASE WHEN endorsement.edited_name IS NOT NULL THEN endorsement.edited_name
                WHEN endorsement.declared_state = 'shown' AND endorsement.declared_name IS NOT NULL
                THEN endorsement.declared_name
                WHEN endorsement.name_state = 'shown' THEN endorsement.name END AS name,
           CASE WHEN actor.handle LIKE '@%' OR actor.forge IS NOT NULL OR actor.type = 'Project'
                THEN actor.handle END AS handle,
           COALESCE(actor.page, actor.url) AS url, CASE WHEN actor.type <> 'Project' THEN actor.url END AS actor,
           signatory.id IS NOT NULL AS in_own_list,
           CASE WHEN endorsement.edited_affiliation IS NOT NULL THEN endorsement.edited_affiliation
                WHEN endorsement.declared_state = 'shown' THEN endorsement.declared_affiliation END AS affiliation,
           COALESCE(endorsement.declared_state = 'shown'
                    AND ((endorsement.declared_name IS NOT NULL AND endorsement.edited_name IS NULL)
                         OR (endorsement.declared_affiliation IS NOT NULL
                             AND endorsement.edited_affiliation IS NULL)), FALSE) AS declared,
           endorsement.endorsed_at AS at, endorsement.revision,
           CASE WHEN endorsement.edited_name IS NOT NULL OR endorsement.edited_affiliation IS NOT NULL
                  OR endorsement.counts_as IS NOT NULL OR endorsement.promoted_act = endorsement.act_id
                THEN 'moderator' ELSE 'endorser' END AS by,
           CASE WHEN endorsement.statement_state = 'shown' THEN endorsement.statement END AS statement,
           CASE WHEN endorsement.statement_state = 'shown' THEN act.warning END AS warning,
           CASE WHEN endorsement.statement_state = 'shown' THEN act.object END AS object,
           CASE WHEN endorsement.organisation THEN NULL
                WHEN signatory.id IS NOT NULL AND actor.forge IS NULL THEN link.github
                WHEN other.handle LIKE '@%' OR other.forge IS NOT NULL THEN other.handle END AS also,
           CASE WHEN NOT endorsement.organisation AND signatory.id IS NULL
                THEN COALESCE(other.page, other.url) END AS also_url,
           CASE WHEN endorsement.organisation THEN link.domain END AS linked_from,
           (SELECT host.gone_since FROM host WHERE host.id = actor.host_id) AS server_gone_since,
           CASE WHEN (SELECT host.gone_since FROM host WHERE host.id = actor.host_id) IS NULL THEN FALSE
                ELSE EXISTS (SELECT 1 FROM evidence
                             WHERE evidence.act_id = endorsement.act_id AND evidence.how = 'signed')
           END AS evidence_kept,
           endorsement.kind NOT IN ('like', 'reaction')
               AND COALESCE(endorsement.pledge = 'clear' OR endorsement.pledge_state = 'shown', FALSE) AS pledged,
           CASE WHEN endorsement.kind NOT IN ('like', 'reaction') AND endorsement.pledge_state = 'shown'
                THEN endorsement.pledge_url END AS pledge_url,
           (SELECT speaker.handle FROM act AS spoken
            JOIN actor AS speaker ON speaker.id = spoken.speaker_id
            JOIN endorsement AS own ON own.actor_id = speaker.id
            WHERE spoken.id = endorsement.act_id AND spoken.ended_at IS NULL AND own.state = 'listed'
              AND speaker.name_off_at IS NULL
              AND (speaker.handle LIKE '@%' OR speaker.forge IS NOT NULL)) AS spoken_by,
           endorsement.organisation, endorsement.shown_words AS words
    FROM endorsement
    JOIN actor ON actor.id = endorsement.actor_id
    LEFT JOIN act ON act.id = endorsement.act_id
    LEFT JOIN link ON link.endorsement_id = endorsement.id AND link.state = 'linked'
    LEFT JOIN signatory ON signatory.id = link.signatory_id AND signatory.state = 'listed'
          AND signatory.name_off_at IS NULL
    LEFT JOIN endorsement AS twin ON twin.id = link.other_id AND twin.state = 'listed' AND NOT twin.organisation
    LEFT JOIN actor AS other ON other.id = twin.actor_id
    WHERE endorsement.state = 'listed'";

/// A second account stands in the line of the first one.
const NOT_IN_ANOTHERS_LINE: &str = "
    AND NOT EXISTS (SELECT 1 FROM link AS line
                    JOIN endorsement AS first ON first.id = line.endorsement_id
                    WHERE line.other_id = endorsement.id AND line.state = 'linked'
                      AND first.state = 'listed' AND NOT first.organisation)";

/// The same where one source alone is listed: an account on a forge and one of the Fediverse stand in two.
const NOT_IN_A_NEIGHBOURS_LINE: &str = "
    AND NOT EXISTS (SELECT 1 FROM link AS line
                    JOIN endorsement AS first ON first.id = line.endorsement_id
                    JOIN actor AS one ON one.id = first.actor_id AND one.forge IS NULL
                    JOIN actor AS two ON two.id = endorsement.actor_id AND two.forge IS NULL
                    WHERE line.other_id = endorsement.id AND line.state = 'linked'
                      AND first.state = 'listed' AND NOT first.organisation)";

/// A second account that signed as well stands in the line of the first one.
const NOT_IN_ANOTHER_SIGNERS_LINE: &str = "
    AND NOT EXISTS (SELECT 1 FROM link AS line
                    JOIN endorsement AS first ON first.id = line.endorsement_id
                    WHERE line.other_id = endorsement.id AND line.state = 'linked' AND first.state = 'listed'
                      AND NOT first.organisation AND first.kind NOT IN ('like', 'reaction'))";

/// Who signed elsewhere is no supporter who only likes.
const NOT_SIGNED_ELSEWHERE: &str = "
    AND NOT EXISTS (SELECT 1 FROM link AS line
                    LEFT JOIN signatory AS named ON named.id = line.signatory_id AND named.state = 'listed'
                    LEFT JOIN endorsement AS second ON second.id = line.other_id AND second.state = 'listed'
                          AND NOT second.organisation AND second.kind NOT IN ('like', 'reaction')
                    WHERE line.endorsement_id = endorsement.id AND line.state = 'linked'
                      AND (named.id IS NOT NULL OR second.id IS NOT NULL))";

/// A name of the letter's list stands in the line of its account.
const NOT_IN_AN_ACCOUNTS_LINE: &str = "
    AND NOT EXISTS (SELECT 1 FROM link AS line
                    JOIN endorsement AS first ON first.id = line.endorsement_id
                    WHERE line.signatory_id = signatory.id AND line.state = 'linked'
                      AND first.state = 'listed' AND NOT first.organisation)";

/// The same where only accounts that signed are listed.
const NOT_IN_A_SIGNERS_LINE: &str = "
    AND NOT EXISTS (SELECT 1 FROM link AS line
                    JOIN endorsement AS first ON first.id = line.endorsement_id
                    WHERE line.signatory_id = signatory.id AND line.state = 'linked' AND first.state = 'listed'
                      AND NOT first.organisation AND first.kind NOT IN ('like', 'reaction'))";

const FROM_LETTER: &str = "
    SELECT public_id, source, FALSE AS liked, name, handle, url, CAST(NULL AS TEXT) AS actor, TRUE AS in_own_list, affiliation,
           FALSE AS declared, listed_at AS at, revision,
           CASE WHEN source = 'manual' THEN 'moderator' ELSE 'endorser' END AS by,
           CAST(NULL AS TEXT) AS statement, CAST(NULL AS TEXT) AS warning, CAST(NULL AS TEXT) AS object,
           (SELECT actor.handle FROM link
            JOIN endorsement ON endorsement.id = link.endorsement_id
            JOIN actor ON actor.id = endorsement.actor_id
            WHERE link.signatory_id = signatory.id AND link.state = 'linked' AND endorsement.state = 'listed'
              AND NOT endorsement.organisation AND actor.handle LIKE '@%') AS also,
           (SELECT COALESCE(actor.page, actor.url) FROM link
            JOIN endorsement ON endorsement.id = link.endorsement_id
            JOIN actor ON actor.id = endorsement.actor_id
            WHERE link.signatory_id = signatory.id AND link.state = 'linked' AND endorsement.state = 'listed'
              AND NOT endorsement.organisation AND actor.forge IS NULL) AS also_url,
           CAST(NULL AS TEXT) AS linked_from,
           CAST(NULL AS BIGINT) AS server_gone_since, FALSE AS evidence_kept,
           FALSE AS pledged, CAST(NULL AS TEXT) AS pledge_url, CAST(NULL AS TEXT) AS spoken_by,
           FALSE AS organisation, shown_words AS words
    FROM signatory
    WHERE state = 'listed' AND name <> '' AND name_off_at IS NULL";

/// Organisations that administrators entered.
pub(super) const FROM_BY_HAND: &str = "
    SELECT public_id, 'manual' AS source, FALSE AS liked, name, CAST(NULL AS TEXT) AS handle, url,
           CAST(NULL AS TEXT) AS actor, FALSE AS in_own_list, CAST(NULL AS TEXT) AS affiliation, FALSE AS declared,
           added_at AS at, revision, 'moderator' AS by, CAST(NULL AS TEXT) AS statement, CAST(NULL AS TEXT) AS warning,
           CAST(NULL AS TEXT) AS object, CAST(NULL AS TEXT) AS also, CAST(NULL AS TEXT) AS also_url,
           CAST(NULL AS TEXT) AS linked_from, CAST(NULL AS BIGINT) AS server_gone_since, FALSE AS evidence_kept,
           FALSE AS pledged, CAST(NULL AS TEXT) AS pledge_url, CAST(NULL AS TEXT) AS spoken_by, TRUE AS organisation
    FROM organisation
    WHERE removed_at IS NULL";

/// A name of the letter's list stands in the line of its account on a forge, also where one source alone is listed.
const NOT_IN_A_FORGES_LINE: &str = "
    AND NOT EXISTS (SELECT 1 FROM link AS line
                    JOIN endorsement AS first ON first.id = line.endorsement_id
                    JOIN actor AS account ON account.id = first.actor_id
                    WHERE line.signatory_id = signatory.id AND line.state = 'linked' AND account.forge IS NOT NULL
                      AND first.state = 'listed' AND NOT first.organisation)";

/// The source of endorsements of the Fediverse.
const FEDIVERSE: &str = "fediverse";

/// The sources of names of the letter's own list.
const OWN_LISTS: [&str; 3] = ["github", "letter", "manual"];

/// The side of a place on which a page lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PageSide {
    After,
    Before,
}

impl PageStart {
    /// The place that the page lies beside.
    const fn place(&self) -> Option<(PageSide, &PublicPlace)> {
        match self {
            Self::Top | Self::AtWords(_) | Self::BeforeTime(_) => None,
            Self::After(place) => Some((PageSide::After, place)),
            Self::Before(place) => Some((PageSide::Before, place)),
        }
    }

    /// Whether the entries are read from the end.
    const fn is_backwards(&self) -> bool {
        matches!(self, Self::Before(_))
    }
}

impl Tx {
    /// The place of a listed entry; `None` when there is none with this id, whether or not there ever was, and while all
    /// names are off.
    pub async fn public_place(&mut self, id: &PublicId) -> Result<Option<PublicPlace>> {
        if self.names_off().await?.is_some() {
            return Ok(None);
        }
        self.place_in_list(id).await
    }

    /// The same, whether or not the names are off.
    async fn place_in_list(&mut self, id: &PublicId) -> Result<Option<PublicPlace>> {
        Ok(on_either!(
            self,
            sqlx::query_as(
                "SELECT FALSE AS signatory, endorsed_at AS at, CAST(0 AS BIGINT) AS position, shown_words AS words, id
                 FROM endorsement
                 WHERE public_id = $1 AND state = 'listed'
                 UNION ALL
                 SELECT TRUE AS signatory, listed_at AS at, position, shown_words AS words, id
                 FROM signatory
                 WHERE public_id = $1 AND state = 'listed' AND name_off_at IS NULL",
            )
            .bind(id.as_str()),
            fetch_optional
        )?)
    }

    /// The listed entry with this id; `None` when there is none, whether or not there ever was, and while all names are
    /// off.
    pub async fn public_entry(&mut self, id: &PublicId) -> Result<Option<PublicEntry>> {
        if self.names_off().await?.is_some() {
            return Ok(None);
        }
        let endorser: Vec<PublicEntry> = built!(
            self,
            |sql| {
                sql.push(FROM_FEDIVERSE).push(" AND endorsement.public_id = ").push_bind(id.as_str());
            },
            rows PublicEntry
        )?;
        if let Some(entry) = endorser.into_iter().next() {
            return Ok(Some(entry));
        }
        for listed in [FROM_LETTER, FROM_BY_HAND] {
            let found: Vec<PublicEntry> = built!(
                self,
                |sql| {
                    sql.push(listed).push(" AND public_id = ").push_bind(id.as_str());
                },
                rows PublicEntry
            )?;
            if let Some(entry) = found.into_iter().next() {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Up to `limit` entries of the public list; none for the public while all names are off.
    pub async fn public_page(
        &mut self,
        filter: &PublicFilter,
        start: &PageStart,
        limit: usize,
    ) -> Result<PublicPage> {
        if !filter.for_administrators && self.names_off().await?.is_some() {
            return Ok(PublicPage::default());
        }
        let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut entries = Vec::new();
        if filter.has_endorsers() {
            entries = self.endorsers_page(filter, start, more).await?;
        }
        if filter.has_signatories() {
            entries.extend(self.signatories_page(filter, start, more).await?);
        }
        // Both parts are in order, and the sort keeps what is equal as it was: endorsements first.
        let order = |a: &Placed, b: &Placed| match filter.sort {
            PublicSort::Recent => b.entry.at.cmp(&a.entry.at),
            PublicSort::Name => a.words.cmp(&b.words),
            // One part alone, which is in order.
            PublicSort::File => Ordering::Equal,
        };
        let order = |a: &Placed, b: &Placed| {
            if start.is_backwards() {
                order(b, a).then_with(|| backwards(a, b))
            } else {
                order(a, b)
            }
        };
        entries.sort_by(order);
        let is_more = entries.len() > limit;
        entries.truncate(limit);
        if start.is_backwards() {
            entries.reverse();
        }
        let entries: Vec<_> = entries.into_iter().map(|placed| placed.entry).collect();
        let has_previous = match start {
            PageStart::Top => false,
            PageStart::After(_) => true,
            PageStart::Before(_) => is_more,
            PageStart::AtWords(_) | PageStart::BeforeTime(_) => {
                self.is_anybody_before(filter, &entries).await?
            }
        };
        Ok(PublicPage {
            entries,
            has_previous,
            has_next: is_more || start.is_backwards(),
        })
    }

    /// Whether there is an entry before the first one of these.
    async fn is_anybody_before(
        &mut self,
        filter: &PublicFilter,
        entries: &[PublicEntry],
    ) -> Result<bool> {
        let Some(first) = entries.first() else {
            return Ok(false);
        };
        let Some(place) = self.place_in_list(&first.public_id).await? else {
            return Ok(false);
        };
        let before = PageStart::Before(place);
        Ok(
            (filter.has_endorsers() && !self.endorsers_page(filter, &before, 1).await?.is_empty())
                || (filter.has_signatories()
                    && !self.signatories_page(filter, &before, 1).await?.is_empty()),
        )
    }

    async fn endorsers_page(
        &mut self,
        filter: &PublicFilter,
        start: &PageStart,
        limit: i64,
    ) -> Result<Vec<Placed>> {
        let found = filter.search.as_ref().map(|search| search.in_list(self));
        let forwards = !start.is_backwards();
        Ok(built!(
            self,
            |sql| {
                // The page is found by an index that has all that is asked for here; then its rows are looked up.
                sql.push(FROM_FEDIVERSE);
                sql.push(
                    " AND endorsement.id IN (SELECT endorsement.id FROM endorsement
                                             WHERE endorsement.state = 'listed' AND NOT endorsement.organisation",
                );
                push_endorsers!(sql, filter);
                if let Some(found) = &found {
                    push_found!(sql, found);
                }
                if let Some((side, place)) = start.place() {
                    let (column, same, other) = match (filter.sort, side) {
                        (PublicSort::Recent | PublicSort::File, PageSide::After) => ("endorsement.endorsed_at", "<", "<"),
                        (PublicSort::Recent | PublicSort::File, PageSide::Before) => ("endorsement.endorsed_at", ">", ">="),
                        (PublicSort::Name, PageSide::After) => ("endorsement.shown_words", ">", ">"),
                        (PublicSort::Name, PageSide::Before) => ("endorsement.shown_words", "<", "<="),
                    };
                    if place.signatory {
                        sql.push(" AND ").push(column).push(" ").push(other).push(" ");
                        push_key!(sql, filter.sort, place);
                    } else {
                        sql.push(" AND (").push(column).push(", endorsement.id) ").push(same).push(" (");
                        push_key!(sql, filter.sort, place);
                        sql.push(", ").push_bind(place.id).push(")");
                    }
                }
                match start {
                    PageStart::AtWords(words) => {
                        sql.push(" AND endorsement.shown_words >= ").push_bind(words.clone());
                    }
                    PageStart::BeforeTime(time) => {
                        sql.push(" AND endorsement.endorsed_at < ").push_bind(*time);
                    }
                    PageStart::Top | PageStart::After(_) | PageStart::Before(_) => (),
                }
                let order = match (filter.sort, forwards) {
                    (PublicSort::Recent | PublicSort::File, true) => " ORDER BY endorsement.endorsed_at DESC, endorsement.id DESC",
                    (PublicSort::Recent | PublicSort::File, false) => " ORDER BY endorsement.endorsed_at, endorsement.id",
                    (PublicSort::Name, true) => " ORDER BY endorsement.shown_words, endorsement.id",
                    (PublicSort::Name, false) => " ORDER BY endorsement.shown_words DESC, endorsement.id DESC",
                };
                sql.push(order).push(" LIMIT ").push_bind(limit).push(")").push(order);
            },
            rows Placed
        )?)
    }

    async fn signatories_page(
        &mut self,
        filter: &PublicFilter,
        start: &PageStart,
        limit: i64,
    ) -> Result<Vec<Placed>> {
        let forwards = !start.is_backwards();
        Ok(built!(
            self,
            |sql| {
                sql.push(FROM_LETTER);
                push_signatories!(sql, filter);
                if let Some((side, place)) = start.place() {
                    let (column, same, other) = match (filter.sort, side) {
                        (PublicSort::Recent | PublicSort::File, PageSide::After) => ("listed_at", "<", "<="),
                        (PublicSort::Recent | PublicSort::File, PageSide::Before) => ("listed_at", ">", ">"),
                        (PublicSort::Name, PageSide::After) => ("shown_words", ">", ">="),
                        (PublicSort::Name, PageSide::Before) => ("shown_words", "<", "<"),
                    };
                    if filter.sort == PublicSort::File {
                        sql.push(" AND (position, id) ").push(if forwards { ">" } else { "<" }).push(" (");
                        sql.push_bind(place.position).push(", ").push_bind(place.id).push(")");
                    } else if !place.signatory {
                        sql.push(" AND ").push(column).push(" ").push(other).push(" ");
                        push_key!(sql, filter.sort, place);
                    } else if filter.sort == PublicSort::Name {
                        sql.push(" AND (shown_words, id) ").push(same).push(" (");
                        sql.push_bind(place.words.clone()).push(", ").push_bind(place.id).push(")");
                    } else {
                        // The file's order, upwards, within the dates, downwards: no comparison of rows says that.
                        sql.push(" AND listed_at ").push(same).push("= ").push_bind(place.at);
                        sql.push(" AND (listed_at ").push(same).push(" ").push_bind(place.at);
                        sql.push(" OR (position, id) ").push(if forwards { ">" } else { "<" }).push(" (");
                        sql.push_bind(place.position).push(", ").push_bind(place.id).push("))");
                    }
                }
                match start {
                    PageStart::AtWords(words) => {
                        sql.push(" AND shown_words >= ").push_bind(words.clone());
                    }
                    PageStart::BeforeTime(time) => {
                        sql.push(" AND listed_at < ").push_bind(*time);
                    }
                    PageStart::Top | PageStart::After(_) | PageStart::Before(_) => (),
                }
                sql.push(match (filter.sort, forwards) {
                    (PublicSort::File, true) => " ORDER BY position, id",
                    (PublicSort::File, false) => " ORDER BY position DESC, id DESC",
                    (PublicSort::Recent, true) => " ORDER BY listed_at DESC, position, id",
                    (PublicSort::Recent, false) => " ORDER BY listed_at, position DESC, id DESC",
                    (PublicSort::Name, true) => " ORDER BY shown_words, id",
                    (PublicSort::Name, false) => " ORDER BY shown_words DESC, id DESC",
                });
                sql.push(" LIMIT ").push_bind(limit);
            },
            rows Placed
        )?)
    }

    /// How many persons a search finds; nobody while all names are off.
    pub async fn public_found(
        &mut self,
        filter: &PublicFilter,
        search: &WordSearch,
    ) -> Result<PublicFound> {
        if self.names_off().await?.is_some() {
            return Ok(PublicFound::default());
        }
        let found = search.in_list(self);
        let mut counts = PublicFound::default();
        if filter.has_endorsers() {
            let rows: Vec<(i64,)> = built!(
                self,
                |sql| {
                    sql.push(
                        "SELECT COUNT(*) FROM endorsement
                         WHERE endorsement.state = 'listed' AND NOT endorsement.organisation",
                    );
                    push_endorsers!(sql, filter);
                    push_found!(sql, &found);
                },
                rows(i64,)
            )?;
            counts.endorsements = rows.first().map_or(0, |row| row.0);
        }
        if filter.has_signatories() {
            let rows: Vec<(i64,)> = built!(
                self,
                |sql| {
                    sql.push("SELECT COUNT(*) FROM signatory WHERE state = 'listed'");
                    push_signatories!(sql, filter);
                },
                rows(i64,)
            )?;
            counts.signatories = rows.first().map_or(0, |row| row.0);
        }
        Ok(counts)
    }

    /// The first letters of what is listed, in the order by name: at most `limit`; none while all names are off.
    pub async fn first_letters(&mut self, limit: i64) -> Result<Vec<String>> {
        // From one letter to the next by one look into the index each, and no further than the limit: the one outside would
        // be applied only when all letters are there. No word has a character after the last one.
        const LETTERS: &str = "
            WITH RECURSIVE
            letter (place, first) AS (
                SELECT CAST(1 AS BIGINT), (SELECT substr(MIN(shown_words), 1, 1) FROM endorsement
                        WHERE state = 'listed' AND NOT organisation AND shown_words > '')
                UNION ALL
                SELECT letter.place + 1, (SELECT substr(MIN(shown_words), 1, 1) FROM endorsement
                        WHERE state = 'listed' AND NOT organisation AND shown_words > letter.first || $1)
                FROM letter
                WHERE letter.first IS NOT NULL AND letter.place < $2),
            name (place, first) AS (
                SELECT CAST(1 AS BIGINT), (SELECT substr(MIN(shown_words), 1, 1) FROM signatory
                        WHERE state = 'listed' AND shown_words > '')
                UNION ALL
                SELECT name.place + 1, (SELECT substr(MIN(shown_words), 1, 1) FROM signatory
                        WHERE state = 'listed' AND shown_words > name.first || $1)
                FROM name
                WHERE name.first IS NOT NULL AND name.place < $2)
            SELECT first FROM letter WHERE first IS NOT NULL
            UNION
            SELECT first FROM name WHERE first IS NOT NULL
            ORDER BY first
            LIMIT $2";
        if self.names_off().await?.is_some() {
            return Ok(Vec::new());
        }
        let letters: Vec<(String,)> = on_either!(
            self,
            sqlx::query_as(LETTERS).bind("\u{10ffff}").bind(limit),
            fetch_all
        )?;
        Ok(letters.into_iter().map(|row| row.0).collect())
    }

    /// The newest approved statements of listed persons; none while all names are off.
    pub async fn shown_statements(&mut self, limit: i64) -> Result<Vec<PublicEntry>> {
        if self.names_off().await?.is_some() {
            return Ok(Vec::new());
        }
        let placed: Vec<Placed> = built!(
            self,
            |sql| {
                sql.push(FROM_FEDIVERSE);
                sql.push(
                    " AND NOT endorsement.organisation AND endorsement.statement_state = 'shown'
                      AND endorsement.statement IS NOT NULL
                      ORDER BY endorsement.endorsed_at DESC, endorsement.id DESC
                      LIMIT ",
                );
                sql.push_bind(limit);
            },
            rows Placed
        )?;
        Ok(placed.into_iter().map(|placed| placed.entry).collect())
    }

    /// The posts that `/letter/replies` may name, newest first: listed replies without a statement, or with a shown
    /// one. Others are left out, because naming them would publish them again; and so are all while all names are off.
    pub async fn public_replies(&mut self, limit: i64) -> Result<Vec<String>> {
        if self.names_off().await?.is_some() {
            return Ok(Vec::new());
        }
        let rows: Vec<(String,)> = on_either!(self, sqlx::query_as(
            "SELECT act.object
             FROM endorsement
             JOIN act ON act.id = endorsement.act_id
             JOIN actor ON actor.id = endorsement.actor_id AND actor.forge IS NULL
             WHERE endorsement.state = 'listed' AND endorsement.kind = 'reply' AND NOT endorsement.organisation
               AND (endorsement.statement IS NULL OR endorsement.statement_state = 'shown')
             ORDER BY endorsement.endorsed_at DESC, endorsement.id DESC
             LIMIT $1",
        )
        .bind(limit), fetch_all)?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }
}

impl PublicFilter {
    /// Whether endorsements can be in the list.
    fn has_endorsers(&self) -> bool {
        self.sort != PublicSort::File
            && self
                .source
                .as_deref()
                .is_none_or(|source| !matches!(source, "letter" | "manual"))
    }

    /// Whether names of the letter's own list can be in it: they like nothing, and say nothing.
    fn has_signatories(&self) -> bool {
        self.source
            .as_deref()
            .is_none_or(|source| OWN_LISTS.contains(&source))
            && !self.with_statement
            && !matches!(self.kind, Some(PublicKind::Liked | PublicKind::Pledged))
    }

    /// Whether two linked entries are one line. Whoever searches, or asks for a revision, a statement or a pledge, finds each entry
    /// by what is its own: the other one may not be in such a list.
    const fn has_lines(&self) -> bool {
        self.search.is_none()
            && self.revision.is_none()
            && !self.with_statement
            && !matches!(self.kind, Some(PublicKind::Pledged))
    }
}

/// The order from the end, where endorsements come after signatories at the same place.
fn backwards(a: &Placed, b: &Placed) -> Ordering {
    let endorses = |placed: &Placed| placed.entry.actor.is_some();
    endorses(a).cmp(&endorses(b))
}

/// Pushes what a place has in the column that an order begins with.
macro_rules! push_key {
    ($sql:ident, $sort:expr, $place:expr) => {
        match $sort {
            PublicSort::Recent | PublicSort::File => $sql.push_bind($place.at),
            PublicSort::Name => $sql.push_bind($place.words.clone()),
        }
    };
}
use push_key;

/// Pushes the conditions of a filter on endorsements, beside the search. All but the lines stand in the indexes by which
/// the list is walked.
macro_rules! push_endorsers {
    ($sql:ident, $filter:expr) => {{
        let filter: &PublicFilter = $filter;
        match filter.kind {
            Some(PublicKind::Signed) => {
                $sql.push(" AND endorsement.kind NOT IN ('like', 'reaction')");
            }
            Some(PublicKind::Liked) => {
                $sql.push(" AND endorsement.kind IN ('like', 'reaction')");
            }
            Some(PublicKind::Pledged) => {
                $sql.push(
                    " AND endorsement.kind NOT IN ('like', 'reaction') AND endorsement.pledge IS NOT NULL
                      AND (endorsement.pledge = 'clear' OR endorsement.pledge_state = 'shown')",
                );
            }
            None => (),
        }
        match filter.source.as_deref() {
            None => (),
            Some(FEDIVERSE) => {
                $sql.push(
                    " AND NOT EXISTS (SELECT 1 FROM actor WHERE actor.id = endorsement.actor_id AND actor.forge IS NOT NULL)",
                );
            }
            Some(forge) => {
                $sql.push(" AND endorsement.actor_id IN (SELECT actor.id FROM actor WHERE actor.forge = ")
                    .push_bind(forge.to_owned())
                    .push(")");
            }
        }
        if let Some(revision) = filter.revision {
            $sql.push(" AND endorsement.revision = ").push_bind(revision);
        }
        if filter.with_statement {
            // The last of the three words. An equality would lead SQLite to the index of statements, whose order is
            // another one.
            $sql.push(" AND endorsement.statement_state > 'pending'");
        }
        if filter.has_lines() {
            $sql.push(match filter.kind {
                _ if filter.source.is_some() => NOT_IN_A_NEIGHBOURS_LINE,
                Some(PublicKind::Signed) => NOT_IN_ANOTHER_SIGNERS_LINE,
                Some(PublicKind::Liked | PublicKind::Pledged) | None => NOT_IN_ANOTHERS_LINE,
            });
        }
        if filter.search.is_none() && filter.kind == Some(PublicKind::Liked) {
            $sql.push(NOT_SIGNED_ELSEWHERE);
        }
    }};
}
use push_endorsers;

/// Pushes the conditions of a filter on the letter's own list. It is short enough to be read from one end to the other.
macro_rules! push_signatories {
    ($sql:ident, $filter:expr) => {{
        let filter: &PublicFilter = $filter;
        if filter.sort == PublicSort::File {
            $sql.push(" AND source <> 'manual'");
        } else if filter.has_lines() && filter.source.is_some() {
            $sql.push(NOT_IN_A_FORGES_LINE);
        } else if filter.has_lines() {
            $sql.push(match filter.kind {
                Some(_) => NOT_IN_A_SIGNERS_LINE,
                None => NOT_IN_AN_ACCOUNTS_LINE,
            });
        }
        if let Some(revision) = filter.revision {
            $sql.push(" AND revision = ").push_bind(revision);
        }
        if let Some(source) = &filter.source {
            $sql.push(" AND source = ").push_bind(source.clone());
        }
        for pattern in filter.search.iter().flat_map(WordSearch::patterns) {
            $sql.push(" AND (' ' || shown_words) LIKE ")
                .push_bind(pattern);
        }
    }};
}
use push_signatories;
