//! Runs the program like a user.

#![allow(clippy::unwrap_used, reason = "everything here is a test or its helper")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/mind-ca/mind-ca.pupil");
const BUDGET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../budget.toml");

fn bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pupil-bench")).args(args).output().unwrap()
}

fn status(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A budget in a temporary folder, and its path.
fn budget(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("budget.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn json_holds_every_figure() {
    let output = bench(&[MODEL, "--words", "3,15", "--repeat", "20", "--json"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for figure in ["load_ms", "load_again_ms", "first_ms"] {
        assert!(report[figure].as_f64().unwrap() > 0.0, "{figure}");
    }
    assert_eq!(report["file_bytes"].as_u64().unwrap(), std::fs::metadata(MODEL).unwrap().len());
    assert_eq!(report["cpu"]["arch"], std::env::consts::ARCH);
    assert!(report["packed_bytes"].as_u64() >= report["table_bytes"].as_u64());
    assert!(report["variants"]["bilstm_i16"].is_string());
    assert_eq!(Path::new("/proc/self/status").exists(), report["peak_mib"].is_number());
    let answers = report["answers"].as_array().unwrap();
    assert_eq!(answers.iter().map(|a| a["words"].as_u64().unwrap()).collect::<Vec<_>>(), [3, 15]);
    for answer in answers {
        let time = |name: &str| answer[name].as_f64().unwrap();
        assert!(
            0.0 < time("min_us")
                && time("min_us") <= time("median_us")
                && time("median_us") <= time("p95_us")
        );
        let stages: Vec<&str> =
            answer["stages"].as_array().unwrap().iter().map(|s| s["stage"].as_str().unwrap()).collect();
        assert_eq!(stages, ["guard", "lookup", "tokenizer", "encoder", "mixture", "head"]);
        for op in ["bilstm_i16", "matmul_i8", "matvec_i8", "quantize_i8", "softmax_f32", "layer_norm_f32"] {
            let ops = answer["ops"].as_array().unwrap();
            let found = ops.iter().find(|o| o["op"] == op).unwrap_or_else(|| panic!("{op} is missing"));
            assert_eq!(found["variant"], report["variants"][op]);
            assert!(found["us_per_call"].as_f64().unwrap() > 0.0, "{op}");
        }
    }
}

#[test]
fn table_names_model_variants_and_answers() {
    let output = bench(&[MODEL, "--task", "mindca-ss_burglar", "--answer", "He ran.", "--repeat", "5"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["mind-ca", "mindca-ss_burglar", "2 words", "warm score", "bilstm_i16", "first score"] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn every_exceeded_limit_is_named_with_numbers() {
    let (_folder, path) = budget(
        "[device.watch]\nload_ms = 0.0001\nfirst_ms = 1e9\nwarm_median_us = 0.0001\np95_us = 1e9\nfile_bytes = 10",
    );
    let output = bench(&[MODEL, "--words", "3", "--repeat", "5", "--assert", &path, "--device", "watch"]);
    assert_eq!(status(&output), 1);
    let lines = stderr(&output);
    let bytes = std::fs::metadata(MODEL).unwrap().len();
    assert!(lines.contains("load_ms is ") && lines.contains("at most 0.0001 is allowed"), "{lines}");
    assert!(lines.contains("warm_median_us is "), "{lines}");
    assert!(lines.contains(&format!("file_bytes is {bytes}, at most 10 is allowed")), "{lines}");
    assert_eq!(lines.lines().count(), 3, "{lines}");
}

#[test]
fn met_limits_end_with_status_0() {
    let (_folder, path) = budget("[device.watch]\nload_ms = 1e9\nmemory_mib = 1e9\nfile_bytes = 1_000_000");
    let output = bench(&[MODEL, "--words", "3", "--repeat", "5", "--assert", &path, "--device", "watch"]);
    assert_eq!((status(&output), stderr(&output).as_str()), (0, ""));
}

#[test]
fn devices_of_the_budget_in_the_repository_can_be_read() {
    // The error about an unknown device lists the devices, and each of these must be valid.
    let output = bench(&[MODEL, "--assert", BUDGET, "--device", "nobody's"]);
    assert_eq!(status(&output), 2);
    let line = stderr(&output);
    let (_, names) = line.trim().split_once("there are ").unwrap_or_else(|| panic!("{line}"));
    for name in names.split(", ") {
        let output = bench(&["no such file", "--assert", BUDGET, "--device", name]);
        assert_eq!(status(&output), 2);
        assert!(stderr(&output).starts_with("pupil-bench: no such file: "), "{}", stderr(&output));
    }
}

#[test]
fn mistakes_end_with_status_2() {
    let (_folder, path) = budget("[device.watch]\nload_secs = 1");
    let (_broken, broken) = budget("[device");
    for (args, message) in [
        (&["--json"][..], "MODEL"),
        (&[MODEL, "--words", "0"], "--words"),
        (&[MODEL, "--words", "three"], "--words"),
        (&[MODEL, "--repeat", "0"], "--repeat"),
        (&[MODEL, "--assert", &path], "--device"),
        (&[MODEL, "--device", "watch"], "--assert"),
        (&[MODEL, "--assert", &path, "--device", "watch"], "load_secs"),
        (&[MODEL, "--assert", &broken, "--device", "watch"], "budget.toml"),
        (&[MODEL, "--assert", "no such budget", "--device", "watch"], "no such budget"),
        (&[MODEL, "--task", "no such task"], "mindca-ss_burglar"),
        (&[MODEL, "--reference", "He ran."], "--reference"),
        (&[BUDGET], "budget.toml"),
    ] {
        let output = bench(args);
        assert_eq!(status(&output), 2, "{args:?}");
        assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}
