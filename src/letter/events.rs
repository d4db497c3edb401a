//! A stream of Markdown events without images and footnotes that readers cannot show.

use std::collections::VecDeque;

use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};
use url::Url;

use super::{markdown::words_of, one_line, sanitise};

/// The readers of the HTML.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum RenderTarget {
    /// Other servers, which keep few elements.
    Servers,
    /// Visitors of our own page.
    People,
}

/// Iterates over the events of a text.
pub(super) struct Flow<'a, E> {
    events: E,
    audience: RenderTarget,
    base: &'a Url,
    ready: VecDeque<Event<'a>>,
    /// The number of open links.
    links: usize,
    /// The label of a footnote whose first paragraph has not begun.
    footnote: Option<CowStr<'a>>,
}

impl<'a, E: Iterator<Item = Event<'a>>> Flow<'a, E> {
    /// Takes the events of a text; relative addresses are resolved against `base`.
    pub(super) fn new(events: E, audience: RenderTarget, base: &'a Url) -> Self {
        Self {
            events,
            audience,
            base,
            ready: VecDeque::new(),
            links: 0,
            footnote: None,
        }
    }

    /// Processes the next event into any number of ready ones.
    fn take(&mut self, event: Event<'a>) {
        if let Some(label) = self.footnote.take() {
            let number = Event::Text(format!("[{label}] ").into());
            if matches!(event, Event::Start(Tag::Paragraph)) {
                self.ready.extend([event, number]);
                return;
            }
            let paragraph = [
                Event::Start(Tag::Paragraph),
                number,
                Event::End(TagEnd::Paragraph),
            ];
            self.ready.extend(paragraph);
        }
        if let Event::Start(Tag::Image { dest_url, .. }) = event {
            self.image(&dest_url);
        } else if let Event::Start(Tag::FootnoteDefinition(label)) = event {
            self.footnote = Some(label);
        } else if let Event::FootnoteReference(label) = event {
            self.ready
                .push_back(Event::Text(format!("[{label}]").into()));
        } else if !matches!(event, Event::End(TagEnd::FootnoteDefinition)) {
            if let Event::Start(Tag::Link { .. }) = event {
                self.links += 1;
            } else if let Event::End(TagEnd::Link) = event {
                self.links = self.links.saturating_sub(1);
            }
            self.ready.push_back(event);
        }
    }

    /// Reads an image to its end. It becomes its description as a link, or stays an image if it may be
    /// loaded.
    fn image(&mut self, url: &str) {
        let mut open = 1_usize;
        let mut description = String::new();
        while open > 0 {
            let Some(event) = self.events.next() else {
                break;
            };
            if let Event::Start(Tag::Image { .. }) = event {
                open += 1;
            } else if let Event::End(TagEnd::Image) = event {
                open -= 1;
            } else {
                description.push_str(words_of(&event).unwrap_or_default());
            }
        }
        let description = one_line(&description);
        let said = !description.is_empty();
        let description = Event::Text(description.into());
        let dest_url = CowStr::from(url.to_owned());
        let (title, id) = (CowStr::from(""), CowStr::from(""));
        let link_type = LinkType::Inline;
        let own = sanitise::is_own(url, self.base);
        if self.audience == RenderTarget::People && own {
            let image = Tag::Image {
                link_type,
                dest_url,
                title,
                id,
            };
            self.ready
                .extend([Event::Start(image), description, Event::End(TagEnd::Image)]);
        } else if said && self.links == 0 && sanitise::is_web(url) {
            let link = Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            };
            self.ready
                .extend([Event::Start(link), description, Event::End(TagEnd::Link)]);
        } else {
            self.ready.push_back(description);
        }
    }
}

impl<'a, E: Iterator<Item = Event<'a>>> Iterator for Flow<'a, E> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        while self.ready.is_empty() {
            let event = self.events.next()?;
            self.take(event);
        }
        self.ready.pop_front()
    }
}
