//! The sections of an n-gram encoder.

use crate::error::Result;
use crate::format::manifest::NGram;
use crate::format::sections::{Sections, Shape};
use crate::parts::arrays::{bias, numbers, scale, scales, weights};
use crate::parts::values;

/// The section with the inverse document frequency of each bucket.
pub(super) fn idf(encoder: &str) -> String {
    format!("encoder.{encoder}.idf")
}

/// The section with the weights, a row for each bucket, so that those of one n-gram lie together.
pub(super) fn weight(encoder: &str) -> String {
    format!("encoder.{encoder}.weight")
}

/// The section with the bias of each unit.
pub(super) fn unit_bias(encoder: &str) -> String {
    bias(&format!("encoder.{encoder}"))
}

/// Adds the four sections of an encoder. A scale belongs to a unit, which is a column of the weights.
pub(in crate::parts) fn sections(encoder: &str, d: &NGram, all: &mut Sections) -> Result<()> {
    let weight = weight(encoder);
    // The rule for scales is that for an inverse document frequency too: the values stay finite.
    all.add(idf(encoder), scales(Shape::One(d.buckets)))?;
    all.add(scale(&weight), scales(Shape::One(d.units)))?;
    all.add(weight, weights(Shape::Two(d.buckets, d.units)))?;
    all.add(unit_bias(encoder), numbers(Shape::One(d.units), values::biases))
}
