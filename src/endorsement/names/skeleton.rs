//! The look of a name, for comparing it with others.

/// A key that is equal for names that look alike: the skeleton of UTS 39, case folded, without blanks.
///
/// Case folding makes `I` an `i`, while UTS 39 makes `I` look like `l`. So `i` and `l` are one letter here.
/// For comparison only, never shown; stored with each name.
pub fn skeleton(name: &str) -> String {
    let folded = name.to_lowercase();
    unicode_security::skeleton(&folded)
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == 'i' { 'l' } else { c })
        .collect()
}
