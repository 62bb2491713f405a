//! Common kinds of profiles work. Each source of credentials is a cargo feature of `aws-config`,
//! and without it the profile is refused with the feature's name.

use std::error::Error;

use aws_config::profile::ProfileFileCredentialsProvider;
// Their replacements are in a crate that is not a dependency.
#[expect(deprecated)]
use aws_config::profile::profile_file::{ProfileFileKind, ProfileFiles};
use aws_config::provider_config::ProviderConfig;
use aws_sdk_s3::config::{Credentials, ProvideCredentials, Region};

#[expect(deprecated)]
async fn credentials_of(profile: &str) -> Result<Credentials, String> {
    let files = ProfileFiles::builder().with_contents(ProfileFileKind::Config, profile).build();
    let config =
        ProviderConfig::without_region().with_region(Some(Region::from_static("eu-central-1")));
    let provider =
        ProfileFileCredentialsProvider::builder().configure(&config).profile_files(files);
    let answer = provider.profile_name("person").build().provide_credentials().await;
    answer.map_err(|error| {
        let causes = std::iter::successors(Some(&error as &dyn Error), |error| (*error).source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    })
}

#[tokio::test]
async fn a_credential_process_is_run() {
    let answer = r#"{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "secret"}"#;
    let profile = format!("[profile person]\ncredential_process = printf '%s' '{answer}'\n");
    let credentials = credentials_of(&profile).await.unwrap();
    assert_eq!(credentials.access_key_id(), "AKIDPROCESS");
}

#[tokio::test]
async fn single_sign_on_and_login_are_supported_and_need_a_session() {
    let sso = "[profile person]\nsso_session = company\nsso_account_id = 111122223333\n\
               sso_role_name = Deploy\n\
               [sso-session company]\nsso_region = eu-central-1\nsso_start_url = \
               https://company.example/start\n";
    let login = "[profile person]\nlogin_session = arn:aws:iam::111122223333:user/none-such\n";
    for profile in [sso, login] {
        let refused = credentials_of(profile).await.unwrap_err();
        assert!(!refused.contains("feature"), "{refused}");
        assert!(refused.contains("token") || refused.contains("login"), "{refused}");
    }
}
