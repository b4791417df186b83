//! Learning a teacher's vectors: the squared distance between the student's vectors, mapped to the teacher's width, and
//! those of the teacher.

use candle_core::{Result, Tensor};
use std::sync::Arc;

/// The mean over rows and values of `(W h − t)²`, a scalar on the device of `vectors`.
///
/// `vectors` is `[rows, width]`, the map `W` is `[teacher's width, width]`. A row without a teacher's vector adds
/// nothing, but counts in the mean, as in the other terms of the loss.
///
/// # Errors
///
/// When the number of rows or a width does not fit.
pub fn distance(vectors: &Tensor, map: &Tensor, teacher: &[Option<Arc<[f32]>>]) -> Result<Tensor> {
    let (rows, wide) = (vectors.dim(0)?, map.dim(0)?);
    if rows != teacher.len() || teacher.iter().flatten().any(|t| t.len() != wide) {
        candle_core::bail!(
            "features: {rows} rows and a map to {wide} values do not fit the teacher's vectors"
        )
    }
    let mut wanted = vec![0.0f32; rows * wide];
    for (row, t) in wanted.chunks_exact_mut(wide).zip(teacher) {
        if let Some(t) = t {
            row.copy_from_slice(t);
        }
    }
    let taught: Vec<f32> = teacher.iter().map(|t| if t.is_some() { 1.0 } else { 0.0 }).collect();
    let wanted = Tensor::from_vec(wanted, (rows, wide), vectors.device())?;
    let taught = Tensor::from_vec(taught, (rows, 1), vectors.device())?;
    let off = (vectors.matmul(&map.t()?)? - wanted)?.broadcast_mul(&taught)?;
    off.sqr()?.sum_all()?.affine(1.0 / (rows * wide).max(1) as f64, 0.0)
}

/// The mean over rows and values of `(h − t)²`, where the teacher's vectors have the width of the student's: those of
/// its units that its own loss depends on most, in place of a learned map.
///
/// # Errors
///
/// When the number of rows or the width does not fit.
pub fn plain_distance(vectors: &Tensor, teacher: &[Option<Arc<[f32]>>]) -> Result<Tensor> {
    let width = vectors.dim(1)?;
    let identity = Tensor::eye(width, vectors.dtype(), vectors.device())?;
    distance(vectors, &identity, teacher)
}

/// The teacher's units, the one on which its loss depends most first: by the mean of `|h · ∂L/∂h|` over answers, which
/// is what changes to first order when a unit is left out. `vectors` and `gradients` are those of the same answers.
/// Molchanov et al. 2017, "Pruning convolutional neural networks for resource efficient inference" (arXiv 1611.06440).
#[must_use]
pub fn by_influence(vectors: &[Vec<f32>], gradients: &[Vec<f32>]) -> Vec<usize> {
    let width = vectors.first().map_or(0, Vec::len);
    let mut sums = vec![0.0f64; width];
    for (h, g) in vectors.iter().zip(gradients) {
        sums.iter_mut().zip(h.iter().zip(g)).for_each(|(sum, (h, g))| *sum += f64::from((h * g).abs()));
    }
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]).then(a.cmp(b)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::tests::{assert_gradient, uniform};
    use candle_core::{Device, Var};

    fn teacher() -> Vec<Option<Arc<[f32]>>> {
        vec![Some(Arc::from(uniform(3, 1))), None, Some(Arc::from(uniform(3, 2)))]
    }

    /// The distance in f64, from plain loops.
    fn plain(h: &[f32], w: &[f32]) -> f64 {
        let mut sum = 0.0;
        for (h, t) in h.chunks_exact(2).zip(teacher()) {
            let Some(t) = t else { continue };
            for (w, t) in w.chunks_exact(2).zip(t.iter()) {
                let y = f64::from(w[0]) * f64::from(h[0]) + f64::from(w[1]) * f64::from(h[1]);
                sum += (y - f64::from(*t)).powi(2);
            }
        }
        sum / 9.0
    }

    #[test]
    fn distance_and_gradients_equal_plain_loops() {
        let (h, w) = (uniform(6, 3), uniform(6, 4));
        let vectors = Var::from_vec(h.clone(), (3, 2), &Device::Cpu).unwrap();
        let map = Var::from_vec(w.clone(), (3, 2), &Device::Cpu).unwrap();
        let loss = distance(&vectors, &map, &teacher()).unwrap();
        assert!((f64::from(loss.to_scalar::<f32>().unwrap()) - plain(&h, &w)).abs() < 1e-6);
        let grads = loss.backward().unwrap();
        let of = |var: &Var| grads.get(var).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_gradient("dh", &h, &of(&vectors), |h| plain(h, &w));
        assert_gradient("dW", &w, &of(&map), |w| plain(&h, w));
        assert_eq!(of(&vectors)[2..4], [0.0; 2], "a row without a teacher's vector has no gradient");
    }

    #[test]
    fn distance_without_a_map_is_that_of_the_identity() {
        let teacher = [Some(Arc::from(vec![1.0, -1.0])), None];
        let vectors = Tensor::from_vec(vec![0.0f32, 1.0, 5.0, 5.0], (2, 2), &Device::Cpu).unwrap();
        let found = plain_distance(&vectors, &teacher).unwrap().to_scalar::<f32>().unwrap();
        assert!((found - 5.0 / 4.0).abs() < 1e-6, "{found}");
        assert!(plain_distance(&vectors, &[Some(Arc::from(vec![1.0])), None]).is_err());
    }

    #[test]
    fn units_that_change_the_loss_most_come_first() {
        let vectors = [vec![1.0, 2.0, -3.0], vec![1.0, 0.0, 3.0]];
        let gradients = [vec![0.5, 0.1, 0.2], vec![-0.5, 9.0, 0.2]];
        assert_eq!(by_influence(&vectors, &gradients), [2, 0, 1]);
        assert_eq!(by_influence(&[], &[]), [0usize; 0]);
    }

    #[test]
    fn vectors_of_another_width_are_refused() {
        let vectors = Tensor::from_vec(uniform(6, 3), (3, 2), &Device::Cpu).unwrap();
        let map = Tensor::from_vec(uniform(8, 4), (4, 2), &Device::Cpu).unwrap();
        assert!(distance(&vectors, &map, &teacher()).is_err());
        let map = Tensor::from_vec(uniform(6, 4), (3, 2), &Device::Cpu).unwrap();
        assert!(distance(&vectors, &map, &teacher()[..2]).is_err());
    }
}
