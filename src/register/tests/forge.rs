//! Comments on forges: who signs by one, what an edit and a deletion do, and what is never sent or stored.

use std::time::Duration;

use super::{
    people::{by, person, reply, url},
    publish::{TEXT, file, published},
    support::{DAY, HOUR, NOW, SECOND, World, surge_of},
};
use crate::{
    endorsement::{
        ActKind, ReviewState, State, WaitsFor,
        decide::Decision,
        policy::{LetterState, Replies},
        project::PageSight,
        wording::{Intent, WrittenPost},
    },
    hash::Sha256,
    register::{
        InboundAction, InboundActivity, ReceiveOutcome, Sender,
        inbound::{
            activity::fetched,
            forge_comment::{
                ForgeAccount, ForgeComment, account_read, accounts_to_read, deleted, known_comments,
            },
        },
        letter::still_in_file::StillInFile,
        maintenance::judge_again::judge_again,
    },
    store::{EndorsementRow, EvidenceRow, HostRow, PageStart, PublicFilter},
};

const THREAD: &str = "https://codeberg.org/acme/letter/issues/1";

fn host(authority: &str) -> HostRow {
    HostRow {
        authority: authority.to_owned(),
        name: authority.to_owned(),
        domain: authority.to_owned(),
    }
}

/// An account on Codeberg that has been read: its number follows from its login.
fn account(login: &str) -> ForgeAccount {
    ForgeAccount {
        host: host("codeberg.org"),
        number: number(login),
        login: login.to_owned(),
        name: Some(format!("{} Doe", login.to_uppercase())),
        created_at: Some(NOW.minus(3650 * DAY)),
        is_bot: false,
    }
}

fn number(login: &str) -> u64 {
    login
        .bytes()
        .map(u64::from)
        .fold(7, |all, byte| all * 31 % 1_000_003 + byte)
}

/// An account on GitHub that a comment alone tells of.
fn unread(login: &str) -> ForgeAccount {
    ForgeAccount {
        host: host("github.com"),
        name: None,
        created_at: None,
        ..account(login)
    }
}

/// A comment that was written ten minutes ago.
fn comment(author: ForgeAccount, id: u32, words: &str) -> ForgeComment {
    let written = NOW.minus(Duration::from_mins(10));
    ForgeComment {
        url: format!("{THREAD}#issuecomment-{id}"),
        author,
        markdown: words.to_owned(),
        created_at: written,
        updated_at: written,
        is_authors: true,
    }
}

/// The same comment with other words, so many seconds later.
fn edit(before: &ForgeComment, seconds: u32, words: &str) -> ForgeComment {
    ForgeComment {
        markdown: words.to_owned(),
        updated_at: before.created_at.plus(seconds * SECOND),
        is_authors: false,
        ..before.clone()
    }
}

/// The same, of which a signed webhook says that the author made it.
fn own_edit(before: &ForgeComment, seconds: u32, words: &str) -> ForgeComment {
    ForgeComment {
        is_authors: true,
        ..edit(before, seconds, words)
    }
}

fn webhook() -> EvidenceRow {
    EvidenceRow {
        how: "signed".to_owned(),
        ..fetched(THREAD, b"{}", NOW)
    }
}

impl World {
    /// Takes a comment as it was read in its thread.
    async fn read_comment(&self, comment: &ForgeComment) {
        let evidence = fetched(&comment.url, comment.markdown.as_bytes(), self.now());
        self.take(comment.written(evidence, self.now())).await;
    }

    /// Takes a comment as a webhook brings it.
    async fn hear(&self, comment: &ForgeComment) {
        self.take(comment.written(webhook(), self.now())).await;
    }

    async fn lose(&self, comment: &ForgeComment) {
        let id = comment.author.id();
        self.take(deleted(&id, &comment.url, webhook(), self.now()))
            .await;
    }

    async fn of(&self, account: &ForgeAccount) -> Option<EndorsementRow> {
        let mut tx = self.read().await;
        let actor = tx
            .actors(&[Sha256::of(&account.id())])
            .await
            .unwrap()
            .pop()?;
        tx.endorsements_of(&[actor.id]).await.unwrap().pop()
    }

    /// The state in a word or two, as [`World::state`].
    async fn stands(&self, account: &ForgeAccount) -> String {
        let Some(row) = self.of(account).await else {
            return "nothing".to_owned();
        };
        let shown = row.name_state == ReviewState::Shown && row.state == State::Listed;
        let name = row.name.filter(|_| shown);
        let more = row.waits_for.map(|it| it.to_string()).or(name);
        more.map_or(row.state.to_string(), |more| {
            format!("{} {more}", row.state)
        })
    }

    async fn decide_about(&self, decision: Decision, account: &ForgeAccount) {
        use crate::register::moderation::decisions::{
            DecisionOrder, DecisionReason, decide_one, find,
        };
        let id = self.of(account).await.unwrap().public_id;
        let mut tx = self.store.write().await.unwrap();
        let target = find(&mut tx, id.as_str()).await.unwrap().remove(0);
        let order = DecisionOrder {
            decision,
            by: "mona".to_owned(),
            reason: Some(DecisionReason::parse("other: read it")),
            named: true,
        };
        decide_one(&mut tx, &self.context, self.now(), &target, &order)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn counts_of(&self, source: &str) -> (i64, i64) {
        let counts = self.read().await.counts(1).await.unwrap();
        let forge = counts.on_forge(source);
        (forge.signed, forge.listed)
    }

    async fn nothing_waits_to_be_sent(&self) {
        let waiting = self
            .column("SELECT CAST(id AS TEXT) FROM delivery UNION ALL SELECT payload FROM job")
            .await;
        assert_eq!(waiting, [""; 0]);
    }
}

#[tokio::test]
async fn a_comment_signs_by_the_words_of_a_reply_and_stands_as_one() {
    let world = World::new().await;
    let words = "> I do not sign\n\nI sign as Jane Doe, ACME. It matters to me. Keep me posted!";
    let signed = comment(account("jane"), 1, words);
    world.hear(&signed).await;
    assert_eq!(world.stands(&signed.author).await, "listed JANE Doe");
    let row = world.of(&signed.author).await.unwrap();
    assert_eq!(row.kind, ActKind::Reply);
    assert_eq!(row.declared_name.as_deref(), Some("Jane Doe"));
    assert_eq!(row.declared_affiliation.as_deref(), Some("ACME"));
    assert_eq!(row.declared_state, Some(ReviewState::Pending));
    assert_eq!(row.statement_state, Some(ReviewState::Pending));
    assert!(row.statement.unwrap().contains("It matters to me."));
    assert_eq!(row.endorsed_at, signed.created_at);
    let entry = world.public().await.remove(0);
    assert_eq!(entry.source, "codeberg.org");
    assert_eq!(entry.handle.as_deref(), Some("jane (codeberg.org)"));
    assert_eq!(entry.url.as_deref(), Some("https://codeberg.org/jane"));
    assert_eq!(world.counts_of("codeberg.org").await, (1, 1));
    // Nobody there can be written to or be subscribed, and nothing is fetched of the comment.
    world.nothing_waits_to_be_sent().await;
    let subscribed = world
        .column("SELECT url FROM actor WHERE subscribed_at IS NOT NULL OR verify_at IS NOT NULL")
        .await;
    assert_eq!(subscribed, [""; 0]);
    let mut tx = world.read().await;
    assert_eq!(tx.public_replies(10).await.unwrap(), [""; 0]);
    let known = known_comments(&mut tx, &format!("{THREAD}/"))
        .await
        .unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].url, signed.url);
    assert_eq!(known[0].author_id, signed.author.id());
    assert_eq!(known[0].updated_at, signed.updated_at);
    let other = known_comments(&mut tx, "https://codeberg.org/acme/letter/issues/10");
    assert_eq!(other.await.unwrap(), []);
    drop(tx);
    // The same payload again changes nothing.
    world.hear(&signed).await;
    world.read_comment(&signed).await;
    let after = world.of(&signed.author).await.unwrap();
    assert_eq!(after.changed_at, row.changed_at);
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn comments_sign_by_their_words_whatever_is_set_about_replies() {
    for replies in [Replies::All, Replies::Off] {
        let mut world = World::new().await;
        world.rules().policy.replies = replies;
        let signed = comment(account("ada"), 1, "I sign");
        world.hear(&signed).await;
        let row = world.of(&signed.author).await.unwrap();
        assert_eq!(row.state, State::Listed, "{replies:?}");
    }
}

#[tokio::test]
async fn a_comment_that_does_not_sign_leaves_no_trace() {
    let mut world = World::new().await;
    world.rules().policy.replies = Replies::All;
    for (n, words) in [
        "Great letter!",
        "> I sign",
        "`I sign`",
        "<!-- I sign -->",
        "👍",
    ]
    .into_iter()
    .enumerate()
    {
        let silent = comment(account("silent"), u32::try_from(n).unwrap(), words);
        world.hear(&silent).await;
        world.read_comment(&silent).await;
        world.lose(&silent).await;
    }
    let bot = ForgeAccount {
        is_bot: true,
        ..account("bot")
    };
    world.hear(&comment(bot, 7, "I sign")).await;
    let ghost = ForgeAccount {
        number: 10_137,
        ..unread("ghost")
    };
    world.hear(&comment(ghost, 8, "I sign")).await;
    let ghost = ForgeAccount {
        number: 0,
        ..account("Ghost")
    };
    world.hear(&comment(ghost, 9, "I sign")).await;
    let traces = world
        .column("SELECT url FROM actor UNION ALL SELECT object FROM act UNION ALL SELECT path FROM evidence")
        .await;
    assert_eq!(traces, [""; 0]);
}

#[tokio::test]
async fn unsure_words_wait_and_a_moderator_decides() {
    let world = World::new().await;
    let asks = comment(account("asks"), 1, "Should I sign?");
    world.hear(&asks).await;
    assert_eq!(world.stands(&asks.author).await, "pending unsure");
    world.decide_about(Decision::Approve, &asks.author).await;
    assert_eq!(world.stands(&asks.author).await, "listed ASKS Doe");
    // A later look at the thread leaves what was decided.
    world.read_comment(&asks).await;
    assert_eq!(world.stands(&asks.author).await, "listed ASKS Doe");
    world.decide_about(Decision::Hide, &asks.author).await;
    world.read_comment(&asks).await;
    world.hear(&own_edit(&asks, 60, "I sign")).await;
    assert_eq!(world.stands(&asks.author).await, "hidden");
}

#[tokio::test]
async fn an_edit_that_anybody_could_have_made_waits() {
    let world = World::new().await;
    let first = comment(account("ada"), 1, "I sign");
    world.hear(&first).await;
    // Whoever may write to the repository can edit it: that changes nothing of what it says.
    world.read_comment(&edit(&first, 1, "I sign!")).await;
    assert_eq!(world.stands(&first.author).await, "listed ADA Doe");
    world
        .read_comment(&edit(&first, 2, "I sign as Jane Doe"))
        .await;
    assert_eq!(world.stands(&first.author).await, "pending unsure");
    // That it waited for something else meanwhile makes no difference.
    judge_again(
        &world.store,
        &world.context,
        &world.surge,
        WaitsFor::Age,
        NOW,
    )
    .await
    .unwrap();
    assert_eq!(world.stands(&first.author).await, "pending unsure");
    // The webhook that names the author comes after the poll.
    world.hear(&own_edit(&first, 2, "I sign as Jane Doe")).await;
    assert_eq!(world.stands(&first.author).await, "listed ADA Doe");
    let row = world.of(&first.author).await.unwrap();
    assert_eq!(row.declared_name.as_deref(), Some("Jane Doe"));
    // What takes back is obeyed, whoever wrote it.
    world.read_comment(&edit(&first, 3, "Hello")).await;
    assert_eq!(world.stands(&first.author).await, "withdrawn");
    world.read_comment(&edit(&first, 4, "I sign")).await;
    assert_eq!(world.stands(&first.author).await, "pending unsure");
    world.hear(&own_edit(&first, 5, "I sign")).await;
    assert_eq!(world.stands(&first.author).await, "listed ADA Doe");

    let never_signed = comment(account("bo"), 2, "Great letter");
    world.hear(&never_signed).await;
    world.read_comment(&edit(&never_signed, 9, "I sign")).await;
    assert_eq!(world.stands(&never_signed.author).await, "pending unsure");
    world
        .decide_about(Decision::Approve, &never_signed.author)
        .await;
    assert_eq!(world.stands(&never_signed.author).await, "listed BO Doe");
    let cy = comment(account("cy"), 3, "Great letter");
    world.hear(&own_edit(&cy, 9, "I sign")).await;
    assert_eq!(world.stands(&cy.author).await, "listed CY Doe");
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn an_edit_that_anybody_could_have_made_speaks_for_no_other_project() {
    let (acme, other) = ("https://acme.example/x", "https://other.example");
    let words = |address: &str| format!("I sign for {address}");
    let world = World::new().await;
    let first = comment(account("ada"), 1, "Great letter");
    world.read_comment(&edit(&first, 1, &words(acme))).await;
    assert_eq!(world.project_is(acme).await, "nothing");
    world.hear(&own_edit(&first, 1, &words(acme))).await;
    assert_eq!(world.project_is(acme).await, "pending link");
    // What it says already it may go on saying.
    world.read_comment(&edit(&first, 1, &words(acme))).await;
    let more = format!("Hello. {}", words(acme));
    world.read_comment(&edit(&first, 2, &more)).await;
    assert_eq!(world.project_is(acme).await, "pending link");
    // It takes back, and says nothing else instead.
    world.read_comment(&edit(&first, 3, &words(other))).await;
    assert_eq!(world.project_is(acme).await, "withdrawn");
    assert_eq!(world.project_is(other).await, "nothing");
    world.read_comment(&edit(&first, 4, &words(acme))).await;
    assert_eq!(world.project_is(acme).await, "withdrawn");
    world.hear(&own_edit(&first, 5, &words(acme))).await;
    assert_eq!(world.project_is(acme).await, "pending link");
    // Who signs is not made to speak for a project either.
    let signed = comment(account("bo"), 2, "I sign");
    world.hear(&signed).await;
    world.read_comment(&edit(&signed, 1, &words(other))).await;
    assert_eq!(world.stands(&signed.author).await, "withdrawn");
    assert_eq!(world.project_is(other).await, "nothing");
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn who_only_speaks_for_a_project_is_asked_for_the_age_and_missed() {
    let acme = "https://acme.example/x";
    let world = World::new().await;
    let spoken = comment(unread("ada"), 1, &format!("I sign for {acme}"));
    world.hear(&spoken).await;
    world.page_says(acme, PageSight::Signs).await;
    assert_eq!(world.project_is(acme).await, "pending age");
    let mut tx = world.read().await;
    let due = accounts_to_read(&mut tx, "github.com", 9).await.unwrap();
    assert_eq!(due, [(spoken.author.id(), number("ada"), "ada".to_owned())]);
    let known = known_comments(&mut tx, THREAD).await.unwrap();
    drop(tx);
    let known: Vec<_> = known
        .iter()
        .map(|it| (it.author_id.as_str(), it.url.as_str()))
        .collect();
    assert_eq!(known, [(spoken.author.id().as_str(), spoken.url.as_str())]);
    let read = ForgeAccount {
        created_at: Some(NOW.minus(900 * DAY)),
        ..spoken.author.clone()
    };
    world.take(account_read(&read, world.now())).await;
    world.maintain().await;
    assert_eq!(world.project_is(acme).await, "listed");
    world.lose(&spoken).await;
    assert_eq!(world.project_is(acme).await, "withdrawn");
    let mut tx = world.read().await;
    assert_eq!(known_comments(&mut tx, THREAD).await.unwrap(), []);
    let due = accounts_to_read(&mut tx, "github.com", 9).await.unwrap();
    assert_eq!(due, []);
}

#[tokio::test]
async fn an_unvouched_edit_of_a_young_account_waits_for_a_person_once_it_is_of_age() {
    let world = World::new().await;
    let young = ForgeAccount {
        created_at: Some(NOW.minus(HOUR)),
        ..account("young")
    };
    let written = comment(young, 1, "Great letter");
    world.read_comment(&edit(&written, 9, "I sign")).await;
    assert_eq!(world.stands(&written.author).await, "pending age");
    world.clock.advance(10 * DAY);
    world.maintain().await;
    assert_eq!(world.stands(&written.author).await, "pending unsure");
}

#[tokio::test]
async fn an_older_payload_changes_nothing_and_of_two_of_one_second_the_weaker_stands() {
    let world = World::new().await;
    let first = comment(account("ada"), 1, "I sign");
    let second = own_edit(&first, 60, "I sign. It matters.");
    world.hear(&second).await;
    world.hear(&first).await;
    let row = world.of(&first.author).await.unwrap();
    assert_eq!(row.statement.as_deref(), Some("It matters."));
    // Of one date: what signs less stands until the thread was read.
    world.hear(&own_edit(&first, 60, "Hello")).await;
    assert_eq!(world.stands(&first.author).await, "withdrawn");
    world.hear(&second).await;
    assert_eq!(world.stands(&first.author).await, "withdrawn");
    world.read_comment(&second).await;
    assert_eq!(world.stands(&first.author).await, "listed ADA Doe");
    world.nothing_waits_to_be_sent().await;
}

#[tokio::test]
async fn a_deleted_comment_never_comes_back_and_another_one_counts() {
    let world = World::new().await;
    let first = comment(account("ada"), 1, "I sign");
    world.hear(&first).await;
    world.lose(&first).await;
    assert_eq!(world.stands(&first.author).await, "withdrawn");
    assert_eq!(world.counts_of("codeberg.org").await, (0, 0));
    world.hear(&first).await;
    world.read_comment(&first).await;
    world.hear(&own_edit(&first, 90, "I sign")).await;
    world.read_comment(&own_edit(&first, 95, "I sign")).await;
    assert_eq!(world.stands(&first.author).await, "withdrawn");
    // It was written before anybody saw that the first one was gone.
    let second = ForgeComment {
        created_at: first.created_at.plus(5 * SECOND),
        updated_at: first.created_at.plus(5 * SECOND),
        ..comment(account("ada"), 2, "I sign")
    };
    world.read_comment(&second).await;
    assert_eq!(world.stands(&first.author).await, "listed ADA Doe");
    world.nothing_waits_to_be_sent().await;
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn a_recorded_webhook_brings_nobody_back_whose_words_were_purged() {
    let world = World::new().await;
    let first = comment(account("ada"), 1, "I sign");
    world.hear(&first).await;
    world.hear(&own_edit(&first, 60, "Hello")).await;
    assert_eq!(world.stands(&first.author).await, "withdrawn");
    world.clock.advance(400 * DAY);
    world.maintain().await;
    let objects = world.column("SELECT object FROM act").await;
    assert_eq!(objects, [""], "the purge leaves no address");
    world.hear(&first).await;
    world.read_comment(&own_edit(&first, 30, "I sign")).await;
    assert_eq!(world.stands(&first.author).await, "withdrawn");
    // What is newer than what was known counts.
    world.hear(&own_edit(&first, 90, "I sign")).await;
    assert_eq!(world.stands(&first.author).await, "listed ADA Doe");
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn a_comment_whose_end_comes_first_never_signs() {
    let world = World::new().await;
    let early = comment(account("ada"), 1, "I sign");
    world.lose(&early).await;
    world.clock.advance(40 * DAY);
    world.maintain().await;
    world.hear(&early).await;
    assert_eq!(world.stands(&early.author).await, "nothing");
    // The same of an account that is known by another comment.
    world.hear(&comment(account("bo"), 2, "I sign")).await;
    let other = comment(account("bo"), 3, "I sign as Jane Doe");
    world.lose(&other).await;
    world.hear(&other).await;
    let row = world.of(&other.author).await.unwrap();
    assert_eq!((row.state, row.declared_name), (State::Listed, None));
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn withdrawing_is_obeyed_once() {
    let world = World::new().await;
    let at = |seconds: u32, n: u32, words: &str| ForgeComment {
        created_at: NOW.minus(HOUR).plus(seconds * SECOND),
        updated_at: NOW.minus(HOUR).plus(seconds * SECOND),
        ..comment(account("ada"), n, words)
    };
    let thread = [at(1, 1, "I sign"), at(2, 2, "withdraw"), at(3, 3, "I sign")];
    for one in &thread[..2] {
        world.read_comment(one).await;
    }
    assert_eq!(world.stands(&account("ada")).await, "withdrawn");
    world.read_comment(&thread[0]).await;
    assert_eq!(world.stands(&account("ada")).await, "withdrawn");
    world.read_comment(&thread[2]).await;
    assert_eq!(world.stands(&account("ada")).await, "listed ADA Doe");
    for one in &thread {
        world.read_comment(one).await;
        world.hear(one).await;
    }
    assert_eq!(world.stands(&account("ada")).await, "listed ADA Doe");
    world.hear(&at(4, 4, "withdraw")).await;
    assert_eq!(world.stands(&account("ada")).await, "withdrawn");
}

#[tokio::test]
async fn a_renamed_account_is_the_same_person_and_keeps_what_was_read() {
    let mut world = World::new().await;
    let signed = comment(unread("ada"), 1, "I sign");
    world.hear(&signed).await;
    assert_eq!(world.stands(&signed.author).await, "pending age");
    world.clock.advance(10 * DAY);
    world.maintain().await;
    // However long that takes, it waits until the account was read.
    assert_eq!(world.stands(&signed.author).await, "pending age");
    let mut tx = world.read().await;
    let due = accounts_to_read(&mut tx, "github.com", 9).await.unwrap();
    assert_eq!(due, [(signed.author.id(), number("ada"), "ada".to_owned())]);
    let elsewhere = accounts_to_read(&mut tx, "codeberg.org", 9).await.unwrap();
    assert_eq!(elsewhere, []);
    drop(tx);
    let read = ForgeAccount {
        name: Some("Ada Lovelace".to_owned()),
        created_at: Some(NOW.minus(900 * DAY)),
        ..signed.author.clone()
    };
    world.take(account_read(&read, world.now())).await;
    assert_eq!(world.stands(&signed.author).await, "listed Ada Lovelace");
    assert_eq!(world.counts_of("github").await, (1, 1));
    let mut tx = world.read().await;
    assert_eq!(
        accounts_to_read(&mut tx, "github.com", 9).await.unwrap(),
        []
    );
    drop(tx);
    // Another comment tells of neither name nor age.
    let renamed = ForgeAccount {
        login: "countess".to_owned(),
        ..signed.author.clone()
    };
    world
        .hear(&comment(renamed.clone(), 2, "I sign, too"))
        .await;
    assert_eq!(world.stands(&renamed).await, "listed Ada Lovelace");
    let entry = world.public().await.remove(0);
    assert_eq!(entry.handle.as_deref(), Some("countess (github.com)"));
    assert_eq!(entry.source, "github");
    assert_eq!(world.public().await.len(), 1);
    // Without an age that has to be known it stands by its login.
    world.rules().policy.min_account_age = Duration::ZERO;
    let bo = comment(unread("bo"), 3, "I sign");
    world.hear(&bo).await;
    assert_eq!(world.stands(&bo.author).await, "listed bo");
    let mut tx = world.read().await;
    let due = accounts_to_read(&mut tx, "github.com", 9).await.unwrap();
    assert_eq!(due.len(), 1);
}

#[tokio::test]
async fn reading_an_old_thread_is_no_surge() {
    let mut world = World::new().await;
    world.surge = surge_of(3);
    let old: Vec<InboundActivity> = (0..200_u32)
        .map(|n| {
            let written = NOW.minus(365 * DAY).plus(n * HOUR);
            let comment = ForgeComment {
                created_at: written,
                updated_at: written,
                ..comment(account(&format!("user{n}")), n, "I sign")
            };
            comment.written(fetched(&comment.url, b"", NOW), NOW)
        })
        .collect();
    let answers = world.receive(&old).await;
    assert!(answers.iter().all(|it| *it == ReceiveOutcome::Taken));
    assert_eq!(world.counts_of("codeberg.org").await, (200, 200));
    assert_eq!(world.check().await.findings, []);
}

#[tokio::test]
async fn a_name_of_the_file_and_its_account_count_once_and_withdraw_takes_both_off() {
    let names = [
        "[Ada Lovelace](https://github.com/ada)",
        "[Bo Doe](https://codeberg.org/bo)",
        "[Cy Roe](https://github.com/cy)",
    ];
    let mut world = published(&names).await;
    world.rules().policy.min_account_age = Duration::ZERO;
    let ada = ForgeAccount {
        name: Some("Ada Lovelace".to_owned()),
        created_at: Some(NOW.minus(900 * DAY)),
        ..unread("Ada")
    };
    world.hear(&comment(ada.clone(), 1, "I sign")).await;
    world.hear(&comment(account("bo"), 2, "I sign")).await;
    // The name waited only because the file has it.
    assert_eq!(world.stands(&ada).await, "listed Ada Lovelace");
    let counts = world.read().await.counts(1).await.unwrap();
    assert_eq!(counts.linked.signed, 2);
    assert_eq!(
        (counts.linked.names_on_github, counts.linked.names_elsewhere),
        (1, 1)
    );
    assert_eq!(world.public().await.len(), 3);
    for source in ["github", "codeberg.org", "letter", "fediverse"] {
        let filter = PublicFilter {
            source: Some(source.to_owned()),
            ..PublicFilter::default()
        };
        let mut tx = world.read().await;
        let page = tx.public_page(&filter, &PageStart::Top, 9).await.unwrap();
        let expected = match source {
            "github" => 2,
            "codeberg.org" => 1,
            _ => 0,
        };
        assert_eq!(page.entries.len(), expected, "{source}");
    }
    // Whoever took the login meanwhile is somebody else.
    let mallory = ForgeAccount {
        number: 99,
        ..ada.clone()
    };
    world.hear(&comment(mallory.clone(), 3, "withdraw")).await;
    assert_eq!(world.public().await.len(), 3);
    // The end of a comment ends the comment's part.
    world.lose(&comment(account("bo"), 2, "")).await;
    assert_eq!(world.public().await.len(), 3);
    // Renamed, and still the same.
    let renamed = ForgeAccount {
        login: "countess".to_owned(),
        ..ada
    };
    world.hear(&comment(renamed.clone(), 4, "withdraw")).await;
    assert_eq!(world.stands(&renamed).await, "withdrawn");
    let left: Vec<_> = world
        .public()
        .await
        .into_iter()
        .filter_map(|it| it.name)
        .collect();
    assert_eq!(left, ["Bo Doe", "Cy Roe"]);
    // Also of who never signed by a comment.
    world.hear(&comment(unread("cy"), 5, "withdraw")).await;
    assert_eq!(world.public().await.len(), 1);
    assert_eq!(StillInFile::read(&mut world.read().await).await.unwrap(), 2);
    assert_eq!(world.check().await.findings, []);
    // The file does not bring them back.
    world.publish(&file(TEXT, &names), None).await.unwrap();
    assert_eq!(world.public().await.len(), 1);
    assert_eq!(StillInFile::read(&mut world.read().await).await.unwrap(), 2);
    world
        .publish(&file(TEXT, &names[1..2]), None)
        .await
        .unwrap();
    assert_eq!(StillInFile::read(&mut world.read().await).await.unwrap(), 0);
}

#[tokio::test]
async fn every_case_of_words_means_in_a_comment_what_it_means_in_a_reply() {
    let world = World::new().await;
    let phrases = &world.context.rules.phrases;
    let mut seen = 0;
    for line in include_str!("../../endorsement/wording/tests/words.tsv").lines() {
        let Some((text, _)) = line.split_once('\t').filter(|_| !line.starts_with("# ")) else {
            continue;
        };
        let text = text.replace("\\n", "\n");
        let reply = phrases.read(WrittenPost::from(text.as_str())).answer;
        let comment = comment(account("ada"), 1, &text).written(webhook(), NOW);
        let InboundAction::Post(post) = comment.action else {
            panic!("{text}");
        };
        let words = crate::endorsement::wording::text_of(&post.html);
        let answer = phrases.read(WrittenPost::from(words.as_str())).answer;
        assert_eq!(answer, reply, "{text:?} became {words:?}");
        seen += usize::from(reply == Intent::Signs);
    }
    assert!(seen > 40);
}

#[tokio::test]
async fn code_in_a_sentence_never_makes_it_sign() {
    let world = World::new().await;
    let not = comment(account("ada"), 1, "I do `not` sign");
    world.hear(&not).await;
    assert_ne!(world.stands(&not.author).await, "listed ADA Doe");
}

#[tokio::test]
async fn an_actor_never_passes_for_an_account_on_a_forge() {
    let world = World::with(&["eve"]).await;
    let signed = comment(account("ada"), 1, "I sign");
    world.hear(&signed).await;
    // Whose server says that the comment is gone orders no look at it.
    let gone =
        InboundAction::Dereference(crate::register::inbound::activity::DereferenceTask::Gone {
            url: signed.url.clone(),
        });
    world.take(by("eve", "gone", gone)).await;
    world.nothing_waits_to_be_sent().await;
    let another = InboundActivity {
        sender: Sender::Known(url("eve")),
        ..deleted(&url("eve"), &signed.url, webhook(), NOW)
    };
    world.take(another).await;
    assert_eq!(world.stands(&signed.author).await, "listed ADA Doe");
    let person = person("eve");
    assert_ne!(person.url, signed.author.id());
}

#[tokio::test]
async fn letters_that_are_paused_or_closed_treat_comments_as_replies() {
    let mut world = World::with(&["eve"]).await;
    world.letter(LetterState::Paused);
    world.hear(&comment(account("ada"), 1, "I sign")).await;
    world.take(reply("eve", "1", "I sign")).await;
    assert_eq!(
        world.stands(&account("ada")).await,
        world.state("eve").await
    );
    world.letter(LetterState::Closed);
    world.hear(&comment(account("bo"), 2, "I sign")).await;
    assert_eq!(world.stands(&account("bo")).await, "late");
}

#[tokio::test]
async fn who_wrote_on_a_forge_is_answered_there() {
    use crate::register::{
        Error,
        error::CannotAnswer,
        letter::{
            answers::{PostMeant, answer, find_answerable},
            remote_post::PostReaders,
        },
    };
    let world = published(&["Jane Doe"]).await;
    let signed = comment(account("ada"), 1, "I sign");
    world.hear(&signed).await;
    let mut tx = world.store.write().await.unwrap();
    let meant = find_answerable(&mut tx, &signed.url).await.unwrap();
    let PostMeant::Post(post) = meant else {
        panic!("{meant:?}");
    };
    let settings = super::publish::settings();
    for readers in [PostReaders::Public, PostReaders::Direct] {
        let said = answer(
            &mut tx,
            &world.context,
            &settings,
            world.now(),
            ("Thank you", &[]),
            (&post, readers),
            "mona",
        );
        let refused = said.await.unwrap_err();
        assert!(
            matches!(refused, Error::CannotAnswer(CannotAnswer::OnForge)),
            "{refused}"
        );
    }
}
