//! The kernel variants, read from the one place that lists them: `VARIANTS` of each op in `core/src/kernels`.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::process::say;
use crate::workspace::Workspace;

/// The folder of the ops, with one folder each.
const OPS: &str = "core/src/kernels";

/// The guide, whose table shows the variants of each op.
const GUIDE: &str = "docs/kernels.md";

/// The variant that needs no extension.
const GENERIC: &str = "generic";

/// Names of variants by the extension that the CPU must have.
const EXTENSIONS: [&str; 8] = [
    "x86_avx2",
    "x86_avxvnni",
    "x86_avx512",
    "x86_amx",
    "arm_neon",
    "arm_dotprod",
    "arm_i8mm",
    "wasm_simd128",
];

/// An op with the names of its variants, in the order of its `VARIANTS`.
struct Op {
    name: String,
    variants: Vec<String>,
}

/// The value of `KERNELS` for a CPU with these extensions: every variant that it must run, so that a skipped variant
/// cannot count as tested.
pub(crate) fn required(workspace: &Workspace, extensions: &[&str]) -> Result<String> {
    let ops = ops(workspace)?;
    let all = ops.iter().flat_map(|op| op.variants.iter().map(|variant| (&op.name, variant)));
    let required: Vec<String> = all
        .filter(|(_, variant)| *variant == GENERIC || extensions.contains(&variant.as_str()))
        .map(|(op, variant)| format!("{op}/{variant}"))
        .collect();
    Ok(required.join(","))
}

/// The extensions of this machine, narrowed by `PUPIL_CPU`.
pub(crate) fn of_this_machine() -> Vec<&'static str> {
    let mut found = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        let avx512 = std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512bw")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512vnni");
        let avx2 = std::arch::is_x86_feature_detected!("avx2");
        let avxvnni = avx2 && std::arch::is_x86_feature_detected!("avxvnni");
        // The standard library does not know it yet. Linux shows only what it lets programs use.
        let shown = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let amx = avx512 && shown.split_whitespace().any(|flag| flag == "amx_int8");
        let all = [("x86_avx2", avx2), ("x86_avxvnni", avxvnni), ("x86_avx512", avx512), ("x86_amx", amx)];
        found.extend(all.into_iter().filter_map(|(name, has)| has.then_some(name)));
    }
    #[cfg(target_arch = "aarch64")]
    {
        let dotprod = std::arch::is_aarch64_feature_detected!("dotprod");
        let i8mm = std::arch::is_aarch64_feature_detected!("i8mm");
        let all = [("arm_neon", true), ("arm_dotprod", dotprod), ("arm_i8mm", i8mm)];
        found.extend(all.into_iter().filter_map(|(name, has)| has.then_some(name)));
    }
    narrowed(found, &std::env::var("PUPIL_CPU").unwrap_or_default())
}

/// These extensions, narrowed by a list as in `PUPIL_CPU`.
fn narrowed(mut extensions: Vec<&'static str>, list: &str) -> Vec<&'static str> {
    let words: Vec<&str> = list.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    if !words.is_empty() {
        extensions.retain(|name| name.split_once('_').is_some_and(|(_, word)| words.contains(&word)));
    }
    extensions
}

/// Fails if the variants in the guide's table differ from the code.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let guide =
        fs::read_to_string(workspace.root().join(GUIDE)).with_context(|| format!("cannot read {GUIDE}"))?;
    let ops = ops(workspace)?;
    for Op { name, variants } in &ops {
        let row = guide.lines().find_map(|line| line.strip_prefix(&format!("| `{name}` |")));
        let row = row.with_context(|| format!("{GUIDE} has no row for {name}"))?;
        let last = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
        let mut shown: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
        let mut there: Vec<&str> = variants.iter().map(String::as_str).collect();
        shown.sort_unstable();
        there.sort_unstable();
        ensure!(shown == there, "{GUIDE} shows for {name} the variants {shown:?}, there are {there:?}");
    }
    say!("   {} ops, {} variants", ops.len(), ops.iter().map(|op| op.variants.len()).sum::<usize>());
    Ok(())
}

/// Every op, sorted.
fn ops(workspace: &Workspace) -> Result<Vec<Op>> {
    let mut ops = Vec::new();
    for entry in fs::read_dir(workspace.root().join(OPS)).with_context(|| format!("cannot list {OPS}"))? {
        let folder = entry?.path();
        if !folder.is_dir() {
            continue;
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let source = fs::read_to_string(folder.join("mod.rs"))
            .with_context(|| format!("{OPS}/{name} has no mod.rs"))?;
        let variants = variants(&source).with_context(|| format!("{OPS}/{name}/mod.rs"))?;
        for variant in &variants {
            ensure!(
                folder.join(variant).with_extension("rs").is_file(),
                "{OPS}/{name} has no file {variant}.rs"
            );
            ensure!(
                variant == GENERIC || EXTENSIONS.contains(&variant.as_str()),
                "xtask/src/kernels.rs does not say which CPU runs {name}/{variant}"
            );
        }
        ops.push(Op { name, variants });
    }
    ops.sort_by(|a, b| a.name.cmp(&b.name));
    ensure!(!ops.is_empty(), "{OPS} holds no op");
    Ok(ops)
}

/// The names in `VARIANTS` of an op.
fn variants(source: &str) -> Result<Vec<String>> {
    let table = source.split_once("static VARIANTS").and_then(|(_, rest)| rest.split_once("\n];"));
    let (table, _) =
        table.context("there is no `static VARIANTS` that ends with `];` on a line of its own")?;
    let names: Vec<String> = table
        .split("name: \"")
        .skip(1)
        .filter_map(|rest| rest.split_once('"'))
        .map(|(name, _)| name.to_owned())
        .collect();
    ensure!(names.last().is_some_and(|name| name == GENERIC), "the last of VARIANTS is not `{GENERIC}`");
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "
        pub name: \"no\"
static VARIANTS: &[Variant] = &[
    #[cfg(target_arch = \"aarch64\")]
    Variant {
        name: \"arm_neon\",
    },
    Variant { name: \"generic\", needs: FeatureSet::NONE },
];
        name: \"no\"";

    #[test]
    fn variants_are_those_of_the_table() {
        assert_eq!(variants(SOURCE).unwrap(), ["arm_neon", "generic"]);
        assert!(variants(&SOURCE.replace("generic", "x86_avx2")).is_err());
        assert!(variants("static OTHER: u8 = 1;").is_err());
    }

    #[test]
    fn a_list_leaves_what_it_names() {
        let all = || vec!["x86_avx2", "x86_avx512"];
        assert_eq!(narrowed(all(), ""), all());
        assert_eq!(narrowed(all(), "generic"), [""; 0]);
        assert_eq!(narrowed(all(), "generic, avx2"), ["x86_avx2"]);
    }

    #[test]
    fn a_machine_must_run_what_it_has_the_extensions_for() {
        let workspace = Workspace::locate().unwrap();
        let required = |extensions: &[&str]| required(&workspace, extensions).unwrap();
        assert!(!required(&[]).contains("x86_"));
        assert!(required(&["x86_avx2"]).contains("matmul_i8/x86_avx2"));
        assert!(!required(&["x86_avx2"]).contains("arm_"));
        assert!(required(&["arm_neon", "arm_dotprod"]).contains("matvec_i8/arm_dotprod"));
    }
}
