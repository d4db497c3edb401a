//! The keys of features that are designed and do not exist yet: setting one is an error that says so, because a
//! setting without effect would be taken for a promise.

/// Sections of which no key works yet.
const SECTIONS: &[&str] = &["forge"];

/// What is said about a section (`forge`) or a key (`forge.threads`) that belongs to a later version; `None` for any other.
pub(super) fn refusal(name: &str) -> Option<String> {
    let section = name.split_once('.').map_or(name, |(section, _)| section);
    let is_later = SECTIONS.contains(&section);
    is_later.then(|| {
        format!(
            "`{name}` belongs to a later version of undersigned and does nothing yet; take it out"
        )
    })
}
