//! Rules of the moderators: patterns of words that let whoever writes them, or bears them as a name, wait for a person.
//!
//! A rule only queues, so a wrong one costs a moderator's time and nobody's signature. Not here: what is held because of
//! one ([`judge`](super::judge)), and storing them (`store`).

use super::wording::{self, WrittenPost};
use crate::string_enum::words;

/// Most characters of a pattern.
const MAX_PATTERN: usize = 200;

words! {
    /// What a rule looks at.
    pub enum RuleScope {
        /// The words of posts, with their content warnings.
        Text = "text",
        /// The names and user names of their authors.
        Name = "name",
        /// Both.
        Both = "both",
    }
}

/// Why a text is no pattern. The message says what to type instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// No letter and no digit: it would find everything, or nothing.
    #[error("`{0}` has no word in it; type words such as `buy *coin*`")]
    Empty(String),
    /// More than 200 characters.
    #[error("a pattern has at most {MAX_PATTERN} characters")]
    TooLong,
}

/// Words that stand one after the other. `*` is any letters, or none, at that place of a word; alone it is any one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Vec<char>>);

impl Pattern {
    /// Reads a pattern. Case, accents' encodings and signs between words do not matter, as with signing words.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        if text.chars().nth(MAX_PATTERN).is_some() {
            return Err(BadPattern::TooLong);
        }
        let words = wording::words_of_pattern(text);
        if !words
            .iter()
            .any(|word| word.contains(char::is_alphanumeric))
        {
            return Err(BadPattern::Empty(text.to_owned()));
        }
        Ok(Self(
            words.iter().map(|word| word.chars().collect()).collect(),
        ))
    }

    /// Whether it stands anywhere among these words.
    fn is_in(&self, words: &[Vec<char>]) -> bool {
        let fits = |part: &[Vec<char>]| {
            let mut pairs = self.0.iter().zip(part);
            pairs.all(|(pattern, word)| matches(pattern, word))
        };
        words.windows(self.0.len()).any(fits)
    }
}

/// Whether a word is as a pattern says. In time that grows with their product, because others choose the word.
fn matches(pattern: &[char], word: &[char]) -> bool {
    let (mut p, mut w) = (0, 0);
    // The newest star, and up to where it stands for letters.
    let mut star: Option<(usize, usize)> = None;
    while let Some(letter) = word.get(w) {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, w));
                p += 1;
            }
            Some(wanted) if wanted == letter => {
                p += 1;
                w += 1;
            }
            _ => {
                let Some((at, until)) = star else {
                    return false;
                };
                star = Some((at, until + 1));
                (p, w) = (at + 1, until + 1);
            }
        }
    }
    pattern.iter().skip(p).all(|rest| *rest == '*')
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordRule {
    /// Its number, by which moderators name it; never given twice.
    pub number: i64,
    /// What it finds.
    pub pattern: Pattern,
    /// What it looks at.
    pub scope: RuleScope,
}

/// Every rule in force, lowest number first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordRules(Vec<WordRule>);

impl WordRules {
    /// The rules with these patterns.
    pub fn new(mut rules: Vec<WordRule>) -> Self {
        rules.sort_by_key(|rule| rule.number);
        Self(rules)
    }

    /// Whether a rule is in force.
    pub fn has(&self, number: i64) -> bool {
        self.0.iter().any(|rule| rule.number == number)
    }

    /// The numbers of the rules that find something in a text.
    pub fn finding(&self, text: &str, scope: RuleScope) -> Vec<i64> {
        let looks = |rule: &&WordRule| rule.scope == scope || rule.scope == RuleScope::Both;
        let mut rules = self.0.iter().filter(looks).peekable();
        if rules.peek().is_none() {
            return Vec::new();
        }
        let words = wording::words_of(text);
        let words: Vec<Vec<char>> = words.iter().map(|word| word.chars().collect()).collect();
        rules
            .filter(|rule| rule.pattern.is_in(&words))
            .map(|rule| rule.number)
            .collect()
    }

    /// The first rule that finds something in the words of a post, or in its warning.
    pub fn in_post(&self, written: WrittenPost<'_>) -> Option<i64> {
        let texts = [Some(written.text), written.warning].into_iter().flatten();
        texts
            .flat_map(|text| self.finding(text, RuleScope::Text))
            .min()
    }

    /// The first rule that finds something in a name.
    pub fn in_name(&self, name: &str) -> Option<i64> {
        self.finding(name, RuleScope::Name).first().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(number: i64, pattern: &str, scope: RuleScope) -> WordRule {
        let pattern = Pattern::parse(pattern).unwrap();
        WordRule {
            number,
            pattern,
            scope,
        }
    }

    #[test]
    fn a_pattern_finds_whole_words_one_after_the_other() {
        for (pattern, text, found) in [
            ("buy coins", "Please BUY, coins!", true),
            ("buy coins", "buy my coins", false),
            ("buy * coins", "buy my coins", true),
            ("buy * coins", "buy coins", false),
            ("coin", "coins", false),
            ("coin*", "coins", true),
            ("*coin*", "Bitcoin", true),
            ("*coin*", "bit-c-o-i-n", false),
            ("b*t*n", "bitcoin", true),
            ("b*t*n", "bitcoins", false),
            ("straße", "STRASSE", true),
            ("crypto", "#Crypto", true),
            ("crypto king", "@crypto_king", true),
            ("evil example", "https://evil.example/x", true),
            ("签名", "我签名了", true),
            ("签*", "签名", true),
            ("ｆｕｌｌ", "full", true),
            ("soft", "so\u{ad}ft", true),
        ] {
            let rules = WordRules::new(vec![rule(1, pattern, RuleScope::Text)]);
            let finds = !rules.finding(text, RuleScope::Text).is_empty();
            assert_eq!(finds, found, "{pattern}: {text}");
        }
    }

    #[test]
    fn a_rule_looks_where_it_is_told_to_and_the_first_one_is_named() {
        let rules = WordRules::new(vec![
            rule(9, "king", RuleScope::Both),
            rule(4, "crypto", RuleScope::Name),
            rule(2, "coins", RuleScope::Text),
        ]);
        let post = |text, warning| WrittenPost {
            text,
            warning,
            ..WrittenPost::default()
        };
        assert_eq!(rules.in_name("Crypto King"), Some(4));
        assert_eq!(rules.in_name("King of coins"), Some(9));
        assert_eq!(rules.in_post(post("the king has coins", None)), Some(2));
        assert_eq!(rules.in_post(post("crypto", Some("king"))), Some(9));
        assert_eq!(rules.in_post(post("crypto", None)), None);
        assert_eq!(WordRules::default().in_name("King"), None);
    }

    #[test]
    fn a_pattern_has_a_word_and_is_short() {
        for text in ["", " ", "*", "* **", "!?"] {
            let error = BadPattern::Empty(text.to_owned());
            assert_eq!(Pattern::parse(text), Err(error));
        }
        assert!(Pattern::parse(&"a".repeat(200)).is_ok());
        assert_eq!(Pattern::parse(&"a".repeat(201)), Err(BadPattern::TooLong));
    }

    #[test]
    fn long_words_of_others_cost_little() {
        let rules = WordRules::new(vec![rule(1, &"a*".repeat(100), RuleScope::Text)]);
        let text = format!("{}b", "a".repeat(10_000));
        assert_eq!(rules.finding(&text, RuleScope::Text), [1]);
        let rules = WordRules::new(vec![rule(1, &"*a".repeat(100), RuleScope::Text)]);
        assert!(rules.finding(&text, RuleScope::Text).is_empty());
    }
}
