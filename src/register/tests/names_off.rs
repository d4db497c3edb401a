//! Names off: who counts, who is named, and what a person, a file and a Move change of it.

use super::{
    people::{a_post, created, deleted, reply, url},
    publish::{TEXT, file, published, settings},
    support::{DAY, HOUR, KEEP, World},
};
use crate::{
    endorsement::{
        Cause,
        decide::Decision,
        judge::Audience,
        policy::{Acknowledge, LetterState},
    },
    hash::Sha256,
    register::{
        Error, InboundActivity, InboundPost, PendingDeliveries, Result,
        moderation::{
            decisions::DecisionReason,
            names_off::{NamedPeople, NamesOrder, NamesSwitch, switch_names, switch_names_of},
            signatories::SignatoryDecision,
        },
    },
};

impl World {
    async fn switch(&self, switch: NamesSwitch) -> Result<PendingDeliveries> {
        let reason = DecisionReason::parse("request: they are threatened");
        let order = NamesOrder {
            switch,
            reason: Some(&reason),
            by: "mona",
            now: self.now(),
        };
        let mut tx = self.store.write().await.unwrap();
        let state = LetterState::Open;
        let done = switch_names(&mut tx, &self.context, &settings(), state, &order).await?;
        tx.commit().await.unwrap();
        Ok(done.1)
    }

    /// The same for an account and the names of the list that are given.
    async fn switch_of(&self, switch: NamesSwitch, who: &[&str], names: &[&str]) -> Result<usize> {
        let mut meant = NamedPeople::default();
        for name in names {
            meant.names.push(self.named(name).await);
        }
        let mut tx = self.store.write().await.unwrap();
        for who in who {
            meant
                .accounts
                .extend(tx.actors(&[Sha256::of(&url(who))]).await.unwrap());
        }
        let order = NamesOrder {
            switch,
            reason: None,
            by: "mona",
            now: self.now(),
        };
        let meant = meant.with_lines(&mut tx).await?;
        let (done, ..) = switch_names_of(&mut tx, &self.context, &meant, &order).await?;
        tx.commit().await.unwrap();
        Ok(done.accounts.len() + done.names.len())
    }

    /// The names of the public list.
    async fn shown(&self) -> Vec<String> {
        let shown = self.public().await.into_iter();
        let mut shown: Vec<_> = shown.filter_map(|entry| entry.name).collect();
        shown.sort();
        shown
    }

    async fn total(&self) -> i64 {
        let mut tx = self.read().await;
        let newest = tx.newest_substantive_revision().await.unwrap();
        let names = tx.signatory_counts(newest).await.unwrap();
        let endorsed = tx.counts(newest).await.unwrap();
        names.iter().map(|(_, n, _)| n).sum::<i64>() + endorsed.signed
    }
}

fn message(who: &str, id: &str, words: &str) -> InboundActivity {
    let note = InboundPost {
        audience: Audience::Direct,
        ..a_post(who, id, words)
    };
    created(who, id, note)
}

#[tokio::test]
async fn all_names_go_and_come_back_while_everybody_counts() {
    let mut world = published(&["Jane Doe", "John Roe"]).await;
    for who in ["ada", "bo", "cy"] {
        world.meet(super::people::person(who)).await;
        world.take(reply(who, "1", "I sign")).await;
    }
    let everybody = ["Ada", "Bo", "Cy", "Jane Doe", "John Roe"];
    assert_eq!(world.shown().await, everybody);
    let (total, updates) = (world.total().await, world.sent().await.len());
    assert!(world.switch(NamesSwitch::Off).await.unwrap().queued);
    assert_eq!(world.shown().await, [""; 0]);
    assert_eq!(world.total().await, total);
    let sent = world.sent().await;
    assert_eq!(sent[updates..], ["Update"]);
    let told = world
        .column("SELECT body FROM activity WHERE kind = 'Update' ORDER BY id DESC")
        .await;
    assert!(told[0].contains("Names are hidden for now"), "{}", told[0]);
    let twice = world.switch(NamesSwitch::Off).await;
    assert!(matches!(twice, Err(Error::NamesUnchanged(_))), "{twice:?}");

    // What happens meanwhile is remembered.
    world.rules().names_off = true;
    world.take(deleted("ada", "1")).await;
    world.take(message("bo", "2", "hide me")).await;
    world.decide(Decision::Hide, "cy").await.unwrap();
    world.meet(super::people::person("dora")).await;
    world.take(reply("dora", "1", "I sign")).await;
    world.take(message("dora", "2", "status")).await;
    let bodies = world
        .column("SELECT body FROM activity WHERE kind = 'Create' ORDER BY id DESC")
        .await;
    assert!(
        bodies[0].contains("Names are hidden for now"),
        "{}",
        bodies[0]
    );
    assert!(!bodies[0].contains("/e/"), "{}", bodies[0]);
    world.clock.advance(HOUR);
    world.switch(NamesSwitch::On).await.unwrap();
    assert_eq!(world.shown().await, ["Dora", "Jane Doe", "John Roe"]);
    assert!(matches!(
        world.switch(NamesSwitch::On).await,
        Err(Error::NamesUnchanged(_))
    ));
    let audits = world.audits().await;
    let names: Vec<_> = audits
        .iter()
        .filter(|entry| entry.action.starts_with("names."))
        .map(|entry| (entry.action.as_str(), entry.reason.as_deref().unwrap()))
        .collect();
    let why = "they are threatened";
    assert_eq!(names, [("names.on", why), ("names.off", why)]);
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn a_thank_you_says_that_names_are_off() {
    let mut world = World::with(&["ada"]).await;
    world.rules().policy.acknowledge = Acknowledge::Reply;
    world.rules().names_off = true;
    world.take(reply("ada", "1", "I sign")).await;
    let bodies = world.column("SELECT body FROM activity").await;
    assert!(bodies[0].contains("Thank you for signing"), "{}", bodies[0]);
    assert!(
        bodies[0].contains("Names are hidden for now"),
        "{}",
        bodies[0]
    );
    assert!(!bodies[0].contains("/e/"), "{}", bodies[0]);
}

#[tokio::test]
async fn a_single_account_stays_off_whatever_it_does_until_it_is_named_again() {
    let world = World::with(&["ada", "bo"]).await;
    world.take(reply("ada", "1", "I sign. It matters.")).await;
    world.take(reply("bo", "1", "I sign")).await;
    let off = |who| world.switch_of(NamesSwitch::Off, who, &[]);
    let on = |who| world.switch_of(NamesSwitch::On, who, &[]);
    assert_eq!(off(&["ada"]).await.unwrap(), 1);
    assert_eq!(world.state("ada").await, "counted");
    assert_eq!(world.shown().await, ["Bo"]);
    assert_eq!(world.total().await, 2);
    let last = world.history("ada").await.pop().unwrap();
    assert_eq!(
        (last.cause, last.audit_id.is_some()),
        (Cause::Decision, true)
    );
    assert!(off(&["ada"]).await.is_err());
    // Of two, one of which is off already, the other one goes.
    assert_eq!(off(&["ada", "bo"]).await.unwrap(), 1);
    assert_eq!(on(&["bo"]).await.unwrap(), 1);

    // A new act, leaving and signing again, and the wish to be shown change nothing.
    world.take(reply("ada", "2", "I sign this, too")).await;
    world.take(message("ada", "3", "show me")).await;
    let bodies = world
        .column("SELECT body FROM activity WHERE kind = 'Create' ORDER BY id DESC")
        .await;
    assert!(
        bodies[0].contains("keep your name off the page"),
        "{}",
        bodies[0]
    );
    assert_eq!(world.state("ada").await, "counted");
    world.take(message("ada", "4", "withdraw")).await;
    world.clock.advance(DAY);
    world.take(reply("ada", "5", "I sign")).await;
    assert_eq!(world.state("ada").await, "counted");
    // The switch for everybody does not end it either.
    world.switch(NamesSwitch::Off).await.unwrap();
    world.switch(NamesSwitch::On).await.unwrap();
    assert_eq!(world.shown().await, ["Bo"]);
    // Nor does it end what the person asked for.
    world.take(message("ada", "6", "hide me")).await;
    assert_eq!(on(&["ada"]).await.unwrap(), 1);
    assert_eq!(world.state("ada").await, "counted");
    assert!(on(&["ada"]).await.is_err());
    world.take(message("ada", "7", "show me")).await;
    assert_eq!(world.state("ada").await, "listed Ada");
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn a_move_takes_the_mark_along() {
    const NEW: &str = "ada@new.example";
    let world = World::with(&["ada"]).await;
    world.take(reply("ada", "1", "I sign")).await;
    world
        .switch_of(NamesSwitch::Off, &["ada"], &[])
        .await
        .unwrap();
    world.moves("ada", NEW).await;
    assert_eq!(world.state(NEW).await, "counted");
    // Whoever names one of the accounts means the person.
    world
        .switch_of(NamesSwitch::On, &["ada"], &[])
        .await
        .unwrap();
    assert_eq!(world.state(NEW).await, "listed Ada");
    world.is_sound().await;
}

#[tokio::test]
async fn a_name_of_the_file_stays_off_and_counts_whatever_the_file_says() {
    let jane = "Jane Doe [@jane](https://github.com/jane)";
    for (line, again) in [
        (jane, jane),
        (jane, "Jane Doe"),
        (jane, "Jane [@jane](https://github.com/jane)"),
        ("Jane Doe", "JANE DOE"),
        ("Jane Doe", jane),
    ] {
        let world = published(&[line, "John Roe"]).await;
        let off = world.switch_of(NamesSwitch::Off, &[], &["Jane Doe"]);
        assert_eq!(off.await.unwrap(), 1);
        let (with, without) = (file(TEXT, &[again, "John Roe"]), file(TEXT, &["John Roe"]));
        let is_off = async || {
            assert_eq!(world.shown().await, ["John Roe"], "{line} {again}");
            assert_eq!(world.total().await, 2, "{line} {again}");
        };
        is_off().await;
        world.sync(&with).await.unwrap();
        is_off().await;
        world.sync(&without).await.unwrap();
        assert_eq!(world.total().await, 1);
        world.sync(&with).await.unwrap();
        is_off().await;
        // Also after its text was erased.
        world.sync(&without).await.unwrap();
        world.clock.advance(KEEP.withdrawn + DAY);
        world.maintain().await;
        let rows = world.rows().await;
        assert!(
            !rows.iter().any(|row| row.name.contains("Jane")),
            "{rows:?}"
        );
        world.sync(&with).await.unwrap();
        is_off().await;
        assert_eq!(world.check().await.findings, []);
    }
}

#[tokio::test]
async fn a_file_that_is_emptied_meanwhile_takes_nobody_out_of_the_count() {
    let world = published(&["Jane Doe", "John Roe"]).await;
    world.switch(NamesSwitch::Off).await.unwrap();
    let emptied = file(TEXT, &["Max Moe"]);
    let refused = world.sync(&emptied).await.unwrap_err().to_string();
    assert!(refused.contains("2 names would go"), "{refused}");
    assert_eq!(world.total().await, 2);
    // Who joins meanwhile is taken over.
    let more = file(TEXT, &["Jane Doe", "John Roe", "Max Moe"]);
    assert_eq!(world.sync(&more).await.unwrap().joined, 1);
    world.switch(NamesSwitch::On).await.unwrap();
    assert_eq!(world.sync(&emptied).await.unwrap().gone, 2);
}

#[tokio::test]
async fn a_name_that_was_hidden_as_well_comes_back_by_neither_alone() {
    let world = published(&["Jane Doe", "John Roe"]).await;
    let switch = |switch| world.switch_of(switch, &[], &["Jane Doe"]);
    switch(NamesSwitch::Off).await.unwrap();
    let decide = async |decision| {
        let row = world.named("Jane Doe").await;
        world
            .decide_name(decision, &row, ("mona", "spam"))
            .await
            .unwrap();
    };
    decide(SignatoryDecision::Hide).await;
    assert_eq!(world.total().await, 1);
    decide(SignatoryDecision::Unhide).await;
    assert_eq!((world.total().await, world.shown().await.len()), (2, 1));
    world.sync(&file(TEXT, &["John Roe"])).await.unwrap();
    world
        .sync(&file(TEXT, &["Jane Doe", "John Roe"]))
        .await
        .unwrap();
    assert_eq!(world.shown().await, ["John Roe"]);
    decide(SignatoryDecision::Hide).await;
    switch(NamesSwitch::On).await.unwrap();
    assert_eq!(world.shown().await, ["John Roe"]);
    decide(SignatoryDecision::Unhide).await;
    assert_eq!(world.shown().await, ["Jane Doe", "John Roe"]);
}
