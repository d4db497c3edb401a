//! The page of an error, with a sentence that says what to do.

use askama::Template;

use super::frame::SiteView;
use crate::i18n::{Language, ProblemWords};

/// The error page.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// The frame of the page; it needs no database, which may be the cause of the error.
    pub site: SiteView,
    /// What went wrong.
    pub problem: Problem,
    /// Addresses of what is there instead, and what they are called.
    pub offered: Vec<(String, &'static str)>,
}

impl ErrorPage {
    /// No page of the navigation.
    const HERE: &str = "";
}

/// The kind of an error response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// 400: the request cannot be read.
    BadRequest,
    /// 400: there is no such list.
    NotOffered,
    /// 403: a form was sent from another site.
    ForeignForm,
    /// 404: nothing is there.
    NotFound,
    /// 404: the letter is a draft.
    NotOut,
    /// 410: the resource was deleted.
    Gone,
    /// 410: the letter's actor was retired.
    Retired,
    /// 413: the form is too large.
    TooLarge,
    /// 429: too many requests.
    TooMany,
    /// 500: an error of this server.
    Internal,
    /// 503: not available for now.
    Unavailable,
}

impl Problem {
    /// The HTTP status.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest | Self::NotOffered => 400,
            Self::ForeignForm => 403,
            Self::NotFound | Self::NotOut => 404,
            Self::Gone | Self::Retired => 410,
            Self::TooLarge => 413,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// What happened, and what to do.
    fn words(self, words: &'static Language) -> &'static ProblemWords {
        match self {
            Self::BadRequest | Self::TooLarge => &words.bad_request,
            Self::NotOffered => &words.not_offered,
            Self::ForeignForm => &words.foreign_form,
            Self::NotFound => &words.not_found,
            Self::NotOut => &words.not_out,
            Self::Gone => &words.gone,
            Self::Retired => &words.retired,
            Self::TooMany => &words.too_many,
            Self::Internal => &words.internal,
            Self::Unavailable => &words.unavailable,
        }
    }
}
