//! Buffers for the parts of large files, used again and again: memory that one thread frees and
//! another allocates would stay with each of them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;

/// The buffers that are free at the moment. There are never more than were in use at once, which
/// the content budget limits.
#[derive(Clone, Debug, Default)]
pub(crate) struct PartBuffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// A buffer in use; it returns to the free ones when the last holder of its bytes drops them.
struct LentBuffer {
    bytes: Vec<u8>,
    owner: PartBuffers,
}

impl PartBuffers {
    /// Takes an empty buffer.
    pub(crate) fn take_buffer(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Lends the content of a buffer that was taken, to be sent.
    pub(crate) fn lend_bytes(&self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(LentBuffer { bytes, owner: self.clone() })
    }
}

impl AsRef<[u8]> for LentBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for LentBuffer {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.owner.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_with_the_last_that_holds_it() {
        let buffers = PartBuffers::default();
        let mut first = buffers.take_buffer();
        first.extend_from_slice(b"part");
        let address = first.as_ptr();
        let sent = buffers.lend_bytes(first);
        let tail = sent.slice(2..);
        drop(sent);
        assert_eq!(buffers.take_buffer().capacity(), 0, "it is still held");
        assert_eq!(tail, "rt");
        drop(tail);
        let again = buffers.take_buffer();
        assert_eq!((again.as_ptr(), again.len()), (address, 0));
    }
}
