//! Where we work: account, region, endpoints and clients. Local and AWS differ here and nowhere
//! else.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use aws::clients::LOCAL_SECRET;
use aws::records_bucket::RecordsBucket;
use aws::{SdkFailure, clients};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use domain::config::{Architecture, StackConfig};
use domain::names::Names;
use reconciler::Aws;
use reconciler::clients::{Binaries, CargoLambda};

use crate::access::Access;
use crate::advice::Advise;
use crate::cli::Global;
use crate::local::{cloud_file, install};

/// What every command reads. Asking who we are needs no permission (STS API reference,
/// `GetCallerIdentity`).
pub(crate) const ACCESS: Access =
    Access { records: &["s3:GetObject", "s3:ListBucket"], ..Access::NONE };

/// A stack at its place, with the clients for it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub config: StackConfig,
    pub aws: Aws,
    pub records: RecordsBucket,
    /// For invocations that take minutes: no retry, since an invocation is not ours to repeat
    /// blindly.
    pub invoker: aws_sdk_lambda::Client,
    /// Set for the local cloud only.
    pub local: bool,
}

impl Place {
    /// The stack of `stack.toml` in the account of the credentials found.
    pub(crate) async fn find(global: &Global) -> Result<Self> {
        let mut config = crate::settings::read(&global.config)?;
        if global.local {
            // MiniStack runs the very binaries of this machine, as processes of it.
            config.functions.architecture = Architecture::of_this_machine();
        }
        let sdk =
            if global.local { local_sdk(global, &config)? } else { Sdk::of_aws(&config).await };
        let account =
            if global.local { global.local_account.clone() } else { account(&sdk.main).await? };
        let names = Names::new(&config.stack.name, &account, &config.stack.region);
        let mut aws = Aws::new(&sdk.main, names.clone()).with_cargo_lambda(sdk.cargo_lambda);
        aws.datasync = aws_sdk_datasync::Client::new(&sdk.datasync);
        let patient =
            TimeoutConfig::builder().operation_timeout(Duration::from_secs(16 * 60)).build();
        let http_client = clients::http_client_with_keepalive(sdk.main.endpoint_url());
        let patient =
            sdk.main.into_builder().timeout_config(patient).retry_config(RetryConfig::disabled());
        let http_client =
            http_client.map_err(|error| anyhow!("setting up TLS for long invocations: {error}"))?;
        let patient = patient.http_client(http_client).build();
        Ok(Self {
            records: RecordsBucket::new(aws.s3.clone(), names.records_bucket()),
            invoker: aws_sdk_lambda::Client::new(&patient),
            config,
            aws,
            local: global.local,
        })
    }

    pub(crate) fn names(&self) -> &Names {
        &self.aws.names
    }
}

struct Sdk {
    main: SdkConfig,
    /// DataSync is a server of its own in the local cloud.
    datasync: SdkConfig,
    cargo_lambda: CargoLambda,
}

impl Sdk {
    async fn of_aws(config: &StackConfig) -> Self {
        let main = clients::sdk_config(Some(config.stack.region.clone())).await;
        let cargo_lambda = CargoLambda {
            program: install::cargo_lambda(),
            binaries: Binaries::CargoLambda(PathBuf::from("target/lambda")),
            endpoint_url: None,
            environment: Vec::new(),
        };
        Self { datasync: main.clone(), main, cargo_lambda }
    }
}

fn local_sdk(global: &Global, config: &StackConfig) -> Result<Sdk> {
    let Some(cloud) = cloud_file::read_up(&global.local_dir)? else {
        let down = Err(anyhow!("the local cloud of `{}` does not run", global.local_dir.display()));
        return down.advise("start it with `efs-s3 local up`");
    };
    if let Some(started) = cloud.moved_from(&global.local_dir) {
        let moved = Err(anyhow!(
            "the local cloud was started in `{}` and has been moved",
            started.display()
        ));
        return moved.advise("start it where it is now: `efs-s3 local up`");
    }
    let account = &global.local_account;
    let region = &config.stack.region;
    let main = clients::local_config(&cloud.ministack.url, region, account);
    let environment = [
        ("AWS_ACCESS_KEY_ID", account.as_str()),
        ("AWS_SECRET_ACCESS_KEY", LOCAL_SECRET),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ];
    let cargo_lambda = CargoLambda {
        program: install::cargo_lambda(),
        binaries: Binaries::Host {
            built: beside_this_program()?,
            kept: global.local_dir.join("functions"),
        },
        endpoint_url: Some(cloud.ministack.url.clone()),
        environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
    };
    Ok(Sdk {
        datasync: main.clone().into_builder().endpoint_url(&cloud.datasync.url).build(),
        main,
        cargo_lambda,
    })
}

/// The folder of our own executable, where cargo puts the functions and `datasync-local` too.
pub(crate) fn beside_this_program() -> Result<PathBuf> {
    let program = env::current_exe().context("asking where this program lies")?;
    Ok(program.parent().unwrap_or(Path::new(".")).to_path_buf())
}

/// The account that a stack of this configuration is in.
pub(crate) async fn account_of(global: &Global, config: &StackConfig) -> Result<String> {
    if global.local {
        return Ok(global.local_account.clone());
    }
    let account = account(&clients::sdk_config(Some(config.stack.region.clone())).await).await;
    account.advise("give the account with `--account`, or set credentials as for the AWS CLI")
}

async fn account(sdk: &SdkConfig) -> Result<String> {
    let identity =
        aws_sdk_sts::Client::new(sdk).get_caller_identity().send().await.map_err(SdkFailure::from);
    let identity = identity.context("asking AWS who we are");
    let identity = identity
        .advise("set credentials as for the AWS CLI, or use `--local` for the local cloud")?;
    identity.account.context("AWS did not say which account the credentials belong to")
}

#[cfg(test)]
#[path = "credentials_tests.rs"]
mod credentials_tests;
