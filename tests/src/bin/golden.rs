//! Writes the golden vectors (the models and their results for every text) and the cases of all languages.

use std::error::Error;
use std::path::Path;

use pupil_core::{Scorer, Tracker};
use pupil_tests::golden::{FILES, FOLDER, render, vectors};
use pupil_tests::{api, knowledge};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(FOLDER);
    std::fs::create_dir_all(folder)?;
    for (name, file, make) in FILES {
        let bytes = make();
        let scorer = Scorer::from_bytes(bytes.clone())?;
        std::fs::write(folder.join(file), render(&vectors(&scorer, name, &bytes)?))?;
        std::fs::write(folder.join(name), bytes)?;
    }
    for (name, file, make) in knowledge::FILES {
        let bytes = knowledge::model(make);
        let mut tracker = Tracker::from_bytes(bytes.clone())?;
        let text = knowledge::render(&knowledge::vectors(&mut tracker, name, &bytes)?);
        std::fs::write(folder.join(file), text)?;
        std::fs::write(folder.join(name), bytes)?;
    }
    let folder = Path::new(api::FOLDER);
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(api::PACK), api::pack())?;
    std::fs::write(folder.join(api::CASES), api::render(&api::cases()))?;
    Ok(())
}
