//! The multipart uploads an execution has opened, on disk: those that a crash leaves behind are
//! aborted on the next start, so that no parts stay in the bucket, where they cost and nobody sees
//! them.
//!
//! What crashes between S3's answer and our note is not known here; the bucket's lifecycle rule is
//! for that.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws::SdkFailure;
use aws::exact_key::exact_key;
use serde::{Deserialize, Serialize};

use crate::clients::Clients;
use crate::state::Place;

/// The journal of one execution; its file is made with the first upload and removed with this
/// value.
#[derive(Debug)]
pub(crate) struct UploadJournal {
    place: Place,
    path: PathBuf,
    file: Mutex<Option<File>>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
struct Opened {
    account: String,
    region: String,
    bucket: String,
    key: String,
    upload_id: String,
}

impl UploadJournal {
    pub(crate) fn new(directory: &Path, place: &Place, execution_id: &str) -> Self {
        Self { place: place.clone(), path: directory.join(execution_id), file: Mutex::new(None) }
    }

    /// Notes an upload before anything is sent to it.
    pub(super) fn note(&self, bucket: &str, key: &str, upload_id: &str) -> io::Result<()> {
        let Place { account, region } = self.place.clone();
        let (bucket, key, upload_id) = (bucket.to_owned(), key.to_owned(), upload_id.to_owned());
        let mut line = serde_json::to_vec(&Opened { account, region, bucket, key, upload_id })?;
        line.push(b'\n');
        let mut open = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = match open.take() {
            Some(file) => file,
            None => {
                fs::create_dir_all(self.path.parent().unwrap_or(Path::new(".")))?;
                OpenOptions::new().create(true).append(true).open(&self.path)?
            }
        };
        file.write_all(&line)?;
        *open = Some(file);
        Ok(())
    }
}

impl Drop for UploadJournal {
    fn drop(&mut self) {
        let noted = self.file.get_mut().unwrap_or_else(PoisonError::into_inner).is_some();
        if noted && let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!("`{}` could not be removed: {error}", self.path.display());
        }
    }
}

/// Aborts what earlier processes left open, as their journals tell. Those that could not be are
/// tried again on the next start.
pub(crate) async fn abort_left(directory: &Path, clients: &Clients) {
    // Without the folder there never was an upload.
    let Ok(journals) = fs::read_dir(directory) else { return };
    for path in journals.filter_map(|entry| Some(entry.ok()?.path())) {
        let mut all_done = true;
        // A line that a crash cut off was of an upload to which nothing had been sent.
        let text = fs::read_to_string(&path).unwrap_or_default();
        for opened in text.lines().filter_map(|line| serde_json::from_str::<Opened>(line).ok()) {
            all_done &= abort(&opened, clients).await;
        }
        if all_done && let Err(error) = fs::remove_file(&path) {
            tracing::warn!("`{}` could not be removed: {error}", path.display());
        }
    }
}

/// `true` when the upload is there no more.
async fn abort(opened: &Opened, clients: &Clients) -> bool {
    let place = Place { account: opened.account.clone(), region: opened.region.clone() };
    let request = clients
        .of(&place)
        .s3
        .abort_multipart_upload()
        .bucket(&opened.bucket)
        .key(exact_key(&opened.key));
    match request.upload_id(&opened.upload_id).send().await.map_err(SdkFailure::from) {
        Ok(_) => {
            tracing::info!(
                "aborted upload {} of {}, which a crash had left",
                opened.upload_id,
                opened.key
            );
            true
        }
        Err(failure) if failure.is(&["NoSuchUpload", "NoSuchBucket"]) => true,
        Err(failure) => {
            tracing::warn!(
                "upload {} of {} could not be aborted: {failure}",
                opened.upload_id,
                opened.key
            );
            false
        }
    }
}
