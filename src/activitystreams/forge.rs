//! The ids of accounts on forges, such as GitHub or Codeberg, in the place of the ids of actors.
//!
//! A forge has no actors: what its API says of an account is stored as one, under an id that no document can have. So
//! nobody in the Fediverse can pass for such an account, and nothing is ever fetched under such an id.

/// What the fragment of such an id begins with; the account's number follows.
const FRAGMENT: &str = "#account-";

/// The id of an account: of its forge, by the authority of its pages, and of the number that the forge gave it, which
/// stays when the account gets another login.
pub fn forge_account(authority: &str, number: u64) -> String {
    format!("https://{authority}/{FRAGMENT}{number}")
}

/// Whether an id is one of an account on a forge. No actor of the Fediverse is taken under such an id.
pub fn is_forge_account(id: &str) -> bool {
    id.contains(FRAGMENT)
}

/// The number of the account with this id; `None` for everybody else.
pub fn forge_number(id: &str) -> Option<u64> {
    id.split_once(FRAGMENT)?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_known_by_its_forge_and_its_number() {
        let id = forge_account("codeberg.org", 7);
        assert_eq!(id, "https://codeberg.org/#account-7");
        assert!(is_forge_account(&id));
        assert_eq!(forge_number(&id), Some(7));
        for (id, expected) in [
            ("https://codeberg.org/users/ada", false),
            ("https://codeberg.org/users/ada#main-key", false),
            ("https://codeberg.org/users/ada#account-7", true),
            ("https://codeberg.org/#account-", true),
        ] {
            assert_eq!(is_forge_account(id), expected, "{id}");
        }
        assert_eq!(forge_number("https://codeberg.org/#account-x"), None);
        assert_eq!(forge_number("https://codeberg.org/users/7"), None);
    }
}
