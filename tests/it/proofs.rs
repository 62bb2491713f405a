//! Defects planted between a run and its verification, and losses between that and an audit: each
//! is found, nothing else.

mod spoiled_reports;

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::ByteStream;
use domain::arn::ExecutionArn;
use domain::function::FunctionName;
use domain::records::audit::Audit;
use domain::records::keys;
use domain::records::proof::{Defect, Notice, Proof, Verdict};
use e2e::cloud::Cloud;
use e2e::deployment::{Deployment, wait_until_some};
use e2e::project;
use e2e::subscriber::Subscriber;
use serde_json::{Value, json};

const FILES: [&str; 16] = [
    "gone",
    "hidden",
    "superseded",
    "version",
    "mode",
    "size",
    "owner",
    "group",
    "mtime",
    "failed",
    "checksum",
    "verified",
    "unverified",
    "twice",
    "größe und mehr",
    "sound",
];

/// The planted defects, by the path of the file.
const PLANTED: [(&str, Defect); 13] = [
    ("/gone", Defect::VersionMissing),
    ("/version", Defect::VersionMissing),
    ("/mode", Defect::MetadataDiffers),
    ("/size", Defect::SizeDiffers),
    ("/owner", Defect::MetadataDiffers),
    ("/group", Defect::MetadataDiffers),
    ("/mtime", Defect::MetadataDiffers),
    ("/failed", Defect::TransferFailed),
    ("/checksum", Defect::ChecksumDiffers),
    ("/verified", Defect::VerificationMissing),
    ("/unverified", Defect::NotVerified),
    ("/twice", Defect::Duplicated),
    ("/größe und mehr", Defect::VerificationMissing),
];

pub(crate) async fn each_planted_defect_is_found(cloud: &Cloud, account: &str) -> Result<()> {
    let (deployment, execution) = sync_stack(cloud, account, "planted").await?;
    remove_version(&deployment, "gone").await?;
    hide_object(&deployment, "hidden").await?;
    supersede_object(&deployment, "superseded").await?;
    spoiled_reports::spoil_reports(&deployment, &execution).await?;

    // As if the report had come only now.
    deployment.records.remove(&keys::proof_document(execution.id())).await?;
    deployment.command_line.fail(&["verify", execution.id()]).await?;
    let proof: Proof = deployment
        .records
        .read(&keys::proof_document(execution.id()))
        .await?
        .context("there is no proof")?;
    let found: BTreeSet<_> = proof
        .findings
        .iter()
        .map(|finding| (finding.path.as_str(), finding.defect.as_text()))
        .collect();
    let expected: BTreeSet<_> =
        PLANTED.into_iter().map(|(path, defect)| (path, defect.as_text())).collect();
    ensure!(found == expected, "found {found:#?}");
    require_warnings(&proof)?;
    ensure!(
        proof.verdict == Verdict::Incomplete,
        "a verification that is missing leaves the verdict open"
    );
    measurements::proven(
        "defects planted between a run and its proof, found",
        found.len(),
        "defects",
    );
    Ok(())
}

fn require_warnings(proof: &Proof) -> Result<()> {
    let warned: BTreeSet<_> = proof
        .warnings
        .iter()
        .map(|warning| (warning.path.as_str(), format!("{:?}", warning.notice)))
        .collect();
    let notices = [("/hidden", Notice::HiddenByDeleteMarker), ("/superseded", Notice::Superseded)];
    ensure!(
        warned == notices.map(|(path, notice)| (path, format!("{notice:?}"))).into(),
        "warned {warned:#?}"
    );
    Ok(())
}

pub(crate) async fn an_audit_finds_lost_versions(cloud: &Cloud, account: &str) -> Result<()> {
    let (deployment, _) = sync_stack(cloud, account, "audited").await?;
    let subscriber = Subscriber::subscribe(&deployment).await?;
    let said = deployment.command_line.succeed(&["audit"]).await?.stdout;
    ensure!(said.contains(" 0 gone, 0 altered"), "nothing is lost yet:\n{said}");
    ensure!(
        run_scheduled_audit(&deployment, "2026-11-23T04:00:00Z").await?.counts.gone == 0,
        "nothing is lost yet"
    );

    remove_version(&deployment, "gone").await?;
    hide_object(&deployment, "hidden").await?;
    supersede_object(&deployment, "superseded").await?;
    let finished = deployment.command_line.run(&["audit"]).await?;
    ensure!(finished.code == 1, "the exit code is {}", finished.code);
    let versions = FILES.len();
    let first = format!(
        "{versions} versions of 1 proofs below /: {} current, 1 superseded, 1 hidden by a delete \
            marker, 0 expired, 1 gone, 0 altered",
        versions - 3
    );
    let lines: Vec<&str> = finished.stdout.lines().collect();
    ensure!(lines.len() == 3 && lines[0] == first, "{}", finished.stdout);
    ensure!(
        lines[1].starts_with("  gone  /gone ") && lines[2].starts_with("  hidden  /hidden "),
        "{}",
        finished.stdout
    );
    let nothing = deployment.command_line.fail(&["audit", "--prefix", "nope"]).await?.stderr;
    ensure!(nothing.contains("no proven path begins with `/nope`"), "{nothing}");
    let elsewhere = deployment.command_line.succeed(&["audit", "--prefix", "/sound"]).await?.stdout;
    ensure!(elsewhere.starts_with("1 versions "), "{elsewhere}");

    for _ in 0..2 {
        let audit = run_scheduled_audit(&deployment, "2026-11-30T04:00:00Z").await?;
        ensure!((audit.counts.gone, audit.counts.hidden) == (1, 1), "{audit:?}");
    }
    let alert = subscriber.next(Duration::from_secs(30)).await?;
    ensure!(
        alert.message.contains("/gone: there is no such version any more"),
        "{}",
        alert.message
    );
    ensure!(subscriber.receive_one().await?.is_none(), "the same audit alerts once");
    Ok(())
}

/// A stack whose one execution copied [`FILES`] and is proven.
async fn sync_stack(
    cloud: &Cloud,
    account: &str,
    stack: &str,
) -> Result<(Deployment, ExecutionArn)> {
    let deployment = Deployment::prepare(cloud, account, stack, false).await?;
    deployment.command_line.succeed(&["deploy"]).await?;
    let directory = deployment.efs_directory().await?;
    for file in FILES {
        fs::write(directory.join(file), file)?;
    }
    deployment.command_line.succeed(&["sync", "--wait"]).await?;
    let execution = deployment.last_run().await?.execution;
    let proof: Option<Proof> =
        deployment.records.read(&keys::proof_document(execution.id())).await?;
    ensure!(proof.as_ref().is_some_and(|proof| proof.verdict == Verdict::Verified), "{proof:?}");
    Ok((deployment, execution))
}

async fn remove_version(deployment: &Deployment, key: &str) -> Result<()> {
    let bucket = deployment.read_outputs().await?.destination_bucket;
    let head = deployment.s3.head_object().bucket(&bucket).key(key).send().await?;
    let version = head.version_id.context("no version id")?;
    deployment.s3.delete_object().bucket(&bucket).key(key).version_id(version).send().await?;
    Ok(())
}

async fn hide_object(deployment: &Deployment, key: &str) -> Result<()> {
    let bucket = deployment.read_outputs().await?.destination_bucket;
    deployment.s3.delete_object().bucket(bucket).key(key).send().await?;
    Ok(())
}

async fn supersede_object(deployment: &Deployment, key: &str) -> Result<()> {
    let bucket = deployment.read_outputs().await?.destination_bucket;
    let body = ByteStream::from_static(b"by another hand");
    deployment.s3.put_object().bucket(bucket).key(key).body(body).send().await?;
    Ok(())
}

/// Runs the audit that the scheduled event of this time starts.
async fn run_scheduled_audit(deployment: &Deployment, time: &str) -> Result<Audit> {
    let path = project::root_folder().join("events/verify-versions/scheduled-audit.json");
    let mut event: Value = serde_json::from_slice(&fs::read(path)?)?;
    event["time"] = json!(time);
    let lambda = aws_sdk_lambda::Client::new(&deployment.sdk);
    let invoke =
        lambda.invoke().function_name(deployment.names.function_name(FunctionName::VerifyVersions));
    let answer = invoke.payload(Blob::new(serde_json::to_vec(&event)?)).send().await?;
    ensure!(answer.function_error.is_none(), "{:?}", answer.payload);
    wait_until_some("the audit's record", Duration::from_secs(10), || async {
        Ok(deployment.records.read(&keys::scheduled_audit(time)).await?)
    })
    .await
}
