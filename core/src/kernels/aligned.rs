//! A block of numbers that starts on a cache line.

/// Bytes of a cache line, and of the widest vector.
const LINE: usize = 64;

/// A fixed block of `T`, zero at first, aligned to 64 bytes so that no vector load straddles two lines.
#[derive(Debug, Default)]
pub struct Aligned<T> {
    data: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Copy + Default> Aligned<T> {
    /// Makes a block of `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let mut block = Self { data: Vec::new(), start: 0, len: 0 };
        block.resize(len);
        block
    }

    /// Sets the length; the values are then unspecified. Allocates only for more values than ever before.
    pub fn resize(&mut self, len: usize) {
        let spare = LINE / size_of::<T>().max(1);
        if self.data.len() < len + spare {
            // Zeros that the system gives need not be written; what was there before is not kept.
            self.data = Vec::new();
            self.data = vec![T::default(); len + spare];
            // A pointer that cannot be aligned costs only speed.
            self.start = self.data.as_ptr().align_offset(LINE).min(spare);
        }
        self.len = len;
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.data.capacity() * size_of::<T>()
    }
}

impl<T> std::ops::Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.data[self.start..self.start + self.len]
    }
}

impl<T> std::ops::DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.data[self.start..self.start + self.len]
    }
}
