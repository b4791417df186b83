//! Links between pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

/// Where files of the repository are that the site does not have.
const REPOSITORY: &str = "https://github.com/pupil-sdk/pupil/blob/main/";

/// A page in which links to files that the site does not have lead to the repository, and others to pages of the book.
/// Adds links to files that do not exist at all to `broken`.
///
/// Text between backticks is code and stays as it is.
pub(super) fn rewritten(
    text: &str,
    page: &Path,
    staged: &BTreeSet<PathBuf>,
    root: &Path,
    broken: &mut Vec<String>,
) -> String {
    let folder = page.parent().unwrap_or(Path::new(""));
    let (mut out, mut inside) = (String::with_capacity(text.len()), false);
    for line in text.split_inclusive('\n') {
        inside ^= line.trim_start().starts_with("```");
        if inside || !line.contains("](") {
            out.push_str(line);
            continue;
        }
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("](") {
            out.push_str(before);
            out.push_str("](");
            rest = after;
            // A link in code has an odd number of backticks before it.
            let is_code = line[..line.len() - after.len()].matches('`').count() % 2 == 1;
            let Some((target, _)) = after.split_once(')') else { continue };
            if is_code || target.is_empty() || target.starts_with('#') || target.contains(':') {
                continue;
            }
            let path = joined(folder, target.split('#').next().unwrap_or_default());
            if path.as_ref().is_some_and(|path| staged.contains(path)) {
                // The page of a folder is called `index` in the book, but links to it are not changed there.
                if let Some((folder, anchor)) = target.split_once("README.md") {
                    out.push_str(&format!("{folder}index.md{anchor}"));
                    rest = &after[target.len()..];
                }
                continue;
            }
            match path.filter(|path| root.join(path).exists()) {
                Some(path) => {
                    out.push_str(REPOSITORY);
                    out.push_str(&path.to_string_lossy());
                    rest = &after[target.len()..];
                }
                None => broken.push(format!("{}: {target}", page.display())),
            }
        }
        out.push_str(rest);
    }
    out
}

/// A path relative to a folder, without `..`; none if it leads out of the root.
fn joined(folder: &Path, target: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir if !path.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            Component::Normal(name) => path.push(name),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

/// Links of the finished pages to files or anchors that do not exist. Pages in `apart` come from other tools and are
/// not read, but may be linked to.
pub(super) fn broken(book: &Path, apart: &Path) -> Result<(usize, Vec<String>)> {
    let mut pages = BTreeMap::new();
    read(book, apart, &mut pages)?;
    let anchors: BTreeMap<&PathBuf, BTreeSet<&str>> =
        pages.iter().map(|(path, html)| (path, values(html, " id=\"").collect())).collect();
    let (mut count, mut broken) = (0, Vec::new());
    for (page, html) in &pages {
        // A server shows it below any address, so its links are from the root.
        if page.ends_with("404.html") {
            continue;
        }
        for target in values(html, "href=\"").chain(values(html, "src=\"")) {
            if target.contains(':') || target.starts_with("//") {
                continue;
            }
            count += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let relative = page.strip_prefix(book).unwrap_or(page);
            let folder = relative.parent().unwrap_or(Path::new(""));
            let path =
                if file.is_empty() { Some(relative.to_owned()) } else { joined(folder, &decoded(file)) };
            let path = path.map(|path| book.join(path));
            let found = path.filter(|path| path.is_file() || path.join("index.html").is_file());
            let fits = found.is_some_and(|path| {
                anchor.is_empty() || anchors.get(&path).is_none_or(|known| known.contains(&*decoded(anchor)))
            });
            if !fits {
                broken.push(format!("{}: {target}", relative.display()));
            }
        }
    }
    Ok((count, broken))
}

/// Reads all pages of a folder.
fn read(folder: &Path, apart: &Path, pages: &mut BTreeMap<PathBuf, String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() && path != apart {
            read(&path, apart, pages)?;
        } else if path.extension().is_some_and(|ending| ending == "html") {
            let html = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            pages.insert(path, html);
        }
    }
    Ok(())
}

/// The values of an attribute.
fn values<'a>(html: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    html.split(name).skip(1).filter_map(|rest| rest.split('"').next())
}

/// A part of an address without its escapes.
fn decoded(part: &str) -> String {
    let bytes = part.replace("&amp;", "&").into_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| bytes[at] == b'%') {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_pages_of_the_site_or_to_the_repository() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let staged: BTreeSet<PathBuf> = ["README.md", "docs/c.md"].map(PathBuf::from).into();
        let mut broken = Vec::new();
        let mut of = |text: &str| rewritten(text, Path::new("docs/page.md"), &staged, root, &mut broken);
        assert_eq!(of("[a](../README.md#b) ![c](c.md) [d](#e)"), "[a](../index.md#b) ![c](c.md) [d](#e)");
        assert_eq!(
            of("[a](https://b.c/d) [e](../xtask/Cargo.toml#f), g\n"),
            format!("[a](https://b.c/d) [e]({REPOSITORY}xtask/Cargo.toml), g\n")
        );
        assert_eq!(of("```md\n[a](no.md)\n```\n`[a](no.md)`"), "```md\n[a](no.md)\n```\n`[a](no.md)`");
        of("[a](no.md) [b](../../etc/passwd)");
        assert_eq!(broken, ["docs/page.md: no.md", "docs/page.md: ../../etc/passwd"]);
    }

    #[test]
    fn broken_links_of_finished_pages_are_found() {
        let folder = std::env::temp_dir().join(format!("pupil-links-{}", std::process::id()));
        let write = |name: &str, html: &str| {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, html).unwrap();
        };
        write(
            "a.html",
            r##"<h1 id="x-ä">a</h1><a href="#x-%C3%A4"></a><a href="b/c.html#y"></a><a href="b/"></a>"##,
        );
        write(
            "b/c.html",
            r##"<p id="y"><img src="../no.png"><a href="../a.html#no"></a><a href="#z"></a></p>"##,
        );
        write("b/index.html", r#"<a href="https://d.e/f">d</a><a href="../../out.html"></a>"#);
        write("apart/d.html", r#"<a href="nowhere.html"></a>"#);
        let (count, broken) = broken(&folder, &folder.join("apart")).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(count, 7);
        let want =
            ["b/c.html: ../a.html#no", "b/c.html: #z", "b/c.html: ../no.png", "b/index.html: ../../out.html"];
        assert_eq!(broken, want);
    }
}
