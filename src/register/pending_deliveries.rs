//! What follows a commit.

/// What has to happen after the commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PendingDeliveries {
    /// Something was queued: the delivery worker has to be woken.
    pub queued: bool,
}
