//! What the system tells about processes: memory and time.

use std::fs;

use crate::error::Failure;

/// The clock ticks in which Linux counts the time of a process: `USER_HZ`, 100 on every platform that it runs on.
const TICKS_PER_SECOND: f64 = 100.0;
/// Of the fields of `/proc/<pid>/stat` after the name, the time in the program and in the kernel (proc(5)).
const TIME_FIELDS: std::ops::Range<usize> = 11..13;
const KIB_PER_MIB: f64 = 1024.0;

/// Memory of a process, in MiB.
#[derive(Debug, Clone, Copy)]
pub(super) struct Memory {
    /// Now.
    pub(super) resident: f64,
    /// The most it ever was.
    pub(super) peak: f64,
}

/// Time that the processors have spent on a process, in seconds, from `/proc/<pid>/stat` in steps of 10 ms.
///
/// # Errors
/// When there is no such process, or no `/proc`.
pub(super) fn processor_seconds(pid: u32) -> Result<f64, Failure> {
    let stat = read(pid, "stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let times = fields.get(TIME_FIELDS).unwrap_or_default();
    Ok(times.iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND)
}

/// Memory of a process.
///
/// # Errors
/// As [`processor_seconds`].
pub(super) fn memory(pid: u32) -> Result<Memory, Failure> {
    let status = read(pid, "status")?;
    let mib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|rest| rest.trim_start_matches(':').split_whitespace().next());
        kib.and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / KIB_PER_MIB
    };
    Ok(Memory { resident: mib("VmRSS"), peak: mib("VmHWM") })
}

/// Processors that this process may use.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn read(pid: u32, file: &str) -> Result<String, Failure> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).map_err(|error| Failure::Local(format!("{path}: {error}")))
}
