//! Rewrites the golden vectors: the model's file and what it makes of every text.

use std::error::Error;
use std::path::Path;

use pupil_core::Scorer;
use pupil_tests::golden::{FOLDER, MODEL, VECTORS, model, render, vectors};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(FOLDER);
    std::fs::create_dir_all(folder)?;
    let bytes = model();
    let scorer = Scorer::from_bytes(bytes.clone())?;
    std::fs::write(folder.join(VECTORS), render(&vectors(&scorer, &bytes)?))?;
    std::fs::write(folder.join(MODEL), bytes)?;
    Ok(())
}
