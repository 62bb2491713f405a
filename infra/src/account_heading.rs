//! The heading of the commands that plan or change something: stack, account, region and caller.

use crate::access::Access;
use crate::context::StackContext;
use crate::ui::output;

pub(crate) const ACCESS: Access = Access { stack: &["iam:ListAccountAliases"], ..Access::NONE };

/// Prints the heading to standard error, before anything of the stack is read.
pub(crate) async fn print_heading(context: &StackContext) {
    let alias = if context.local { None } else { read_alias(&context.aws.iam).await };
    let names = context.names();
    output::print_progress(heading_text(&Heading {
        stack: &names.stack,
        account: &names.account,
        note: if context.local { Some("local cloud") } else { alias.as_deref() },
        region: &names.region,
        caller: context.caller_arn.as_deref(),
    }));
}

/// Returns the account's alias; an account has at most one (IAM API reference,
/// `ListAccountAliases`). `None` also where the call is denied: the heading is complete without it.
async fn read_alias(iam: &aws_sdk_iam::Client) -> Option<String> {
    let listed = iam.list_account_aliases().send().await.ok()?;
    listed.account_aliases.into_iter().next()
}

struct Heading<'a> {
    stack: &'a str,
    account: &'a str,
    /// The alias, or the name of the local cloud.
    note: Option<&'a str>,
    region: &'a str,
    caller: Option<&'a str>,
}

fn heading_text(heading: &Heading<'_>) -> String {
    let Heading { stack, account, note, region, caller } = heading;
    let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
    let caller = caller.map(|arn| format!("\ncaller   {arn}")).unwrap_or_default();
    format!("stack    {stack}\naccount  {account}{note}\nregion   {region}{caller}\n")
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::Client;
    use aws_sdk_iam::operation::list_account_aliases::{
        ListAccountAliasesError, ListAccountAliasesOutput,
    };
    use aws_smithy_mocks::{MockResponseInterceptor, Rule, create_mock_http_client, mock};

    use super::*;

    #[test]
    fn the_heading_names_stack_account_region_and_caller() {
        let caller = "arn:aws:sts::111122223333:assumed-role/Deploy/ann";
        let heading = Heading {
            stack: "backup",
            account: "111122223333",
            note: Some("production"),
            region: "eu-central-1",
            caller: Some(caller),
        };
        let bare = heading_text(&Heading { note: None, caller: None, ..heading });
        insta::assert_snapshot!(heading_text(&heading) + &bare, @"
        stack    backup
        account  111122223333 (production)
        region   eu-central-1
        caller   arn:aws:sts::111122223333:assumed-role/Deploy/ann
        stack    backup
        account  111122223333
        region   eu-central-1
        ");
    }

    fn iam_with(rule: &Rule) -> Client {
        let config = aws_sdk_iam::Config::builder()
            .behavior_version_latest()
            .region(aws_sdk_iam::config::Region::from_static("eu-central-1"))
            .credentials_provider(aws_sdk_iam::config::Credentials::new("a", "b", None, None, ""))
            .http_client(create_mock_http_client())
            .interceptor(MockResponseInterceptor::new().with_rule(rule));
        Client::from_conf(config.build())
    }

    #[tokio::test]
    async fn the_alias_is_optional() {
        let listed = mock!(Client::list_account_aliases).then_output(|| {
            let output = ListAccountAliasesOutput::builder().account_aliases("production");
            output.is_truncated(false).build().expect("the required fields are set")
        });
        assert_eq!(read_alias(&iam_with(&listed)).await.as_deref(), Some("production"));
        let denied = mock!(Client::list_account_aliases)
            .then_error(|| ListAccountAliasesError::unhandled("AccessDenied"));
        assert_eq!(read_alias(&iam_with(&denied)).await, None);
        assert_eq!(denied.num_calls(), 1);
    }
}
