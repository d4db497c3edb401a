//! Lists that are longer than what is read at a time.

use undersigned::{
    clock::Millis,
    store::{Access, Store},
};

use super::{folder, json, run};
use crate::support::accounts::{account, save_followers};

#[tokio::test]
async fn a_list_longer_than_a_page_is_one_list() {
    let folder = folder();
    let (code, _, talk) = run(&folder, &["init"]);
    assert_eq!(code, 0, "{talk}");
    let file = folder.path().join("data/undersigned.db");
    let url = format!("sqlite://{}", file.display());
    let store = Store::open(&url, 1, Access::Existing).await.unwrap();
    let now = Millis::from_millis(1_700_000_000_000);
    let handles: Vec<_> = (0..1001).map(|n| format!("ada{n}")).collect();
    let accounts: Vec<_> = handles
        .iter()
        .map(|name| account("https://m.example", name, now))
        .collect();
    save_followers(&store, &accounts, now).await;
    store.close().await;
    let listed = json(&folder, &["follower", "list", "--limit", "0", "--json"]);
    let mut listed: Vec<_> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|follower| follower["handle"].as_str().unwrap().to_owned())
        .collect();
    listed.sort_unstable();
    let mut expected: Vec<_> = handles
        .iter()
        .map(|name| format!("@{name}@m.example"))
        .collect();
    expected.sort_unstable();
    assert_eq!(listed, expected);
    let (_, lines, _) = run(&folder, &["follower", "list", "--limit", "0"]);
    assert_eq!(lines.lines().count(), 1001);
}
