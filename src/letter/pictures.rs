//! The pictures of a letter: where its text names them, and what their bytes are.
//!
//! In the text that people sign, the address of a picture is `sha256:` with the hash of its bytes, so that other bytes
//! are another text. Whoever reads the letter's file reads the pictures beside it, too, and puts these addresses in
//! ([`with_addresses`]) before the text is parsed.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use url::Url;

use super::{
    Letter, line_number,
    markdown::{OPTIONS, words_of},
    one_line,
};
use crate::{hash::Sha256, string_enum::words};

/// The largest picture, in bytes.
pub const MAX_PICTURE: usize = 2 * 1024 * 1024;

/// The path below which pictures are served.
pub const PICTURES: &str = "/pictures";

/// The scheme of the addresses in the text that people sign.
const SCHEME: &str = "sha256:";

/// Most pictures that the Note carries: Mastodon shows no more.
const MAX_ATTACHED: usize = 4;

/// The length of SHA-256 in hexadecimal.
const HEX: usize = 64;

words! {
    /// The format of a picture, by the ending of its name.
    pub enum PictureFormat {
        /// PNG.
        Png = "png",
        /// JPEG.
        Jpeg = "jpg",
        /// WebP.
        WebP = "webp",
    }
}

impl PictureFormat {
    /// The format by the first bytes of a file; `None` for any other.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if bytes.starts_with(b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Some(Self::WebP)
        } else {
            None
        }
    }

    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }
}

/// The name of a stored picture: the SHA-256 of its bytes in lower-case hexadecimal, a dot, and the ending of its
/// format.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PictureName(String);

impl PictureName {
    /// The name of these bytes; `None` when they are no picture that can be shown.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let format = PictureFormat::of(bytes)?;
        Some(Self(format!("{}.{format}", Sha256::of_bytes(bytes).hex())))
    }

    /// Reads a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hash, ending) = text.split_once('.')?;
        let is_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        let fits = hash.len() == HEX && hash.bytes().all(is_hex);
        (fits && ending.parse::<PictureFormat>().is_ok()).then(|| Self(text.to_owned()))
    }

    /// Reads the address of a picture in the text that people sign.
    #[must_use]
    pub fn from_address(address: &str) -> Option<Self> {
        Self::parse(address.strip_prefix(SCHEME)?)
    }

    /// The address in the text that people sign.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{SCHEME}{}", self.0)
    }

    /// The path under which it is served.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{PICTURES}/{}", self.0)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The media type, by the ending.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        let ending = self.0.rsplit('.').next().unwrap_or_default();
        let format = ending.parse().unwrap_or(PictureFormat::Png);
        PictureFormat::media_type(format)
    }
}

/// A picture to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterPicture {
    /// Its name.
    pub name: PictureName,
    /// Its bytes, at most [`MAX_PICTURE`].
    pub bytes: Vec<u8>,
}

/// A picture that a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The address as it is written.
    pub address: String,
    /// The description, plain text on one line; empty if there is none.
    pub description: String,
    /// The line of the text, from 1.
    pub line: u32,
    /// What has to be replaced for another address.
    place: Range<usize>,
    /// What stands before and after the address there.
    around: (String, String),
}

impl Image {
    /// The Markdown or HTML that names another address.
    fn with_address(&self, address: &str) -> String {
        format!("{}{address}{}", self.around.0, self.around.1)
    }
}

/// The pictures that a Markdown text names, in their order: Markdown's own, and `img` elements with quoted attributes.
#[must_use]
pub fn images(text: &str) -> Vec<Image> {
    let mut found = Vec::new();
    let mut open: Option<OpenImage> = None;
    for (event, range) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        match (&mut open, event) {
            (None, Event::Start(Tag::Image { dest_url, .. })) => {
                open = Some(OpenImage {
                    address: dest_url.to_string(),
                    begins: range.start.saturating_add("![".len()),
                    ends: range.start.saturating_add("![".len()),
                    place: range,
                    description: String::new(),
                    inside: 0,
                });
            }
            // One event for each line of a block, but a tag may have several lines.
            (None, Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_)) => {
                html_images(text, &range, &mut found);
            }
            (None, _) => {}
            (Some(image), Event::End(TagEnd::Image)) if image.inside == 0 => {
                found.push(image.close(text));
                open = None;
            }
            (Some(image), event) => {
                if let Event::Start(Tag::Image { .. }) = event {
                    image.inside += 1;
                } else if let Event::End(TagEnd::Image) = event {
                    image.inside = image.inside.saturating_sub(1);
                }
                image
                    .description
                    .push_str(words_of(&event).unwrap_or_default());
                image.ends = image.ends.max(range.end);
            }
        }
    }
    found.sort_by_key(|image| image.place.start);
    let mut lines = 0_usize;
    let mut at = 0_usize;
    for image in &mut found {
        let between = text.get(at..image.place.start).unwrap_or_default();
        lines = lines.saturating_add(between.matches('\n').count());
        at = image.place.start;
        image.line = line_number(lines);
    }
    found
}

/// A Markdown picture whose description is being read.
struct OpenImage {
    address: String,
    description: String,
    place: Range<usize>,
    /// Where the description begins and ends, as it is written.
    begins: usize,
    ends: usize,
    /// Pictures inside of the description.
    inside: usize,
}

impl OpenImage {
    fn close(&self, text: &str) -> Image {
        let written = text.get(self.begins..self.ends).unwrap_or_default();
        Image {
            address: self.address.clone(),
            description: one_line(&self.description),
            line: 0,
            place: self.place.clone(),
            around: (format!("![{written}]("), ")".to_owned()),
        }
    }
}

/// Adds the `img` elements of a piece of HTML at this place of the text.
fn html_images(text: &str, range: &Range<usize>, found: &mut Vec<Image>) {
    let mut rest = text.get(range.clone()).unwrap_or_default();
    let mut at = range.start;
    while let Some(open) = rest.find('<') {
        let markup = rest.get(open..).unwrap_or_default();
        let end = if markup.starts_with("<!--") {
            markup.find("-->")
        } else {
            markup.find('>')
        };
        let Some(end) = end else { return };
        let tag = markup.get(..end).unwrap_or_default();
        let name = tag.get(1..5).unwrap_or_default();
        if name.trim_end().eq_ignore_ascii_case("img")
            && let Some(source) = attribute(tag, "src")
        {
            let shift = at.saturating_add(open);
            let description = attribute(tag, "alt").and_then(|place| tag.get(place));
            found.push(Image {
                address: tag.get(source.clone()).unwrap_or_default().to_owned(),
                description: one_line(description.unwrap_or_default()),
                line: 0,
                place: source.start.saturating_add(shift)..source.end.saturating_add(shift),
                around: (String::new(), String::new()),
            });
        }
        let next = open.saturating_add(end).saturating_add(1);
        rest = rest.get(next..).unwrap_or_default();
        at = at.saturating_add(next);
    }
}

/// The place of a quoted attribute's value in a tag.
fn attribute(tag: &str, name: &str) -> Option<Range<usize>> {
    let lower = tag.to_ascii_lowercase();
    let mut places = lower.match_indices(name).filter_map(|(at, _)| {
        let before = lower.get(..at)?;
        let after = lower.get(at.checked_add(name.len())?..)?.trim_start();
        let value = after.strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| ['"', '\''].contains(c))?;
        let value = value.get(1..)?;
        let start = tag.len().checked_sub(value.len())?;
        let end = start.checked_add(value.find(quote)?)?;
        before
            .ends_with(|c: char| c.is_ascii_whitespace() || ['"', '\''].contains(&c))
            .then_some(start..end)
    });
    places.next()
}

/// The text with other addresses: `replacement` gives the one of each picture, or leaves it.
#[must_use]
pub fn with_addresses(text: &str, replacement: impl Fn(&Image) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for image in images(text) {
        if let Some(address) = replacement(&image)
            && image.place.start >= at
        {
            out.push_str(text.get(at..image.place.start).unwrap_or_default());
            out.push_str(&image.with_address(&address));
            at = image.place.end;
        }
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// The pictures that the letter's Note carries with their descriptions: the first four that are stored.
#[must_use]
pub fn attached(letter: &Letter) -> Vec<(PictureName, String)> {
    let mut attached: Vec<(PictureName, String)> = Vec::new();
    for image in images(&letter.body) {
        let Some(name) = PictureName::from_address(&image.address) else {
            continue;
        };
        if attached.len() < MAX_ATTACHED && attached.iter().all(|(known, _)| *known != name) {
            attached.push((name, image.description));
        }
    }
    attached
}

/// The text with the addresses under which stored pictures are served.
pub(super) fn with_served(text: &str, base: &Url) -> String {
    with_addresses(text, |image| {
        let name = PictureName::from_address(&image.address)?;
        base.join(&name.path()).ok().map(String::from)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::letter::{note_html, page_html, parse};

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

    #[test]
    fn a_picture_is_known_by_its_bytes() {
        let table: [(&[u8], Option<&str>); 6] = [
            (PNG, Some("image/png")),
            (b"\xff\xd8\xff\xe0 jpeg", Some("image/jpeg")),
            (b"RIFF\0\0\0\0WEBPVP8 ", Some("image/webp")),
            (b"RIFF\0\0\0\0WAVE", None),
            (b"<svg/>", None),
            (b"", None),
        ];
        for (bytes, media_type) in table {
            let name = PictureName::of(bytes);
            assert_eq!(name.as_ref().map(PictureName::media_type), media_type);
            if let Some(name) = name {
                assert_eq!(PictureName::parse(name.as_str()), Some(name.clone()));
                assert_eq!(PictureName::from_address(&name.address()), Some(name));
            }
        }
        let hex = "a".repeat(64);
        for bad in [
            format!("{hex}.svg"),
            hex.clone(),
            format!("{}.png", hex.to_uppercase()),
            format!("{hex}a.png"),
            format!("../{hex}.png"),
            format!("{hex}.png.png"),
        ] {
            assert_eq!(PictureName::parse(&bad), None, "{bad}");
        }
    }

    #[test]
    fn pictures_are_found_wherever_markdown_and_html_name_them() {
        let text = "# T\n\n![A *fine* day](a.png \"title\") and [![b](<b c.png>)](https://x.example)\n\n\
                    ![by label][l] ![l]\n\n`![no](no.png)` <!-- <img src=\"no.png\"> -->\n\n\
                    <p>\n<IMG\n  alt='x' data-src=\"no.png\" src=\"d.png\"></p>\n\nInline <img src='e.png'/>.\n\n\
                    > ![quoted\n> twice](f.png)\n\n[l]: l.png\n";
        let found: Vec<_> = images(text)
            .into_iter()
            .map(|image| (image.address, image.description, image.line))
            .collect();
        let found: Vec<_> = found
            .iter()
            .map(|(address, description, line)| (address.as_str(), description.as_str(), *line))
            .collect();
        assert_eq!(
            found,
            [
                ("a.png", "A fine day", 3),
                ("b c.png", "b", 3),
                ("l.png", "by label", 5),
                ("l.png", "l", 5),
                ("d.png", "x", 11),
                ("e.png", "", 13),
                ("f.png", "quoted twice", 15),
            ]
        );
        let other = with_addresses(text, |image| {
            (image.address != "e.png").then(|| format!("sha256:{}", image.address.len()))
        });
        let found: Vec<_> = images(&other).into_iter().map(|it| it.address).collect();
        assert_eq!(
            found,
            [
                "sha256:5", "sha256:7", "sha256:5", "sha256:5", "sha256:5", "e.png", "sha256:5"
            ]
        );
        assert!(
            other.contains("![A *fine* day](sha256:5) and [![b](sha256:7)](https://x.example)")
        );
        assert_eq!(with_addresses(text, |_| None), text);
    }

    #[test]
    fn a_stored_picture_is_shown_on_the_page_and_linked_in_the_note() {
        let name = PictureName::of(PNG).unwrap();
        let address = name.address();
        let file =
            format!("# T\n\n![Us]({address})\n\n<p><img\n src=\"{address}\" alt=\"We\"></p>\n");
        let letter = parse(file.as_bytes(), None).unwrap();
        let base = Url::parse("https://letter.example/").unwrap();
        let url = format!("https://letter.example{}", name.path());
        let page = page_html(&letter, &base);
        assert!(
            page.contains(&format!("<img src=\"{url}\" alt=\"Us\">")),
            "{page}"
        );
        assert!(
            page.contains(&format!("<img src=\"{url}\" alt=\"We\">")),
            "{page}"
        );
        let note = note_html(&letter, &base);
        assert!(note.contains(&format!("<a href=\"{url}\"")), "{note}");
        assert!(!format!("{page}{note}").contains(&address));
        assert_eq!(attached(&letter), [(name, "Us".to_owned())]);
    }

    #[test]
    fn other_bytes_are_another_text_and_four_are_attached() {
        let named = |n: u8| PictureName::of(&[PNG, &[n]].concat()).unwrap();
        let text = |numbers: &[u8]| {
            let images = numbers
                .iter()
                .map(|n| format!("![{n}]({})\n\n", named(*n).address()));
            parse(
                format!("# T\n\n{}", images.collect::<String>()).as_bytes(),
                None,
            )
            .unwrap()
        };
        assert_ne!(text(&[1]).digest, text(&[2]).digest);
        let all = attached(&text(&[1, 2, 1, 3, 4, 5]));
        let descriptions: Vec<_> = all.iter().map(|(_, said)| said.as_str()).collect();
        assert_eq!(descriptions, ["1", "2", "3", "4"]);
    }
}
