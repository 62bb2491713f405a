//! `cargo lambda deploy`, run as a process.

use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use aws::clients::PROXY_VARIABLES;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::Function;
use crate::Aws;
use crate::clients::{Binaries, CargoLambda};
use crate::kind_error::{Cause, KindError};
use crate::local_code;
use crate::resource_id::ResourceId;
use crate::tagging::resource_tags;

/// Packing an upload keeps a core busy; more at a time only make each slower.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// The number of output lines of a failed deploy that the error contains.
const LAST_LINES: usize = 12;

/// Uploads the function's binary, making the function if there is none.
pub(super) async fn deploy_function(
    aws: &Aws,
    function: &Function,
    id: &ResourceId,
) -> Result<(), KindError> {
    run_cargo_lambda(aws, function, id, &[]).await.map(drop)
}

/// Packs the function's binary as `run` would upload it, and returns the archive.
pub(super) async fn pack_function(
    aws: &Aws,
    function: &Function,
    id: &ResourceId,
) -> Result<Vec<u8>, KindError> {
    let folder = run_cargo_lambda(aws, function, id, &["--dry"]).await?;
    let archive = folder.path().join("bootstrap.zip");
    std::fs::read(&archive).map_err(|error| {
        deploy_error(function, format!("reading `{}`: {error}", archive.display()))
    })
}

/// Runs `cargo lambda deploy` in a temporary folder, which it returns: `cargo lambda` packs
/// `bootstrap.zip` beside the binary, where another deploy may be packing its own.
async fn run_cargo_lambda(
    aws: &Aws,
    function: &Function,
    id: &ResourceId,
    further: &[&str],
) -> Result<TempDir, KindError> {
    let failed = |what: String| deploy_error(function, what);
    let Some(cargo_lambda) = &aws.cargo_lambda else {
        return Err(failed(
            "only the command line can deploy code; run `efs-s3 deploy`".to_owned(),
        ));
    };
    let _alone = ONE_AT_A_TIME.lock().await;
    let folder = tempfile::tempdir()
        .map_err(|error| failed(format!("making a folder for the upload: {error}")))?;
    let binary = folder.path().join("bootstrap");
    let built = cargo_lambda.binary(&function.binary);
    place_binary(cargo_lambda, function, &built, &binary)
        .map_err(|error| failed(format!("reading `{}`: {error}", built.display())))?;
    let output =
        lambda_command(aws, cargo_lambda, function, id, &binary).args(further).output().await;
    let output = output.map_err(|error| {
        failed(format!("starting `{}`: {error}", cargo_lambda.program.display()))
    })?;
    if output.status.success() {
        return Ok(folder);
    }
    let said = [output.stdout, output.stderr].concat();
    Err(failed(last_words(&String::from_utf8_lossy(&said))))
}

/// Puts what is uploaded at `path`: the binary itself, or the file that stands in for it locally.
fn place_binary(
    cargo_lambda: &CargoLambda,
    function: &Function,
    built: &Path,
    path: &Path,
) -> io::Result<()> {
    match &cargo_lambda.binaries {
        Binaries::CargoLambda(_) => symlink(built.canonicalize()?, path),
        Binaries::Host { kept, .. } => {
            local_code::write_stand_in(built, &function.code_sha256, kept, path)
        }
    }
}

fn deploy_error(function: &Function, what: String) -> KindError {
    KindError {
        doing: format!("deploying Lambda function `{}` with `cargo lambda deploy`", function.name),
        source: Cause::Other(what),
    }
}

/// The last lines of the output, as one line: `cargo lambda` breaks its errors at 80 columns and
/// draws a tree beside them.
fn last_words(said: &str) -> String {
    let drawn = |character: char| character.is_whitespace() || "│├╰─▶×".contains(character);
    let lines: Vec<&str> =
        said.lines().map(|line| line.trim_matches(drawn)).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].join(" ")
}

fn lambda_command(
    aws: &Aws,
    cargo_lambda: &CargoLambda,
    function: &Function,
    id: &ResourceId,
    binary: &Path,
) -> Command {
    let mut command = Command::new(&cargo_lambda.program);
    command.args(["lambda", "deploy", "--output-format", "json", "--region", &aws.names.region]);
    command.args(["--iam-role", &function.role_arn]).arg("--binary-path").arg(binary);
    command.args(["--memory", &function.memory_mb.to_string()]);
    command.args(["--timeout", &function.timeout_seconds.to_string()]);
    for (key, value) in resource_tags(aws, id) {
        command.args(["--tag", &format!("{key}={value}")]);
    }
    if let Some(manifest) = cargo_lambda.manifest() {
        command.arg("--manifest-path").arg(manifest);
    }
    if let Some(url) = &cargo_lambda.endpoint_url {
        use_local_cloud(&mut command, url);
    }
    command.arg(&function.name);
    command.envs(cargo_lambda.environment.iter().map(|(name, value)| (name, value)));
    command.kill_on_drop(true);
    command
}

/// The local cloud is on this machine, which no proxy can reach.
fn use_local_cloud(command: &mut Command, url: &str) {
    command.args(["--endpoint-url", url]);
    for variable in PROXY_VARIABLES {
        command.env_remove(variable);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::clients::Binaries;
    use crate::testing::mocked;

    #[test]
    fn the_command_names_role_binary_and_tags_but_never_the_environment() {
        let function = Function {
            name: "backup-start".into(),
            binary: "start-execution".into(),
            architecture: "arm64".into(),
            role_arn: "arn:role".into(),
            memory_mb: 256,
            timeout_seconds: 60,
            environment: BTreeMap::from([("SECRET".into(), "a,b".into())]),
            code_sha256: "new".into(),
        };
        let cargo_lambda = CargoLambda {
            program: "cargo-lambda".into(),
            binaries: Binaries::CargoLambda("nowhere/lambda".into()),
            endpoint_url: Some("http://localhost:4566".into()),
            environment: Vec::new(),
        };
        let command = lambda_command(
            &mocked::aws(),
            &cargo_lambda,
            &function,
            &ResourceId::new("start"),
            Path::new("packed/bootstrap"),
        );
        let arguments: Vec<_> =
            command.as_std().get_args().map(|argument| argument.to_string_lossy()).collect();
        assert_eq!(
            arguments.join(" "),
            "lambda deploy --output-format json --region eu-central-1 --iam-role arn:role \
             --binary-path packed/bootstrap --memory 256 --timeout 60 --tag efs-s3:stack=backup \
             --tag efs-s3:resource=start --endpoint-url http://localhost:4566 backup-start"
        );
    }

    #[test]
    fn a_broken_sentence_is_made_whole() {
        let said = "Error: \n  × failed to create the new lambda function\n  ├─▶ service error\n  \
                    ╰─▶ The role defined for the function cannot be\n      assumed by Lambda.\n\n";
        assert_eq!(
            last_words(said),
            "Error: failed to create the new lambda function service error The role defined for \
             the function cannot be assumed by Lambda."
        );
        assert_eq!(last_words(""), "");
    }
}
