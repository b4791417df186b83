//! How a file is opened.

use crate::cpu::Cpu;
use crate::format::limits::{DEFAULT_ANSWER_BYTES, DEFAULT_FOLD_BYTES};

/// How a file is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Bytes of folded tables of all encoders together. What does not fit is computed with each call, slower and with
    /// the same result. More than [`MAX_FOLD_BYTES`](crate::format::limits::MAX_FOLD_BYTES) are never made.
    pub fold_limit_bytes: usize,
    /// The largest answer, and the largest reference, that is read, in bytes.
    pub max_answer_bytes: usize,
    /// The instructions to use. Fewer of them change the speed and nothing else.
    pub cpu: Cpu,
}

impl Default for OpenOptions {
    /// 16 MiB of tables, answers up to 64 KiB, every instruction that this machine has.
    fn default() -> Self {
        Self {
            fold_limit_bytes: DEFAULT_FOLD_BYTES,
            max_answer_bytes: DEFAULT_ANSWER_BYTES,
            cpu: Cpu::detect(),
        }
    }
}
