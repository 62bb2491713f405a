//! The clients of the resource kinds, created once.

use std::path::PathBuf;

use aws_config::SdkConfig;
use domain::names::Names;
use tokio::time::Instant;

use crate::observation_cache::ObservationCache;
use crate::regional_clients::{ClientsOfRegion, RegionalClients, client};

/// Clients and names: the first parameter of every function that calls AWS.
#[derive(Clone, Debug)]
pub struct Aws {
    pub names: Names,
    pub s3: aws_sdk_s3::Client,
    pub sns: aws_sdk_sns::Client,
    pub iam: aws_sdk_iam::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub eventbridge: aws_sdk_eventbridge::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub efs: aws_sdk_efs::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub datasync: aws_sdk_datasync::Client,
    pub(crate) regional: RegionalClients,
    /// The time until which the caller's permissions may be new; until then a denial is retried.
    pub(crate) denials_pass_until: Option<Instant>,
    /// The lists that this observation has read and many resources share.
    pub(crate) observed_before: Option<ObservationCache>,
    /// Whether what is read counts as ours without its tags if it is as desired, since nothing
    /// will be done with it: only for a plan that is shown.
    pub(crate) unchanged_is_ours: bool,
    /// The deployment of function code; only the command line has it.
    pub cargo_lambda: Option<CargoLambda>,
}

/// The `cargo lambda deploy` to run. Its environment has the credentials and, locally, the
/// endpoint.
#[derive(Clone, Debug)]
pub struct CargoLambda {
    /// The `cargo-lambda` executable.
    pub program: PathBuf,
    /// The folder of the built functions.
    pub binaries: Binaries,
    /// Set for the local cloud only.
    pub endpoint_url: Option<String>,
    /// Additional environment variables: credentials of the local cloud.
    pub environment: Vec<(String, String)>,
}

/// The folder of the built functions, by layout.
#[derive(Clone, Debug)]
pub enum Binaries {
    /// `<folder>/<function>/bootstrap`, as `cargo lambda build` leaves them.
    CargoLambda(PathBuf),
    /// `<built>/<function>`, as `cargo build` leaves them: built for this machine, right for its
    /// local cloud, which keeps them in `kept`.
    Host { built: PathBuf, kept: PathBuf },
}

impl CargoLambda {
    /// The ELF of a function.
    #[must_use]
    pub fn binary(&self, function: &str) -> PathBuf {
        match &self.binaries {
            Binaries::CargoLambda(folder) => folder.join(function).join("bootstrap"),
            Binaries::Host { built, .. } => built.join(function),
        }
    }

    /// The `Cargo.toml` of the project the binaries were built in, which `cargo lambda` wants to
    /// read: the first one above them. `None` leaves the search to it.
    #[must_use]
    pub(crate) fn manifest(&self) -> Option<PathBuf> {
        let (Binaries::CargoLambda(folder) | Binaries::Host { built: folder, .. }) = &self.binaries;
        let folder = folder.canonicalize().ok()?;
        folder.ancestors().map(|above| above.join("Cargo.toml")).find(|manifest| manifest.is_file())
    }
}

impl Aws {
    #[must_use]
    pub fn new(config: &SdkConfig, names: Names) -> Self {
        Self {
            names,
            s3: aws::clients::s3(config),
            sns: client!(aws_sdk_sns, config),
            iam: client!(aws_sdk_iam, config),
            lambda: client!(aws_sdk_lambda, config),
            eventbridge: client!(aws_sdk_eventbridge, config),
            ec2: client!(aws_sdk_ec2, config),
            efs: client!(aws_sdk_efs, config),
            logs: client!(aws_sdk_cloudwatchlogs, config),
            cloudwatch: client!(aws_sdk_cloudwatch, config),
            sqs: client!(aws_sdk_sqs, config),
            datasync: client!(aws_sdk_datasync, config),
            regional: RegionalClients::new(config),
            denials_pass_until: None,
            observed_before: None,
            unchanged_is_ours: false,
            cargo_lambda: None,
        }
    }

    /// Returns clients whose denied calls are retried until then.
    #[must_use]
    pub fn whose_denials_pass(&self, until: Option<Instant>) -> Self {
        Self { denials_pass_until: until, ..self.clone() }
    }

    /// Whether a denial may pass because the caller's permissions are new.
    pub(crate) fn denials_may_pass(&self) -> bool {
        self.denials_pass_until.is_some_and(|until| Instant::now() < until)
    }

    /// The same, where S3, DataSync and the names are those of another region; `None` is the
    /// stack's. All other clients stay as they are.
    #[must_use]
    pub fn in_region(&self, region: Option<&str>) -> Self {
        let Some(region) = region.filter(|region| *region != self.names.region) else {
            return self.clone();
        };
        let ClientsOfRegion { s3, datasync } = self.regional.of_region(region);
        let names = Names { region: region.to_owned(), ..self.names.clone() };
        Self { names, s3, datasync, ..self.clone() }
    }

    /// Uses another configuration for DataSync, which is a separate server in the local cloud.
    #[must_use]
    pub fn with_datasync(self, config: &SdkConfig) -> Self {
        let datasync = client!(aws_sdk_datasync, config);
        Self { datasync, regional: self.regional.clone().with_datasync(config), ..self }
    }

    /// Uses these clients for a region, in place of those that would be created.
    #[must_use]
    pub fn with_region(self, region: &str, clients: ClientsOfRegion) -> Self {
        self.regional.put(region, clients);
        self
    }

    /// The same clients, for one observation.
    pub(crate) fn with_own_cache(&self) -> Self {
        Self { observed_before: Some(ObservationCache::default()), ..self.clone() }
    }

    /// The same clients and cache, for the read of one resource.
    pub(crate) fn whose_unchanged_is_ours(&self, unchanged_is_ours: bool) -> Self {
        Self { unchanged_is_ours, ..self.clone() }
    }

    #[must_use]
    pub fn with_cargo_lambda(self, cargo_lambda: CargoLambda) -> Self {
        Self { cargo_lambda: Some(cargo_lambda), ..self }
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    #[test]
    fn the_manifest_is_the_first_above_the_binaries() {
        let project = TempDir::new().unwrap();
        let folder = project.path().join("target/lambda");
        std::fs::create_dir_all(&folder).unwrap();
        let manifest = project.path().canonicalize().unwrap().join("Cargo.toml");
        std::fs::write(&manifest, "").unwrap();
        let cargo_lambda = |binaries| CargoLambda {
            program: "cargo-lambda".into(),
            binaries,
            endpoint_url: None,
            environment: Vec::new(),
        };
        let built = cargo_lambda(Binaries::CargoLambda(folder.clone()));
        assert_eq!(built.manifest(), Some(manifest));
        assert_eq!(built.binary("start-execution"), folder.join("start-execution/bootstrap"));
        assert_eq!(cargo_lambda(Binaries::CargoLambda(folder.join("absent"))).manifest(), None);
    }
}
