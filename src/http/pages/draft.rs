//! `/` while the letter is a draft: who is here, that nothing is out yet, and how to be told.

use askama::Template;

use super::frame::SiteView;
use crate::{
    clock::Millis,
    http::{error::NotServed, state::HttpState},
    i18n::Language,
    register::letter::launch::planned,
    store::Tx,
};

/// The page of a draft. Nothing on it is made from the letter.
#[derive(Clone, Debug, Template)]
#[template(path = "draft.html")]
pub(super) struct DraftPage {
    /// The frame of the page.
    pub(super) site: SiteView,
    /// The actor's `url`, which this page links to with `rel="me"`.
    pub(super) actor_url: String,
    /// When the letter comes out, if that is planned.
    pub(super) launches_at: Option<Millis>,
}

impl DraftPage {
    /// The path by which the navigation marks this page.
    const HERE: &str = "/";

    /// By the register and the configuration.
    pub(super) async fn of(state: &HttpState, tx: &mut Tx) -> Result<Self, NotServed> {
        let site = SiteView::without_letter(state);
        let plan = planned(tx).await?;
        Ok(Self {
            site: SiteView {
                is_out: false,
                letter_url: state.app.urls.actor(),
                ..site
            },
            actor_url: state.app.urls.profile(),
            launches_at: plan.map(|plan| plan.due_at),
        })
    }

    /// When the letter comes out, as a sentence.
    fn launches(&self, words: &Language) -> Option<String> {
        self.launches_at.map(|at| {
            let text = words.letter.launches.replace("{date}", &words.date(at));
            text.replace("{time}", &at.to_time())
        })
    }

    /// How to be told.
    fn follow(&self, words: &Language) -> String {
        words.letter.follow.replace("{handle}", &self.site.handle)
    }
}
