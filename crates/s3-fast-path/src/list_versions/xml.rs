//! The small part of XML that S3 uses in listings, read without copies.
//!
//! Rule: anything but an element, its end or its text is [`Unsupported`], and left to a reader of
//! all of XML.

use std::borrow::Cow;

/// The levels of elements below one that is skipped; a listing has two.
const MAX_DEPTH: usize = 8;

/// Elements in the order of the document.
#[derive(Debug)]
pub(super) struct Elements<'a> {
    rest: &'a str,
    /// Whether the element that was entered last has ended already: `<Prefix/>`.
    ended: bool,
}

/// The document has something that this reader does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unsupported;

impl<'a> Elements<'a> {
    /// Returns the elements within the root, which must have this name.
    pub(super) fn of_root(root: &str, document: &'a str) -> Result<Self, Unsupported> {
        let document = match document.strip_prefix("<?xml ") {
            Some(declared) => declared.split_once("?>").ok_or(Unsupported)?.1,
            None => document,
        };
        let mut elements = Self { rest: document, ended: false };
        if elements.enter_next("")? == Some(root) { Ok(elements) } else { Err(Unsupported) }
    }

    /// Enters the next element and returns its name; `None` at the end of the one around it, whose
    /// name is `around`.
    pub(super) fn enter_next(&mut self, around: &str) -> Result<Option<&'a str>, Unsupported> {
        if std::mem::take(&mut self.ended) {
            return Ok(None);
        }
        let (tag, rest) = self
            .rest
            .trim_ascii_start()
            .strip_prefix('<')
            .ok_or(Unsupported)?
            .split_once('>')
            .ok_or(Unsupported)?;
        self.rest = rest;
        if let Some(name) = tag.strip_prefix('/') {
            return if name == around { Ok(None) } else { Err(Unsupported) };
        }
        let self_closing = tag.strip_suffix('/');
        self.ended = self_closing.is_some();
        parse_tag(self_closing.unwrap_or(tag)).map(Some)
    }

    /// Reads the element that was entered last, which must hold text alone.
    pub(super) fn read_text(&mut self, name: &str) -> Result<Cow<'a, str>, Unsupported> {
        if std::mem::take(&mut self.ended) {
            return Ok(Cow::Borrowed(""));
        }
        let (text, rest) = self.rest.split_once('<').ok_or(Unsupported)?;
        let end =
            rest.strip_prefix('/').and_then(|rest| rest.strip_prefix(name)?.strip_prefix('>'));
        self.rest = end.ok_or(Unsupported)?;
        unescape_text(text)
    }

    /// Skips the rest of the element that was entered last.
    pub(super) fn skip_rest(&mut self, name: &str) -> Result<(), Unsupported> {
        self.skip_within(name, MAX_DEPTH)
    }

    fn skip_within(&mut self, name: &str, levels: usize) -> Result<(), Unsupported> {
        if std::mem::take(&mut self.ended) {
            return Ok(());
        }
        let deeper = levels.checked_sub(1).ok_or(Unsupported)?;
        loop {
            self.rest = &self.rest[self.rest.find('<').ok_or(Unsupported)?..];
            match self.enter_next(name)? {
                Some(inner) => self.skip_within(inner, deeper)?,
                None => return Ok(()),
            }
        }
    }

    /// Checks that nothing follows the root.
    pub(super) fn expect_end(self) -> Result<(), Unsupported> {
        if self.rest.trim_ascii().is_empty() { Ok(()) } else { Err(Unsupported) }
    }
}

/// Returns the name in a tag, whose attributes are ignored.
fn parse_tag(tag: &str) -> Result<&str, Unsupported> {
    let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
    // An attribute with a `>` leaves its quotes open here.
    let balanced = attributes.bytes().filter(|byte| *byte == b'"').count() % 2 == 0
        && !attributes.contains('\'');
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if balanced && plain { Ok(name) } else { Err(Unsupported) }
}

/// Resolves character references. Text with white space is refused: readers treat it differently.
fn unescape_text(text: &str) -> Result<Cow<'_, str>, Unsupported> {
    if text.bytes().any(|byte| byte <= b' ') {
        return Err(Unsupported);
    }
    let mut pieces = text.split('&');
    let Some(first) = pieces.next().filter(|first| first.len() < text.len()) else {
        return Ok(Cow::Borrowed(text));
    };
    let mut plain = first.to_owned();
    for piece in pieces {
        let (name, following) = piece.split_once(';').ok_or(Unsupported)?;
        plain.push(resolve_reference(name).ok_or(Unsupported)?);
        plain.push_str(following);
    }
    Ok(Cow::Owned(plain))
}

fn resolve_reference(name: &str) -> Option<char> {
    match name {
        "quot" => Some('"'),
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|character| !character.is_control())
        }
    }
}
