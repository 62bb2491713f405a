//! The context of a command: configuration, account, region, endpoints and clients. Only this file
//! distinguishes AWS from the local cloud.

mod local_sdk;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws::records_bucket::RecordsBucket;
use aws::{SdkFailure, clients};
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{Region, SdkConfig};
use domain::config::{Architecture, StackConfig};
use domain::names::Names;
use domain::records::keys;
use domain::records::outputs::Outputs;
use reconciler::Aws;
use reconciler::clients::{Binaries, CargoLambda};

use local_sdk::{local_config, local_sdk};

use crate::access::Access;
use crate::cli::Global;
use crate::hint::WithHint;
use crate::load_config::{load_config, require_account};
use crate::local::install;

/// The access of every command. `GetCallerIdentity` needs no permission (STS API reference).
pub(crate) const ACCESS: Access =
    Access { records: &["s3:GetObject", "s3:ListBucket"], ..Access::NONE };

/// A stack in its account and region, with the clients for it.
#[derive(Clone, Debug)]
pub(crate) struct StackContext {
    pub config: StackConfig,
    pub aws: Aws,
    pub records: RecordsBucket,
    /// The client for invocations that take minutes. It does not retry, because an invocation may
    /// not be safe to repeat.
    pub invoker: aws_sdk_lambda::Client,
    /// Whether this is the local cloud.
    pub local: bool,
    /// The ARN of the identity that makes the calls; the local cloud has none.
    pub caller_arn: Option<String>,
    /// The base of clients of other regions.
    sdk: SdkConfig,
}

impl StackContext {
    /// Loads the stack of `stack.toml` in the account of the credentials.
    pub(crate) async fn load_context(global: &Global) -> Result<Self> {
        let config = config_here(global)?;
        let (sdk, caller) = sdk_and_caller(global, &config).await?;
        let names = Names::new(&config.stack.name, &caller.account, &config.stack.region);
        let aws = Aws::new(&sdk.main, names.clone()).with_datasync(&sdk.datasync);
        let aws = aws.with_cargo_lambda(sdk.cargo_lambda);
        Ok(Self {
            records: RecordsBucket::new(aws.s3.clone(), names.records_bucket()),
            invoker: patient_invoker(sdk.main.clone())?,
            config,
            aws,
            local: global.local,
            caller_arn: caller.arn,
            sdk: sdk.main,
        })
    }

    /// The same stack with another configuration, such as that of one sync.
    pub(crate) fn with_config(&self, config: StackConfig) -> Self {
        Self { config, ..self.clone() }
    }

    pub(crate) fn names(&self) -> &Names {
        &self.aws.names
    }

    /// The client for buckets of a region: a request that arrives in another one is redirected or
    /// refused (S3 User Guide, "Request redirection and the REST API").
    pub(crate) fn s3_of_region(&self, region: &str) -> aws_sdk_s3::Client {
        if region == self.names().region {
            return self.aws.s3.clone();
        }
        let config = self.sdk.clone().into_builder().region(Region::new(region.to_owned()));
        clients::s3(&config.build())
    }

    /// The outputs of the data plane; `None` when it is not deployed.
    pub(crate) async fn read_outputs(&self) -> Result<Option<Outputs>> {
        Ok(self.records.read(keys::OUTPUTS).await?)
    }

    /// The outputs of the data plane.
    ///
    /// # Errors
    /// When the stack is not deployed, or its first deploy did not complete.
    pub(crate) async fn require_outputs(&self) -> Result<Outputs> {
        let absent = || {
            anyhow!(
                "the stack `{}` is not deployed, or its first deploy did not complete",
                self.names().stack
            )
        };
        self.read_outputs().await?.ok_or_else(absent).with_hint("run `efs-s3 deploy`")
    }
}

/// The account of a stack, and the identity whose credentials are used.
struct Caller {
    account: String,
    arn: Option<String>,
}

/// Returns clients and caller. Another account than `stack.account` is refused before any other
/// call; the accounts of the local cloud are not compared.
async fn sdk_and_caller(global: &Global, config: &StackConfig) -> Result<(Sdk, Caller)> {
    if global.local {
        let caller = Caller { account: global.local_account.clone(), arn: None };
        return Ok((local_sdk(global, config)?, caller));
    }
    let sdk = Sdk::aws_sdk(global, config).await;
    let caller = read_caller(&sdk.main).await?;
    require_account(&global.config, config, &caller.account)?;
    Ok((sdk, caller))
}

/// Loads the configuration, with the architecture of the functions where they run.
fn config_here(global: &Global) -> Result<StackConfig> {
    let mut config = load_config(&global.config)?;
    if global.local {
        // MiniStack runs the binaries of this machine as local processes.
        config.functions.architecture = Architecture::of_this_machine();
    }
    Ok(config)
}

/// Returns the client for invocations that take minutes.
fn patient_invoker(sdk: SdkConfig) -> Result<aws_sdk_lambda::Client> {
    let http_client = clients::http_client_with_keepalive(sdk.endpoint_url())
        .map_err(|error| anyhow!("setting up TLS for long invocations: {error}"))?;
    let timeout = TimeoutConfig::builder().operation_timeout(Duration::from_secs(16 * 60)).build();
    let config = sdk.into_builder().timeout_config(timeout).http_client(http_client);
    let config = config.retry_config(RetryConfig::disabled()).build();
    Ok(aws_sdk_lambda::Client::new(&config))
}

struct Sdk {
    main: SdkConfig,
    /// The configuration for DataSync, which is a separate server in the local cloud.
    datasync: SdkConfig,
    cargo_lambda: CargoLambda,
}

impl Sdk {
    async fn aws_sdk(global: &Global, config: &StackConfig) -> Self {
        let main = aws_config_of(global, config).await;
        let profile = global.profile.iter().map(|name| ("AWS_PROFILE".to_owned(), name.clone()));
        let cargo_lambda = CargoLambda {
            program: install::cargo_lambda(),
            binaries: Binaries::CargoLambda(PathBuf::from("target/lambda")),
            endpoint_url: None,
            environment: profile.collect(),
        };
        Self { datasync: main.clone(), main, cargo_lambda }
    }
}

async fn aws_config_of(global: &Global, config: &StackConfig) -> SdkConfig {
    aws_config_in(global, Some(config.stack.region.clone())).await
}

async fn aws_config_in(global: &Global, region: Option<String>) -> SdkConfig {
    match &global.profile {
        Some(profile) => clients::sdk_config_of_profile(region, profile).await,
        None => clients::sdk_config(region).await,
    }
}

/// Returns an S3 client without a stack: for this region, that of stack.toml if there is one, or as
/// for the AWS CLI.
pub(crate) async fn bucket_client(
    global: &Global,
    region: Option<&str>,
) -> Result<aws_sdk_s3::Client> {
    let configured = || Some(load_config(&global.config).ok()?.stack.region);
    let region = region.map(str::to_owned).or_else(configured);
    if global.local {
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        return Ok(clients::s3(&local_config(global, &region)?));
    }
    let sdk = aws_config_in(global, region).await;
    if sdk.region().is_none() {
        return Err(anyhow!("the region of the bucket is not known")).with_hint("add `--region`");
    }
    Ok(clients::s3(&sdk))
}

/// Returns the account of a stack with this configuration.
pub(crate) async fn account_of(global: &Global, config: &StackConfig) -> Result<String> {
    if global.local {
        return Ok(global.local_account.clone());
    }
    if let Some(account) = &config.stack.account {
        return Ok(account.clone());
    }
    let caller = read_caller(&aws_config_of(global, config).await).await;
    let caller = caller
        .with_hint("give the account with `--account`, or set credentials as for the AWS CLI")?;
    Ok(caller.account)
}

async fn read_caller(sdk: &SdkConfig) -> Result<Caller> {
    let identity =
        aws_sdk_sts::Client::new(sdk).get_caller_identity().send().await.map_err(SdkFailure::from);
    let identity = identity.context("reading the identity of the credentials");
    let identity = identity
        .with_hint("set credentials as for the AWS CLI, or use `--local` for the local cloud")?;
    let account = identity.account.context("AWS returned no account for the credentials")?;
    Ok(Caller { account, arn: identity.arn })
}

#[cfg(test)]
mod credentials_tests;
