//! The writer: valid files, and parts that it refuses.

use pupil_core::ErrorKind;
use pupil_core::Scorer;
use pupil_core::format::Manifest;
use pupil_core::format::writer::FileBuilder;
use pupil_core::output;
use pupil_tests::{Fixture, Raw, Rng};

use crate::tiny;

#[test]
fn same_parts_give_the_same_bytes_in_any_order() {
    let mut one = FileBuilder::new(Manifest::default());
    one.bytes("extra.b", b"bb").f32("extra.a", &[2], &[1.0, 2.0]).i8("extra.c", &[3], &[1, -2, 3]);
    let mut other = FileBuilder::new(Manifest::default());
    other.i8("extra.c", &[3], &[1, -2, 3]).bytes("extra.b", b"bb").f32("extra.a", &[2], &[1.0, 2.0]);
    assert_eq!(one.to_bytes().unwrap(), other.to_bytes().unwrap());
    assert_eq!(Fixture::new(5).bytes(), Fixture::new(5).bytes());
}

#[test]
fn numbers_are_aligned_in_the_file() {
    let bytes = Fixture::new(5).bytes();
    let raw = Raw::parse(&bytes);
    assert_eq!((bytes.len() - raw.data.len()) % 8, 0);
    let mut seen = 0;
    for (name, info) in raw.header.as_object().unwrap() {
        if info["dtype"] == "F32" {
            assert_eq!(raw.range(name).start % 4, 0, "{name}");
            seen += 1;
        }
    }
    assert!(seen > 20);
}

#[test]
fn manifest_is_read_back_unchanged() {
    let fixture = Fixture::new(5);
    let scorer = Scorer::from_bytes(fixture.bytes()).unwrap();
    let mut manifest = scorer.manifest().clone();
    assert!(manifest.sections.len() > 40);
    manifest.sections.clear();
    assert_eq!(manifest, fixture.manifest);
}

#[test]
fn floats_of_the_manifest_keep_their_bits() {
    let mut fixture = tiny();
    let mut rng = Rng::new(9);
    for _ in 0..300 {
        let task = &mut fixture.manifest.tasks[0];
        task.thresholds = vec![rng.between(0.0, 1.0).next_up(), rng.between(1.0, 2.0).next_up()];
        task.calibration.temperature = 1.0 / rng.between(0.5, 9.0);
        task.review.max_unknown = rng.between(0.0, 1.0) / 3.0;
        task.review.min_confidence = f32::from_bits(rng.between(0.0, 1.0).to_bits() ^ 1);
        task.labels[0].min_confidence = rng.between(0.0, 1.0) / 3.0;
        let json = fixture.manifest.to_json().unwrap();
        assert_eq!(Manifest::from_json(&json).unwrap(), fixture.manifest);
    }
}

#[test]
fn other_readers_accept_the_file_as_a_safetensors_container() {
    let bytes = Fixture::new(5).bytes();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let embedding = tensors.tensor("encoder.e1.embedding").unwrap();
    assert_eq!(embedding.dtype(), safetensors::Dtype::I8);
    assert_eq!(embedding.shape(), [58, 7]);
    assert_eq!(tensors.len(), Scorer::from_bytes(bytes.clone()).unwrap().manifest().sections.len());
}

#[test]
fn parts_that_would_not_open_are_not_written() {
    let refused = |change: &dyn Fn(&mut FileBuilder), part: &str| {
        let mut builder = tiny().builder();
        change(&mut builder);
        let error = builder.to_bytes().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadInput, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    };
    refused(
        &|b| drop(b.bytes("extra.x", b"1").bytes("extra.x", b"2").to_bytes()),
        "duplicate section extra.x",
    );
    refused(&|b| drop(b.i8("extra.x", &[2, 2], &[1, 2, 3]).to_bytes()), "has 3 values, its shape is [2, 2]");
    refused(&|b| drop(b.f32("extra.x", &[usize::MAX, 4], &[]).to_bytes()), "its shape is");
    refused(&|b| drop(b.bytes("stray", b"1").to_bytes()), "stray belongs to nothing");
    let error = FileBuilder::new(tiny().manifest).to_bytes().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
    assert!(error.to_string().contains("is missing"), "{error}");
}

#[test]
fn written_file_replaces_the_old_one_and_leaves_no_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pupil");
    std::fs::write(&path, b"old").unwrap();
    Fixture::new(5).builder().write(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), Fixture::new(5).bytes());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn failed_write_leaves_no_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    let builder = Fixture::new(5).builder();
    assert_eq!(builder.write(folder.path().join("missing/model.pupil")).unwrap_err().kind(), ErrorKind::Io);
    // A folder has the name of the file.
    let taken = folder.path().join("taken");
    std::fs::create_dir_all(taken.join("inside")).unwrap();
    assert_eq!(builder.write(&taken).unwrap_err().kind(), ErrorKind::Io);
    assert_eq!(builder.write("..").unwrap_err().kind(), ErrorKind::BadInput);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn files_written_at_once_by_many_threads_are_complete() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pupil");
    let models: Vec<Vec<u8>> = (1..9).map(|seed| Fixture::new(seed).builder().to_bytes().unwrap()).collect();
    std::thread::scope(|scope| {
        for bytes in &models {
            scope.spawn(|| (0..5).for_each(|_| output::write(&path, bytes).unwrap()));
        }
    });
    assert!(models.contains(&std::fs::read(&path).unwrap()));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
