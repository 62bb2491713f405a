//! The mark that this stack restores: from its first restore on, the restore's resources belong to
//! the data plane.

use serde::{Deserialize, Serialize};

use crate::config::SourceConfig;

/// The target of restored files. There is one location for all restores: each restore sets its own
/// directory, so that none is left over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreTarget {
    /// Below the source's directory: empty for that directory itself, otherwise without `/` at the
    /// beginning and with one at the end.
    pub directory: String,
    /// It was a directory of the source before: executions go on copying it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub existed: bool,
}

impl RestoreTarget {
    /// The path of the access point that makes the directory at the first mount. `None` where there
    /// is nothing to make, where the source has an access point of its own, which none can be put
    /// in front of, and where EFS takes no such path: at most 100 characters and four names, none
    /// of which begins with a dot (EFS API reference, `RootDirectory`).
    #[must_use]
    pub fn access_point_path(&self, source: &SourceConfig) -> Option<String> {
        let path = format!("{}{}", source.subdirectory, self.directory.trim_end_matches('/'));
        let names = path.split('/').skip(1);
        let fits = path.len() <= 100
            && names.clone().count() <= 4
            && !names.clone().any(|name| name.starts_with('.'));
        (!self.directory.is_empty() && source.access_point_id.is_none() && fits).then_some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_point_makes_what_efs_lets_it_make() {
        for (subdirectory, directory, path) in [
            ("/", "back/", Some("/back")),
            ("/shared/", "a b/c/", Some("/shared/a b/c")),
            ("/", "", None),
            ("/a/b/", "c/d/", Some("/a/b/c/d")),
            ("/a/b/c/", "d/e/", None),
            ("/", ".hidden/", None),
            ("/", &format!("{}/", "x".repeat(100)), None),
        ] {
            let whole = SourceConfig { subdirectory: subdirectory.into(), access_point_id: None };
            let limited = SourceConfig { access_point_id: Some("fsap-1".into()), ..whole.clone() };
            let target = RestoreTarget { directory: directory.into(), existed: false };
            let found = target.access_point_path(&whole);
            assert_eq!(found.as_deref(), path, "{subdirectory} {directory}");
            assert_eq!(target.access_point_path(&limited), None);
        }
    }
}
