//! Texts of an Arrow array of any library.

use std::ffi::{CStr, c_char};
use std::ops::Range;
use std::ptr::NonNull;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};

use super::{ARRAY, Array, SCHEMA, STREAM, Schema, Stream};
use crate::call::type_name;

/// What is wrong with a text, and its place.
type Wrong = (usize, &'static str);

/// A producer that breaks the rules of the interface.
const INVALID: &str = "is invalid: its Arrow array is inconsistent";

/// A column of texts: one array, or several that follow each other.
pub(crate) struct Column {
    chunks: Vec<Chunk>,
    /// Where each chunk ends.
    ends: Vec<usize>,
}

struct Chunk {
    layout: Layout,
    /// Keeps alive what the layout points to.
    _array: Array,
}

// SAFETY: the pointers lead into an array of the interface, which may move between threads and is not written to.
unsafe impl Send for Chunk {}
// SAFETY: as above.
unsafe impl Sync for Chunk {}

/// How the texts of an array lie in its buffers.
enum Layout {
    /// All of them are missing.
    Null { len: usize },
    /// All texts in one buffer, their ends in another, of four or eight bytes.
    Offsets { rows: Rows, width: usize, ends: *const u8, data: *const u8 },
    /// Sixteen bytes for each text: its length, and the text itself or where it is.
    Views { rows: Rows, views: *const u8, buffers: Vec<(*const u8, usize)> },
    /// For each row the place of its text.
    Dictionary { rows: Rows, kind: Integer, places: *const u8, texts: Box<Layout> },
    /// For each text the row that it ends before.
    RunEnds { rows: Rows, width: usize, ends: *const u8, count: usize, texts: Box<Layout> },
}

/// The rows of an array.
#[derive(Clone, Copy)]
struct Rows {
    len: usize,
    offset: usize,
    /// A bit for each row that has a text; null if all have one.
    valid: *const u8,
}

/// The type of places in a dictionary.
#[derive(Clone, Copy)]
struct Integer {
    width: usize,
    signed: bool,
}

impl Column {
    /// Reads the array of an object with one of the methods of the interface.
    pub(crate) fn import(values: &Bound<'_, PyAny>, what: &str) -> PyResult<Self> {
        let unreadable = || {
            let name = type_name(values);
            PyTypeError::new_err(format!(
                "the {what}s are a {name}, which Arrow cannot read: pass a list of texts"
            ))
        };
        let mut column = Self { chunks: Vec::new(), ends: Vec::new() };
        if values.hasattr("__arrow_c_stream__")? {
            // A producer's error may contain values, so that it is left out.
            let capsule = values.call_method0("__arrow_c_stream__").map_err(|_| unreadable())?;
            let found: NonNull<Stream> = pointer(&capsule, STREAM).map_err(|_| unreadable())?;
            // SAFETY: a capsule of that name holds a stream, which nobody else uses; it is marked as moved below.
            let mut stream = unsafe { found.read() };
            // SAFETY: as above.
            unsafe { (*found.as_ptr()).release = None };
            column.read_stream(&mut stream, what, unreadable)?;
        } else {
            let pair = values.call_method0("__arrow_c_array__").map_err(|_| unreadable())?;
            let pair = pair.cast_into::<PyTuple>().map_err(|_| unreadable())?;
            let (schema, array) = (pair.get_item(0)?, pair.get_item(1)?);
            let schema: NonNull<Schema> = pointer(&schema, SCHEMA).map_err(|_| unreadable())?;
            let array: NonNull<Array> = pointer(&array, ARRAY).map_err(|_| unreadable())?;
            // SAFETY: capsules of these names hold these structs. The schema stays in its capsule, which `pair` keeps.
            let schema = unsafe { schema.as_ref() };
            // SAFETY: nobody else uses the array; it is marked as moved in the next line.
            let moved = unsafe { array.read() };
            // SAFETY: as above.
            unsafe { (*array.as_ptr()).release = None };
            column.add(schema, moved, what)?;
        }
        Ok(column)
    }

    fn read_stream(
        &mut self,
        stream: &mut Stream,
        what: &str,
        unreadable: impl Fn() -> PyErr,
    ) -> PyResult<()> {
        let (Some(get_schema), Some(get_next)) = (stream.get_schema, stream.get_next) else {
            return Err(unreadable());
        };
        let mut schema = Schema::empty();
        // SAFETY: both structs are live, and the schema is a place for a result.
        if unsafe { get_schema(stream, &mut schema) } != 0 {
            return Err(unreadable());
        }
        loop {
            let mut array = Array::empty();
            // SAFETY: as above.
            if unsafe { get_next(stream, &mut array) } != 0 {
                return Err(unreadable());
            }
            // The end of the stream.
            if array.release.is_none() {
                break;
            }
            self.add(&schema, array, what)?;
        }
        // The type is checked even if there are no values.
        if self.chunks.is_empty() { kind(&schema, what).map(|_| ()) } else { Ok(()) }
    }

    fn add(&mut self, schema: &Schema, array: Array, what: &str) -> PyResult<()> {
        let layout = layout(schema, &array, what)?;
        let end = self.len() + layout.len();
        self.chunks.push(Chunk { layout, _array: array });
        self.ends.push(end);
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The first place without a text.
    pub(crate) fn first_missing(&self) -> Option<usize> {
        (0..self.len()).find(|place| {
            let (chunk, row) = self.find(*place);
            matches!(chunk.layout.at(row), Ok(None))
        })
    }

    /// The texts of a range; missing ones are empty.
    pub(crate) fn texts(&self, places: Range<usize>) -> Result<Vec<&str>, Wrong> {
        let text = |place| {
            let (chunk, row) = self.find(place);
            let bytes = chunk.layout.at(row).map_err(|()| (place, INVALID))?.unwrap_or_default();
            std::str::from_utf8(bytes).map_err(|_| (place, "is not valid UTF-8"))
        };
        places.map(text).collect()
    }

    /// The chunk of a place, and the row in it.
    fn find(&self, place: usize) -> (&Chunk, usize) {
        let chunk = self.ends.partition_point(|end| *end <= place);
        let start = if chunk == 0 { 0 } else { self.ends[chunk - 1] };
        (&self.chunks[chunk], place - start)
    }
}

/// What a capsule points to.
fn pointer<T>(capsule: &Bound<'_, PyAny>, name: &CStr) -> PyResult<NonNull<T>> {
    Ok(capsule.cast::<PyCapsule>()?.pointer_checked(Some(name))?.cast())
}

/// The kinds of arrays that have texts.
enum Kind {
    Null,
    Offsets(usize),
    Views,
    Dictionary(Integer),
    /// The bytes of a run's end.
    RunEnds(usize),
}

/// The kind of an array; an error if it has no texts.
fn kind(schema: &Schema, what: &str) -> PyResult<Kind> {
    let format = text(schema.format);
    // SAFETY: a dictionary is null, or a live schema like the one that it belongs to.
    if let Some(dictionary) = unsafe { schema.dictionary.as_ref() } {
        kind(dictionary, what)?;
        let widths = [("c", 1, true), ("C", 1, false), ("s", 2, true), ("S", 2, false)];
        let wide = [("i", 4, true), ("I", 4, false), ("l", 8, true), ("L", 8, false)];
        let found = widths.into_iter().chain(wide).find(|(name, ..)| *name == format);
        let (_, width, signed) = found.ok_or_else(|| not_texts(what, "an unknown kind of dictionary"))?;
        return Ok(Kind::Dictionary(Integer { width, signed }));
    }
    match format {
        "n" => Ok(Kind::Null),
        "u" => Ok(Kind::Offsets(4)),
        "U" => Ok(Kind::Offsets(8)),
        "vu" => Ok(Kind::Views),
        "+r" => {
            let [ends, values] = children(schema.children, schema.n_children)
                .ok_or_else(|| not_texts(what, "an unknown kind of runs"))?;
            kind(values, what)?;
            match text(ends.format) {
                "s" => Ok(Kind::RunEnds(2)),
                "i" => Ok(Kind::RunEnds(4)),
                "l" => Ok(Kind::RunEnds(8)),
                _ => Err(not_texts(what, "an unknown kind of runs")),
            }
        }
        _ => Err(not_texts(what, &other(format))),
    }
}

/// What an array has instead of texts.
fn other(format: &str) -> String {
    let name = match format {
        "b" => "bool",
        "c" => "int8",
        "C" => "uint8",
        "s" => "int16",
        "S" => "uint16",
        "i" => "int32",
        "I" => "uint32",
        "l" => "int64",
        "L" => "uint64",
        "e" => "float16",
        "f" => "float32",
        "g" => "float64",
        "z" | "Z" | "vz" => "bytes",
        "+s" => return "structs, which is a table: pass one column, array.field(\"text\")".to_owned(),
        _ if format.starts_with('t') => "dates or times",
        _ if format.starts_with('w') => "bytes",
        _ if format.starts_with('d') => "decimal numbers",
        _ if format.starts_with('+') => return "lists, not of strings: pass one text per answer".to_owned(),
        _ => "another type",
    };
    format!("{name}, not of strings")
}

/// The error for an Arrow array that has no texts.
fn not_texts(what: &str, found: &str) -> PyErr {
    PyTypeError::new_err(format!("the {what}s are an Arrow array of {found}"))
}

/// The layout of an array of that type.
fn layout(schema: &Schema, array: &Array, what: &str) -> PyResult<Layout> {
    let invalid = || not_texts(what, "an inconsistent layout");
    let size = |value: i64| usize::try_from(value).map_err(|_| invalid());
    let (len, offset) = (size(array.length)?, size(array.offset)?);
    len.checked_add(offset).ok_or_else(invalid)?;
    let buffers = size(array.n_buffers)?;
    let buffer = |place: usize| -> PyResult<*const u8> {
        if place >= buffers || array.buffers.is_null() {
            return Err(invalid());
        }
        // SAFETY: there are `buffers` pointers.
        Ok(unsafe { array.buffers.add(place).read() }.cast())
    };
    // An array without rows may lack its buffers.
    let needed = |place: usize| -> PyResult<*const u8> {
        let found = buffer(place)?;
        if found.is_null() && len > 0 { Err(invalid()) } else { Ok(found) }
    };
    let rows = |valid: *const u8| Rows { len, offset, valid };
    match kind(schema, what)? {
        Kind::Null => Ok(Layout::Null { len }),
        Kind::Offsets(width) => {
            Ok(Layout::Offsets { rows: rows(buffer(0)?), width, ends: needed(1)?, data: buffer(2)? })
        }
        Kind::Views => {
            // The last buffer has the sizes of those between.
            let sizes = buffers.checked_sub(3).ok_or_else(invalid)?;
            let lengths = buffer(buffers - 1)?;
            let data = (0..sizes).map(|place| {
                if lengths.is_null() {
                    return Err(invalid());
                }
                // SAFETY: there is a size of eight bytes for each of these buffers.
                let length = unsafe { lengths.cast::<i64>().add(place).read_unaligned() };
                Ok((buffer(place + 2)?, size(length)?))
            });
            let data = data.collect::<PyResult<_>>()?;
            Ok(Layout::Views { rows: rows(buffer(0)?), views: needed(1)?, buffers: data })
        }
        Kind::Dictionary(kind) => {
            // SAFETY: both are null, or live for as long as the array.
            let parts = unsafe { (schema.dictionary.as_ref(), array.dictionary.as_ref()) };
            let (Some(schema), Some(values)) = parts else { return Err(invalid()) };
            let texts = Box::new(layout(schema, values, what)?);
            Ok(Layout::Dictionary { rows: rows(buffer(0)?), kind, places: needed(1)?, texts })
        }
        Kind::RunEnds(width) => {
            let [_, schema] = children(schema.children, schema.n_children).ok_or_else(invalid)?;
            let [ends, values] = children(array.children, array.n_children).ok_or_else(invalid)?;
            let (count, start) = (size(ends.length)?, size(ends.offset)?);
            if ends.n_buffers < 2 || ends.buffers.is_null() {
                return Err(invalid());
            }
            // SAFETY: there are two pointers or more.
            let first: *const u8 = unsafe { ends.buffers.add(1).read() }.cast();
            if first.is_null() && count > 0 {
                return Err(invalid());
            }
            let ends = first.wrapping_add(start.checked_mul(width).ok_or_else(invalid)?);
            let texts = Box::new(layout(schema, values, what)?);
            Ok(Layout::RunEnds { rows: rows(std::ptr::null()), width, ends, count, texts })
        }
    }
}

/// The two parts of a struct with two.
fn children<'a, T>(parts: *mut *mut T, count: i64) -> Option<[&'a T; 2]> {
    if count != 2 || parts.is_null() {
        return None;
    }
    // SAFETY: there are two pointers, to parts that live as long as the struct that has them.
    unsafe { Some([parts.read().as_ref()?, parts.add(1).read().as_ref()?]) }
}

/// A text of the interface, which is ASCII.
fn text<'a>(found: *const c_char) -> &'a str {
    if found.is_null() {
        return "";
    }
    // SAFETY: it ends with a zero byte, and lives as long as its schema.
    unsafe { CStr::from_ptr(found) }.to_str().unwrap_or("")
}

impl Rows {
    /// Where a row is in the buffers, if it has a text.
    fn place(self, row: usize) -> Option<usize> {
        let place = self.offset + row;
        if self.valid.is_null() {
            return Some(place);
        }
        // SAFETY: there is a bit for each row, those before the offset included.
        let byte = unsafe { self.valid.add(place / 8).read() };
        (byte >> (place % 8) & 1 == 1).then_some(place)
    }
}

/// A little-endian integer of so many bytes.
fn integer(from: *const u8, place: usize, Integer { width, signed }: Integer) -> i64 {
    let at = from.wrapping_add(place * width);
    let mut bytes = [0; 8];
    // SAFETY: the caller has checked that the buffer has that place.
    unsafe { at.copy_to_nonoverlapping(bytes.as_mut_ptr(), width) };
    if signed && bytes[width - 1] >> 7 == 1 {
        bytes[width..].fill(u8::MAX);
    }
    i64::from_le_bytes(bytes)
}

/// A signed size of four or eight bytes.
fn size(from: *const u8, place: usize, width: usize) -> Result<usize, ()> {
    usize::try_from(integer(from, place, Integer { width, signed: true })).map_err(|_| ())
}

impl Layout {
    fn len(&self) -> usize {
        match self {
            Self::Null { len } => *len,
            Self::Offsets { rows, .. }
            | Self::Views { rows, .. }
            | Self::Dictionary { rows, .. }
            | Self::RunEnds { rows, .. } => rows.len,
        }
    }

    /// The text of a row, if it has one; an error where the array is inconsistent.
    fn at(&self, row: usize) -> Result<Option<&[u8]>, ()> {
        if row >= self.len() {
            return Err(());
        }
        match self {
            Self::Null { .. } => Ok(None),
            Self::Offsets { rows, width, ends, data } => {
                let Some(place) = rows.place(row) else { return Ok(None) };
                let (start, end) = (size(*ends, place, *width)?, size(*ends, place + 1, *width)?);
                let len = end.checked_sub(start).ok_or(())?;
                bytes(*data, start, len).map(Some)
            }
            Self::Views { rows, views, buffers } => {
                let Some(place) = rows.place(row) else { return Ok(None) };
                let view = views.wrapping_add(place * 16);
                let len = size(view, 0, 4)?;
                if len <= 12 {
                    return bytes(view, 4, len).map(Some);
                }
                let (buffer, start) = (size(view, 2, 4)?, size(view, 3, 4)?);
                let (data, available) = *buffers.get(buffer).ok_or(())?;
                if start.checked_add(len).is_none_or(|end| end > available) {
                    return Err(());
                }
                bytes(data, start, len).map(Some)
            }
            Self::Dictionary { rows, kind, places, texts } => match rows.place(row) {
                Some(place) => texts.at(usize::try_from(integer(*places, place, *kind)).map_err(|_| ())?),
                None => Ok(None),
            },
            Self::RunEnds { rows, width, ends, count, texts } => {
                let wanted = rows.offset + row;
                let (mut low, mut high) = (0, *count);
                while low < high {
                    let middle = low + (high - low) / 2;
                    if size(*ends, middle, *width)? <= wanted { low = middle + 1 } else { high = middle }
                }
                texts.at(low)
            }
        }
    }
}

/// A part of a buffer.
fn bytes<'a>(data: *const u8, start: usize, len: usize) -> Result<&'a [u8], ()> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() || isize::try_from(start.saturating_add(len)).is_err() {
        return Err(());
    }
    // SAFETY: the array says that its buffer has these bytes; it is alive, and nobody writes to it.
    Ok(unsafe { std::slice::from_raw_parts(data.add(start), len) })
}
