//! Our collections. Those of people carry totals, never names.

use serde_json::{Value, json};

use super::{Urls, plain_context};

/// How many ids stand on one page of the letter's replies.
pub const REPLIES_PAGE: usize = 50;

/// The outbox with everything we publish: `activities` as documents, newest first.
pub fn outbox(urls: &Urls, activities: &[Value]) -> Value {
    let newest = activities.first();
    let context = newest.and_then(|activity| activity.get("@context"));
    // An item may use terms that only its own context defines: one about the actor, beside those about posts.
    let item = |activity: &Value| {
        if activity.get("@context") == context {
            without_context(activity.clone())
        } else {
            activity.clone()
        }
    };
    let items: Value = activities.iter().map(item).collect();
    json!({
        "@context": context.cloned().unwrap_or_else(plain_context),
        "id": urls.outbox(),
        "type": "OrderedCollection",
        "totalItems": activities.len(),
        "orderedItems": items,
    })
}

/// The instance actor's outbox: empty.
pub fn instance_outbox(urls: &Urls) -> Value {
    number("OrderedCollection", &urls.instance_outbox(), 0)
}

/// How many follow the letter; who they are stays private.
pub fn followers(urls: &Urls, total: u64) -> Value {
    number("OrderedCollection", &urls.followers(), total)
}

/// Whom the letter follows, by their ids: those who accepted that.
pub fn following(urls: &Urls, followed: &[String]) -> Value {
    json!({
        "@context": plain_context(),
        "id": urls.following(),
        "type": "OrderedCollection",
        "totalItems": followed.len(),
        "orderedItems": followed,
    })
}

/// The pinned posts by their ids: Mastodon skips embedded ones that are not a `Note`.
pub fn featured(urls: &Urls, ids: &[String]) -> Value {
    json!({
        "@context": plain_context(),
        "id": urls.featured(),
        "type": "OrderedCollection",
        "totalItems": ids.len(),
        "orderedItems": ids,
    })
}

/// How many like the letter.
pub fn likes(urls: &Urls, total: u64) -> Value {
    number("Collection", &urls.likes(), total)
}

/// How many boosted the letter.
pub fn shares(urls: &Urls, total: u64) -> Value {
    number("Collection", &urls.shares(), total)
}

/// The replies that may be listed, by their ids: our own first, then those of others in a stable order. The
/// collection links to its first page.
pub fn replies(urls: &Urls, ids: &[String]) -> Value {
    json!({
        "@context": plain_context(),
        "id": urls.replies(),
        "type": "Collection",
        "totalItems": ids.len(),
        "first": urls.replies_page(1),
    })
}

/// Page `page` (from 1) of [`replies`], of the same `ids`; `None` after the last one. The first page always
/// exists.
pub fn replies_page(urls: &Urls, ids: &[String], page: usize) -> Option<Value> {
    let index = page.checked_sub(1)?;
    let items = match (ids.chunks(REPLIES_PAGE).nth(index), index) {
        (Some(items), _) => items,
        (None, 0) => &[],
        (None, _) => return None,
    };
    let mut document = json!({
        "@context": plain_context(),
        "id": urls.replies_page(page),
        "type": "CollectionPage",
        "partOf": urls.replies(),
        "items": items,
    });
    if page.saturating_mul(REPLIES_PAGE) < ids.len()
        && let Some(document) = document.as_object_mut()
    {
        document.insert(
            "next".into(),
            urls.replies_page(page.saturating_add(1)).into(),
        );
    }
    Some(document)
}

/// A total inside another document. It must be an object: Mastodon does not read a bare URL.
pub(super) fn embedded(id: &str, total: u64) -> Value {
    json!({"id": id, "type": "Collection", "totalItems": total})
}

/// The replies inside the letter: our own posts embedded, everybody's on the linked page. Mastodon fetches
/// only replies on the letter's own host.
pub(super) fn embedded_replies(urls: &Urls, own: &[String]) -> Value {
    json!({
        "id": urls.replies(),
        "type": "Collection",
        "first": {
            "type": "CollectionPage",
            "partOf": urls.replies(),
            "items": own,
            "next": urls.replies_page(1),
        },
    })
}

/// The same document without its context, for embedding.
pub(super) fn without_context(mut document: Value) -> Value {
    if let Some(members) = document.as_object_mut() {
        // `shift_remove` keeps the order of the other members.
        members.shift_remove("@context");
    }
    document
}

fn number(kind: &str, id: &str, total: u64) -> Value {
    json!({"@context": plain_context(), "id": id, "type": kind, "totalItems": total})
}
