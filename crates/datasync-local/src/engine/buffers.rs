//! Memory for the parts of large files, used again and again: given back to the allocator by one
//! thread and asked for by another, it would stay with each of them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;

/// Buffers that nobody uses at the moment. There are never more than were in use at once, which the
/// content budget bounds.
#[derive(Clone, Debug, Default)]
pub(super) struct Buffers(Arc<Mutex<Vec<Vec<u8>>>>);

/// Comes back to its buffers with the last that holds the bytes.
struct Lent {
    bytes: Vec<u8>,
    home: Buffers,
}

impl Buffers {
    /// An empty buffer.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// The content of a buffer that was taken, to be sent.
    pub(super) fn lend(&self, bytes: Vec<u8>) -> Bytes {
        Bytes::from_owner(Lent { bytes, home: self.clone() })
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.home.0.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_with_the_last_that_holds_it() {
        let buffers = Buffers::default();
        let mut first = buffers.take();
        first.extend_from_slice(b"part");
        let place = first.as_ptr();
        let sent = buffers.lend(first);
        let tail = sent.slice(2..);
        drop(sent);
        assert_eq!(buffers.take().capacity(), 0, "it is still held");
        assert_eq!(tail, "rt");
        drop(tail);
        let again = buffers.take();
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
    }
}
