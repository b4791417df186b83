//! Every input that is kept still passes, and every target has its program.

#![allow(clippy::unwrap_used, reason = "everything here is a test")]

use std::fs;
use std::path::{Path, PathBuf};

use pupil_fuzz_targets::TARGETS;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn every_input_that_is_kept_passes() {
    for target in TARGETS {
        // Without any input, and with too little of one.
        (target.run)(b"");
        (target.run)(b"\x01");
        let folder = fuzz().join("corpus").join(target.name);
        let mut inputs: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(inputs.len() >= 3, "{} has {} inputs", target.name, inputs.len());
        for input in inputs {
            (target.run)(&fs::read(&input).unwrap());
        }
    }
}

/// The programs are compiled only to fuzz, so what could break them is compared here.
#[test]
fn every_target_has_its_program() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    for target in TARGETS {
        let program =
            fs::read_to_string(fuzz().join("fuzz_targets").join(format!("{}.rs", target.name))).unwrap();
        assert!(program.contains("pupil_fuzz_targets::program!(pupil_fuzz_targets::"), "{}", target.name);
        let needs =
            target.feature.map_or_else(String::new, |name| format!("required-features = [\"{name}\"]\n"));
        let entry = format!("name = \"{0}\"\npath = \"fuzz_targets/{0}.rs\"\n{needs}", target.name);
        assert!(manifest.contains(&entry), "fuzz/Cargo.toml lacks\n{entry}");
    }
    let programs = fs::read_dir(fuzz().join("fuzz_targets")).unwrap().count();
    assert_eq!(manifest.matches("[[bin]]").count(), programs);
}
