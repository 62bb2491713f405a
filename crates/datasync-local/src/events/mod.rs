//! State-change events: their envelope, their order, and their delivery to the functions of
//! matching rules.
//!
//! `PutEvents` refuses sources that begin with `aws.`, so the rules are read and their Lambda
//! targets invoked from here. Rule: an event that cannot be delivered is logged and never fails an
//! execution.

mod envelope;
mod outbox;
mod rules;
mod targets;

pub use envelope::StateChange;
pub use outbox::Outbox;
