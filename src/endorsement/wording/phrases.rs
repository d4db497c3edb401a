//! The signing words of each language, as data. `data/signing/en.txt` explains the format.

use std::{
    collections::{HashMap, HashSet},
    ops::IndexMut as _,
    sync::{Arc, LazyLock},
};

use super::tokens::{TokenKind, normalise, tokenise};

/// Most words of one phrase; a longer one is a mistake.
const MAX_PHRASE_WORDS: usize = 16;

/// Most phrases that one line may stand for.
const MAX_VARIANTS: usize = 4096;

/// Most words of a pledge (`pledge.words`); each is a phrase in every language.
const MAX_PLEDGES: usize = 50;

/// Most bytes of one of them.
const MAX_PLEDGE_BYTES: usize = 200;

/// Fewest letters of one of them: a shorter one stands in too many posts.
const MIN_PLEDGE_LETTERS: usize = 3;

/// The built-in lists.
const BUILT_IN: &[&str] = &[
    include_str!("../data/signing/en.txt"),
    include_str!("../data/signing/de.txt"),
    include_str!("../data/signing/ar.txt"),
    include_str!("../data/signing/es.txt"),
    include_str!("../data/signing/fr.txt"),
    include_str!("../data/signing/hi.txt"),
    include_str!("../data/signing/id.txt"),
    include_str!("../data/signing/it.txt"),
    include_str!("../data/signing/ja.txt"),
    include_str!("../data/signing/ko.txt"),
    include_str!("../data/signing/nl.txt"),
    include_str!("../data/signing/pl.txt"),
    include_str!("../data/signing/pt.txt"),
    include_str!("../data/signing/ru.txt"),
    include_str!("../data/signing/tr.txt"),
    include_str!("../data/signing/zh.txt"),
    // The last, because it adds to all of them.
    include_str!("../data/signing/every.txt"),
];

/// The language of what every language uses: emoji, "lol".
const EVERY: &str = "every";

/// The purpose of a phrase; `data/signing/en.txt` explains each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Section {
    Sign,
    Opening,
    Project,
    Refuse,
    Withdraw,
    Hide,
    Show,
    Status,
    Help,
    Updates,
    Posted,
    Stop,
    Nameless,
    Letter,
    It,
    Neutral,
    Addition,
    And,
    Negation,
    Warning,
    Condition,
    Words,
    Ordinary,
    Endings,
    Beginnings,
}

impl Section {
    const NAMES: [(&'static str, Self); 25] = [
        ("sign", Self::Sign),
        ("opening", Self::Opening),
        ("project", Self::Project),
        ("refuse", Self::Refuse),
        ("withdraw", Self::Withdraw),
        ("hide", Self::Hide),
        ("show", Self::Show),
        ("status", Self::Status),
        ("help", Self::Help),
        ("updates", Self::Updates),
        ("posted", Self::Posted),
        ("stop", Self::Stop),
        ("nameless", Self::Nameless),
        ("letter", Self::Letter),
        ("it", Self::It),
        ("neutral", Self::Neutral),
        ("addition", Self::Addition),
        ("and", Self::And),
        ("negation", Self::Negation),
        ("warning", Self::Warning),
        ("condition", Self::Condition),
        ("words", Self::Words),
        ("ordinary", Self::Ordinary),
        ("endings", Self::Endings),
        ("beginnings", Self::Beginnings),
    ];

    fn of_name(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, section)| *section)
    }
}

/// A place in a phrase that stands for words which no list has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A phrase of the section `letter`.
    Letter,
    /// A person's name.
    Name,
    /// The name of an organisation.
    Group,
    /// The name of a place.
    Place,
    /// The rest of the sentence, if it holds no warning.
    Rest,
    /// A link: the address of a project, a server or an organisation.
    Project,
}

impl Slot {
    const NAMES: [(&'static str, Self); 6] = [
        ("<letter>", Self::Letter),
        ("<name>", Self::Name),
        ("<group>", Self::Group),
        ("<place>", Self::Place),
        ("<rest>", Self::Rest),
        ("<project>", Self::Project),
    ];
}

/// One part of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
enum PhrasePart {
    Word(String),
    /// The beginning of a word.
    Stem(String),
    Slot(Slot),
}

/// A place in a tree of phrases: what may follow the words up to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    words: HashMap<String, Self>,
    stems: Vec<(String, Self)>,
    pub(super) slots: Vec<(Slot, Self)>,
    /// Whether a phrase ends here.
    pub(super) ends: bool,
}

impl Node {
    fn add(&mut self, parts: &[PhrasePart]) {
        let Some((first, rest)) = parts.split_first() else {
            self.ends = true;
            return;
        };
        let next = match first {
            PhrasePart::Word(word) => self.words.entry(word.clone()).or_default(),
            PhrasePart::Stem(stem) => of_key(&mut self.stems, stem),
            PhrasePart::Slot(slot) => of_key(&mut self.slots, slot),
        };
        next.add(rest);
    }

    /// The places after this word.
    pub(super) fn after<'a>(&'a self, word: &'a str) -> impl Iterator<Item = &'a Self> {
        let stems = self.stems.iter();
        let begun = stems.filter(|(stem, _)| word.starts_with(stem.as_str()));
        let whole = self.words.get(word).into_iter();
        whole.chain(begun.map(|(_, next)| next))
    }

    /// Whether there are no phrases beyond this place.
    pub(super) fn is_last(&self) -> bool {
        self.words.is_empty() && self.stems.is_empty() && self.slots.is_empty()
    }
}

/// The place after `key`, which is added if there is none.
fn of_key<'a, K: Clone + PartialEq>(nodes: &'a mut Vec<(K, Node)>, key: &K) -> &'a mut Node {
    let known = nodes.iter().position(|(other, _)| other == key);
    let index = known.unwrap_or(nodes.len());
    if known.is_none() {
        nodes.push((key.clone(), Node::default()));
    }
    &mut nodes.index_mut(index).1
}

/// A list of phrases that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read the phrases at line {line}: {fault}")]
pub struct BadPhrases {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: PhraseFault,
}

/// A fault in a line of phrases.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseFault {
    /// A section of that name does not exist.
    #[error("there is no section \"{0}\"; the sections are {known}", known = section_names())]
    UnknownSection(String),
    /// A phrase stands above the first section.
    #[error("a phrase stands before the first section, such as [sign]")]
    NoSection,
    /// The line has no letter and no digit.
    #[error("\"{0}\" has no word in it")]
    NoWord(String),
    /// A place such as `<letter>` that does not exist.
    #[error(
        "there is no place \"{0}\"; the places are <letter>, <name>, <group>, <place>, <rest>, <project>"
    )]
    UnknownSlot(String),
    /// The phrase is too long.
    #[error("the phrase has {0} words, more than {MAX_PHRASE_WORDS}")]
    TooLong(usize),
    /// The line has too many alternatives.
    #[error("the line stands for more than {MAX_VARIANTS} phrases")]
    TooMany,
}

/// Words of a pledge that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{words}\": {fault}")]
pub struct BadPledge {
    /// The words.
    pub words: String,
    /// What is wrong with them.
    pub fault: PledgeFault,
}

/// Why words cannot be those of a pledge.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PledgeFault {
    /// No phrase of the grammar.
    #[error("{0}")]
    Phrase(PhraseFault),
    /// So short that it stands in many posts.
    #[error("too short: at least {MIN_PLEDGE_LETTERS} letters")]
    TooShort,
    /// Longer than any phrase.
    #[error("too long: at most {MAX_PLEDGE_BYTES} bytes")]
    TooLong,
    /// A sign that is no part of a phrase.
    #[error("words alone, without # @ [ ]")]
    Sign,
    /// More phrases than are read.
    #[error("too many words: at most {MAX_PLEDGES}")]
    TooMany,
    /// It signs the letter.
    #[error("these words sign the letter; a pledge needs others")]
    Signs,
    /// It takes a signature back.
    #[error("these words take a signature back; a pledge needs others")]
    Withdraws,
}

/// Whether a line has the form of words of a pledge.
fn check_pledge(line: &str) -> Result<(), PledgeFault> {
    if line.len() > MAX_PLEDGE_BYTES {
        return Err(PledgeFault::TooLong);
    }
    if line.contains(['#', '[', ']', '@']) {
        return Err(PledgeFault::Sign);
    }
    let first = first_phrase(line);
    let letters = first.chars().filter(|c| c.is_alphanumeric());
    if letters.count() < MIN_PLEDGE_LETTERS {
        return Err(PledgeFault::TooShort);
    }
    Ok(())
}

/// The first of the phrases that a line stands for, without places.
pub(super) fn first_phrase(line: &str) -> String {
    let chunks = line.split_whitespace();
    let words = chunks.filter(|chunk| !chunk.starts_with('<'));
    let first = words.map(|chunk| {
        let chunk = chunk.trim_end_matches('?');
        chunk.split('/').next().unwrap_or_default()
    });
    first.collect::<Vec<_>>().join(" ")
}

fn section_names() -> String {
    Section::NAMES.map(|(name, _)| name).join(", ")
}

/// The words of one language.
#[derive(Clone, Debug, Default)]
pub(super) struct SigningVocabulary {
    /// The primary subtag of its tag (RFC 5646).
    pub(super) code: String,
    /// The phrases of each section, as a tree.
    sections: HashMap<Section, Node>,
    /// The words of all phrases, but for those of `added`: none is part of a name.
    known: HashSet<String>,
    /// The words of the section `addition`: places and occupations may be in the name of an organisation.
    added: HashSet<String>,
    /// The signing phrases as hashtags.
    tags: HashSet<String>,
    endings: Vec<String>,
    beginnings: Vec<String>,
    /// Whether the phrases of `sign` are those of a pledge.
    pub(super) pledges: bool,
}

/// The signing words of all languages.
#[derive(Clone, Debug)]
pub struct Phrases {
    pub(super) languages: Arc<Vec<SigningVocabulary>>,
    /// The tags of the languages that the letter is there in, whose words count in every post.
    pub(super) letter: Vec<String>,
    /// Where the letter is; empty if nothing is known of it.
    origin: String,
}

impl Phrases {
    /// The words that are shipped. They are read once.
    #[expect(
        clippy::expect_used,
        reason = "the lists are compiled in; a test reads them"
    )]
    pub fn built_in() -> Self {
        static SHIPPED: LazyLock<Phrases> = LazyLock::new(|| {
            let mut phrases = Phrases {
                languages: Arc::default(),
                letter: Vec::new(),
                origin: String::new(),
            };
            for text in BUILT_IN {
                phrases.add(text).expect("the shipped phrases can be read");
            }
            phrases
        });
        SHIPPED.clone()
    }

    /// The shipped words and those of `extra`, the content of `endorsing.phrases_file`.
    ///
    /// The format is that of the shipped files. Phrases below no heading such as `[language fr]` belong to every
    /// language. Fails at the first line that cannot be read.
    pub fn with_extra(extra: &str) -> Result<Self, BadPhrases> {
        let mut phrases = Self::built_in();
        phrases.add(extra)?;
        Ok(phrases)
    }

    /// The same phrases, read below a letter in the languages of these tags: its own and those of its translations, on
    /// whose pages people read how to sign. A link below `origin` (`https://letter.example`)
    /// leads to the letter.
    #[must_use]
    pub fn for_letter(self, tags: &[&str], origin: &str) -> Self {
        Self {
            letter: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            origin: origin.to_owned(),
            ..self
        }
    }

    /// Whether a link leads to the letter.
    pub(super) fn leads_to_letter(&self, link: &str) -> bool {
        let path = link.strip_prefix(&self.origin);
        !self.origin.is_empty()
            && path.is_some_and(|path| path.is_empty() || path.starts_with(['/', '?', '#']))
    }

    /// Whether there are signing words in the language of this tag.
    pub fn speaks(&self, tag: &str) -> bool {
        self.of_tag(tag).is_some()
    }

    /// The codes of the languages that have signing words, in no order that matters.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.languages.iter().map(|language| language.code.as_str())
    }

    pub(super) fn of_tag(&self, tag: &str) -> Option<&SigningVocabulary> {
        let code = primary(tag);
        self.languages.iter().find(|one| one.code == code)
    }

    /// The same words, with those of a pledge in the place of the signing phrases. Each is a line of the section `sign`, in
    /// every language, and the name of a place may follow it ("I left GitHub"). Nothing in them takes anything back.
    pub(super) fn with_pledge(&self, words: &[String]) -> Result<Self, BadPledge> {
        if words.len() > MAX_PLEDGES {
            return Err(BadPledge {
                words: words.len().to_string(),
                fault: PledgeFault::TooMany,
            });
        }
        let mut pledge = self.clone();
        let languages = Arc::make_mut(&mut pledge.languages);
        for language in languages.iter_mut() {
            language.forget_signing();
        }
        for line in words {
            let bad = |fault| BadPledge {
                words: line.clone(),
                fault,
            };
            check_pledge(line).map_err(bad)?;
            for language in languages.iter_mut() {
                let added = language.add_pledge(line);
                added.map_err(|fault| bad(PledgeFault::Phrase(fault)))?;
            }
        }
        Ok(pledge)
    }

    fn add(&mut self, text: &str) -> Result<(), BadPhrases> {
        let mut code = EVERY.to_owned();
        let mut section = None;
        let languages = Arc::make_mut(&mut self.languages);
        for (line, number) in text.lines().zip(1..) {
            let line = line.split('#').next().unwrap_or_default().trim();
            let at = |fault| BadPhrases {
                line: number,
                fault,
            };
            let heading = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'));
            if let Some(tag) = heading.and_then(|heading| heading.strip_prefix("language ")) {
                code = primary(tag);
                section = None;
                if !languages.iter().any(|one| one.code == code) {
                    languages.push(SigningVocabulary {
                        code: code.clone(),
                        ..SigningVocabulary::default()
                    });
                }
            } else if let Some(name) = heading {
                let known = Section::of_name(name.trim());
                section =
                    Some(known.ok_or_else(|| at(PhraseFault::UnknownSection(name.to_owned())))?);
            } else if !line.is_empty() {
                let section = section.ok_or_else(|| at(PhraseFault::NoSection))?;
                let meant = |one: &&mut SigningVocabulary| code == EVERY || one.code == code;
                for language in languages.iter_mut().filter(meant) {
                    language.add(section, line).map_err(at)?;
                }
            }
        }
        Ok(())
    }
}

/// The primary subtag of a language tag, in lower case.
pub(super) fn primary(tag: &str) -> String {
    let subtag = tag.trim().split(['-', '_']).next().unwrap_or_default();
    subtag.to_ascii_lowercase()
}

impl SigningVocabulary {
    fn add(&mut self, section: Section, line: &str) -> Result<(), PhraseFault> {
        if section == Section::Endings || section == Section::Beginnings {
            let affixes = line.split_whitespace().map(normalise);
            if section == Section::Endings {
                self.endings.extend(affixes);
            } else {
                self.beginnings.extend(affixes);
            }
            return Ok(());
        }
        let mut variants: Vec<Vec<PhrasePart>> = vec![Vec::new()];
        for chunk in line.split_whitespace() {
            let choices = self.choices(chunk)?;
            if choices.len().saturating_mul(variants.len()) > MAX_VARIANTS {
                return Err(PhraseFault::TooMany);
            }
            variants = variants
                .iter()
                .flat_map(|before| choices.iter().map(|one| [before.as_slice(), one].concat()))
                .collect();
        }
        for parts in variants {
            if parts.len() > MAX_PHRASE_WORDS {
                return Err(PhraseFault::TooLong(parts.len()));
            }
            self.add_phrase(section, &parts)
                .ok_or_else(|| PhraseFault::NoWord(line.to_owned()))?;
        }
        Ok(())
    }

    /// Takes out what signs, refuses or takes back, to make place for the words of a pledge.
    fn forget_signing(&mut self) {
        for section in [
            Section::Sign,
            Section::Opening,
            Section::Project,
            Section::Refuse,
            Section::Withdraw,
            Section::Words,
            Section::Ordinary,
        ] {
            self.sections.remove(&section);
        }
        self.tags.clear();
        self.pledges = true;
    }

    /// Adds words of a pledge, alone and with the name of a place after them.
    fn add_pledge(&mut self, line: &str) -> Result<(), PhraseFault> {
        self.add(Section::Sign, line)?;
        if line.trim_end().ends_with('>') {
            return Ok(());
        }
        self.add(Section::Sign, &format!("{line} <place>"))
    }

    /// What one word of a line stands for.
    fn choices(&self, chunk: &str) -> Result<Vec<Vec<PhrasePart>>, PhraseFault> {
        if chunk.starts_with('<') && chunk.ends_with('>') {
            let slot = Slot::NAMES.iter().find(|(name, _)| *name == chunk);
            let (_, slot) = slot.ok_or_else(|| PhraseFault::UnknownSlot(chunk.to_owned()))?;
            return Ok(vec![vec![PhrasePart::Slot(*slot)]]);
        }
        let (chunk, optional) = match chunk.strip_suffix('?') {
            Some(chunk) => (chunk, true),
            None => (chunk, false),
        };
        let mut choices: Vec<Vec<PhrasePart>> = Vec::from_iter(optional.then(Vec::new));
        for word in chunk.split('/') {
            let mut forms = vec![word.trim_matches(['+', '*']).to_owned()];
            if word.starts_with('+') {
                let begun = self
                    .beginnings
                    .iter()
                    .flat_map(|it| forms.iter().map(move |form| format!("{it}{form}")));
                forms.extend(begun.collect::<Vec<_>>());
            }
            if word.ends_with('+') {
                let ended = forms
                    .iter()
                    .flat_map(|form| self.endings.iter().map(move |it| format!("{form}{it}")));
                forms.extend(ended.collect::<Vec<_>>());
            }
            for form in forms {
                let mut parts = words_of(&form);
                if let Some(last) = parts.last_mut().filter(|_| word.ends_with('*'))
                    && let PhrasePart::Word(stem) = last
                {
                    let apostrophe = if form.ends_with('\'') { "'" } else { "" };
                    *last = PhrasePart::Stem(std::mem::take(stem) + apostrophe);
                }
                if parts.is_empty() {
                    return Err(PhraseFault::NoWord(word.to_owned()));
                }
                choices.push(parts);
            }
        }
        Ok(choices)
    }

    /// Adds a phrase; `None` if it has no words, or begins with a place other than the letter and the project.
    fn add_phrase(&mut self, section: Section, parts: &[PhrasePart]) -> Option<()> {
        let begins = parts.first()?;
        if matches!(begins, PhrasePart::Slot(slot) if !matches!(slot, Slot::Letter | Slot::Project) || parts.len() == 1)
        {
            return None;
        }
        self.sections.entry(section).or_default().add(parts);
        if section == Section::Negation {
            // What denies something lets it be doubted, too.
            self.sections
                .entry(Section::Warning)
                .or_default()
                .add(parts);
        }
        if matches!(
            section,
            Section::Hide
                | Section::Show
                | Section::Status
                | Section::Help
                | Section::Nameless
                | Section::Project
        ) {
            // Commands are read in direct messages alone, and a project is told by its link: their words may be part of a
            // name.
            return Some(());
        }
        let words = parts.iter().filter_map(|part| match part {
            PhrasePart::Word(word) => Some(word.as_str()),
            PhrasePart::Stem(_) | PhrasePart::Slot(_) => None,
        });
        let known = if section == Section::Addition {
            &mut self.added
        } else {
            &mut self.known
        };
        known.extend(words.clone().map(str::to_owned));
        let signs = matches!(section, Section::Sign | Section::Opening);
        if signs && words.clone().count() == parts.len() {
            self.tags.insert(words.collect());
        }
        Some(())
    }

    /// The phrases of `section`.
    pub(super) fn section(&self, section: Section) -> Option<&Node> {
        self.sections.get(&section)
    }

    /// Whether one word is a phrase of `section`.
    pub(super) fn is_phrase(&self, section: Section, word: &str) -> bool {
        let phrases = self.section(section);
        phrases.is_some_and(|phrases| phrases.after(word).any(|place| place.ends))
    }

    /// Whether a hashtag is a signing phrase: `#ISign`.
    pub(super) fn signs_as_tag(&self, tag: &str) -> bool {
        self.tags.contains(tag)
    }

    /// Whether a hashtag is a warning or begins with one: `#sarcasm`, `#NotReally`.
    pub(super) fn warns_as_tag(&self, tag: &str) -> bool {
        /// Shorter words begin too many others.
        const SHORTEST: usize = 3;
        let Some(warnings) = self.section(Section::Warning) else {
            return false;
        };
        let begins = |(word, place): (&String, &Node)| {
            place.ends
                && (word == tag || (word.chars().count() >= SHORTEST && tag.starts_with(word)))
        };
        warnings.words.iter().any(begins) || warnings.after(tag).any(|place| place.ends)
    }

    /// Whether a word is part of a phrase of any section.
    pub(super) fn knows_at_all(&self, word: &str) -> bool {
        self.knows(word) || self.added.contains(word)
    }

    /// Whether a word is part of a phrase of another section than `addition`.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.known.contains(word) || self.is_phrase(Section::Warning, word)
    }

    /// Whether a common noun begins with a capital letter, so that one alone is no name.
    pub(super) fn capitalises_nouns(&self) -> bool {
        self.code == "de"
    }
}

/// The words of a form: one, or each character of a script without blanks.
fn words_of(form: &str) -> Vec<PhrasePart> {
    let tokens = tokenise(form).into_iter();
    tokens
        .filter_map(|token| match token.kind {
            TokenKind::Word(text) | TokenKind::Emoji(text) => Some(PhrasePart::Word(text)),
            TokenKind::Mention
            | TokenKind::Hashtag(_)
            | TokenKind::Link
            | TokenKind::Mark(_)
            | TokenKind::QuotationMark => None,
        })
        .collect()
}
