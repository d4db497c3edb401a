//! The letter's actor.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ActorCommand {
    /// Show how the letter's actor looks to others, and how old its keys are
    Show,
    /// Tell the followers how the actor looks now, for example after another `actor.name`
    ///
    /// Says `unchanged` and sends nothing when they were told exactly that. The running server tells by itself what
    /// changed, such as the number of signatures, every six hours at most. Restart running servers first: they show
    /// the configuration that they started with, and would tell that again.
    Update {
        /// Ids of other actors that are this one, too, in place of those that were given before; none: no other.
        /// An actor that names this one can then move here
        #[arg(long, value_name = "URL", num_args = 0..)]
        also_known_as: Option<Vec<String>>,
    },
    /// Make a new key, and let the followers know it by an Update that the old key signs
    ///
    /// Running servers sign with the new key within two seconds. The old one is kept until everybody was told, and
    /// then erased.
    RotateKey {
        /// The key of the instance actor, which signs what we read, in place of the letter's
        #[arg(long)]
        instance: bool,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    /// Say that the letter moved to another actor, which has to name this one in its `alsoKnownAs`
    ///
    /// Followers' servers follow the new one by themselves. Endorsements stay as they are, and the page says where the
    /// letter is. It cannot be undone, because followers do not come back, and not be repeated for seven days.
    /// Exit code 4 when the other actor does not confirm it, 3 when it is not there, 6 when its server does not answer.
    Move {
        /// The id of the new actor: the URL of its document
        #[arg(long, value_name = "URL")]
        to: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    /// End the actor for ever: every server that we ever knew is told to delete it, and all pages answer 410
    ///
    /// Leave the server running until `status` says that it can be stopped. The actor's name can never be used again.
    Retire {
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}
