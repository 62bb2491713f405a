use super::*;

fn read(text: &[u8], piece: usize) -> Result<Vec<(String, Option<String>)>, String> {
    let (mut reader, mut entries) = (ManifestReader::default(), Vec::new());
    for piece in text.chunks(piece) {
        reader.read_bytes(piece, &mut entries).map_err(|error| error.to_string())?;
    }
    reader.finish(&mut entries).map_err(|error| error.to_string())?;
    Ok(entries.into_iter().map(|entry| (entry.path, entry.version_id)).collect())
}

#[test]
fn every_form_of_the_guide_is_read_in_pieces_of_every_size() {
    let entry = |path: &str, version: Option<&str>| (path.to_owned(), version.map(str::to_owned));
    let long = "ü".repeat(3000);
    for (text, expected) in [
        ("", vec![]),
        ("\u{feff}", vec![]),
        ("\n\r\n\r", vec![]),
        ("a\n", vec![entry("a", None)]),
        ("a\r\n/b/c", vec![entry("a", None), entry("/b/c", None)]),
        ("a\rb\r", vec![entry("a", None), entry("b", None)]),
        (
            "a\nb\rc\r\n\r\nd",
            vec![entry("a", None), entry("b", None), entry("c", None), entry("d", None)],
        ),
        ("\u{feff}a\nb", vec![entry("a", None), entry("b", None)]),
        ("\u{feff}\"a,b\"\r\n", vec![entry("a,b", None)]),
        ("a\u{feff}\n", vec![entry("a\u{feff}", None)]),
        ("a,v1\nb,\n", vec![entry("a", Some("v1")), entry("b", None)]),
        (
            "\"a,b\",v1\r\n\"say \"\"hi\"\"\"\n",
            vec![entry("a,b", Some("v1")), entry("say \"hi\"", None)],
        ),
        ("a,\"v,1\"\n", vec![entry("a", Some("v,1"))]),
        // The guide's own examples.
        ("picture1.png,111111\n", vec![entry("picture1.png", Some("111111"))]),
        ("\"this\nis\r\na\rfilename.txt\"\n", vec![entry("this\nis\r\na\rfilename.txt", None)]),
        ("filename\"\"with\"\"quotes.txt\n", vec![entry("filename\"with\"quotes.txt", None)]),
        (
            "filename\"\"with\"\"quotes.txt,v\"\"1",
            vec![entry("filename\"with\"quotes.txt", Some("v\"1"))],
        ),
        ("\"\"all\"\"\n", vec![entry("\"all\"", None)]),
        ("\"\"\"all\"\"\"", vec![entry("\"all\"", None)]),
        ("\"\"\"\"\n", vec![entry("\"", None)]),
        ("documents/résumé1.pdf", vec![entry("documents/résumé1.pdf", None)]),
        (" \n", vec![entry(" ", None)]),
        (&long, vec![entry(&long, None)]),
    ] {
        for piece in [1, 2, 3, 5, 8192] {
            assert_eq!(
                read(text.as_bytes(), piece).as_ref(),
                Ok(&expected),
                "{text:?} in pieces of {piece}"
            );
        }
    }
}

const NOT_ALLOWED: [(&[u8], &str); 13] = [
    (b"a\nb,c,d\n", "line 2: it has more than two fields"),
    (b"a\r\r\n\nb,c,d", "line 4: it has more than two fields"),
    (b"\"two\nlines\"\nb,c,d", "line 3: it has more than two fields"),
    (b"\"a", "line 1: a quoted field has no end"),
    (b"x\n\"a\n", "line 2: a quoted field has no end"),
    (b"\"a\"b\n", "line 1: text follows a quoted field"),
    (b"\"a\" ,v\n", "line 1: text follows a quoted field"),
    (b"a\"b\n", "line 1: a quote is inside a field: double it, or quote the field"),
    (b"a\"\"\"b\n", "line 1: a quote is inside a field: double it, or quote the field"),
    (b",v1\n", "line 1: the path is empty"),
    (b"\"\"\n", "line 1: the path is empty"),
    (b"\xff\xfea\0\n\0", "line 1: it is not UTF-8"),
    (b"ok\n\"\xff\"\n", "line 2: it is not UTF-8"),
];

#[test]
fn what_the_guide_does_not_allow_is_told_with_its_line() {
    for (text, problem) in NOT_ALLOWED {
        for piece in [1, 3, 8192] {
            let found = read(text, piece).unwrap_err();
            assert_eq!(found, problem, "{} in pieces of {piece}", text.escape_ascii());
        }
    }
    let endless = format!("\"{}", "x\n".repeat(LONGEST_FIELD));
    assert!(read(endless.as_bytes(), 4096).unwrap_err().contains("longer than"));
}

/// The generator of Knuth's MMIX: plain, and the same everywhere.
fn next_number(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap_or_default()
}

#[test]
fn what_is_written_is_read_back() {
    const SIGNS: [char; 12] =
        ['a', 'ü', ',', '"', '\n', '\r', ' ', '/', '\u{feff}', '\\', '\'', '\u{10ffff}'];
    const SEED: u64 = 1;
    let mut state = SEED;
    let mut next = || next_number(&mut state);
    for round in 0..2000 {
        let names: Vec<String> = (0..3)
            .map(|_| (0..=next() % 8).map(|_| SIGNS[next() % SIGNS.len()]).collect())
            .collect();
        let text: String =
            names.iter().map(|name| crate::manifest::quote_field(name) + "\r\n").collect();
        let found = read(text.as_bytes(), 1 + next() % 5).unwrap();
        let found: Vec<String> = found.into_iter().map(|(path, _)| path).collect();
        assert_eq!(found, names, "seed {SEED}, round {round}: {text:?}");
    }
}
