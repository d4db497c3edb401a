//! Confirmation before anything that cannot be undone.

use std::io::{BufRead, IsTerminal as _};

use super::output::{Exit, Output, end};

/// Says what will be done and asks to type `name`, unless `--yes` was given; without a terminal and without
/// `--yes` it ends with exit code 2, and nothing was changed.
pub(super) fn confirm(
    output: &Output,
    plan: &str,
    name: &str,
    yes: Confirmed,
) -> anyhow::Result<()> {
    output.say(plan);
    if yes == Confirmed::Already {
        return Ok(());
    }
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    if !terminal {
        return end(
            Exit::Usage,
            "this cannot be undone; nothing was changed, add --yes to do it",
        );
    }
    output.ask(&format!(
        "This cannot be undone. Type {name} to go on, anything else to stop: "
    ));
    typed(&mut std::io::stdin().lock(), name)
}

/// Whether `--yes` was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Confirmed {
    /// `--yes` was given.
    Already,
    /// The user has to be asked.
    NotYet,
}

impl From<bool> for Confirmed {
    fn from(yes: bool) -> Self {
        if yes { Self::Already } else { Self::NotYet }
    }
}

/// Reads one line, which has to be the name.
fn typed(input: &mut impl BufRead, name: &str) -> anyhow::Result<()> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    if line.trim() == name {
        Ok(())
    } else {
        end(
            Exit::Usage,
            "that is not what was asked for; nothing was changed",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_itself_confirms() {
        let check = |line: &str| typed(&mut line.as_bytes(), "@letter@letter.example").is_ok();
        assert!(check("@letter@letter.example\n"));
        assert!(check("  @letter@letter.example \r\n"));
        for other in [
            "",
            "\n",
            "y\n",
            "yes\n",
            "letter\n",
            "@Letter@letter.example\n",
        ] {
            assert!(!check(other), "{other:?}");
        }
    }
}
