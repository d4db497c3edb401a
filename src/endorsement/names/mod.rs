//! Names of endorsers: which may be shown without review.
//!
//! [`clean()`] removes deceptive characters, [`check`] says whether the rest may be shown before a moderator
//! has seen it, [`skeleton()`] is equal for names that look alike, [`opts_out`] finds the hashtags of people
//! who do not want to be listed. A name that fails is not lost: it waits, and the handle is shown alone
//! meanwhile.
//!
//! Not here: whose name a skeleton is (`store` keeps them), and the effects of a failed check (`register`).

mod clean;
mod disguise;
mod skeleton;

use std::{collections::HashSet, net::Ipv4Addr};

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation as _;

pub use clean::clean;
use disguise::Slurs;
pub use skeleton::skeleton;

/// Most graphemes of a name that is shown without review.
pub const MAX_GRAPHEMES: usize = 50;

/// Most code points of such a name: emoji may join without limit into one grapheme.
pub const MAX_CHARS: usize = 250;

/// Most bytes of a user name in a handle.
pub const MAX_USER_NAME: usize = 256;

/// The hashtags in name or bio that ask not to be listed, without their `#`.
const OPT_OUTS: [&str; 4] = ["nobot", "nobridge", "noindex", "noendorse"];

/// Slurs in ROT13, so that nobody reads them by accident; [`rot13`] decodes them.
const SLURS: &str = include_str!("../data/slurs.txt");

/// Words that claim an official role.
const RESERVED: &str = include_str!("../data/reserved.txt");

/// Whether a name may be shown without review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameCheck {
    /// It may.
    Passes,
    /// A moderator has to see it first.
    Fails(NameIssue),
}

/// Why a name has to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameIssue {
    /// More than [`MAX_GRAPHEMES`] or [`MAX_CHARS`].
    TooLong,
    /// It has an `@`, or contains a URL, a domain or an address.
    LooksLikeAddress,
    /// It has more than one line.
    LineBreak,
    /// It contains a word of a shipped list.
    Word(WordList),
    /// It contains a name of `moderation.watch_names`.
    Watched,
    /// It looks like somebody else's name.
    Confusable,
}

/// The shipped lists of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordList {
    /// Insults to groups of people.
    Slurs,
    /// "Official", "verified" and the like.
    Reserved,
}

/// The words and names that are searched for, prepared once.
#[derive(Clone, Debug)]
pub struct WatchList {
    slurs: WordPhrases,
    disguised: Slurs,
    reserved: WordPhrases,
    watched: WordPhrases,
}

impl WatchList {
    /// The shipped lists and the names of `moderation.watch_names`.
    pub fn new(watch_names: &[String]) -> Self {
        let lines = |text: &str| -> Vec<String> {
            let lines = text.lines().map(str::trim);
            lines
                .filter(|line| !line.starts_with("# "))
                .map(str::to_owned)
                .collect()
        };
        let slurs: Vec<String> = lines(SLURS).iter().map(|slur| rot13(slur)).collect();
        Self {
            disguised: Slurs::new(&slurs),
            slurs: WordPhrases::new(slurs),
            reserved: WordPhrases::new(lines(RESERVED)),
            watched: WordPhrases::new(watch_names.iter().cloned()),
        }
    }
}

/// Checks a name that [`clean()`] made. `taken` says that its [`skeleton()`] belongs to another signatory or
/// listed endorser.
///
/// Whole words are compared, by the look of their letters, so that `0ffıcial` fails and `Scunthorpe` passes; slurs are
/// also found when digits, signs or repeated letters disguise them.
/// The first reason that applies is returned.
pub fn check(cleaned: &str, watch: &WatchList, taken: bool) -> NameCheck {
    let words = look_of_words(cleaned);
    let fails = if cleaned.contains('\n') {
        Some(NameIssue::LineBreak)
    } else if cleaned.chars().nth(MAX_CHARS).is_some()
        || cleaned.graphemes(true).nth(MAX_GRAPHEMES).is_some()
    {
        Some(NameIssue::TooLong)
    } else if looks_like_address(cleaned) {
        Some(NameIssue::LooksLikeAddress)
    } else if watch.slurs.are_in(&words) || watch.disguised.are_in(cleaned) {
        Some(NameIssue::Word(WordList::Slurs))
    } else if watch.reserved.are_in(&words) {
        Some(NameIssue::Word(WordList::Reserved))
    } else if watch.watched.are_in(&words) {
        Some(NameIssue::Watched)
    } else {
        taken.then_some(NameIssue::Confusable)
    };
    fails.map_or(NameCheck::Passes, NameCheck::Fails)
}

/// Whether a text of any length holds nothing for which a name would fail: no address, no other account, no word of a
/// list.
pub fn text_passes(text: &str, watch: &WatchList) -> bool {
    let words = look_of_words(text);
    let mut lists = [&watch.slurs, &watch.reserved, &watch.watched].into_iter();
    !looks_like_address(text) && !lists.any(|list| list.are_in(&words))
}

/// Whether a text is a user name and nothing else: at most [`MAX_USER_NAME`] bytes of letters and digits of any script
/// with `.`, `-` and `_`. Anything else could make a handle look like another one's, as `ceo@bigcorp.example` does.
pub fn is_user_name(text: &str) -> bool {
    let fits =
        |c: char| c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.len() <= MAX_USER_NAME && text.chars().all(fits)
}

/// The user name of a handle, `@user@host`, or the login of an account on a forge, `login (host)`; `None` for anything else.
pub fn user_of(handle: &str) -> Option<&str> {
    if let Some((login, host)) = handle.strip_suffix(')').and_then(|it| it.split_once(" (")) {
        let fits = is_user_name(login) && !host.contains(['@', '(', ' ']);
        return fits.then_some(login);
    }
    let (user, host) = handle.strip_prefix('@')?.split_once('@')?;
    (is_user_name(user) && !host.contains('@')).then_some(user)
}

/// Whether `#nobot`, `#nobridge`, `#noindex` or `#noendorse` stands in the name or in the plain text of the
/// bio. The character before the `#` does not matter: a hashtag attached to another one counts too.
pub fn opts_out(name: &str, summary_text: &str) -> bool {
    [name, summary_text]
        .iter()
        .any(|text| text.split(['#', '＃']).skip(1).any(begins_with_opt_out))
}

fn begins_with_opt_out(text: &str) -> bool {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_' || is_combining_mark(*c);
    let longest = OPT_OUTS.map(str::len).into_iter().max().unwrap_or(0);
    let tag: String = text
        .chars()
        .take_while(is_word)
        .take(longest.saturating_add(1))
        .collect();
    let folded = tag.nfkc().collect::<String>().to_lowercase();
    OPT_OUTS.contains(&folded.as_str())
}

/// Phrases of whole words, each as [`look_of_words`] and with its words joined.
#[derive(Clone, Debug)]
struct WordPhrases {
    spaced: Vec<String>,
    joined: HashSet<String>,
}

impl WordPhrases {
    fn new(phrases: impl IntoIterator<Item = String>) -> Self {
        let looks = phrases.into_iter().map(|phrase| look_of_words(&phrase));
        let spaced: Vec<String> = looks.filter(|look| !look.trim().is_empty()).collect();
        Self {
            joined: spaced
                .iter()
                .map(|phrase| phrase.replace(' ', ""))
                .collect(),
            spaced,
        }
    }

    /// Whether one of the phrases is in a name, or is the name with its letters s p a c e d.
    fn are_in(&self, words: &str) -> bool {
        self.spaced
            .iter()
            .any(|phrase| words.contains(phrase.as_str()))
            || self.joined.contains(&words.replace(' ', ""))
    }
}

/// The words of `text` by their look and without accents, each with a blank before and after it.
fn look_of_words(text: &str) -> String {
    let bare: String = text.nfd().filter(|c| !is_combining_mark(*c)).collect();
    let words = bare
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words.fold(" ".to_owned(), |all, word| {
        let look = skeleton(word);
        let plain: String = look.chars().filter(|c| !is_combining_mark(*c)).collect();
        all + &plain + " "
    })
}

/// Finds an `@`, a scheme, a number such as 192.0.2.1, or a name under a known public suffix.
fn looks_like_address(name: &str) -> bool {
    let folded = name
        .nfkc()
        .collect::<String>()
        .to_lowercase()
        .replace('。', ".");
    let in_host = |c: char| c.is_alphanumeric() || is_combining_mark(c) || c == '-' || c == '.';
    folded.contains('@')
        || folded.contains("://")
        || folded
            .split(|c| !in_host(c))
            .any(|part| is_host(part.trim_matches(['.', '-'])))
}

fn is_host(word: &str) -> bool {
    let known = |host: &[u8]| {
        psl::suffix(host)
            .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes().len() < host.len())
    };
    word.starts_with("www.")
        || word.parse::<Ipv4Addr>().is_ok()
        || (word.contains('.') && !word.contains("..") && known(word.as_bytes()))
}

/// Rotates each Latin letter by thirteen places; its own inverse.
fn rot13(text: &str) -> String {
    let turn = |c: char| match c {
        'a'..='m' | 'A'..='M' => char::from_u32(u32::from(c) + 13).unwrap_or(c),
        'n'..='z' | 'N'..='Z' => char::from_u32(u32::from(c) - 13).unwrap_or(c),
        _ => c,
    };
    text.chars().map(turn).collect()
}

#[cfg(test)]
mod tests;
