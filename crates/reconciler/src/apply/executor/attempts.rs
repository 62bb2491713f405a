//! The attempts at one step.

use tokio::time::Instant;

use super::{ApplyPhase, Done, Executor, ResolvedResource};
use crate::diff::changed_fields;
use crate::kind_error::KindError;
use crate::plan::Step;
use crate::resource_kind::LiveResource;
use crate::resources::Resource;
use crate::wait::{self, IAM_PROPAGATION};

impl Executor<'_> {
    pub(super) async fn retry_step(
        &self,
        phase: ApplyPhase,
        step: &Step,
        resolved: &ResolvedResource,
    ) -> Done {
        let mut tries = 0;
        let passes =
            |error: &KindError| error.is_throttled() || self.young.may_pass(error, Instant::now());
        let result = wait::retry(IAM_PROPAGATION, passes, async || {
            tries += 1;
            match phase {
                ApplyPhase::CreateOrUpdate => {
                    self.create_or_update(step, resolved, tries > 1).await
                }
                ApplyPhase::Destroy | ApplyPhase::DestroyReplaced => {
                    self.take_away(step, &resolved.resource).await
                }
            }
        });
        result.await
    }

    pub(super) async fn update_changed(
        &self,
        step: &Step,
        resource: &Resource,
        found: &LiveResource,
    ) -> Result<(), KindError> {
        let changed = changed_fields(&found.state, &resource.to_json());
        if changed.is_empty() {
            return Ok(());
        }
        resource.update(self.aws, &step.id, found, &changed).await
    }
}
