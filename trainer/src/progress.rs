//! Progress bars; without a terminal, occasional plain lines.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// One progress bar, or its lines in a log.
pub struct Bar {
    bar: ProgressBar,
    title: String,
    last: Mutex<Instant>,
    lines: bool,
}

impl Bar {
    /// A bar with a title.
    ///
    /// # Panics
    ///
    /// Never: the template is fixed.
    #[must_use]
    pub fn new(title: String) -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{prefix:28} {bar:32} {percent:>3}% {eta_precise} {msg}")
            .expect("the template is well formed");
        bar.set_style(style);
        bar.set_prefix(title.clone());
        let lines = !std::io::stderr().is_terminal();
        Self { bar, title, last: Mutex::new(Instant::now()), lines }
    }

    /// Sets how much is done.
    ///
    /// # Panics
    ///
    /// Never: nothing panics while it holds the lock.
    pub fn set(&self, done: u64, total: u64, message: &str) {
        const EVERY: Duration = Duration::from_secs(20);
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(message.to_owned());
        if self.lines {
            let mut last = self.last.lock().expect("nothing panics while it holds the lock");
            if last.elapsed() >= EVERY || done == total {
                *last = Instant::now();
                eprintln!("{}: {done}/{total} {message}", self.title);
            }
        }
    }

    /// Adds to what is done, out of `total`.
    pub fn add(&self, more: u64, total: u64, message: &str) {
        self.set(self.bar.position() + more, total, message);
    }

    /// Finishes the bar and leaves it on the screen.
    pub fn finish(&self) {
        self.bar.finish();
    }
}
