//! Small invented crates, and what is found in them.

use std::collections::BTreeMap;

use super::modules::{Arrow, Tree};
use super::packages::Package;
use super::{findings, rules};

/// A crate of files, given as path and text.
fn tree(files: &[(&str, &str)]) -> Tree {
    let files: BTreeMap<String, String> =
        files.iter().map(|(path, text)| (format!("a/src/{path}"), (*text).to_owned())).collect();
    let read = |path: &str| files.get(path).cloned();
    Tree::of("a/src/lib.rs", &read).expect("the crate has a root")
}

/// Every arrow, as it is shown.
fn arrows(files: &[(&str, &str)]) -> Vec<String> {
    tree(files).arrows().iter().map(Arrow::to_string).collect()
}

/// What is found wrong.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let tree = tree(files);
    findings("a/src/lib.rs", &tree, &tree.arrows())
}

const ROOT: (&str, &str) = ("lib.rs", "mod b; mod c; mod d;");

#[test]
fn a_circle_is_shown_with_the_place_of_each_arrow() {
    let found = found(&[
        ROOT,
        ("b.rs", "use crate::c::C;\n\npub struct B(C);"),
        ("c/mod.rs", "mod inner;\n"),
        ("c/inner.rs", "\n\nfn d() -> crate::d::D {}\nuse crate::d;"),
        ("d.rs", "use super::b::B;"),
    ]);
    assert_eq!(
        found,
        [concat!(
            "b -> c -> d -> b\n",
            "    b -> c: a/src/b.rs:1\n",
            "    c -> d: a/src/c/inner.rs:3 a/src/c/inner.rs:4\n",
            "    d -> b: a/src/d.rs:1\n",
        )]
    );
}

#[test]
fn arrows_of_one_direction_are_no_circle() {
    let files =
        [ROOT, ("b.rs", "use crate::c::C; use crate::d::D;"), ("c.rs", "use crate::d::D;"), ("d.rs", "")];
    assert_eq!(arrows(&files).len(), 3);
    assert_eq!(found(&files), [""; 0]);
}

#[test]
fn modules_beside_each_other_in_a_folder_have_circles_of_their_own() {
    let found = found(&[
        ("lib.rs", "mod b;"),
        ("b/mod.rs", "mod x; mod y; pub trait B {}"),
        ("b/x.rs", "use super::y::Y; use super::B;"),
        ("b/y.rs", "use crate::b::x;"),
    ]);
    assert_eq!(found, ["b::x -> b::y -> b::x\n    x -> y: a/src/b/x.rs:1\n    y -> x: a/src/b/y.rs:1\n"]);
}

#[test]
fn what_only_tests_import_is_no_arrow() {
    let tested = "
        #[cfg(test)]
        mod tests { use crate::c::C; fn f() { crate::c::g(); } }
        #[cfg(test)]
        use crate::c::{C, D};
        #[cfg(all(test, unix))]
        const E: [u8; 2] = crate::c::E;
        #[test]
        fn t() { crate::c::g(); }
        #[cfg(test)]
        #[derive(Debug)]
        struct F { c: crate::c::C }
        struct G {
            #[cfg(test)]
            c: crate::c::C,
            d: crate::d::D,
        }
    ";
    let files = [ROOT, ("b.rs", tested), ("c.rs", "#![cfg(test)]\nuse crate::b;"), ("d.rs", "")];
    assert_eq!(arrows(&files), ["b -> d (a/src/b.rs:16)"]);
    let shown = [("lib.rs", "#[cfg(test)] mod b; mod c;"), ("b.rs", "use crate::c;"), ("c.rs", "")];
    assert_eq!(arrows(&shown), [""; 0]);
    let not_test = [ROOT, ("b.rs", "#[cfg(not(test))]\nuse crate::c;"), ("c.rs", ""), ("d.rs", "")];
    assert_eq!(arrows(&not_test), ["b -> c (a/src/b.rs:2)"]);
}

#[test]
fn braces_aliases_and_globs_are_followed() {
    let files = [
        ROOT,
        (
            "b.rs",
            "use crate::{\n    c::{self as other, deep::{X, Y as Z}},\n    d::*,\n};\npub(crate) use self::Z as W;",
        ),
        ("c.rs", "use {std::fmt, super::d as e};\nuse ::d::D;\nuse d::D;\nfn f() { e::g(); }"),
        ("d.rs", ""),
    ];
    assert_eq!(arrows(&files), ["b -> c (a/src/b.rs:2)", "b -> d (a/src/b.rs:3)", "c -> d (a/src/c.rs:1)"]);
}

#[test]
fn what_the_root_hands_on_comes_from_where_it_has_it() {
    let files = [
        ("lib.rs", "mod b; mod c; mod d;\npub use c::Error as Failure;\npub use d::*;"),
        ("b.rs", "use crate::Failure;\nuse crate::D;\nuse crate::absent;"),
        ("c.rs", "pub struct Error;"),
        ("d.rs", "pub struct D;"),
    ];
    assert_eq!(arrows(&files), ["b -> c (a/src/b.rs:1)", "b -> d (a/src/b.rs:2)"]);
}

#[test]
fn what_the_root_defines_is_not_for_its_modules() {
    let files = [("lib.rs", "mod b; pub const N: u8 = 1;"), ("b.rs", "\nuse crate::N;")];
    let [found] = &found(&files)[..] else { panic!("one finding") };
    assert!(found.starts_with("b -> lib (a/src/b.rs:2): "), "{found}");
}

#[test]
fn comments_strings_and_lifetimes_name_nothing() {
    let text = r####"
        // use crate::c;
        /* use crate::c; /* crate::c::C */ use crate::c; */
        /// [`crate::c`]
        fn f<'a>(x: &'a str) -> char { "crate::c::C \" crate::c::C"; r#"" crate::c::C "#; b'"'; '\''; '"' }
        fn g() { let crate_c = 'c'; x.collect::<Vec<_>>(); d::<u8>(); crate::d::h::<'a>(); }
    "####;
    assert_eq!(arrows(&[ROOT, ("b.rs", text), ("c.rs", ""), ("d.rs", "")]), ["b -> d (a/src/b.rs:6)"]);
}

#[test]
fn modules_between_braces_and_with_a_path_are_modules() {
    let files = [
        ("lib.rs", "mod b; mod c; #[path = \"elsewhere.rs\"] mod d;"),
        (
            "b.rs",
            "mod inner {\n    use super::super::c;\n    mod deep { use crate::d; }\n}\nmacro_rules! m { () => { $crate::d::D } }",
        ),
        ("c.rs", ""),
        ("elsewhere.rs", "use crate::c;"),
    ];
    let expected = [
        "b -> c (a/src/b.rs:2)",
        "b -> d (a/src/b.rs:3)",
        "b -> d (a/src/b.rs:5)",
        "d -> c (a/src/elsewhere.rs:1)",
    ];
    assert_eq!(arrows(&files), expected);
}

#[test]
fn modules_are_held_against_their_table() {
    let page = "
| module of `a` | what it knows | may import |
|---|---|---|
| `b` | all | `c`, `d` |
| `c` | little | nothing |
| `e` | less | nothing |
";
    let tree =
        tree(&[ROOT, ("b.rs", "use crate::{c, d};"), ("c.rs", "\nuse crate::d;"), ("d.rs", "use crate::c;")]);
    let found = rules::modules(page, "a", &tree, &tree.arrows());
    assert_eq!(
        found,
        [
            "the module d has no row in the table of modules",
            "e has a row in the table of modules, but is not a module",
            "c -> d (a/src/c.rs:2): c may not import d",
        ]
    );
    assert_eq!(rules::modules(page, "other", &tree, &tree.arrows()), [""; 0]);
}

#[test]
fn crates_are_held_against_their_table() {
    let page = "
| crate | depends on |
|---|---|
| `core` | nothing |
| `app` | `core`; `tests: helper` |
| `helper` | `core` |
| `gone` | nothing |
";
    let package = |folder: &str, dependencies: &[&str], dev_dependencies: &[&str]| Package {
        folder: folder.to_owned(),
        name: format!("pupil-{folder}"),
        dependencies: dependencies.iter().map(|name| format!("pupil-{name}")).collect(),
        dev_dependencies: dev_dependencies.iter().map(|name| format!("pupil-{name}")).collect(),
        roots: Vec::new(),
    };
    let packages = [
        package("core", &["helper"], &[]),
        package("app", &["core", "helper"], &["core", "helper"]),
        package("helper", &["core"], &["app"]),
        package("late", &[], &[]),
    ];
    assert_eq!(
        rules::crates(page, &packages),
        [
            "core depends on helper, but its row does not say so",
            "app depends on helper, but its row does not say so",
            "helper depends on app in tests, but its row does not say so",
            "the crate in late has no row",
            "gone has a row, but is not a crate",
        ]
    );
}
