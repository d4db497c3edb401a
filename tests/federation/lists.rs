//! The list of supporters over HTTP: pages beside an entry, and searching.

use crate::{
    both::on_both_databases,
    support::{
        program::eventually,
        world::{Audience, World},
    },
};

on_both_databases!(
    the_list_goes_on_beside_an_entry_and_is_searched,
    a_filter_an_order_and_an_entrance_stand_in_the_address,
    pages_stay_small_with_five_thousand_names,
);

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

async fn a_filter_an_order_and_an_entrance_stand_in_the_address(database: &str) {
    let world = World::new(database).await;
    let ada = world.person("Ada Lovelace");
    ada.says("I sign. So be it", Audience::Public).await;
    world.commands(&["statement", "approve", &ada.id]);
    let bo = world.person("Bo Diddley");
    bo.does(&bo.like()).await;
    let shy = world.person_who("Cy Twombly", |it| it["discoverable"] = false.into());
    shy.does(&shy.like()).await;

    let page = world.letter.page("/supporters").await;
    // The numbers of the head of the page, and no sum of what is no sum.
    let found = "22 signatures with a name · 1 like with a name · 1 more without a name";
    assert!(page.contains(found), "{page}");
    assert!(!page.contains("revision 1<"), "{page}");
    let names = ["Ada Lovelace", "Bo Diddley", "Lea Verou"];
    for (query, expected, found) in [
        ("kind=signed", [true, false, true], ">22 entries"),
        ("kind=liked", [false, true, false], ">1 entry"),
        ("kind=signed&source=fediverse", [true, false, false], ""),
        ("statement=1", [true, false, false], ""),
        ("revision=1", [true, true, true], ""),
        ("sort=file", [false, false, true], ">21 entries"),
        ("sort=name&from=b", [false, true, true], ""),
        ("sort=name&from=bp", [false, false, true], ""),
        ("sort=name&from=%C3%81", [true, true, true], ""),
        (
            "from=2000-01",
            [false, false, false],
            "Nobody is listed here.",
        ),
    ] {
        let page = world.letter.page(&format!("/supporters?{query}")).await;
        let shown = names.map(|name| page.contains(name));
        assert_eq!(shown, expected, "{query}: {page}");
        assert!(page.contains(found), "{query}: {page}");
    }
    let by_name = world.letter.page("/supporters?sort=name").await;
    assert!(
        by_name.contains("<a href=\"/supporters?sort=name&#38;from=a\">A</a>"),
        "{by_name}"
    );
    let this_month = page.split("/supporters?from=").nth(1).unwrap();
    let this_month = this_month.split('"').next().unwrap();
    let page = world
        .letter
        .page(&format!("/supporters?from={this_month}"))
        .await;
    assert_eq!(names.map(|name| page.contains(name)), [true; 3], "{page}");

    for query in [
        "source=fediverse",
        "source=manual",
        "kind=liked",
        "statement=1",
    ] {
        let path = format!("/supporters?{query}&sort=file");
        let answer = world.letter.get(&path, Some("text/html")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.body.contains("This list is not offered"), "{query}");
        let instead = format!("<a href=\"/supporters?{query}&#38;sort=name\">");
        assert!(answer.body.contains(&instead), "{query}: {}", answer.body);
    }
    for query in [
        "kind=both",
        "revision=0",
        "revision=x",
        "statement=0",
        "sort=file&from=a",
        "from=2026-13",
        "from=2026-1",
        "sort=name&from=%20",
        "sort=name&from=a&after=0123456789abcdef",
    ] {
        let path = format!("/supporters?{query}");
        assert_eq!(world.letter.get(&path, None).await.status, 400, "{query}");
    }
    // A revision that there is not is none with nobody.
    for path in ["/supporters", "/api/v1/supporters.json"] {
        let path = format!("{path}?revision=2");
        assert_eq!(world.letter.get(&path, None).await.status, 404, "{path}");
    }
    // The letters and months are those of the whole list, and a part of it may have nobody there.
    for query in [
        "source=manual",
        "kind=liked",
        "statement=1",
        "revision=1",
        "q=ada",
    ] {
        for sort in ["recent", "name"] {
            let path = format!("/supporters?{query}&sort={sort}");
            let page = world.letter.page(&path).await;
            assert!(!page.contains("from="), "{path}: {page}");
        }
    }
}

/// The most bytes of a page.
const MOST: usize = 40_000;

async fn pages_stay_small_with_five_thousand_names(database: &str) {
    // With an address to which each entry can be reported.
    let contact = "actor.contact = \"Ada Lovelace <ada@letter.example>\"";
    let world = World::with(database, contact).await;
    let check = async || {
        for path in [
            "/",
            "/supporters",
            "/supporters?sort=name",
            "/supporters?sort=file",
            "/statistics",
            "/api",
            "/about",
        ] {
            let page = world.letter.page(path).await;
            assert!(page.len() <= MOST, "{path}: {}", page.len());
            // The style sheet, the icon of the tab, which is the emblem as well, and the page.
            let loads =
                page.matches("<img ").count() + page.matches("<link rel=\"stylesheet\"").count();
            assert!(loads <= 4, "{path}: {loads}");
        }
    };
    check().await;
    let name = |n| {
        format!(
            "-  Person {n} of a Family With a Long Name [@person-{n}](https://github.com/person-{n})\n"
        )
    };
    let names: Vec<_> = (0..5_000).map(name).collect();
    let names = names.concat();
    world
        .letter
        .edit_file(|text| format!("{}\n{names}", text.trim_end()));
    world.commands(&["letter", "publish", "--yes"]);
    eventually("the names", async || {
        (world.number("github").await > 5_000).then_some(())
    })
    .await;
    check().await;
}
