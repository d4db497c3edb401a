//! Blocks by command while the server runs: in the inbox, for key fetches and redirects, for deliveries, on the page.

use std::sync::Arc;

use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::json;
use undersigned::{
    clock::{Clock as _, SystemClock},
    signature::{BodyDigest, KeyPair, Outgoing, Scheme, Signer},
    store::{Access, Store, Topic},
};
use url::Url;

use crate::{
    both::on_both_databases,
    support::{
        fediverse::{FakeServer, signing::signed},
        program::eventually,
        world::{Audience, Person, World, post},
    },
};

on_both_databases!(
    a_block_hides_within_seconds_and_lifting_it_restores,
    nothing_is_fetched_from_a_blocked_server,
    a_key_that_cannot_be_read_keeps_no_block_out_of_force,
    who_is_blocked_can_still_leave,
    a_blocked_server_is_sent_nothing,
    a_removed_follower_is_told_and_stays_removed,
    a_follower_is_removed_by_command,
    a_list_leaves_out_whom_it_would_hide_unless_all_are_meant,
);

impl World {
    /// Runs a command that has to succeed.
    pub(crate) fn commands(&self, arguments: &[&str]) -> String {
        let printed = self.letter.command(arguments);
        assert_eq!(printed.code, 0, "{arguments:?}: {}", printed.stderr);
        printed.stdout
    }

    /// Waits until `person` is refused, or served again: a GET with their signature changes nothing.
    async fn eventually_refuses(&self, person: &Person, refuses: bool) {
        let url = Url::parse(&person.letters("/actor")).unwrap();
        eventually(&format!("refused: {refuses}"), async || {
            let headers = person.reading(&url);
            let answer = self.client.get(url.clone()).headers(headers).send().await;
            let refused = answer.unwrap().status() == StatusCode::FORBIDDEN;
            (refused == refuses).then_some(())
        })
        .await;
    }

    /// Blocks, and waits until `person` is refused.
    pub(crate) async fn blocks(&self, target: &str, person: &Person) {
        self.commands(&["block", "add", target]);
        self.eventually_refuses(person, true).await;
    }
}

async fn a_block_hides_within_seconds_and_lifting_it_restores(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let ada = world.person_on(&bad, "Ada Lovelace", |_| ());
    let bo = world.person("Bo Diddley");
    for person in [&ada, &bo] {
        person.does(&person.follow()).await;
        person.says("I sign.", Audience::Public).await;
    }
    assert_eq!((world.endorsers().await, world.followers().await), (2, 2));

    let dry = world.commands(&["block", "add", "localhost", "--dry-run"]);
    let told = dry.trim().rsplit_once(':').unwrap().0;
    let expected = "would block localhost: 1 endorsement hidden, 1 follower asleep (@ada@localhost";
    assert_eq!(told, expected);
    assert_eq!(world.letter.json(&["block", "list"]), json!([]));
    assert_eq!(world.endorsers().await, 2);

    // Other spellings of the same name.
    let command = [
        "block",
        "add",
        "*.LOCALHOST.:8443",
        "--public-comment",
        "Abuse",
    ];
    world.commands(&command);
    eventually("the name is gone", async || {
        let page = world.letter.page("/").await;
        (!page.contains("Ada Lovelace")).then_some(())
    })
    .await;
    // Nothing is accepted between the command and its effect, either.
    assert_eq!(
        ada.sends("/inbox", &ada.like()).await,
        Some(StatusCode::FORBIDDEN)
    );
    world.eventually_refuses(&ada, true).await;
    assert!(!world.public_text().await.contains("Ada Lovelace"));
    assert_eq!((world.endorsers().await, world.followers().await), (1, 1));
    assert_eq!(world.state(&ada), "hidden");
    assert_eq!(world.endorsement(&ada)["reason"], "block");
    let list = world.letter.json(&["block", "list"]);
    assert_eq!(list[0]["target"], "localhost");
    assert_eq!(list[0]["public_comment"], "Abuse");
    let shown = world.letter.json(&["block", "show", "localhost"]);
    assert_eq!(
        (&shown["endorsements"], &shown["followers"]),
        (&json!(1), &json!(1))
    );
    let get = |path: &'static str, person: &Person| {
        let url = Url::parse(&person.letters(path)).unwrap();
        let headers = person.reading(&url);
        world.client.get(url).headers(headers).send()
    };
    assert_eq!(
        get("/actor", &ada).await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    assert_ne!(
        get("/actor", &bo).await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
    world.assert_is_sound();

    world.commands(&["block", "remove", "localhost"]);
    world.eventually_refuses(&ada, false).await;
    ada.does(&ada.like()).await;
    eventually("the name is back", async || {
        let page = world.letter.page("/").await;
        page.contains("Ada Lovelace").then_some(())
    })
    .await;
    assert_eq!((world.endorsers().await, world.followers().await), (2, 2));
    world.assert_is_sound();
}

async fn nothing_is_fetched_from_a_blocked_server(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let eve = world.person_on(&bad, "Eve", |_| ());
    // While nobody is blocked, a redirect to it is followed.
    let elsewhere = FakeServer::start();
    let dee = world.person_on(&elsewhere, "Dee", |_| ());
    elsewhere.redirect(Url::parse(&dee.id).unwrap().path(), &eve.id);
    let fetch = |person: &Person| world.letter.command(&["fetch", &person.id]);
    fetch(&dee);
    let asked_before = bad.request_lines();
    assert_eq!(asked_before.first().unwrap(), "GET /users/eve");
    world.blocks("localhost", &eve).await;
    // Its sub-domains, in any spelling; a signature in the name of one of them is refused before it is checked.
    for host in [
        "localhost",
        "sub.localhost:8443",
        "A.B.LOCALHOST",
        "sub.localhost.",
    ] {
        let mut like = eve.like();
        like["actor"] = json!(format!("http://{host}/users/eve"));
        assert_eq!(
            eve.sends("/inbox", &like).await,
            Some(StatusCode::FORBIDDEN),
            "{host}"
        );
        let url = Url::parse(&eve.letters("/inbox")).unwrap();
        let unsigned = post(
            &world.client,
            &url,
            HeaderMap::new(),
            like.to_string().into_bytes(),
        );
        assert_eq!(
            unsigned.await,
            Some(StatusCode::UNAUTHORIZED),
            "{host} unsigned"
        );
    }
    // Somebody else's activity under a key of the blocked server.
    let bo = world.person("Bo");
    let url = Url::parse(&eve.letters("/inbox")).unwrap();
    let body = bo.like().to_string().into_bytes();
    let headers = signed(&eve.key_id, &url, &body, SystemClock.now());
    let answer = post(&world.client, &url, headers, body).await;
    assert_eq!(answer, Some(StatusCode::FORBIDDEN));
    // Even a withdrawal is verified by a known key alone.
    for leaving in [
        eve.undo(&eve.like()),
        eve.activity("Block", json!(eve.letters("/actor"))),
    ] {
        assert_eq!(
            eve.sends("/inbox", &leaving).await,
            Some(StatusCode::FORBIDDEN)
        );
    }
    // A redirect from a server that is not blocked.
    let cy = world.person("Cy");
    let path = Url::parse(&cy.id).unwrap().path().to_owned();
    world.peer.redirect(&path, &eve.id);
    assert_eq!(
        cy.sends("/inbox", &cy.like()).await,
        Some(StatusCode::UNAUTHORIZED)
    );
    assert_ne!(fetch(&cy).code, 0);
    let asked = world.peer.request_lines();
    let reads = asked.iter().filter(|line| **line == format!("GET {path}"));
    assert!(reads.count() > 1, "{asked:?}");
    assert_eq!(
        bad.request_lines(),
        asked_before,
        "nothing more was asked of it"
    );
    assert_eq!(world.endorsers().await, 0);
}

async fn a_key_that_cannot_be_read_keeps_no_block_out_of_force(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let ada = world.person_on(&bad, "Ada Lovelace", |_| ());
    let store = Store::open(database, 1, Access::Existing).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let now = SystemClock.now();
    tx.add_own_key("letter", b"no key", now).await.unwrap();
    tx.changed(&[Topic::Identity]).await.unwrap();
    tx.commit().await.unwrap();
    store.close().await;
    eventually("the key is looked at", async || {
        let log = world.letter.log();
        log.contains("cannot look for changes").then_some(())
    })
    .await;
    world.blocks("localhost", &ada).await;
}

async fn who_is_blocked_can_still_leave(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let [ada, bo, cy, dee, eve] =
        ["Ada", "Bo", "Cy", "Dee", "Eve"].map(|name| world.person_on(&bad, name, |_| ()));
    let like = ada.like();
    ada.does(&like).await;
    ada.does(&ada.follow()).await;
    let note = bo.says("I sign.", Audience::Public).await;
    cy.says("I sign.", Audience::Public).await;
    dee.does(&dee.like()).await;
    eve.does(&eve.like()).await;
    world.settle().await;
    world.blocks("localhost", &ada).await;
    let asked = bad.request_lines().len();

    ada.does(&ada.undo(&like)).await;
    bo.does(&bo.delete(&note)).await;
    cy.does(&cy.create(&cy.reply("I withdraw", Audience::Direct)))
        .await;
    dee.does(&dee.activity("Block", json!(dee.letters("/actor"))))
        .await;
    for person in [&ada, &bo, &cy, &dee] {
        assert_eq!(world.state(person), "withdrawn", "{}", person.id);
    }
    // Only withdrawals are accepted, and a forged one is not.
    let sign = cy.create(&cy.reply("I sign.", Audience::Public));
    assert_eq!(cy.sends("/inbox", &sign).await, Some(StatusCode::FORBIDDEN));
    let mut forged = ada.activity("Delete", json!(dee.id));
    forged["actor"] = json!(dee.id);
    assert_eq!(
        ada.sends("/inbox", &forged).await,
        Some(StatusCode::FORBIDDEN)
    );
    let url = Url::parse(&dee.letters("/inbox")).unwrap();
    let other = Signer {
        key_id: eve.key_id.clone(),
        key: Arc::new(KeyPair::generate().unwrap()),
    };
    let leaving = eve.activity("Block", json!(eve.letters("/actor")));
    let body = leaving.to_string().into_bytes();
    let request = Outgoing {
        method: &Method::POST,
        url: &url,
        body: Some(&BodyDigest::of(&body)),
        accept: None,
    };
    let headers = other
        .sign(&request, Scheme::Cavage, SystemClock.now())
        .unwrap();
    let answer = post(&world.client, &url, headers, body).await;
    assert_eq!(answer, Some(StatusCode::FORBIDDEN));
    assert_eq!(world.state(&eve), "hidden");
    assert_eq!(
        bad.request_lines().len(),
        asked,
        "{:?}",
        bad.request_lines()
    );
    world.assert_is_sound();
}

async fn a_blocked_server_is_sent_nothing(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let ada = world.person_on(&bad, "Ada", |_| ());
    let bo = world.person("Bo");
    for person in [&ada, &bo] {
        person.does(&person.follow()).await;
    }
    world.settle().await;
    // What cannot be delivered now waits in the queue.
    bad.answer_with(503);
    ada.says("I sign.", Audience::Public).await;
    eventually("the acknowledgement was tried", async || {
        bad.deliveries("Like").pop()
    })
    .await;
    world.blocks("localhost", &ada).await;
    bad.answer_with(202);
    let stats = world.letter.json(&["queue", "stats"]);
    assert_eq!(
        (&stats["queued"], &stats["abandoned"]),
        (&json!(0), &json!(1))
    );
    // A new revision goes to followers, and not to those who are blocked.
    world
        .letter
        .edit_file(|it| it.replace("end is relationship", "end its relationship"));
    world.commands(&["letter", "publish", "--kind", "typo", "--yes"]);
    world.delivered("Update").await;
    world.settle().await;
    assert_eq!(bad.deliveries("Update").len(), 0);
}

async fn a_removed_follower_is_told_and_stays_removed(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let ada = world.person_on(&bad, "Ada", |_| ());
    ada.does(&ada.follow()).await;
    world.settle().await;
    let cut = ["block", "add", "localhost", "--cut"];
    let refused = world.letter.command(&cut);
    assert_eq!(
        refused.code, 2,
        "ending follows needs --yes: {}",
        refused.stdout
    );
    assert_eq!(world.followers().await, 1);
    let ended = "block localhost: 0 endorsements hidden, 1 follow ended for good (@ada@localhost";
    let dry = world.commands(&[&cut[..], &["--dry-run"]].concat());
    assert!(dry.starts_with(&format!("would {ended}")), "{dry}");
    let done = world.commands(&[&cut[..], &["--yes"]].concat());
    assert!(done.starts_with(ended), "{done}");
    // By then the client refuses the host; this one kind of activity is sent all the same.
    world.eventually_refuses(&ada, true).await;
    let reject = eventually("the Reject", async || bad.deliveries("Reject").pop()).await;
    assert_eq!(reject.activity["object"]["actor"], ada.id);
    assert_eq!(reject.activity["actor"], ada.letters("/actor"));
    world.commands(&["block", "remove", "localhost"]);
    assert_eq!(world.followers().await, 0);
}

async fn a_follower_is_removed_by_command(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada");
    ada.does(&ada.follow()).await;
    world.settle().await;
    let remove = ["follower", "remove", ada.id.as_str()];
    let refused = world.letter.command(&remove);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    let yes = [&remove[..], &["--yes"]].concat();
    assert_eq!(world.letter.json(&yes)["actor"], ada.id);
    let reject = world.delivered("Reject").await;
    assert_eq!(reject.activity["object"]["actor"], ada.id);
    assert_eq!(world.followers().await, 0);
    assert_eq!(world.letter.command(&yes).code, 3);
    assert_eq!(
        world
            .letter
            .command(&["follower", "remove", "@nobody@m.example", "--yes"])
            .code,
        3
    );
    assert_eq!(
        world
            .letter
            .command(&["follower", "remove", "nobody", "--yes"])
            .code,
        3
    );
    ada.does(&ada.follow()).await;
    assert_eq!(world.followers().await, 1);
}

async fn a_list_leaves_out_whom_it_would_hide_unless_all_are_meant(database: &str) {
    let world = World::new(database).await;
    let bad = FakeServer::named("localhost");
    let ada = world.person_on(&bad, "Ada", |_| ());
    let bo = world.person("Bo");
    for person in [&ada, &bo] {
        person.does(&person.follow()).await;
        person.says("I sign.", Audience::Public).await;
    }
    let file = world.letter.folder.path().join("list.txt");
    std::fs::write(&file, "bad.example\nlocalhost\n").unwrap();
    let file = file.to_str().unwrap();
    let import = |more: &[&str]| {
        let arguments = [&["block", "import", file][..], more].concat();
        world.letter.json(&arguments)
    };
    let left = json!([{"domain": "localhost", "endorsements": 1, "followers": 1}]);
    let plan = import(&[]);
    assert_eq!((&plan["new"], &plan["left_out"]), (&json!(1), &left));
    let plan = import(&["--all"]);
    assert_eq!(
        (&plan["endorsements"], &plan["followers"], &plan["left_out"]),
        (&json!(1), &json!(1), &json!([]))
    );
    let done = import(&["--apply"]);
    assert_eq!((&done["new"], &done["left_out"]), (&json!(1), &left));
    assert_eq!((world.endorsers().await, world.followers().await), (2, 2));
    let done = import(&["--apply", "--all"]);
    assert_eq!((&done["new"], &done["same"]), (&json!(1), &json!(1)));
    // The command is in force on the pages within two seconds.
    eventually("one less", async || {
        ((world.endorsers().await, world.followers().await) == (1, 1)).then_some(())
    })
    .await;
    assert_eq!(world.state(&ada), "hidden");
    world.eventually_refuses(&ada, true).await;
    world.commands(&["block", "add", &ada.id]);
    let exported = world.letter.command(&["block", "export"]);
    assert!(
        exported.stderr.contains("1 block of a single actor"),
        "{}",
        exported.stderr
    );
    assert!(!exported.stdout.contains("http"), "{}", exported.stdout);

    world.commands(&["block", "remove", &ada.id]);
    // Less severe: she comes back and waits for nobody.
    let noted = "#domain,#severity\nlocalhost,noop\n";
    std::fs::write(file, noted).unwrap();
    import(&["--apply"]);
    world.eventually_refuses(&ada, false).await;
    assert_eq!(world.state(&ada), "listed");
    world.assert_is_sound();
}
