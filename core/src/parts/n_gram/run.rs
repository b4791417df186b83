//! Running an n-gram encoder.

use crate::error::{Error, ErrorKind, Result};
use crate::format::manifest::NGram;
use crate::kernels::{Kernels, quantize_i8};
use crate::layers::{Held, check_biases, check_len, check_scales, check_weights};
use crate::ngram::{NGramScratch, NGramSpec, tfidf};
use crate::quant::MAX_COLUMNS;

/// The arrays of an encoder as a file holds them.
#[derive(Clone, Copy, Debug)]
pub struct NGramWeights<'a> {
    /// Inverse document frequency of each bucket, `[buckets]`, at least 0.
    pub idf: &'a [f32],
    /// `[buckets, units]`.
    pub weight: &'a [i8],
    /// Scale of each unit's weights, `[units]`.
    pub scale: &'a [f32],
    /// `[units]`.
    pub bias: &'a [f32],
}

/// The encoder, ready to run. Immutable; share it freely.
#[derive(Debug)]
pub struct PackedNGram {
    spec: NGramSpec,
    sublinear: bool,
    idf: Vec<f32>,
    weight: Box<dyn Held>,
    scale: Vec<f32>,
    bias: Vec<f32>,
    /// Bytes of the weights, where they are the encoder's own.
    own_bytes: usize,
    quantize: &'static quantize_i8::Variant,
}

/// Buffers of [`PackedNGram::forward`]; serves encoders of any size, and allocates only for the longest text.
#[derive(Debug, Default)]
pub struct TextScratch {
    counts: NGramScratch,
    values: Vec<f32>,
    q: Vec<i8>,
    sums: Vec<i32>,
}

impl TextScratch {
    /// Bytes that the buffers hold.
    pub(crate) fn memory_bytes(&self) -> usize {
        let values = self.values.capacity() * size_of::<f32>() + self.q.capacity();
        self.counts.memory_bytes() + values + self.sums.capacity() * size_of::<i32>()
    }
}

impl PackedNGram {
    /// Copies weights of the stated dimensions.
    ///
    /// # Errors
    ///
    /// `Damaged` when a length or value does not fit, `BadInput` when the dimensions are none that can be counted.
    pub fn new(d: &NGram, w: &NGramWeights<'_>, kernels: &Kernels) -> Result<Self> {
        check_scales("the idf of n-grams", w.idf)?;
        check_weights("the weight of n-grams", w.weight)?;
        check_scales("the weight of n-grams", w.scale)?;
        check_biases("n-grams", w.bias)?;
        let weight = Box::new(w.weight.to_vec());
        let packed = Self::shared(d, weight, w.idf.to_vec(), w.scale.to_vec(), w.bias.to_vec(), kernels)?;
        Ok(Self { own_bytes: w.weight.len(), ..packed })
    }

    /// An encoder of weights that were checked and stay where they are.
    pub(super) fn shared(
        d: &NGram,
        weight: Box<dyn Held>,
        idf: Vec<f32>,
        scale: Vec<f32>,
        bias: Vec<f32>,
        kernels: &Kernels,
    ) -> Result<Self> {
        let weights = (*weight).as_ref();
        check_len("the idf of n-grams", idf.len(), d.buckets)?;
        check_len("the weight of n-grams", weights.len(), d.buckets.saturating_mul(d.units))?;
        check_len("the scale of n-grams", scale.len(), d.units)?;
        check_len("the bias of n-grams", bias.len(), d.units)?;
        Ok(Self {
            spec: d.spec()?,
            sublinear: d.sublinear,
            idf,
            weight,
            scale,
            bias,
            own_bytes: 0,
            quantize: kernels.quantize_i8,
        })
    }

    /// Length of the output.
    pub fn output_len(&self) -> usize {
        self.bias.len()
    }

    /// Bytes of memory that the encoder holds, without weights that stay in a file.
    pub fn memory_bytes(&self) -> usize {
        let numbers = self.idf.len() + self.scale.len() + self.bias.len();
        self.own_bytes + numbers * size_of::<f32>()
    }

    /// Fills `out` with the numbers of a text: for each unit its bias and the weights of the text's n-grams, each times
    /// the TF-IDF value of the n-gram.
    ///
    /// # Errors
    ///
    /// `TooLarge` when the text has more than [`MAX_COLUMNS`] different n-grams.
    ///
    /// # Panics
    ///
    /// When `out` is not [`PackedNGram::output_len`] long.
    pub fn forward(&self, text: &str, scratch: &mut TextScratch, out: &mut [f32]) -> Result<()> {
        let units = self.output_len();
        assert_eq!(out.len(), units, "the encoder writes one number a unit");
        let TextScratch { counts, values, q, sums } = scratch;
        let counts = self.spec.counts(text, counts);
        if counts.len() > MAX_COLUMNS {
            // So that no i32 sum overflows.
            let message =
                format!("answer has {} different n-grams, at most {MAX_COLUMNS} are read", counts.len());
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        tfidf(counts, |bucket| self.idf[bucket as usize], self.sublinear, values);
        q.resize(values.len(), 0);
        let scale = self.quantize.run(values, q);
        sums.clear();
        sums.resize(units, 0);
        let weight = (*self.weight).as_ref();
        if let [sum] = &mut sums[..] {
            // The usual encoder, with one number for each bucket.
            *sum = counts
                .iter()
                .zip(&*q)
                .map(|((n, _), q)| i32::from(*q) * i32::from(weight[*n as usize]))
                .sum();
        } else {
            for ((bucket, _), q) in counts.iter().zip(&*q) {
                let row = &weight[*bucket as usize * units..][..units];
                for (sum, weight) in sums.iter_mut().zip(row) {
                    *sum += i32::from(*q) * i32::from(*weight);
                }
            }
        }
        for (((out, sum), unit), bias) in out.iter_mut().zip(&*sums).zip(&self.scale).zip(&self.bias) {
            #[expect(clippy::cast_precision_loss, reason = "the contract rounds the sum here, to nearest")]
            let sum = *sum as f32;
            *out = sum * (scale * unit) + bias;
        }
        Ok(())
    }
}
