//! Finds the lists of signatories in the file, and reads their lines.
//!
//! A list is taken only if the nearest paragraph or heading before it is a signing word (or the one that
//! `letter.signatories_heading` names), or if only rules, comments and signing words stand between it and
//! such a list. All other lists belong to the text: the demands of a letter must never appear as supporters.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    ops::Range,
    sync::LazyLock,
};

use super::{
    Signatory, Unread, Warning, line_number,
    markdown::{Block, BlockKind, Definitions, Outline, blank_comments},
    signatory_line::{self, Parts},
};

/// The wordings that announce signatories, one a line.
const SIGNING_HEADINGS: &str = include_str!("data/signing_headings.txt");
/// Most words of a name in a list without bullets; sentences have more.
const MAX_WORDS: usize = 6;

/// The signing words in the form of [`bare`].
static SIGNING_WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    SIGNING_HEADINGS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(bare)
        .filter(|line| !line.is_empty())
        .collect()
});

/// The words of a text in lower case, without punctuation and numbers.
fn bare(text: &str) -> String {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().any(char::is_alphabetic))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The lists of a text. All lines are indexes into the text.
#[derive(Debug)]
pub(super) struct Choice {
    /// The lists that are the signatories'.
    pub(super) taken: Vec<Range<usize>>,
    /// The other lists.
    pub(super) left: Vec<Range<usize>>,
    /// Lines outside the text: the lists, their announcements, and the lines between them.
    pub(super) not_text: Vec<Range<usize>>,
    /// The last line that announces signatories.
    pub(super) announced: Option<usize>,
    /// Whether the heading that the configuration names is in the text.
    pub(super) found_named: bool,
}

/// The state of the search.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReaderState {
    /// In the text.
    Text,
    /// After a signing word.
    Announced,
    /// After the named heading: its section may begin with paragraphs.
    Section,
    /// After a list that was taken.
    AfterList,
    /// After names without bullets; more may follow.
    AfterNames,
}

/// Separates the lists of signatories from all others.
pub(super) fn choose(outline: &Outline, lines: &[&str], named: Option<&str>) -> Choice {
    let named = named.map(bare).filter(|heading| !heading.is_empty());
    let mut chooser = Chooser {
        outline,
        lines,
        named,
        state: ReaderState::Text,
        pending: Vec::new(),
        choice: Choice {
            taken: Vec::new(),
            left: Vec::new(),
            not_text: Vec::new(),
            announced: None,
            found_named: false,
        },
    };
    for block in &outline.blocks {
        chooser.see(block);
    }
    chooser.choice
}

/// Iterates over the blocks.
struct Chooser<'a> {
    outline: &'a Outline,
    lines: &'a [&'a str],
    named: Option<String>,
    state: ReaderState,
    /// Lines that are outside the text if a list follows.
    pending: Vec<Range<usize>>,
    choice: Choice,
}

impl Chooser<'_> {
    fn see(&mut self, block: &Block) {
        match block.kind {
            BlockKind::List if self.state == ReaderState::Text => {
                self.choice.left.push(block.lines.clone());
            }
            BlockKind::List => self.take(block, ReaderState::AfterList),
            BlockKind::Rule => self.pass(block),
            BlockKind::Heading | BlockKind::Paragraph | BlockKind::Html if says_nothing(block) => {
                self.pass(block);
            }
            BlockKind::Heading | BlockKind::Paragraph | BlockKind::Html => self.see_words(block),
            BlockKind::Other
                if matches!(self.state, ReaderState::Announced | ReaderState::Section) => {}
            BlockKind::Other | BlockKind::Quotation => self.back_to_text(),
        }
    }

    fn see_words(&mut self, block: &Block) {
        if let Some((announced, state)) = self.announcement(block) {
            if announced != block.lines {
                self.back_to_text();
            }
            self.choice.announced = Some(announced.start);
            self.pending.push(announced);
            self.state = state;
        } else if matches!(
            self.state,
            ReaderState::Announced | ReaderState::Section | ReaderState::AfterNames
        ) && self.is_list_of_names(block)
        {
            self.take(block, ReaderState::AfterNames);
        } else if self.state != ReaderState::Section || block.kind == BlockKind::Heading {
            self.back_to_text();
        }
    }

    /// The lines of a block that announce signatories: all of them, or a paragraph's last.
    fn announcement(&mut self, block: &Block) -> Option<(Range<usize>, ReaderState)> {
        let last = block.text.lines().last().unwrap_or_default();
        for (words, lines) in [
            (bare(&block.text), block.lines.clone()),
            (
                bare(last),
                block.lines.end.saturating_sub(1)..block.lines.end,
            ),
        ] {
            if self.named.as_ref() == Some(&words) {
                self.choice.found_named = true;
                let section = block.kind == BlockKind::Heading;
                return Some((
                    lines,
                    if section {
                        ReaderState::Section
                    } else {
                        ReaderState::Announced
                    },
                ));
            }
            if SIGNING_WORDS.contains(&words) {
                return Some((lines, ReaderState::Announced));
            }
            if block.kind != BlockKind::Paragraph {
                break;
            }
        }
        None
    }

    /// Whether every line of a paragraph is a name, as in lists without bullets.
    fn is_list_of_names(&self, block: &Block) -> bool {
        block.kind == BlockKind::Paragraph
            && entries(self.lines, &block.lines).iter().all(|entry| {
                entry.bullet || looks_like_a_name(&entry.text, &self.outline.definitions)
            })
    }

    fn take(&mut self, block: &Block, state: ReaderState) {
        self.choice.taken.push(block.lines.clone());
        self.choice.not_text.append(&mut self.pending);
        self.choice.not_text.push(block.lines.clone());
        self.state = state;
    }

    fn pass(&mut self, block: &Block) {
        if self.state != ReaderState::Text {
            self.pending.push(block.lines.clone());
        }
    }

    fn back_to_text(&mut self) {
        self.state = ReaderState::Text;
        self.pending.clear();
    }
}

/// Whether a block is invisible: comments, anchors, kramdown's attributes.
fn says_nothing(block: &Block) -> bool {
    block.text.is_empty() || (block.text.starts_with("{:") && block.text.ends_with('}'))
}

/// Whether a line without a bullet is a name and not a sentence.
fn looks_like_a_name(text: &str, definitions: &Definitions) -> bool {
    let Some(parts) = signatory_line::read(text, definitions) else {
        return false;
    };
    let words: Vec<&str> = parts.name.split_whitespace().collect();
    let is_small = |word: &&str| word.starts_with(char::is_lowercase);
    let small = words.iter().copied().filter(is_small).count();
    let capital = !words.first().is_some_and(is_small) && !words.last().is_some_and(is_small);
    let known = parts.handle.is_some() && words.len() <= 2;
    !is_sentence(text)
        && words.len() <= MAX_WORDS
        && (known || (capital && small * 2 <= words.len()))
}

/// Whether a line ends like a sentence; a full stop after a short word marks an abbreviation.
fn is_sentence(text: &str) -> bool {
    let last = text.split_whitespace().last().unwrap_or_default();
    text.ends_with([':', '!', '?']) || (last.ends_with('.') && last.chars().count() > 5)
}

/// The lines of one signatory, joined.
#[derive(Debug)]
struct ListedSignatory {
    /// Indexes of its lines.
    lines: Range<usize>,
    /// The text without bullet and surrounding blanks.
    text: String,
    bullet: bool,
}

/// The entries of a list. A bullet or an unindented line begins an entry; an indented line continues it.
fn entries(lines: &[&str], range: &Range<usize>) -> Vec<ListedSignatory> {
    let raw: Vec<&str> = lines
        .iter()
        .skip(range.start)
        .take(range.len())
        .copied()
        .collect();
    let blanked = blank_comments(&raw.join("\n"));
    let mut entries: Vec<ListedSignatory> = Vec::new();
    for (offset, line) in blanked.split('\n').enumerate() {
        // A backslash at the end breaks the line, as two blanks do.
        let text = line.trim();
        let text = text.strip_suffix('\\').unwrap_or(text).trim_end();
        if text.is_empty() {
            continue;
        }
        let at = range.start + offset;
        let after_bullet = after_bullet(text);
        let indented = line.starts_with("  ") || line.starts_with('\t');
        match entries.last_mut() {
            Some(entry) if entry.bullet && indented && after_bullet.is_none() => {
                entry.lines.end = at + 1;
                entry.text.push_str(if entry.text.contains([',', '(']) {
                    " "
                } else {
                    ", "
                });
                entry.text.push_str(text);
            }
            Some(_) | None => entries.push(ListedSignatory {
                lines: at..at + 1,
                text: after_bullet.unwrap_or(text).to_owned(),
                bullet: after_bullet.is_some(),
            }),
        }
    }
    entries
}

/// The text after the bullet of a line, if it has one: a dash, a star or the like, or a number.
fn after_bullet(text: &str) -> Option<&str> {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text.len() - digits.len();
    let rest = if (1..=9).contains(&number) {
        digits.strip_prefix(['.', ')'])?
    } else {
        text.strip_prefix(['-', '*', '+', '•', '–', '—'])?
    };
    if !rest.starts_with(char::is_whitespace) {
        return None;
    }
    let rest = rest.trim_start();
    let task = ["[ ] ", "[x] ", "[X] "]
        .iter()
        .find_map(|bullet| rest.strip_prefix(bullet));
    Some(task.unwrap_or(rest).trim_start())
}

/// The content of the taken lists.
#[derive(Debug, Default)]
pub(super) struct TakenLists {
    pub(super) signatories: Vec<Signatory>,
    pub(super) unread: Vec<Unread>,
    pub(super) warnings: Vec<Warning>,
}

/// Reads the taken lists; `first` is the index of the text's first line in the file.
pub(super) fn read(
    taken: &[Range<usize>],
    lines: &[&str],
    definitions: &Definitions,
    first: usize,
) -> TakenLists {
    let mut names = TakenLists::default();
    let mut seen = HashMap::new();
    for entry in taken.iter().flat_map(|range| entries(lines, range)) {
        let line = line_number(first + entry.lines.start);
        let heading = SIGNING_WORDS.contains(&bare(&entry.text));
        match signatory_line::read(&entry.text, definitions).filter(|_| !heading) {
            Some(parts) => names.add(parts, line, &mut seen),
            None => names.unread.extend(unread(&entry, lines, first)),
        }
    }
    names
}

/// The lines of an entry as they are in the file.
fn unread(entry: &ListedSignatory, lines: &[&str], first: usize) -> impl Iterator<Item = Unread> {
    entry
        .lines
        .clone()
        .zip(lines.iter().skip(entry.lines.start))
        .map(move |(at, line)| Unread {
            line: line_number(first + at),
            text: line.trim().to_owned(),
        })
        .filter(|unread| !unread.text.is_empty())
}

impl TakenLists {
    fn add(&mut self, parts: Parts, line: u32, seen: &mut HashMap<String, u32>) {
        // The handle distinguishes people with the same name.
        let key = parts.handle.as_ref().map_or_else(
            || parts.name.to_lowercase(),
            |handle| format!("@{}", handle.to_ascii_lowercase()),
        );
        match seen.entry(key) {
            Entry::Occupied(first) => {
                let text = format!("\"{}\" stands in line {} already", parts.name, first.get());
                self.warnings.push(Warning { line, text });
            }
            Entry::Vacant(place) => {
                place.insert(line);
            }
        }
        if parts.left_out_address {
            let text = format!("the e-mail address of \"{}\" is left out", parts.name);
            self.warnings.push(Warning { line, text });
        }
        self.signatories.push(Signatory {
            name: parts.name,
            handle: parts.handle,
            url: parts.url,
            affiliation: parts.affiliation,
            position: line_number(self.signatories.len()),
            line,
        });
    }
}
