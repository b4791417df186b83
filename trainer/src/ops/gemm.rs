//! Matrix product on views of slices, single-threaded, through the `gemm` crate.

use std::marker::PhantomData;

/// A matrix inside a slice: any row and column stride, without a copy.
#[derive(Clone, Copy)]
pub struct View<'a> {
    data: &'a [f32],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

impl<'a> View<'a> {
    /// Views `rows` × `cols` values whose rows lie `row_stride` apart.
    ///
    /// # Panics
    ///
    /// When the last element is outside `data`.
    pub fn new(data: &'a [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        assert!(span(rows, cols, row_stride) <= data.len(), "a matrix view stays inside its slice");
        Self { data, rows, cols, row_stride, col_stride: 1 }
    }

    /// The transposed matrix, over the same values.
    #[must_use]
    pub fn t(self) -> Self {
        Self {
            data: self.data,
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }
}

/// The destination of a product: row-major with a row stride.
pub struct ViewMut<'a> {
    data: *mut f32,
    rows: usize,
    cols: usize,
    row_stride: usize,
    owner: PhantomData<&'a mut [f32]>,
}

impl<'a> ViewMut<'a> {
    /// Views `rows` × `cols` values whose rows lie `row_stride` apart.
    ///
    /// # Panics
    ///
    /// When the last element is outside `data`, or rows overlap.
    pub fn new(data: &'a mut [f32], rows: usize, cols: usize, row_stride: usize) -> Self {
        assert!(span(rows, cols, row_stride) <= data.len(), "a matrix view stays inside its slice");
        assert!(cols <= row_stride || rows <= 1, "rows of a destination do not overlap");
        Self { data: data.as_mut_ptr(), rows, cols, row_stride, owner: PhantomData }
    }
}

/// Elements from the first to the last of a strided matrix.
fn span(rows: usize, cols: usize, row_stride: usize) -> usize {
    if rows == 0 || cols == 0 { 0 } else { (rows - 1) * row_stride + cols }
}

/// Computes `dst = beta · dst + a · b`.
///
/// # Panics
///
/// When the shapes do not fit.
pub fn gemm(dst: ViewMut<'_>, beta: f32, a: View<'_>, b: View<'_>) {
    assert_eq!((dst.rows, dst.cols, a.cols), (a.rows, b.cols, b.rows), "shapes of a matrix product fit");
    if dst.rows == 0 || dst.cols == 0 {
        return;
    }
    let stride = |s: usize| isize::try_from(s).expect("a stride inside a slice fits isize");
    // SAFETY: the constructors of the views asserted that every element addressed is inside its slice, `dst`
    // borrows its slice mutably so that nothing aliases it, and the shapes were asserted equal above.
    #[expect(unsafe_code, reason = "the crate `gemm` takes pointers; this module is its only caller")]
    unsafe {
        gemm::gemm(
            dst.rows,
            dst.cols,
            a.cols,
            dst.data,
            1,
            stride(dst.row_stride),
            beta != 0.0,
            a.data.as_ptr(),
            stride(a.col_stride),
            stride(a.row_stride),
            b.data.as_ptr(),
            stride(b.col_stride),
            stride(b.row_stride),
            beta,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// Computes `y = x · wᵀ + bias` for `n` rows; `w` is `[m, k]`.
pub fn linear(y: &mut [f32], x: &[f32], w: &[f32], bias: Option<&[f32]>, n: usize, k: usize) {
    let m = w.len() / k;
    if let Some(bias) = bias {
        for row in y[..n * m].chunks_exact_mut(m) {
            row.copy_from_slice(bias);
        }
    }
    let beta = if bias.is_some() { 1.0 } else { 0.0 };
    gemm(ViewMut::new(y, n, m, m), beta, View::new(x, n, k, k), View::new(w, m, k, k).t());
}

/// Gradients of [`linear`] for `n` rows of `k` values: overwrites `dx` when given, adds to `dw` and `dbias`.
#[expect(clippy::too_many_arguments, reason = "the arguments of the forward pass with their gradients")]
pub fn linear_backward(
    dx: Option<&mut [f32]>,
    dw: &mut [f32],
    dbias: Option<&mut [f32]>,
    dy: &[f32],
    x: &[f32],
    w: &[f32],
    n: usize,
    k: usize,
) {
    let m = w.len() / k;
    let dy_view = View::new(dy, n, m, m);
    if let Some(dx) = dx {
        gemm(ViewMut::new(dx, n, k, k), 0.0, dy_view, View::new(w, m, k, k));
    }
    gemm(ViewMut::new(dw, m, k, k), 1.0, dy_view.t(), View::new(x, n, k, k));
    let Some(dbias) = dbias else { return };
    super::vectorized(
        #[inline(always)]
        || {
            for row in dy[..n * m].chunks_exact(m) {
                for (d, g) in dbias.iter_mut().zip(row) {
                    *d += g;
                }
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_gradient, uniform, weighted};
    use super::*;

    #[test]
    fn product_of_strided_views_equals_plain_loops() {
        let (m, n, k) = (5, 7, 3);
        let (a, b) = (uniform(m * 10, 1), uniform(n * k, 2));
        let mut dst = vec![0.5; m * 9];
        gemm(ViewMut::new(&mut dst, m, n, 9), 2.0, View::new(&a, m, k, 10), View::new(&b, n, k, k).t());
        for i in 0..m {
            for j in 0..n {
                let want: f32 = 1.0 + (0..k).map(|p| a[i * 10 + p] * b[j * k + p]).sum::<f32>();
                assert!((dst[i * 9 + j] - want).abs() < 1e-5, "element {i},{j}");
            }
            assert!(dst[i * 9 + n..].iter().take(2).all(|v| *v == 0.5 || i + 1 == m), "the gap is untouched");
        }
    }

    #[test]
    #[should_panic(expected = "a matrix view stays inside its slice")]
    fn view_beyond_its_slice_is_refused() {
        View::new(&[0.0; 11], 3, 4, 4);
    }

    #[test]
    fn linear_gradients_equal_finite_differences() {
        let (n, m, k) = (4, 3, 5);
        let (x, w, b, dy) = (uniform(n * k, 1), uniform(m * k, 2), uniform(m, 3), uniform(n * m, 4));
        let run = |x: &[f32], w: &[f32], b: &[f32]| {
            let mut y = vec![0.0; n * m];
            linear(&mut y, x, w, Some(b), n, k);
            weighted(&y, &dy)
        };
        let (mut dx, mut dw, mut db) = (vec![9.0; n * k], vec![0.0; m * k], vec![0.0; m]);
        linear_backward(Some(&mut dx), &mut dw, Some(&mut db), &dy, &x, &w, n, k);
        assert_gradient("dx", &x, &dx, |x| run(x, &w, &b));
        assert_gradient("dw", &w, &dw, |w| run(&x, w, &b));
        assert_gradient("db", &b, &db, |b| run(&x, &w, b));
    }
}
