//! The memory for file contents that are being sent: a budget, and buffers for parts.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::item_error::ItemError;
use crate::engine::transfer::buffers::PartBuffers;

/// The limit in KiB on what concurrent uploads hold in memory together.
const CONTENT_BUDGET_KIB: u32 = 32 * 1024;

/// A budget that uploads reserve from before they read content.
#[derive(Debug)]
pub(crate) struct ContentMemory {
    budget_kib: Arc<Semaphore>,
    buffers: PartBuffers,
}

impl ContentMemory {
    pub(crate) fn new() -> Self {
        let budget_kib = Arc::new(Semaphore::new(CONTENT_BUDGET_KIB as usize));
        Self { budget_kib, buffers: PartBuffers::default() }
    }

    /// Reserves memory for content until the permit is dropped. Content above the whole budget
    /// reserves all of it.
    pub(crate) async fn reserve_memory(
        &self,
        bytes: u64,
    ) -> Result<OwnedSemaphorePermit, ItemError> {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(CONTENT_BUDGET_KIB);
        Arc::clone(&self.budget_kib).acquire_many_owned(kib).await.map_err(|_| ItemError::Broken)
    }

    /// Takes an empty buffer for a part, with the buffers that it returns to.
    pub(crate) fn take_buffer(&self) -> (PartBuffers, Vec<u8>) {
        (self.buffers.clone(), self.buffers.take_buffer())
    }
}
