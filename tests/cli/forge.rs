//! Issues whose comments sign, in the configuration and on top of the issue.

use super::{folder, run};

#[test]
fn a_webhook_without_a_secret_and_one_name_with_two_are_refused() {
    let folder = folder();
    let check = |threads: &str, expected: &[&str]| {
        std::fs::write(folder.path().join("config.toml"), threads).unwrap();
        let (code, _, said) = run(&folder, &["config", "check"]);
        assert_eq!(code, i32::from(!expected.is_empty()), "{said}");
        for words in expected {
            assert!(said.contains(words), "{words}: {said}");
        }
    };
    let thread = |number: u8, more: &str| {
        format!("[[forge.threads]]\nurl = 'https://github.com/a/b/issues/{number}'\n{more}\n")
    };
    let secret = "webhook_secret_file = 'secret'";
    check(&thread(1, ""), &[]);
    check(
        &thread(1, secret),
        &["forge.threads.webhook_secret_file", "secret"],
    );
    std::fs::write(folder.path().join("secret"), "\n").unwrap();
    check(&thread(1, secret), &["is empty"]);
    std::fs::write(folder.path().join("secret"), "hush\n").unwrap();
    check(&(thread(1, secret) + &thread(2, secret)), &[]);
    check(&(thread(1, secret) + &thread(2, "")), &["must be the same"]);
    check(&(thread(1, secret) + &thread(2, "name = 'b'")), &[]);
}

#[test]
fn the_instructions_say_where_the_letter_is_and_how_to_sign_and_leave() {
    let folder = folder();
    assert_eq!(run(&folder, &["init"]).0, 0);
    let (code, text, said) = run(&folder, &["forge", "instructions"]);
    assert_eq!(code, 0, "{said}");
    for words in ["http://localhost:8080", "“I sign”", "withdraw"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains('{'), "{text}");
}
