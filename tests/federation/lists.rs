//! The list of supporters over HTTP: pages beside an entry, and searching.

use crate::{
    both::on_both_databases,
    support::world::{Audience, World},
};

on_both_databases!(the_list_goes_on_beside_an_entry_and_is_searched);

async fn the_list_goes_on_beside_an_entry_and_is_searched(database: &str) {
    let world = World::new(database).await;
    let names = ["Ada Lovelace", "Bo Diddley", "Cy Twombly"];
    let people = names.map(|name| world.person(name));
    let mut replies = Vec::new();
    for person in &people {
        replies.push(person.says("I sign.", Audience::Public).await);
    }
    let ids = people.each_ref().map(|person| {
        let id = world.endorsement(person)["id"].clone();
        id.as_str().unwrap().to_owned()
    });
    let shown = async |query: &str| {
        let page = world.letter.page(&format!("/supporters?{query}")).await;
        let shown = names.into_iter().filter(|name| page.contains(name));
        shown.collect::<Vec<_>>()
    };
    let [ada, bo, cy] = names;
    let [before_ada, after_bo] = [format!("before={}", ids[0]), format!("after={}", ids[1])];
    for (query, expected) in [
        ("source=fediverse", &[ada, bo, cy][..]),
        // Newest first.
        (&after_bo, &[ada]),
        (&before_ada, &[bo, cy]),
        (&format!("sort=name&{after_bo}"), &[cy]),
        (&format!("q=lov&{after_bo}"), &[ada]),
        ("q=love", &[ada]),
        ("q=LOVELACE+ada", &[ada]),
        ("q=ovelace", &[]),
        ("q=%40bo%40", &[bo]),
        ("q=twombly&source=letter", &[]),
    ] {
        assert_eq!(shown(query).await, expected, "{query}");
    }

    // An entry that is not listed any more leads to the first page, like one that never was.
    people[1].does(&people[1].delete(&replies[1])).await;
    let nobody = "after=0123456789abcdef".to_owned();
    for query in [&after_bo, &format!("before={}", ids[1]), &nobody] {
        let path = format!("/supporters?sort=name&{query}");
        let answer = world.letter.get(&path, Some("text/html")).await;
        assert_eq!(answer.status, 303, "{path}");
        assert_eq!(answer.header("location"), "/supporters?sort=name", "{path}");
    }
    assert_eq!(shown("q=diddley").await, [""; 0]);
    for query in ["after=x", "before=0123456789ABCDEF", "after=%00"].map(str::to_owned) {
        let path = format!("/supporters?{query}");
        assert_eq!(world.letter.get(&path, None).await.status, 400, "{path}");
    }
    let both = format!("/supporters?{before_ada}&after={}", ids[2]);
    assert_eq!(world.letter.get(&both, None).await.status, 400);
    world.assert_is_sound();
}
