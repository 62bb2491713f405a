//! Locations: an EFS file system (a directory here) and an S3 prefix.

use domain::arn::{Arn, bucket_name, resource_id};
use serde::{Deserialize, Serialize};

use super::shapes::{Ec2Config, S3Config};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredLocation {
    pub arn: String,
    /// Seconds since the epoch.
    pub created: f64,
    pub kind: LocationKind,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LocationKind {
    Efs(EfsLocation),
    S3(S3Location),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EfsLocation {
    pub file_system_arn: String,
    /// The subdirectory as given; empty for the root.
    pub subdirectory: String,
    pub ec2_config: Ec2Config,
    pub access_point_arn: Option<String>,
    pub file_system_access_role_arn: Option<String>,
    /// `NONE` or `TLS1_2`.
    pub in_transit_encryption: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct S3Location {
    pub bucket_arn: String,
    /// The subdirectory as given; empty for the root.
    pub subdirectory: String,
    pub storage_class: String,
    pub config: S3Config,
}

impl StoredLocation {
    /// `loc-…`.
    #[must_use]
    pub fn id(&self) -> &str {
        resource_id(&self.arn)
    }

    /// `efs://<region>.<fs-id>/<path>/` or `s3://<bucket>/<prefix>/`.
    #[must_use]
    pub fn to_uri(&self) -> String {
        match &self.kind {
            LocationKind::Efs(efs) => {
                let region = Arn::parse(&efs.file_system_arn).map_or("", |arn| arn.region);
                format!(
                    "efs://{region}.{}/{}",
                    efs.file_system_id(),
                    as_directory_prefix(&efs.subdirectory)
                )
            }
            LocationKind::S3(s3) => format!("s3://{}/{}", s3.bucket_name(), s3.key_prefix()),
        }
    }
}

impl EfsLocation {
    /// `fs-…`.
    #[must_use]
    pub fn file_system_id(&self) -> &str {
        resource_id(&self.file_system_arn)
    }
}

impl S3Location {
    #[must_use]
    pub fn bucket_name(&self) -> &str {
        bucket_name(&self.bucket_arn)
    }

    /// The prefix of every key: empty, or ending in a slash.
    #[must_use]
    pub fn key_prefix(&self) -> String {
        as_directory_prefix(&self.subdirectory)
    }
}

/// The subdirectory without a slash at its start, and with one at its end; the root is empty. That
/// a leading slash is dropped is observed, not documented.
fn as_directory_prefix(subdirectory: &str) -> String {
    let inner = subdirectory.trim_matches('/');
    if inner.is_empty() { String::new() } else { format!("{inner}/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s3_location(subdirectory: &str) -> StoredLocation {
        let kind = LocationKind::S3(S3Location {
            bucket_arn: "arn:aws:s3:::bucket".into(),
            subdirectory: subdirectory.into(),
            storage_class: "STANDARD".into(),
            config: S3Config { bucket_access_role_arn: "arn:aws:iam::111122223333:role/r".into() },
        });
        StoredLocation {
            arn: "arn:aws:datasync:us-east-1:111122223333:location/loc-1".into(),
            created: 0.0,
            kind,
        }
    }

    #[test]
    fn uris_end_in_one_slash() {
        for (given, uri) in [
            ("", "s3://bucket/"),
            ("/", "s3://bucket/"),
            ("/a/b", "s3://bucket/a/b/"),
            ("a/", "s3://bucket/a/"),
        ] {
            assert_eq!(s3_location(given).to_uri(), uri);
        }
    }
}
