//! How a file is opened.

use crate::cpu::Cpu;
use crate::format::FileAccess;
use crate::format::limits::{DEFAULT_ANSWER_BYTES, DEFAULT_FOLD_BYTES, DEFAULT_WORK};
use crate::trust::{PublicKey, Signature};

/// How a file is opened.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Bytes of folded tables of all encoders together. What does not fit is computed with each call, slower and with
    /// the same result. More than [`MAX_FOLD_BYTES`](crate::format::limits::MAX_FOLD_BYTES) are never made.
    pub fold_limit_bytes: usize,
    /// The largest answer, and the largest reference, that is read, in bytes.
    pub max_answer_bytes: usize,
    /// The most multiplications that one score may take, graphs of the ONNX format apart; they are counted before they
    /// are made, and each member of a task gets an equal share. An input that would need more is refused, on every
    /// device the same one.
    pub max_work: u64,
    /// The instructions to use. Fewer of them change the speed and nothing else.
    pub cpu: Cpu,
    /// How the bytes of a file get into memory; see [`FileAccess`].
    pub access: FileAccess,
    /// The keys of publishers whose files are opened; none of them: any file is. With a key, a file needs a signature,
    /// which is verified before anything in the file is read. Several keys are for the time in which a publisher
    /// changes from one to the next.
    ///
    /// Verifying takes a few times as long as opening does: verify a file when it arrives, and keep it where nobody
    /// else can write.
    pub trusted_keys: Vec<PublicKey>,
    /// The signature of the file. Without it, a file that is opened by its path has its signature beside it:
    /// `science.pupil.minisig` for `science.pupil`.
    pub signature: Option<Signature>,
    /// The BLAKE3 of the only file that may be opened, in hexadecimal.
    pub expected_blake3: Option<String>,
    /// The least [version](crate::format::Manifest::version) of the model. A publisher counts it up, so that a signed
    /// file of old cannot be put in the place of the current one.
    pub min_version: u32,
}

impl Default for OpenOptions {
    /// 16 MiB of tables, answers up to 64 KiB, every instruction that this machine has, files by
    /// anyone.
    fn default() -> Self {
        Self {
            fold_limit_bytes: DEFAULT_FOLD_BYTES,
            max_answer_bytes: DEFAULT_ANSWER_BYTES,
            max_work: DEFAULT_WORK,
            cpu: Cpu::detect(),
            access: FileAccess::COPIED,
            trusted_keys: Vec::new(),
            signature: None,
            expected_blake3: None,
            min_version: 0,
        }
    }
}
