//! In EFS and S3.

use aws_sdk_efs::types::{BackupPolicy, Status, ThroughputMode, TransitionToIaRules};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use super::{Alteration, id};

/// moto has neither `UpdateFileSystem` nor `PutBackupPolicy` nor `DeleteFileSystemPolicy`; the
/// bucket is not at moto.
pub(super) const KNOWN_TO_MOTO: &[&str] =
    &["files move to infrequent access", "a mount target gets another security group"];

pub(super) const ALTERATIONS: &[Alteration] = &[
    ("the file system's throughput bursts", |aws, made| {
        Box::pin(async move {
            let update = aws.efs.update_file_system().file_system_id(id(made, "file-system")?);
            update.throughput_mode(ThroughputMode::Bursting).send().await?;
            Ok(())
        })
    }),
    ("the file system has another name", |aws, made| {
        Box::pin(async move {
            let name = aws_sdk_efs::types::Tag::builder().key("Name").value("another").build()?;
            aws.efs.tag_resource().resource_id(id(made, "file-system")?).tags(name).send().await?;
            Ok(())
        })
    }),
    ("files move to infrequent access", |aws, made| {
        Box::pin(async move {
            let after = TransitionToIaRules::After7Days;
            let rule =
                aws_sdk_efs::types::LifecyclePolicy::builder().transition_to_ia(after).build();
            let put =
                aws.efs.put_lifecycle_configuration().file_system_id(id(made, "file-system")?);
            put.lifecycle_policies(rule).send().await?;
            Ok(())
        })
    }),
    ("the file system is backed up no more", |aws, made| {
        Box::pin(async move {
            let off = BackupPolicy::builder().status(Status::Disabled).build()?;
            aws.efs
                .put_backup_policy()
                .file_system_id(id(made, "file-system")?)
                .backup_policy(off)
                .send()
                .await?;
            Ok(())
        })
    }),
    ("the file system has no policy", |aws, made| {
        Box::pin(async move {
            aws.efs
                .delete_file_system_policy()
                .file_system_id(id(made, "file-system")?)
                .send()
                .await?;
            Ok(())
        })
    }),
    ("a mount target gets another security group", |aws, made| {
        Box::pin(async move {
            let target = super::read_attribute(made, "mount-targets", "first_id")?;
            let modify = aws.efs.modify_mount_target_security_groups().mount_target_id(target);
            modify.security_groups(id(made, "instance-security-group")?).send().await?;
            Ok(())
        })
    }),
    ("the bucket keeps no versions", |aws, _| {
        Box::pin(async move {
            let off = VersioningConfiguration::builder()
                .status(BucketVersioningStatus::Suspended)
                .build();
            let put = aws.s3.put_bucket_versioning().bucket(aws.names.destination_bucket());
            put.versioning_configuration(off).send().await?;
            Ok(())
        })
    }),
    ("the bucket may become public", |aws, _| {
        Box::pin(async move {
            aws.s3
                .delete_public_access_block()
                .bucket(aws.names.destination_bucket())
                .send()
                .await?;
            Ok(())
        })
    }),
    ("the bucket has no policy", |aws, _| {
        Box::pin(async move {
            aws.s3.delete_bucket_policy().bucket(aws.names.destination_bucket()).send().await?;
            Ok(())
        })
    }),
    ("the bucket has no lifecycle", |aws, _| {
        Box::pin(async move {
            aws.s3.delete_bucket_lifecycle().bucket(aws.names.destination_bucket()).send().await?;
            Ok(())
        })
    }),
    ("the bucket has access control lists again", |aws, _| {
        Box::pin(async move {
            aws.s3
                .delete_bucket_ownership_controls()
                .bucket(aws.names.destination_bucket())
                .send()
                .await?;
            Ok(())
        })
    }),
];
