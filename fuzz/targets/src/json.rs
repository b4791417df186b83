//! JSON as a tree that can also hold what no JSON may: duplicate keys, and text that is no JSON at all.

use serde_json::Value;

use crate::input::Input;

/// A tree of JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// A number, `true`, `false`, `null`, or any text, written as it is.
    Plain(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object, in its order.
    Map(Vec<(String, Self)>),
}

impl From<&Value> for Json {
    /// Keys are sorted, so that a tree does not depend on how `serde_json` was compiled.
    fn from(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(values) => Self::List(values.iter().map(Self::from).collect()),
            Value::Object(fields) => {
                let mut fields: Vec<_> =
                    fields.iter().map(|(key, value)| (key.clone(), value.into())).collect();
                fields.sort_by(|(a, _), (b, _)| a.cmp(b));
                Self::Map(fields)
            }
            other => Self::Plain(other.to_string()),
        }
    }
}

impl Json {
    /// Reads JSON.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn parse(bytes: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(bytes).expect("it is JSON of our own");
        (&value).into()
    }

    /// The text.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => quote(text, out),
            Self::List(values) => {
                out.push('[');
                for (place, value) in values.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    value.write(out);
                }
                out.push(']');
            }
            Self::Map(fields) => {
                out.push('{');
                for (place, (key, value)) in fields.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    quote(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }

    /// The value of a key.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Map(fields) = self else { return None };
        fields.iter_mut().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Sets the value of a key.
    pub fn set(&mut self, key: &str, value: Self) {
        match self.get_mut(key) {
            Some(old) => *old = value,
            None => {
                if let Self::Map(fields) = self {
                    fields.push((key.into(), value));
                }
            }
        }
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) {
        if let Self::Map(fields) = self {
            fields.retain(|(name, _)| name != key);
        }
    }

    /// Number of values, this one among them.
    fn len(&self) -> usize {
        1 + match self {
            Self::List(values) => values.iter().map(Self::len).sum(),
            Self::Map(fields) => fields.iter().map(|(_, value)| value.len()).sum(),
            Self::Plain(_) | Self::Text(_) => 0,
        }
    }

    /// The value at a place, counted from this one, each before what it holds; as many fewer if there are not so many.
    fn at(&mut self, place: &mut usize) -> Option<&mut Self> {
        if *place == 0 {
            return Some(self);
        }
        *place -= 1;
        match self {
            Self::List(values) => values.iter_mut().find_map(|value| value.at(place)),
            Self::Map(fields) => fields.iter_mut().find_map(|(_, value)| value.at(place)),
            Self::Plain(_) | Self::Text(_) => None,
        }
    }

    /// Calls `see` with every value.
    fn visit(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        match self {
            Self::List(values) => values.iter().for_each(|value| value.visit(see)),
            Self::Map(fields) => fields.iter().for_each(|(_, value)| value.visit(see)),
            Self::Plain(_) | Self::Text(_) => {}
        }
    }
}

fn quote(text: &str, out: &mut String) {
    out.push_str(&serde_json::to_string(text).expect("a string has a JSON form"));
}

/// What mutations put into a tree: whatever the trees of our own files hold, and numbers at the limits.
#[derive(Debug, Default)]
pub struct Words {
    keys: Vec<String>,
    texts: Vec<String>,
    values: Vec<Json>,
}

impl Words {
    /// The words of these trees and of these texts.
    pub fn of<'a>(trees: impl IntoIterator<Item = &'a Json>, texts: &[&str]) -> Self {
        let mut words = Self { texts: texts.iter().map(ToString::to_string).collect(), ..Self::default() };
        for tree in trees {
            tree.visit(&mut |value| match value {
                Json::Text(text) if text.len() <= 64 => words.texts.push(text.clone()),
                Json::Map(fields) => {
                    words
                        .keys
                        .extend(fields.iter().filter(|(key, _)| key.len() <= 64).map(|(key, _)| key.clone()));
                    words.values.push(value.clone());
                }
                Json::List(_) => words.values.push(value.clone()),
                Json::Plain(_) | Json::Text(_) => {}
            });
        }
        words.values.retain(|value| value.len() <= 64);
        words.values.sort_by_cached_key(Json::text);
        words.values.dedup();
        for list in [&mut words.keys, &mut words.texts] {
            list.sort();
            list.dedup();
        }
        words
    }
}

/// Numbers at which something begins or ends, and others that a reader may trip over.
const NUMBERS: [&str; 66] = [
    "0",
    "1",
    "-1",
    "2",
    "3",
    "4",
    "5",
    "7",
    "8",
    "9",
    "15",
    "16",
    "17",
    "31",
    "32",
    "33",
    "63",
    "64",
    "65",
    "127",
    "128",
    "255",
    "256",
    "257",
    "511",
    "512",
    "1023",
    "1024",
    "1025",
    "2047",
    "2048",
    "4095",
    "4096",
    "4097",
    "8192",
    "65535",
    "65536",
    "1048576",
    "1048577",
    "16777216",
    "2147483647",
    "-2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e-12",
    "1e-45",
    "0.5",
    "0.001",
    "0.25",
    "0.75",
    "1000",
    "1000.1",
    "1e38",
    "1e39",
    "1e308",
    "1e309",
    "-0.0",
    "0.99999994",
    "1.0000001",
    "1E400",
    "true",
    "null",
    "false",
];

/// Changes one place of a tree.
pub fn mutate(tree: &mut Json, words: &Words, input: &mut Input<'_>) {
    let kind = input.byte() % 12;
    let mut place = input.below(tree.len());
    let Some(value) = tree.at(&mut place) else { return };
    match kind {
        0..=2 => *value = Json::Plain((*input.one_of(&NUMBERS)).into()),
        3 => {
            if let Json::Plain(number) = value
                && let Ok(n) = number.parse::<i64>()
            {
                *number = (n.wrapping_add(i64::from(input.byte().cast_signed()))).to_string();
            }
        }
        4 => *value = Json::Text(input.one_of(&words.texts).clone()),
        5 => *value = input.one_of(&words.values).clone(),
        6 => {
            let text = String::from_utf8_lossy(input.take(8)).into_owned();
            *value = if input.byte() % 8 == 1 { Json::Plain(text) } else { Json::Text(text) };
        }
        7 => {
            if let Json::Text(text) = value
                && text.len() <= 1024
            {
                *text = text.repeat(1 << input.below(7));
            }
        }
        8 => {
            let number = f32::from_bits(u32::from_be_bytes([input.byte(), input.byte(), input.byte(), 0]));
            *value = Json::Plain(if number.is_finite() { number.to_string() } else { "[[[[]]]]".into() });
        }
        _ => restructure(value, words, kind, input),
    }
}

/// Removes, repeats, adds or renames what a list or a map holds.
fn restructure(value: &mut Json, words: &Words, kind: u8, input: &mut Input<'_>) {
    match value {
        Json::List(values) => {
            let place = input.below(values.len());
            match kind {
                9 if place < values.len() => drop(values.remove(place)),
                10 if place < values.len() && values.len() < 512 => {
                    values.insert(place, values[place].clone())
                }
                _ => values.push(input.one_of(&words.values).clone()),
            }
        }
        Json::Map(fields) => {
            let place = input.below(fields.len());
            match kind {
                9 if place < fields.len() => drop(fields.remove(place)),
                10 if place < fields.len() => {
                    let again = fields[place].1.clone();
                    fields.push((input.one_of(&words.keys).clone(), again));
                }
                11 if place < fields.len() && input.byte().is_multiple_of(2) => {
                    fields[place].0.clone_from(input.one_of(&words.texts));
                }
                _ => fields.push((input.one_of(&words.keys).clone(), input.one_of(&words.values).clone())),
            }
        }
        Json::Plain(_) | Json::Text(_) => *value = Json::List(vec![value.clone()]),
    }
}
