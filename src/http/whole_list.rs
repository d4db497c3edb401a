//! The letter and its whole list as documents that stand alone, for whoever keeps, prints or hands them over.
//!
//! The list is made part by part, so that a million names need no memory. Every value is one that the pages show.

use std::vec;

use askama::Template;

use super::{
    counts::{CountJson, count_json},
    error::NotServed,
    pages::supporter::{PEOPLE, StatementView, SupporterView},
    supporter_data::{BulkForm, SupporterJson},
};
use crate::{
    activitystreams::{Urls, escape},
    i18n::{Language, SupportCounts},
    letter::{Letter, list_item, literal, page_html, plain_text, without_scheme},
    register::letter::note::NoteSettings,
    store::{
        OrganisationFilter, OrganisationPages, PublicEntry, PublicFilter, PublicKind, PublicPages,
        RevisionRow, Tx,
    },
};

/// The entries that are read and written at a time.
const AT_ONCE: usize = 500;

/// How the documents look, on a screen and on paper. They have no other file beside them.
const STYLE: &str = include_str!("whole_list.css");

/// The published letter with its numbers, as one snapshot has them.
#[derive(Debug)]
pub struct LetterCopy {
    /// The newest revision.
    pub revision: RevisionRow,
    /// Its text.
    pub letter: Letter,
    /// The language tag.
    pub language: String,
    /// The numbers of `count.json`.
    pub counts: CountJson,
    urls: Urls,
}

impl LetterCopy {
    /// Reads the letter and its numbers.
    ///
    /// # Errors
    /// The letter is not out yet, or what is stored cannot be read.
    pub async fn read(
        tx: &mut Tx,
        settings: &NoteSettings,
        urls: &Urls,
    ) -> Result<Self, NotServed> {
        let revision = tx.current_revision().await?;
        let revision = revision.ok_or(NotServed::NotYet)?;
        let letter = settings.read(&revision)?;
        let newest = tx.newest_substantive_revision().await?;
        let endorsed = tx.counts(newest).await?;
        Ok(Self {
            counts: count_json(tx, &revision, newest, &endorsed).await?,
            language: settings.language_of(&letter).to_owned(),
            letter,
            revision,
            urls: urls.clone(),
        })
    }

    /// The text as a page that needs no other file; pictures are linked.
    ///
    /// # Errors
    /// The template failed.
    pub fn html(&self) -> askama::Result<String> {
        let page = TextPage {
            body: page_html(&self.letter, self.urls.base()),
            frame: self.frame(),
        };
        page.render()
    }

    /// The text as plain text, with its title first.
    pub fn text(&self) -> String {
        plain_text(&self.letter, self.urls.base()) + "\n"
    }

    /// The headline and what is said below it: "24 signatures (21 on GitHub, 3 in the Fediverse)".
    pub fn headline(&self) -> String {
        self.words()
            .headline(&SupportCounts::from(&self.counts))
            .to_string()
    }

    fn words(&self) -> &'static Language {
        Language::of(&self.language)
    }

    fn frame(&self) -> Frame {
        let words = self.words();
        Frame {
            language: self.language.clone(),
            words,
            title: self.letter.title.clone(),
            page: self.urls.page(),
            digest: self.revision.digest.clone(),
            number: self.revision.number,
            date: words.date(self.revision.published_at),
            headline: self.headline(),
        }
    }

    /// What stands over a part of the list; `None` when the letter has nobody of this kind.
    fn heading(&self, section: ListPart) -> Option<String> {
        let (words, counts) = (self.words(), SupportCounts::from(&self.counts));
        match section {
            ListPart::Signed => {
                let headline = words.headline(&counts);
                let figure = headline.figure?;
                Some(format!("{figure} {}", headline.noun))
            }
            ListPart::Organisations => words.organisations(&counts),
            ListPart::Liked => {
                (counts.liked > 0).then(|| words.count(counts.liked, &words.counts.only_likes))
            }
            ListPart::Everybody => Some(String::new()),
        }
    }
}

/// What every document says of the letter.
#[derive(Debug)]
struct Frame {
    language: String,
    words: &'static Language,
    title: String,
    page: String,
    digest: String,
    number: i64,
    date: String,
    headline: String,
}

#[derive(Debug, Template)]
#[template(path = "copy_letter.html")]
struct TextPage {
    frame: Frame,
    body: String,
}

#[derive(Debug, Template)]
#[template(path = "copy_list.html")]
struct ListHead {
    frame: Frame,
}

#[derive(Debug, Template)]
#[template(path = "copy_people.html")]
struct People {
    people: Vec<(SupporterView, Option<StatementView>)>,
    words: &'static Language,
}

/// A form of the whole list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// For programs: people first, then organisations.
    Data(BulkForm),
    /// A page that needs no other file.
    Html,
    /// Markdown, an item for each name as in a letter's file.
    Markdown,
    /// Plain text, a line for each name.
    Text,
}

/// A part of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ListPart {
    /// Those who signed, and those who like, newest first.
    Everybody,
    Signed,
    Organisations,
    Liked,
}

/// The pages of a part.
#[derive(Debug)]
enum PartPages {
    People(PublicPages),
    Organisations(OrganisationPages),
}

impl ListPart {
    /// Its pages, for administrators.
    fn pages(self) -> PartPages {
        let kind = match self {
            Self::Organisations => {
                return PartPages::Organisations(OrganisationPages::of(OrganisationFilter {
                    for_administrators: true,
                    ..OrganisationFilter::default()
                }));
            }
            Self::Everybody => None,
            Self::Signed => Some(PublicKind::Signed),
            Self::Liked => Some(PublicKind::Liked),
        };
        PartPages::People(PublicPages::of(PublicFilter {
            kind,
            for_administrators: true,
            ..PublicFilter::default()
        }))
    }
}

impl PartPages {
    /// The next entries; `None` at the end.
    async fn next(&mut self, tx: &mut Tx) -> crate::store::Result<Option<Vec<PublicEntry>>> {
        Ok(match self {
            Self::People(pages) if !pages.is_at_end() => Some(pages.next(tx, AT_ONCE).await?),
            Self::Organisations(pages) if !pages.is_at_end() => {
                Some(pages.next(tx, AT_ONCE).await?)
            }
            Self::People(_) | Self::Organisations(_) => None,
        })
    }
}

impl ListForm {
    fn sections(self) -> Vec<ListPart> {
        use ListPart::{Everybody, Liked, Organisations, Signed};
        match self {
            Self::Data(_) => vec![Everybody, Organisations],
            Self::Html | Self::Markdown | Self::Text => vec![Signed, Organisations, Liked],
        }
    }

    fn head(self, copy: &LetterCopy) -> askama::Result<String> {
        let frame = copy.frame();
        Ok(match self {
            Self::Data(form) => form.head(),
            Self::Html => ListHead { frame }.render()?,
            Self::Markdown => format!(
                "# {}\n\n{}\n\n<{}> · {} {} · {} · SHA-256 `{}`\n",
                literal(&frame.title),
                literal(&frame.headline),
                frame.page,
                frame.words.letter.revision,
                frame.number,
                frame.date,
                frame.digest
            ),
            Self::Text => format!(
                "{}\n{}\n{}\n{} {}, {}\nSHA-256 {}\n",
                frame.title,
                frame.headline,
                frame.page,
                frame.words.letter.revision,
                frame.number,
                frame.date,
                frame.digest
            ),
        })
    }

    fn heading(self, heading: &str) -> String {
        match self {
            Self::Data(_) => String::new(),
            Self::Html => format!("<h2>{}</h2>\n<ol>\n", escape(heading)),
            Self::Markdown => format!("\n## {}\n\n", literal(heading)),
            Self::Text => format!("\n{heading}\n\n"),
        }
    }

    fn entries(self, copy: &LetterCopy, entries: Vec<PublicEntry>) -> Result<String, NotServed> {
        let words = copy.words();
        let mut text = String::new();
        match self {
            Self::Data(form) => {
                for entry in entries {
                    form.push(&mut text, &SupporterJson::of(entry, &copy.urls))?;
                }
            }
            Self::Html => {
                let people = entries.into_iter().map(|entry| {
                    let statement = StatementView::of(entry.clone());
                    (SupporterView::of(entry), statement)
                });
                let people = people.collect();
                text = People { people, words }.render()?;
            }
            Self::Markdown => {
                for person in entries.into_iter().map(SupporterView::of) {
                    let name = name_of(&person, words);
                    let affiliation = person.affiliation.as_deref();
                    text.push_str("- ");
                    text.push_str(&list_item(name, person.link(), affiliation));
                    text.push('\n');
                }
            }
            Self::Text => {
                for person in entries.into_iter().map(SupporterView::of) {
                    text.push_str(name_of(&person, words));
                    if let (Some(_), Some(handle)) = (&person.name, &person.handle) {
                        text.extend([" (", handle.as_str(), ")"]);
                    }
                    if let (Some(_), Some((_, address))) = (&person.name, person.address()) {
                        text.extend([" (", &address, ")"]);
                    }
                    if let Some(affiliation) = &person.affiliation {
                        text.extend([", ", affiliation.as_str()]);
                    }
                    text.push('\n');
                }
            }
        }
        Ok(text)
    }

    const fn end_of_section(self) -> &'static str {
        match self {
            Self::Html => "</ol>\n",
            Self::Data(_) | Self::Markdown | Self::Text => "",
        }
    }

    const fn end(self) -> &'static str {
        match self {
            Self::Html => "</main>\n</body>\n</html>\n",
            Self::Data(_) | Self::Markdown | Self::Text => "",
        }
    }
}

/// The name that may be shown, else the handle, else the address of an organisation.
fn name_of<'a>(person: &'a SupporterView, words: &'static Language) -> &'a str {
    let shown = person.name.as_deref().or(person.handle.as_deref());
    let address = person.link().filter(|_| person.organisation);
    let shown = shown.or(address.map(without_scheme));
    shown.unwrap_or(words.list.anonymous)
}

/// The whole list in one form, part by part.
#[derive(Debug)]
pub struct WholeList<'a> {
    copy: &'a LetterCopy,
    form: ListForm,
    is_begun: bool,
    sections: vec::IntoIter<ListPart>,
    /// What is left of the section that is being written.
    open: Option<PartPages>,
    is_ended: bool,
}

impl<'a> WholeList<'a> {
    /// The list of this letter; each part has to be read in the transaction that the letter was read in.
    pub fn new(copy: &'a LetterCopy, form: ListForm) -> Self {
        Self {
            copy,
            form,
            is_begun: false,
            sections: form.sections().into_iter(),
            open: None,
            is_ended: false,
        }
    }

    /// The next part; `None` at the end.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_part(&mut self, tx: &mut Tx) -> Result<Option<String>, NotServed> {
        let (copy, form) = (self.copy, self.form);
        if !self.is_begun {
            self.is_begun = true;
            return Ok(Some(form.head(copy)?));
        }
        if let Some(pages) = &mut self.open {
            if let Some(entries) = pages.next(tx).await? {
                return Ok(Some(form.entries(copy, entries)?));
            }
            self.open = None;
            return Ok(Some(form.end_of_section().to_owned()));
        }
        for section in self.sections.by_ref() {
            if let Some(heading) = copy.heading(section) {
                self.open = Some(section.pages());
                return Ok(Some(form.heading(&heading)));
            }
        }
        let ends = !std::mem::replace(&mut self.is_ended, true);
        Ok(ends.then(|| form.end().to_owned()))
    }

    /// The whole list at once, for lists that are kept in memory anyway.
    ///
    /// # Errors
    /// The database failed.
    pub async fn whole(mut self, tx: &mut Tx) -> Result<String, NotServed> {
        let mut text = String::new();
        while let Some(part) = self.next_part(tx).await? {
            text.push_str(&part);
        }
        Ok(text)
    }
}
