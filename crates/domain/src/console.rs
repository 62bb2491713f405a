//! Links into AWS's web console. Their forms are not documented; each is one small function, so
//! that a change is one line.

use crate::arn::ExecutionArn;
use crate::names::Names;

/// The execution's page in DataSync.
#[must_use]
pub fn execution_page(names: &Names, execution: &ExecutionArn) -> String {
    let path = format!("#/history/{}/{}", execution.task().id(), execution.id());
    service_page(names, "datasync", &path)
}

/// The task's page in DataSync.
#[must_use]
pub fn task_page(names: &Names, task_id: &str) -> String {
    service_page(names, "datasync", &format!("#/tasks/{task_id}"))
}

/// The page of DataSync's log about the execution; its stream has both ids in its name.
#[must_use]
pub fn execution_log(names: &Names, execution: &ExecutionArn) -> String {
    let group = encode_slashes(&names.task_log_group());
    let stream = format!("{}-{}", execution.task().id(), execution.id());
    service_page(
        names,
        "cloudwatch",
        &format!("#logsV2:log-groups/log-group/{group}/log-events/{stream}"),
    )
}

/// The page of a prefix of a bucket.
#[must_use]
pub fn prefix_page(names: &Names, bucket: &str, prefix: &str) -> String {
    format!(
        "https://{}.{}/s3/buckets/{bucket}?prefix={prefix}",
        names.region,
        console_domain(names)
    )
}

fn service_page(names: &Names, service: &str, path: &str) -> String {
    let region = &names.region;
    format!("https://{region}.{}/{service}/home?region={region}{path}", console_domain(names))
}

fn console_domain(names: &Names) -> &'static str {
    names.console_domain()
}

/// The console's own way to write `/` in a path behind `#`.
fn encode_slashes(text: &str) -> String {
    text.replace('/', "$252F")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXECUTION: &str = "arn:aws:datasync:eu-central-1:111122223333:task/\
                             task-0806c70094b09457b/execution/exec-0fcddf3728817690d";

    #[test]
    fn each_link_leads_to_its_region_and_partition() {
        let arn = ExecutionArn::parse(EXECUTION).unwrap();
        let [names, china, europe] = ["eu-central-1", "cn-north-1", "eusc-de-east-1"]
            .map(|region| Names::new("backup", "111122223333", region));
        let links = [
            execution_page(&names, &arn),
            task_page(&names, arn.task().id()),
            execution_log(&names, &arn),
            prefix_page(&names, "records", "reports/"),
            execution_page(&china, &arn),
            task_page(&europe, arn.task().id()),
        ];
        insta::assert_snapshot!(links.join("\n"), @r"
        https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
        https://eu-central-1.console.aws.amazon.com/datasync/home?region=eu-central-1#/tasks/task-0806c70094b09457b
        https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Fefs-s3$252Fbackup$252Fdatasync/log-events/task-0806c70094b09457b-exec-0fcddf3728817690d
        https://eu-central-1.console.aws.amazon.com/s3/buckets/records?prefix=reports/
        https://cn-north-1.console.amazonaws.cn/datasync/home?region=cn-north-1#/history/task-0806c70094b09457b/exec-0fcddf3728817690d
        https://eusc-de-east-1.console.amazonaws-eusc.eu/datasync/home?region=eusc-de-east-1#/tasks/task-0806c70094b09457b
        ");
    }
}
