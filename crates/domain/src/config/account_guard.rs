//! `stack.account`: the account that the credentials must belong to.

use toml::de::DeTable;

use super::StackConfig;
use super::key_lines::KeyLines;
use super::problem::ConfigProblem;

const KEY: &str = "stack.account";

/// Refuses an account other than the one that the configuration names. `text` is the text of the
/// configuration, for the line.
///
/// # Errors
/// [`ConfigProblem`] with key, line and value, and the account found.
pub fn refuse_other_account(
    config: &StackConfig,
    text: &str,
    found: &str,
) -> Result<(), ConfigProblem> {
    match &config.stack.account {
        Some(account) if account != found => Err(other_account(account, text, found)),
        _ => Ok(()),
    }
}

fn other_account(account: &str, text: &str, found: &str) -> ConfigProblem {
    let message = format!("the credentials are of account {found}, so nothing was read or changed");
    let (document, _) = DeTable::parse_recoverable(text);
    ConfigProblem {
        line: KeyLines::from_document(document.get_ref(), text).line_of(KEY),
        ..ConfigProblem::new(KEY, Some(format!("{account:?}")), message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    #[test]
    fn only_the_named_account_is_accepted() {
        let text = "[stack]\nname = \"backup\"\nregion = \"eu-central-1\"\n";
        let anywhere = parse(text).unwrap();
        assert_eq!(refuse_other_account(&anywhere, text, "444455556666"), Ok(()));
        let guarded = format!("{text}\naccount = \"111122223333\"\n");
        let config = parse(&guarded).unwrap();
        assert_eq!(refuse_other_account(&config, &guarded, "111122223333"), Ok(()));
        let refused = refuse_other_account(&config, &guarded, "444455556666").unwrap_err();
        insta::assert_snapshot!(refused, @r#"line 5: stack.account = "111122223333": the credentials are of account 444455556666, so nothing was read or changed"#);
    }
}
