//! The product's story: the demo tells it, the end-to-end tests assert it. Every step checks what
//! it shows.

mod bucket;
mod mishaps;
mod steps;

use std::time::Instant;

use anyhow::{Context, Result};

use crate::cloud::Cloud;
use crate::deployment::Deployment;

use steps::Story;

/// Who hears the story.
pub trait Narrator {
    /// A step begins.
    fn begin(&mut self, title: &str);
    /// Something a step has found out.
    fn say(&mut self, text: &str);
    /// A step is over, as it should be.
    fn end(&mut self, elapsed: std::time::Duration);
}

/// Nobody.
#[derive(Debug)]
pub struct Silence;

impl Narrator for Silence {
    fn begin(&mut self, _title: &str) {}
    fn say(&mut self, _text: &str) {}
    fn end(&mut self, _elapsed: std::time::Duration) {}
}

/// Tells the whole story on a running cloud.
///
/// # Errors
/// With the step that was not as expected.
pub async fn tell(
    cloud: &Cloud,
    account: &str,
    shown: bool,
    narrator: &mut dyn Narrator,
) -> Result<()> {
    let mut story = Story::new(Deployment::prepare(cloud, account, "demo", shown).await?);
    macro_rules! step {
        ($title:literal, $step:ident) => {
            let started = Instant::now();
            narrator.begin($title);
            story.$step(narrator).await.context($title)?;
            narrator.end(started.elapsed());
        };
    }
    step!("plan: what deploy would make", plan);
    step!("deploy: control plane by the command line, data plane by bootstrap-stack", deploy);
    step!("deploy again: nothing to do", deploy_again);
    step!("put a tree of files on the file system", plant);
    step!("sync --wait: copy it to S3 and prove every version", first_sync);
    step!("sync --wait, twice: nothing has changed, and nobody is told", unchanged);
    step!("change, add and delete some files", edit);
    step!("sync --wait: only what changed", second_sync);
    step!("delete one object version behind the pipeline's back", break_one_version);
    step!("verify: find exactly that one", verify);
    step!("the alert, as the subscriber receives it", alert);
    step!("restore: the tree of the first run, beside the files of today", restore);
    step!("a run that fails, and its alert", fail);
    step!("a run that gets stuck is cancelled, and its alert", stick);
    step!("well again: that is told too", recover);
    step!("the schedule starts a run; then it is paused", scheduled);
    step!("status", status);
    Ok(())
}
