//! A post about the letter: a Markdown file without a title and without names, read and rendered by the
//! letter's rules.

use std::{error, fmt};

use url::Url;

use super::{
    ParseError, Warning, front_matter, line_number, markdown,
    marks::{MarkLinks, Marks},
    parse::{uniform, without_blank_ends},
    render, warnings,
};
use crate::text::{html_to_text, shorten};

/// Longest description in lists and previews, in graphemes.
const MAX_DESCRIPTION: usize = 300;

/// A post as read from its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// `lang` of the front matter; `None` means the letter's language.
    pub language: Option<String>,
    /// `warning` of the front matter: a content warning, on one line.
    pub warning: Option<String>,
    /// Markdown of the text: NFC, LF line ends, no blank lines around it, one LF at the end.
    pub body: String,
    /// Its hashtags as they are written, without `#`, each once.
    pub hashtags: Vec<String>,
    /// The handles that it mentions in full, `@me@my.server`, in small letters, each once.
    pub mentions: Vec<String>,
    /// Warnings for the author, by line.
    pub warnings: Vec<Warning>,
}

/// Why a file is not a post.
#[derive(Debug)]
pub enum AnnouncementError {
    /// The file cannot be read by the rules of [`super::parse()`].
    Unreadable(ParseError),
    /// It has no text.
    Empty,
}

impl fmt::Display for AnnouncementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => {
                write!(
                    f,
                    "cannot read the post at line {}: {}",
                    error.line, error.kind
                )
            }
            Self::Empty => write!(
                f,
                "the post has no words that other servers show; write some Markdown below the front matter"
            ),
        }
    }
}

// Written by hand: the message above includes the kind's, so the source is the kind's own source.
impl error::Error for AnnouncementError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Unreadable(error) => error.source(),
            Self::Empty => None,
        }
    }
}

/// Reads a post from the bytes of its file. `title` in the front matter is Jekyll's and is ignored: a post
/// has no title in the Fediverse.
///
/// ```
/// let post = undersigned::letter::parse_post(b"---\nlang: de\n---\nEs geht *weiter*.\n")?;
/// assert_eq!((post.language.as_deref(), post.body.as_str()), (Some("de"), "Es geht *weiter*.\n"));
/// # Ok::<_, undersigned::letter::AnnouncementError>(())
/// ```
pub fn parse_post(bytes: &[u8]) -> Result<Announcement, AnnouncementError> {
    let file = uniform(bytes).map_err(AnnouncementError::Unreadable)?;
    let file_lines: Vec<&str> = file.split('\n').collect();
    let front = front_matter::read(&file_lines).map_err(AnnouncementError::Unreadable)?;
    let first = front.text_from;
    let lines = file_lines.get(first..).unwrap_or_default();
    let body = without_blank_ends(lines);
    let says = markdown::outline(&body)
        .blocks
        .iter()
        .any(|block| !block.text.trim().is_empty());
    if !says {
        return Err(AnnouncementError::Empty);
    }
    let mut warnings = front.warnings;
    if front.title.is_some() {
        warnings.push(Warning {
            line: line_number(0),
            text: "the front matter's title is not shown: posts have none in the Fediverse"
                .to_owned(),
        });
    }
    warnings.extend(warnings::about_markup(lines, |_| true, first));
    warnings.sort_by_key(|warning| warning.line);
    let marks = Marks::of(&body);
    Ok(Announcement {
        language: front.language,
        warning: front.warning,
        body,
        hashtags: marks.hashtags,
        mentions: marks.mentions,
        warnings,
    })
}

impl Announcement {
    /// The text for the Note, made only of elements that Mastodon keeps. Relative links are resolved against
    /// `base`.
    #[must_use]
    pub fn note_html(&self, base: &Url, links: &MarkLinks<'_>) -> String {
        render::post_for_servers(&self.body, base, links)
    }

    /// The text for our own page.
    #[must_use]
    pub fn page_html(&self, base: &Url, links: &MarkLinks<'_>) -> String {
        render::post_for_people(&self.body, base, links)
    }

    /// Whether it bears a hashtag, which is given without its `#`; capitals do not matter.
    #[must_use]
    pub fn is_tagged(&self, tag: &str) -> bool {
        let tag = tag.to_lowercase();
        self.hashtags.iter().any(|own| own.to_lowercase() == tag)
    }

    /// The post's text, shortened to 300 graphemes of plain text on one line.
    #[must_use]
    pub fn description(&self, base: &Url) -> String {
        let text = html_to_text(&render::for_servers(&self.body, base));
        shorten(&super::one_line(&text), MAX_DESCRIPTION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINKS: MarkLinks<'static> = MarkLinks {
        tag: &|tag| format!("https://letter.example/tags/{tag}"),
        profile: &|handle| {
            (handle == "@me@my.server").then(|| "https://my.server/@me?a=\"&b".to_owned())
        },
    };

    fn base() -> Url {
        "https://letter.example".parse().unwrap()
    }

    #[test]
    fn a_post_is_shown_by_the_rules_of_the_letter() {
        let file = "\u{feff}# News\r\n\r\nWe *met* [them](/about) <script>alert(1)</script>\r\n\r\n![us](https://x.example/a.png)\r\n";
        let post = parse_post(file.as_bytes()).unwrap();
        assert_eq!(post.language, None);
        assert_eq!(
            post.note_html(&base(), &LINKS),
            "<p><strong>News</strong></p><p>We <em>met</em> <a href=\"https://letter.example/about\" \
             rel=\"nofollow noopener noreferrer\">them</a></p><p><a href=\"https://x.example/a.png\" \
             rel=\"nofollow noopener noreferrer\">us</a></p>"
        );
        assert!(post.page_html(&base(), &LINKS).contains("<h2>News</h2>"));
        assert_eq!(post.description(&base()), "News We met them us");
    }

    #[test]
    fn what_people_write_is_linked_the_same_for_servers_and_people() {
        let text = "#Fedi: @Me@My.Server, \\@me@my.server and @no@other.example at https://x.example/a_b.\n";
        let post = parse_post(text.as_bytes()).unwrap();
        assert_eq!(post.hashtags, ["Fedi"]);
        assert_eq!(post.mentions, ["@me@my.server", "@no@other.example"]);
        assert!(post.is_tagged("fedi") && !post.is_tagged("fed"));
        let html = |rel: &str| {
            format!(
                "<p><a href=\"https://letter.example/tags/Fedi\" class=\"mention hashtag\" rel=\"{rel}\">\
                 #<span>Fedi</span></a>: <span class=\"h-card\"><a href=\"https://my.server/@me?a=&quot;&amp;b\" \
                 class=\"u-url mention\" rel=\"{rel}\">@Me@My.Server</a></span>, @me@my.server and \
                 @no@other.example at <a href=\"https://x.example/a_b\" rel=\"{rel}\">https://x.example/a_b</a>.</p>"
            )
        };
        let (servers, people) = ("nofollow noopener noreferrer", "noopener noreferrer");
        assert_eq!(post.note_html(&base(), &LINKS), html(servers));
        assert_eq!(post.page_html(&base(), &LINKS).trim_end(), html(people));
        let words =
            "#Fedi: @Me@My.Server, @me@my.server and @no@other.example at https://x.example/a_b.";
        assert_eq!(post.description(&base()), words);
    }

    #[test]
    fn a_list_of_names_and_a_signing_word_are_text_like_any_other() {
        let post = parse_post(b"Thanks.\n\nSigned,\n\n- Ada\n").unwrap();
        assert!(post.note_html(&base(), &LINKS).contains("<li>Ada</li>"));
    }

    #[test]
    fn what_says_nothing_is_no_post() {
        for (file, said) in [
            (&b""[..], "no words"),
            (b"\n \n", "no words"),
            (b"---\nlang: de\n---\n\n", "no words"),
            (b"***\n", "no words"),
            (b"---\nlang: de\n", "line 1: the front matter"),
            (b"caf\xe9", "line 1: the file is not UTF-8"),
            (b"a\0b", "NUL"),
        ] {
            let error = parse_post(file).unwrap_err().to_string();
            assert!(error.contains(said), "{file:?}: {error}");
            assert!(!error.contains("letter"), "{error}");
        }
    }

    #[test]
    fn what_the_author_should_know_is_said() {
        let post = parse_post(b"---\ntitle: News\nlang: klingonisch!\n---\nText.\n").unwrap();
        assert_eq!(post.language, None);
        assert_eq!(post.warnings.len(), 2, "{:?}", post.warnings);
    }
}
