//! Requests that create and change a task.

use aws::SdkFailure;
use aws_sdk_datasync::operation::create_task::builders::CreateTaskFluentBuilder;
use aws_sdk_datasync::operation::update_task::builders::UpdateTaskFluentBuilder;

use super::{Task, tag_list, to_filters};
use crate::Aws;
use crate::resource_id::ResourceId;

impl Task {
    pub(super) fn create_request(
        &self,
        aws: &Aws,
        id: &ResourceId,
    ) -> Result<CreateTaskFluentBuilder, SdkFailure> {
        let create = aws.datasync.create_task().name(&self.name);
        let create =
            create.set_cloud_watch_log_group_arn((!self.is_enhanced()).then(|| self.log_group()));
        let create = create.task_mode(self.mode.as_str().into());
        let create = create.source_location_arn(&self.source_location_arn);
        let create = create.destination_location_arn(&self.destination_location_arn);
        let create = create
            .options(self.options.to_api(&self.mode))
            .task_report_config(self.report.to_api()?);
        let create = create
            .set_includes(to_filters(&self.includes))
            .set_excludes(to_filters(&self.excludes));
        Ok(create.set_tags(Some(tag_list(aws, id))))
    }

    pub(super) fn update_request(
        &self,
        aws: &Aws,
        arn: &str,
    ) -> Result<UpdateTaskFluentBuilder, SdkFailure> {
        let update = aws.datasync.update_task().task_arn(arn).name(&self.name);
        let update = update
            .cloud_watch_log_group_arn(self.log_group())
            .options(self.options.to_api(&self.mode));
        let update = update.task_report_config(self.report.to_api()?);
        let (includes, excludes) = (to_filters(&self.includes), to_filters(&self.excludes));
        // An absent list would leave the patterns as they are.
        Ok(update
            .set_includes(includes.or(Some(Vec::new())))
            .set_excludes(excludes.or(Some(Vec::new()))))
    }
}
