//! Tables as Arrow arrays for any library.

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::{ARRAY, Array, SCHEMA, STREAM, Schema, Stream};
use crate::call::guarded;

/// A column: its name, its type in the notation of the interface, and its buffers, the first of which says which values
/// are valid; without it, all are.
type Given = (String, String, Vec<Option<Vec<u8>>>);

/// A table of `rows` rows, as the two capsules of `__arrow_c_array__`.
#[pyfunction]
pub(crate) fn arrow_array<'py>(
    py: Python<'py>,
    columns: Vec<Given>,
    rows: i64,
) -> PyResult<(Bound<'py, PyCapsule>, Bound<'py, PyCapsule>)> {
    guarded(py, || {
        let schema = PyCapsule::new_with_value(py, schema(&columns)?, SCHEMA)?;
        Ok((schema, PyCapsule::new_with_value(py, array(columns, rows), ARRAY)?))
    })
}

/// The same table as the capsule of `__arrow_c_stream__`.
#[pyfunction]
pub(crate) fn arrow_stream(py: Python<'_>, columns: Vec<Given>, rows: i64) -> PyResult<Bound<'_, PyCapsule>> {
    guarded(py, || {
        // Checks the names and types, so that `get_schema` cannot fail.
        schema(&columns)?;
        let types = columns.iter().map(|(name, format, _)| (name.clone(), format.clone(), Vec::new()));
        let state = Box::new(State { types: types.collect(), array: Some(array(columns, rows)) });
        let stream = Stream {
            get_schema: Some(get_schema),
            get_next: Some(get_next),
            get_last_error: Some(get_last_error),
            release: Some(release_stream),
            private_data: Box::into_raw(state).cast(),
        };
        PyCapsule::new_with_value(py, stream, STREAM)
    })
}

/// What a stream keeps.
struct State {
    /// The columns without their buffers.
    types: Vec<Given>,
    /// The only array, until it is taken.
    array: Option<Array>,
}

/// What a schema keeps.
struct SchemaParts {
    format: CString,
    name: CString,
    children: Vec<*mut Schema>,
}

/// What an array keeps.
struct ArrayParts {
    /// In units of eight bytes, which the interface recommends to align buffers to.
    _data: Vec<Vec<u64>>,
    buffers: Vec<*const c_void>,
    children: Vec<*mut Array>,
}

fn schema(columns: &[Given]) -> PyResult<Schema> {
    let text = |text: &str| {
        CString::new(text).map_err(|_| PyValueError::new_err("a name of a column contains a zero character"))
    };
    let parts = columns.iter().map(|(name, format, _)| Ok((text(name)?, text(format)?)));
    let parts: Vec<(CString, CString)> = parts.collect::<PyResult<_>>()?;
    let children = parts.into_iter().map(|(name, format)| {
        Box::into_raw(Box::new(schema_of(SchemaParts { format, name, children: Vec::new() })))
    });
    let children = children.collect();
    Ok(schema_of(SchemaParts { format: c"+s".to_owned(), name: CString::default(), children }))
}

fn schema_of(parts: SchemaParts) -> Schema {
    let mut parts = Box::new(parts);
    Schema {
        format: parts.format.as_ptr(),
        name: parts.name.as_ptr(),
        n_children: count(parts.children.len()),
        children: parts.children.as_mut_ptr(),
        release: Some(release_schema),
        private_data: Box::into_raw(parts).cast(),
        ..Schema::empty()
    }
}

fn array(columns: Vec<Given>, rows: i64) -> Array {
    let children = columns.into_iter().map(|(_, _, buffers)| Box::into_raw(Box::new(column(buffers, rows))));
    array_of(ArrayParts { _data: Vec::new(), buffers: vec![ptr::null()], children: children.collect() }, rows)
}

fn column(buffers: Vec<Option<Vec<u8>>>, rows: i64) -> Array {
    let words = |bytes: &[u8]| -> Vec<u64> {
        bytes
            .chunks(8)
            .map(|chunk| {
                let mut word = [0; 8];
                word[..chunk.len()].copy_from_slice(chunk);
                u64::from_ne_bytes(word)
            })
            .collect()
    };
    let data: Vec<Vec<u64>> = buffers.iter().flatten().map(|bytes| words(bytes)).collect();
    let mut kept = data.iter();
    let pointers = buffers.iter().map(|buffer| match buffer.as_ref().and_then(|_| kept.next()) {
        Some(words) => words.as_ptr().cast(),
        None => ptr::null(),
    });
    let buffers = pointers.collect();
    array_of(ArrayParts { _data: data, buffers, children: Vec::new() }, rows)
}

fn array_of(parts: ArrayParts, rows: i64) -> Array {
    let mut parts = Box::new(parts);
    Array {
        length: rows,
        n_buffers: count(parts.buffers.len()),
        buffers: parts.buffers.as_mut_ptr(),
        n_children: count(parts.children.len()),
        children: parts.children.as_mut_ptr(),
        release: Some(release_array),
        private_data: Box::into_raw(parts).cast(),
        ..Array::empty()
    }
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

unsafe extern "C" fn release_schema(schema: *mut Schema) {
    // SAFETY: the consumer calls this once, with a live schema that `schema_of` has made.
    let parts = unsafe { Box::from_raw((*schema).private_data.cast::<SchemaParts>()) };
    for child in parts.children {
        // SAFETY: `schema` has made it of a box. If a consumer has moved it away, it is marked as released.
        drop(unsafe { Box::from_raw(child) });
    }
    // SAFETY: it is live.
    unsafe { (*schema).release = None };
}

unsafe extern "C" fn release_array(array: *mut Array) {
    // SAFETY: the consumer calls this once, with a live array that `array_of` has made.
    let parts = unsafe { Box::from_raw((*array).private_data.cast::<ArrayParts>()) };
    for child in &parts.children {
        // SAFETY: `array` has made it of a box. If a consumer has moved it away, it is marked as released.
        drop(unsafe { Box::from_raw(*child) });
    }
    // SAFETY: it is live.
    unsafe { (*array).release = None };
}

unsafe extern "C" fn get_schema(stream: *mut Stream, out: *mut Schema) -> c_int {
    // SAFETY: the stream is live, and `arrow_stream` has made it.
    let state = unsafe { &*(*stream).private_data.cast::<State>() };
    match schema(&state.types) {
        Ok(schema) => {
            // SAFETY: it is a place for a schema, whose old content is not to be freed.
            unsafe { out.write(schema) };
            0
        }
        Err(_) => INVALID_ARGUMENT,
    }
}

/// What C calls EINVAL.
const INVALID_ARGUMENT: c_int = 22;

unsafe extern "C" fn get_next(stream: *mut Stream, out: *mut Array) -> c_int {
    // SAFETY: the stream is live, and `arrow_stream` has made it; only one thread uses it.
    let state = unsafe { &mut *(*stream).private_data.cast::<State>() };
    // SAFETY: it is a place for an array, whose old content is not to be freed.
    unsafe { out.write(state.array.take().unwrap_or_else(Array::empty)) };
    0
}

unsafe extern "C" fn get_last_error(_: *mut Stream) -> *const c_char {
    ptr::null()
}

unsafe extern "C" fn release_stream(stream: *mut Stream) {
    // SAFETY: the consumer calls this once, with a live stream that `arrow_stream` has made.
    drop(unsafe { Box::from_raw((*stream).private_data.cast::<State>()) });
    // SAFETY: it is live.
    unsafe { (*stream).release = None };
}
