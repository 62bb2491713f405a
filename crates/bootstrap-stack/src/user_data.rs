//! The user data of the instance. On the first boot it installs a service that mounts the file
//! system, then and on every boot, and retries until it is mounted. It contains no secret, because
//! everybody who may describe the instance can read it.
//!
//! `amazon-efs-utils` is not in Ubuntu's archive; Amazon's installer fetches the built package for
//! Ubuntu 24.04 (EFS User Guide, "Manually installing the Amazon EFS client"; aws/efs-utils,
//! `INSTALL.md`). Building it takes more memory than a small instance has. The repository of Amazon
//! Linux 2023 has it (Amazon Linux 2023 User Guide, "Installing amazon-efs-utils on AL2023").
//!
//! On the instance, by Session Manager: `/var/lib/efs-s3/mounted` holds the time of the mount, and
//! `journalctl -u efs-s3-mount` says what failed.

use crate::platform::Platform;

/// The script for cloud-init. `file_system_id` may be a reference that is resolved later, and so no
/// other `${a.b}` may stand in the text; `access_point` is `fsap-…`.
pub(crate) fn user_data(
    platform: Platform,
    file_system_id: &str,
    region: &str,
    access_point: Option<&str>,
) -> String {
    let access_point = access_point.map(|id| format!(",accesspoint={id}")).unwrap_or_default();
    let options = format!("_netdev,nofail,tls,iam,region={region}{access_point}");
    let entry = format!("{file_system_id}:/ /mnt/efs efs {options} 0 0");
    let Installation { constants, commands } = Installation::of_client(platform);
    SCRIPT
        .replace("@constants@", constants)
        .replace("@commands@", commands)
        .replace("@entry@", &entry)
}

/// The lines of the script that install the EFS client.
struct Installation {
    constants: &'static str,
    commands: &'static str,
}

impl Installation {
    fn of_client(platform: Platform) -> Self {
        match platform {
            Platform::Ubuntu => Self { constants: INSTALLER, commands: RUN_INSTALLER },
            Platform::AmazonLinux => {
                Self { constants: "", commands: "\n  dnf --assumeyes install amazon-efs-utils\n" }
            }
        }
    }
}

const INSTALLER: &str = "\
readonly installer=/var/lib/efs-s3/efs-utils-installer.sh
readonly installer_url=https://amazon-efs-utils.aws.com/efs-utils-installer.sh
";
const RUN_INSTALLER: &str = r#"
  curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --max-time 60 \
    --output "$installer" "$installer_url"
  DEBIAN_FRONTEND=noninteractive sh "$installer" --install
"#;

/// The script does not wait for the service, because cloud-init is part of the boot.
const SCRIPT: &str = r#"#!/bin/bash
# Mounts an EFS file system at /mnt/efs, now and on every boot. May be run again.
set -euo pipefail

cat > /usr/local/sbin/efs-s3-mount <<'MOUNT'
#!/bin/bash
set -euo pipefail

readonly entry='@entry@'
@constants@readonly mounted=/var/lib/efs-s3/mounted

trap 'echo "FAILED: line $LINENO; /mnt/efs is not mounted; trying again in 30 seconds" >&2' ERR

mkdir -p /mnt/efs /var/lib/efs-s3
rm -f "$mounted"

if ! command -v mount.efs > /dev/null; then
  echo 'Installing amazon-efs-utils'@commands@fi

if ! grep --quiet --line-regexp --fixed-strings "$entry" /etc/fstab; then
  sed --in-place '\|[[:space:]]/mnt/efs[[:space:]]|d' /etc/fstab
  echo "$entry" >> /etc/fstab
  systemctl daemon-reload
fi

mountpoint --quiet /mnt/efs || mount /mnt/efs
date --utc --iso-8601=seconds > "$mounted"
echo 'The file system is mounted at /mnt/efs'
MOUNT
chmod 755 /usr/local/sbin/efs-s3-mount

cat > /etc/systemd/system/efs-s3-mount.service <<'UNIT'
[Unit]
Description=Mount the EFS file system at /mnt/efs
Wants=network-online.target
After=network-online.target remote-fs.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/efs-s3-mount
Restart=on-failure
RestartSec=30
StandardOutput=journal+console
StandardError=journal+console

[Install]
WantedBy=multi-user.target
UNIT

systemctl daemon-reload
systemctl enable efs-s3-mount.service
systemctl restart --no-block efs-s3-mount.service
"#;

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::process::{Command, Stdio};

    use super::*;

    const PLATFORMS: [Platform; 2] = [Platform::Ubuntu, Platform::AmazonLinux];

    fn test_script(platform: Platform) -> String {
        let (file_system, access_point) = ("fs-0123456789abcdef0", "fsap-0123456789abcdef0");
        user_data(platform, file_system, "eu-central-1", Some(access_point))
    }

    /// The script that the user data writes.
    fn mount_script(platform: Platform) -> String {
        let script = test_script(platform);
        let (_, rest) = script.split_once("<<'MOUNT'\n").unwrap();
        rest.split_once("\nMOUNT\n").unwrap().0.to_owned()
    }

    fn bash_reads(script: &str) -> bool {
        let mut bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().unwrap();
        bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        bash.wait().unwrap().success()
    }

    #[test]
    fn bash_reads_both_scripts() {
        for platform in PLATFORMS {
            assert!(bash_reads(&test_script(platform)), "{platform:?}");
            assert!(bash_reads(&mount_script(platform)), "{platform:?}");
        }
        assert!(!bash_reads("if true"), "bash says nothing about a script that is none");
    }

    #[test]
    fn the_file_system_is_mounted_encrypted_and_by_role_and_a_boot_never_waits_for_it() {
        let entry = |access_point| {
            let script =
                user_data(Platform::Ubuntu, "fs-0123456789abcdef0", "eu-central-1", access_point);
            script
                .lines()
                .find_map(|line| line.strip_prefix("readonly entry=").map(str::to_owned))
                .unwrap()
        };
        assert_eq!(
            entry(None),
            "'fs-0123456789abcdef0:/ /mnt/efs efs \
             _netdev,nofail,tls,iam,region=eu-central-1 0 0'"
        );
        assert_eq!(
            entry(Some("fsap-1")),
            "'fs-0123456789abcdef0:/ /mnt/efs efs \
             _netdev,nofail,tls,iam,region=eu-central-1,accesspoint=fsap-1 0 0'"
        );
    }

    #[test]
    fn only_the_file_system_is_a_reference() {
        for platform in PLATFORMS {
            let script = user_data(platform, "${file-system.id}", "eu-central-1", None);
            assert_eq!(script.matches("${").count(), 1);
            assert!(!script.contains('@'), "every placeholder is replaced: {script}");
        }
    }

    #[test]
    fn it_fits_the_limit_of_ec2() {
        let size = PLATFORMS.map(|platform| test_script(platform).len()).into_iter().max();
        assert!(size < Some(16 * 1024), "EC2 User Guide: 16 KB before it is encoded");
    }

    /// Whether each step exists, in this order, and is not repeated.
    fn has_in_order(platform: Platform, install: &str) -> bool {
        let steps = [
            "set -euo pipefail",
            "trap 'echo \"FAILED: ",
            "rm -f \"$mounted\"",
            "if ! command -v mount.efs > /dev/null; then",
            install,
            "if ! grep --quiet --line-regexp --fixed-strings \"$entry\" /etc/fstab; then",
            "echo \"$entry\" >> /etc/fstab",
            "mountpoint --quiet /mnt/efs || mount /mnt/efs",
            "date --utc --iso-8601=seconds > \"$mounted\"",
        ];
        let script = mount_script(platform);
        let at: Vec<_> = steps.iter().map(|step| script.find(step)).collect();
        at.iter().all(Option::is_some) && at.is_sorted()
    }

    #[test]
    fn it_installs_once_then_mounts_once_then_reports_it() {
        let over_tls = "  curl --proto '=https' --tlsv1.2 --fail";
        assert!(has_in_order(Platform::Ubuntu, over_tls));
        assert!(!has_in_order(Platform::AmazonLinux, over_tls));
        assert!(has_in_order(Platform::AmazonLinux, "  dnf --assumeyes install amazon-efs-utils"));
    }

    #[test]
    fn without_internet_access_nothing_is_fetched_from_it() {
        assert!(test_script(Platform::Ubuntu).contains("https://"));
        assert!(!test_script(Platform::AmazonLinux).contains("https://"));
    }
}
