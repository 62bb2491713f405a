//! The arguments that select syncs.

use clap::Args;

/// The syncs that a command works on.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SyncSelection {
    /// The sync, as named in stack.toml; may be repeated. Not needed in a stack with one sync.
    #[arg(long = "sync", value_name = "NAME", conflicts_with = "all")]
    pub names: Vec<String>,
    /// All syncs of the stack.
    #[arg(long)]
    pub all: bool,
}

impl SyncSelection {
    /// Whether the arguments may select several syncs: the data is printed as a list then.
    pub(crate) fn is_list(&self) -> bool {
        self.all || self.names.len() > 1
    }
}

/// The sync that a command works on.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct OneSync {
    /// The sync, as named in stack.toml. Not needed in a stack with one sync.
    #[arg(long = "sync", value_name = "NAME")]
    pub name: Option<String>,
}
