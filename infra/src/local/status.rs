//! `local status` and `local env`.

use std::fmt::Write;
use std::process::ExitCode;

use anyhow::{Result, bail};
use serde::Serialize;

use super::cloud_file::{self, LocalServer};
use super::health;
use crate::cli::Global;
use crate::load_config;
use crate::ui::output;
use aws::clients::LOCAL_SECRET;

#[derive(Debug, Serialize)]
struct ServerStatus {
    name: &'static str,
    url: String,
    pid: u32,
    runs: bool,
    answers: bool,
}

pub(super) async fn run(global: &Global) -> Result<ExitCode> {
    let Some(cloud) = cloud_file::read_up(&global.local_dir)? else {
        output::print_data(
            global.output,
            &Vec::<ServerStatus>::new(),
            "the local cloud is not running; start it with `efs-s3 local up`\n",
        )?;
        return Ok(ExitCode::FAILURE);
    };
    let halves = [
        server_status("MiniStack", &cloud.ministack, health::MINISTACK_PATH).await,
        server_status("datasync-local", &cloud.datasync, health::DATASYNC_PATH).await,
    ];
    let mut text = String::new();
    for ServerStatus { name, url, pid, runs, answers } in &halves {
        let state = match (runs, answers) {
            (true, true) => "runs",
            (true, false) => "runs and does not respond",
            (false, _) => "has ended",
        };
        writeln!(text, "{name:<15} {state:<10} {url}  process {pid}")?;
    }
    output::print_data(global.output, &halves, text)?;
    let whole = halves.iter().all(|half| half.runs && half.answers);
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn server_status(name: &'static str, server: &LocalServer, path: &str) -> ServerStatus {
    let runs = server.is_running();
    ServerStatus {
        name,
        url: server.url.clone(),
        pid: server.pid,
        runs,
        answers: runs && health::is_healthy(server.listen_address(), path).await,
    }
}

pub(super) fn print_env(global: &Global) -> Result<()> {
    let Some(cloud) = cloud_file::read_up(&global.local_dir)? else {
        bail!("the local cloud is not running; start it with `efs-s3 local up`");
    };
    // The region of the stack, if there is one; MiniStack accepts any.
    let region = load_config::load_config(&global.config)
        .map_or_else(|_| "eu-central-1".to_owned(), |config| config.stack.region);
    let named = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
    let past_proxies = past_proxies(&named.unwrap_or_default());
    let variables = [
        ("AWS_ENDPOINT_URL", cloud.ministack.url.as_str()),
        ("AWS_ENDPOINT_URL_DATASYNC", cloud.datasync.url.as_str()),
        ("AWS_ACCESS_KEY_ID", global.local_account.as_str()),
        ("AWS_SECRET_ACCESS_KEY", LOCAL_SECRET),
        ("AWS_REGION", region.as_str()),
        ("AWS_DEFAULT_REGION", region.as_str()),
        ("NO_PROXY", past_proxies.as_str()),
        ("no_proxy", past_proxies.as_str()),
    ];
    let exports = variables.iter().map(|(name, value)| format!("export {name}={value}\n"));
    // Values of another session or profile would take precedence over these.
    let lines: String =
        exports.chain(["unset AWS_SESSION_TOKEN AWS_PROFILE\n".to_owned()]).collect();
    let json: serde_json::Map<String, serde_json::Value> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
    output::print_data(global.output, &json, lines)
}

/// Returns the hosts that are reached without a proxy: the previous ones, and this machine.
fn past_proxies(before: &str) -> String {
    let before = before.split(',').map(str::trim).filter(|host| !host.is_empty());
    let mut hosts: Vec<&str> = before.collect();
    for host in ["127.0.0.1", "localhost"] {
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_added_to_the_hosts_without_a_proxy() {
        for (before, expected) in [
            ("", "127.0.0.1,localhost"),
            ("localhost, .example.com", "localhost,.example.com,127.0.0.1"),
            ("127.0.0.1,localhost", "127.0.0.1,localhost"),
        ] {
            assert_eq!(past_proxies(before), expected);
        }
    }
}
