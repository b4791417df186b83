//! What a program does when it is told to stop while it writes.

use std::io::IsTerminal as _;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// Begins to remove temporary files when the program is told to stop, by SIGINT, SIGTERM or SIGHUP; it then ends by
/// that signal, as it would have without this. To be called once, at the beginning of a program.
///
/// A signal that was ignored when the program was started stays ignored, as `nohup` wants it.
pub fn remove_partial_on_signals() {
    let ignored = ignored();
    let heard = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0);
    // Without them, a program that is stopped leaves a hidden file behind, as it does after SIGKILL.
    let Ok(mut signals) = Signals::new(heard) else { return };
    let wait = move || {
        for signal in &mut signals {
            super::remove_partial();
            // It fails for signals that a program cannot end by, and these are none of them.
            let _ = emulate_default_handler(signal);
        }
    };
    // As above.
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(wait);
}

/// The signals that are ignored, a bit for each. Where the system does not tell, a hang-up counts as ignored without a
/// terminal.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let told = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    told.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_else(|| if std::io::stderr().is_terminal() { 0 } else { 1 << (SIGHUP - 1) })
}
