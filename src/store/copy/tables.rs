//! All tables that are copied, in an order in which rows can be written: a referenced table comes first.
//!
//! Not here: the tables of kept counts, because the triggers of the target count what arrives.

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its key; rows are read, written and compared in this order.
    pub key: &'static [&'static str],
    /// Columns that refer to other rows of the same table: filled in when all of its rows exist.
    pub later: &'static [&'static str],
}

/// A table whose key is a row id.
const fn numbered(name: &'static str) -> Table {
    keyed(name, &["id"])
}

const fn keyed(name: &'static str, key: &'static [&'static str]) -> Table {
    Table {
        name,
        key,
        later: &[],
    }
}

/// Every table that a migration creates, except those of kept counts. A test compares it with both schemas: names, keys, references.
pub const TABLES: &[Table] = &[
    numbered("identity"),
    numbered("own_key"),
    keyed("setting", &["key"]),
    keyed("change", &["topic"]),
    keyed("revision", &["number"]),
    keyed("translation", &["language", "number"]),
    keyed("picture", &["name"]),
    numbered("launch"),
    keyed("launch_text", &["language"]),
    keyed("launch_picture", &["name"]),
    numbered("host"),
    keyed("host_key", &["host_id", "actor"]),
    numbered("inbox"),
    Table {
        later: &["successor_id"],
        ..numbered("actor")
    },
    keyed("actor_key", &["key_id_hash"]),
    keyed("project", &["actor_id"]),
    numbered("act"),
    keyed("evidence", &["act_id"]),
    numbered("endorsement"),
    numbered("comment"),
    numbered("history"),
    numbered("audit"),
    keyed("audit_note", &["audit_id"]),
    numbered("audit_target"),
    keyed("follower", &["actor_id"]),
    keyed("reach", &["actor_id", "kind", "object_hash"]),
    keyed("seen", &["hash"]),
    keyed("tombstone", &["object_hash", "actor_hash"]),
    keyed("policy", &["target"]),
    keyed("trusted_domain", &["domain"]),
    numbered("word_rule"),
    numbered("journal"),
    numbered("own_object"),
    keyed("post_mention", &["own_object_id", "handle"]),
    keyed("boost", &["path"]),
    keyed("subscriber_note", &["path"]),
    keyed("following", &["actor_id"]),
    numbered("activity"),
    numbered("delivery"),
    numbered("job"),
    keyed("lease_holder", &["name"]),
    keyed("server", &["name"]),
    numbered("signatory"),
    numbered("organisation"),
    keyed("link", &["endorsement_id"]),
    numbered("report"),
    keyed("milestone", &["step"]),
    numbered("quote_authorization"),
    keyed("fetch_day", &["host", "day"]),
    keyed("surge", &["domain", "at"]),
    keyed("forge_thread", &["url"]),
    keyed("forge_missing", &["comment"]),
];
