//! What the trainer reads: recipes, probabilities of a teacher, checkpoints.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use pupil_trainer::data::{Dataset, FileSettings, ReadOptions};
use pupil_trainer::fit::{Checkpoint, read_state};
use pupil_trainer::knowledge::recipe::KnowledgeRecipe;
use pupil_trainer::labels;
use pupil_trainer::recipe::Recipe;
use serde_json::json;

use crate::container::Section;
use crate::input::Input;
use crate::json::{Json, Words, mutate};

/// A folder in memory, where there is one: the trainer reads files.
fn scratch() -> &'static Path {
    static SCRATCH: OnceLock<PathBuf> = OnceLock::new();
    SCRATCH.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = tempfile::Builder::new().prefix("pupil-fuzz-").tempdir_in(parent);
        folder.expect("a folder for files can be made").keep()
    })
}

/// Removes the folder of the files, which otherwise stays after a crash.
pub fn clean() {
    // There may be none.
    let _ = fs::remove_dir_all(scratch());
}

/// Writes a file of the scratch folder.
fn written(name: &str, bytes: &[u8]) -> PathBuf {
    // Another for each thread: tests run at once.
    let thread: String =
        format!("{:?}", std::thread::current().id()).chars().filter(char::is_ascii_digit).collect();
    let path = scratch().join(format!("{thread}-{name}"));
    fs::write(&path, bytes).expect("the scratch folder can be written to");
    path
}

/// Reads a recipe, of a model that scores and of one of what students know; one that is taken can be written.
pub fn recipe(bytes: &[u8]) {
    let path = written("recipe.toml", bytes);
    match Recipe::read(&path) {
        Err(error) => assert!(!pupil_trainer::told(&error).is_empty()),
        Ok(recipe) => {
            let _ = (
                recipe.needs_teacher(),
                recipe.needs_vectors(),
                recipe.needs_influence(),
                recipe.max_unknown(),
            );
            assert!(serde_json::to_string(&recipe).is_ok_and(|text| !text.is_empty()));
        }
    }
    match KnowledgeRecipe::read(&path) {
        Err(error) => assert!(!pupil_trainer::told(&error).is_empty()),
        Ok(recipe) => assert!(serde_json::to_string(&recipe).is_ok_and(|text| !text.is_empty())),
    }
}

fn dataset() -> &'static Dataset {
    static DATASET: OnceLock<Dataset> = OnceLock::new();
    DATASET.get_or_init(|| {
        let rows =
            "id,task,text,score\n1,gas,warm air needs room,2\n2,gas,it expands,1\n3,gas,the balloon,0\n";
        let path = written("data.csv", rows.as_bytes());
        pupil_trainer::data::read(&path, &ReadOptions::default()).expect("the table can be read")
    })
}

/// Reads the probabilities of a teacher, from files of other tools and from our own; what was read can be written.
pub fn teacher(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let (settings, bytes) = (input.byte(), input.rest());
    let dataset = dataset();
    let task = (settings & 1 != 0).then_some(0);
    let path = written("teacher.csv", bytes);
    let found = labels::read_for(&path, &FileSettings::default(), dataset, task, &labels::Names::default());
    let Ok(found) = found.map_err(|error| assert!(!pupil_trainer::told(&error).is_empty())) else { return };
    for row in &found.rows {
        assert!(row.probabilities.iter().all(|p| (0.0..=1.0).contains(p)), "{row:?}");
    }
    let provenance = labels::Provenance {
        teacher: "teacher".into(),
        teacher_blake3: "0".repeat(64),
        data_blake3: dataset.blake3.clone(),
        ..labels::Provenance::default()
    };
    let path = written("labels.csv", b"");
    labels::write(&path, &found, &provenance, None).expect("what was read can be written");
    let (again, _) = labels::read(&path).expect("what was written can be read");
    assert_eq!(again.rows.len(), found.rows.len());
    for (a, b) in again.rows.iter().zip(&found.rows) {
        assert_eq!((&a.id, &a.probabilities, &a.predicted), (&b.id, &b.probabilities, &b.predicted));
    }
}

/// Reads the state of an interrupted fit.
pub fn checkpoint(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let path = if input.rarely(16) {
        written("fit.safetensors", input.rest())
    } else {
        written("fit.safetensors", &changed(&mut input))
    };
    if let Ok(run) = Checkpoint::read(&path) {
        assert!(!format!("{run:?}").is_empty());
    }
    if let Ok(state) = read_state(&path) {
        assert!(state.values().map(Vec::len).sum::<usize>() <= 1 << 20);
    }
}

/// A checkpoint with a changed header.
fn changed(input: &mut Input<'_>) -> Vec<u8> {
    static WORDS: OnceLock<(Json, Words)> = OnceLock::new();
    let (header, words) = WORDS.get_or_init(|| {
        let header = json!({
            "step": 7, "epoch_loss_bits": 4_607_182_418_800_017_408_u64, "best_loss_bits": 0, "finished": false,
            "train_loss_bits": [4_607_182_418_800_017_408_u64], "validation_loss_bits": [0], "exact_match_bits": [0],
            "shares_bits": [[0, 1], []], "thresholds": [[1, 2]], "best_epoch": 0, "seconds": 1.5,
        });
        let header = Json::from(&header);
        let words = Words::of([&header], &["parameters/w", "F32", "I64", "first/w", "second/w", "best/w", "average/w", "w"]);
        (header, words)
    });
    let mut fit = header.clone();
    for _ in 0..input.below(8) {
        mutate(&mut fit, words, input);
    }
    let names = ["parameters/w", "average/w", "best/w", "first/w", "second/w", "other", "/", "first/w/x"];
    let sections: Vec<Section> = (0..input.below(6))
        .map(|_| Section {
            name: (*input.one_of(&names)).into(),
            dtype: (*input.one_of(&["F32", "F32", "F32", "F16", "I64", "U8", "?"])).into(),
            shape: (0..input.below(3)).map(|_| input.below(5)).collect(),
            bytes: std::sync::Arc::new(input.take(32).to_vec()),
        })
        .collect();
    let mut header =
        vec![("__metadata__".to_owned(), Json::Map(vec![("fit".into(), Json::Text(fit.text()))]))];
    let mut end = 0;
    let is_odd = input.rarely(4);
    for section in &sections {
        let start = end;
        end += section.bytes.len();
        let shape = if is_odd { section.shape.clone() } else { vec![section.bytes.len() / 4] };
        let entry = Json::Map(vec![
            ("dtype".into(), Json::Text(section.dtype.clone())),
            ("shape".into(), Json::Plain(format!("{shape:?}"))),
            ("data_offsets".into(), Json::Plain(format!("[{start},{end}]"))),
        ]);
        header.push((section.name.clone(), entry));
    }
    let mut header = Json::Map(header);
    if is_odd {
        mutate(&mut header, words, input);
    }
    let header = header.text();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    sections.iter().for_each(|section| file.extend(section.bytes.iter()));
    file
}
