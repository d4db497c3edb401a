//! `site export`: the same files for the same data, public values alone, and nothing of anybody else's is overwritten.

use std::fs;

use serde_json::{Value, json};

use super::{folder, json as answer, run};

#[test]
fn the_files_of_a_static_site_are_written_again_and_nobody_elses() {
    let folder = folder();
    let (code, ..) = run(&folder, &["init"]);
    assert_eq!(code, 0);
    let export = ["site", "export", "public", "--json"];
    let (code, _, talk) = run(&folder, &export);
    assert!(
        code == 4 && talk.contains("letter launch"),
        "{code}: {talk}"
    );
    answer(&folder, &["letter", "publish", "--json"]);
    let added = [
        "signatory",
        "add",
        "--source",
        "paper",
        "--ref",
        "p. 1",
        "--json",
        "--name",
    ];
    let named = |name: &str| answer(&folder, &[&added[..], &[name]].concat());
    named("Eve <script>alert(1)</script> & Co");

    let states = |answer: &Value| -> Vec<Value> {
        let files = answer.as_array().unwrap().iter();
        files.map(|file| file["state"].clone()).collect()
    };
    let first = answer(&folder, &export);
    assert_eq!(
        first,
        json!([
            {"file": ".well-known/webfinger", "state": "written"},
            {"file": "alternate.html", "state": "written"},
            {"file": "supporters.html", "state": "written"},
        ])
    );
    let path = |name: &str| folder.path().join("public").join(name);
    let read = |name: &str| fs::read_to_string(path(name)).unwrap();
    let found: Value = serde_json::from_str(&read(".well-known/webfinger")).unwrap();
    assert_eq!(found["subject"], "acct:letter@localhost:8080");
    assert_eq!(
        read("alternate.html"),
        "<link rel=\"alternate\" type=\"application/activity+json\" href=\"http://localhost:8080/letter\">\n"
    );
    let list = read("supporters.html");
    assert_eq!(list.matches("<li>").count(), 22, "{list}");
    assert!(
        list.contains("data-total=\"22\"") && !list.contains("<script"),
        "{list}"
    );

    // The same data is the same bytes, and a change changes the list alone.
    let before = (
        read(".well-known/webfinger"),
        list,
        read(".undersigned-site"),
    );
    assert_eq!(states(&answer(&folder, &export)), ["unchanged"; 3]);
    let after = (
        read(".well-known/webfinger"),
        read("supporters.html"),
        read(".undersigned-site"),
    );
    assert_eq!(before, after);
    named("Grace Hopper");
    assert_eq!(
        states(&answer(&folder, &export)),
        ["unchanged", "unchanged", "written"]
    );
    assert!(read("supporters.html").contains("Grace Hopper"));

    // What somebody changed is theirs, and then nothing at all is written.
    fs::write(path("alternate.html"), "mine").unwrap();
    named("Alan Turing");
    let (code, _, talk) = run(&folder, &export);
    assert_eq!(code, 4, "{talk}");
    assert!(talk.contains("alternate.html"), "{talk}");
    assert_eq!(read("alternate.html"), "mine");
    assert!(!read("supporters.html").contains("Alan Turing"));
    // So is what was there before.
    fs::create_dir_all(folder.path().join("theirs/.well-known")).unwrap();
    fs::write(folder.path().join("theirs/.well-known/webfinger"), "{}").unwrap();
    let (code, ..) = run(&folder, &["site", "export", "theirs"]);
    assert_eq!(code, 4);
    assert!(!folder.path().join("theirs/supporters.html").exists());
}
