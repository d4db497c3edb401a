//! The keys of features that are designed and do not exist yet: setting one is an error that says so, because a
//! setting without effect would be taken for a promise.

/// Keys that do not work yet, in sections of which others do.
const KEYS: &[&str] = &["endorsing.nameless"];

/// What is said about a key that belongs to a later version; `None` for any other.
pub(super) fn refusal(name: &str) -> Option<String> {
    KEYS.contains(&name).then(|| {
        format!(
            "`{name}` belongs to a later version of undersigned and does nothing yet; take it out"
        )
    })
}
