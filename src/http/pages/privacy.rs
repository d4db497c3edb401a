//! `/privacy`: the privacy notice, made from the settings in force.

use std::{sync::Arc, time::Duration};

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use super::{
    frame::{SiteView, rendered},
    signing::SigningView,
};
use crate::{
    endorsement::policy::LikeDisplay,
    http::{
        counts::{names_of_file, number},
        error::{Failure, NotServed},
        response_cache::{MINUTE, Rendered},
        state::HttpState,
    },
    i18n::{RetentionWords, SupportCounts},
    register::maintenance::purge::KEEP_LATE,
};

/// The privacy notice, from the current configuration.
#[derive(Clone, Debug, Template)]
#[template(path = "privacy.html")]
pub struct PrivacyPage {
    /// The frame of the page.
    pub site: SiteView,
    /// The numbers: why names may be shown depends on their sources.
    pub counts: SupportCounts,
    /// How many names of the letter's file are on GitHub, and how many elsewhere.
    pub in_file: (u64, u64),
    /// How many signed by a comment on a forge.
    pub commented: u64,
    /// The rules for signing.
    pub signing: SigningView,
    /// `privacy.purge_withdrawn_after`.
    pub purge_withdrawn_after: Duration,
    /// `privacy.keep_waiting`.
    pub keep_waiting: Duration,
    /// `privacy.keep_comments`.
    pub keep_comments: Duration,
    /// `privacy.keep_rejected`.
    pub keep_rejected: Duration,
    /// `privacy.keep_reports`.
    pub keep_reports: Duration,
    /// How long acts that arrived after the letter closed are kept.
    pub keep_late: Duration,
    /// `[verify]`: `interval` and `grace`.
    pub verify: (Duration, Duration),
    /// `privacy.anonymise_after_close`.
    pub anonymise_after_close: Option<Duration>,
    /// How long backups live that the server makes, if it makes any: `[backup]`.
    pub backups: Option<Duration>,
    /// `log.journal_rows`.
    pub journal_rows: u32,
    /// `links.github`.
    pub asks_github: bool,
}

impl PrivacyPage {
    /// The path by which the navigation marks this page.
    const HERE: &str = "/privacy";

    /// Why the names may be processed that did not sign in the Fediverse, for each source that there is.
    fn basis_of_names(&self) -> Vec<&'static str> {
        let (counts, words) = (&self.counts, &self.site.words().privacy);
        let sources = [
            (self.in_file.0, words.basis_github),
            (self.in_file.1, words.basis_letter),
            (self.commented, words.basis_forge),
            (counts.manual, words.basis_manual),
        ];
        let there = sources.into_iter().filter(|(n, _)| *n > 0);
        there.map(|(_, sentence)| sentence).collect()
    }

    /// That endorsements are verified, and how often.
    fn looked_again(&self) -> String {
        let (words, (interval, grace)) = (self.site.words(), self.verify);
        let said = words.privacy.looked_again;
        said.replace("{interval}", &words.duration(interval))
            .replace("{grace}", &words.duration(grace))
    }

    /// What is kept of a pledge, with the organisers' words; `None` while nobody is asked for one.
    fn pledge(&self) -> Option<(&'static str, String)> {
        let words = &self.site.words().privacy.pledge;
        let label = self.site.pledge.as_ref()?;
        Some((words.what, words.note.replace("{label}", label)))
    }

    /// Whether people sign without a name, or did while they could.
    fn signs_without_name(&self) -> bool {
        self.signing.nameless || self.counts.nameless > 0
    }

    /// What is never kept of private posts.
    fn never_private(&self) -> &'static str {
        let words = self.site.words();
        if self.signs_without_name() {
            words.nameless.never_private
        } else {
            words.privacy.never_private
        }
    }

    /// The kept data and their retention periods, from the settings.
    fn kept(&self) -> Vec<(&'static RetentionWords, String)> {
        let language = self.site.words();
        let words = &language.privacy;
        let up_to = |time| words.up_to.replace("{time}", &language.duration(time));
        let nameless = &language.nameless.kept;
        let mut kept = vec![
            (&words.entry, words.while_you_sign.to_owned()),
            (&words.evidence, words.while_you_sign.to_owned()),
            (&words.links, words.while_you_sign.to_owned()),
            (&words.left, words.one_day.to_owned()),
            (&words.taken_off, up_to(self.purge_withdrawn_after)),
            (&words.waiting, up_to(self.keep_waiting)),
            (&words.comments, up_to(self.keep_comments)),
            (&words.late, up_to(self.keep_late)),
            (&words.rejected, up_to(self.keep_rejected)),
            (&words.followers, words.while_you_follow.to_owned()),
            (&words.subscribers, words.while_it_stands.to_owned()),
            (&words.passed_on, words.while_it_stands.to_owned()),
            (&words.reports, up_to(self.keep_reports)),
            (&words.blocks, words.until_lifted.to_owned()),
            (&words.decisions, words.for_good.to_owned()),
        ];
        if self.signs_without_name() {
            kept.insert(1, (nameless, words.while_it_stands.to_owned()));
        }
        if self.commented > 0 {
            kept.push((&words.forge, words.while_you_sign.to_owned()));
        }
        if let Some(after) = self.anonymise_after_close {
            let time = words
                .after_close
                .replace("{time}", &language.duration(after));
            kept.push((&words.anonymised, time));
        }
        if let Some(time) = self.backups {
            kept.push((&words.backups, up_to(time)));
        }
        if self.journal_rows > 0 {
            let last = language.count(self.journal_rows.into(), &words.last_deliveries);
            kept.push((&words.inbox_log, last));
        }
        kept
    }
}

/// `GET /privacy`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    state.answer(&headers, "page /privacy", page(&state)).await
}

async fn page(state: &HttpState) -> Result<Rendered, NotServed> {
    let mut tx = state.store.read().await?;
    let (site, counts, in_file, commented) = match state.current_if_out(&mut tx).await? {
        Some(current) => {
            let counts = current.count_json(&mut tx).await?;
            let [github, letter] = names_of_file(&counts, &current.counts);
            let commented = current.counts.on_forges().signed;
            (
                current.site(state),
                SupportCounts::from(&counts),
                (number(github), number(letter)),
                number(commented),
            )
        }
        None => (
            SiteView::without_letter(state),
            SupportCounts::default(),
            (0, 0),
            0,
        ),
    };
    let config = &state.app.config;
    let page = PrivacyPage {
        site,
        counts,
        in_file,
        commented,
        signing: SigningView::of(state, &mut tx).await?,
        purge_withdrawn_after: config.privacy.purge_withdrawn_after,
        keep_waiting: config.privacy.keep_waiting,
        keep_comments: config.privacy.keep_comments,
        keep_rejected: config.privacy.keep_rejected,
        keep_reports: config.privacy.keep_reports,
        keep_late: KEEP_LATE,
        verify: (config.verify.interval, config.verify.grace),
        anonymise_after_close: config.privacy.anonymise_after_close,
        backups: config.backup_folder().map(|_| config.backup.kept_for()),
        journal_rows: config.log.journal_rows,
        asks_github: config.links.github,
    };
    Ok(rendered(MINUTE, &page)?)
}
