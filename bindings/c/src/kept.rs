//! Structs for C, and the memory that they point to.

use std::any::Any;
use std::ffi::c_char;

/// What a struct points to: freed with it.
#[derive(Default)]
pub(crate) struct Kept(Vec<Box<dyn Any>>);

/// A struct for C with what it points to. The struct is first, so that the address of both is the same.
#[repr(C)]
struct Both<T> {
    face: T,
    kept: Kept,
}

impl Kept {
    /// Keeps the values, and returns where they begin: NULL if there are none.
    pub(crate) fn list<T: 'static>(&mut self, values: Vec<T>) -> *const T {
        if values.is_empty() {
            return std::ptr::null();
        }
        // The values stay where they are when the vector is moved.
        let place = values.as_ptr();
        self.0.push(Box::new(values));
        place
    }

    /// Keeps a text that ends with a zero byte. A zero byte inside would end it early, and becomes U+FFFD.
    pub(crate) fn text(&mut self, text: &str) -> *const c_char {
        let mut bytes = text.replace('\0', "\u{fffd}").into_bytes();
        bytes.push(0);
        self.list(bytes).cast()
    }

    /// Keeps a text that may be absent: then NULL.
    pub(crate) fn optional(&mut self, text: Option<&str>) -> *const c_char {
        text.map_or(std::ptr::null(), |text| self.text(text))
    }

    /// Keeps texts, and returns where their addresses begin.
    pub(crate) fn texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> *const *const c_char {
        let places: Vec<*const c_char> = texts.map(|text| self.text(text)).collect();
        self.list(places)
    }

    /// Moves a struct, and all that it points to, to the heap.
    pub(crate) fn with<T>(self, face: T) -> *mut T {
        Box::into_raw(Box::new(Both { face, kept: self })).cast()
    }

    /// Frees what [`with`](Self::with) returned; nothing if it is null.
    ///
    /// # Safety
    ///
    /// `face` is null, or comes from [`with`](Self::with) and is not freed.
    pub(crate) unsafe fn free<T>(face: *mut T) {
        if !face.is_null() {
            // SAFETY: `with` leaked a box of both, and the caller guarantees that it is not freed.
            drop(unsafe { Box::from_raw(face.cast::<Both<T>>()) });
        }
    }
}

/// A count of words, tokens, labels or answers; the limits keep it far below 2^32.
pub(crate) fn count(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
