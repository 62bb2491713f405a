//! DataSync's task reports: where they lie, the rows of the detailed ones, and the summary.
//!
//! Rule: whatever DataSync may write must parse (unknown fields, unknown words, Basic and Enhanced
//! spellings); what we write has the Basic mode's exact wire names. Facts: DataSync User Guide,
//! "Task reports", and two public AWS solutions that read real reports.

mod comparison;
mod keys;
mod rows;
mod stream;
mod summary;

pub use comparison::Comparison;
pub use keys::{ReportKey, ReportKind, ReportLocation, object_key};
pub use rows::{
    DeletedRow, DetailedReport, ItemMetadata, RowStatus, SkippedRow, TransferType, TransferredRow,
    VerifiedRow,
};
pub use stream::{PartError, PartRow, read_part};
pub use summary::{SummaryFilters, SummaryLocation, SummaryReport, SummaryResult};
