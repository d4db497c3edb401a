//! What others show of the letter's page, and links by which people pass it on.

use serde_json::json;

use super::letter::LetterPage;
use crate::{http::share_image, text::percent_encoded};

/// The page on which people choose their own server to share something there, run by the makers of Mastodon
/// (<https://share.joinmastodon.org>). What is shared stands behind `#` and is not sent to it.
const MASTODON: &str = "https://share.joinmastodon.org/#text=";

impl LetterPage {
    /// The address of the page.
    fn address(&self) -> String {
        format!("{}{}", self.site.base_url, self.site.home)
    }

    /// A link that shares the letter on Mastodon.
    pub(super) fn share_on_mastodon(&self) -> String {
        let site = &self.site;
        let text = format!("{}\n\n{}\n\n{}", site.title, self.address(), site.handle);
        format!("{MASTODON}{}", percent_encoded(&text))
    }

    /// A `mailto:` address (RFC 6068) of a message that passes the letter on.
    pub(super) fn share_by_mail(&self) -> String {
        let subject = percent_encoded(&self.site.title);
        let body = format!("{}\r\n\r\n{}\r\n", self.description, self.address());
        format!("mailto:?subject={subject}&body={}", percent_encoded(&body))
    }

    /// The address of the picture for previews.
    pub(super) fn image(&self) -> String {
        format!("{}{}", self.site.base_url, share_image::PATH)
    }

    /// The picture in words. Its title is that of the original, which a translation's page does not have.
    pub(super) fn image_alt(&self) -> String {
        let headline = self.site.words().headline(&self.counts);
        let (handle, noun) = (&self.site.handle, headline.noun);
        match headline.figure {
            Some(figure) => format!("{handle}: {figure} {noun}"),
            None => format!("{handle}: {noun}"),
        }
    }

    /// The page for search engines and link previews (<https://schema.org/WebPage>, as JSON-LD). It has no `<`, so that it
    /// can stand in HTML as it is.
    pub(super) fn json_ld(&self) -> String {
        let site = &self.site;
        let data = json!({
            "@context": "https://schema.org",
            "@type": "WebPage",
            "url": self.address(),
            "headline": site.title,
            "description": self.description,
            "inLanguage": site.language,
            "datePublished": self.published,
            "dateModified": self.updated.unwrap_or(self.published),
            "image": self.image(),
            "author": {
                "@type": "Organization",
                "name": site.handle,
                "url": self.actor_url,
            },
        });
        data.to_string().replace('<', "\\u003c")
    }
}
