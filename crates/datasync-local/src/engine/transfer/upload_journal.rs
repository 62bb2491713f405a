//! The multipart uploads that an execution has opened, on disk. Uploads that a crash leaves behind
//! are aborted on the next start, so that no parts stay in the bucket, where they cost and are not
//! listed.
//!
//! A crash between S3's response and our record leaves an upload that the journal does not have;
//! the bucket's lifecycle rule aborts it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws::SdkFailure;
use aws::exact_key::exact_key;
use serde::{Deserialize, Serialize};

use crate::clients::Clients;
use crate::state::AccountRegion;

/// The journal of one execution; its file is created with the first upload and removed with this
/// value.
#[derive(Debug)]
pub(crate) struct UploadJournal {
    account_region: AccountRegion,
    /// The role that the uploads are opened with.
    role: String,
    path: PathBuf,
    file: Mutex<Option<File>>,
}

/// A line of the journal: one upload.
#[derive(Debug, Serialize, Deserialize)]
struct JournalLine {
    account: String,
    region: String,
    role: String,
    bucket: String,
    key: String,
    upload_id: String,
}

impl UploadJournal {
    pub(crate) fn new(
        directory: &Path,
        account_region: &AccountRegion,
        role: &str,
        execution_id: &str,
    ) -> Self {
        Self {
            account_region: account_region.clone(),
            role: role.to_owned(),
            path: directory.join(execution_id),
            file: Mutex::new(None),
        }
    }

    fn open_file(&self) -> io::Result<File> {
        fs::create_dir_all(self.path.parent().unwrap_or(Path::new(".")))?;
        OpenOptions::new().create(true).append(true).open(&self.path)
    }

    /// Records an upload before any part of it is sent.
    pub(crate) fn record_upload(&self, bucket: &str, key: &str, upload_id: &str) -> io::Result<()> {
        let AccountRegion { account, region } = self.account_region.clone();
        let upload = JournalLine {
            account,
            region,
            role: self.role.clone(),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            upload_id: upload_id.to_owned(),
        };
        let mut line = serde_json::to_vec(&upload)?;
        line.push(b'\n');
        let mut open = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = match open.take() {
            Some(file) => file,
            None => self.open_file()?,
        };
        file.write_all(&line)?;
        *open = Some(file);
        Ok(())
    }
}

impl Drop for UploadJournal {
    fn drop(&mut self) {
        let has_file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner).is_some();
        if has_file && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!("`{}` could not be removed: {error}", self.path.display());
        }
    }
}

/// Aborts the uploads that earlier processes left open, by their journals. The next start tries
/// again to abort those that remain.
pub(crate) async fn abort_left_uploads(directory: &Path, clients: &Clients) {
    // Without the directory there never was an upload.
    let Ok(journals) = fs::read_dir(directory) else { return };
    for path in journals.filter_map(|entry| Some(entry.ok()?.path())) {
        let mut all_done = true;
        // A line that a crash truncated is of an upload without parts.
        let text = fs::read_to_string(&path).unwrap_or_default();
        for upload in text.lines().filter_map(|line| serde_json::from_str::<JournalLine>(line).ok())
        {
            all_done &= abort_upload(&upload, clients).await;
        }
        if all_done && let Err(error) = fs::remove_file(&path) {
            tracing::warn!("`{}` could not be removed: {error}", path.display());
        }
    }
}

/// Aborts the upload; `true` when it does not exist any more.
async fn abort_upload(upload: &JournalLine, clients: &Clients) -> bool {
    let (account, region) = (upload.account.clone(), upload.region.clone());
    let (key, id) = (&upload.key, &upload.upload_id);
    let client = clients.s3_of_role(&AccountRegion { account, region }, &upload.role);
    let request = client.abort_multipart_upload().bucket(&upload.bucket).key(exact_key(key));
    match request.upload_id(id).send().await.map_err(SdkFailure::from) {
        Ok(_) => {
            tracing::info!("aborted upload {id} of {key}, which a crash had left open");
            true
        }
        Err(failure) if failure.is(&["NoSuchUpload", "NoSuchBucket"]) => true,
        Err(failure) => {
            tracing::warn!("upload {id} of {key} could not be aborted: {failure}");
            false
        }
    }
}
