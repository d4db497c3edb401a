//! `organisation add | list | remove | import`: what is entered, what is refused, and what takes it back.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{folder, json as answer, run};

/// A folder with a published letter.
fn published() -> TempDir {
    let folder = folder();
    let (code, ..) = run(&folder, &["init"]);
    assert_eq!(code, 0);
    answer(&folder, &["letter", "publish", "--json"]);
    folder
}

fn add<'a>(name: &'a str, url: &'a str) -> [&'a str; 9] {
    [
        "organisation",
        "add",
        "--name",
        name,
        "--url",
        url,
        "--ref",
        "mail of 3 March",
        "--json",
    ]
}

fn number(folder: &TempDir) -> Value {
    answer(folder, &["status", "--json"])["counts"]["organisations"].clone()
}

/// The names in the list, in its order.
fn listed(folder: &TempDir) -> Vec<String> {
    let list = answer(folder, &["organisation", "list", "--json"]);
    let names = list.as_array().unwrap().iter();
    names
        .map(|it| it["name"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_is_added_stands_in_the_list_until_it_is_removed() {
    let folder = published();
    let total = answer(&folder, &["status", "--json"])["counts"]["total"].clone();
    let added = answer(
        &folder,
        &add("Bücher e. V.", "https://BÜCHER.example/de/?x#y"),
    );
    assert_eq!(added["url"], "https://xn--bcher-kva.example/de");
    assert_eq!(added["host"], "xn--bcher-kva.example");
    assert_eq!(
        (&added["source"], &added["ref"]),
        (&json!("manual"), &json!("mail of 3 March"))
    );
    answer(&folder, &add("ACME", "https://acme.example"));
    assert_eq!(listed(&folder), ["ACME", "Bücher e. V."]);
    let list = answer(&folder, &["organisation", "list", "--json", "--limit", "1"]);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(number(&folder), 2);
    let counts = answer(&folder, &["status", "--json"])["counts"].clone();
    assert_eq!(counts["total"], total);

    // The same address in another spelling, under another name: the one that is there is named.
    let (code, _, talk) = run(&folder, &add("Other", "https://acme.example:443/#top"));
    assert!(code == 4 && talk.contains("ACME"), "{code}: {talk}");
    for (name, url, said) in [
        ("Plain", "http://plain.example", "https"),
        ("None", "plain.example", "https address"),
        ("Local", "https://localhost", "https address"),
        ("User", "https://ada:pw@plain.example", "user name"),
        ("See https://x.example", "https://x.example", "name"),
        ("", "https://x.example", "name"),
    ] {
        let (code, _, talk) = run(&folder, &add(name, url));
        assert!(code == 2 && talk.contains(said), "{name}: {code}: {talk}");
    }
    assert_eq!(number(&folder), 2);

    let id = added["id"].as_str().unwrap();
    let (code, ..) = run(&folder, &["organisation", "remove", id]);
    assert_eq!(code, 2, "without --reason");
    let remove = [
        "organisation",
        "remove",
        id.get(..5).unwrap(),
        "--reason",
        "request: they asked",
        "--json",
    ];
    let removed = answer(&folder, &remove);
    assert_eq!(removed["name"], "Bücher e. V.");
    assert_eq!((listed(&folder).len(), number(&folder)), (1, json!(1)));
    let list = folder.path().join("data/undersigned.db.erased");
    let noted = std::fs::read_to_string(list).unwrap();
    assert!(
        noted.contains(" organisation ") && !noted.contains(id),
        "{noted}"
    );
    let (code, _, talk) = run(&folder, &remove);
    assert!(code == 4 && talk.contains("audit undo"), "{code}: {talk}");
    let (code, _, talk) = run(
        &folder,
        &["organisation", "remove", "zzzz", "--reason", "spam"],
    );
    assert!(code == 3 && talk.contains("endorsement hide"), "{talk}");
    let audit = answer(&folder, &["audit", "list", "--limit", "1", "--json"]);
    assert_eq!(
        (&audit[0]["action"], &audit[0]["reason"]),
        (&json!("organisation.remove"), &json!("they asked"))
    );
    let undo = ["audit", "undo", &removed["audit"].to_string()];
    let (code, said, talk) = run(&folder, &undo);
    assert!(code == 0 && said.contains("Bücher"), "{said}{talk}");
    assert_eq!((listed(&folder).len(), number(&folder)), (2, json!(2)));
    let undo = ["audit", "undo", &added["audit"].to_string()];
    let (code, ..) = run(&folder, &undo);
    assert_eq!(code, 0);
    assert_eq!(listed(&folder), ["ACME"]);
    let check = answer(&folder, &["check", "--json"]);
    assert_eq!(check["findings"], json!([]));
}

#[test]
fn a_file_is_read_first_and_entered_when_it_is_right() {
    let folder = published();
    answer(&folder, &add("ACME", "https://acme.example"));
    let file = folder.path().join("orgs.csv");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let import = ["organisation", "import", "orgs.csv", "--json"];
    let apply = [&import[..], &["--apply"]].concat();

    // Each wrong line by its number, and nothing is entered.
    write(
        "name,url,ref\nOne,https://one.example,m1\nTwo,http://two.example,m2\n\"Three\nlines\",x,m3\n,https://f.example,m4\n",
    );
    let (code, _, talk) = run(&folder, &apply);
    assert_eq!(code, 2, "{talk}");
    for said in [
        "line 3: url",
        "line 4: url",
        "line 6: name",
        "nothing was changed",
    ] {
        assert!(talk.contains(said), "{said}: {talk}");
    }
    write("name,address,ref\nOne,https://one.example,m1\n");
    let (code, _, talk) = run(&folder, &import);
    assert!(
        code == 2 && talk.contains("no column `address`"),
        "{code}: {talk}"
    );
    let (code, ..) = run(&folder, &["organisation", "import", "none.csv"]);
    assert_eq!(code, 1);
    assert_eq!(number(&folder), 1);

    write(
        "\u{feff}name,url,ref\r\nOne,https://one.example/,m1\r\nACME again,https://acme.example/,m2\r\n\
         \"Two, Inc.\",https://two.example,m3\r\nOne more,https://one.example,m4\r\n",
    );
    let plan = answer(&folder, &import);
    let expected = json!({"applied": false, "organisations": 2, "known": 2, "audit": null});
    assert_eq!(plan, expected);
    let (_, said, talk) = run(&folder, &import[..3]);
    assert!(
        said.contains("would add 2 organisations: One, Two, Inc."),
        "{said}"
    );
    for named in ["ACME", "One more", "--apply"] {
        assert!(talk.contains(named), "{named}: {talk}");
    }
    assert_eq!(number(&folder), 1);

    let done = answer(&folder, &apply);
    assert_eq!(
        (&done["applied"], &done["organisations"]),
        (&json!(true), &json!(2))
    );
    assert_eq!(listed(&folder), ["ACME", "One", "Two, Inc."]);
    let again = answer(&folder, &apply);
    let expected = json!({"applied": true, "organisations": 0, "known": 4, "audit": null});
    assert_eq!(again, expected);
    let (code, ..) = run(&folder, &["audit", "undo", &done["audit"].to_string()]);
    assert_eq!(code, 0);
    assert_eq!(
        (listed(&folder), number(&folder)),
        (vec!["ACME".to_owned()], json!(1))
    );
}

#[test]
fn exports_have_the_list_and_the_proof_is_in_none() {
    let folder = published();
    answer(&folder, &add("ACME <script>", "https://acme.example/a"));
    let export = |form: &str| {
        let (code, text, talk) = run(&folder, &["export", form]);
        assert_eq!(code, 0, "{form}: {talk}");
        text
    };
    for form in ["csv", "ndjson", "html", "markdown"] {
        let text = export(form);
        assert!(text.contains("acme.example/a"), "{form}: {text}");
        assert!(!text.contains("3 March"), "{form}: {text}");
    }
    let html = export("html");
    assert!(
        html.contains("Projects, servers and organisations: 1") && !html.contains("<script"),
        "{html}"
    );
    assert!(export("ndjson").contains(r#""kind":"organisation","source":"manual""#));
    answer(&folder, &["site", "export", "public", "--json"]);
    let site = std::fs::read_to_string(folder.path().join("public/supporters.html")).unwrap();
    let item = "<bdi>ACME &#60;script&#62;</bdi> (<a href=\"https://acme.example/a\" \
                rel=\"nofollow ugc noopener noreferrer\"><bdi>acme.example/a</bdi></a>)";
    assert!(site.contains(item), "{site}");
    assert!(site.contains("undersigned-organisations\" data-total=\"1\""));
}
