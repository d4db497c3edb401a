//! Whether somebody is published at the letter's address already.

use std::sync::Arc;

use crate::{
    activitystreams::Urls,
    cli::output::{Exit, Output, end},
    clock::SystemClock,
    config::Config,
    http_client::{Accept, Client, FetchError},
    server::{environment, setup},
    text::with_causes,
};

/// Refuses to make a key for an actor that answers already: other servers know it by the key that it has, and refuse what
/// another one signs. An address that nobody answers at is none, and said.
///
/// # Errors
/// Exit code 4, when it answers, or once was retired.
pub(super) async fn refuse_a_second_key(output: &Output, config: &Config) -> anyhow::Result<()> {
    let urls = environment::urls(config);
    let client = setup::unsigned_client(config, &urls, Arc::new(SystemClock))?;
    match look(&client, &urls).await? {
        EarlierActor::Nobody(why) => {
            output.say(&format!("no letter answers at {} yet: {why}", urls.actor()));
            Ok(())
        }
        EarlierActor::Answers => end(
            Exit::Conflict,
            format!(
                "a letter answers at {} already, and this database has not its key: other servers would refuse every \
                 other one; bring its database back (`undersigned backup restore FILE`), or give up its followers and \
                 signatures with `undersigned init --replace`",
                urls.actor()
            ),
        ),
        EarlierActor::Retired => end(
            Exit::Conflict,
            format!(
                "the actor {} was deleted for ever, and other servers do not take it back; choose another domain or \
                 actor.username, or go on with `undersigned init --replace`",
                urls.actor()
            ),
        ),
    }
}

/// What is at the actor's address.
#[derive(Debug, PartialEq, Eq)]
enum EarlierActor {
    /// An actor with a key.
    Answers,
    /// A tombstone.
    Retired,
    /// Nobody, for this reason.
    Nobody(String),
}

async fn look(client: &Client, urls: &Urls) -> anyhow::Result<EarlierActor> {
    let actor = url::Url::parse(&urls.actor())?;
    Ok(match client.fetch(&actor, Accept::Activity).await {
        Ok(document) => {
            let document: serde_json::Value =
                serde_json::from_slice(&document.body).unwrap_or_default();
            let has_key = document.get("publicKey").is_some();
            if has_key {
                EarlierActor::Answers
            } else {
                EarlierActor::Nobody("what is there is no actor with a key".to_owned())
            }
        }
        Err(FetchError::Gone) => EarlierActor::Retired,
        Err(error) => EarlierActor::Nobody(with_causes(&error)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{http_client::ClientSettings, support::fediverse::FakeServer};

    #[tokio::test]
    async fn whoever_answers_at_the_address_is_found() {
        let peer = FakeServer::start();
        let base = url::Url::parse(&peer.url("")).unwrap();
        let urls = Urls::new(&base, "letter.example", "letter");
        let settings = ClientSettings {
            allow: vec!["127.0.0.0/8".parse().unwrap()],
            ..ClientSettings::new("undersigned/test", Arc::new(SystemClock))
        };
        let (client, _) = Client::new(settings).unwrap();
        let found = look(&client, &urls).await.unwrap();
        assert!(matches!(found, EarlierActor::Nobody(_)), "{found:?}");
        peer.put("/actor", json!({"id": urls.actor(), "type": "Note"}));
        let found = look(&client, &urls).await.unwrap();
        assert!(matches!(found, EarlierActor::Nobody(_)), "{found:?}");
        let key = json!({"id": "k", "publicKeyPem": "…"});
        peer.put(
            "/actor",
            json!({"id": urls.actor(), "type": "Service", "publicKey": key}),
        );
        assert_eq!(look(&client, &urls).await.unwrap(), EarlierActor::Answers);
    }
}
