//! Manifests: no panic, the same entries whatever the pieces, and what is read is read again after
//! it was written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use domain::manifest::{ManifestReader, ManifestSyntaxError, manifest_from_paths};

fuzz_target!(|bytes: &[u8]| {
    let read = |piece: usize| {
        let (mut reader, mut entries) = (ManifestReader::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            reader.read_bytes(piece, &mut entries)?;
        }
        reader.finish(&mut entries)?;
        Ok::<_, ManifestSyntaxError>(entries)
    };
    assert_eq!(read(1), read(usize::MAX));
    let Some(manifest) = std::str::from_utf8(bytes).ok().and_then(|text| manifest_from_paths(text).ok()) else { return };
    assert_eq!(manifest_from_paths(&manifest).as_ref(), Ok(&manifest));
});
