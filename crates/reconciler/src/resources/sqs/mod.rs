//! Amazon SQS: the dead-letter queue.

pub mod queue;
