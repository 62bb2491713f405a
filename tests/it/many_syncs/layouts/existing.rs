//! What a layout takes for existing: a network, a file system, an access point.

use anyhow::{Context, Result, ensure};
use aws_sdk_ec2::Client as Ec2;
use aws_sdk_efs::Client as Efs;
use aws_sdk_efs::types::{CreationInfo, LifeCycleState, RootDirectory};
use e2e::deployment::{Deployment, REGION};
use regex_lite::Regex;

/// Creates each resource whose id the text has, and replaces the id by that of the new one.
pub(super) async fn create_existing(deployment: &Deployment, text: String) -> Result<String> {
    let made = Existing {
        ec2: Ec2::new(&deployment.sdk),
        efs: Efs::new(&deployment.sdk),
        text,
        vpc: String::new(),
        subnets: Vec::new(),
        file_system: String::new(),
    };
    made.create_all().await
}

struct Existing {
    ec2: Ec2,
    efs: Efs,
    text: String,
    vpc: String,
    subnets: Vec<String>,
    file_system: String,
}

impl Existing {
    async fn create_all(mut self) -> Result<String> {
        for old in self.find_ids("vpc")? {
            let made = self.ec2.create_vpc().cidr_block("10.50.0.0/16").send().await?;
            self.vpc = made.vpc.and_then(|vpc| vpc.vpc_id).context("no VPC")?;
            self.text = self.text.replace(&old, &self.vpc);
        }
        for (number, old) in self.find_ids("subnet")?.into_iter().enumerate() {
            let subnet = self.create_subnet(number).await?;
            self.text = self.text.replace(&old, &subnet);
            self.subnets.push(subnet);
        }
        for (number, old) in self.find_ids("sg")?.into_iter().enumerate() {
            let create = self.ec2.create_security_group().vpc_id(&self.vpc);
            let create = create.group_name(format!("existing-{number}")).description("existing");
            let made = create.send().await?.group_id.context("no security group")?;
            self.text = self.text.replace(&old, &made);
        }
        for old in self.find_ids("fs")? {
            self.create_file_system().await?;
            self.text = self.text.replace(&old, &self.file_system);
        }
        for (number, old) in self.find_ids("fsap")?.into_iter().enumerate() {
            let made = self.create_access_point(number).await?;
            self.text = self.text.replace(&old, &made);
        }
        Ok(self.text)
    }

    /// The ids of one kind, outside of comments.
    fn find_ids(&self, kind: &str) -> Result<Vec<String>> {
        let id = Regex::new(&format!(r"\b{kind}-[0-9a-f]{{8,17}}\b"))?;
        let lines = self.text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let mut found: Vec<String> = Vec::new();
        for line in lines {
            for one in id.find_iter(line).map(|one| one.as_str()) {
                if !found.iter().any(|known| known == one) {
                    found.push(one.to_owned());
                }
            }
        }
        Ok(found)
    }

    async fn create_subnet(&self, number: usize) -> Result<String> {
        let zone = ["a", "b", "c"][number % 3];
        let create = self.ec2.create_subnet().vpc_id(&self.vpc);
        let create = create.availability_zone(format!("{REGION}{zone}"));
        let made = create.cidr_block(format!("10.50.{number}.0/24")).send().await?;
        made.subnet.and_then(|subnet| subnet.subnet_id).context("no subnet")
    }

    /// An available file system with a mount target in each subnet.
    async fn create_file_system(&mut self) -> Result<()> {
        let token = format!("existing-{}", self.vpc);
        let made = self.efs.create_file_system().creation_token(token).encrypted(true);
        self.file_system = made.send().await?.file_system_id;
        for subnet in &self.subnets {
            let create = self.efs.create_mount_target().file_system_id(&self.file_system);
            let made = create.subnet_id(subnet).send().await?;
            let state = made.life_cycle_state;
            ensure!(state != LifeCycleState::Error, "the mount target is in error");
        }
        Ok(())
    }

    async fn create_access_point(&self, number: usize) -> Result<String> {
        let info = CreationInfo::builder().owner_uid(0).owner_gid(0).permissions("0755").build()?;
        let root = RootDirectory::builder().path(format!("/through-{number}")).creation_info(info);
        let create = self.efs.create_access_point().file_system_id(&self.file_system);
        let create = create.client_token(format!("{}-{number}", self.file_system));
        let made = create.root_directory(root.build()).send().await?;
        made.access_point_id.context("no access point")
    }
}

/// Requires that after the layout and its buckets are gone only what was created here is left.
pub(super) async fn require_nothing_else(deployment: &Deployment) -> Result<()> {
    let left = crate::destroy::list_remaining(deployment).await?;
    let others: Vec<_> = left.iter().filter(|name| !name.starts_with("fs-")).collect();
    ensure!(others.is_empty(), "destroy leaves {others:?}");
    Ok(())
}
