//! The clients of the local cloud.

use anyhow::{Result, anyhow};
use aws::clients::{self, LOCAL_SECRET};
use aws_config::SdkConfig;
use domain::config::StackConfig;
use reconciler::clients::{Binaries, CargoLambda};

use super::Sdk;
use crate::cli::Global;
use crate::hint::WithHint;
use crate::local::cloud_file::{self, LocalCloud};
use crate::local::install;

pub(super) fn local_sdk(global: &Global, config: &StackConfig) -> Result<Sdk> {
    let cloud = running_cloud(global)?;
    let (account, region) = (&global.local_account, &config.stack.region);
    let main = clients::local_config(&cloud.ministack.url, region, account);
    let cargo_lambda = CargoLambda {
        program: install::cargo_lambda(),
        binaries: Binaries::Host {
            built: install::program_directory()?,
            kept: global.local_dir.join("functions"),
        },
        endpoint_url: Some(cloud.ministack.url.clone()),
        environment: local_environment(account, region),
    };
    Ok(Sdk {
        datasync: main.clone().into_builder().endpoint_url(&cloud.datasync.url).build(),
        main,
        cargo_lambda,
    })
}

/// Returns the configuration for the account in the local cloud.
pub(super) fn local_config(global: &Global, region: &str) -> Result<SdkConfig> {
    let cloud = running_cloud(global)?;
    Ok(clients::local_config(&cloud.ministack.url, region, &global.local_account))
}

/// Returns the local cloud of the directory.
///
/// # Errors
/// When it is not running, or the directory was moved since it started.
fn running_cloud(global: &Global) -> Result<LocalCloud> {
    let Some(cloud) = cloud_file::read_up(&global.local_dir)? else {
        let not_running =
            Err(anyhow!("the local cloud of `{}` is not running", global.local_dir.display()));
        return not_running.with_hint("start it with `efs-s3 local up`");
    };
    if let Some(started) = cloud.moved_from(&global.local_dir) {
        let moved =
            Err(anyhow!("the local cloud was started in `{}` and moved since", started.display()));
        return moved.with_hint("restart it in its new directory with `efs-s3 local up`");
    }
    Ok(cloud)
}

fn local_environment(account: &str, region: &str) -> Vec<(String, String)> {
    let environment = [
        ("AWS_ACCESS_KEY_ID", account),
        ("AWS_SECRET_ACCESS_KEY", LOCAL_SECRET),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ];
    environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}
