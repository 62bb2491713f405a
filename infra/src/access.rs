//! The IAM actions that the calls of one source file need. Each file with calls declares its own,
//! beside the calls (`ACCESS`).

/// The IAM actions of one source file, by what they are on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Access {
    /// The records bucket and what lies in it.
    pub records: &'static [&'static str],
    /// The destination bucket and what lies in it.
    pub destination: &'static [&'static str],
    /// Everything else of the stack.
    pub stack: &'static [&'static str],
    /// The reads of every kind of resource, of both planes.
    pub looks: bool,
    /// The calls that make, change and delete the control plane.
    pub deploys: bool,
}

impl Access {
    /// Nothing: a place to begin.
    pub(crate) const NONE: Self =
        Self { records: &[], destination: &[], stack: &[], looks: false, deploys: false };
}
