//! The threads that compute, and many small fits in parallel, each on one of them.

use crate::progress::Bar;
use anyhow::Result;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Starts a thread for each processor, or where the system gives none, as without memory for them, lets the calling
/// thread do everything. Otherwise the first sum that is spread over threads would start them, and panic.
///
/// # Errors
///
/// When they have been started already.
pub fn start() -> Result<()> {
    let builder = rayon::ThreadPoolBuilder::new;
    builder().build_global().or_else(|_| builder().num_threads(1).use_current_thread().build_global())?;
    Ok(())
}

/// Runs every job on one thread, as many at a time as there are threads, and returns the results in the order of the
/// jobs. `work` returns a result and a message for the progress bar.
///
/// # Errors
///
/// The first error of any job, after the other jobs have finished.
pub fn one_thread_each<J: Sync, T: Send>(
    title: &str,
    jobs: &[J],
    work: impl Fn(&J) -> Result<(T, String)> + Sync,
) -> Result<Vec<T>> {
    let bar = Bar::new(title.to_owned());
    let (next, count) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let worker = || -> Result<Vec<(usize, T)>> {
        // A separate pool keeps the matrix products of one fit on one thread. A plain thread waits for it; a worker of
        // a shared pool would start the next fit meanwhile. Where there is but one thread, they are on it anyway.
        let apart = rayon::current_num_threads() > 1;
        let pool = apart.then(|| rayon::ThreadPoolBuilder::new().num_threads(1).build()).transpose()?;
        let mut done = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            let Some(job) = jobs.get(n) else { return Ok(done) };
            let (result, message) = match &pool {
                Some(pool) => pool.install(|| work(job))?,
                None => work(job)?,
            };
            done.push((n, result));
            let finished = count.fetch_add(1, Ordering::Relaxed) + 1;
            bar.set(finished as u64, jobs.len() as u64, &message);
        }
    };
    let parts = std::thread::scope(|scope| {
        // Where the system gives no thread, as without memory for it, there are fewer.
        let threads: Vec<_> = (1..rayon::current_num_threads())
            .filter_map(|_| std::thread::Builder::new().spawn_scoped(scope, worker).ok())
            .collect();
        let own = worker();
        let others = threads.into_iter().map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p)));
        others.chain([own]).collect::<Vec<_>>()
    });
    let mut results = Vec::new();
    for part in parts {
        results.extend(part?);
    }
    results.sort_by_key(|r| r.0);
    bar.finish();
    Ok(results.into_iter().map(|r| r.1).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_jobs() {
        let jobs: Vec<u64> = (0..20).collect();
        let made = one_thread_each("twenty", &jobs, |n| Ok((n * n, String::new()))).unwrap();
        assert_eq!(made, jobs.iter().map(|n| n * n).collect::<Vec<_>>());
    }

    #[test]
    fn error_of_a_job_is_reported() {
        let failed = one_thread_each("three", &[1, 2, 3], |n| {
            anyhow::ensure!(*n != 2, "job {n} failed");
            Ok(((), String::new()))
        });
        assert_eq!(failed.unwrap_err().to_string(), "job 2 failed");
    }
}
