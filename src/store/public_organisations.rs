//! The public list of organisations by their addresses: approved accounts, and those that administrators entered.

use std::collections::HashMap;

use sqlx::FromRow;

use super::{
    Result, Tx,
    public_lists::{FROM_BY_HAND, FROM_FEDIVERSE, PublicEntry, PublicPage},
    word_search::WordSearch,
};
use crate::random::PublicId;

/// A filter for organisations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrganisationFilter {
    /// Words that begin like these.
    pub search: Option<WordSearch>,
    /// Whether it is for the administrators themselves, who see the list also while all names are off.
    pub for_administrators: bool,
}

/// Where a page of the list begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OrganisationStart {
    /// At the top.
    #[default]
    Top,
    /// After this entry.
    After(OrganisationPlace),
    /// So that it ends before this entry.
    Before(OrganisationPlace),
}

/// The place of an organisation in the list.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OrganisationPlace {
    public_id: PublicId,
    /// Its address without the scheme, host first: that of the website that is verified, else of its profile.
    place: String,
}

/// The list from its top to its end, page by page, in any number of transactions.
#[derive(Clone, Debug)]
pub struct OrganisationPages {
    filter: OrganisationFilter,
    /// Where the next page begins; `None` at the end.
    next: Option<OrganisationStart>,
}

impl OrganisationPages {
    /// The pages of the list with this filter.
    pub const fn of(filter: OrganisationFilter) -> Self {
        Self {
            filter,
            next: Some(OrganisationStart::Top),
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
        let (page, last) = tx.organisations_read(&self.filter, &start, limit).await?;
        self.next = last.filter(|_| page.has_next).map(OrganisationStart::After);
        Ok(page.entries)
    }
}

/// Every organisation that is listed, with its place. A slash sorts before everything that a host may have, so that the
/// pages of one host follow each other.
const PLACES: &str = "
    SELECT public_id, place FROM (
        SELECT endorsement.public_id AS public_id,
               lower(replace(COALESCE(link.domain,
                                      CASE WHEN COALESCE(actor.page, actor.url) LIKE 'https://%'
                                           THEN substr(COALESCE(actor.page, actor.url), 9)
                                           ELSE substr(COALESCE(actor.page, actor.url), 8) END), '/', ' ')) AS place,
               endorsement.shown_words AS words
        FROM endorsement
        JOIN actor ON actor.id = endorsement.actor_id
        LEFT JOIN link ON link.endorsement_id = endorsement.id AND link.state = 'linked'
        WHERE endorsement.organisation AND endorsement.organisation = TRUE AND endorsement.state = 'listed'
        UNION ALL
        SELECT public_id, lower(replace(substr(url, 9), '/', ' ')) AS place, shown_words AS words
        FROM organisation
        WHERE removed_at IS NULL) AS organisation_place
    WHERE TRUE";

impl Tx {
    /// The place of a listed organisation; `None` when there is none with this id, whether or not there ever was, and while
    /// all names are off.
    pub async fn organisation_place(&mut self, id: &PublicId) -> Result<Option<OrganisationPlace>> {
        if self.names_off().await?.is_some() {
            return Ok(None);
        }
        let found: Vec<OrganisationPlace> = built!(
            self,
            |sql| {
                sql.push(PLACES).push(" AND public_id = ").push_bind(id.as_str());
            },
            rows OrganisationPlace
        )?;
        Ok(found.into_iter().next())
    }

    /// Up to `limit` organisations, by their addresses; none for the public while all names are off.
    pub async fn organisations_page(
        &mut self,
        filter: &OrganisationFilter,
        start: &OrganisationStart,
        limit: usize,
    ) -> Result<PublicPage> {
        Ok(self.organisations_read(filter, start, limit).await?.0)
    }

    /// The same, with the place of the last one.
    async fn organisations_read(
        &mut self,
        filter: &OrganisationFilter,
        start: &OrganisationStart,
        limit: usize,
    ) -> Result<(PublicPage, Option<OrganisationPlace>)> {
        if !filter.for_administrators && self.names_off().await?.is_some() {
            return Ok((PublicPage::default(), None));
        }
        let more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut places: Vec<OrganisationPlace> = built!(
            self,
            |sql| {
                sql.push(PLACES);
                for pattern in filter.search.iter().flat_map(WordSearch::patterns) {
                    sql.push(" AND (' ' || words) LIKE ").push_bind(pattern);
                }
                let beside = match start {
                    OrganisationStart::Top => None,
                    OrganisationStart::After(beside) => Some((" AND (place, public_id) > (", beside)),
                    OrganisationStart::Before(beside) => Some((" AND (place, public_id) < (", beside)),
                };
                if let Some((side, beside)) = beside {
                    sql.push(side).push_bind(beside.place.clone());
                    sql.push(", ").push_bind(beside.public_id.to_string()).push(")");
                }
                sql.push(match start {
                    OrganisationStart::Before(_) => " ORDER BY place DESC, public_id DESC LIMIT ",
                    OrganisationStart::Top | OrganisationStart::After(_) => " ORDER BY place, public_id LIMIT ",
                });
                sql.push_bind(more);
            },
            rows OrganisationPlace
        )?;
        let is_more = places.len() > limit;
        places.truncate(limit);
        let (has_previous, has_next) = match start {
            OrganisationStart::Top => (false, is_more),
            OrganisationStart::After(_) => (true, is_more),
            OrganisationStart::Before(_) => {
                places.reverse();
                (is_more, true)
            }
        };
        let page = PublicPage {
            entries: self.organisation_entries(&places).await?,
            has_previous,
            has_next,
        };
        Ok((page, places.pop()))
    }

    /// What stands at these places, in their order.
    async fn organisation_entries(
        &mut self,
        places: &[OrganisationPlace],
    ) -> Result<Vec<PublicEntry>> {
        let ids: Vec<String> = places.iter().map(|it| it.public_id.to_string()).collect();
        let accounts: Vec<PublicEntry> = built!(
            self,
            |sql, ids| {
                sql.push(FROM_FEDIVERSE).push(" AND endorsement.public_id");
                sql.push_in(&ids);
            },
            rows PublicEntry
        )?;
        let by_hand: Vec<PublicEntry> = built!(
            self,
            |sql, ids| {
                sql.push(FROM_BY_HAND).push(" AND public_id");
                sql.push_in(&ids);
            },
            rows PublicEntry
        )?;
        let found = accounts.into_iter().chain(by_hand);
        let mut found: HashMap<String, PublicEntry> = found
            .map(|entry| (entry.public_id.to_string(), entry))
            .collect();
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }
}
