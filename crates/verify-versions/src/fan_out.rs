//! A check, alone or shared among invocations of this function.
//!
//! A report of one slice is checked by whom it wakes. A larger one is shared: a few invocations,
//! each on a lane of its own, sort its rows into slices, as many look at the slices, and whoever
//! finds the last one done makes the proof of all. Who runs short of time hands his lane on to the
//! next invocation. All that passes between them lies in the records bucket, written whole and
//! never differently: a job that is done twice comes to the same, and one that is lost is done when
//! somebody asks again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use domain::execution::Execution;
use domain::records::keys;
use domain::records::proof::Proof;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::aim::Aim;
use crate::check::{Check, CheckError};
use crate::handler::{Deployed, HandlerError, Invocation};
use crate::merge;
use crate::outcome::Outcome;
use crate::report::Report;
use crate::scratch::{AtWork, Begun, Looked, PartsRead, Sorted};
use crate::share::{Share, Step, jobs, lanes};
use crate::sort::sort;

/// Looking at a slice begins with reading its rows, which is not interrupted.
const TIME_TO_READ: Duration = Duration::from_secs(60);

/// What a check is made with.
struct Ground {
    execution: Execution,
    report: Report,
    storage_class: Option<&'static str>,
    before: Option<Proof>,
    may_be_null: bool,
}

impl Invocation<'_> {
    /// Makes the proof, or has it made. Of the invocations for one event only the first has others
    /// share in the work; a person's request has done whatever nobody is at.
    pub(crate) async fn check(
        &self,
        deployed: &Deployed,
        aim: Aim,
        for_event: bool,
    ) -> Result<Outcome, HandlerError> {
        let ground = self.ground(deployed, &aim).await?;
        let check = self.check_of(deployed, &aim, &ground);
        if ground.report.slices() == 1 {
            return self.alone(&check).await;
        }
        if for_event && !self.begins(&check.scratch().begun("check")).await? {
            return Ok(Outcome::under_way(&aim));
        }
        if self.all_done(&check, Step::Look).await? {
            return self.merged(&check).await;
        }
        let step = if self.all_done(&check, Step::Sort).await? { Step::Look } else { Step::Sort };
        self.start(&check, step).await
    }

    /// Does one lane's share.
    pub(crate) async fn share(
        &self,
        deployed: &Deployed,
        share: Share,
    ) -> Result<Outcome, HandlerError> {
        let Share { aim, step, lane } = &share;
        if let Some(proof) = self.app.records.read(&aim.proof()).await? {
            return self.already_proven(aim, proof).await;
        }
        let ground = self.ground(deployed, aim).await?;
        let check = self.check_of(deployed, aim, &ground);
        let slices = ground.report.slices();
        if slices == 1 {
            return self.alone(&check).await;
        }
        let scratch = check.scratch();
        let at_work = AtWork::until(self.until, self.now);
        self.app.records.write(&scratch.at_work(step.name(), *lane), &at_work).await?;
        let done = self.done(&check, *step).await?;
        for job in jobs(*lane, slices).filter(|job| !done.contains(&scratch.job(step.name(), *job)))
        {
            let begun = Instant::now();
            let is_done = self.job(&check, *step, job).await?;
            let needed = if *step == Step::Sort { begun.elapsed() * 2 } else { TIME_TO_READ };
            if !is_done || self.until.is_some_and(|until| SystemTime::now() + needed >= until) {
                self.hand_on(aim, *step, *lane).await?;
                return Ok(Outcome::under_way(aim));
            }
        }
        match step {
            _ if !self.all_done(&check, *step).await? => Ok(Outcome::under_way(aim)),
            Step::Sort if self.begins(&scratch.begun("look")).await? => {
                self.start(&check, Step::Look).await
            }
            Step::Sort => Ok(Outcome::under_way(aim)),
            Step::Look => self.merged(&check).await,
        }
    }

    /// Whether it is done; not when time ran out.
    async fn job(&self, check: &Check<'_>, step: Step, job: u64) -> Result<bool, HandlerError> {
        let (records, scratch) = (&self.app.records, check.scratch());
        let key = scratch.job(step.name(), job);
        match step {
            Step::Sort => {
                records.write(&key, &sort(records, &scratch, check.report, job).await?).await?
            }
            Step::Look => match check.look(job).await {
                Ok((_, looked)) => records.write(&key, &looked).await?,
                Err(CheckError::OutOfTime { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            },
        }
        Ok(true)
    }

    async fn alone(&self, check: &Check<'_>) -> Result<Outcome, HandlerError> {
        match check.look(0).await {
            Ok((read, looked)) => {
                let found = (vec![read], vec![looked]);
                self.conclude(check.aim, self.proof(check, found)).await
            }
            Err(CheckError::OutOfTime { .. }) => {
                self.hand_on(check.aim, Step::Look, 0).await?;
                Ok(Outcome::under_way(check.aim))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn merged(&self, check: &Check<'_>) -> Result<Outcome, HandlerError> {
        let (mut read, mut looked) = (Vec::new(), Vec::new());
        for job in 0..check.report.slices() {
            read.push(self.left::<Sorted>(check, Step::Sort, job).await?.read);
            looked.push(self.left::<Looked>(check, Step::Look, job).await?);
        }
        self.conclude(check.aim, self.proof(check, (read, looked))).await
    }

    fn proof(&self, check: &Check<'_>, found: (Vec<PartsRead>, Vec<Looked>)) -> Proof {
        merge::proof(
            check.report,
            check.aim,
            check.execution,
            &check.outputs.destination_bucket,
            found,
            self.now,
        )
    }

    async fn left<T: DeserializeOwned>(
        &self,
        check: &Check<'_>,
        step: Step,
        job: u64,
    ) -> Result<T, HandlerError> {
        let key = check.scratch().job(step.name(), job);
        self.app.records.read(&key).await?.ok_or(HandlerError::Unfinished { key })
    }

    async fn done(&self, check: &Check<'_>, step: Step) -> Result<BTreeSet<String>, HandlerError> {
        Ok(self.app.records.list(&check.scratch().done(step.name())).await?.into_iter().collect())
    }

    async fn all_done(&self, check: &Check<'_>, step: Step) -> Result<bool, HandlerError> {
        Ok(self.done(check, step).await?.len() as u64 == check.report.slices())
    }

    /// Has others do what is not done of a step and nobody is at.
    async fn start(&self, check: &Check<'_>, step: Step) -> Result<Outcome, HandlerError> {
        let (scratch, slices) = (check.scratch(), check.report.slices());
        let done = self.done(check, step).await?;
        for lane in lanes(slices) {
            let open = jobs(lane, slices).any(|job| !done.contains(&scratch.job(step.name(), job)));
            let at_work: Option<AtWork> =
                self.app.records.read(&scratch.at_work(step.name(), lane)).await?;
            if open && at_work.is_none_or(|at_work| at_work.until <= self.now) {
                self.hand_on(check.aim, step, lane).await?;
            }
        }
        Ok(Outcome::under_way(check.aim))
    }

    /// Whether it falls to this invocation to begin something, or did before it was tried again.
    async fn begins(&self, key: &str) -> Result<bool, HandlerError> {
        let begun = Begun { by: self.request_id.to_owned() };
        if self.app.records.write_once(key, &begun).await?.is_written() {
            return Ok(true);
        }
        Ok(self.app.records.read(key).await? == Some(begun))
    }

    /// Has another invocation go on with a lane.
    async fn hand_on(&self, aim: &Aim, step: Step, lane: u64) -> Result<(), HandlerError> {
        let share = Share { aim: aim.clone(), step, lane };
        self.invoke_itself(&json!({ "share": share }), &aim.execution.task()).await
    }

    async fn ground(&self, deployed: &Deployed, aim: &Aim) -> Result<Ground, HandlerError> {
        let records = &self.app.records;
        let execution = self.settled(deployed, &aim.execution).await?;
        let settles = self.app.versioning_settles;
        if let Some(until) = deployed.outputs.versioning_unsettled_until(settles, self.now) {
            return Err(HandlerError::VersioningUnsettled { execution: execution.arn, until });
        }
        let settled_at = deployed.outputs.versioning_settled_at(settles);
        let may_be_null = settled_at
            .is_some_and(|settled_at| execution.started_at.is_none_or(|at| at < settled_at));
        let storage_class =
            deployed.config.as_ref().map(|config| config.destination.storage_class.as_s3_str());
        let report = Report::list(records, &aim.execution, self.app.parts_a_slice).await?;
        let before = match aim.again {
            Some(_) => records.read(&keys::proof_document(aim.execution.id())).await?,
            None => None,
        };
        Ok(Ground { execution, report, storage_class, before, may_be_null })
    }

    fn check_of<'a>(
        &'a self,
        deployed: &'a Deployed,
        aim: &'a Aim,
        ground: &'a Ground,
    ) -> Check<'a> {
        let Ground { execution, report, storage_class, before, may_be_null } = ground;
        let (records, heads) = (&self.app.records, self.app.heads.as_ref());
        let (outputs, storage_class) = (&deployed.outputs, *storage_class);
        Check {
            records,
            heads,
            outputs,
            execution,
            aim,
            report,
            storage_class,
            before: before.as_ref(),
            may_be_null: *may_be_null,
            until: self.until,
        }
    }
}
