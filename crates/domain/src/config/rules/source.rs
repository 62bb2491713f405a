//! `[source]`: a folder that DataSync takes, an access point's id.

use super::Problems;
use crate::config::ids::is_id;
use crate::config::{SourceConfig, location_path};

pub(super) fn check(source: &SourceConfig, problems: &mut Problems) {
    problems.refused(
        "source.subdirectory",
        &source.subdirectory,
        location_path::check_folder(&source.subdirectory),
    );
    if let Some(id) = &source.access_point_id {
        let allowed = "must be the id of an access point, fsap- and 8 or 17 hexadecimal digits; `aws efs \
                       describe-access-points` lists them";
        problems.require(is_id(id, "fsap-"), "source.access_point_id", id, allowed);
    }
}
