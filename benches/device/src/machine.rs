//! What this machine says about itself.

use std::fs;

use pupil_core::cpu::Cpu;
use serde::Serialize;

/// The processor.
#[derive(Debug, Serialize)]
pub(crate) struct Processor {
    /// As the system names it.
    pub(crate) name: String,
    /// Its architecture.
    pub(crate) arch: &'static str,
    /// Cores that the process may use.
    pub(crate) cores: usize,
    /// The extensions that kernels use.
    pub(crate) features: String,
}

/// The processor of this machine.
pub(crate) fn cpu() -> Processor {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    Processor {
        name: name(&info),
        arch: std::env::consts::ARCH,
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        features: format!("{:?}", Cpu::detect()),
    }
}

/// The name in the text of `/proc/cpuinfo`: what x86 calls its model; on Arm the hardware, and the parts by their
/// numbers.
fn name(info: &str) -> String {
    let values = |key: &str| {
        let mut found: Vec<&str> = info
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(|(name, _)| name.trim() == key)
            .map(|(_, value)| value.trim())
            .collect();
        found.sort_unstable();
        found.dedup();
        found.join("+")
    };
    let model = values("model name");
    if !model.is_empty() {
        return model;
    }
    let (hardware, maker, part) = (values("Hardware"), values("CPU implementer"), values("CPU part"));
    match (hardware.as_str(), part.as_str()) {
        ("", "") => "unknown".to_owned(),
        ("", part) => format!("implementer {maker} part {part}"),
        (hardware, "") => hardware.to_owned(),
        (hardware, part) => format!("{hardware}, implementer {maker} part {part}"),
    }
}

/// Memory of this process in MiB, at most and now; nothing where the system does not say.
pub(crate) fn memory_mib() -> (Option<f64>, Option<f64>) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    (mib(&status, "VmHWM"), mib(&status, "VmRSS"))
}

fn mib(status: &str, key: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_on_either_architecture() {
        assert_eq!(name("processor\t: 0\nmodel name\t: Some CPU\nmodel name\t: Some CPU\n"), "Some CPU");
        let arm = "CPU implementer\t: 0x41\nCPU part\t: 0xd03\nCPU part\t: 0xd09\nHardware\t: Board\n";
        assert_eq!(name(arm), "Board, implementer 0x41 part 0xd03+0xd09");
        assert_eq!(name(""), "unknown");
    }

    #[test]
    fn memory_is_read_in_kib() {
        assert_eq!(mib("VmPeak:\t 9 kB\nVmHWM:\t    2048 kB\n", "VmHWM"), Some(2.0));
        assert_eq!(mib("VmHWM:\t many", "VmHWM"), None);
    }
}
