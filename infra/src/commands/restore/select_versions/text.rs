//! The selected versions as text.

use domain::config::PreserveDeletedFiles;
use domain::point_in_time::format_time;
use domain::printable::escape_unprintable;

use super::SelectedVersions;
use crate::ui::format::format_bytes;

impl SelectedVersions {
    /// Returns the remarks for people.
    pub(in crate::commands::restore) fn remark_lines(&self) -> Vec<String> {
        [
            self.not_restorable.text_lines("objects cannot exist in a file system as they are"),
            self.did_not_stand.text_lines("versions did not exist then, and stay in S3"),
            self.undecided.text_lines("versions may not have existed then"),
            self.refused.text_lines(
                "files stay in S3, because setuid and setgid need a proof (`efs-s3 verify \
                    <execution>` creates one)",
            ),
            self.unproven.text_lines("files get an owner that no proof lists"),
        ]
        .concat()
    }

    pub(in crate::commands::restore) fn dry_run_text(
        &self,
        directory: &str,
        deleted: PreserveDeletedFiles,
    ) -> String {
        let size = format_bytes(i64::try_from(self.bytes).unwrap_or(i64::MAX));
        let at = format_time(self.as_of);
        let destination = if directory.is_empty() { "the source directory" } else { directory };
        let (files, directories) = (self.files, self.directories);
        let mut lines = vec![format!(
            "Would restore {files} files ({size}) and {directories} directories as of {at} into \
                {destination}:"
        )];
        lines.extend(self.first.iter().map(|path| format!("  {}", escape_unprintable(path))));
        let more = self.files.saturating_sub(self.first.len() as u64);
        if more > 0 {
            lines.push(format!("  … and {more} more; `--all` shows them"));
        }
        if self.shown == usize::MAX {
            let directories = self.tree.iter().map(|directory| format!("{}/", directory.path));
            lines.extend(directories.map(|path| format!("  {}", escape_unprintable(&path))));
        }
        lines.extend(self.remark_lines());
        if self.archived > 0 {
            lines.push(format!(
                "{} of them are archived and must be copied with RestoreObject first:",
                self.archived
            ));
            lines.extend(
                self.first_archived.iter().map(|path| format!("  {}", escape_unprintable(path))),
            );
        }
        if deleted == PreserveDeletedFiles::Preserve {
            let kept = "task.preserve_deleted_files is PRESERVE, so S3 keeps files that were \
                deleted: they are restored too.";
            lines.push(kept.to_owned());
        }
        lines.push("Nothing was changed.\n".to_owned());
        lines.join("\n")
    }
}
