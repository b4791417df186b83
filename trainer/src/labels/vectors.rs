//! The vectors from which a teacher scores answers, in half precision: one safetensors file for a data set, beside its
//! labels.

use crate::files;
use anyhow::{Context, Result, bail, ensure};
use candle_core::{DType, Device, Tensor};
use safetensors::{SafeTensors, serialize};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Largest value of half precision.
const MAX_HALF: f32 = 65_504.0;
/// Most values of one file, 2 GiB.
const MAX_VALUES: usize = 1 << 30;
const NAME: &str = "vectors";

/// A vector for each answer of a data set, in its order.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    rows: Vec<Arc<[f32]>>,
}

impl Vectors {
    /// The vectors of all answers.
    #[must_use]
    pub fn rows(&self) -> &[Arc<[f32]>] {
        &self.rows
    }

    /// Writes the vectors of a data set, and returns them as they will be read.
    ///
    /// # Errors
    ///
    /// When they differ in length, a value is not finite or beyond half precision, or the file cannot be written.
    pub fn write(path: &Path, rows: &[Vec<f32>], teacher_blake3: &str, data_blake3: &str) -> Result<Self> {
        let width = rows.first().map_or(0, Vec::len);
        ensure!(
            width > 0 && rows.iter().all(|row| row.len() == width),
            "the vectors of {} answers are empty or differ in length",
            rows.len()
        );
        ensure!(
            rows.len().saturating_mul(width) <= MAX_VALUES,
            "{} vectors of {width} values are more than a file holds, {MAX_VALUES} values",
            rows.len()
        );
        // Written so that a value that is not a number is refused too.
        if let Some(row) = rows.iter().position(|row| !row.iter().all(|v| v.abs() <= MAX_HALF)) {
            bail!("the teacher's vector of answer {} has a value that is not within ±{MAX_HALF}", row + 1);
        }
        let tensor =
            Tensor::from_vec(rows.concat(), (rows.len(), width), &Device::Cpu)?.to_dtype(DType::F16)?;
        // One entry: several would be written in any order.
        let origin = serde_json::to_string(&[teacher_blake3, data_blake3, crate::tool::TOOL])?;
        let info = HashMap::from([("made_from".to_owned(), origin)]);
        files::write(path, &serialize([(NAME, &tensor)], Some(info))?)?;
        Self::of(&tensor)
    }

    /// Reads a file if it was made by this teacher from this data set of so many answers; `None` means that the vectors
    /// have to be made.
    #[must_use]
    pub fn cached(path: &Path, teacher_blake3: &str, data_blake3: &str, answers: usize) -> Option<Self> {
        let read = || -> Result<Self> {
            let size = std::fs::metadata(path)?.len();
            ensure!(size <= 2 * MAX_VALUES as u64 + (1 << 20), "{size} bytes");
            let bytes = std::fs::read(path)?;
            let (_, metadata) = SafeTensors::read_metadata(&bytes)?;
            let info = metadata.metadata().as_ref().context("no metadata")?;
            let origin: [String; 3] =
                serde_json::from_str(info.get("made_from").context("the metadata lacks `made_from`")?)?;
            ensure!(origin[0] == teacher_blake3 && origin[1] == data_blake3, "made from others");
            let tensors = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)?;
            let tensor = tensors.get(NAME).context("no vectors")?;
            ensure!(tensor.dims2()?.0 == answers, "vectors of other answers");
            Self::of(tensor)
        };
        read().ok()
    }

    fn of(tensor: &Tensor) -> Result<Self> {
        let rows = tensor.to_dtype(DType::F32)?.to_vec2::<f32>()?;
        Ok(Self { rows: rows.into_iter().map(Arc::from).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_read_as_they_were_written_and_only_for_their_teacher_and_data() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("train-vectors.safetensors");
        let rows = vec![vec![0.1, -2.0, 3.5], vec![1e-3, 0.0, 60_000.0]];
        let made = Vectors::write(&path, &rows, "teacher", "data").unwrap();
        for (have, want) in made.rows().iter().zip(&rows) {
            for (have, want) in have.iter().zip(want) {
                assert!((have - want).abs() <= want.abs() / 1024.0, "{have} but {want}");
            }
        }
        // 0.1 in half precision, from the IEEE 754 tables: 0x2E66.
        assert_eq!(made.rows()[0][0], 0.099_975_586);
        assert_eq!(Vectors::cached(&path, "teacher", "data", 2), Some(made));
        assert_eq!(Vectors::cached(&path, "other", "data", 2), None);
        assert_eq!(Vectors::cached(&path, "teacher", "other", 2), None);
        assert_eq!(Vectors::cached(&path, "teacher", "data", 3), None);
        let bytes = std::fs::read(&path).unwrap();
        for cut in [0, 7, bytes.len() / 2, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert_eq!(Vectors::cached(&path, "teacher", "data", 2), None, "{cut} bytes");
        }
    }

    #[test]
    fn vectors_that_half_precision_cannot_hold_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("v.safetensors");
        for (rows, what) in [
            (vec![vec![1.0], vec![f32::NAN]], "answer 2 has a value that is not within"),
            (vec![vec![70_000.0]], "answer 1 has a value that is not within"),
            (vec![vec![1.0], vec![1.0, 2.0]], "2 answers are empty or differ in length"),
            (Vec::new(), "0 answers are empty"),
        ] {
            let error = Vectors::write(&path, &rows, "t", "d").unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
        assert!(!path.exists());
    }
}
