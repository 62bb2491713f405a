//! An access point of a file system.

use serde::{Deserialize, Serialize};

use crate::Aws;
use crate::kind_error::{KindError, none_if_refused};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExistingAccessPoint {
    pub arn: String,
    pub file_system_id: String,
    /// Everybody is one user through it.
    pub enforces_user: bool,
}

/// The access point of this id.
///
/// # Errors
/// [`KindError`] when the call fails.
pub async fn read_access_point(
    aws: &Aws,
    id: &str,
) -> Result<Option<ExistingAccessPoint>, KindError> {
    let answer = aws.efs.describe_access_points().access_point_id(id).send().await;
    let doing = "reading EFS access point";
    let answer = none_if_refused(answer, &["AccessPointNotFound"], doing, id)?;
    let described = answer.and_then(|answer| answer.access_points).unwrap_or_default();
    Ok(described.into_iter().next().map(|found| ExistingAccessPoint {
        arn: found.access_point_arn.unwrap_or_default(),
        file_system_id: found.file_system_id.unwrap_or_default(),
        enforces_user: found.posix_user.is_some(),
    }))
}

#[cfg(test)]
mod tests {
    use aws_sdk_efs::Client;
    use aws_sdk_efs::operation::describe_access_points::DescribeAccessPointsOutput;
    use aws_sdk_efs::types::{AccessPointDescription, PosixUser};
    use aws_smithy_mocks::mock;

    use super::*;
    use crate::testing::mocked::{self, client, refusal};

    #[tokio::test]
    async fn an_access_point_has_its_file_system() {
        let describe = mock!(Client::describe_access_points).then_output(|| {
            let user = PosixUser::builder().uid(1).gid(1).build().unwrap();
            let point =
                AccessPointDescription::builder().access_point_arn("arn:ap").file_system_id("fs-1");
            DescribeAccessPointsOutput::builder()
                .access_points(point.posix_user(user).build())
                .build()
        });
        let aws = Aws { efs: client!(aws_sdk_efs, &describe), ..mocked::aws() };
        let expected = ExistingAccessPoint {
            arn: "arn:ap".into(),
            file_system_id: "fs-1".into(),
            enforces_user: true,
        };
        assert_eq!(read_access_point(&aws, "fsap-1").await.unwrap(), Some(expected));
    }

    #[tokio::test]
    async fn what_is_absent_is_no_error() {
        let points = mock!(Client::describe_access_points)
            .then_http_response(|| refusal(404, "AccessPointNotFound", "none"));
        let aws = Aws { efs: client!(aws_sdk_efs, &points), ..mocked::aws() };
        assert_eq!(read_access_point(&aws, "fsap-1").await.unwrap(), None);
    }
}
