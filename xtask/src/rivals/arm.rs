//! The instructions of Pupil and of other runtimes on emulated Arm CPUs: what can be compared without such a CPU.
//!
//! The rivals' own wheels for Linux on 64-bit Arm run in Debian's Python for it. Both lie in `.tools/rivals`, and
//! nothing is installed on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::arm::{self, Source};
use crate::count;
use crate::process::{Run, find_program, say};
use crate::workspace::Workspace;

/// Python for 64-bit Arm and what it stands on.
const PACKAGES: [&str; 2] = ["python3.11", "libstdc++6"];

/// The wheels: ONNX Runtime and LiteRT in the versions of `requirements.txt`.
const WHEELS: [&str; 2] = ["onnxruntime", "ai-edge-litert"];

/// Kinds of wheels that this Python takes.
const PLATFORMS: [&str; 3] = ["manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64"];

/// A CPU: its name here, qemu's, the part that `/proc/cpuinfo` names, its features there, and Pupil's variant on it.
struct Emulated {
    name: &'static str,
    qemu: &'static str,
    part: &'static str,
    features: &'static str,
    variant: &'static str,
}

/// Runtimes ask `/proc/cpuinfo` as well, so that it must fit. The last one is like the Cortex-A710's generation and
/// Apple's A15 to A17 in what it has for bytes, without SVE and SME, for which Pupil has no variant.
const CPUS: [Emulated; 3] = [
    Emulated {
        name: "Cortex-A53",
        qemu: "cortex-a53",
        part: "0xd03",
        features: "fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid",
        variant: "arm_neon",
    },
    Emulated {
        name: "Cortex-A76",
        qemu: "cortex-a76",
        part: "0xd0b",
        features: "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp",
        variant: "arm_dotprod",
    },
    Emulated {
        name: "with i8mm",
        qemu: "max,sve=off,sme=off,pauth=off",
        part: "0xd47",
        features: "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp \
                   i8mm bf16",
        variant: "arm_i8mm",
    },
];

/// Model, tokens, and the case of Pupil's program for it.
const MODELS: [(&str, usize, &str); 4] =
    [("e-lstm", 15, "e_lstm"), ("e-lstm", 50, "e_lstm"), ("minilm", 16, "minilm"), ("minilm", 64, "minilm")];

/// Name, kind and file of a rival.
const RIVALS: [(&str, &str, &str); 4] = [
    ("ONNX Runtime, f32", "onnxruntime", "onnx"),
    ("ONNX Runtime, int8", "onnxruntime", "int8.onnx"),
    ("LiteRT, f32", "litert", "f32.N.tflite"),
    ("LiteRT, int8", "litert", "int8.N.tflite"),
];

/// Calls of the smaller of two counts, and of the larger one.
const CALLS: [u64; 2] = [1, 3];

/// Counts, and writes a table for each model into target/rivals-arm.md.
pub(super) fn run(workspace: &Workspace, folder: &Path) -> Result<()> {
    let compiler = arm::ready(workspace, Source::Auto)
        .map_err(|missing| anyhow::anyhow!("{missing}; to install it: cargo xtask setup --arm"))?;
    let root = root(workspace, folder)?;
    let plugin = format!("file={}", count::plugin(workspace)?.display());
    compiler.cargo(workspace, &count::BUILD).run()?;
    let program = compiler.folder(workspace).join("release").join(count::PROGRAM);
    let mut text = String::new();
    for (model, tokens, case) in MODELS {
        let mut rows = vec![("Pupil".to_owned(), Vec::new())];
        rows.extend(RIVALS.iter().map(|(name, ..)| ((*name).to_owned(), Vec::new())));
        for cpu in &CPUS {
            describe(&root, cpu)?;
            let emulate = || Run::program(arm::QEMU).env("QEMU_CPU", cpu.qemu).env("QEMU_PLUGIN", &plugin);
            let pupil = |calls: u64| {
                let name = format!("{case}/{}/n{tokens}", pupil_variant(case, cpu));
                emulate().args([&program]).args([name, calls.to_string()])
            };
            rows[0].1.push(counted(&pupil));
            for (place, (_, kind, file)) in RIVALS.iter().enumerate() {
                let mut file =
                    folder.join("models").join(format!("{model}.{file}").replace('N', &tokens.to_string()));
                let fused = folder.join("models").join(format!("{model}.int8.fused.onnx"));
                if *kind == "onnxruntime" && file.ends_with(format!("{model}.int8.onnx")) && fused.is_file() {
                    file = fused;
                }
                let rival = |calls: u64| {
                    emulate()
                        .args(["-L".as_ref(), root.as_os_str(), root.join("usr/bin/python3.11").as_os_str()])
                        .args([workspace.root().join("benches/rivals/arm.py")])
                        .args([kind.as_ref(), file.as_os_str()])
                        .args([tokens.to_string(), calls.to_string()])
                        .env("PYTHONPATH", site(folder))
                        .env("PYTHONHASHSEED", "0")
                        .env("PYTHONDONTWRITEBYTECODE", "1")
                        .env("OMP_NUM_THREADS", "1")
                };
                rows[place + 1].1.push(counted(&rival));
            }
        }
        let table = table(model, tokens, &rows);
        say!("{table}");
        text += &table;
    }
    let path = workspace.target().join("rivals-arm.md");
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    say!("rivals: written: {}", path.display());
    Ok(())
}

/// The variant in the name of a case: an LSTM has none of `smmla`'s.
fn pupil_variant(case: &str, cpu: &Emulated) -> &'static str {
    match (case, cpu.variant) {
        ("e_lstm", "arm_i8mm") => "arm_dotprod",
        (_, variant) => variant,
    }
}

/// The instructions of one call, or why there is no number.
fn counted(program: &dyn Fn(u64) -> Run) -> Result<u64, String> {
    let executed = |calls: u64| {
        let text = program(calls).stderr().map_err(|error| format!("{error:#}"))?;
        count::collected(&text).ok_or_else(|| format!("no number of instructions in: {text}"))
    };
    let (few, many) = (executed(CALLS[0])?, executed(CALLS[1])?);
    many.checked_sub(few)
        .map(|more| more / (CALLS[1] - CALLS[0]))
        .ok_or_else(|| format!("{} calls took more instructions than {}", CALLS[0], CALLS[1]))
}

/// Millions of instructions, and the ratio to Pupil's.
fn table(model: &str, tokens: usize, rows: &[(String, Vec<Result<u64, String>>)]) -> String {
    let names: Vec<&str> = CPUS.iter().map(|cpu| cpu.name).collect();
    let head: String = names.iter().map(|name| format!(" {name} | |")).collect();
    let mut text = format!("{model}, {tokens} tokens, millions of instructions a call:\n\n| |{head}\n|---|");
    text += &"---:|---:|".repeat(names.len());
    text.push('\n');
    let mut failures = Vec::new();
    for (name, counts) in rows {
        text += &format!("| {name} |");
        for (cpu, found) in counts.iter().enumerate() {
            match (found, &rows[0].1[cpu]) {
                (Ok(found), Ok(pupil)) => {
                    text +=
                        &format!(" {:.3} | {:.2} × |", *found as f64 / 1e6, *found as f64 / *pupil as f64);
                }
                (Ok(found), Err(_)) => text += &format!(" {:.3} | |", *found as f64 / 1e6),
                (Err(why), _) => {
                    text += " | |";
                    failures.push(format!(
                        "{name}, {}: {}\n",
                        names[cpu],
                        why.chars().take(300).collect::<String>()
                    ));
                }
            }
        }
        text += "\n";
    }
    text + "\n" + &failures.concat() + "\n"
}

/// Where the wheels lie.
fn site(folder: &Path) -> PathBuf {
    folder.join("arm-site")
}

/// Makes the emulated CPU's `/proc/cpuinfo`, which qemu shows in place of this machine's.
fn describe(root: &Path, cpu: &Emulated) -> Result<()> {
    let text = format!(
        "processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: {}\nCPU implementer\t: 0x41\nCPU architecture: 8\n\
         CPU variant\t: 0x0\nCPU part\t: {}\nCPU revision\t: 0\n\n",
        cpu.features, cpu.part
    );
    fs::create_dir_all(root.join("proc"))?;
    fs::write(root.join("proc/cpuinfo"), text).context("cannot describe the emulated CPU")
}

/// The folder with Python for Arm, made when it is missing, and the wheels beside it.
fn root(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    let (root, apt) = (folder.join("arm-root"), folder.join("arm-apt"));
    if !root.join("usr/bin/python3.11").is_file() {
        ensure!(
            find_program("apt-get").is_some() && find_program("dpkg").is_some(),
            "Python for 64-bit Arm comes from Debian's packages: this needs apt-get and dpkg"
        );
        for part in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(apt.join(part))?;
        }
        fs::write(apt.join("state/status"), "")?;
        let settings = format!(
            "APT::Architecture \"arm64\";\nAPT::Architectures {{ \"arm64\"; }};\nDir::State \"{0}/state\";\n\
             Dir::State::status \"{0}/state/status\";\nDir::Cache \"{0}/cache\";\n",
            apt.display()
        );
        let configuration = apt.join("apt.conf");
        fs::write(&configuration, settings)?;
        let get = || workspace.command("apt-get").env("APT_CONFIG", &configuration);
        get().args(["update", "--quiet"]).run()?;
        get()
            .args(["install", "--quiet", "--yes", "--download-only", "--no-install-recommends"])
            .args(PACKAGES)
            .run()?;
        for entry in fs::read_dir(apt.join("cache/archives"))? {
            let package = entry?.path();
            if package.extension().is_some_and(|ending| ending == "deb") {
                workspace.command("dpkg").args(["--extract"]).args([&package, &root]).run()?;
            }
        }
    }
    if !site(folder).join("onnxruntime").is_dir() {
        let list = fs::read_to_string(workspace.root().join("benches/rivals/requirements.txt"))?;
        let versions = WHEELS.map(|name| {
            let line = list.lines().find(|line| line.starts_with(&format!("{name}==")));
            line.with_context(|| format!("requirements.txt has no version of {name}"))
        });
        let versions: Vec<&str> = versions.into_iter().collect::<Result<_>>()?;
        let python = folder.join("venv/bin/python");
        workspace
            .command(&python)
            .args(["-m", "pip", "install", "--quiet", "--python-version", "3.11", "--implementation", "cp"])
            .args(PLATFORMS.iter().flat_map(|platform| ["--platform", platform]))
            .args(["--only-binary=:all:", "--target"])
            .args([site(folder)])
            .args(versions)
            .run()?;
    }
    Ok(root)
}
