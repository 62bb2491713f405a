//! Text from outside (file names, messages of services) in a form that a terminal or a mail shows
//! as it is.
//!
//! A file name may hold any byte but `/` and NUL: an escape sequence repaints a terminal, a newline
//! forges a line, and a character that reorders text (Unicode Standard Annex 9) shows another name
//! than the one that stands there.

/// Returns the text with each character that is not to be seen written as an escape: `\n`,
/// `\u{1b}`, `\u{202e}`.
#[must_use]
pub fn escape_unprintable(text: &str) -> String {
    escape_where(text, is_unprintable)
}

/// Escapes a text of several lines like [`escape_unprintable`], but keeps its line feeds.
#[must_use]
pub fn escape_lines(text: &str) -> String {
    escape_where(text, |c| c != '\n' && is_unprintable(c))
}

fn escape_where(text: &str, escapes: impl Fn(char) -> bool) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        if escapes(c) { printable.extend(c.escape_default()) } else { printable.push(c) }
    }
    printable
}

/// Whether a character acts on the text around it, or cannot be seen at all.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Marks, embeddings, overrides and isolates of writing direction.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators.
            | '\u{2028}' | '\u{2029}'
            // Nothing to be seen: soft hyphen, spaces and joiners of no width, byte order mark.
            | '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
            // Language tags, of no width either.
            | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_act_are_written_out_and_others_stay() {
        for (text, expected) in [
            ("plain größe 写真 🎉.txt", "plain größe 写真 🎉.txt"),
            ("a\x1b[2J\x1b[31mFAKE", "a\\u{1b}[2J\\u{1b}[31mFAKE"),
            ("two\nlines\r\tOVER\x07", "two\\nlines\\r\\tOVER\\u{7}"),
            ("del\x7f c1\u{9b}31m", "del\\u{7f} c1\\u{9b}31m"),
            ("gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
            ("\u{feff}bom zero\u{200b}width", "\\u{feff}bom zero\\u{200b}width"),
            ("back\\slash", "back\\slash"),
        ] {
            assert_eq!(escape_unprintable(text), expected);
        }
    }

    #[test]
    fn lines_stay_where_text_has_several() {
        assert_eq!(escape_lines("a\x1b\nb\r\n"), "a\\u{1b}\nb\\r\n");
    }

    /// Over the whole of Unicode: what comes out holds no control character, and what needed no
    /// escape is the same.
    #[test]
    fn nothing_that_acts_comes_through() {
        for c in '\0'..=char::MAX {
            let escaped = escape_unprintable(c.encode_utf8(&mut [0; 4]));
            assert!(escaped.chars().all(|c| !is_unprintable(c)), "{c:?}");
            assert!(is_unprintable(c) || escaped.chars().eq([c]), "{c:?}");
        }
    }
}
