//! No message repeats an answer, a reference or a value, in whichever argument it was given by mistake.

use std::ffi::{OsStr, OsString};
use std::fs;

use crate::support::{RunOutput, TestDir, spreadsheet};

/// A word of an answer that occurs in no name here.
const MARK: &str = "uncle";

const SUBCOMMANDS: [&str; 13] = [
    "score",
    "evaluate",
    "suggest",
    "monitor",
    "promise",
    "resplit",
    "tasks",
    "inspect",
    "verify",
    "keygen",
    "sign",
    "completions",
    "manual",
];

/// Runs the program; stderr, and stdout if it fails, must not contain the word.
#[track_caller]
fn run<A: AsRef<OsStr>>(dir: &TestDir, args: &[A]) -> RunOutput {
    let ran = dir.pupil(args);
    let shown: Vec<_> = args.iter().map(AsRef::as_ref).collect();
    assert!(!ran.stderr.to_lowercase().contains(MARK), "{shown:?}\n{}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{shown:?}\n{}", ran.stderr);
    assert!(ran.code == 0 || ran.stdout.is_empty(), "{shown:?}\n{}", ran.stdout);
    assert!(ran.code == 0 || !ran.stderr.is_empty(), "{shown:?} fails without a message");
    ran
}

/// Forms in which an answer may occur on a command line.
fn answers() -> Vec<String> {
    let plain =
        [MARK.to_owned(), format!("he hid from his {MARK}"), format!("{MARK}, so he ran. Then he hid")];
    let hyphens = ["-", "--", "-t", "--json=", "--threads="];
    let marked =
        hyphens.iter().flat_map(|hyphen| plain.iter().map(move |answer| format!("{hyphen}{answer}")));
    plain.iter().cloned().chain(marked).collect()
}

/// The options of a subcommand, from its help.
fn options(dir: &TestDir, command: &str) -> Vec<String> {
    let help = dir.pupil([command, "--help"]);
    let words =
        help.ok().lines().filter(|line| line.trim_start().starts_with('-')).flat_map(str::split_whitespace);
    let mut options: Vec<String> = words
        .filter(|word| word.starts_with("--"))
        .map(|word| word.trim_matches([',', ']']).to_owned())
        .collect();
    options.sort();
    options.dedup();
    assert!(!options.is_empty(), "{options:?}");
    options
}

#[test]
fn no_option_repeats_its_value() {
    let dir = TestDir::new().with_pack();
    dir.write("class.csv", "id,text\n1,warm air\n");
    // What stands before an option takes turns from answer to answer, and begins anew with every option: all three with
    // each answer would start 30,000 processes.
    let befores = [&[][..], &["many.pupil"], &["many.pupil", "-t", "balloons"]];
    for command in SUBCOMMANDS {
        for (turn, option) in options(&dir, command).into_iter().enumerate() {
            for (n, answer) in answers().into_iter().enumerate() {
                let before = [command].into_iter().chain(befores[(turn + n) % befores.len()].iter().copied());
                let args: Vec<String> = before.map(str::to_owned).collect();
                let with = |more: &[&str]| {
                    let more = more.iter().map(|more| (*more).to_owned());
                    args.iter().cloned().chain(more).collect::<Vec<_>>()
                };
                run(&dir, &with(&[&option, &answer]));
                run(&dir, &with(&[&format!("{option}={answer}")]));
                if (command == "score" || command == "suggest") && !["--out", "--html"].contains(&&*option) {
                    let table = ["--csv", "class.csv", "--force", "--out", "scored.csv"];
                    run(&dir, &with(&[&table[..], &[&option, &answer]].concat()));
                }
                run(&dir, &with(&[&answer, &option]));
            }
        }
    }
}

#[test]
fn no_position_repeats_its_argument() {
    let dir = TestDir::new();
    dir.write("class.csv", "text\nwarm air\n");
    for answer in answers() {
        let answer = answer.as_str();
        run(&dir, &[answer]);
        run(&dir, &[answer, answer]);
        run(&dir, &["help", answer]);
        run(&dir, &["--help", answer]);
        for command in SUBCOMMANDS {
            for args in [
                &[answer][..],
                &["--", answer],
                &[answer, answer],
                &["many.pupil", answer],
                &["--", "many.pupil", answer],
                &["many.pupil", answer, answer],
                &[answer, "many.pupil"],
                &["--json", answer, "nowhere.pupil", answer],
                &["--tsak", answer],
                &["--csv", "class.csv", "--force", "--out", "scored.csv", answer],
                &["--csv", "class.csv", "--force", "--out", "scored.csv", "many.pupil", answer],
                &["--csv", "class.csv", answer],
                &["--explain", "--experts", answer],
            ] {
                run(&dir, &[&[command], args].concat());
            }
        }
    }
    for word in ["he", "hid", "from", "his", MARK] {
        let ran = run(&dir, &["score", "many.pupil", "he", "hid", word]);
        assert!(ran.failed(2).contains("argument 4 is unexpected"), "{ran:?}");
        assert!(ran.stderr.contains("put quotes around an answer of several words"), "{ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn bytes_that_are_not_utf_8_are_not_repeated() {
    use std::os::unix::ffi::OsStringExt as _;
    let dir = TestDir::new();
    let broken = OsString::from_vec(
        format!("{MARK}\u{0}").replace('\0', "").into_bytes().into_iter().chain([0xff]).collect(),
    );
    for args in [
        &["score"][..],
        &["score", "one.pupil"],
        &["score", "--task"],
        &["score", "--reference"],
        &["verify"],
        &[],
    ] {
        let args: Vec<OsString> = args.iter().map(OsString::from).chain([broken.clone()]).collect();
        assert_ne!(run(&dir, &args).code, 0);
    }
}

#[test]
fn no_file_is_repeated() {
    let dir = TestDir::new();
    let text = format!("he hid from his {MARK}, since he feared the police\n");
    dir.write("answers.pupil", text.repeat(20));
    // The first bytes of a model, followed by an answer.
    let json = format!("{{\"{MARK}\": \"{text}\"}}").replace('\n', " ");
    dir.write("json.pupil", [&(json.len() as u64).to_le_bytes()[..], json.as_bytes()].concat());
    dir.write("latin.txt", [text.as_bytes(), b"\xff"].concat());
    dir.write("long.txt", text.repeat(2000));
    dir.write("blank.txt", "  ");
    for name in ["answers.pupil", "json.pupil"] {
        for command in SUBCOMMANDS {
            assert_ne!(run(&dir, &[command, name]).code, 0, "{command} {name}");
        }
        assert_ne!(run(&dir, &["score", name, "warm air"]).code, 0);
        assert_ne!(run(&dir, &["tasks", "one.pupil", "--pack", name]).code, 0);
    }
    for name in ["latin.txt", "long.txt", "blank.txt", "answers.txt", "."] {
        assert_ne!(run(&dir, &["score", "one.pupil", "--answer-file", name]).code, 0, "{name}");
    }
}

#[test]
fn no_table_is_repeated() {
    let dir = TestDir::new();
    let m = MARK;
    let long = format!("{m} ").repeat(20_000);
    let dots = format!("{m}{}", ".".repeat(20_000));
    let tables: Vec<Vec<u8>> = [
        // No header: the first answer is read as the header.
        format!("{m}\nhe hid\n"),
        format!("1,he hid from his {m}\n2,{m}\n"),
        format!("{m},{m}\n{m},{m}\n"),
        format!("text,text,{m}\n{m},{m},{m}\n"),
        // Every kind of malformed row.
        format!("id,text\n1,{m},{m}\n"),
        format!("id,text\n{m}\n"),
        format!("id,text\n1,\"{m}\n"),
        format!("id,text\n1,\"{m}\" {m}\n"),
        format!("\"{m}\ntext\n"),
        format!("id,text\n1,{long}\n"),
        format!("id,text\n1,{dots}\n"),
        format!("sep=;\nid,{m}\n"),
        format!("sep=;\nid;{m}\n"),
        // Every role.
        format!("task,text\n{m},warm air\n"),
        format!("task,text\nballoons,{m}\n{m},{m}\n"),
        format!("text,reference\n{m},{m}\n"),
        format!("text,reference\n{m},\n"),
        format!("text,reference\n{m},{long}\n"),
        format!("task,text\ncompare,{m}\n"),
        format!("text;{m}\n{m}|{m}\n"),
    ]
    .map(String::into_bytes)
    .into_iter()
    .chain([
        [format!("id,text\n1,{m}").as_bytes(), b"\xff\n"].concat(),
        [m.as_bytes(), b"\xff,id\nhe,hid\n"].concat(),
        [format!("task,text\n{m}").as_bytes(), b"\xff,he hid\n"].concat(),
        [format!("text,reference\nhe hid,{m}").as_bytes(), b"\xff\n"].concat(),
        [b"\xff\xfe", m.as_bytes(), b"\xd8"].concat(),
        [b"PK\x03\x04", m.as_bytes()].concat(),
        spreadsheet(&[(&format!("of {m}s")[..4], m), ("Other", m)]),
    ])
    .collect();
    let mut failures = 0;
    for table in tables {
        for name in ["class.csv", "class.xlsx"] {
            dir.write(name, &table);
            for more in [
                &[][..],
                &["--task", "balloons"],
                &["--task", "compare"],
                &["--task", "compare", "--reference", m],
                &["--task", m],
                &["--task-column", m],
                &["--text-column", m],
                &["--reference-column", m, "--task", "compare"],
                &["--task", "balloons", "--delimiter", ","],
                &["--task", "balloons", "--encoding", "shift_jis"],
                &["--task", "balloons", "--encoding", m],
                &["--task", "balloons", "--sheet", m],
                &["--explain"],
            ] {
                let args = ["score", "many.pupil", "--csv", name, "--force", "--out", "scored.csv"];
                failures += usize::from(run(&dir, &[&args[..], more].concat()).code != 0);
                let args = ["score", "--csv", name, "--force", "--out", "scored.csv"];
                failures += usize::from(run(&dir, &[&args[..], more].concat()).code != 0);
            }
            fs::remove_file(dir.path(name)).unwrap();
        }
    }
    assert!(failures > 500, "{failures}");
}

#[test]
fn destination_that_is_an_answer_is_not_repeated() {
    let dir = TestDir::new();
    dir.write("class.csv", "text\nwarm air\n");
    fs::create_dir(dir.path("folder")).unwrap();
    for out in ["he hid/his uncle", "uncle/he hid", "folder/uncle/he ran", "../uncle/ran or hid"] {
        let ran = run(&dir, &["score", "one.pupil", "--csv", "class.csv", "--out", out]);
        assert_ne!(ran.code, 0, "{out}");
    }
}

#[test]
fn errors_say_what_to_do() {
    let dir = TestDir::new();
    for (args, want, hint) in [
        (
            &["score", "--task", "x", "--he hid"][..],
            "argument 4 is an option that `pupil score` does not have",
            "put `--` before an answer",
        ),
        (
            &["score", "--taks", "x"],
            "argument 2 is an option that `pupil score` does not have",
            "there is --task",
        ),
        (
            &["he hid"],
            "argument 1 is not a pupil command",
            "the commands are score, evaluate, suggest, monitor, promise, resplit, tasks, inspect, verify, keygen, sign, completions, manual",
        ),
        (
            &["score", "a", "--threads", "many", "--csv", "x"],
            "the value of --threads is invalid: it must be a number of at least 1",
            "",
        ),
        (
            &["score", "a", "--delimiter", "ab"],
            "the value of --delimiter is invalid: it must be one ASCII character",
            "",
        ),
        (&["score", "a", "--task"], "--task needs a value", "--task=VALUE"),
        (&["score", "a", "--json=yes"], "--json takes no value", ""),
        (&["score", "a", "--csv", "x"], "missing: --out", ""),
        (&["score", "a", "--task", "b", "--task", "c"], "--task is given twice", ""),
        (
            &["score", "a", "--csv", "x", "--out", "y", "--experts"],
            "--csv and --experts cannot be used together",
            "",
        ),
        (&["verify"], "missing: <FILE>", "`pupil verify --help`"),
    ] {
        let ran = dir.pupil(args);
        let message = ran.failed(2);
        assert!(message.contains(want) && message.contains(hint), "{args:?}\n{message}");
    }
    // Help and version come from the parser.
    assert!(dir.pupil(["--version"]).ok().starts_with("pupil "));
    assert!(dir.pupil(["help", "score"]).ok().contains("Examples:"));
    let ran = dir.pupil::<&str>([]);
    assert!(ran.failed(2).contains("Usage: pupil <COMMAND>"), "{ran:?}");
    let ran = dir.pupil(["score", "one.pupil", "--", "--he hid"]);
    assert_eq!(ran.code, 0, "{ran:?}");
}

/// The text between double quotes in the sources, comments left out, and the help of the options.
fn literals(source: &str) -> String {
    let is_help = |line: &str| source.contains("#[derive(Parser)]") && line.starts_with("///");
    let lines = source.lines().map(str::trim).filter(|line| !line.starts_with("//") || is_help(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_option_and_command_that_a_message_names_is_known() {
    let dir = TestDir::new();
    let mut known: Vec<String> = SUBCOMMANDS.iter().flat_map(|command| options(&dir, command)).collect();
    known.push("--version".to_owned());
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = literals(&fs::read_to_string(&path).unwrap());
            for line in text.lines().filter(|line| !line.contains("cargo ")) {
                for quoted in line.split("`pupil ").skip(1) {
                    let command = quoted.split([' ', '`']).next().unwrap_or_default();
                    assert!(SUBCOMMANDS.contains(&command), "{command} in {}: {line}", path.display());
                }
                for (at, _) in line.match_indices("--") {
                    let rest = &line[at + 2..];
                    let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(rest.len());
                    let option = format!("--{}", rest[..end].trim_end_matches('-'));
                    let is_name =
                        option.len() > 2 && !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '-');
                    if is_name {
                        found += 1;
                        assert!(known.contains(&option), "{option} in {}: {line}", path.display());
                    }
                }
            }
        }
    }
    assert!(found > 30, "{found}");
}
