//! The resources that a process has used, read from `/proc`.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// One run of one tool.
#[derive(Clone, Debug)]
pub(crate) struct CopyMeasurement {
    pub(crate) seconds: f64,
    pub(crate) peak_mib: f64,
    pub(crate) cpu: f64,
    pub(crate) server_cpu: f64,
    pub(crate) requests: u64,
}

/// The CPU seconds of a process, also of one that has ended and was not waited for.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<_> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11..15].iter().map(|field| field.parse::<f64>().unwrap()).sum();
    ticks / 100.0
}

/// The most memory the process has held, in MiB; `None` when it has ended.
pub(crate) fn peak_mib(pid: u32) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(peak.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0)
}

/// Runs the program to its end: seconds, CPU seconds, peak.
pub(crate) fn run_command(mut command: Command) -> (f64, f64, f64) {
    let begun = Instant::now();
    let child = command.stdout(Stdio::null()).spawn().unwrap();
    let peak = std::thread::spawn({
        let pid = child.id();
        move || {
            let mut peak = 0.0_f64;
            while let Some(now) = peak_mib(pid) {
                peak = peak.max(now);
                std::thread::sleep(Duration::from_millis(5));
            }
            peak
        }
    });
    wait_for_end(&child);
    let (seconds, cpu) = (begun.elapsed().as_secs_f64(), cpu_seconds(child.id()));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", output.status);
    (seconds, cpu, peak.join().unwrap())
}

/// Waits for the end of the process, which can still be read from `/proc` afterwards.
fn wait_for_end(child: &Child) {
    let pid = Pid::from_child(child);
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
}
