//! Tests of the room from outside; tests of single functions stand beside them.

use ::url::Url;

use super::Urls;

mod discovery;
mod hostile;
mod incoming;
mod incoming_documents;
mod outgoing;
mod quoting;
mod urls;

/// The URLs of a letter at `https://letter.example`.
fn example() -> Urls {
    Urls::new(&Url::parse("https://letter.example").unwrap(), "", "letter")
}

/// Compares a document with the file of that name in `snapshots`.
fn snapshot(name: &str, document: &serde_json::Value) {
    insta::with_settings!({
        snapshot_path => "snapshots",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_json_snapshot!(name, document);
    });
}
