//! Prints the header of the C library, from the root of the workspace.
#![forbid(unsafe_code)]

use std::path::Path;
use std::process::ExitCode;

/// The library's folder.
const FOLDER: &str = "bindings/c";

/// Its modules with functions or structs for C, in the order of the header.
const MODULES: [&str; 8] = ["scorer", "options", "model", "score", "batch", "explain", "error", "text"];

fn main() -> ExitCode {
    match header() {
        Ok(text) => {
            print(&text);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn header() -> Result<String, String> {
    let folder = Path::new(FOLDER);
    let mut builder =
        cbindgen::Builder::new().with_config(cbindgen::Config::from_file(folder.join("cbindgen.toml"))?);
    for module in MODULES {
        builder = builder.with_src(folder.join("src").join(module).with_extension("rs"));
    }
    let mut bytes = Vec::new();
    builder.generate().map_err(|error| error.to_string())?.write(&mut bytes);
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    // The section that Rust's documentation calls so says in C what a caller must see to.
    Ok(text.replace("// # Safety\n//\n// ", "// Required: ").replace("// Required: As ", "// Required: as "))
}

#[expect(clippy::print_stdout, reason = "the header is this program's output")]
fn print(text: &str) {
    print!("{text}");
}
