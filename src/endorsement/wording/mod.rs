//! Reads whether the words of a post sign: [`Phrases::read`].
//!
//! `docs/SIGNING.md` explains the rules to organisers. All words are data, one file a language
//! (`../data/signing/*.txt`); `en.txt` explains the format.
//!
//! 1. A text is cut into *sentences* (full stop, line end). Words are compared case-folded, in NFKC, on their borders;
//!    in Chinese and Japanese every character counts as a word.
//! 2. A sentence *signs* when it holds a signing phrase and every word of it is known to that language: the letter,
//!    neutral words, additions such as "because …", names and affiliations by their capital letters. A sentence with one
//!    unknown word never signs, so nobody is listed who did not sign.
//! 3. A *warning* ("against", "joke", "not") in a "because" clause, or in a sentence of at most four words after the one
//!    that signs, makes it unsure; so do a question mark, irony, and quotations.
//! 4. A sentence *refuses* when it holds a refusal and every word of it is known.
//! 5. What *speaks of signing* in any other way is unsure: a person reads it, so nobody who signed is lost. Words of
//!    signing count in the post's own language, the letter's and English; in all when the post names none. A complete
//!    signing sentence in another language than these is unsure, too.
//! 6. Words in quotation marks, struck through, or on lines that begin with `>` are not the author's own. Up to three
//!    words in quotation marks are emphasis, not a quotation.
//! 7. A clause of a withdrawing phrase and neutral words *withdraws*, in every language; the word alone even in
//!    quotation marks.
//! 8. A direct message that is one phrase of a command and neutral words is that command ([`Phrases::command`]).
//!
//! 9. A direct message signs *without a name* when it says so clearly in a language of the letter, and nothing else
//!    ([`Phrases::signs_without_name`]).
//!
//! 10. A *project* signs by its own page: a post says for which address its author speaks ([`Phrases::project_in`]), and
//!     then says nothing about its author.
//!
//! 11. A *pledge* ("I left") is read in the same way, with the organisers' words as the signing phrases
//!     ([`Phrases::of_pledge`]): a link may stand with them; words of them in any other way are unsure, unless the clause
//!     denies them ("I have not left"), and then the sentence refuses.
//!
//! Everything is linear in the length of the text, of which [`MAX_TEXT`] bytes are read.
//!
//! Not here: what follows from the answer ([`judge`](super::judge)), who said it, names that are
//! fit to be shown ([`names`](super::names)).

mod commands;
mod grammar;
mod nameless;
mod names;
mod phrases;
mod projects;
mod reader;
mod sentences;
mod statement;
mod tokens;

use unicode_normalization::char::is_combining_mark;

use crate::text::{cut, html_to_text};
use grammar::Understood;
use names::SelfNamed;
use phrases::{SigningVocabulary, first_phrase, primary};
use reader::SentenceReader;
use sentences::Sentence;
use tokens::{Span, Token, TokenKind, Voice, tokenise};

pub use commands::DirectCommand;
pub use phrases::{BadPhrases, BadPledge, PhraseFault, Phrases, PledgeFault};
pub use projects::LINKED;

/// Most bytes of a text that are read; the rest does not count and is not stored. Thirty times the longest
/// post that most servers allow.
pub const MAX_TEXT: usize = 16 * 1024;

/// Most words in quotation marks that are read as emphasis.
const MAX_EMPHASIS: usize = 3;

/// Most words of a following sentence whose warnings count: "I sign. Not really."
const MAX_AFTERTHOUGHT: usize = 4;

/// Longest link that is kept of a pledge, in bytes; an id may be as long.
const MAX_LINK: usize = 2048;

/// The language that counts in every post.
const ENGLISH: &str = "en";

/// Tags of "no language" (ISO 639): undetermined, several, none.
const NO_LANGUAGE: [&str; 4] = ["", "und", "mul", "zxx"];

/// The meaning of the words of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// They sign the letter.
    Signs,
    /// They do not: a comment.
    DoesNot,
    /// A moderator has to read them: a question, marks of doubt, a quotation.
    Unsure,
    /// They withdraw a signature.
    Withdraws,
}

/// An author's own statements about themselves, neither cleaned nor verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// "I sign as *Jane Doe*"; at most 100 graphemes.
    pub name: Option<String>,
    /// "I sign (*Debian*)"; at most 100 graphemes.
    pub affiliation: Option<String>,
}

/// What was written in a post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WrittenPost<'a> {
    /// Its plain text; see [`text_of`].
    pub text: &'a str,
    /// Its content warning, plain. It never signs by itself.
    pub warning: Option<&'a str>,
    /// The tag of its language (RFC 5646), if it names one.
    pub language: Option<&'a str>,
    /// Whether it is the question of a poll, which never signs by itself.
    pub poll: bool,
}

impl<'a> From<&'a str> for WrittenPost<'a> {
    fn from(text: &'a str) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }
}

/// The result of reading a post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whether the words sign.
    pub answer: Intent,
    /// The remaining words: the statement, or the comment. Mentions at the beginning are removed; if the words sign, so
    /// are the sentences that do nothing else. Empty when no word is left but neutral ones, and after
    /// [`Intent::Withdraws`].
    pub rest: String,
    /// Name and affiliation, when the words sign and declare them.
    pub declared: Option<Declared>,
    /// Whether its author asks beside the signature to hear what is new.
    pub asks_for_news: bool,
    /// Whether the post has words at all besides mentions, emoji and marks.
    pub has_words: bool,
}

/// The words of any text, in the form in which words of signing are compared; in scripts without blanks each character
/// is one. Nothing else is left: hashtags, addresses and names fall apart at their signs.
pub fn words_of(text: &str) -> Vec<String> {
    pieces(text, |c| c.is_alphanumeric() || is_combining_mark(c))
}

/// The same with `*` in words, for patterns.
pub(super) fn words_of_pattern(text: &str) -> Vec<String> {
    pieces(text, |c| {
        c.is_alphanumeric() || is_combining_mark(c) || c == '*'
    })
}

fn pieces(text: &str, in_word: impl Fn(char) -> bool) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    for character in tokens::normalise(cut(text, MAX_TEXT)).chars() {
        let stands_alone = tokens::has_no_blanks(character);
        if !stands_alone && in_word(character) {
            word.push(character);
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if stands_alone {
            words.push(character.to_string());
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The text of a post from its HTML, in the form that [`Phrases::read`] expects: quoted lines begin with `>`.
pub fn text_of(html: &str) -> String {
    cut(&html_to_text(html), MAX_TEXT).to_owned()
}

/// The first link of a text that its author wrote, quotations apart, and that leads elsewhere than to `origin`. At most
/// [`MAX_LINK`] bytes.
pub fn first_link<'a>(text: &'a str, origin: &str) -> Option<&'a str> {
    let text = cut(text, MAX_TEXT);
    let tokens = tokenise(text);
    let own = tokens
        .iter()
        .filter(|token| token.kind == TokenKind::Link && token.voice != Voice::Block);
    let links = own.map(|token| token.span.of(text));
    let mut others = links.filter(|link| {
        let is_ours = link
            .strip_prefix(origin)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        let is_web = link.starts_with("https://") || link.starts_with("http://");
        is_web && !is_ours && link.len() <= MAX_LINK
    });
    others.next()
}

/// The meaning of one sentence.
#[derive(Clone, Copy, Debug)]
enum Saying<'a> {
    Nothing,
    /// It speaks of signing; `warned` when it holds a warning.
    Speaks {
        warned: bool,
    },
    Refuses,
    Signs {
        language: &'a SigningVocabulary,
        known: Understood,
    },
    Withdraws,
    MayWithdraw,
    /// It asks to hear what is new, and says nothing else.
    AsksForNews,
}

/// The languages of a post.
struct PostLanguages<'a> {
    /// The post's own, if it names one that has signing words.
    own: Option<&'a SigningVocabulary>,
    /// Its own, the letter's and English.
    near: Vec<&'a SigningVocabulary>,
    /// Those whose words of signing count.
    counted: Vec<&'a SigningVocabulary>,
}

impl PostLanguages<'_> {
    /// Whether the phrases are those of a pledge.
    fn read_pledges(&self) -> bool {
        self.near.iter().any(|language| language.pledges)
    }
}

/// The sentences of a text in one voice, with what they say.
type Said<'a> = Vec<(Sentence<'a>, Saying<'a>)>;

impl Phrases {
    /// The tokens of a text. A link to the letter is as good as a mention of it.
    fn tokens(&self, text: &str) -> Vec<Token> {
        let mut tokens = tokenise(text);
        for token in &mut tokens {
            if token.kind == TokenKind::Link && self.leads_to_letter(token.span.of(text)) {
                token.kind = TokenKind::Mention;
            }
        }
        tokens
    }

    /// Reads a post by the rules of this module.
    pub fn read(&self, written: WrittenPost<'_>) -> Reading {
        let text = cut(written.text, MAX_TEXT);
        let tokens = self.tokens(text);
        let languages = self.languages(written.language);
        let own = self.say(text, &tokens, Voice::Own, &languages);
        let mut answer = self.answer(text, &tokens, &own, &languages);
        let refuses = own.iter().any(|(_, it)| matches!(it, Saying::Refuses));
        match (answer, written.warning) {
            (Intent::Signs, _) if written.poll => answer = Intent::Unsure,
            (Intent::Signs, Some(warning)) if warns(warning, &languages) => {
                answer = Intent::Unsure;
            }
            (Intent::DoesNot, Some(warning)) if !refuses => {
                let warning = cut(warning, MAX_TEXT);
                let tokens = tokenise(warning);
                let said = self.say(warning, &tokens, Voice::Own, &languages);
                if self.answer(warning, &tokens, &said, &languages) != Intent::DoesNot {
                    answer = Intent::Unsure;
                }
            }
            _ => {}
        }
        let start = statement::after_mentions(&tokens);
        let rest = match answer {
            Intent::Signs => {
                let whole = own.iter().filter(|(_, it)| match it {
                    Saying::Signs { known, .. } => !known.adds,
                    Saying::AsksForNews => true,
                    Saying::Nothing
                    | Saying::Speaks { .. }
                    | Saying::Refuses
                    | Saying::Withdraws
                    | Saying::MayWithdraw => false,
                });
                let whole = whole.map(|(sentence, _)| sentence.place);
                statement::without(text, start, whole.collect())
            }
            Intent::DoesNot | Intent::Unsure => {
                statement::tidy(text.get(start..).unwrap_or_default())
            }
            Intent::Withdraws => String::new(),
        };
        let says_something = if answer == Intent::Signs {
            self.says_something(&rest)
        } else {
            has_words(&tokenise(&rest))
        };
        let named = own.iter().filter_map(|(_, it)| {
            if let Saying::Signs { known, .. } = it {
                Some(known.named)
            } else {
                None
            }
        });
        let named = named
            .reduce(SelfNamed::or)
            .filter(|_| answer == Intent::Signs);
        let asks_for_news = own.iter().any(|(_, it)| match it {
            Saying::Signs { known, .. } => known.asks_for_news,
            Saying::AsksForNews => true,
            Saying::Nothing
            | Saying::Speaks { .. }
            | Saying::Refuses
            | Saying::Withdraws
            | Saying::MayWithdraw => false,
        });
        Reading {
            answer,
            asks_for_news: asks_for_news && answer == Intent::Signs,
            rest: Some(rest).filter(|_| says_something).unwrap_or_default(),
            declared: named.and_then(|named| declared(text, named)),
            has_words: has_words(&tokens),
        }
    }

    /// The same words, with those of a pledge in the place of the signing phrases: the grammar reads whether a post says
    /// them.
    ///
    /// # Errors
    /// The first of the words that the grammar cannot use, or that sign the letter or take a signature back.
    pub fn of_pledge(&self, words: &[String]) -> Result<Self, BadPledge> {
        for line in words {
            let fault = match self.read(first_phrase(line).as_str().into()).answer {
                Intent::Signs => PledgeFault::Signs,
                Intent::Withdraws => PledgeFault::Withdraws,
                Intent::DoesNot | Intent::Unsure => continue,
            };
            return Err(BadPledge {
                words: line.clone(),
                fault,
            });
        }
        self.with_pledge(words)
    }

    fn languages(&self, own: Option<&str>) -> PostLanguages<'_> {
        let named = own.filter(|tag| !NO_LANGUAGE.contains(&primary(tag).as_str()));
        let own = named.and_then(|tag| self.of_tag(tag));
        let mut near: Vec<&SigningVocabulary> = Vec::new();
        let letters = self.letter.iter().map(|tag| self.of_tag(tag));
        let all = std::iter::once(own).chain(letters);
        for language in all.chain([self.of_tag(ENGLISH)]).flatten() {
            if !near.iter().any(|other| other.code == language.code) {
                near.push(language);
            }
        }
        let counted = match named {
            Some(_) => near.clone(),
            None => self.languages.iter().collect(),
        };
        PostLanguages { own, near, counted }
    }

    fn say<'a>(
        &'a self,
        text: &'a str,
        tokens: &'a [Token],
        voice: Voice,
        languages: &PostLanguages<'a>,
    ) -> Said<'a> {
        let sentences = Sentence::all(text, tokens, voice).into_iter();
        sentences
            .map(|sentence| {
                let saying = self.saying(&sentence, languages);
                (sentence, saying)
            })
            .collect()
    }

    fn saying<'a>(&'a self, sentence: &Sentence<'_>, languages: &PostLanguages<'a>) -> Saying<'a> {
        let near = &languages.near;
        let warned = || {
            let mut near = near.iter();
            near.any(|language| reader(sentence, language, &languages.near).warns_from(0))
        };
        let mut may_withdraw = false;
        for language in self.languages.iter() {
            match reader(sentence, language, near).withdraws() {
                Some(true) if !sentence.mixed => return Saying::Withdraws,
                Some(false) => {}
                Some(true) | None => may_withdraw = true,
            }
        }
        let counted = languages.counted.iter().copied();
        let others = self.languages.iter();
        let mut refuses = false;
        let mut asks_for_news = false;
        for language in counted.clone().chain(others) {
            let is_own = sentence.mixed || sentence.question;
            let warning = [near.as_slice(), &[language]].concat();
            match reader(sentence, language, &warning).known() {
                Some(known) if known.signs && !known.refuses && !is_own => {
                    return Saying::Signs { language, known };
                }
                Some(known) => {
                    refuses |= known.refuses && !known.signs && !sentence.question;
                    asks_for_news |= known.asks_for_news && !known.adds && !is_own;
                }
                None => {}
            }
        }
        if may_withdraw {
            return Saying::MayWithdraw;
        }
        if refuses {
            return Saying::Refuses;
        }
        if asks_for_news {
            return Saying::AsksForNews;
        }
        // In the post's own language its own words count, whatever they are elsewhere.
        let ordinary = languages.counted.iter();
        let ordinary: Vec<_> = ordinary
            .map(|language| reader(sentence, language, near).ordinary())
            .collect();
        let own = languages.own.map(|own| own.code.as_str());
        let all = ordinary
            .iter()
            .fold(Vec::new(), |all, one| later(&all, one));
        let mut counted = languages.counted.iter().zip(&ordinary);
        if languages.read_pledges() {
            return self.saying_of_pledge(sentence, languages);
        }
        let speaks = counted.any(|(language, its)| {
            let ordinary = if own == Some(&language.code) {
                its
            } else {
                &all
            };
            reader(sentence, language, near).speaks_of_signing(ordinary)
        });
        if speaks {
            Saying::Speaks { warned: warned() }
        } else {
            Saying::Nothing
        }
    }

    /// What a sentence says that does not clearly make the pledge.
    fn saying_of_pledge<'a>(
        &'a self,
        sentence: &Sentence<'_>,
        languages: &PostLanguages<'a>,
    ) -> Saying<'a> {
        let near = &languages.near;
        // The organisers' words are the same in every language.
        let mut spoken = near.iter().filter_map(|language| {
            let said = reader(sentence, language, near).says_loosely()?;
            Some(said)
        });
        let Some((start, end)) = spoken.next() else {
            return Saying::Nothing;
        };
        // In whatever language somebody denies it.
        let mut all = self.languages.iter();
        if all.any(|language| reader(sentence, language, near).denies(start, end)) {
            return Saying::Refuses;
        }
        let mut near_ones = near.iter();
        let warned = near_ones.any(|language| reader(sentence, language, near).warns_from(0));
        Saying::Speaks { warned }
    }

    fn answer(
        &self,
        text: &str,
        tokens: &[Token],
        own: &Said<'_>,
        languages: &PostLanguages<'_>,
    ) -> Intent {
        let has_own_words = own.iter().any(|(sentence, _)| sentence.words() > 0);
        let speaks = |said: &Said<'_>| {
            said.iter().any(|(_, it)| {
                matches!(
                    it,
                    Saying::Speaks { .. } | Saying::MayWithdraw | Saying::Signs { .. }
                )
            })
        };
        let inline = self.say(text, tokens, Voice::Inline, languages);
        let last = own
            .iter()
            .rposition(|(_, it)| matches!(it, Saying::Withdraws));
        let later = last.and_then(|last| own.get(last..)).unwrap_or_default();
        let signs_later = later
            .iter()
            .any(|(_, it)| matches!(it, Saying::Signs { .. }));
        let withdraws = |(_, it): &(Sentence<'_>, Saying<'_>)| matches!(it, Saying::Withdraws);
        if signs_later {
            return Intent::Unsure;
        }
        if last.is_some() || (!has_own_words && inline.iter().any(withdraws)) {
            return Intent::Withdraws;
        }
        let block = self.say(text, tokens, Voice::Block, languages);
        let refuses = own.iter().any(|(_, it)| matches!(it, Saying::Refuses));
        let signs = own.iter().any(|(_, it)| matches!(it, Saying::Signs { .. }));
        if signs {
            let quotes =
                !block.is_empty() || longest_quotation(tokens) > MAX_EMPHASIS || speaks(&inline);
            let doubts =
                refuses || quotes || is_ironic(tokens, languages) || !is_plain(own, languages);
            return if doubts {
                Intent::Unsure
            } else {
                Intent::Signs
            };
        }
        let unsure = speaks(own)
            || (!refuses && speaks(&inline))
            || (!has_own_words && speaks(&block))
            || (!languages.read_pledges()
                && ((!has_own_words && is_lone_hand(tokens)) || is_entry(own, text, languages)));
        if unsure {
            Intent::Unsure
        } else {
            Intent::DoesNot
        }
    }

    /// Whether `rest` says more than neutral words ("Yes!"), hashtags, links and emoji.
    fn says_something(&self, rest: &str) -> bool {
        let tokens = tokenise(rest);
        let voices = [Voice::Own, Voice::Inline, Voice::Block].into_iter();
        let mut sentences = voices.flat_map(|voice| Sentence::all(rest, &tokens, voice));
        sentences.any(|sentence| {
            let known = |language: &SigningVocabulary| {
                let known = reader(&sentence, language, &[]).known();
                known.is_some_and(|it| !it.adds && !it.refuses && it.named.is_empty())
            };
            sentence.words() > 0 && !self.languages.iter().any(known)
        })
    }
}

/// The later of the ends at each place.
fn later(some: &[Option<usize>], others: &[Option<usize>]) -> Vec<Option<usize>> {
    let some = some.iter().copied().chain(std::iter::repeat(None));
    let pairs = some.zip(others);
    pairs.map(|(one, other)| one.max(*other)).collect()
}

/// Whether nothing about the sentences that sign makes them doubtful.
fn is_plain(own: &Said<'_>, languages: &PostLanguages<'_>) -> bool {
    own.iter().enumerate().all(|(index, (sentence, saying))| {
        let Saying::Signs { language, .. } = saying else {
            return !matches!(
                saying,
                Saying::Speaks { warned: true } | Saying::MayWithdraw
            );
        };
        // A post that names no language may be in any in which the sentence signs: "Firmo. Mai!"
        let others = languages.counted.iter().copied().filter(|other| {
            let known = reader(sentence, other, &[]).known();
            known.is_some_and(|known| known.signs)
        });
        let near = languages.near.iter().copied();
        let warning: Vec<_> = near.chain([*language]).chain(others).collect();
        let after = own.iter().skip(index.saturating_add(1));
        let warned = after
            .scan(true, |goes_on, (sentence, _)| {
                let words = sentence.words();
                let counts = *goes_on && words <= MAX_AFTERTHOUGHT;
                *goes_on &= words == 0;
                counts.then(|| reader(sentence, language, &warning).warns_from(0))
            })
            .any(|warned| warned);
        let counts = languages
            .counted
            .iter()
            .any(|other| other.code == language.code);
        counts && !warned
    })
}

/// Whether the whole post has the shape of an entry in a list of names.
fn is_entry(own: &Said<'_>, text: &str, languages: &PostLanguages<'_>) -> bool {
    let mut sentences = own.iter().filter(|(sentence, _)| sentence.words() > 0);
    let (Some((sentence, _)), None) = (sentences.next(), sentences.next()) else {
        return false;
    };
    let near = &languages.near;
    let is_entry =
        |language: &&SigningVocabulary| names::is_entry(&reader(sentence, language, near));
    let exclaims = sentence.place.of(text).ends_with(['!', '！']);
    let capitals = (0..sentence.len()).filter(|at| {
        let word = sentence.original(*at).unwrap_or_default();
        word.starts_with(char::is_uppercase)
    });
    let mut words = capitals.filter_map(|at| sentence.word(at));
    let known = |word: &str| languages.counted.iter().any(|one| one.knows_at_all(word));
    let is_said = !exclaims && !sentence.mixed && !sentence.question;
    is_said && !words.any(known) && near.iter().any(is_entry)
}

/// Whether a content warning of a few words holds a warning: "sarcasm".
fn warns(text: &str, languages: &PostLanguages<'_>) -> bool {
    let text = cut(text, MAX_TEXT);
    let tokens = tokenise(text);
    let near = &languages.near;
    let warns = |sentence: &Sentence<'_>| {
        let short = sentence.words() <= MAX_AFTERTHOUGHT;
        let mut near = near.iter();
        short && near.any(|one| reader(sentence, one, &languages.near).warns_from(0))
    };
    Sentence::all(text, &tokens, Voice::Own).iter().any(warns)
}

fn reader<'a>(
    sentence: &'a Sentence<'a>,
    language: &'a SigningVocabulary,
    warning: &'a [&'a SigningVocabulary],
) -> SentenceReader<'a> {
    SentenceReader {
        language,
        sentence,
        warning,
    }
}

/// Whether a hashtag says that the words are not meant: `#sarcasm`.
fn is_ironic(tokens: &[Token], languages: &PostLanguages<'_>) -> bool {
    let mut near = languages.near.iter();
    near.any(|language| {
        let mut tokens = tokens.iter();
        tokens.any(
            |token| matches!(&token.kind, TokenKind::Hashtag(tag) if language.warns_as_tag(tag)),
        )
    })
}

/// Whether a writing hand stands alone: ✍️.
fn is_lone_hand(tokens: &[Token]) -> bool {
    let is_hand = |token: &Token| matches!(&token.kind, TokenKind::Emoji(it) if it == "✍");
    !has_words(tokens) && tokens.iter().any(is_hand)
}

/// The number of words in the longest quotation in quotation marks.
fn longest_quotation(tokens: &[Token]) -> usize {
    let quotations = tokens
        .split(|token| token.kind == TokenKind::QuotationMark || token.voice != Voice::Inline);
    let words = |part: &[Token]| {
        part.iter()
            .filter(|token| matches!(token.kind, TokenKind::Word(_)))
            .count()
    };
    quotations.map(words).max().unwrap_or(0)
}

fn has_words(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| {
        matches!(
            token.kind,
            TokenKind::Word(_) | TokenKind::Hashtag(_) | TokenKind::Link
        )
    })
}

fn declared(text: &str, named: SelfNamed) -> Option<Declared> {
    let words = |span: Span| {
        span.of(text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let declared = Declared {
        name: named.name.map(words),
        affiliation: named.affiliation.map(words),
    };
    (declared != Declared::default()).then_some(declared)
}

#[cfg(test)]
mod tests;
