//! Manifests: no panic, the same entries whatever the pieces, and what is read is read again after
//! it was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use domain::manifest::{Reader, SyntaxError, of_paths};

fuzz_target!(|bytes: &[u8]| {
    let read = |piece: usize| {
        let (mut reader, mut entries) = (Reader::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            reader.take(piece, &mut entries)?;
        }
        reader.finish(&mut entries)?;
        Ok::<_, SyntaxError>(entries)
    };
    assert_eq!(read(1), read(usize::MAX));
    let Some(manifest) = std::str::from_utf8(bytes).ok().and_then(|text| of_paths(text).ok()) else { return };
    assert_eq!(of_paths(&manifest).as_ref(), Ok(&manifest));
});
