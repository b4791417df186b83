//! Every way to open a model gives the same model; a failure to open has a clear error.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use pupil_core::cpu::{Cpu, FeatureSet};
use pupil_core::format::manifest::Encoder;
use pupil_core::{ErrorKind, FileAccess, OpenOptions, Scorer};
use pupil_tests::{Fixture, Raw};

use crate::{SEED, scorer};

#[test]
fn path_bytes_and_file_with_offset_agree() {
    let bytes = Fixture::new(SEED).bytes();
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("model.pupil");
    std::fs::write(&plain, &bytes).unwrap();
    let mut scorers = vec![
        Scorer::open(&plain).unwrap(),
        Scorer::from_bytes(bytes.clone()).unwrap(),
        Scorer::from_bytes(&*Box::leak(bytes.clone().into_boxed_slice())).unwrap(),
    ];
    // Inside another file, at unaligned offsets.
    for offset in [1, 7, 4096, 10_001] {
        let package = folder.path().join(format!("package{offset}"));
        let mut file = File::create(&package).unwrap();
        file.write_all(&vec![0xAB; offset]).unwrap();
        file.write_all(&bytes).unwrap();
        file.write_all(b"more").unwrap();
        let file = File::open(&package).unwrap();
        let (offset, len) = (u64::try_from(offset).unwrap(), u64::try_from(bytes.len()).unwrap());
        scorers.push(Scorer::from_file(&file, offset, len).unwrap());
    }
    let want = scorers[0].trace("balloons", None, "warm air expands").unwrap();
    for scorer in &scorers {
        assert_eq!(scorer.trace("balloons", None, "warm air expands").unwrap(), want);
        assert_eq!(scorer.manifest(), scorers[0].manifest());
        assert_eq!(scorer.report().file_bytes, bytes.len());
    }
}

/// Options for a file that this test alone writes to.
#[expect(unsafe_code, reason = "what is tested")]
fn mapped() -> OpenOptions {
    // SAFETY: nobody writes to the file while it is open, but for a test that keeps its length and expects the error.
    OpenOptions { access: unsafe { FileAccess::mapped() }, ..OpenOptions::default() }
}

#[test]
fn file_that_changes_after_it_was_opened_changes_no_score() {
    let fixture = Fixture::many(SEED, 5, 4200);
    let bytes = fixture.bytes();
    assert!(bytes.len() > 1 << 20, "{} bytes", bytes.len());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.pupil");
    let want = Scorer::from_bytes(bytes.clone()).unwrap();
    let text = "ba pade zuno ki fe";
    let changes: [fn(&File, &[u8]); 3] = [
        |file, _| file.set_len(4096).unwrap(),
        |file, _| file.set_len(0).unwrap(),
        |mut file, bytes| file.write_all(&vec![0x55; bytes.len()]).unwrap(),
    ];
    for change in changes {
        std::fs::write(&path, &bytes).unwrap();
        let scorer = Scorer::open(&path).unwrap();
        let hash = scorer.blake3().to_owned();
        change(&File::options().write(true).open(&path).unwrap(), &bytes);
        for task in ["t0", "t4"] {
            assert_eq!(scorer.trace(task, None, text).unwrap(), want.trace(task, None, text).unwrap());
        }
        assert_eq!(scorer.blake3(), hash);
    }
}

#[test]
fn position_in_a_file_stays_where_it_was() {
    let bytes = Fixture::new(SEED).bytes();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pupil");
    std::fs::write(&path, &bytes).unwrap();
    let mut file = File::open(&path).unwrap();
    file.seek(SeekFrom::Start(17)).unwrap();
    Scorer::from_file(&file, 0, bytes.len() as u64).unwrap();
    assert_eq!(file.stream_position().unwrap(), 17);
}

/// Only where a promise about a mapped file was broken: the parts that are packed later are hashed once more.
#[test]
#[cfg_attr(target_family = "wasm", ignore = "files are not mapped there")]
fn mapped_file_that_was_rewritten_is_found_out_when_it_is_packed() {
    let bytes = Fixture::many(SEED, 5, 4200).bytes();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.pupil");
    std::fs::write(&path, &bytes).unwrap();
    let scorer = Scorer::open_with(&path, &mapped()).unwrap();
    scorer.score("t0", "ba pade").unwrap();
    let range = Raw::parse(&bytes).range("encoder.e4.input");
    let start = bytes.len() - Raw::parse(&bytes).data.len();
    let mut file = File::options().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start((start + range.start) as u64)).unwrap();
    file.write_all(&vec![1; range.len()]).unwrap();
    let error = scorer.score("t4", "ba pade").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert!(error.to_string().contains("encoder.e4.input has changed since"), "{error}");
}

#[test]
fn mapped_file_scores_the_same() {
    let fixture = Fixture::many(SEED, 5, 4200);
    let bytes = fixture.bytes();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.pupil");
    std::fs::write(&path, [&[9; 3], bytes.as_slice()].concat()).unwrap();
    let file = File::open(&path).unwrap();
    let len = u64::try_from(bytes.len()).unwrap();
    let mapped = Scorer::from_file_with(&file, 3, len, &mapped()).unwrap();
    drop(file);
    let held = Scorer::from_bytes(bytes).unwrap();
    for task in ["t0", "t4"] {
        let text = "ba pade zuno ki fe";
        assert_eq!(mapped.trace(task, None, text).unwrap(), held.trace(task, None, text).unwrap());
    }
}

#[test]
fn part_of_a_file_beyond_its_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pupil");
    std::fs::write(&path, Fixture::new(SEED).bytes()).unwrap();
    let file = File::open(&path).unwrap();
    let have = file.metadata().unwrap().len();
    for (offset, len) in [(0, have + 1), (1, have), (have + 1, 0), (u64::MAX, 1), (u64::MAX, u64::MAX)] {
        let error = Scorer::from_file(&file, offset, len).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadInput, "{offset} {len}: {error}");
    }
    assert_eq!(Scorer::from_file(&file, have, 0).unwrap_err().kind(), ErrorKind::NotAModel);
    assert_eq!(Scorer::from_file(&file, 0, have - 1).unwrap_err().kind(), ErrorKind::Damaged);
}

#[test]
fn path_without_a_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Scorer::open(folder.path().join("missing.pupil")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    assert!(missing.to_string().contains("missing.pupil"), "{missing}");
    assert!(std::error::Error::source(&missing).is_some());
    assert_eq!(Scorer::open(folder.path()).unwrap_err().kind(), ErrorKind::NotAModel);
    let empty = folder.path().join("empty");
    std::fs::write(&empty, b"").unwrap();
    assert_eq!(Scorer::open(&empty).unwrap_err().kind(), ErrorKind::NotAModel);
}

#[test]
fn narrowed_cpu_changes_only_the_report() {
    let options = OpenOptions { cpu: Cpu::detect().without(FeatureSet::ALL), ..OpenOptions::default() };
    let generic = Scorer::from_bytes_with(Fixture::new(SEED).bytes(), &options).unwrap();
    assert!(generic.report().variants.iter().all(|v| v.variant == "generic"), "{:?}", generic.report());
    assert_eq!(generic.score("topic", "warm air").unwrap(), scorer().score("topic", "warm air").unwrap());
}

#[test]
fn encoders_are_packed_when_they_are_first_used() {
    let scorer = scorer();
    let before = scorer.report();
    assert!(before.table_bytes > 0);
    scorer.score("balloons", "warm air").unwrap();
    let after = scorer.report();
    assert!(after.packed_bytes > before.packed_bytes);
    assert_eq!(after.table_bytes, before.table_bytes);
    scorer.score("topic", "warm air").unwrap();
    assert_eq!(scorer.report(), after, "the same encoder is not packed twice");
}

#[test]
fn tables_beyond_the_maximum_size_are_never_made() {
    // A table of 2^20 rows would take 512 MiB.
    let mut fixture = Fixture::new(SEED);
    fixture.manifest.tasks.retain(|t| t.encoder == "e0");
    fixture.manifest.encoders.retain(|name, _| name == "e0");
    let Some(Encoder::ELstm(lstm)) = fixture.manifest.encoders.get_mut("e0") else { panic!("it is there") };
    (lstm.vocab, lstm.embedding, lstm.hidden) = (1 << 20, 1, 32);
    let options = OpenOptions { fold_limit_bytes: usize::MAX, ..OpenOptions::default() };
    let scorer = Scorer::from_bytes_with(fixture.bytes(), &options).unwrap();
    scorer.score("topic", "warm air").unwrap();
    assert_eq!(scorer.report().table_bytes, 0);
    assert!(scorer.report().packed_bytes < 16 << 20);
}

#[test]
fn tables_beyond_their_limit_are_not_made() {
    let options = OpenOptions { fold_limit_bytes: 0, ..OpenOptions::default() };
    let lean = Scorer::from_bytes_with(Fixture::new(SEED).bytes(), &options).unwrap();
    assert_eq!(lean.score("topic", "warm air").unwrap(), scorer().score("topic", "warm air").unwrap());
    assert_eq!(lean.report().table_bytes, 0);
    let full = scorer();
    full.score("topic", "warm air").unwrap();
    assert!(lean.report().packed_bytes < full.report().packed_bytes);
}
