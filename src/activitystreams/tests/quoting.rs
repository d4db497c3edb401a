//! Documents about quotes of our posts.

use serde_json::json;

use super::{super::*, example, snapshot};
use crate::random::PublicId;

const QUOTING: &str = "https://m.example/users/ada/statuses/1";
const ADA: &str = "https://m.example/users/ada";

fn id(text: &str) -> PublicId {
    PublicId::from(text.to_owned())
}

fn authorization() -> PublicId {
    id("stampstampstamp1")
}

#[test]
fn a_stamp_names_both_posts_and_embeds_neither() {
    let quoted = example().letter();
    let authorization = authorization();
    let authorization = UseAuthorization {
        kind: UseKind::Quote,
        id: &authorization,
        using: QUOTING,
        used: &quoted,
    };
    snapshot(
        "quote_authorization",
        &authorization.to_document(&example()),
    );
    let delete = authorization.to_delete(&example(), &id("0123456789abcdef"), ADA, None);
    snapshot("delete_quote_authorization", &delete);
    // The copy inside needs no context of its own, and the outer one has its terms.
    assert_eq!(delete["object"].get("@context"), None);
    assert_eq!(
        delete["@context"],
        authorization.to_document(&example())["@context"]
    );
}

#[test]
fn the_answers_repeat_the_request_and_only_yes_has_a_stamp() {
    let letter = example().letter();
    let request = UseRequest {
        kind: UseKind::Quote,
        id: Some("https://m.example/users/ada/quote-requests/1"),
        actor: ADA,
        object: &letter,
        instrument: QUOTING,
    };
    let answer = id("0123456789abcdef");
    let accept = accept_use(&example(), &answer, &request, &authorization());
    snapshot("accept_quote", &accept);
    let reject = reject_use(&example(), &answer, &request);
    snapshot("reject_quote", &reject);
    assert_eq!(reject.get("result"), None);
    let nameless = UseRequest {
        id: None,
        ..request
    };
    let accept = accept_use(&example(), &answer, &nameless, &authorization());
    assert_eq!(accept["object"].get("id"), None);
    assert_eq!(accept["to"], json!([ADA]));
}
