//! Buckets of other accounts and Regions, as the local cloud has them.

use anyhow::{Context, Result, ensure};
use aws_sdk_s3::Client;
use e2e::cloud::Cloud;
use e2e::owned_bucket::{OwnedBucket, s3_of_role};
use serde_json::{Value, json};

const OWNER: &str = "100000000094";
const AWAY: &str = "eu-west-1";
const BUCKET: &str = "vault-of-another-account";

/// A statement for the roles of an account, as `efs-s3 bucket-policy` writes it.
fn allow_role(account: &str, role: &str, actions: &[&str], resource: &str) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
        "Action": actions,
        "Resource": format!("arn:aws:s3:::{BUCKET}{resource}"),
        "Condition": { "ArnEquals": { "aws:PrincipalArn": role } },
    })
}

fn policy_of(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

async fn may_list(s3: &Client) -> bool {
    s3.list_objects_v2().bucket(BUCKET).prefix("home/").send().await.is_ok()
}

async fn may_put(s3: &Client, key: &str) -> bool {
    s3.put_object().bucket(BUCKET).key(key).send().await.is_ok()
}

/// Nobody of another account gets in but the role that the owner's policy means, for the actions
/// and objects that it names, in the bucket's own Region.
pub(crate) async fn the_owners_policy_decides_who_gets_in(
    cloud: &Cloud,
    account: &str,
) -> Result<()> {
    let role = format!("arn:aws:iam::{account}:role/writer");
    let other = format!("arn:aws:iam::{account}:role/other");
    let client = |region: &str, role: &str| s3_of_role(cloud, region, account, role);
    let writer = client(AWAY, &role);
    let bucket = OwnedBucket::create(cloud, OWNER, AWAY, BUCKET).await?;
    ensure!(!may_list(&writer).await, "without a policy a role of another account gets in");

    let list = allow_role(account, &role, &["s3:ListBucket"], "");
    let write = allow_role(account, &role, &["s3:PutObject"], "/home/*");
    let deny = json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")],
        "Condition": { "Bool": { "aws:SecureTransport": "false" } } });
    bucket.put_policy(&policy_of(&[list, write, deny])).await?;
    ensure!(may_list(&writer).await && may_put(&writer, "home/file").await, "the role is let in");
    ensure!(!may_put(&writer, "elsewhere/file").await, "an object that the policy does not name");
    ensure!(writer.get_object().bucket(BUCKET).key("home/file").send().await.is_err(), "an action");
    ensure!(!may_list(&client(AWAY, &other)).await, "another role of the same account");
    ensure!(!may_list(&s3_of_role(cloud, AWAY, "100000000095", &role)).await, "a borrowed name");
    ensure!(!may_list(&client("eu-central-1", &role)).await, "another Region");
    ensure!(bucket.list_keys().await? == ["home/file"], "what was written is the owner's");
    bucket.delete().await.context("the owner deletes what the role wrote")
}
