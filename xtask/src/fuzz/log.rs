//! What libFuzzer writes while it runs.

/// What a run did.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Done {
    /// The target.
    pub(super) name: String,
    /// Inputs that were run.
    pub(super) executions: u64,
    /// Seconds that it took.
    pub(super) seconds: u64,
    /// Edges of the program that were passed.
    pub(super) edges: u64,
    /// Edges told apart by how often they were passed, and comparisons.
    pub(super) features: u64,
    /// Inputs that reached something new.
    pub(super) inputs: u64,
    /// Executions, edges and features, each time something new was reached.
    pub(super) curve: Vec<[u64; 3]>,
    /// The files of inputs that broke a promise.
    pub(super) findings: Vec<String>,
}

impl Done {
    /// Reads a log.
    pub(super) fn read(name: &str, log: &str) -> Self {
        let mut done = Self { name: name.into(), ..Self::default() };
        for line in log.lines() {
            if let Some(rest) = line.strip_prefix('#') {
                done.step(rest);
            }
            if let Some((_, path)) = line.split_once("Test unit written to ") {
                done.findings.push(path.trim().into());
            }
            let stat = |key: &str| line.strip_prefix(key)?.trim().parse::<u64>().ok();
            done.executions = done.executions.max(stat("stat::number_of_executed_units:").unwrap_or(0));
            if let Some((_, rest)) = line.split_once(" runs in ")
                && let Some(seconds) = rest.split(' ').next().and_then(|n| n.parse().ok())
            {
                done.seconds = seconds;
            }
        }
        done
    }

    /// Reads a line such as `123 NEW cov: 456 ft: 789 corp: 10/2Kb lim: 4 exec/s: 0 rss: 60Mb`.
    fn step(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |key: &str| {
            let place = words.iter().position(|word| *word == key)?;
            words.get(place + 1)?.split('/').next()?.parse::<u64>().ok()
        };
        let Some(executions) = words.first().and_then(|number| number.parse::<u64>().ok()) else { return };
        self.executions = self.executions.max(executions);
        if let (Some(edges), Some(features)) = (after("cov:"), after("ft:")) {
            (self.edges, self.features) = (edges, features);
            self.inputs = after("corp:").unwrap_or(self.inputs);
            self.curve.push([executions, edges, features]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_tells_executions_coverage_and_findings() {
        let log = "INFO: seed corpus: files: 2\n#3\tINITED cov: 10 ft: 12 corp: 2/9b exec/s: 0 rss: 40Mb\n\
                   #1024\tNEW    cov: 15 ft: 31 corp: 3/12b lim: 4 exec/s: 512 rss: 41Mb L: 3/5 MS: 1 -\n\
                   thread panicked\nartifact_prefix='f/'; Test unit written to f/crash-01\n\
                   Done 2000 runs in 4 second(s)\nstat::number_of_executed_units: 2000\n";
        let want = Done {
            name: "file".into(),
            executions: 2000,
            seconds: 4,
            edges: 15,
            features: 31,
            inputs: 3,
            curve: vec![[3, 10, 12], [1024, 15, 31]],
            findings: vec!["f/crash-01".into()],
        };
        assert_eq!(Done::read("file", log), want);
        assert_eq!(Done::read("file", ""), Done { name: "file".into(), ..Done::default() });
    }
}
