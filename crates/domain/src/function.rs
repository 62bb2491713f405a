//! The four functions: package, binary and function suffix share one name.

use std::fmt;

/// One of the four Lambda functions of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FunctionName {
    BootstrapStack,
    StartExecution,
    OnExecutionComplete,
    VerifyVersions,
}

impl FunctionName {
    pub const ALL: [Self; 4] = [
        Self::BootstrapStack,
        Self::StartExecution,
        Self::OnExecutionComplete,
        Self::VerifyVersions,
    ];

    /// The package, binary and suffix: `start-execution`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BootstrapStack => "bootstrap-stack",
            Self::StartExecution => "start-execution",
            Self::OnExecutionComplete => "on-execution-complete",
            Self::VerifyVersions => "verify-versions",
        }
    }
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
