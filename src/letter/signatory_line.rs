//! One line of the list of signatories: name, GitHub account, link, affiliation.
//!
//! The line's Markdown is flattened to plain text with the places of its links. Handles and addresses are
//! overwritten by gaps of the same length, so that places stay valid. The rest is split at the first comma,
//! dash or parenthesis.

use std::ops::Range;

use pulldown_cmark::{BrokenLink, CowStr, Event, Parser, Tag, TagEnd};

use super::{
    affiliation::{TAKEN_OUT, affiliation, blank_empty_parentheses, split, tidy},
    block::MAX_LINE,
    markdown::{Definitions, OPTIONS, words_of},
    word_lists::{LetterTerms, bare},
};

/// Longest name, in characters: organisations have long names, but a sentence is longer.
pub(super) const MAX_NAME: usize = 200;
/// Longest affiliation, in characters.
pub(super) const MAX_AFFILIATION: usize = 500;

/// What stands before people who are only counted.
const OTHERS: [&str; 9] = [
    " and ", " und ", " et ", " y ", " e ", " en ", " + ", " plus ", " & ",
];
/// Words for people without names.
const MANY: [&str; 22] = [
    "others",
    "other",
    "many",
    "more",
    "friends",
    "family",
    "weitere",
    "andere",
    "viele",
    "mehr",
    "autres",
    "d'autres",
    "plus",
    "otros",
    "otras",
    "más",
    "muchos",
    "muchas",
    "altri",
    "outros",
    "anderen",
    "colleagues",
];

/// The parts of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) handle: Option<String>,
    pub(super) url: Option<String>,
    pub(super) affiliation: Option<String>,
    /// Whether the line had an e-mail address; none of the parts contains it.
    pub(super) left_out_address: bool,
    /// "and 12 others", which is no part of the name.
    pub(super) others: Option<String>,
}

/// Reads a line without its bullet; `None` if there is no name in it.
pub(super) fn read(line: &str, definitions: &Definitions) -> Option<Parts> {
    if line.len() > MAX_LINE {
        return None;
    }
    let line = without_notes(line);
    if is_markup(&line) {
        return None;
    }
    let mut flat = flatten(&line, definitions);
    if flat.struck_name {
        return None;
    }
    let words = find_words(&flat);
    let linked = flat.links.iter().find_map(|link| profile(&link.url));
    let labelled = words.labelled.as_ref();
    let mentioned = || {
        let free = |mention: &&Range<usize>| !flat.in_link(mention) && !words.is_elsewhere(mention);
        let mention = words.mentions.iter().find(free)?;
        flat.text
            .get(mention.start + 1..mention.end)
            .map(str::to_owned)
    };
    let handle = linked
        .or_else(|| labelled.map(|(_, handle)| handle.clone()))
        .or_else(mentioned);
    let chosen = flat.chosen_link();
    let shown = take_out(&mut flat, &words, handle.as_deref(), chosen);
    blank_empty_parentheses(&mut flat.text);
    let (name, rest) = split(&flat.text);
    let (name, rest) = flat.at_link_end(name, rest);
    let url = chosen
        .and_then(|index| flat.links.get(index))
        .filter(|link| {
            link.shows_address || link.place.start < name.end || profile(&link.url).is_some()
        });
    let url = url
        .map(|link| link.url.clone())
        .or_else(|| labelled.map(|(_, handle)| format!("https://github.com/{handle}")));
    let (named, others) = without_others(&tidy(flat.text.get(name).unwrap_or_default()));
    let named = named
        .trim_end_matches(is_footnote_mark)
        .trim_end()
        .to_owned();
    let from_handle = named.is_empty();
    let name = if from_handle {
        shown.or_else(|| handle.clone())?
    } else {
        named
    };
    let affiliation = affiliation(flat.text.get(rest).unwrap_or_default());
    let affiliation = affiliation.filter(|text| text.chars().any(char::is_alphanumeric));
    let fits = name
        .chars()
        .any(|c| c.is_alphabetic() || (from_handle && c.is_numeric()))
        && !name.contains('@')
        && name.chars().count() <= MAX_NAME
        && affiliation
            .as_ref()
            .is_none_or(|affiliation| affiliation.chars().count() <= MAX_AFFILIATION);
    let left_out_address = !words.addresses.is_empty() || flat.mailto;
    fits.then_some(Parts {
        name,
        handle,
        url,
        affiliation,
        left_out_address,
        others,
    })
}

/// Whether a character after a name refers to a footnote.
fn is_footnote_mark(character: char) -> bool {
    matches!(
        character,
        '*' | '†' | '‡' | '§' | '¹' | '²' | '³' | '⁰' | '⁴'..='⁹'
    )
}

/// A line without footnote marks, attributes and disguised e-mail signs.
fn without_notes(line: &str) -> String {
    let mut said = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, note)) = rest.split_once("[^") {
        let Some((_, after)) = note.split_once(']') else {
            break;
        };
        said.push_str(before);
        rest = after;
    }
    said.push_str(rest);
    // kramdown's attributes and heading ids stand at the end.
    let text = said.trim_end();
    if let Some((before, attributes)) = text.rsplit_once('{')
        && attributes.ends_with('}')
        && attributes.starts_with(['#', '.', ':'])
        && before.chars().any(char::is_alphanumeric)
    {
        said = before.trim_end().to_owned();
    }
    for sign in [" [at] ", "[at]", " (at) ", "(at)", " {at} ", "{at}"] {
        said = said.replace(sign, "@");
    }
    for dot in [" [dot] ", "[dot]", " (dot) ", "(dot)"] {
        said = said.replace(dot, ".");
    }
    said
}

/// A name without the others that are only counted: "Ann Lee and 12 others". Returns what was cut off.
fn without_others(name: &str) -> (String, Option<String>) {
    let lower = name.to_lowercase();
    if lower.len() != name.len() {
        return (name.to_owned(), None);
    }
    let found = OTHERS.iter().find_map(|mark| {
        let at = lower.find(mark)?;
        let after = lower.get(at + mark.len()..)?;
        let number = after.trim_start_matches(|c: char| c.is_ascii_digit());
        let counts = number.len() < after.len();
        let word = number.split_whitespace().next().unwrap_or_default();
        (counts || MANY.contains(&word.trim_end_matches('.'))).then_some(at)
    });
    let Some(at) = found.filter(|at| *at > 0) else {
        return (name.to_owned(), None);
    };
    (
        tidy(name.get(..at).unwrap_or_default()),
        name.get(at..).map(|others| others.trim().to_owned()),
    )
}

/// Whether the line is template markup, a heading, a quotation or a link definition.
fn is_markup(line: &str) -> bool {
    let definition = line.starts_with('[') && line.contains("]:");
    let block = line.starts_with(['>', '|']) || line.starts_with("```") || line.starts_with("~~~");
    let deeper = line.trim_start_matches('#');
    let heading = deeper.len() < line.len() && deeper.starts_with(' ');
    definition || block || heading || ["{%", "{{", "{:"].iter().any(|mark| line.contains(mark))
}

/// A link in the line.
#[derive(Debug)]
struct Link {
    /// The place of its text in the flat text.
    place: Range<usize>,
    url: String,
    /// Whether its text is a handle or an address, not a name.
    shows_address: bool,
}

/// A line as plain text on one line, with its http(s) links.
#[derive(Debug, Default)]
struct Flat {
    text: String,
    links: Vec<Link>,
    /// Whether a `mailto:` link was removed.
    mailto: bool,
    /// Whether the line begins with struck-out words.
    struck_name: bool,
}

impl Flat {
    /// Appends text with every run of white space as one space, and without invisible characters.
    fn push(&mut self, words: &str) {
        for character in words.chars() {
            if character.is_whitespace() {
                if !self.text.ends_with(' ') {
                    self.text.push(' ');
                }
            } else if !is_invisible(character) {
                // Brackets that are not a link are parentheses: "Ada [@ada]".
                self.text.push(match character {
                    '[' | '（' | '［' | '【' => '(',
                    ']' | '）' | '］' | '】' => ')',
                    '，' | '、' => ',',
                    '；' => ';',
                    '｜' => '|',
                    other => other,
                });
            }
        }
    }

    /// The person's own link: a GitHub profile if there is one, else the first.
    fn chosen_link(&self) -> Option<usize> {
        let profile = self
            .links
            .iter()
            .position(|link| profile(&link.url).is_some());
        profile.or((!self.links.is_empty()).then_some(0))
    }

    /// Ends a name at the end of the link that it is: "[Ada](…) Engineer".
    fn at_link_end(&self, name: Range<usize>, rest: Range<usize>) -> (Range<usize>, Range<usize>) {
        let said = |range: Range<usize>| {
            let text = self.text.get(range).unwrap_or_default();
            text.chars().any(char::is_alphanumeric)
        };
        let link = self.links.iter().find(|link| {
            !link.shows_address
                && link.place.start >= name.start
                && link.place.end < name.end
                && said(link.place.clone())
                && !said(name.start..link.place.start)
        });
        match link {
            Some(link) if said(link.place.end..name.end) => {
                let after = self.text.get(link.place.end..name.end).unwrap_or_default();
                // A suffix of the name goes with it.
                if after.starts_with(' ') {
                    (name.start..link.place.end, link.place.end..self.text.len())
                } else {
                    (name, rest)
                }
            }
            Some(_) | None => (name, rest),
        }
    }

    /// Adds plain URLs in the text as links.
    fn link_naked_urls(&mut self) {
        let naked: Vec<Link> = tokens(&self.text)
            .filter(|(_, word)| is_web(word) || host_path(word).is_some())
            .filter(|(place, _)| !self.in_link(place))
            .map(|(place, word)| {
                let url = if is_web(word) {
                    word.to_owned()
                } else {
                    format!("https://{word}")
                };
                Link {
                    place,
                    url,
                    shows_address: true,
                }
            })
            .collect();
        self.links.extend(naked);
    }

    fn in_link(&self, place: &Range<usize>) -> bool {
        self.links
            .iter()
            .any(|link| link.place.start <= place.start && place.end <= link.place.end)
    }
}

/// Control characters, bidirectional controls and invisible characters: a name must not rearrange the list
/// around it. Joiners stay, because some scripts need them.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Reads the inline Markdown of a line.
fn flatten(line: &str, definitions: &Definitions) -> Flat {
    // The full stop keeps the line a paragraph even if it begins like a list: "1. FC Köln" is a name.
    let line = format!(".{line}");
    let resolve = |link: BrokenLink<'_>| {
        let url = definitions.get(&link.reference.to_lowercase())?;
        Some((CowStr::from(url.clone()), CowStr::from("")))
    };
    let mut flat = Flat::default();
    let mut open = None;
    let (mut struck, mut hidden) = (0_usize, 0_usize);
    for event in Parser::new_with_broken_link_callback(&line, OPTIONS, Some(resolve)) {
        if let Event::InlineHtml(html) = &event {
            let tag = html.trim_matches(['<', '>', '/']).to_ascii_lowercase();
            let closes = html.starts_with("</");
            match tag.split_whitespace().next().unwrap_or_default() {
                "br" => flat.push(", "),
                "s" | "del" | "strike" => struck = depth(struck, closes),
                "sup" => hidden = depth(hidden, closes),
                _ => {}
            }
        } else if matches!(event, Event::Start(Tag::Strikethrough)) {
            struck += 1;
        } else if matches!(event, Event::End(TagEnd::Strikethrough)) {
            struck = struck.saturating_sub(1);
        } else if matches!(event, Event::Start(Tag::Image { .. })) {
            hidden += 1;
        } else if matches!(event, Event::End(TagEnd::Image)) {
            hidden = hidden.saturating_sub(1);
        } else if let Event::Start(Tag::Link { dest_url, .. }) = &event {
            open = Some((flat.text.len(), dest_url.to_string()));
        } else if let Event::End(TagEnd::Link) = event {
            if let Some((start, url)) = open.take() {
                add_link(&mut flat, start, url);
            }
        } else if let Some(words) = words_of(&event).filter(|_| hidden == 0) {
            if struck == 0 {
                flat.push(words);
            } else if !flat.text.chars().any(char::is_alphanumeric) {
                flat.struck_name = true;
            }
        }
    }
    // A blank takes its place, so that the places of the links stay valid.
    if flat.text.starts_with('.') {
        flat.text.replace_range(..1, " ");
    }
    flat.link_naked_urls();
    flat
}

fn depth(depth: usize, closes: bool) -> usize {
    if closes {
        depth.saturating_sub(1)
    } else {
        depth + 1
    }
}

/// Keeps a link if its scheme is http or https; one of GitHub may lack it.
fn add_link(flat: &mut Flat, start: usize, url: String) {
    let url = if !is_web(&url) && (host_path(&url).is_some() || url.starts_with("www.")) {
        format!("https://{url}")
    } else {
        url
    };
    if is_web(&url) {
        let words = flat.text.get(start..).unwrap_or_default().trim();
        let user = profile(&url);
        let shows_address = words.starts_with('@')
            || is_web(words)
            || host_path(words).is_some()
            || LetterTerms::LinkWords.has(&bare(words))
            || user.is_some_and(|user| user.eq_ignore_ascii_case(words));
        flat.links.push(Link {
            place: start..flat.text.len(),
            url,
            shows_address,
        });
    } else {
        // An e-mail autolink has the address as its URL.
        flat.mailto |= url.starts_with("mailto:");
    }
}

/// Whether a URL begins with `http://` or `https://`.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// The path after the host in a GitHub URL, with or without a scheme.
fn host_path(url: &str) -> Option<&str> {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or(url);
    let (host, path) = rest.split_once('/')?;
    let host = host.to_ascii_lowercase();
    (host == "github.com" || host == "www.github.com").then_some(path)
}

/// The account if the URL is a GitHub profile; `None` for repositories and other hosts.
fn profile(url: &str) -> Option<String> {
    let path = host_path(url)?.split(['?', '#']).next()?;
    let user = path.strip_suffix('/').unwrap_or(path);
    is_handle(user).then(|| user.to_owned())
}

/// GitHub accounts have up to 39 letters, digits and hyphens; managed ones also underscores.
fn is_handle(text: &str) -> bool {
    (1..=39).contains(&text.len())
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The handles and addresses of a line.
#[derive(Debug, Default)]
struct LineWords {
    /// `@handle`, including the `@`.
    mentions: Vec<Range<usize>>,
    /// E-mail addresses.
    addresses: Vec<Range<usize>>,
    /// The place of "GitHub: ada", and its handle.
    labelled: Option<(Range<usize>, String)>,
    /// The parts of the line that name another service.
    elsewhere: Vec<Range<usize>>,
}

impl LineWords {
    /// Whether a mention belongs to another service than GitHub.
    fn is_elsewhere(&self, mention: &Range<usize>) -> bool {
        self.elsewhere
            .iter()
            .any(|part| part.start <= mention.start && mention.end <= part.end)
    }
}

/// Finds handles and e-mail addresses.
fn find_words(flat: &Flat) -> LineWords {
    let mut words = LineWords::default();
    let mut label: Option<Range<usize>> = None;
    for (place, word) in tokens(&flat.text) {
        let between = label.as_ref().map(|label| label.end..place.start);
        let between = between.and_then(|between| flat.text.get(between));
        let is_labelled =
            between.is_some_and(|between| matches!(between.trim(), ":" | "" | "/" | "-" | "："));
        let colon = between.is_some_and(|between| between.contains([':', '：']));
        if let Some(handle) = word.strip_prefix('@') {
            if is_handle(handle) {
                if is_labelled && let Some(label) = &label {
                    words.labelled = Some((label.start..place.end, handle.to_owned()));
                } else {
                    words.mentions.push(place.clone());
                }
            }
        } else if is_e_mail(word) {
            words.addresses.push(place.clone());
        } else if is_labelled
            && colon
            && is_handle(word)
            && !flat.in_link(&place)
            && let Some(label) = &label
        {
            words.labelled = Some((label.start..place.end, word.to_owned()));
        }
        let is_label = word.eq_ignore_ascii_case("github") && !flat.in_link(&place);
        label = is_label.then_some(place);
    }
    words.elsewhere = elsewhere(&flat.text);
    words
}

/// The parts of a line, between marks, that name a service other than GitHub.
fn elsewhere(text: &str) -> Vec<Range<usize>> {
    let mut from = 0;
    let mut found = Vec::new();
    for part in text.split([',', ';', '(', ')', '|']) {
        let names_one = part.split_whitespace().any(|word| {
            let word = word
                .trim_matches(|c: char| !c.is_alphanumeric())
                .to_lowercase();
            !word.is_empty() && LetterTerms::Services.has(&word)
        });
        if names_one {
            found.push(from..from + part.len());
        }
        from += part.len() + 1;
    }
    found
}

/// Whether a word is an e-mail address, or looks like one to harvesters.
fn is_e_mail(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !is_web(word) && host.contains('.') && !host.starts_with('.')
    })
}

/// The words of a text with their places, without surrounding brackets and marks.
fn tokens(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let apart = |c: char| c.is_whitespace() || "()[]<>,;|\"“”„«»".contains(c);
    let mut from = 0;
    text.split(apart).filter_map(move |piece| {
        let start = from;
        // Every separator is one character, so its length is the distance to the next piece.
        let after = start + piece.len();
        from = after
            + text
                .get(after..)
                .and_then(|rest| rest.chars().next())
                .map_or(0, char::len_utf8);
        let word = piece.trim_end_matches(['.', ':', '!', '?']);
        (!word.is_empty()).then(|| (start..start + word.len(), word))
    })
}

/// Overwrites everything that is not part of a name with gaps. Returns the handle in the text of the person's
/// link, for lines without a name.
fn take_out(
    flat: &mut Flat,
    words: &LineWords,
    handle: Option<&str>,
    chosen: Option<usize>,
) -> Option<String> {
    let mut places = words.addresses.clone();
    places.extend(
        words
            .mentions
            .iter()
            .filter(|mention| {
                let user = flat.text.get(mention.start + 1..mention.end);
                user.zip(handle)
                    .is_some_and(|(user, handle)| user.eq_ignore_ascii_case(handle))
            })
            .cloned(),
    );
    places.extend(words.labelled.iter().map(|(place, _)| place.clone()));
    let mut shown = None;
    if let Some(link) = chosen
        .and_then(|index| flat.links.get(index))
        .filter(|link| link.shows_address)
    {
        let words = flat.text.get(link.place.clone()).unwrap_or_default().trim();
        let user = words.strip_prefix('@').unwrap_or(words);
        shown = is_handle(user).then(|| user.to_owned());
        places.push(link.place.clone());
    }
    for place in places {
        let place = with_brackets(&flat.text, place);
        let gap = TAKEN_OUT.to_string().repeat(place.len());
        flat.text.replace_range(place, &gap);
    }
    shown
}

/// A place with the angle brackets around it.
fn with_brackets(text: &str, place: Range<usize>) -> Range<usize> {
    let before = text
        .get(..place.start)
        .is_some_and(|text| text.ends_with('<'));
    let after = text
        .get(place.end..)
        .is_some_and(|text| text.starts_with('>'));
    if before && after {
        place.start - 1..place.end + 1
    } else {
        place
    }
}

#[cfg(test)]
mod tests;
