//! Files with an invalid container or invalid sections.

use pupil_core::ErrorKind::{Damaged, NotAModel, TooLarge, Unsupported};
use pupil_core::Scorer;
use pupil_core::format::limits::MAX_HEADER_BYTES;
use pupil_tests::Raw;
use serde_json::json;

use crate::{assert_all_refused, open, tiny, with_encoder};

#[test]
fn container_that_breaks_a_rule_is_refused() {
    assert_all_refused(&[
        (
            "declared size beyond the file",
            |raw| {
                let end = raw.data.len() + 8;
                raw.header["encoder.e.input"]["data_offsets"][1] = json!(end);
            },
            Damaged,
            "section encoder.e.input lies at bytes",
        ),
        (
            "size far beyond every address",
            |raw| raw.header["encoder.e.input"]["data_offsets"] = json!([usize::MAX - 1, usize::MAX]),
            Damaged,
            "encoder.e.input",
        ),
        (
            "start behind end",
            |raw| {
                let range = raw.range("encoder.e.input");
                raw.header["encoder.e.input"]["data_offsets"] = json!([range.end, range.start]);
            },
            Damaged,
            "encoder.e.input",
        ),
        (
            "overlap",
            |raw| {
                let range = raw.range("encoder.e.input");
                raw.header["encoder.e.recurrent"]["data_offsets"][0] = json!(range.start);
            },
            Damaged,
            "overlap",
        ),
        (
            "two sections on the same bytes",
            |raw| {
                let entry = raw.header["task.balloons.hidden.bias"].clone();
                raw.header["task.balloons.hidden.scale"] = entry;
            },
            Damaged,
            "overlap",
        ),
        (
            "hole between sections",
            |raw| {
                // The tokenizer is last: move it behind four unused bytes.
                let range = raw.range("tokenizer.t");
                raw.data.splice(range.start..range.start, [0; 4]);
                raw.header["tokenizer.t"]["data_offsets"] = json!([range.start + 4, range.end + 4]);
            },
            Damaged,
            "hole",
        ),
        ("data behind the last section", |raw| raw.data.push(0), Damaged, "sections end at byte"),
        (
            "data cut short",
            |raw| {
                raw.data.pop();
            },
            Damaged,
            "lies at bytes",
        ),
        (
            "shape whose product overflows",
            |raw| raw.header["encoder.e.input"]["shape"] = json!(vec![1_usize << (usize::BITS / 2); 3]),
            Damaged,
            "overflow",
        ),
        (
            "shape of another size than its bytes",
            |raw| raw.header["encoder.e.input"]["shape"] = json!([2, 8, 4]),
            Damaged,
            "have a wrong size",
        ),
        (
            "negative size",
            |raw| raw.header["encoder.e.input"]["shape"] = json!([2, -8, 3]),
            Damaged,
            "header cannot be read",
        ),
        (
            "unknown element type",
            |raw| raw.header["encoder.e.input"]["dtype"] = json!("I7"),
            Damaged,
            "header cannot be read",
        ),
        (
            "no metadata",
            |raw| {
                raw.header.as_object_mut().unwrap().remove("__metadata__");
            },
            NotAModel,
            "no manifest",
        ),
        (
            "no manifest",
            |raw| raw.header["__metadata__"] = json!({"pupil.xxh3": "00"}),
            NotAModel,
            "no manifest",
        ),
        (
            "no hash of the manifest",
            |raw| {
                raw.header["__metadata__"].as_object_mut().unwrap().remove("pupil.xxh3");
            },
            Damaged,
            "no hash of its manifest",
        ),
        (
            "hash of another manifest",
            |raw| {
                let mut manifest = raw.manifest();
                manifest["name"] = json!("another");
                raw.header["__metadata__"]["pupil"] = json!(manifest.to_string());
            },
            Damaged,
            "the manifest does not match its hash",
        ),
        (
            "hash in capitals",
            |raw| {
                let hash = raw.header["__metadata__"]["pupil.xxh3"].as_str().unwrap().to_uppercase();
                raw.header["__metadata__"]["pupil.xxh3"] = json!(hash);
            },
            Damaged,
            "hash",
        ),
        (
            "manifest that is no string",
            |raw| raw.header["__metadata__"]["pupil"] = json!({"format": 1}),
            Damaged,
            "header cannot be read",
        ),
    ]);
}

#[test]
fn section_that_breaks_a_rule_is_refused() {
    assert_all_refused(&[
        (
            "bytes other than those hashed",
            |raw| {
                let start = raw.range("task.balloons.output").start;
                raw.data[start] ^= 1;
            },
            Damaged,
            "section task.balloons.output does not match its hash",
        ),
        (
            "section that the manifest does not list",
            |raw| {
                raw.append("extra.note", "U8", b"hello");
                raw.edit(|m| {
                    m["sections"].as_object_mut().unwrap().remove("extra.note");
                });
            },
            Damaged,
            "extra.note is not listed",
        ),
        (
            "section that belongs to nothing",
            |raw| raw.append("encoder.e.gate", "U8", b"hello"),
            Unsupported,
            "encoder.e.gate belongs to nothing",
        ),
        (
            "listed section that is missing",
            |raw| raw.edit(|m| m["sections"]["extra.note"] = json!({"xxh3": "00"})),
            Damaged,
            "extra.note is missing",
        ),
        (
            "needed section that is missing",
            |raw| {
                let range = raw.range("tokenizer.t");
                raw.data.truncate(range.start);
                raw.header.as_object_mut().unwrap().remove("tokenizer.t");
                raw.edit(|m| {
                    m["sections"].as_object_mut().unwrap().remove("tokenizer.t");
                });
            },
            Damaged,
            "section tokenizer.t is missing",
        ),
        (
            "wrong element type of the right size",
            |raw| raw.header["encoder.e.input"]["dtype"] = json!("U8"),
            Damaged,
            "encoder.e.input has type U8, I8 is needed",
        ),
        (
            "integers instead of floats",
            |raw| raw.header["encoder.e.bias"]["dtype"] = json!("I32"),
            Damaged,
            "encoder.e.bias has type I32, F32 is needed",
        ),
        (
            "rows and columns exchanged",
            |raw| raw.header["encoder.e.input"]["shape"] = json!([2, 3, 8]),
            Damaged,
            "encoder.e.input has shape [2, 3, 8]",
        ),
        (
            "dimension too many",
            |raw| raw.header["encoder.e.bias"]["shape"] = json!([2, 8, 1]),
            Damaged,
            "encoder.e.bias has shape",
        ),
        (
            "weight of -128",
            |raw| raw.edit_section("encoder.e.recurrent", |bytes| bytes[5] = 0x80),
            Damaged,
            "encoder.e.recurrent has 1 weights of -128",
        ),
        (
            "weight of -128 in a head",
            |raw| raw.edit_section("task.balloons.hidden", |bytes| bytes.fill(0x80)),
            Damaged,
            "task.balloons.hidden has 8 weights of -128",
        ),
        (
            "scale that is no number",
            |raw| raw.set_number("encoder.e.embedding.scale", 1, f32::NAN),
            Damaged,
            "encoder.e.embedding.scale has NaN at 1",
        ),
        (
            "infinite scale",
            |raw| raw.set_number("encoder.e.input.scale", 0, f32::INFINITY),
            Damaged,
            "encoder.e.input.scale has inf at 0",
        ),
        (
            "negative scale",
            |raw| raw.set_number("encoder.e.recurrent.scale", 7, -0.001),
            Damaged,
            "encoder.e.recurrent.scale has -0.001 at 7",
        ),
        (
            "huge scale",
            |raw| raw.set_number("task.balloons.output.scale", 0, 1e30),
            Damaged,
            "task.balloons.output.scale",
        ),
        (
            "bias that is no number",
            |raw| raw.set_number("encoder.e.bias", 15, f32::NAN),
            Damaged,
            "encoder.e.bias has NaN at 15",
        ),
        (
            "infinite bias",
            |raw| raw.set_number("task.balloons.hidden.bias", 0, f32::NEG_INFINITY),
            Damaged,
            "task.balloons.hidden.bias has -inf at 0",
        ),
        (
            "cut that is no number",
            |raw| raw.set_number("task.balloons.cuts", 1, f32::NAN),
            Damaged,
            "task.balloons.cuts has NaN at 1",
        ),
        (
            "cuts that rise",
            |raw| {
                raw.set_number("task.balloons.cuts", 0, -1.0);
                raw.set_number("task.balloons.cuts", 1, 1.0);
            },
            Damaged,
            "task.balloons.cuts has -1 before 1, it must fall",
        ),
        (
            "equal cuts",
            |raw| {
                raw.set_number("task.balloons.cuts", 0, 0.5);
                raw.set_number("task.balloons.cuts", 1, 0.5);
            },
            Damaged,
            "it must fall",
        ),
        (
            "tokenizer that is no JSON",
            |raw| raw.edit_section("tokenizer.t", |bytes| bytes[0] = b'?'),
            Damaged,
            "section tokenizer.t",
        ),
        (
            "tokenizer with an id beyond the embedding",
            |raw| {
                raw.edit_section("tokenizer.t", |bytes| {
                    let place = bytes.windows(7).position(|w| w == b"\"air\":2").unwrap();
                    bytes[place + 6] = b'7';
                });
            },
            Damaged,
            "encoder e has 3 embeddings, its tokenizer gives 8 ids",
        ),
    ]);
}

#[test]
fn extra_section_is_hashed_and_otherwise_ignored() {
    let mut raw = Raw::parse(&tiny().bytes());
    raw.append("extra.note", "U8", b"hello");
    assert!(open(raw.to_bytes()).is_ok());
    *raw.data.last_mut().unwrap() ^= 4;
    let error = open(raw.to_bytes()).unwrap_err();
    assert_eq!(error.kind(), Damaged);
    assert!(error.to_string().contains("extra.note"), "{error}");
}

#[test]
fn offsets_whose_sum_wraps_around_are_refused() {
    // Eight sections of 2^61 bytes each: their sum is 0 again.
    let part = 1_u64 << 61;
    let mut raw = Raw::parse(&tiny().bytes());
    raw.data.clear();
    let metadata = raw.header["__metadata__"].clone();
    raw.header = json!({"__metadata__": metadata});
    for i in 0..8_u64 {
        let end = part.wrapping_mul(i + 1);
        let offsets = json!([part.wrapping_mul(i), if i == 7 { u64::MAX } else { end }]);
        raw.header[format!("encoder.e.{i}")] =
            json!({"dtype": "U8", "shape": [part], "data_offsets": offsets});
    }
    assert_eq!(open(raw.to_bytes()).unwrap_err().kind(), Damaged);
}

#[test]
fn duplicate_key_is_refused() {
    let raw = Raw::parse(&tiny().bytes());
    let header = raw.header.to_string();
    let entry = raw.header["encoder.e.bias"].to_string();
    let with = |first: &str, second: &str| {
        let doubled = header.replacen(first, second, 1);
        assert_ne!(doubled, header);
        open(Raw::with_header(doubled.as_bytes(), &raw.data)).unwrap_err()
    };
    for error in [
        with(r#""encoder.e.bias":"#, &format!(r#""encoder.e.bias":{entry},"encoder.e.bias":"#)),
        with(r#""__metadata__":"#, r#""__metadata__":{"pupil":"","pupil.xxh3":""},"__metadata__":"#),
        with(r#""pupil.xxh3":"#, r#""pupil.xxh3":"00","pupil.xxh3":"#),
    ] {
        assert!(matches!(error.kind(), Damaged | NotAModel), "{error}");
        assert!(error.to_string().contains("duplicate key"), "{error}");
    }
}

#[test]
fn other_files_are_distinguished_from_damaged_models() {
    let of = |bytes: &[u8]| open(bytes.to_vec()).unwrap_err().kind();
    assert_eq!(of(b""), NotAModel);
    assert_eq!(of(b"{\"a\": 1}"), NotAModel);
    assert_eq!(of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on"), NotAModel);
    assert_eq!(of(b"PK\x03\x04\x14\0\0\0\0\0\0\0 and so on"), NotAModel);
    assert_eq!(of(&[0; 64]), NotAModel);
    assert_eq!(of(&Raw::with_header(b"{}", &[])), NotAModel);
    assert_eq!(of(&Raw::with_header(b"[]", &[])), NotAModel);
    assert_eq!(
        of(&Raw::with_header(br#"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, &[7])),
        NotAModel
    );
    assert_eq!(of(&Raw::with_header(&[0xff; 16], &[])), NotAModel);
}

#[test]
fn header_that_declares_a_huge_length_is_refused_before_it_is_read() {
    for length in [MAX_HEADER_BYTES as u64 + 1, u64::MAX, 1 << 63] {
        let mut bytes = tiny().bytes();
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        let error = open(bytes).unwrap_err();
        assert_eq!(error.kind(), TooLarge);
        assert!(error.to_string().contains(&length.to_string()), "{error}");
    }
}

#[test]
fn header_bombs_are_refused() {
    let deep = [vec![b'['; 500_000], vec![b']'; 500_000]].concat();
    for body in [&deep[..], &[b'{'; 200_000], &[b'['; 200_000]] {
        let nested = [br#"{"__metadata__":{"pupil":"", "x":"#, body].concat();
        assert!(open(Raw::with_header(&nested, &[])).is_err());
        let entry = [br#"{"a":{"dtype":"U8","more":"#, body, b"}}"].concat();
        assert!(open(Raw::with_header(&entry, &[])).is_err());
    }
    let mut raw = Raw::parse(&tiny().bytes());
    raw.set_manifest_text(format!(
        r#"{{"format":1,"name":"x","tokenizers":{{}},"encoders":{{}},"tasks":[],"later":{}{}}}"#,
        "[".repeat(200_000),
        "]".repeat(200_000)
    ));
    assert_eq!(open(raw.to_bytes()).unwrap_err().kind(), Damaged);
}

#[test]
fn ids_of_the_tokenizer_and_rows_of_the_embedding_are_compared() {
    // A larger embedding only wastes memory; a smaller one would be read beyond its end.
    assert!(open(with_encoder(|e| e.vocab = 5).bytes()).is_ok());
    let error = with_encoder(|e| e.vocab = 2).builder().to_bytes().unwrap_err();
    assert!(error.to_string().contains("encoder e has 2 embeddings, its tokenizer gives 3 ids"), "{error}");
}

#[test]
fn every_memory_limit_is_checked_before_allocation() {
    let mut raw = Raw::parse(&tiny().bytes());
    raw.edit(|m| m["encoders"]["e"]["vocab"] = json!(1 << 20));
    assert_eq!(open(raw.to_bytes()).unwrap_err().kind(), Damaged);
    raw.edit(|m| m["encoders"]["e"]["vocab"] = json!((1 << 20) + 1));
    assert_eq!(open(raw.to_bytes()).unwrap_err().kind(), TooLarge);
    raw.edit(|m| m["encoders"]["e"]["vocab"] = json!(usize::MAX));
    assert_eq!(open(raw.to_bytes()).unwrap_err().kind(), TooLarge);
}

#[test]
fn file_beyond_the_maximum_size_is_refused_without_reading_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.pupil");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len((256 << 20) + 1).unwrap();
    let error = Scorer::open(&path).unwrap_err();
    assert_eq!(error.kind(), TooLarge);
    assert!(error.to_string().contains("268435457"), "{error}");
}
