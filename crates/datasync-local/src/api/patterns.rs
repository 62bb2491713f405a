//! The patterns and lengths of the API model (2018-11-09) for the supported parameters.

use regex_lite::Regex;

use super::ApiError;

/// A string type of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ModelPattern {
    LocationArn,
    TaskArn,
    ExecutionArn,
    FileSystemArn,
    AccessPointArn,
    SubnetArn,
    SecurityGroupArn,
    RoleArn,
    BucketArn,
    LogGroupArn,
    Subdirectory,
    /// Tag values and task names.
    TagValue,
    TagKey,
    NextToken,
    FilterValue,
    TaggableArn,
    ScheduleExpression,
}

const PARTITION: &str = "arn:(aws|aws-cn|aws-us-gov|aws-eusc|aws-iso|aws-iso-b)";

impl ModelPattern {
    #[cfg(test)]
    const ALL: [Self; 17] = [
        Self::LocationArn,
        Self::TaskArn,
        Self::ExecutionArn,
        Self::FileSystemArn,
        Self::AccessPointArn,
        Self::SubnetArn,
        Self::SecurityGroupArn,
        Self::RoleArn,
        Self::BucketArn,
        Self::LogGroupArn,
        Self::Subdirectory,
        Self::TagValue,
        Self::TagKey,
        Self::NextToken,
        Self::FilterValue,
        Self::TaggableArn,
        Self::ScheduleExpression,
    ];

    /// The model's pattern, with `\p{Zs}` written out, and its greatest length.
    fn pattern_and_length(self) -> (String, usize) {
        let datasync = |rest: &str| format!("^{PARTITION}:datasync:[a-z0-9-]+:[0-9]{{12}}:{rest}$");
        match self {
            Self::LocationArn => (datasync("location/loc-[0-9a-z]{17}"), 128),
            Self::TaskArn => (datasync("task/task-[0-9a-f]{17}"), 128),
            Self::ExecutionArn => {
                (datasync("task/task-[0-9a-f]{17}/execution/exec-[0-9a-f]{17}"), 128)
            }
            Self::TaggableArn => (
                datasync("(task|location)/(task|loc)-[a-z0-9]{17}(/execution/exec-[a-f0-9]{17})?"),
                128,
            ),
            Self::FileSystemArn => (efs_arn("file-system/fs-"), 128),
            Self::AccessPointArn => (efs_arn("access-point/fsap-"), 128),
            Self::SubnetArn => (ec2_arn("subnet/subnet-"), 128),
            Self::SecurityGroupArn => (ec2_arn("security-group/sg-"), 128),
            Self::RoleArn => (format!("^{PARTITION}:iam::[0-9]{{12}}:role/.*$"), 2048),
            Self::BucketArn => (format!("^{PARTITION}:s3:::[a-zA-Z0-9._-]{{1,255}}$"), 268),
            Self::LogGroupArn => (
                format!(r"^{PARTITION}:logs:[a-z0-9-]+:[0-9]{{12}}:log-group:([^:\*]*)(:\*)?$"),
                562,
            ),
            Self::Subdirectory => (format!("^[a-zA-Z0-9_+./()\\-{SPACES}]*$"), 4096),
            Self::TagValue => (r"^[a-zA-Z0-9\s+=._:@/-]*$".to_owned(), 256),
            Self::TagKey => (r"^[a-zA-Z0-9\s+=._:/-]+$".to_owned(), 256),
            Self::NextToken => ("^[a-zA-Z0-9=_-]+$".to_owned(), 65_535),
            Self::FilterValue => (r"^[^\x00]+$".to_owned(), 102_400),
            Self::ScheduleExpression => (r"^[a-zA-Z0-9 _*?,|^/#\s()+\-]*$".to_owned(), 256),
        }
    }

    /// Whether a text is of this type.
    pub(super) fn accepts_text(self, text: &str) -> bool {
        let (pattern, longest) = self.pattern_and_length();
        text.chars().count() <= longest
            && Regex::new(&pattern).is_ok_and(|regex| regex.is_match(text))
    }

    /// Checks the field called `field`.
    pub(super) fn check_field(self, field: &str, text: &str) -> Result<(), ApiError> {
        if self.accepts_text(text) {
            return Ok(());
        }
        let (pattern, longest) = self.pattern_and_length();
        let rule = format!("{field} must match {pattern} and have at most {longest} characters.");
        Err(ApiError::invalid_parameter(rule))
    }

    /// [`Self::check_field`] for a field that may be absent.
    pub(super) fn check_optional(self, field: &str, text: Option<&str>) -> Result<(), ApiError> {
        text.map_or(Ok(()), |text| self.check_field(field, text))
    }
}

/// Unicode's space separators (`\p{Zs}`).
const SPACES: &str = " \u{a0}\u{1680}\u{2000}-\u{200a}\u{202f}\u{205f}\u{3000}";

fn efs_arn(resource: &str) -> String {
    format!("^{PARTITION}:elasticfilesystem:[a-z0-9-]+:[0-9]{{12}}:{resource}[0-9a-f]{{8,40}}$")
}

fn ec2_arn(resource: &str) -> String {
    format!("^{PARTITION}:ec2:[a-z0-9-]*:[0-9]{{12}}:{resource}[a-f0-9]+$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in ModelPattern::ALL {
            assert!(Regex::new(&pattern.pattern_and_length().0).is_ok(), "{pattern:?}");
        }
    }

    const CASES: [(ModelPattern, &str, bool); 12] = [
        (
            ModelPattern::TaskArn,
            "arn:aws:datasync:us-east-1:111122223333:task/task-0806c70094b09457b",
            true,
        ),
        (
            ModelPattern::TaskArn,
            "arn:aws:datasync:us-east-1:111122223333:task/task-0806c70094b09457",
            false,
        ),
        (
            ModelPattern::FileSystemArn,
            "arn:aws:elasticfilesystem:eu-west-1:111122223333:file-system/fs-01234567",
            true,
        ),
        (ModelPattern::FileSystemArn, "fs-01234567", false),
        (ModelPattern::SubnetArn, "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0a", true),
        (ModelPattern::SubnetArn, "subnet-0a", false),
        (ModelPattern::Subdirectory, "/a b/(c)+d_e-f.g", true),
        (ModelPattern::Subdirectory, "date=2025-01-01", false),
        (ModelPattern::LogGroupArn, "arn:aws:logs:eu-west-1:111122223333:log-group:/a/b:*", true),
        (ModelPattern::FilterValue, "/a|*.tmp", true),
        (ModelPattern::FilterValue, "", false),
        (ModelPattern::TagKey, "datasync-local:fault", true),
    ];

    #[test]
    fn patterns_accept_what_the_model_accepts() {
        for (pattern, text, accepted) in CASES {
            assert_eq!(pattern.accepts_text(text), accepted, "{pattern:?} {text}");
        }
    }
}
