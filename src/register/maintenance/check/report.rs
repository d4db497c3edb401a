//! What `check` found, and what was done about it.

use crate::random::PublicId;

/// One inconsistency.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    /// The endorsement; `None` when it is about all of them.
    pub id: Option<PublicId>,
    /// What is wrong, as a sentence.
    pub problem: String,
    /// What a repair does about it; `None` when nothing can be done, and the problem says why.
    pub remedy: Option<&'static str>,
    /// Whether that was done.
    pub repaired: bool,
}

impl Finding {
    /// One that nothing was done about yet.
    pub(super) const fn new(
        id: Option<PublicId>,
        problem: String,
        remedy: Option<&'static str>,
    ) -> Self {
        Self {
            id,
            problem,
            remedy,
            repaired: false,
        }
    }
}

/// What was checked, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct CheckReport {
    /// How many endorsements were checked.
    pub endorsements: u64,
    /// The inconsistencies.
    pub findings: Vec<Finding>,
    /// How many inconsistencies were repaired; those of one endorsement are one.
    pub repaired: u64,
}

impl CheckReport {
    /// Notes findings that were just repaired, and how many repairs that took.
    pub(super) fn note_repaired(&mut self, findings: Vec<Finding>, n: usize) {
        let repaired = findings.into_iter().map(|finding| Finding {
            repaired: true,
            ..finding
        });
        self.findings.extend(repaired);
        self.repaired += u64::try_from(n).unwrap_or_default();
    }
}
