//! Organisations that administrators entered: those that wrote by e-mail, for example.
//!
//! Not here: the public list, in which they stand with accounts (`public_organisations`).

use sqlx::FromRow;

use super::{Result, Tx};
use crate::{clock::Millis, random::PublicId};

/// An organisation by hand.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OrganisationRow {
    /// The public id.
    pub public_id: PublicId,
    /// The name, as it is shown.
    pub name: String,
    /// Where it is on the web: https, with the host in Punycode, without a query and a slash at the end. No two that
    /// are listed have the same.
    pub url: String,
    /// Who wrote, and where that is filed; never public.
    pub reference: String,
    /// The revision that was published when it was entered.
    pub revision: i64,
    /// What a search finds it by, as the shown words of an endorsement.
    pub shown_words: String,
    /// When it was entered.
    pub added_at: Millis,
    /// When it was removed; `None` while it is listed.
    pub removed_at: Option<Millis>,
}

/// An approved account of an organisation whose website may be the same as one by hand.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct OrganisationAccount {
    /// The public id of its endorsement.
    pub public_id: PublicId,
    /// `@user@host`.
    pub handle: String,
    /// Its profile.
    pub url: String,
    /// The host of the website that it and its account link each other, or else that of its server.
    pub host: String,
    /// Whether that is the website.
    pub verified: bool,
}

macro_rules! columns {
    () => {
        "public_id, name, url, reference, revision, shown_words, added_at, removed_at"
    };
}

impl Tx {
    /// Writes organisations by hand; one that is there (by public id) takes the new values.
    pub async fn save_organisations(&mut self, organisations: &[OrganisationRow]) -> Result<()> {
        for batch in organisations.chunks(1000) {
            built!(
                self,
                |sql| {
                    sql.push(concat!("INSERT INTO organisation (", columns!(), ") "));
                    sql.push_rows(batch, |row, organisation| {
                        row.push_bind(organisation.public_id.as_str())
                            .push_bind(&organisation.name)
                            .push_bind(&organisation.url)
                            .push_bind(&organisation.reference)
                            .push_bind(organisation.revision)
                            .push_bind(&organisation.shown_words)
                            .push_bind(organisation.added_at)
                            .push_bind(organisation.removed_at);
                    });
                    sql.push(
                        " ON CONFLICT (public_id) DO UPDATE
                          SET name = excluded.name, url = excluded.url, reference = excluded.reference,
                              revision = excluded.revision, shown_words = excluded.shown_words,
                              added_at = excluded.added_at, removed_at = excluded.removed_at",
                    );
                },
                count
            )?;
        }
        Ok(())
    }

    /// The organisations by hand, listed or removed, whose public id begins so; at most `limit`.
    pub async fn find_organisations(
        &mut self,
        beginning: &str,
        limit: i64,
    ) -> Result<Vec<OrganisationRow>> {
        let beginning = beginning.to_ascii_lowercase().replace('\0', "");
        let end = format!("{beginning}\u{10ffff}");
        Ok(on_either!(
            self,
            sqlx::query_as(concat!(
                "SELECT ",
                columns!(),
                " FROM organisation WHERE public_id >= $1 AND public_id < $2 ORDER BY public_id LIMIT $3"
            ))
            .bind(beginning)
            .bind(end)
            .bind(limit),
            fetch_all
        )?)
    }

    /// The organisations by hand with these public ids, listed or removed.
    pub async fn organisations_by_id(
        &mut self,
        public_ids: &[String],
    ) -> Result<Vec<OrganisationRow>> {
        Ok(built!(
            self,
            |sql, public_ids| {
                sql.push(concat!(
                    "SELECT ",
                    columns!(),
                    " FROM organisation WHERE public_id"
                ));
                sql.push_in(public_ids);
                sql.push(" ORDER BY id");
            },
            rows OrganisationRow
        )?)
    }

    /// The listed organisations by hand with these addresses.
    pub async fn organisations_at(&mut self, urls: &[String]) -> Result<Vec<OrganisationRow>> {
        Ok(built!(
            self,
            |sql, urls| {
                sql.push(concat!(
                    "SELECT ",
                    columns!(),
                    " FROM organisation WHERE removed_at IS NULL AND url"
                ));
                sql.push_in(urls);
                sql.push(" ORDER BY id");
            },
            rows OrganisationRow
        )?)
    }

    /// The approved accounts of organisations whose own website, or whose server, is one of these hosts.
    pub async fn organisation_accounts(
        &mut self,
        hosts: &[String],
    ) -> Result<Vec<OrganisationAccount>> {
        Ok(built!(
            self,
            |sql, hosts| {
                sql.push(
                    "SELECT endorsement.public_id, actor.handle, COALESCE(actor.page, actor.url) AS url,
                            COALESCE(link.domain, host.name) AS host, link.domain IS NOT NULL AS verified
                     FROM endorsement
                     JOIN actor ON actor.id = endorsement.actor_id
                     JOIN host ON host.id = actor.host_id
                     LEFT JOIN link ON link.endorsement_id = endorsement.id AND link.state = 'linked'
                     WHERE endorsement.organisation AND endorsement.organisation = TRUE
                       AND endorsement.state = 'listed' AND COALESCE(link.domain, host.name)",
                );
                sql.push_in(hosts);
                sql.push(" ORDER BY endorsement.id");
            },
            rows OrganisationAccount
        )?)
    }

    /// Deletes the organisations that were removed and cannot be brought back any more; returns how many.
    pub async fn forget_organisations(&mut self) -> Result<u64> {
        Ok(execute!(
            self,
            sqlx::query(
                "DELETE FROM organisation
                 WHERE removed_at IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM audit_target
                                   WHERE audit_target.target = organisation.public_id AND audit_target.undo IS NOT NULL)"
            )
        )?)
    }
}
