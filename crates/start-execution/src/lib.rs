//! Lambda: starts at most one DataSync task execution for a schedule slot.

mod decide;
mod handler;
mod input;
mod outcome;
mod slot_record;
mod task;

pub use handler::{App, HandlerError, handle};
pub use input::InputError;
pub use outcome::Outcome;
pub use slot_record::SlotRecordError;
pub use task::TaskError;
