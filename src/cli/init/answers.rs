//! A new configuration: the documented default with what is known about the letter.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{
    config::{
        Config, ConfigProblems, DOCUMENTED_DEFAULT, LaunchMode, environment_sets, folder_below_var,
    },
    letter,
    server::environment,
};

/// What is known about the letter; whatever is not stays as the default has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    /// Its domain, or its address.
    pub(super) domain: Option<String>,
    /// The user name of its actor.
    pub(super) username: Option<String>,
    /// Who answers for it.
    pub(super) contact: Option<String>,
    /// To whom it is addressed.
    pub(super) addressees: Vec<String>,
    /// Its file, as seen from the working folder.
    pub(super) letter: Option<PathBuf>,
}

impl Answers {
    /// The text of the configuration that will be this file.
    pub(super) fn configuration(&self, file: &Path) -> String {
        let mut text = DOCUMENTED_DEFAULT.to_owned();
        let mut set = |key: &str, default: &str, value: toml::Value| {
            text = text.replacen(
                &format!("{key} = {default}"),
                &format!("{key} = {value}"),
                1,
            );
        };
        if let Some(domain) = &self.domain {
            set(
                "base_url",
                "\"http://localhost:8080\"",
                base_url(domain).into(),
            );
        }
        if let Some(username) = &self.username {
            set("username", "\"letter\"", username.as_str().into());
        }
        if let Some(contact) = &self.contact {
            set("contact", "\"\"", contact.as_str().into());
        }
        if !self.addressees.is_empty() {
            set("watch_names", "[]", self.addressees.clone().into());
        }
        if let Some(letter) = &self.letter {
            let letter = seen_from(file, letter);
            set("file", "\"letter.md\"", letter.display().to_string().into());
        }
        if let Some(database) = database_below_var(file) {
            set("url", "\"sqlite://data/undersigned.db\"", database.into());
        }
        text
    }

    /// Whether this configuration is right as far as it goes: a contact that is not known yet is no fault.
    pub(super) fn check(&self, file: &Path) -> Result<(), ConfigProblems> {
        let mut complete = self.clone();
        complete
            .contact
            .get_or_insert_with(|| "somebody@letter.example".to_owned());
        Config::parse(&complete.configuration(file), file, std::iter::empty()).map(drop)
    }

    /// Whether a person has to answer for this letter, and the environment names none.
    pub(super) fn needs_contact(&self) -> bool {
        self.domain
            .as_deref()
            .is_some_and(|domain| !is_local(domain))
            && !environment_sets("actor", "contact", std::env::vars())
    }
}

/// The configuration of a letter that everybody could see: it is a draft until `letter launch`.
pub(super) fn launched_by_hand(configuration: &str) -> String {
    let line = |mode: LaunchMode| format!("launch = \"{mode}\"");
    configuration.replacen(&line(LaunchMode::AtStart), &line(LaunchMode::Manual), 1)
}

/// Whether a domain is this machine's own name.
pub(super) fn is_local(domain: &str) -> bool {
    base_url(domain).starts_with("http://localhost")
}

/// The address of a domain, which may be one already.
fn base_url(domain: &str) -> String {
    let domain = domain.trim().trim_end_matches('/');
    if domain.contains("://") {
        domain.to_owned()
    } else if domain == "localhost" || domain.starts_with("localhost:") {
        format!("http://{domain}")
    } else {
        format!("https://{domain}")
    }
}

/// The letter's file as the configuration names it: seen from its own folder.
fn seen_from(file: &Path, letter: &Path) -> PathBuf {
    let is_here = file
        .parent()
        .is_none_or(|folder| folder.as_os_str().is_empty());
    if is_here {
        return letter.to_owned();
    }
    std::path::absolute(letter).unwrap_or_else(|_| letter.to_owned())
}

/// The database of a configuration below `/etc`: that of `/etc/undersigned/config.toml` is in `/var/lib/undersigned`.
fn database_below_var(file: &Path) -> Option<String> {
    let folder = folder_below_var(file.parent()?)?;
    Some(format!("sqlite://{}/undersigned.db", folder.display()))
}

/// Whether the file can be published as a letter.
///
/// # Errors
/// When it cannot be read, or is no letter.
pub(super) fn check_letter(file: &Path) -> anyhow::Result<()> {
    let text = environment::read(file)?;
    letter::parse(text.as_bytes(), None).with_context(|| file.display().to_string())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(answers: &Answers, file: &str) -> Config {
        let file = Path::new(file);
        Config::parse(&answers.configuration(file), file, std::iter::empty()).unwrap()
    }

    #[test]
    fn every_answer_is_in_the_configuration() {
        let answers = Answers {
            domain: Some("letter.example".to_owned()),
            username: Some("brief".to_owned()),
            contact: Some("Ada \"A\" Lovelace <ada@letter.example>".to_owned()),
            addressees: vec!["ACME, Inc.".to_owned(), "Bob".to_owned()],
            letter: Some("texts/brief.md".into()),
        };
        let made = config(&answers, "config.toml");
        assert_eq!(made.server.base_url.as_str(), "https://letter.example/");
        assert_eq!(made.actor.username, "brief");
        assert_eq!(
            made.actor.contact,
            "Ada \"A\" Lovelace <ada@letter.example>"
        );
        assert_eq!(made.moderation.watch_names, ["ACME, Inc.", "Bob"]);
        assert_eq!(made.letter_file(), Path::new("texts/brief.md"));
        assert_eq!(made.database_url(), Config::default().database_url());
        let nothing = config(&Answers::default(), "config.toml");
        assert_eq!(nothing.server, Config::default().server);
        assert_eq!(nothing.letter.launch, LaunchMode::AtStart);
        let file = Path::new("config.toml");
        let text = launched_by_hand(&Answers::default().configuration(file));
        let by_hand = Config::parse(&text, file, std::iter::empty()).unwrap();
        assert_eq!(by_hand.letter.launch, LaunchMode::Manual);
    }

    #[test]
    fn a_domain_may_be_typed_as_an_address() {
        for (typed, url) in [
            ("letter.example", "https://letter.example"),
            (" https://letter.example/ ", "https://letter.example"),
            ("localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(base_url(typed), url, "{typed}");
        }
    }

    #[test]
    fn a_configuration_below_etc_has_its_database_below_var() {
        for (file, database) in [
            (
                "/etc/undersigned/config.toml",
                "sqlite:///var/lib/undersigned/undersigned.db",
            ),
            (
                "/etc/undersigned/brief/config.toml",
                "sqlite:///var/lib/undersigned/brief/undersigned.db",
            ),
            (
                "/srv/letter/config.toml",
                "sqlite:///srv/letter/data/undersigned.db",
            ),
        ] {
            assert_eq!(config(&Answers::default(), file).database_url(), database);
        }
        let answers = Answers {
            letter: Some("/srv/letter.md".into()),
            ..Answers::default()
        };
        let made = config(&answers, "/etc/undersigned/config.toml");
        assert_eq!(made.letter_file(), Path::new("/srv/letter.md"));
    }
}
