//! Searching for the beginnings of words, on either database by an index of its own.

use std::cmp::Reverse;

use super::{Result, Tx};
use crate::text::search_words;

/// How many rows are found by one look into an index before there are many.
pub(super) const MANY: i64 = 4000;

/// The most words of one search; further ones narrow it no more.
const MAX_WORDS: usize = 16;

/// The most words of a search in the public list, the longest ones: short ones begin the words of nearly everybody, and
/// each costs a walk through the index.
const MAX_PUBLIC_WORDS: usize = 4;

/// The most entries that a search of the public list finds among the endorsements: the newest ones. Whoever looks for
/// somebody finds fewer, and beginnings that half of all have cost no more.
pub const MAX_FOUND: i64 = 1000;

/// The fewest bytes of a word that an index is asked for beside another one: half of all begin with one letter.
const LONG_ENOUGH: usize = 3;

/// That the words of an endorsement are like the pattern that follows.
const LIKE: &str = " AND (' ' || endorsement.shown_words || ' ' || endorsement.other_words) LIKE ";

/// A search for entries that have, for each of these words, one that begins with it; longer words come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordSearch(Vec<String>);

/// The SQL of a condition on the table `endorsement`: pieces of text, each but the last followed by a bound value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundBy {
    pub(super) parts: Vec<(String, String)>,
    pub(super) end: String,
    /// Whether few are found, so that each is looked up and no other index is wanted.
    pub(super) few: bool,
}

impl WordSearch {
    /// The words of a text. One that another one begins with is left out, because it finds nothing less.
    pub fn parse(text: &str) -> Self {
        let all = search_words(text);
        let mut words: Vec<String> = Vec::new();
        for (place, word) in all.iter().enumerate() {
            let says_more = |(other_place, other): (usize, &String)| {
                other.starts_with(word.as_str()) && (other != word || other_place < place)
            };
            if !all.iter().enumerate().any(says_more) {
                words.push(word.clone());
            }
        }
        words.sort_by_key(|word| Reverse(word.len()));
        words.truncate(MAX_WORDS);
        Self(words)
    }

    /// The condition that what the public list shows is found; only the newest [`MAX_FOUND`] entries, and one more.
    pub(super) fn in_list(&self, tx: &Tx) -> FoundBy {
        let newest = MAX_FOUND + 1;
        match tx {
            _ if self.0.is_empty() => FoundBy::nothing(),
            Tx::Sqlite(_) => FoundBy {
                parts: vec![(
                    " AND endorsement.id IN (SELECT rowid FROM endorsement_search
                                             WHERE endorsement_search MATCH "
                        .to_owned(),
                    format!("shown_words : ({})", for_fts5(self.public())),
                )],
                end: format!(" ORDER BY rowid DESC LIMIT {newest})"),
                few: false,
            },
            Tx::Postgres(_) => FoundBy {
                parts: vec![(
                    " AND endorsement.id IN (SELECT found.id FROM endorsement AS found
                                             WHERE found.shown_words <> ''
                                               AND array_to_tsvector(string_to_array(found.shown_words, ' '))
                                                   @@ CAST("
                        .to_owned(),
                    for_postgres(self.public()),
                )],
                // By a sum, which the primary key does not have: a walk along that would look at everybody where each
                // word is common and all together are not.
                end: format!(" AS TSQUERY) ORDER BY found.id + 0 DESC LIMIT {newest})"),
                few: false,
            },
        }
    }

    /// The condition that an administrator finds it, by whatever words it has.
    ///
    /// Few are found by the index, and looked up one by one; of many the newest are soon met in the order of the list, and
    /// each row that is met has its words beside it.
    pub(super) async fn anywhere(&self, tx: &mut Tx) -> Result<FoundBy> {
        let (indexed, others) = self.indexed_and_others();
        if indexed.is_empty() {
            return Ok(FoundBy::nothing());
        }
        let (ids, end) = ids(tx, indexed);
        let counted: Vec<(i64,)> = built!(
            tx,
            |sql| {
                sql.push("SELECT COUNT(*) FROM (");
                for (text, value) in &ids {
                    sql.push(text).push_bind(value.clone());
                }
                sql.push(end)
                    .push(" LIMIT ")
                    .push_bind(MANY)
                    .push(") AS found");
            },
            rows(i64,)
        )?;
        let few = counted.iter().any(|(n,)| *n < MANY);
        let like = |word: &String| (LIKE.to_owned(), format!("% {word}%"));
        if !few {
            return Ok(FoundBy {
                parts: self.0.iter().map(like).collect(),
                end: String::new(),
                few,
            });
        }
        let mut parts: Vec<_> = others.iter().map(like).collect();
        let mut before = " AND endorsement.id IN (";
        for (text, value) in ids {
            parts.push((format!("{before}{text}"), value));
            before = "";
        }
        Ok(FoundBy {
            parts,
            end: format!("{end})"),
            few,
        })
    }

    /// The words that an index is asked for, and those that each row is asked for: the index has half of all rows under a
    /// letter or two, which are asked for only where there is nothing longer.
    fn indexed_and_others(&self) -> (&[String], &[String]) {
        let long = |word: &&String| word.len() >= LONG_ENOUGH;
        let n_long = self.public().iter().filter(long).count();
        self.0.split_at(n_long.max(1).min(self.0.len()))
    }

    /// Patterns that ` ` with the words of an entry after it has to be like.
    pub(super) fn patterns(&self) -> Vec<String> {
        // Without a word nothing is found; no entry has a word with a space in it.
        let pattern = |word: &String| format!("% {word}%");
        let patterns: Vec<_> = self.public().iter().map(pattern).collect();
        if patterns.is_empty() {
            return vec!["%  %".to_owned()];
        }
        patterns
    }

    fn public(&self) -> &[String] {
        self.0.get(..MAX_PUBLIC_WORDS).unwrap_or(&self.0)
    }
}

impl Tx {
    /// Lets PostgreSQL find rows by index alone until the transaction ends: it does not know how dear it is to make the
    /// words of each row into a vector. What then looks dear is not compiled, which takes longer than running it.
    pub(super) async fn goes_by_index(&mut self) -> Result<()> {
        const SETTINGS: &str = "SET LOCAL enable_seqscan = off; SET LOCAL jit = off";
        if let Self::Postgres(tx) = self {
            sqlx::raw_sql(SETTINGS).execute(&mut **tx).await?;
        }
        Ok(())
    }
}

/// Words in the language of FTS5. They have letters and digits only, so nothing has to be escaped.
fn for_fts5(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("\"{word}\" *")).collect();
    words.join(" AND ")
}

/// The same for `tsquery`.
fn for_postgres(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("'{word}':*")).collect();
    words.join(" & ")
}

/// The statement that gives the ids of endorsements with these words, up to its end.
fn ids(tx: &Tx, words: &[String]) -> (Vec<(String, String)>, &'static str) {
    // Asked first and alone (`OFFSET`): else each row of the list would be asked for its words.
    const END: &str = " AS TSQUERY))) OFFSET 0";
    const NEXT: &str = " AS TSQUERY))) AND ";
    if matches!(tx, Tx::Sqlite(_)) {
        let found = "SELECT rowid FROM endorsement_search WHERE endorsement_search MATCH ";
        return (vec![(found.to_owned(), for_fts5(words))], "");
    }
    let mut parts = Vec::new();
    let mut before = "SELECT found.id FROM endorsement AS found WHERE ";
    for word in words {
        let begins = for_postgres(std::slice::from_ref(word));
        parts.push((
            format!(
                "{before}((found.shown_words <> ''
                           AND array_to_tsvector(string_to_array(found.shown_words, ' ')) @@ CAST("
            ),
            begins.clone(),
        ));
        parts.push((
            " AS TSQUERY)) OR (found.other_words <> ''
                              AND array_to_tsvector(string_to_array(found.other_words, ' ')) @@ CAST("
                .to_owned(),
            begins,
        ));
        before = NEXT;
    }
    (parts, END)
}

impl FoundBy {
    /// What no row fulfils: a search without any word finds nothing.
    fn nothing() -> Self {
        Self {
            parts: Vec::new(),
            end: " AND FALSE".to_owned(),
            few: true,
        }
    }
}

/// Pushes the condition of a [`FoundBy`].
macro_rules! push_found {
    ($sql:ident, $found:expr) => {{
        for (text, value) in &$found.parts {
            $sql.push(text).push_bind(value.clone());
        }
        $sql.push(&$found.end);
    }};
}
pub(super) use push_found;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_find_nothing_less_are_left_out() {
        for (text, expected) in [
            ("", ""),
            ("@ * \" '", ""),
            ("Ada", "ada"),
            ("a al ada alb", "ada alb"),
            ("ada ada", "ada"),
            ("@Ada@m.example", "example ada m"),
        ] {
            assert_eq!(WordSearch::parse(text).0.join(" "), expected, "{text}");
        }
        let many: Vec<_> = (10..40).map(|it| it.to_string()).collect();
        let many = WordSearch::parse(&many.join(" "));
        assert_eq!((many.0.len(), many.public().len()), (MAX_WORDS, 4));
        for (text, indexed) in [
            ("", 0),
            ("p", 1),
            ("p e c", 1),
            ("yao 15", 1),
            ("because ada", 2),
        ] {
            let words = WordSearch::parse(text);
            assert_eq!(words.indexed_and_others().0.len(), indexed, "{text}");
        }
    }
}
