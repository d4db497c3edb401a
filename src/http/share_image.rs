//! The picture that stands beside a link to the letter (`og:image`): its title, the number of signatures, and the handle.
//!
//! A title in a script for which no font is there is left out: nobody shares a row of empty boxes.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};
use resvg::usvg::Node;
use unicode_segmentation::UnicodeSegmentation as _;

use super::{
    assets::shown,
    drawing::{DrawError, LastDrawn, parse},
    error::{Failure, NotServed},
    pages::frame::SiteView,
    response_cache::{MINUTE, Rendered},
    state::HttpState,
};
use crate::i18n::SupportCounts;

/// The address of the picture for previews.
pub const PATH: &str = "/og.png";

/// Its width and height in pixels: the form that link previews have room for.
pub const SIZE: (u32, u32) = (1200, 630);

/// The same of the picture behind the head of the profile, as Mastodon shows it.
const HEADER_SIZE: (u32, u32) = (1500, 500);

/// The room at all sides, in pixels.
const MARGIN: u32 = 70;

/// The sizes of the title, the largest first, in pixels.
const FONT_SIZES: [u32; 5] = [92, 76, 64, 52, 42];

/// What is drawn.
#[derive(Clone, Debug, Template)]
#[template(path = "share_image.svg")]
struct ShareImage {
    /// Width and height, in pixels.
    size: (u32, u32),
    /// The lines of the title; none when it cannot be drawn.
    title: Vec<String>,
    /// The size of its letters, in pixels.
    font_size: u32,
    /// The number of signatures and the noun for it; both empty where no number is shown.
    figure: String,
    noun: &'static str,
    handle: String,
    /// Whether the language is written from right to left: then the picture is mirrored.
    right_to_left: bool,
}

impl ShareImage {
    /// The lines with the height at which each stands.
    fn placed(&self) -> impl Iterator<Item = (u32, &String)> {
        let first = MARGIN + 20 + self.font_size;
        let height = line_height(self.font_size);
        let place = move |number| first + height * number;
        (0..).map(place).zip(&self.title)
    }

    /// How many lines of letters of this size there is room for.
    fn most_lines(&self, font_size: u32) -> usize {
        let room = self.rule() - MARGIN - 40 - font_size;
        let most = room / line_height(font_size) + 1;
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Where lines begin, and where what stands opposite does.
    const fn edges(&self) -> (Edge, Edge) {
        let left = Edge {
            x: MARGIN,
            anchor: "start",
        };
        let right = Edge {
            x: self.size.0 - MARGIN,
            anchor: "end",
        };
        if self.right_to_left {
            (right, left)
        } else {
            (left, right)
        }
    }

    /// The line above the numbers, from the top.
    const fn rule(&self) -> u32 {
        self.size.1 - MARGIN - 70
    }

    /// The same picture with another title and size of its letters.
    fn filled(&self, title: Vec<String>, font_size: u32) -> Result<String, DrawError> {
        let filled = Self {
            title,
            font_size,
            ..self.clone()
        };
        Ok(filled.render()?)
    }
}

/// The height of a line, in pixels.
const fn line_height(font_size: u32) -> u32 {
    font_size * 118 / 100
}

/// A side of the picture.
#[derive(Clone, Copy, Debug)]
struct Edge {
    /// From the left, in pixels.
    x: u32,
    /// Which end of a text stands there (`text-anchor`).
    anchor: &'static str,
}

/// `GET /og.png`.
pub async fn get(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let shared = Arc::clone(&state);
    let render = async move {
        let mut tx = shared.store.read().await?;
        let current = shared.current(&mut tx).await?;
        let counts = current.count_json(&mut tx).await?;
        drop(tx);
        let site = current.site(&shared);
        let headline = site.words().headline(&SupportCounts::from(&counts));
        let image = ShareImage {
            figure: headline.figure.unwrap_or_default(),
            noun: headline.noun,
            ..of_letter(&site, SIZE)
        };
        drawn(&shared.share_image, image, site.title).await
    };
    state.answer(&headers, "og image", render).await
}

/// `GET /header`: the file of `actor.header`, else a picture with the title, without the number, which changes more often
/// than servers read a profile.
pub async fn header(
    State(state): State<Arc<HttpState>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if let Some(file) = &state.header {
        return Ok(shown(file));
    }
    let shared = Arc::clone(&state);
    let render = async move {
        let mut tx = shared.store.read().await?;
        let site = shared.current(&mut tx).await?.site(&shared);
        drop(tx);
        drawn(
            &shared.header_image,
            of_letter(&site, HEADER_SIZE),
            site.title,
        )
        .await
    };
    state.answer(&headers, "header image", render).await
}

/// What pictures of the letter have in common.
fn of_letter(site: &SiteView, pixels: (u32, u32)) -> ShareImage {
    ShareImage {
        size: pixels,
        title: Vec::new(),
        font_size: 0,
        figure: String::new(),
        noun: "",
        handle: site.handle.clone(),
        right_to_left: site.words().right_to_left,
    }
}

async fn drawn(last: &LastDrawn, image: ShareImage, title: String) -> Result<Rendered, NotServed> {
    let about = format!("{title}\n{}", image.render()?);
    let png = last.png(&about, move || fit(&image, &title)).await?;
    Ok(Rendered::compressed("image/png", MINUTE, png))
}

/// The SVG with the title in the largest letters that fit; without a title if some of its characters are in no font.
fn fit(image: &ShareImage, title: &str) -> Result<String, DrawError> {
    for font_size in FONT_SIZES {
        let most_lines = image.most_lines(font_size);
        let is_smallest = Some(&font_size) == FONT_SIZES.last();
        let ems = (image.size.0 - 2 * MARGIN) * 100 / font_size;
        // How wide a line is shows only when it is laid out: some words are wider than the estimate.
        for room in [ems, ems * 9 / 10, ems * 8 / 10, ems * 7 / 10] {
            let mut lines = wrap(title, room);
            let is_cut = lines.len() > most_lines;
            if is_cut && !is_smallest {
                break;
            }
            lines.truncate(most_lines);
            if let Some(last) = lines.last_mut().filter(|_| is_cut) {
                last.push('…');
            }
            let svg = image.filled(lines, font_size)?;
            match title_fit(&svg, image.size.0 - 2 * MARGIN)? {
                TitleFit::Fits => return Ok(svg),
                TitleFit::TooWide => (),
                TitleFit::MissingGlyph => return image.filled(Vec::new(), 0),
            }
        }
    }
    image.filled(Vec::new(), 0)
}

/// Whether the title stands within the margins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TitleFit {
    Fits,
    TooWide,
    MissingGlyph,
}

/// Looks at a title that may be so many pixels wide.
fn title_fit(svg: &str, most: u32) -> Result<TitleFit, DrawError> {
    let tree = parse(svg)?;
    let Some(Node::Group(title)) = tree.node_by_id("title") else {
        return Ok(TitleFit::Fits);
    };
    let texts = title.children().iter().filter_map(|node| {
        if let Node::Text(text) = node {
            Some(text)
        } else {
            None
        }
    });
    let mut glyphs = texts
        .flat_map(|text| text.layouted())
        .flat_map(|span| &span.positioned_glyphs);
    // Glyph 0 stands for what a font has not.
    if glyphs.any(|glyph| glyph.id.0 == 0) {
        return Ok(TitleFit::MissingGlyph);
    }
    Ok(
        if f64::from(title.abs_bounding_box().width()) <= f64::from(most) {
            TitleFit::Fits
        } else {
            TitleFit::TooWide
        },
    )
}

/// Breaks a text into lines of about so many hundredths of an em, between words, and within a word that is longer than a
/// line.
fn wrap(text: &str, room: u32) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = width(word);
        if used > 0 && used + SPACE + length > room {
            lines.push(String::new());
            used = 0;
        }
        for (number, grapheme) in word.graphemes(true).enumerate() {
            if used > 0 && used + width(grapheme) > room {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                if number == 0 && used > 0 {
                    line.push(' ');
                    used += SPACE;
                }
                line.push_str(grapheme);
            }
            used += width(grapheme);
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// The width of a space, in hundredths of an em.
const SPACE: u32 = 35;

/// About how wide a text is, in hundredths of an em: what lies beyond the alphabets is mostly as wide as high.
fn width(text: &str) -> u32 {
    let of = |character: char| if character < '\u{2e80}' { 64 } else { 100 };
    text.chars().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::{super::drawing::draw, *};

    fn image() -> ShareImage {
        ShareImage {
            size: SIZE,
            title: Vec::new(),
            font_size: 0,
            figure: "1,224".to_owned(),
            noun: "signatures",
            handle: "@letter@letter.example".to_owned(),
            right_to_left: false,
        }
    }

    #[test]
    fn titles_are_drawn_as_large_as_they_fit() {
        for (title, lines, font_size) in [
            ("Keep the lights on", 1, 92),
            (
                "Tell Microsoft to drop ICE as a client or lose us as Github users",
                3,
                76,
            ),
            ("Καλημέρα, Россия", 1, 92),
            ("", 0, 92),
            // Longer than any letter has room for.
            (&"word ".repeat(200), 7, 42),
            (&"Donaudampfschiffahrt".repeat(8), 6, 52),
            ("مرحبا بالعالم", 1, 92),
        ] {
            let svg = fit(&image(), title).unwrap();
            assert_eq!(title_fit(&svg, 1060).unwrap(), TitleFit::Fits, "{title}");
            // Beside the title stand the number and the handle.
            let drawn = (
                svg.matches("<text ").count() - 2,
                svg.contains(&format!("font-size=\"{font_size}\"")),
            );
            assert_eq!(drawn, (lines, true), "{title}: {svg}");
        }
    }

    #[test]
    fn a_script_without_a_font_is_left_out() {
        // Private characters are in no font.
        let svg = fit(&image(), "\u{f8ff0}\u{10fffd}").unwrap();
        assert_eq!(svg.matches("<text ").count(), 2, "{svg}");
        assert!(svg.contains("1,224"));
    }

    #[test]
    fn hostile_titles_are_text() {
        let svg = fit(
            &image(),
            "</text><image href='file:///etc/passwd'/> & <script>",
        )
        .unwrap();
        assert!(!svg.contains("<image") && !svg.contains("<script"), "{svg}");
        draw(&svg).unwrap();
    }

    #[test]
    fn the_picture_is_a_png_of_its_size() {
        let png = draw(&fit(&image(), "Keep the lights on").unwrap()).unwrap();
        assert_eq!(png.get(..8).unwrap(), b"\x89PNG\r\n\x1a\n");
        assert_eq!(png.get(16..24).unwrap(), [0, 0, 4, 176, 0, 0, 2, 118]);
        assert!(png.len() < 100_000, "{} bytes", png.len());
    }
}
