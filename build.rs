//! Tells the program of which commit it is made: `UNDERSIGNED_COMMIT` of the environment, else git's, else none.
//!
//! A build for development is of no commit: its tree changes, and each commit would build everything again.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=UNDERSIGNED_COMMIT");
    let variable = |name| std::env::var_os(name)?.into_string().ok();
    let given = variable("UNDERSIGNED_COMMIT").filter(|commit| !commit.is_empty());
    let is_release = variable("PROFILE").as_deref() == Some("release");
    let commit = given.or_else(|| is_release.then(of_git).flatten());
    println!(
        "cargo:rustc-env=UNDERSIGNED_COMMIT={}",
        commit.as_deref().unwrap_or_default().trim()
    );
}

/// The commit that is checked out, with a mark when the tree was changed since; `None` without git or outside of a
/// repository.
fn of_git() -> Option<String> {
    for changed in ["HEAD", "index"] {
        println!(
            "cargo:rerun-if-changed={}",
            git(&["rev-parse", "--git-path", changed])?
        );
    }
    git(&[
        "describe",
        "--always",
        "--dirty=-changed",
        "--abbrev=12",
        "--exclude=*",
    ])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
