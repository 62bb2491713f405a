//! The little of XML that S3 writes its listings in, read without copies.
//!
//! Rule: what is not plainly an element, its end or its text is refused as [`Odd`], and left to a
//! reader of all of XML.

use std::borrow::Cow;

/// Levels of elements below one that is passed over; a listing has two.
const DEEPEST: usize = 8;

/// Elements in the order of the document.
#[derive(Debug)]
pub(super) struct Elements<'a> {
    rest: &'a str,
    /// The element that was opened last has ended already: `<Prefix/>`.
    ended: bool,
}

/// Not to be read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Odd;

impl<'a> Elements<'a> {
    /// Those in the root, which has to have this name.
    pub(super) fn within(root: &str, document: &'a str) -> Result<Self, Odd> {
        let document = match document.strip_prefix("<?xml ") {
            Some(declared) => declared.split_once("?>").ok_or(Odd)?.1,
            None => document,
        };
        let mut elements = Self { rest: document, ended: false };
        if elements.open("")? == Some(root) { Ok(elements) } else { Err(Odd) }
    }

    /// Goes into the next element and tells its name; `None` at the end of the one around it, whose
    /// name is `around`.
    pub(super) fn open(&mut self, around: &str) -> Result<Option<&'a str>, Odd> {
        if std::mem::take(&mut self.ended) {
            return Ok(None);
        }
        let (tag, rest) = self
            .rest
            .trim_ascii_start()
            .strip_prefix('<')
            .ok_or(Odd)?
            .split_once('>')
            .ok_or(Odd)?;
        self.rest = rest;
        if let Some(name) = tag.strip_prefix('/') {
            return if name == around { Ok(None) } else { Err(Odd) };
        }
        let begun = tag.strip_suffix('/');
        self.ended = begun.is_some();
        let (name, attributes) =
            begun.unwrap_or(tag).split_once(' ').unwrap_or((begun.unwrap_or(tag), ""));
        // With a `>` in an attribute its quotes are not closed here.
        let whole = attributes.bytes().filter(|byte| *byte == b'"').count() % 2 == 0
            && !attributes.contains('\'');
        let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if whole && plain { Ok(Some(name)) } else { Err(Odd) }
    }

    /// The text of the element that was opened last, and nothing else is in it.
    pub(super) fn text(&mut self, name: &str) -> Result<Cow<'a, str>, Odd> {
        if std::mem::take(&mut self.ended) {
            return Ok(Cow::Borrowed(""));
        }
        let (text, rest) = self.rest.split_once('<').ok_or(Odd)?;
        let end =
            rest.strip_prefix('/').and_then(|rest| rest.strip_prefix(name)?.strip_prefix('>'));
        self.rest = end.ok_or(Odd)?;
        unescaped(text)
    }

    /// Passes over all that is in the element that was opened last.
    pub(super) fn skip(&mut self, name: &str) -> Result<(), Odd> {
        self.skip_within(name, DEEPEST)
    }

    fn skip_within(&mut self, name: &str, levels: usize) -> Result<(), Odd> {
        if std::mem::take(&mut self.ended) {
            return Ok(());
        }
        let deeper = levels.checked_sub(1).ok_or(Odd)?;
        loop {
            self.rest = &self.rest[self.rest.find('<').ok_or(Odd)?..];
            match self.open(name)? {
                Some(inner) => self.skip_within(inner, deeper)?,
                None => return Ok(()),
            }
        }
    }

    /// Nothing comes behind the root.
    pub(super) fn end(self) -> Result<(), Odd> {
        if self.rest.trim_ascii().is_empty() { Ok(()) } else { Err(Odd) }
    }
}

/// Of white space readers make different things.
fn unescaped(text: &str) -> Result<Cow<'_, str>, Odd> {
    if text.bytes().any(|byte| byte <= b' ') {
        return Err(Odd);
    }
    let mut pieces = text.split('&');
    let Some(first) = pieces.next().filter(|first| first.len() < text.len()) else {
        return Ok(Cow::Borrowed(text));
    };
    let mut plain = first.to_owned();
    for piece in pieces {
        let (name, behind) = piece.split_once(';').ok_or(Odd)?;
        plain.push(character(name).ok_or(Odd)?);
        plain.push_str(behind);
    }
    Ok(Cow::Owned(plain))
}

fn character(name: &str) -> Option<char> {
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
