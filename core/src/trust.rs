//! Who made a file: signatures in minisign's format, hashes and versions that the program expects.
//!
//! The hashes inside a file show that it is whole. Who forges a file recomputes them; the keys here cannot be
//! recomputed.

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::base64;
use crate::error::{Error, ErrorKind, Result};
use crate::format::limits::MAX_SIGNATURE_BYTES;

/// What is appended to the name of a file for the name of its signature, as minisign does.
pub const SIGNATURE_ENDING: &str = ".minisig";

/// A public key of minisign: one line of Base64, or the two lines of a `.pub` file.
///
/// ```
/// let key: pupil_core::PublicKey = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3".parse()?;
/// assert_eq!(key.id(), "E7620F1842B4E81F");
/// # Ok::<(), pupil_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    key: minisign_verify::PublicKey,
    id: KeyId,
}

impl PublicKey {
    /// The number by which signatures name the key, as minisign prints it: 16 hex digits.
    pub fn id(&self) -> String {
        self.id.to_string()
    }
}

impl FromStr for PublicKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        let key = minisign_verify::PublicKey::from_base64(line).ok();
        key.zip(KeyId::in_line(line)).map(|(key, id)| Self { key, id }).ok_or_else(|| {
            Error::new(
                ErrorKind::BadInput,
                "the text is not a public key of minisign: give the last line of the .pub file, 56 characters that \
                 begin with RW",
            )
        })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.id)
    }
}

/// A signature in minisign's format: the four lines of a `.minisig` file.
#[derive(Clone)]
pub struct Signature {
    signature: minisign_verify::Signature,
    id: KeyId,
}

impl Signature {
    /// The number of the key that made it, as minisign prints it.
    pub fn key_id(&self) -> String {
        self.id.to_string()
    }

    /// What the signer wrote beside the signature. It can be believed once the signature is verified.
    pub fn comment(&self) -> &str {
        self.signature.trusted_comment()
    }

    /// Verifies some bytes against whichever of these keys the signature names.
    ///
    /// Both kinds of minisign are read: those of a hash (`ED`, what minisign makes) and those of the bytes themselves
    /// (`Ed`, what it made before version 0.10).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Untrusted`] when no key has the signature's number, or when the bytes are not what was signed.
    pub fn verify(&self, bytes: &[u8], keys: &[PublicKey]) -> Result<()> {
        let Some(key) = keys.iter().find(|key| key.id == self.id) else {
            let known: Vec<String> = keys.iter().map(PublicKey::id).collect();
            return Err(untrusted(format!(
                "the file is signed with the key {}, trusted are {}: get it from its publisher, or update the program if \
                 the publisher has a new key",
                self.id,
                known.join(", ")
            )));
        };
        key.key.verify(bytes, &self.signature, true).map_err(|e| {
            untrusted(format!(
                "the signature with the key {} does not belong to these bytes: fetch the file and its signature again \
                 from the publisher",
                self.id
            ))
            .with_source(e)
        })
    }
}

impl FromStr for Signature {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let signature = minisign_verify::Signature::decode(text).ok();
        let id = text.lines().nth(1).and_then(KeyId::in_line);
        signature.zip(id).map(|(signature, id)| Self { signature, id }).ok_or_else(|| {
            Error::new(
                ErrorKind::BadInput,
                "the text is not a signature of minisign: give the four lines of the .minisig file",
            )
        })
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature(by {})", self.id)
    }
}

/// The number of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct KeyId([u8; 8]);

impl KeyId {
    /// Bytes before the number: which algorithm.
    const START: usize = 2;

    /// The number in a line of Base64, of a key or of a signature. `minisign_verify` keeps it to itself.
    fn in_line(line: &str) -> Option<Self> {
        let mut bytes = [0; 12];
        let digits = line.trim().as_bytes().get(..bytes.len() / 3 * 4)?;
        for (four, three) in digits.chunks(4).zip(bytes.chunks_mut(3)) {
            let mut bits = 0;
            for digit in four {
                bits = bits << 6 | u32::from(base64::value(*digit)?);
            }
            three.copy_from_slice(&bits.to_be_bytes()[1..]);
        }
        bytes[Self::START..].first_chunk().copied().map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", u64::from_le_bytes(self.0))
    }
}

/// The error of a file that is not trusted.
#[cold]
pub(crate) fn untrusted(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Untrusted, message)
}

/// The path of the signature beside a file.
pub fn signature_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(SIGNATURE_ENDING);
    name.into()
}

/// Reads the signature beside a file.
///
/// # Errors
///
/// [`ErrorKind::Untrusted`] when there is none, or something else; [`ErrorKind::Io`].
pub(crate) fn signature_beside(path: &Path) -> Result<Signature> {
    let path = signature_path(path);
    let unreadable = |e: std::io::Error| {
        let name = path.display();
        match e.kind() {
            std::io::ErrorKind::NotFound => untrusted(format!(
                "only signed files are trusted, and there is no signature {name}: put it beside the file, or give it in \
                 the options"
            )),
            _ => Error::new(ErrorKind::Io, format!("cannot read {name}: {e}")).with_source(e),
        }
    };
    // As for models: opening a named pipe would wait for its writer.
    if !std::fs::metadata(&path).map_err(unreadable)?.is_file() {
        return Err(untrusted(format!("{} is not a regular file", path.display())));
    }
    let mut text = String::new();
    let limit = MAX_SIGNATURE_BYTES + 1;
    File::open(&path).and_then(|file| file.take(limit).read_to_string(&mut text)).map_err(unreadable)?;
    text.parse().map_err(|e: Error| untrusted(format!("{}: {e}", path.display())).with_source(e))
}
