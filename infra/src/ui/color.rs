//! Colours of plans: each line by the sign that it begins with.

use anstyle::{AnsiColor, Style};

const COLORS: [(&str, AnsiColor); 5] = [
    ("-/+ ", AnsiColor::Magenta),
    ("+ ", AnsiColor::Green),
    ("~ ", AnsiColor::Yellow),
    ("- ", AnsiColor::Red),
    ("! ", AnsiColor::BrightRed),
];

/// Returns the text with the colour of each line that begins with a sign.
pub(crate) fn color_signs(text: &str) -> String {
    text.split_inclusive('\n').map(color_line).collect()
}

fn color_line(line: &str) -> String {
    let found = COLORS.iter().find(|(sign, _)| line.trim_start().starts_with(sign));
    let Some((_, color)) = found else { return line.to_owned() };
    let style = Style::new().fg_color(Some((*color).into()));
    let (text, end) = line.split_at(line.trim_end_matches('\n').len());
    format!("{style}{text}{style:#}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_with_a_sign_have_a_color() {
        let text = "Network\n  + VPC vpc\n-/+ subnet a\n    ~ b\n  - c\n  ! d\n    x -> y";
        let colored = color_signs(text);
        assert_eq!(anstream::adapter::strip_str(&colored).to_string(), text);
        assert_eq!(colored.matches("\u{1b}[0m").count(), 5);
        assert!(colored.starts_with("Network\n\u{1b}[32m  + VPC vpc\u{1b}[0m\n"));
        assert!(colored.ends_with("    x -> y"));
    }
}
