//! Which automatic scores of a task a person looks at all the same.

use serde::Serialize;
use serde_json::Value;

use super::fields::{Field, Fields, Read, Wrong, deserialized_by_fields};

/// A share of the scores that would be [automatic](crate::Decision::Automatic) goes to a person, so that their error
/// rate is measured while they are in use.
///
/// Whether a score is audited follows from the text of the answer alone, on every device alike: the BLAKE3 hash of its
/// UTF-8 bytes, keyed with [`salt`](Self::salt), begins with 24 bits that, as a number between 0 and 1, are less than
/// [`share`](Self::share). Without the salt, nobody can tell beforehand.
///
/// ```
/// use pupil_core::format::manifest::Audit;
///
/// let audit = Audit { share: 0.25, salt: [7; 32] };
/// let answers = (0..400).map(|n| format!("answer {n}"));
/// let chosen = answers.filter(|answer| audit.chooses(answer)).count();
/// assert!((70..130).contains(&chosen), "{chosen}");
/// assert!(!Audit { share: 0.0, ..audit }.chooses("warm air") && Audit { share: 1.0, ..audit }.chooses("warm air"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Audit {
    /// The share, from 0 to 1.
    pub share: f32,
    /// Key of the hash; 64 hexadecimal digits in the file.
    #[serde(serialize_with = "as_hex")]
    pub salt: [u8; 32],
}

impl Audit {
    /// Whether a person looks at this answer, if its score would be automatic.
    #[must_use]
    pub fn chooses(&self, answer: &str) -> bool {
        let hash = blake3::keyed_hash(&self.salt, answer.as_bytes());
        let [a, b, c, ..] = *hash.as_bytes();
        // 24 bits fit into an f32, and a division by a power of 2 rounds nothing.
        f32::from(a) / 256.0 + f32::from(b) / 65_536.0 + f32::from(c) / 16_777_216.0 < self.share
    }
}

impl Field for Audit {
    fn read(value: &Value) -> Read<Self> {
        let fields = Fields::of(value)?;
        Ok(Self { share: fields.required("share")?, salt: fields.required("salt")? })
    }
}

impl Field for [u8; 32] {
    fn read(value: &Value) -> Read<Self> {
        let digits = value.as_str().filter(|text| text.bytes().all(|b| !b.is_ascii_uppercase()));
        let salt = digits.and_then(|digits| blake3::Hash::from_hex(digits).ok());
        Ok(salt.ok_or(Wrong::not("64 hexadecimal digits in lower case"))?.into())
    }
}

deserialized_by_fields!(Audit);

fn as_hex<S: serde::Serializer>(salt: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&blake3::Hash::from_bytes(*salt).to_hex())
}
