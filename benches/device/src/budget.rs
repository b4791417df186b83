//! Limits of a device, and the figures that exceed them.

use serde::Deserialize;

use crate::failure::Failure;
use crate::report::Report;

/// The limits of one device; a missing entry means no limit.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Budget {
    /// Opening the file for the first time, in milliseconds.
    load_ms: Option<f64>,
    /// The first score after that, in milliseconds.
    first_ms: Option<f64>,
    /// The median of warm calls, in microseconds, of the slowest answer.
    warm_median_us: Option<f64>,
    /// The 95th percentile of warm calls, in microseconds, of the slowest answer.
    p95_us: Option<f64>,
    /// The peak memory of the process, in MiB.
    memory_mib: Option<f64>,
    /// The size of the file.
    file_bytes: Option<f64>,
}

impl Budget {
    /// The table `[device.NAME]` of a budget.
    pub(crate) fn read(text: &str, device: &str) -> Result<Self, Failure> {
        #[derive(Deserialize)]
        struct File {
            #[serde(default)]
            device: toml::Table,
        }
        let File { device: devices } = toml::from_str(text)?;
        let Some(limits) = devices.get(device) else {
            let names: Vec<&str> = devices.keys().map(String::as_str).collect();
            return Err(format!("no limits for the device {device}, there are {}", names.join(", ")).into());
        };
        limits.clone().try_into().map_err(|e| format!("[device.{device}]: {e}").into())
    }

    /// One line for every limit that is exceeded or could not be measured.
    pub(crate) fn exceeded(&self, report: &Report) -> Vec<String> {
        let slowest = |time: fn(&crate::measure::AnswerTimes) -> f64| {
            report.answers.iter().map(time).fold(0.0, f64::max)
        };
        let figures = [
            ("load_ms", self.load_ms, Some(report.load_ms)),
            ("first_ms", self.first_ms, Some(report.first_ms)),
            ("warm_median_us", self.warm_median_us, Some(slowest(|a| a.median_us))),
            ("p95_us", self.p95_us, Some(slowest(|a| a.p95_us))),
            ("memory_mib", self.memory_mib, report.peak_mib),
            ("file_bytes", self.file_bytes, Some(report.file_bytes as f64)),
        ];
        let mut lines = Vec::new();
        for (name, limit, found) in figures {
            match (limit, found) {
                (Some(limit), Some(found)) if found > limit => {
                    lines.push(format!("{name} is {}, at most {limit} is allowed", rounded(found)));
                }
                (Some(limit), None) => {
                    lines.push(format!("{name} could not be measured here, at most {limit} is allowed"));
                }
                _ => {}
            }
        }
        lines
    }
}

/// At most three decimal places.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_has_the_limits_of_its_table() {
        let text = "[device.tablet]\nload_ms = 5\np95_us = 2.5\n[library]\nx = 1";
        let budget = Budget::read(text, "tablet").unwrap();
        assert_eq!(budget, Budget { load_ms: Some(5.0), p95_us: Some(2.5), ..Budget::default() });
        let error = Budget::read(text, "phone").unwrap_err().to_string();
        assert_eq!(error, "no limits for the device phone, there are tablet");
    }

    #[test]
    fn unknown_limit_is_refused() {
        let error = Budget::read("[device.tablet]\nlaod_ms = 5", "tablet").unwrap_err().to_string();
        assert!(error.contains("laod_ms"), "{error}");
    }
}
