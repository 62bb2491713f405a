use std::os::unix::fs::PermissionsExt;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::operation::list_versions_by_function::ListVersionsByFunctionOutput;
use aws_sdk_lambda::operation::tag_resource::TagResourceOutput;
use aws_sdk_lambda::operation::untag_resource::UntagResourceOutput;
use aws_sdk_lambda::operation::update_function_code::UpdateFunctionCodeOutput;
use aws_sdk_lambda::operation::update_function_configuration::UpdateFunctionConfigurationOutput;
use aws_sdk_lambda::types::{
    Environment, EnvironmentResponse, FunctionConfiguration, LastUpdateStatus,
};
use aws_smithy_mocks::{Rule, mock};
use tempfile::TempDir;

use super::*;
use crate::clients::{Binaries, CargoLambda};
use crate::diff::changed_fields;
use crate::testing::mocked::{self, client, refusal};

fn desired_function() -> Function {
    Function {
        name: "backup-start".into(),
        binary: "start-execution".into(),
        architecture: "arm64".into(),
        role_arn: "arn:role".into(),
        memory_mb: 256,
        timeout_seconds: 60,
        environment: BTreeMap::from([("LIST".into(), "a,b=c".into())]),
        code_sha256: "new".into(),
    }
}

fn resource_id() -> ResourceId {
    ResourceId::new("start")
}

/// The function as desired, its code tag apart.
fn mock_function(code: Option<&'static str>) -> Rule {
    mock!(Client::get_function).then_output(move || {
        let environment = EnvironmentResponse::builder().variables("LIST", "a,b=c").build();
        let configuration =
            FunctionConfiguration::builder().function_arn("arn:function").role("arn:role");
        let configuration = configuration.memory_size(256).timeout(60).environment(environment);
        let configuration = configuration.architectures(Architecture::Arm64).build();
        let answer = GetFunctionOutput::builder().configuration(configuration);
        let answer = answer.tags("efs-s3:stack", "backup").tags("efs-s3:resource", "start");
        code.map_or(answer.clone(), |code| answer.tags(CODE_TAG, code)).build()
    })
}

fn mock_absent() -> Rule {
    mock!(Client::get_function)
        .then_http_response(|| refusal(404, "ResourceNotFoundException", "none"))
}

fn mock_status(status: LastUpdateStatus) -> Rule {
    mock!(Client::get_function_configuration).then_output(move || {
        let answer = GetFunctionConfigurationOutput::builder().last_update_status(status.clone());
        answer.last_update_status_reason("the key is gone").build()
    })
}

fn mock_configure() -> Rule {
    mock!(Client::update_function_configuration)
        .match_requests(|request| {
            let variables = request.environment().and_then(Environment::variables);
            variables.and_then(|variables| variables.get("LIST")).map(String::as_str)
                == Some("a,b=c")
        })
        .then_output(|| UpdateFunctionConfigurationOutput::builder().build())
}

fn mock_tag() -> Rule {
    mock!(Client::tag_resource)
        .match_requests(|request| {
            request.tags().and_then(|tags| tags.get(CODE_TAG)).map(String::as_str) == Some("new")
        })
        .then_output(|| TagResourceOutput::builder().build())
}

fn no_versions() -> Rule {
    mock!(Client::list_versions_by_function)
        .then_output(|| ListVersionsByFunctionOutput::builder().build())
}

fn mock_untag() -> Rule {
    mock!(Client::untag_resource).then_output(|| UntagResourceOutput::builder().build())
}

/// A program that stands in for `cargo lambda`, and a binary for it.
fn cargo_lambda(program: &str, binaries: &TempDir) -> CargoLambda {
    let folder = binaries.path().join("start-execution");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("bootstrap"), "ELF").unwrap();
    CargoLambda {
        program: program.into(),
        binaries: Binaries::CargoLambda(binaries.path().to_owned()),
        endpoint_url: None,
        environment: Vec::new(),
    }
}

async fn read_live(function: &Rule) -> LiveResource {
    let aws = Aws { lambda: client!(aws_sdk_lambda, function), ..mocked::aws() };
    desired_function().read(&aws, &resource_id()).await.unwrap().unwrap()
}

#[tokio::test]
async fn it_is_read_as_it_is_desired() {
    let found = read_live(&mock_function(Some("new"))).await;
    assert_eq!((found.state.clone(), found.managed), (json!(desired_function()), true));
    assert_eq!(found.attribute("arn"), "arn:function");
}

#[tokio::test]
async fn code_without_its_tag_is_not_the_right_code() {
    assert_eq!(read_live(&mock_function(None)).await.state["code_sha256"], "");
}

#[tokio::test]
async fn absent_is_an_answer() {
    let aws = Aws { lambda: client!(aws_sdk_lambda, &mock_absent()), ..mocked::aws() };
    assert_eq!(desired_function().read(&aws, &resource_id()).await.unwrap(), None);
}

#[tokio::test]
async fn configuration_alone_is_changed_without_an_upload() {
    let (configure, ready) = (mock_configure(), mock_status(LastUpdateStatus::Successful));
    let aws = Aws { lambda: client!(aws_sdk_lambda, &configure, &ready), ..mocked::aws() };
    let found = read_live(&mock_function(Some("new"))).await;
    desired_function().update(&aws, &resource_id(), &found, &["memory_mb".into()]).await.unwrap();
    assert_eq!(configure.num_calls(), 1);
}

#[tokio::test]
async fn new_code_is_tagged_after_it_has_arrived() {
    let (configure, ready, tag, untag) =
        (mock_configure(), mock_status(LastUpdateStatus::Successful), mock_tag(), mock_untag());
    let found = read_live(&mock_function(Some("old"))).await;
    let (changed, binaries) = (["code_sha256".to_owned()], TempDir::new().unwrap());

    let function = mock_function(Some("old"));
    let lambda =
        client!(aws_sdk_lambda, &function, &configure, &ready, &tag, &untag, &no_versions());
    let aws = Aws { lambda, ..mocked::aws() }.with_cargo_lambda(cargo_lambda("false", &binaries));
    desired_function().update(&aws, &resource_id(), &found, &changed).await.unwrap_err();
    assert_eq!((untag.num_calls(), configure.num_calls(), tag.num_calls()), (1, 0, 0));

    let aws = aws.with_cargo_lambda(cargo_lambda("true", &binaries));
    desired_function().update(&aws, &resource_id(), &found, &changed).await.unwrap();
    assert_eq!((untag.num_calls(), configure.num_calls(), tag.num_calls()), (2, 1, 1));
}

/// A program that packs as `cargo lambda deploy --dry` does, and fails at anything else.
fn cargo_lambda_packer(binaries: &TempDir) -> CargoLambda {
    let program = binaries.path().join("packer");
    let script = "#!/bin/sh\ncase \" $* \" in *' --dry '*) ;; *) exit 1 ;; esac\n\
                  while [ \"$1\" != --binary-path ]; do shift; done\nprintf packed > \"$(dirname \
                  \"$2\")/bootstrap.zip\"\n";
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    cargo_lambda(program.to_str().unwrap(), binaries)
}

#[tokio::test]
async fn code_and_architecture_are_replaced_in_one_call() {
    let other = mock!(Client::get_function).then_output(|| {
        let configuration =
            FunctionConfiguration::builder().function_arn("arn:function").role("arn:role");
        let configuration = configuration.architectures(Architecture::X8664).build();
        GetFunctionOutput::builder().configuration(configuration).tags(CODE_TAG, "new").build()
    });
    let found = read_live(&other).await;
    let changed = changed_fields(&found.state, &json!(desired_function()));
    assert!(changed.contains(&"architecture".to_owned()), "{changed:?}");

    let (configure, ready, tag, untag) =
        (mock_configure(), mock_status(LastUpdateStatus::Successful), mock_tag(), mock_untag());
    let code = mock!(Client::update_function_code)
        .match_requests(|request| {
            let packed =
                request.zip_file().map(AsRef::<[u8]>::as_ref) == Some(b"packed".as_slice());
            packed && request.architectures() == [Architecture::Arm64]
        })
        .then_output(|| UpdateFunctionCodeOutput::builder().build());
    let binaries = TempDir::new().unwrap();
    let lambda = client!(aws_sdk_lambda, &code, &configure, &ready, &tag, &untag, &no_versions());
    let aws = Aws { lambda, ..mocked::aws() }.with_cargo_lambda(cargo_lambda_packer(&binaries));
    desired_function().update(&aws, &resource_id(), &found, &changed).await.unwrap();
    assert_eq!((code.num_calls(), untag.num_calls(), tag.num_calls()), (1, 1, 1));
}

#[test]
fn a_function_without_an_architecture_is_of_lambdas_default() {
    assert_eq!(architecture_of(&[]), "x86_64");
    assert_eq!(architecture_of(&[Architecture::Arm64]), "arm64");
}

#[tokio::test]
async fn a_failed_update_reports_the_reason() {
    let (configure, broken) = (mock_configure(), mock_status(LastUpdateStatus::Failed));
    let aws = Aws { lambda: client!(aws_sdk_lambda, &configure, &broken), ..mocked::aws() };
    let error =
        aws::failure::chain(&desired_function().update_configuration(&aws).await.unwrap_err());
    assert_eq!(error, "waiting for Lambda function `backup-start`: the key is gone");
}

#[tokio::test]
async fn only_the_command_line_can_deploy() {
    let aws = Aws { lambda: client!(aws_sdk_lambda, &mock_absent()), ..mocked::aws() };
    let error =
        aws::failure::chain(&desired_function().create(&aws, &resource_id()).await.unwrap_err());
    assert_eq!(
        error,
        "deploying Lambda function `backup-start` with `cargo lambda deploy`: only the \
         command line can deploy code; run `efs-s3 deploy`"
    );
}
