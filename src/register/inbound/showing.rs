//! The words and the name of an endorsement: what may be shown, and which names are taken.

use std::collections::HashMap;

use crate::{
    activitystreams::Urls,
    clock::Millis,
    endorsement::{
        Endorser, MaxVisibility, ReviewState, State, Visibility, names,
        policy::{NamePolicy, Statements},
    },
    random::Random,
    register::rules::Rules,
    store::{ActRow, ActorRow, EndorsementRow},
    text::shorten,
};

/// Names that are taken: the skeleton of a name, and who bear it.
pub(in crate::register) type TakenNames = HashMap<String, Vec<NameOwner>>;

/// Who bears a name, and how it is written.
#[derive(Clone, Debug)]
pub(in crate::register) struct NameOwner {
    /// The row id of the actor; `None` is a signatory.
    pub(in crate::register) actor_id: Option<i64>,
    /// The name as it is shown.
    pub(in crate::register) name: String,
}

impl NameOwner {
    /// Whether this name lets the same one of an actor wait. Two endorsers may have one name, because both are shown with
    /// their handles; one that only looks the same imitates. A signatory has no handle beside the name.
    fn is_imitated_by(&self, actor: &ActorRow) -> bool {
        match self.actor_id {
            None => true,
            Some(id) if id == actor.id => false,
            Some(_) => self.name.to_lowercase() != actor.name.to_lowercase(),
        }
    }
}

/// Takes the statement, and the declared name and affiliation, from the words of the act that decides. What is
/// the same as before keeps the moderator's decision.
pub(in crate::register) fn take_words(
    context: &Settling<'_>,
    row: &mut EndorsementRow,
    act: &ActRow,
    endorser: &Endorser,
) {
    let policy = &context.rules.policy;
    let read = act.written().map(|written| context.rules.read(written));
    let statement = read
        .as_ref()
        .map(|reading| without_mentions(&reading.rest, context.urls))
        .map(|statement| shorten(&statement, policy.max_statement_chars))
        .filter(|statement| !statement.is_empty());
    if statement != row.statement {
        let written = act.written();
        let caught = written.and_then(|written| context.rules.word_rules.in_post(written));
        row.statement_state = statement.as_ref().map(|_| match policy.statements {
            _ if act.act.visibility == Visibility::Unlisted => ReviewState::Pending,
            _ if caught.is_some() => ReviewState::Pending,
            Statements::Auto => ReviewState::Shown,
            Statements::Trusted if row.statement_trusted => ReviewState::Shown,
            Statements::Trusted | Statements::Queue => ReviewState::Pending,
        });
        row.statement = statement;
    }
    let declared = read
        .and_then(|reading| reading.declared)
        .unwrap_or_default();
    let clean = |declared: Option<String>| {
        declared
            .map(|text| names::clean(&text, ""))
            .filter(|text| !text.is_empty())
    };
    let (name, affiliation) = (clean(declared.name), clean(declared.affiliation));
    if (&name, &affiliation) != (&row.declared_name, &row.declared_affiliation) {
        let any = name.is_some() || affiliation.is_some();
        row.declared_state = any.then_some(ReviewState::Pending);
        (row.declared_name, row.declared_affiliation) = (name, affiliation);
    }
    if endorser.opted_out {
        // An actor who opted out of being found is not quoted either, as soon as the flag is set.
        row.statement_state = row.statement_state.map(|_| ReviewState::Hidden);
        row.declared_state = row.declared_state.map(|_| ReviewState::Hidden);
    }
}

/// A statement without mentions of the letter's actor that only address it: at the beginning of a line, and at its end
/// after a whole sentence. Under a title, or below a text, they are not where a reply begins.
fn without_mentions(statement: &str, urls: &Urls) -> String {
    let is_mention = |word: &str| {
        let account = word.trim_end_matches(|c: char| c.is_ascii_punctuation());
        account.strip_prefix('@').is_some_and(|account| {
            account.eq_ignore_ascii_case(urls.username())
                || account.eq_ignore_ascii_case(&urls.acct())
        })
    };
    let mut lines: Vec<&str> = Vec::new();
    for line in statement.lines() {
        let mut rest = line.trim();
        while let Some(word) = rest
            .split_whitespace()
            .next()
            .filter(|word| is_mention(word))
        {
            rest = rest.get(word.len()..).unwrap_or_default().trim_start();
        }
        while let Some((before, _)) = rest
            .rsplit_once(char::is_whitespace)
            .filter(|(before, word)| is_mention(word) && is_whole(before))
        {
            rest = before.trim_end();
        }
        let is_blank = |line: &&str| line.is_empty();
        if rest.is_empty() && (!line.trim().is_empty() || lines.last().is_none_or(is_blank)) {
            continue;
        }
        lines.push(rest);
    }
    lines.join("\n").trim_end().to_owned()
}

/// Whether a text ends with a whole sentence, or with something that is no word.
fn is_whole(text: &str) -> bool {
    let last = text.trim_end().chars().next_back();
    last.is_none_or(|last| !last.is_alphanumeric() && !matches!(last, ',' | '-' | '–' | ':' | ';'))
}

/// Takes the name, if the act may ever be shown with one. A changed name is judged as a new one.
pub(in crate::register) fn take_name(
    context: &mut Settling<'_>,
    row: &mut EndorsementRow,
    act: &ActRow,
    actor: &ActorRow,
    before: Option<&EndorsementRow>,
) {
    if act.act.ceiling != MaxVisibility::Named || actor.name.is_empty() {
        (row.name, row.name_skeleton, row.name_state) = (None, None, ReviewState::Pending);
        return;
    }
    let skeleton = names::skeleton(&actor.name);
    let owners = context.taken.get(&skeleton);
    let taken = owners
        .into_iter()
        .flatten()
        .any(|owner| owner.is_imitated_by(actor));
    if row.name.as_deref() == Some(&actor.name) {
        // While it was on no list, somebody else may have taken the name.
        let was_listed = before.is_some_and(|before| before.state == State::Listed);
        if taken && !was_listed && row.name_state == ReviewState::Shown {
            row.name_state = ReviewState::Pending;
        }
        return;
    }
    let caught = context.rules.word_rules.in_name(&actor.name).is_some();
    let shown = match context.rules.policy.names {
        NamePolicy::Queue => false,
        NamePolicy::Check | NamePolicy::Auto if caught => false,
        NamePolicy::Check => context.rules.passes_as_name(&actor.name, taken),
        NamePolicy::Auto => context.rules.is_one_plain_line(&actor.name),
    };
    row.name_state = if shown {
        ReviewState::Shown
    } else {
        ReviewState::Pending
    };
    row.name = Some(actor.name.clone());
    row.name_skeleton = Some(skeleton);
}

/// Erases name and words of a row that a decision would keep longer than its owner wants.
pub(in crate::register) fn forget_words(row: &mut EndorsementRow) {
    (row.name, row.name_skeleton) = (None, None);
    (row.declared_name, row.declared_affiliation) = (None, None);
    (row.declared_state, row.statement_state) = (None, None);
    row.statement = None;
    row.statement_trusted = false;
}

/// What settling needs besides the actor itself.
#[derive(Debug)]
pub(in crate::register) struct Settling<'a> {
    /// The rules in force.
    pub(in crate::register) rules: &'a Rules,
    /// Our URLs.
    pub(in crate::register) urls: &'a Urls,
    /// The random source for public ids.
    pub(in crate::register) random: &'a dyn Random,
    /// The current time.
    pub(in crate::register) now: Millis,
    /// The names that are taken.
    pub(in crate::register) taken: &'a mut TakenNames,
}

impl Settling<'_> {
    /// Updates the taken names: a name that leaves the list is free for others.
    pub(in crate::register) fn hand_over(
        &mut self,
        before: Option<&EndorsementRow>,
        after: &EndorsementRow,
    ) {
        let actor_id = Some(after.actor_id);
        if let Some(owners) = before
            .and_then(shown_skeleton)
            .and_then(|skeleton| self.taken.get_mut(skeleton))
        {
            owners.retain(|other| other.actor_id != actor_id);
        }
        if let (Some(skeleton), Some(name)) = (shown_skeleton(after), &after.name) {
            let owner = NameOwner {
                actor_id,
                name: name.clone(),
            };
            self.taken
                .entry(skeleton.to_owned())
                .or_default()
                .push(owner);
        }
    }
}

/// The skeleton of a name that is on the list.
fn shown_skeleton(row: &EndorsementRow) -> Option<&str> {
    let shown = row.state == State::Listed && row.name_state == ReviewState::Shown;
    row.name_skeleton.as_deref().filter(|_| shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_clean_of_mentions_that_only_address_the_letter() {
        let base = "https://letter.example".parse().unwrap();
        let urls = Urls::new(&base, "letter.example", "letter");
        let check = |statement: &str, expected: &str| {
            assert_eq!(without_mentions(statement, &urls), expected, "{statement}");
        };
        check("Because it matters.", "Because it matters.");
        check("Why\n\n@letter Because.", "Why\n\nBecause.");
        check("Why\n\n@LETTER@letter.example, because.", "Why\n\nbecause.");
        check("It matters. @letter", "It matters.");
        check(
            "It matters.\n\n@letter @letter@letter.example",
            "It matters.",
        );
        check("One.\n\n@letter\n\nTwo.", "One.\n\nTwo.");
        check("I thank @letter", "I thank @letter");
        check("I thank @letter for it", "I thank @letter for it");
        check("@ada Because.", "@ada Because.");
        check(
            "@letters are fine. @letter@other.example",
            "@letters are fine. @letter@other.example",
        );
        check("@letter", "");
        check("@", "@");
    }
}
