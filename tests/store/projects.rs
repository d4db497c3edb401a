//! Projects that sign by their own page, and those who speak for them.

use std::time::Duration;

use undersigned::{
    endorsement::{
        Act, ActKind, ActOutcome, Cause, State, WaitsFor,
        project::{PROJECT, PageKnown, PageSight, ProjectAddress},
    },
    hash::Sha256,
    store::{
        ActRow, EndorsementRow, NewActor, OrganisationFilter, OrganisationStart, ProjectRow, Store,
        Tx,
    },
};

use super::{
    fixtures::{at, endorsement, people, person, reply, saved},
    on_both,
};

/// Writes a project with this address, and gives its row id.
async fn project(tx: &mut Tx, address: &str) -> i64 {
    let address = ProjectAddress::parse(address, false).unwrap();
    let host = person("x", &address.authority()).host;
    let row = NewActor {
        url: address.id(),
        r#type: PROJECT.to_owned(),
        handle: address.shown().to_owned(),
        name: String::new(),
        page: Some(address.as_text().to_owned()),
        inbox: (String::new(), host.clone()),
        keys: Vec::new(),
        host,
        ..person("x", &address.authority())
    };
    let id = saved(tx, &[row]).await[0].id;
    tx.save_project(&known(id, &address.domain(), None))
        .await
        .unwrap();
    id
}

fn known(actor_id: i64, slot: &str, sight: Option<PageSight>) -> ProjectRow {
    ProjectRow {
        actor_id,
        slot: slot.to_owned(),
        known: PageKnown {
            sight,
            missed_at: None,
        },
        looked_at: None,
        crowded: false,
    }
}

/// A post in which somebody speaks for a project, which waits.
fn claim(project: i64, speaker: i64, object: &str) -> ActRow {
    let said = reply(project, object, "");
    ActRow {
        act: Act {
            kind: ActKind::Project,
            outcome: ActOutcome::Pending(WaitsFor::Link),
            ..said.act
        },
        text: None,
        speaker: Some(speaker),
        ..said
    }
}

fn entry(project: i64, state: State, act: i64) -> EndorsementRow {
    EndorsementRow {
        kind: ActKind::Project,
        organisation: true,
        state,
        act_id: Some(act),
        waits_for: (state == State::Pending).then_some(WaitsFor::Link),
        ..endorsement(project, "Acme")
    }
}

on_both!(who_speaks_for_what_is_known, async |store| {
    let mut tx = store.write().await.unwrap();
    let speakers = people(&mut tx, &["ada", "bo"]).await;
    let (acme, other, third) = (
        project(&mut tx, "https://acme.example/x").await,
        project(&mut tx, "https://acme.example/y").await,
        project(&mut tx, "https://acme.example/z").await,
    );
    let acts = [
        claim(acme, speakers[0], "https://m.example/1"),
        claim(other, speakers[0], "https://m.example/2"),
        claim(acme, speakers[1], "https://m.example/3"),
    ];
    let acts = tx.save_acts(&acts).await.unwrap();
    let entries = [
        entry(acme, State::Pending, acts[0]),
        entry(other, State::Pending, acts[1]),
    ];
    let entries = tx.save_endorsements(&entries).await.unwrap();
    let spoken = tx.claims_of(&speakers[..1]).await.unwrap();
    let spoken: Vec<_> = spoken
        .iter()
        .map(|row| (row.actor_id, row.project.as_str(), row.object.as_str()))
        .collect();
    let expected = [
        (
            acme,
            "https://acme.example/x#project",
            "https://m.example/1",
        ),
        (
            other,
            "https://acme.example/y#project",
            "https://m.example/2",
        ),
    ];
    assert_eq!(tx.claims_of(&speakers).await.unwrap().len(), 3);
    assert_eq!(spoken, expected);
    assert_eq!(
        tx.acts(&[acme], &[]).await.unwrap()[0].speaker,
        Some(speakers[0])
    );
    let unproven = async |tx: &mut Tx, since| {
        let found = tx.unproven_claims(speakers[0], since).await;
        found.unwrap()
    };
    assert_eq!(unproven(&mut tx, at(9)).await, [acme, other]);
    let posts = tx.posts_of_project(acme).await.unwrap();
    assert_eq!(posts, ["https://m.example/1", "https://m.example/3"]);
    // A post is its author's, and not the project's.
    let known = [Sha256::of("https://m.example/3")];
    let authors = tx.known_posts(&known).await.unwrap();
    assert_eq!(authors[0].actor, "https://m.example/users/bo");
    tx.carry_claims(speakers[0], speakers[1]).await.unwrap();
    assert_eq!(tx.claims_of(&speakers[1..]).await.unwrap().len(), 3);
    // What was given up is among them for a while, and what is listed is not.
    let said = claim(third, speakers[0], "https://m.example/4");
    let given_up = ActRow {
        act: Act {
            at: at(5),
            ended: Some((at(6), Cause::Edit)),
            ..said.act
        },
        ..said
    };
    let standing = claim(acme, speakers[0], "https://m.example/5");
    let saved = tx.save_acts(&[given_up, standing]).await.unwrap();
    assert_eq!(unproven(&mut tx, at(5)).await, [acme, third]);
    assert_eq!(unproven(&mut tx, at(6)).await, [acme]);
    let listed = EndorsementRow {
        id: Some(entries[0]),
        ..entry(acme, State::Listed, saved[1])
    };
    tx.save_endorsements(&[listed]).await.unwrap();
    assert_eq!(unproven(&mut tx, at(6)).await, [0_i64; 0]);
    tx.commit().await.unwrap();
});

on_both!(one_slot_has_one_entry, async |store| {
    let mut tx = store.write().await.unwrap();
    let ada = people(&mut tx, &["ada"]).await[0];
    let first = project(&mut tx, "https://acme.example/x").await;
    let second = project(&mut tx, "https://acme.example/y").await;
    let act = claim(first, ada, "https://m.example/1");
    let act = tx.save_acts(&[act]).await.unwrap()[0];
    let crowded = async |tx: &mut Tx| -> Vec<bool> {
        let mut rows = tx.projects(&[first, second]).await.unwrap();
        rows.sort_by_key(|row| row.actor_id);
        rows.iter().map(|row| row.crowded).collect()
    };
    assert_eq!(crowded(&mut tx).await, [false, false]);
    tx.save_endorsements(&[entry(first, State::Listed, act)])
        .await
        .unwrap();
    assert_eq!(crowded(&mut tx).await, [false, true]);
    let row = ProjectRow {
        slot: "acme.example/y".to_owned(),
        known: PageKnown {
            sight: Some(PageSight::Links),
            missed_at: Some(at(4)),
        },
        looked_at: Some(at(5)),
        ..known(second, "", None)
    };
    tx.save_project(&row).await.unwrap();
    assert_eq!(tx.projects(&[second]).await.unwrap(), [row]);
    tx.name_project(first, "Acme Works").await.unwrap();
    assert_eq!(
        tx.actors_by_id(&[first]).await.unwrap()[0].name,
        "Acme Works"
    );
    let all = OrganisationFilter::default();
    let page = tx
        .organisations_page(&all, &OrganisationStart::Top, 9)
        .await
        .unwrap();
    let shown = &page.entries[0];
    assert_eq!(shown.handle.as_deref(), Some("acme.example/x"));
    assert_eq!(
        (shown.actor.as_deref(), shown.spoken_by.as_deref()),
        (None, None)
    );
    tx.commit().await.unwrap();
});

on_both!(a_page_is_read_at_its_pace, async |store| {
    let (again, rests) = (Duration::from_hours(1), Duration::from_secs(10));
    let mut tx = store.write().await.unwrap();
    let ada = people(&mut tx, &["ada"]).await[0];
    let first = project(&mut tx, "https://acme.example/x").await;
    let second = project(&mut tx, "https://acme.example/y").await;
    let id = Sha256::of("https://acme.example/x#project");
    assert_eq!(tx.project_source(&id).await.unwrap(), None);
    let act = claim(first, ada, "https://m.example/1");
    tx.save_acts(&[act]).await.unwrap();
    let source = tx.project_source(&id).await.unwrap().unwrap();
    assert_eq!((source.actor_id, source.own_host), (first, false));
    assert_eq!(source.address, "https://acme.example/x");
    let begin = async |tx: &mut Tx, project, now| {
        tx.begin_project_look(project, now, again, rests)
            .await
            .unwrap()
    };
    assert_eq!(begin(&mut tx, first, at(1)).await, None);
    assert_eq!(begin(&mut tx, first, at(2)).await, Some(at(1).plus(again)));
    assert_eq!(begin(&mut tx, second, at(2)).await, Some(at(1).plus(rests)));
    assert_eq!(begin(&mut tx, second, at(1).plus(rests)).await, None);
    tx.commit().await.unwrap();
});

on_both!(everybody_is_told_once, async |store| {
    let mut tx = store.write().await.unwrap();
    let forge = NewActor {
        inbox: (String::new(), person("fo", "m.example").host),
        ..person("fo", "m.example")
    };
    let people = [person("ada", "m.example"), forge];
    let ids: Vec<_> = saved(&mut tx, &people)
        .await
        .iter()
        .map(|row| row.id)
        .collect();
    let acme = project(&mut tx, "https://acme.example/x").await;
    let acts = [
        claim(acme, ids[0], "https://m.example/1"),
        claim(acme, ids[0], "https://m.example/2"),
        claim(acme, ids[1], "https://m.example/3"),
    ];
    tx.save_acts(&acts).await.unwrap();
    let untold = tx.untold_speakers(acme, at(0)).await.unwrap();
    assert_eq!(untold.len(), 1);
    assert_eq!(
        (untold[0].speaker_id, untold[0].object.as_str()),
        (ids[0], "https://m.example/1")
    );
    tx.told_speaker(untold[0].act_id, at(5)).await.unwrap();
    assert_eq!(tx.untold_speakers(acme, at(9)).await.unwrap(), []);
    tx.commit().await.unwrap();
});
