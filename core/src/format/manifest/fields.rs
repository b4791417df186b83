//! JSON that is read field by field.
//!
//! Code that serde derives for the types of a manifest, once for each reader and each field, is several times as large.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The value of a JSON text, in which no object has a key twice. serde_json itself lets the last of them win.
pub(super) fn strict(json: &str) -> serde_json::Result<Value> {
    serde_json::from_str::<Strict>(json).map(|value| value.0)
}

/// A value of the manifest.
pub(super) trait Field: Sized {
    /// Reads it, or says why it cannot be read.
    fn read(value: &Value) -> Read<Self>;
}

/// What was read.
pub(super) type Read<T> = Result<T, Wrong>;

/// What of a JSON value is wrong.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    /// Where, such as `tasks[0].head.kind`.
    path: String,
    what: What,
}

#[derive(Debug, PartialEq)]
enum What {
    /// It is not there.
    Missing,
    /// It is not what is named.
    Not(&'static str),
    /// Anything else.
    Other(String),
}

impl Wrong {
    /// A value is not what is named.
    pub(super) fn not(what: &'static str) -> Self {
        Self { path: String::new(), what: What::Not(what) }
    }

    /// A value is wrong for another reason.
    pub(super) fn other(what: String) -> Self {
        Self { path: String::new(), what: What::Other(what) }
    }

    /// A value is none of these words.
    #[cold]
    pub(super) fn no_word(value: &Value, words: &[&str]) -> Self {
        Self::other(format!("{value} is none of {}", words.join(", ")))
    }

    /// A field is not there.
    #[cold]
    #[inline(never)]
    fn missing(name: &str) -> Self {
        Self { path: name.to_owned(), what: What::Missing }
    }

    /// The same, of the value of that name.
    #[cold]
    #[inline(never)]
    fn within(mut self, name: &str) -> Self {
        let between = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{name}{between}{}", self.path);
        self
    }

    /// The same, of the value at that place of a list.
    #[cold]
    #[inline(never)]
    fn at(self, place: usize) -> Self {
        self.within(&format!("[{place}]"))
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.what {
            What::Missing => write!(f, "missing field `{path}`"),
            What::Not(what) if path.is_empty() => write!(f, "it is not {what}"),
            What::Not(what) => write!(f, "field `{path}` is not {what}"),
            What::Other(what) if path.is_empty() => f.write_str(what),
            What::Other(what) => write!(f, "field `{path}`: {what}"),
        }
    }
}

/// The fields of an object by name. Those that nobody asks for are ignored.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// Those of a value that is an object.
    pub(super) fn of(value: &'a Value) -> Read<Self> {
        value.as_object().map(Self).ok_or(Wrong::not("an object"))
    }

    /// A field that must be there.
    pub(super) fn required<T: Field>(self, name: &str) -> Read<T> {
        self.get(name)?.ok_or_else(|| Wrong::missing(name))
    }

    /// A field that may be left out.
    pub(super) fn get<T: Field>(self, name: &str) -> Read<Option<T>> {
        self.value(name).map(|value| T::read(value).map_err(|wrong| wrong.within(name))).transpose()
    }

    /// A field that has its default where it is left out.
    pub(super) fn or_default<T: Field + Default>(self, name: &str) -> Read<T> {
        Ok(self.get(name)?.unwrap_or_default())
    }

    /// A field that may be left out or be null.
    pub(super) fn optional<T: Field>(self, name: &str) -> Read<Option<T>> {
        if self.value(name).is_some_and(Value::is_null) { Ok(None) } else { self.get(name) }
    }

    /// The value of that name. One copy of the search for the readers of all types.
    #[inline(never)]
    fn value(self, name: &str) -> Option<&'a Value> {
        self.0.get(name)
    }
}

/// Reads types for which serde is asked, outside of a whole manifest, by their fields.
macro_rules! deserialized_by_fields {
    ($($type:ty),+ $(,)?) => {
        $(impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                $crate::format::manifest::fields::deserialize(deserializer)
            }
        })+
    };
}

pub(super) use deserialized_by_fields;

/// Reads kinds by their words.
macro_rules! read_by_name {
    ($($type:ty),+ $(,)?) => {
        $(impl Field for $type {
            fn read(value: &Value) -> Read<Self> {
                let name = value.as_str().unwrap_or_default();
                Self::from_name(name).ok_or_else(|| Wrong::no_word(value, Self::NAMES))
            }
        })+
    };
}

pub(super) use read_by_name;

/// Reads a value by its fields.
pub(super) fn deserialize<'de, T: Field, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::read(&Strict::deserialize(deserializer)?.0).map_err(D::Error::custom)
}

/// A value whose objects have no key twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Self)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let Strict(value) = entries.next_value()?;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("duplicate key `{key}`")));
            }
            map.insert(key, value);
        }
        Ok(map.into())
    }
}

impl Field for Value {
    fn read(value: &Value) -> Read<Self> {
        Ok(value.clone())
    }
}

impl Field for String {
    fn read(value: &Value) -> Read<Self> {
        value.as_str().map(Self::from).ok_or(Wrong::not("a text"))
    }
}

impl Field for bool {
    fn read(value: &Value) -> Read<Self> {
        value.as_bool().ok_or(Wrong::not("true or false"))
    }
}

impl Field for usize {
    // Where addresses have 32 bits, larger numbers are as much above every limit as the largest.
    fn read(value: &Value) -> Read<Self> {
        u64::read(value).map(|number| number.try_into().unwrap_or(Self::MAX))
    }
}

impl Field for u64 {
    fn read(value: &Value) -> Read<Self> {
        value.as_u64().ok_or(Wrong::not("a whole number from 0 on"))
    }
}

impl Field for f64 {
    fn read(value: &Value) -> Read<Self> {
        value.as_f64().ok_or(Wrong::not("a number"))
    }
}

impl Field for f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounded to nearest, as serde does")]
    fn read(value: &Value) -> Read<Self> {
        f64::read(value).map(|value| value as Self)
    }
}

/// Whole numbers of fewer bits, with what is said about others.
macro_rules! whole_numbers {
    ($($type:ty: $what:literal,)+) => {
        $(impl Field for $type {
            fn read(value: &Value) -> Read<Self> {
                value.as_i64().and_then(|number| number.try_into().ok()).ok_or(Wrong::not($what))
            }
        })+
    };
}

whole_numbers! {
    u32: "a whole number of 32 bits",
    i32: "a whole number of 32 bits",
    i16: "a whole number of 16 bits",
    u8: "a whole number from 0 to 255",
}

impl Field for (u8, u8) {
    fn read(value: &Value) -> Read<Self> {
        match value.as_array().map(Vec::as_slice) {
            Some([a, b]) => Ok((u8::read(a)?, u8::read(b)?)),
            _ => Err(Wrong::not("a pair of whole numbers from 0 to 255")),
        }
    }
}

impl<T: Field> Field for Vec<T> {
    fn read(value: &Value) -> Read<Self> {
        let list = value.as_array().ok_or(Wrong::not("a list"))?;
        let mut all = Self::with_capacity(list.len());
        for (place, value) in list.iter().enumerate() {
            all.push(T::read(value).map_err(|wrong| wrong.at(place))?);
        }
        Ok(all)
    }
}

impl<T: Field> Field for BTreeMap<String, T> {
    fn read(value: &Value) -> Read<Self> {
        // Not collected: that would sort first, with a copy of the sort for each type.
        let mut all = Self::new();
        for (name, value) in Fields::of(value)?.0 {
            all.insert(name.clone(), T::read(value).map_err(|wrong| wrong.within(name))?);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said<T: fmt::Debug>(read: Read<T>) -> String {
        read.unwrap_err().to_string()
    }

    #[test]
    fn fields_are_read_missing_or_refused_by_name() {
        let value = json!({"n": 3, "pair": [2, 5], "null": null, "x": 0.1, "text": "a", "yes": true});
        let fields = Fields::of(&value).unwrap();
        assert_eq!(fields.required("n"), Ok(3usize));
        assert_eq!(fields.required("n"), Ok(3.0f32));
        assert_eq!(fields.required("pair"), Ok((2u8, 5u8)));
        assert_eq!(fields.required("x"), Ok(0.1f32));
        assert_eq!(fields.required("text"), Ok("a".to_owned()));
        assert_eq!(fields.required("yes"), Ok(true));
        assert_eq!(fields.optional::<bool>("null"), Ok(None));
        assert_eq!(fields.get::<bool>("none"), Ok(None));
        assert_eq!(fields.or_default::<Vec<u8>>("none"), Ok(vec![]));
        assert_eq!(said(fields.required::<bool>("none")), "missing field `none`");
        assert_eq!(said(fields.get::<bool>("null")), "field `null` is not true or false");
        assert_eq!(said(Fields::of(&json!([])).map(|_| 1)), "it is not an object");
    }

    #[test]
    fn what_is_wrong_is_found_by_its_path() {
        let value = json!({"lists": [{"a": [1]}, {"a": [1, -1]}]});
        let lists = Fields::of(&value).unwrap().get::<Vec<BTreeMap<String, Vec<u8>>>>("lists");
        assert_eq!(said(lists), "field `lists[1].a[1]` is not a whole number from 0 to 255");
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        let value = json!({"a": -1, "b": 256, "c": 1.5, "d": 4_294_967_296u64, "e": [1], "f": [1, 2, 3]});
        let fields = Fields::of(&value).unwrap();
        for name in ["a", "c", "e"] {
            assert!(fields.required::<usize>(name).is_err(), "{name}");
        }
        assert!(fields.required::<u8>("b").is_err());
        assert!(fields.required::<u32>("d").is_err());
        assert!(fields.required::<i32>("d").is_err());
        for name in ["a", "e", "f"] {
            assert!(fields.required::<(u8, u8)>(name).is_err(), "{name}");
        }
        let largest = json!(u64::MAX);
        assert_eq!(usize::read(&largest), Ok(usize::MAX));
    }

    #[test]
    fn no_object_has_a_key_twice() {
        for json in [r#"{"a": 1, "a": 1}"#, r#"[{"b": {"a": 1, "c": 2, "\u0061": 3}}]"#] {
            let error = strict(json).unwrap_err().to_string();
            assert!(error.starts_with("duplicate key `a`"), "{error}");
        }
        let json = r#"{"a": [null, true, -1, 2, 0.5, "x"], "b": {"a": 18446744073709551615}}"#;
        assert_eq!(strict(json).unwrap(), serde_json::from_str::<Value>(json).unwrap());
    }
}
