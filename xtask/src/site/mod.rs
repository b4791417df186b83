//! The documentation as a site: the pages of this repository as a book, with the references of the languages.

mod links;
mod references;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::process::{find_program, say};
use crate::workspace::Workspace;

/// The version that builds the site.
const VERSION: &str = "0.5.4";

/// The list of pages, and the settings.
const FOLDER: &str = "docs/site";

/// Pages that are links to more pages, below which the references are.
const REFERENCES: &str = "reference";

/// Ends of the names of files that pages show or link to beside them.
const BESIDE: [&str; 6] = ["svg", "png", "html", "csv", "json", "py"];

/// What to build.
#[derive(Args)]
pub(crate) struct Options {
    /// Also the references of Rust, Kotlin, Python and Swift, those whose tools are installed
    #[arg(long)]
    references: bool,
}

/// Builds the site into `target/site/book`, and fails if a link in it leads nowhere.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let site = workspace.target().join("site");
    let book = site.join("book");
    let mdbook = mdbook(workspace)?;
    stage(workspace, &site.join("source"))?;
    let built = if options.references { references::build(workspace, &site)? } else { Vec::new() };
    list(&site.join("source/docs/reference.md"), &built)?;
    if book.exists() {
        fs::remove_dir_all(&book)?;
    }
    workspace.command(&mdbook).shown_as("mdbook").args(["build"]).args([site.as_os_str()]).run()?;
    for reference in &built {
        let to = book.join(REFERENCES).join(reference.folder);
        copy(&reference.built, &to)?;
    }
    let (count, broken) = links::broken(&book, &book.join(REFERENCES))?;
    for link in &broken {
        say!("   {link}");
    }
    ensure!(broken.is_empty(), "{} of {count} links lead nowhere", broken.len());
    say!("site: {} is built; {count} links lead somewhere", book.join("index.html").display());
    Ok(())
}

/// Copies the pages and what they show, in the layout of the repository, so that links between them are the same.
fn stage(workspace: &Workspace, source: &Path) -> Result<()> {
    let root = workspace.root();
    if source.exists() {
        fs::remove_dir_all(source)?;
    }
    fs::create_dir_all(source)?;
    let summary = fs::read_to_string(root.join(FOLDER).join("SUMMARY.md")).context(FOLDER)?;
    let summary = completed(root, &summary)?;
    let mut staged: BTreeSet<PathBuf> = BTreeSet::new();
    for page in listed(&summary) {
        ensure!(staged.insert(page.into()), "{FOLDER}/SUMMARY.md lists {page} twice");
    }
    let pages = staged.clone();
    beside(root, Path::new("docs"), &mut staged)?;
    let mut broken = Vec::new();
    for path in &staged {
        let to = source.join(path);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        if pages.contains(path) {
            let text = fs::read_to_string(root.join(path)).with_context(|| path.display().to_string())?;
            let text = links::rewritten(without_front_matter(&text), path, &staged, root, &mut broken);
            fs::write(to, text)?;
        } else {
            fs::copy(root.join(path), to)?;
        }
    }
    ensure!(broken.is_empty(), "links lead nowhere: {}", broken.join(", "));
    fs::write(source.join("SUMMARY.md"), summary)?;
    let settings = source.parent().context("the folder of the pages has no parent")?.join("book.toml");
    fs::copy(root.join(FOLDER).join("book.toml"), settings)?;
    Ok(())
}

/// The pages of a list, in its order.
fn listed(summary: &str) -> impl Iterator<Item = &str> {
    summary.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

/// The list with the pages of each folder that it lacks, by their titles, after those of that folder that it has.
fn completed(root: &Path, summary: &str) -> Result<String> {
    let mut lines: Vec<String> = summary.lines().map(str::to_owned).collect();
    for folder in ["docs/adr", "docs/results", "docs/performance", "docs"] {
        let mut pages: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(root.join(folder))? {
            let path = Path::new(folder).join(entry?.file_name());
            if path.extension().is_some_and(|ending| ending == "md") {
                pages.push(path);
            }
        }
        pages.sort();
        for page in pages {
            if listed(summary).any(|known| Path::new(known) == page) {
                continue;
            }
            let is_beside =
                |line: &String| listed(line).any(|known| Path::new(known).parent() == page.parent());
            let Some(place) = lines.iter().rposition(is_beside) else {
                bail!("{FOLDER}/SUMMARY.md lists no page of {folder}");
            };
            let text = fs::read_to_string(root.join(&page))?;
            let title = text.lines().find_map(|line| line.strip_prefix("# "));
            let title = title.with_context(|| format!("{} has no title", page.display()))?;
            let indent = lines[place].len() - lines[place].trim_start().len();
            lines.insert(place + 1, format!("{:indent$}- [{title}]({})", "", page.display()));
        }
    }
    Ok(lines.join("\n") + "\n")
}

/// Adds the figures and examples of a folder.
fn beside(root: &Path, folder: &Path, staged: &mut BTreeSet<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            beside(root, &path, staged)?;
        } else if path.extension().is_some_and(|ending| BESIDE.iter().any(|known| ending == *known)) {
            staged.insert(path);
        }
    }
    Ok(())
}

/// A card without the lines that are for a hub of models.
fn without_front_matter(text: &str) -> &str {
    text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map_or(text, |(_, rest)| rest)
}

/// Adds the references that were built to their page.
fn list(page: &Path, built: &[references::Reference]) -> Result<()> {
    if built.is_empty() {
        return Ok(());
    }
    let mut text = fs::read_to_string(page)?;
    text += "\n## In this site\n\n";
    for reference in built {
        text +=
            &format!("- [{}](../{REFERENCES}/{}/{})\n", reference.name, reference.folder, reference.first);
    }
    Ok(fs::write(page, text)?)
}

/// Copies a folder.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// The program: one of the same version on the PATH, or the one in `.tools`, which cargo builds if it is missing.
fn mdbook(workspace: &Workspace) -> Result<PathBuf> {
    let own = workspace.tools().join("bin").join(format!("mdbook{}", std::env::consts::EXE_SUFFIX));
    let fits = |program: &Path| {
        let printed = workspace.command(program).args(["--version"]).output();
        printed.as_deref() == Some(&format!("mdbook v{VERSION}"))
    };
    if let Some(program) = find_program("mdbook").into_iter().chain([own.clone()]).find(|path| fits(path)) {
        return Ok(program);
    }
    workspace
        .cargo(&["install", "--locked", "--force", "--root", ".tools", "--target-dir", ".tools/build"])
        .args([&format!("mdbook@{VERSION}"), "--no-default-features", "--features", "search"])
        .run()?;
    let build = workspace.tools().join("build");
    fs::remove_dir_all(&build).with_context(|| format!("cannot remove {}", build.display()))?;
    if !fits(&own) {
        bail!("{} is not mdbook {VERSION}", own.display());
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_link_to_files_that_exist() {
        let workspace = Workspace::locate().expect("the tests run inside the workspace");
        let folder = std::env::temp_dir().join(format!("pupil-site-{}", std::process::id()));
        let staged = stage(&workspace, &folder.join("source"));
        let card = fs::read_to_string(folder.join("source/models/mind-ca/card.md"));
        fs::remove_dir_all(&folder).expect("the folder was just made");
        staged.unwrap_or_else(|error| panic!("{error:#}"));
        assert!(card.expect("the card is a page").trim_start().starts_with("# mind-ca\n"));
    }

    #[test]
    fn pages_that_the_list_lacks_follow_those_of_their_folder() {
        let workspace = Workspace::locate().expect("the tests run inside the workspace");
        let short = "- [A](docs/adr/README.md)\n  - [B](docs/adr/0002-encoders-as-single-operations.md)\n\
                     - [C](docs/results.md)\n  - [D](docs/results/science.md)\n- [E](docs/performance/library.md)\n";
        let list = completed(workspace.root(), short).expect("every folder has a page");
        let pages: Vec<&str> = listed(&list).collect();
        assert_eq!(pages[1], "docs/adr/0002-encoders-as-single-operations.md");
        assert!(pages[2..].iter().any(|page| page.starts_with("docs/adr/0001-")), "{list}");
        assert!(list.contains("\n  - ["), "{list}");
        assert!(["docs/c.md", "docs/results/mind-ca.md"].iter().all(|page| pages.contains(page)), "{list}");
        assert_eq!(completed(workspace.root(), &list).expect("it is complete"), list);
    }
}
