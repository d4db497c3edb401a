//! Slurs in common disguises: digits and signs for letters, letters that are repeated, dotted or starred out.
//!
//! Only whole words are compared, and a letter may be repeated but not left out, so that honest names that are close to a
//! slur pass: a country, a town, a surname with a double letter.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::skeleton::skeleton;

/// From so many different letters in a row on, a single repeated letter is a disguise; shorter ones are too close to
/// surnames.
const LONG: usize = 5;

/// A letter, and how often it stands there.
type LetterRun = (char, usize);

/// The slurs, by their letters.
#[derive(Clone, Debug)]
pub(super) struct Slurs(Vec<Vec<LetterRun>>);

impl Slurs {
    /// Takes words and phrases; those without letters have no disguise.
    pub(super) fn new(slurs: &[String]) -> Self {
        let with_letters = slurs
            .iter()
            .filter(|slur| slur.contains(char::is_alphabetic));
        Self(with_letters.map(|slur| runs(slur)).collect())
    }

    /// Whether one of them is a word of this name.
    pub(super) fn are_in(&self, name: &str) -> bool {
        if is_plain(name) {
            return false;
        }
        let words = words(name);
        let words: Vec<_> = words.iter().map(|word| runs(word)).collect();
        self.0
            .iter()
            .any(|slur| words.iter().any(|word| disguises(word, slur)))
    }
}

/// Whether nothing in a name disguises anything, as in most: letters alone, none twice in a row, no word of one letter.
fn is_plain(name: &str) -> bool {
    let mut before = ' ';
    let mut letters = name.chars().chain([' ']);
    let mut length = 0_usize;
    letters.all(|letter| {
        let is_plain = if letter == ' ' {
            length != 1
        } else {
            letter.is_alphabetic() && !letter.to_lowercase().eq(before.to_lowercase())
        };
        length = if letter == ' ' {
            0
        } else {
            length.saturating_add(1)
        };
        before = letter;
        is_plain
    })
}

/// Whether a word is a slur in disguise.
fn disguises(word: &[LetterRun], slur: &[LetterRun]) -> bool {
    let fits = |((letter, n), (wanted, least)): (&LetterRun, &LetterRun)| {
        (letter == wanted || *letter == '*') && n >= least
    };
    if word.len() != slur.len() || !word.iter().zip(slur).all(fits) {
        return false;
    }
    let starred = word.iter().filter(|(letter, _)| *letter == '*').count();
    let longer = word.iter().zip(slur);
    let longer = longer.filter(|((_, n), (_, least))| n > least).count();
    let shouted = word.iter().any(|(_, n)| *n >= 3);
    starred <= 2
        && starred.saturating_mul(2) < word.len()
        && (longer != 1 || shouted || slur.len() >= LONG)
}

/// The words of a name in which a slur may hide: what stands between blanks as a whole and by its parts, without the
/// digits around it, and single letters as one word.
fn words(name: &str) -> Vec<String> {
    let (mut words, mut spelt) = (Vec::new(), String::new());
    for chunk in name.split_whitespace() {
        let letters: Vec<char> = chunk.chars().filter(|c| in_word(*c)).collect();
        if let [letter] = letters[..] {
            spelt.push(letter);
            continue;
        }
        words.push(std::mem::take(&mut spelt));
        words.push(letters.into_iter().collect());
        words.extend(chunk.split(|c| !in_word(c)).map(str::to_owned));
    }
    words.push(spelt);
    let bare = |word: &String| {
        let outside = |c: char| !c.is_alphabetic();
        word.trim_matches(outside).to_owned()
    };
    let bare: Vec<_> = words.iter().map(bare).collect();
    words.extend(bare);
    words.retain(|word| word.contains(char::is_alphabetic));
    words
}

/// Letters, digits, and the signs that stand for letters.
fn in_word(character: char) -> bool {
    character.is_alphanumeric() || is_combining_mark(character) || "$!*".contains(character)
}

/// The runs of equal letters of a word by their look, without accents.
fn runs(word: &str) -> Vec<LetterRun> {
    let letters = word.nfd().filter(|c| !is_combining_mark(*c)).map(letter);
    let look = skeleton(&letters.collect::<String>());
    let mut runs: Vec<LetterRun> = Vec::new();
    let plain = look.chars().filter(|c| c.is_alphanumeric() || *c == '*');
    for letter in plain {
        match runs.last_mut() {
            Some((last, n)) if *last == letter => *n = n.saturating_add(1),
            _ => runs.push((letter, 1)),
        }
    }
    runs
}

/// The letter for which a digit or a sign stands.
const fn letter(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' => 'a',
        '5' | '$' => 's',
        '6' | '9' => 'g',
        '7' => 't',
        '8' => 'b',
        _ => character,
    }
}
