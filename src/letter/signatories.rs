//! Finds the lists of signatories in the file, and reads their lines.
//!
//! A list is taken if a signing word announces it (or the heading that `letter.signatories_heading` names) and most of
//! its entries look like names. Notes, sub-headings and wrappers between the two go with the list. All other lists
//! belong to the text: the demands of a letter must never appear as supporters, and must never vanish.

use std::{
    collections::{HashMap, hash_map::Entry},
    ops::Range,
};

use super::{
    LeftOut, Signatory, Warning,
    announcement::{AnnouncementKind, announces, heading_announces, is_group, is_other_section},
    block::{Block, BlockKind, ListEntry},
    entries::{self, BlockEntries},
    likeness::{Likeness, is_personal, is_place_and_date, is_reserved, may_be_a_name},
    line_number,
    markdown::{Definitions, Outline},
    signatory_line::{self, Parts},
    word_lists::{LetterTerms, bare},
};

/// Most words of a note between a signing heading and its list.
const MAX_NOTE_WORDS: usize = 400;
/// Most words of other prose between a signing word and its list: more is the text, which goes on.
const MAX_PROSE_WORDS: usize = 80;
/// Most words of a line that names a part of the list.
const MAX_GROUP_WORDS: usize = 8;

/// An entry as it was read, and what it looks like.
#[derive(Debug)]
struct ReadEntry {
    entry: ListEntry,
    parts: Option<Parts>,
    likeness: Likeness,
}

/// A list that is the signatories'.
#[derive(Debug)]
pub(super) struct TakenList {
    entries: Vec<ReadEntry>,
    /// Whether the entries are names because of their form.
    is_certain: bool,
}

/// The lists of a text. All lines are indexes into the text.
#[derive(Debug, Default)]
pub(super) struct Choice {
    /// The lists that are the signatories'.
    pub(super) taken: Vec<TakenList>,
    /// Other lists whose entries look like names.
    pub(super) left: Vec<Range<usize>>,
    /// Lines outside the text: the lists, their announcements, and the lines between them.
    pub(super) not_text: Vec<Range<usize>>,
    /// Those of them that are notes.
    pub(super) notes: Vec<Range<usize>>,
    /// The last line that announces signatories, if no list follows it.
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
    /// After a list that was taken.
    AfterList,
    /// After names without bullets; more may follow.
    AfterNames,
}

/// A signing word and its place.
#[derive(Clone, Copy)]
struct CurrentAnnouncement {
    kind: AnnouncementKind,
    /// The level of its heading; 0 for a paragraph.
    level: u8,
    /// The level of the headings by which the list below a paragraph is divided.
    part_level: Option<u8>,
    has_list: bool,
}

/// Lines that are outside the text if a list follows.
struct PendingLines {
    lines: Range<usize>,
    is_note: bool,
    opens: usize,
}

/// Separates the lists of signatories from all others.
pub(super) fn choose(outline: &Outline, lines: &[&str], named: Option<&str>) -> Choice {
    let named = named.map(bare).filter(|heading| !heading.is_empty());
    let mut chooser = Chooser {
        definitions: &outline.definitions,
        lines,
        named,
        state: ReaderState::Text,
        current: None,
        pending: Vec::new(),
        wrapper: None,
        open: 0,
        prose: 0,
        instructions: false,
        before_list: false,
        choice: Choice::default(),
    };
    let mut blocks = outline.blocks.iter().peekable();
    while let Some(block) = blocks.next() {
        chooser.before_list = blocks
            .peek()
            .is_some_and(|next| matches!(next.kind, BlockKind::List | BlockKind::Table));
        chooser.see(block);
    }
    chooser.choice
}

/// Iterates over the blocks.
struct Chooser<'a> {
    definitions: &'a Definitions,
    lines: &'a [&'a str],
    named: Option<String>,
    state: ReaderState,
    current: Option<CurrentAnnouncement>,
    pending: Vec<PendingLines>,
    /// The tags directly before, which may be around the list.
    wrapper: Option<(Range<usize>, usize)>,
    /// How many elements are open around the list that was taken.
    open: usize,
    /// Words of prose since the signing word.
    prose: usize,
    /// Whether the last line said how to sign.
    instructions: bool,
    /// Whether the next block is a list.
    before_list: bool,
    choice: Choice,
}

impl Chooser<'_> {
    fn see(&mut self, block: &Block) {
        let wrapper = self.wrapper.take();
        match block.kind {
            BlockKind::Html => self.see_wrapper(block),
            BlockKind::Rule => self.pass(block, false),
            BlockKind::Heading | BlockKind::Paragraph if says_nothing(block) => {
                self.pass(block, false);
            }
            BlockKind::Heading => self.see_heading(block, wrapper),
            BlockKind::Paragraph => self.see_paragraph(block, wrapper),
            BlockKind::List | BlockKind::Table | BlockKind::Code | BlockKind::Quotation => {
                self.see_list(block);
            }
            // Its place is at the foot of the page, wherever it is written.
            BlockKind::Footnote => {}
            BlockKind::Other => self.back_to_text(),
        }
    }

    /// Tags around other blocks.
    fn see_wrapper(&mut self, block: &Block) {
        match self.state {
            ReaderState::Text => {
                if block.opens > 0 && block.closes == 0 {
                    self.wrapper = Some((block.lines.clone(), block.opens));
                }
            }
            ReaderState::AfterList | ReaderState::AfterNames
                if block.opens == 0 && block.closes > 0 =>
            {
                if block.closes <= self.open {
                    self.open -= block.closes;
                    let pending = self.pending.drain(..).map(|pending| pending.lines);
                    self.choice.not_text.extend(pending);
                    self.choice.not_text.push(block.lines.clone());
                }
            }
            ReaderState::Announced | ReaderState::AfterList | ReaderState::AfterNames => {
                self.pending.push(PendingLines {
                    lines: block.lines.clone(),
                    is_note: false,
                    opens: block.opens.saturating_sub(block.closes),
                });
            }
        }
    }

    fn see_heading(&mut self, block: &Block, wrapper: Option<(Range<usize>, usize)>) {
        if self.is_named(&block.text) {
            self.choice.found_named = true;
            return self.announce(block, AnnouncementKind::Signing, wrapper);
        }
        if let Some(kind) = heading_announces(&block.text) {
            return self.announce(block, kind, wrapper);
        }
        let Some(current) = &mut self.current else {
            return;
        };
        let of_part = !is_other_section(&block.text)
            && ((is_group(&block.text) && current.kind == AnnouncementKind::Signing)
                || (current.level > 0 && block.level > current.level)
                || (current.level == 0
                    && block.level > 1
                    && current.kind == AnnouncementKind::Signing
                    && current
                        .part_level
                        .map_or(!current.has_list, |level| level == block.level)));
        if of_part && self.state != ReaderState::Text {
            if current.level == 0 {
                current.part_level = Some(block.level);
            }
            self.pass(block, false);
            self.state = ReaderState::Announced;
        } else {
            self.back_to_text();
        }
    }

    /// A paragraph; one of its lines may announce names, the lines above it are text then, those below it names.
    fn see_paragraph(&mut self, block: &Block, wrapper: Option<(Range<usize>, usize)>) {
        if self.is_named(&block.text) {
            self.choice.found_named = true;
            return self.announce(block, AnnouncementKind::Signing, wrapper);
        }
        if let Some(kind) = announces(&block.text) {
            return self.announce(block, kind, wrapper);
        }
        let mut before = block.lines.start;
        let mut found = None;
        for line in block.lines.clone() {
            let text = self.line_of(block, line);
            if self.is_named(&text) {
                self.choice.found_named = true;
                found = Some((line, AnnouncementKind::Signing));
            } else if let Some(kind) = announces(&text) {
                // "Thank you" above "Signed," is text.
                found = Some((line, kind));
            }
        }
        if let Some((line, kind)) = found {
            if line > before {
                self.see_plain(&self.part(block, before..line));
            }
            self.announce(&self.part(block, line..line + 1), kind, None);
            before = line + 1;
        }
        if before < block.lines.end {
            let rest = self.part(block, before..block.lines.end);
            self.see_plain(&rest);
        }
    }

    /// The text of one line of a paragraph. A piece of HTML that goes on over several lines is the text of its first,
    /// so that it is read once.
    fn line_of(&self, block: &Block, line: usize) -> String {
        if block.is_html {
            let at = block
                .entries
                .partition_point(|entry| entry.lines.start < line);
            let entry = block.entries.get(at);
            entry
                .filter(|entry| entry.lines.start == line)
                .map(|entry| entry.text.clone())
                .unwrap_or_default()
        } else {
            let text = self.lines.get(line).copied().unwrap_or_default();
            text.trim().trim_end_matches('\\').to_owned()
        }
    }

    /// Some lines of a paragraph as a block.
    fn part(&self, block: &Block, lines: Range<usize>) -> Block {
        let texts = lines.clone().map(|line| self.line_of(block, line));
        let text = if lines == block.lines {
            block.text.clone()
        } else {
            texts.collect::<Vec<_>>().join("\n")
        };
        let inside = |entry: &&ListEntry| lines.contains(&entry.lines.start);
        Block {
            kind: block.kind,
            entries: block.entries.iter().filter(inside).cloned().collect(),
            text,
            bold: block.bold,
            is_html: block.is_html,
            lines,
            ..Block::default()
        }
    }

    fn is_named(&self, text: &str) -> bool {
        self.named
            .as_ref()
            .is_some_and(|named| *named == bare(text))
    }

    /// A signing word. What stands between it and an earlier one stays text if it is prose.
    fn announce(
        &mut self,
        block: &Block,
        kind: AnnouncementKind,
        wrapper: Option<(Range<usize>, usize)>,
    ) {
        if kind == AnnouncementKind::Closing {
            self.back_to_text();
            self.start(kind, 0);
            return;
        }
        let level = if block.kind == BlockKind::Heading {
            block.level
        } else {
            0
        };
        let is_part = self.state != ReaderState::Text
            && self.current.is_some_and(|current| {
                current.kind == kind && current.level > 0 && (level == 0 || level > current.level)
            });
        if !is_part {
            if self.prose > 0 || self.state == ReaderState::Text {
                self.back_to_text();
            }
            self.start(kind, level);
        }
        self.state = ReaderState::Announced;
        self.instructions = false;
        self.choice.announced = (kind == AnnouncementKind::Signing).then_some(block.lines.start);
        if let Some((lines, opens)) = wrapper {
            self.pending.push(PendingLines {
                lines,
                is_note: false,
                opens,
            });
        }
        self.pass(block, false);
    }

    fn start(&mut self, kind: AnnouncementKind, level: u8) {
        self.state = ReaderState::Announced;
        self.prose = 0;
        self.current = Some(CurrentAnnouncement {
            kind,
            level,
            part_level: None,
            has_list: false,
        });
    }

    /// A paragraph that announces nothing: names, the name of a part, a note, or the text, which goes on.
    fn see_plain(&mut self, block: &Block) {
        let Some(current) = self.current.filter(|_| self.state != ReaderState::Text) else {
            return;
        };
        let words = block.text.split_whitespace().count();
        let leads = block
            .text
            .trim_end_matches(['*', '_'])
            .ends_with([':', '：']);
        let is_note = is_note(&block.text);
        let one_line = block.lines.len() == 1;
        let is_postscript = block.text.starts_with("PS") || block.text.starts_with("P.S");
        if is_postscript || (self.state == ReaderState::AfterList && is_other_section(&block.text))
        {
            return self.back_to_text();
        }
        if self.state != ReaderState::Announced && one_line && is_and_others(&block.text) {
            let found = entries::of(block, self.lines, self.definitions);
            let list = (read_entries(found, self.definitions), false);
            return self.take(block, list, self.state);
        }
        if one_line && words <= MAX_GROUP_WORDS && !(leads && is_other_section(&block.text)) {
            let is_part = is_group(&block.text) || (block.bold && self.before_list);
            if is_part && current.kind == AnnouncementKind::Signing {
                self.pass(block, false);
                self.state = ReaderState::Announced;
                return;
            }
        }
        if self.state != ReaderState::AfterList && self.take_names(block) {
            return;
        }
        if self.state != ReaderState::Announced {
            if is_note && !leads {
                self.pass(block, true);
            } else if is_note && self.before_list {
                // "The following have signed since:"
                self.pass(block, true);
                self.instructions = is_instruction(&block.text);
            } else {
                self.back_to_text();
            }
            return;
        }
        let fits = match current.kind {
            AnnouncementKind::Signing if current.level > 0 => {
                self.prose + words <= MAX_NOTE_WORDS
                    && (!leads || is_note || (words <= 4 && !is_other_section(&block.text)))
            }
            AnnouncementKind::Signing => {
                let names_part =
                    words <= 3 && !is_other_section(&block.text) && !speaks(&block.text);
                (is_note || (self.prose + words <= MAX_PROSE_WORDS && (!leads || names_part)))
                    && self.prose + words <= MAX_NOTE_WORDS
            }
            AnnouncementKind::Undersigned | AnnouncementKind::Closing => {
                !leads && (is_note || is_place_and_date(&block.text)) && words <= MAX_PROSE_WORDS
            }
        };
        if !fits {
            return self.back_to_text();
        }
        if !is_note {
            self.prose += words;
        }
        self.instructions = is_instruction(&block.text);
        let ends = block.text.ends_with(['.', '!', '?']);
        let names_part = one_line && self.before_list && words <= 4 && !is_note && !ends;
        self.pass(block, !names_part);
    }

    /// Takes a paragraph if it is names.
    fn take_names(&mut self, block: &Block) -> bool {
        let found = entries::of(block, self.lines, self.definitions);
        let is_one = found.entries.len() == 1 && !found.is_certain;
        if is_one {
            let text = &block.text;
            let words = text.split_whitespace().count();
            let alone = !text.contains([',', '(', '@', '–', '—']);
            let is_sentence = words > 3 && text.ends_with(['.', '!', '?']) && !ends_short(text);
            if (alone && self.before_list) || is_place_and_date(text) || is_sentence {
                return false;
            }
        }
        let bullets = found.entries.iter().any(|entry| entry.bullet);
        let is_certain = found.is_certain;
        let read = read_entries(found, self.definitions);
        let count = Counted::of(&read);
        let takes = is_certain
            || (count.names > 0 && count.names > count.others + count.placeholders)
            || (bullets && count.names + count.maybe > count.others && count.names > 0);
        if takes {
            self.take(block, (read, is_certain), ReaderState::AfterNames);
        }
        takes
    }

    fn see_list(&mut self, block: &Block) {
        let instructions = std::mem::take(&mut self.instructions);
        let found = entries::of(block, self.lines, self.definitions);
        let read = read_entries(found, self.definitions);
        let count = Counted::of(&read);
        let Some(current) = self.current.filter(|_| self.state != ReaderState::Text) else {
            if count.names > count.others
                && matches!(block.kind, BlockKind::List | BlockKind::Table)
            {
                self.choice.left.push(block.lines.clone());
            }
            return;
        };
        let is_signing = current.kind == AnnouncementKind::Signing;
        let all = read.len();
        let of_names = count.names > count.others
            || (count.names > 0 && count.names + count.maybe > count.others && is_signing)
            || (is_signing
                && self.state == ReaderState::Announced
                && matches!(block.kind, BlockKind::List | BlockKind::Table)
                && count.names == 0
                && count.others == 0
                && all > 0
                && !instructions);
        let takes = of_names && (!instructions || count.known * 2 > all);
        if takes {
            return self.take(block, (read, false), ReaderState::AfterList);
        }
        let in_section = is_signing && self.state == ReaderState::Announced;
        let is_note = match block.kind {
            BlockKind::Quotation => in_section || (is_signing && is_note(&block.text)),
            BlockKind::Code => in_section,
            BlockKind::List | BlockKind::Table => {
                in_section && (instructions || count.placeholders * 2 > all)
            }
            BlockKind::Heading
            | BlockKind::Paragraph
            | BlockKind::Rule
            | BlockKind::Html
            | BlockKind::Footnote
            | BlockKind::Other => false,
        };
        if is_note {
            self.pass(block, true);
        } else if !(in_section && current.level > 0) {
            self.back_to_text();
        }
        // Below a signing heading such a list stays text, and the names may still follow.
    }

    fn take(&mut self, block: &Block, list: (Vec<ReadEntry>, bool), state: ReaderState) {
        let (entries, is_certain) = list;
        self.choice.taken.push(TakenList {
            entries,
            is_certain,
        });
        for pending in self.pending.drain(..) {
            if pending.is_note {
                self.choice.notes.push(pending.lines.clone());
            }
            self.open += pending.opens;
            self.choice.not_text.push(pending.lines);
        }
        self.choice.not_text.push(block.lines.clone());
        self.choice.announced = None;
        if let Some(current) = &mut self.current {
            current.has_list = true;
        }
        self.state = state;
    }

    fn pass(&mut self, block: &Block, is_note: bool) {
        if self.state != ReaderState::Text {
            self.pending.push(PendingLines {
                lines: block.lines.clone(),
                is_note,
                opens: 0,
            });
        }
    }

    fn back_to_text(&mut self) {
        self.state = ReaderState::Text;
        self.current = None;
        self.prose = 0;
        self.open = 0;
        self.instructions = false;
        self.pending.clear();
    }
}

/// Reads the entries of a block.
fn read_entries(found: BlockEntries, definitions: &Definitions) -> Vec<ReadEntry> {
    let read = |entry: ListEntry| {
        let parts = signatory_line::read(&entry.text, definitions);
        let likeness = Likeness::of(&entry.text, parts.as_ref());
        ReadEntry {
            entry,
            parts,
            likeness,
        }
    };
    found.entries.into_iter().map(read).collect()
}

/// How many entries of a block look like what.
#[derive(Debug, Default)]
struct Counted {
    names: usize,
    maybe: usize,
    others: usize,
    placeholders: usize,
    /// Names of two words or more, or with an account.
    known: usize,
}

impl Counted {
    fn of(entries: &[ReadEntry]) -> Self {
        let mut count = Self::default();
        for entry in entries {
            match entry.likeness {
                Likeness::Name => count.names += 1,
                Likeness::Maybe => count.maybe += 1,
                Likeness::Doubtful | Likeness::Sentence => count.others += 1,
                Likeness::Placeholder => count.placeholders += 1,
            }
            let is_known = |parts: &Parts| parts.handle.is_some() || is_personal(&parts.name);
            count.known += usize::from(entry.parts.as_ref().is_some_and(is_known));
        }
        count
    }
}

/// Whether a block is invisible: comments, anchors, kramdown's attributes.
fn says_nothing(block: &Block) -> bool {
    block.text.is_empty() || (block.text.starts_with("{:") && block.text.ends_with('}'))
}

/// Whether a text ends with an abbreviation, such as "Inc.".
fn ends_short(text: &str) -> bool {
    let last = text.split_whitespace().last().unwrap_or_default();
    last.ends_with('.') && last.chars().count() <= 5 && last.starts_with(char::is_uppercase)
}

/// Whether a paragraph is about the list: a disclaimer, a date, a number, how to sign, nothing but a link.
fn is_note(text: &str) -> bool {
    let words = bare(text);
    LetterTerms::Notes.is_in(&words)
        || is_reserved(text)
        || is_place_and_date(text)
        || Likeness::of(
            text,
            signatory_line::read(text, &Definitions::default()).as_ref(),
        ) == Likeness::Placeholder
}

/// Whether a line among the names says that there are more: "and many more".
fn is_and_others(text: &str) -> bool {
    let words = bare(text);
    let and = ["and", "und", "et", "y", "e", "en", "plus", "i"];
    let begins = words
        .split(' ')
        .next()
        .is_some_and(|word| and.contains(&word));
    begins && words.split(' ').count() <= 5 && is_reserved(text)
}

/// Whether a text has a word that only sentences have.
fn speaks(text: &str) -> bool {
    bare(text)
        .split(' ')
        .any(|word| LetterTerms::Sentence.has(word))
}

/// Whether a paragraph says how to sign, so that the list below it has steps.
fn is_instruction(text: &str) -> bool {
    let words = bare(text);
    let leads = text.trim_end().ends_with([':', '：']);
    leads
        && (LetterTerms::Ends.begins(&words)
            || is_reserved(text)
            || LetterTerms::Ends.is_in(&words))
}

/// The content of the taken lists.
#[derive(Debug, Default)]
pub(super) struct TakenLists {
    pub(super) signatories: Vec<Signatory>,
    pub(super) unread: Vec<LeftOut>,
    pub(super) warnings: Vec<Warning>,
}

/// Reads the taken lists; `first` is the index of the text's first line in the file.
pub(super) fn read(taken: Vec<TakenList>, lines: &[&str], first: usize) -> TakenLists {
    let mut names = TakenLists::default();
    let mut seen = HashMap::new();
    // Many entries may stand in one line, which is left out once.
    let mut unread_to = 0;
    for list in taken {
        for read in list.entries {
            let ReadEntry {
                entry,
                parts,
                likeness,
            } = read;
            let line = line_number(first + entry.lines.start);
            let heads = announces(&entry.text).is_some() || is_group(&entry.text);
            let is_name = |parts: &Parts| {
                let fits = list.is_certain || may_be_a_name(likeness, parts);
                fits && !(heads && parts.handle.is_none() && !parts.left_out_address)
            };
            if let Some(parts) = parts.filter(is_name) {
                names.add(parts, line, &mut seen);
            } else {
                let from = entry.lines.start.max(unread_to);
                unread_to = entry.lines.end.max(unread_to);
                let left_out = unread(from..entry.lines.end, lines, first);
                names.unread.extend(left_out);
            }
        }
    }
    names
}

/// Some lines as they are in the file.
fn unread(range: Range<usize>, lines: &[&str], first: usize) -> impl Iterator<Item = LeftOut> {
    let from = range.start;
    range
        .zip(lines.iter().skip(from))
        .map(move |(at, line)| LeftOut {
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
        if let Some(others) = &parts.others {
            let text = format!(
                "\"{others}\" after \"{}\" is left out: whoever has no name is nobody",
                parts.name
            );
            self.warnings.push(Warning { line, text });
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
