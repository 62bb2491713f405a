//! File names by chance, over the whole of Unicode: the same seed makes the same names.

use std::collections::BTreeSet;

/// The most bytes of a file name (Linux, `NAME_MAX`).
const LONGEST: usize = 255;
/// Pieces that URLs, XML, shells, terminals and people give a meaning.
const PIECES: [&str; 36] = [
    "+",
    "%",
    "%2F",
    "%00",
    "%2e",
    " ",
    "&",
    "&#x1;",
    "&amp;",
    "<Key>",
    "]]>",
    "\"",
    "'",
    "?",
    "#",
    "=",
    ";",
    ",",
    "\\",
    "..",
    ".",
    "~",
    "*",
    "-",
    "$HOME",
    "`",
    "\x1b[31m",
    "\u{202e}",
    "\u{feff}",
    "e\u{301}",
    "é",
    "\u{1112}\u{1161}",
    "하",
    "\r\n",
    "\u{fffe}",
    "\u{ffff}",
];
/// Unicode Character Database, `White_Space`.
pub const WHITE: &str = "\t\n\u{b}\u{c}\r \u{85}\u{a0}\u{1680}\u{2000}\
    \u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\
                         \u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}";

/// A sequence that a seed determines (xorshift64*).
struct Chance(u64);

impl Chance {
    fn random_below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap_or_default()
            % bound.max(1)
    }

    fn pick_from(&mut self, choices: &str) -> char {
        let choices: Vec<char> = choices.chars().collect();
        choices[self.random_below(choices.len())]
    }

    /// Any character that a file name may have; most of them of the first plane.
    fn any_character(&mut self) -> char {
        loop {
            let last = [0x7f, 0x2ff, 0xffff, 0x0010_ffff][self.random_below(4)];
            let found = u32::try_from(self.random_below(last + 1)).ok().and_then(char::from_u32);
            if let Some(found) = found.filter(|c| !matches!(c, '\0' | '/')) {
                return found;
            }
        }
    }

    fn random_name(&mut self) -> String {
        let length = 1 + self.random_below(12);
        match self.random_below(6) {
            0 => (0..length).map(|_| self.any_character()).collect(),
            1 => (0..length).map(|_| PIECES[self.random_below(PIECES.len())]).collect(),
            2 => (0..length)
                .map(|_| self.pick_from("\u{1}\u{7}\u{8}\u{b}\u{1b}\u{1f}\u{7f}\u{80}\u{9b}ax"))
                .collect(),
            3 => (0..1 + length % 5).map(|_| self.pick_from(WHITE)).collect(),
            4 => format!(
                "{}{}{}",
                self.pick_from(WHITE),
                self.any_character(),
                self.pick_from(WHITE)
            ),
            _ => self.longest_name(),
        }
    }

    /// Returns a name of the greatest length.
    fn longest_name(&mut self) -> String {
        let mut name = String::new();
        loop {
            let next = self.any_character();
            if name.len() + next.len_utf8() > LONGEST {
                let rest = LONGEST - name.len();
                return name + &"x".repeat(rest);
            }
            name.push(next);
        }
    }
}

/// Each control character of ASCII, each white space and each piece by itself, and names by chance:
/// `count` in all.
#[must_use]
pub fn generate_names(seed: u64, count: usize) -> BTreeSet<String> {
    let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let alone = ('\u{1}'..='\u{1f}').chain(WHITE.chars()).map(String::from);
    let mut names: BTreeSet<String> =
        alone.chain(PIECES.map(str::to_owned)).filter(|name| is_name(name)).collect();
    while names.len() < count {
        names.extend(Some(chance.random_name()).filter(|name| is_name(name)));
    }
    names
}

fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() <= LONGEST && !name.contains(['/', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_names_and_another_others() {
        let first = generate_names(1, 500);
        assert_eq!((first.len(), &first), (500, &generate_names(1, 500)));
        assert_ne!(first, generate_names(2, 500));
        assert!(first.iter().any(|name| name.len() == LONGEST));
        assert!(first.iter().any(|name| name.trim().is_empty()));
    }
}
