//! The IAM actions that the calls of one source file need. Each file with calls declares its own,
//! beside the calls (`ACCESS`).

/// The IAM actions of one source file, by resource.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Access {
    /// Actions on the records bucket and its objects.
    pub records: &'static [&'static str],
    /// Actions on the destination bucket and its objects.
    pub destination: &'static [&'static str],
    /// Actions on the other resources of the stack.
    pub stack: &'static [&'static str],
    /// Whether all resource kinds of both planes are read.
    pub looks: bool,
    /// Whether the control plane is created, changed or deleted.
    pub deploys: bool,
}

impl Access {
    /// No actions: the base of a struct update.
    pub(crate) const NONE: Self =
        Self { records: &[], destination: &[], stack: &[], looks: false, deploys: false };
}
