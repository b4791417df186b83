//! Small recipes, one for each kind of model and teacher, with recorded hashes of the results: the bytes of labels,
//! parameters, files and tables may change only on purpose.
//!
//! The last bits of a trained parameter depend on the machine: on the order of the sums in its matrix products and on
//! its C library. So hashes are recorded per arithmetic; for an unknown arithmetic only the names of the files and of
//! their sections are compared. `PUPIL_RECORD=1` records the hashes of this machine.

use candle_core::{Device, Tensor};
use pupil_core::FileInfo;
use pupil_trainer::files;
use pupil_trainer::stages::Pipeline;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What is recorded.
#[derive(Debug, Default, serde::Deserialize, serde::Serialize)]
struct Record {
    /// Every file that the recipes write; for a model file, also the beginning of a hash of its section names.
    files: BTreeSet<String>,
    /// For each arithmetic, the beginning of the hash of every file.
    hashes: BTreeMap<String, BTreeMap<String, String>>,
}

fn short_hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

/// The widest vector instructions of matrix products, and a hash of the results of some sums and functions on this
/// machine.
fn arithmetic() -> String {
    #[cfg(target_arch = "x86_64")]
    let vectors = match (is_x86_feature_detected!("avx512f"), is_x86_feature_detected!("fma")) {
        (true, _) => "avx512f",
        (false, true) => "fma",
        (false, false) => "sse2",
    };
    #[cfg(not(target_arch = "x86_64"))]
    let vectors = "none";
    let values: Vec<f32> = (0u16..1200).map(|i| (f32::from(i) * 0.37).sin() * 3.0).collect();
    let matrix = |rows: usize, columns: usize| {
        Tensor::from_slice(&values[..rows * columns], (rows, columns), &Device::Cpu).unwrap()
    };
    let mut bits: Vec<u8> = Vec::new();
    for (m, k, n) in [(3, 7, 5), (16, 16, 48), (31, 33, 17)] {
        let product = matrix(m, k).matmul(&matrix(k, n)).unwrap().flatten_all().unwrap();
        bits.extend(product.to_vec1::<f32>().unwrap().iter().flat_map(|v| v.to_le_bytes()));
    }
    for v in values {
        for f in [v.exp(), v.tanh(), v.abs().max(0.1).ln(), v.abs().powf(0.7), v.cos()] {
            bits.extend(f.to_le_bytes());
        }
    }
    format!("{} {vectors} {}", std::env::consts::ARCH, short_hash(&bits))
}

/// Removes from a JSON value what differs between runs.
fn steady(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| name != "seconds" && name != "key");
            map.values_mut().for_each(steady);
        }
        Value::Array(list) => list.iter_mut().for_each(steady),
        _ => {}
    }
}

/// A page without its columns of times.
fn untimed(page: &str) -> String {
    // Number of cells to omit from each row, including the empty one after the last bar.
    let mut times = 0;
    let mut out = String::new();
    for line in page.lines() {
        if line.starts_with("| system") && (line.ends_with("| seconds |") || line.ends_with(" ms |")) {
            times = if line.ends_with("| seconds |") { 2 } else { 3 };
        } else if !line.starts_with('|') {
            times = 0;
        }
        let mut cells: Vec<&str> = line.split('|').collect();
        cells.truncate(cells.len() - times.min(cells.len()));
        out += &cells.join("|");
        out.push('\n');
    }
    out
}

/// Adds the hashes of all files of a folder, by path, and what is equal on every machine.
fn recorded(root: &Path, folder: &Path, record: &mut Record, hashes: &mut BTreeMap<String, String>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            recorded(root, &path, record, hashes);
            continue;
        }
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let (mut bytes, mut line) = (fs::read(&path).unwrap(), name.clone());
        match path.extension().and_then(|e| e.to_str()) {
            Some("json") => {
                let mut value: Value = serde_json::from_slice(&bytes).unwrap();
                steady(&mut value);
                bytes = serde_json::to_vec(&value).unwrap();
            }
            Some("md") => bytes = untimed(std::str::from_utf8(&bytes).unwrap()).into_bytes(),
            Some("pupil") => {
                let sections: Vec<String> =
                    FileInfo::read(&path).unwrap().manifest.sections.into_keys().collect();
                line += &format!(" {}", short_hash(sections.join(" ").as_bytes()));
            }
            _ => {}
        }
        record.files.insert(line);
        hashes.insert(name, short_hash(&bytes));
    }
}

#[test]
fn recorded_recipes_give_the_same_bytes() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recorded");
    let runs = tempfile::tempdir().unwrap();
    let mut recipes: Vec<PathBuf> = fs::read_dir(&fixtures).unwrap().map(|e| e.unwrap().path()).collect();
    recipes.retain(|p| p.extension().is_some_and(|e| e == "toml"));
    recipes.sort();
    assert!(recipes.len() >= 7, "{recipes:?}");
    // The split of a batch among threads determines the order in which its gradients are summed.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    for recipe in recipes {
        let run = || {
            let (data, encoder) = (fixtures.join("data"), fixtures.join("encoder"));
            let pipeline = Pipeline::open(&recipe, &data, &encoder, runs.path()).unwrap();
            if pipeline.recipe.unimoe.as_ref().is_some_and(|u| u.search.is_some()) {
                pipeline.search().unwrap();
            }
            pipeline.run().unwrap();
        };
        pool.install(run);
    }
    let (mut found, mut hashes) = (Record::default(), BTreeMap::new());
    recorded(runs.path(), runs.path(), &mut found, &mut hashes);

    let file = fixtures.join("record.json");
    let arithmetic = arithmetic();
    if std::env::var_os("PUPIL_RECORD").is_some() {
        let known: Record = files::read_json(&file).unwrap_or_default();
        found.hashes = known.hashes;
        found.hashes.insert(arithmetic, hashes);
        files::write_json(&file, &found).unwrap();
        return;
    }
    let known: Record = files::read_json(&file).unwrap();
    let lost: Vec<_> = known.files.difference(&found.files).collect();
    let more: Vec<_> = found.files.difference(&known.files).collect();
    assert!(lost.is_empty() && more.is_empty(), "no longer written: {lost:?}\nnot recorded: {more:?}");
    match known.hashes.get(&arithmetic) {
        Some(known) => {
            let other: Vec<_> = hashes.iter().filter(|(name, hash)| known.get(*name) != Some(hash)).collect();
            assert!(
                other.is_empty(),
                "{} of {} files have other bytes: {other:?}",
                other.len(),
                hashes.len()
            );
        }
        None => eprintln!(
            "no hashes are recorded for the arithmetic {arithmetic}: only the names of the files were compared"
        ),
    }
}
