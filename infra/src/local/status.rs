//! `local status` and `local env`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use aws::clients::LOCAL_SECRET;
use serde::Serialize;

use super::cloud_file::{self, LocalCloud, LocalServer};
use super::health;
use crate::cli::Global;
use crate::load_config;
use crate::ui::output;

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
        let none = Vec::<ServerStatus>::new();
        let text = "the local cloud is not running; start it with `efs-s3 local up`\n";
        output::print_data(global.output, &none, text)?;
        return Ok(ExitCode::FAILURE);
    };
    let halves = [
        server_status("MiniStack", &cloud.ministack, health::MINISTACK_PATH).await,
        server_status("datasync-local", &cloud.datasync, health::DATASYNC_PATH).await,
    ];
    let text: String = halves.iter().map(server_line).collect();
    output::print_data(global.output, &halves, text)?;
    let whole = halves.iter().all(|half| half.runs && half.answers);
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn server_line(server: &ServerStatus) -> String {
    let ServerStatus { name, url, pid, runs, answers } = server;
    let state = match (runs, answers) {
        (true, true) => "runs",
        (true, false) => "runs and does not respond",
        (false, _) => "has ended",
    };
    format!("{name:<15} {state:<10} {url}  process {pid}\n")
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
    let variables = client_variables(global, &cloud);
    let exports = variables.iter().map(|(name, value)| format!("export {name}={value}\n"));
    // Values of another session or profile would take precedence over these.
    let lines: String =
        exports.chain(["unset AWS_SESSION_TOKEN AWS_PROFILE\n".to_owned()]).collect();
    let json: serde_json::Map<String, serde_json::Value> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect();
    output::print_data(global.output, &json, lines)
}

/// Returns the environment variables of a client of the local cloud.
fn client_variables(global: &Global, cloud: &LocalCloud) -> [(&'static str, String); 8] {
    // The region of the stack, if there is one; MiniStack accepts any.
    let region = load_config::load_config(&global.config)
        .map_or_else(|_| "eu-central-1".to_owned(), |config| config.stack.region);
    let named = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
    let past_proxies = past_proxies(&named.unwrap_or_default());
    [
        ("AWS_ENDPOINT_URL", cloud.ministack.url.clone()),
        ("AWS_ENDPOINT_URL_DATASYNC", cloud.datasync.url.clone()),
        ("AWS_ACCESS_KEY_ID", global.local_account.clone()),
        ("AWS_SECRET_ACCESS_KEY", LOCAL_SECRET.to_owned()),
        ("AWS_REGION", region.clone()),
        ("AWS_DEFAULT_REGION", region),
        ("NO_PROXY", past_proxies.clone()),
        ("no_proxy", past_proxies),
    ]
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
