//! The commands that faults are tried on.

use super::strace::Ended;

/// A command, the files that it finds and those that it writes.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) program: &'static str,
    pub(super) arguments: &'static [&'static str],
    /// Before it runs; an output among them is to be replaced.
    pub(super) files: &'static [(&'static str, &'static str)],
    pub(super) outputs: &'static [&'static str],
    /// Whether two runs give the same bytes; keys are drawn, signatures hold the time.
    pub(super) is_fixed: bool,
    /// Words of an error by which a second run may refuse to go on: a key is never replaced.
    pub(super) refusal: Option<&'static str>,
}

impl Scenario {
    /// Whether two outputs are the same, as far as they can be.
    pub(super) fn same(&self, a: Option<&[u8]>, b: Option<&[u8]>) -> bool {
        match (a, b) {
            (Some(a), Some(b)) if !self.is_fixed => a.len() == b.len(),
            _ => a == b,
        }
    }

    /// Whether a second run refuses to go on, and says so.
    pub(super) fn refuses(&self, ended: &Ended) -> bool {
        self.refusal.is_some_and(|words| !ended.is_ok() && ended.said.contains(words))
    }
}

/// Answers of nobody, to a question of a model that is built in.
const GRADED: &str = "id,text,score\n1,He feared the officer had come to arrest him.,2\n2,He was scared.,1\n\
                      3,nothing,0\n4,He hid since he had stolen the things.,2\n";
const OLD: &str = "what was there before\n";

/// Of the command line.
pub(super) const COMMANDS: [Scenario; 7] = [
    Scenario {
        name: "score to CSV",
        program: "pupil",
        arguments: &[
            "score",
            "--task",
            "mindca-ss_burglar",
            "--csv",
            "in.csv",
            "--out",
            "out.csv",
            "--force",
        ],
        files: &[("in.csv", GRADED), ("out.csv", OLD)],
        outputs: &["out.csv"],
        is_fixed: true,
        refusal: None,
    },
    Scenario {
        name: "score to xlsx and a page",
        program: "pupil",
        arguments: &[
            "score",
            "--task",
            "mindca-ss_burglar",
            "--csv",
            "in.csv",
            "--out",
            "out.xlsx",
            "--html",
            "out.html",
            "--force",
        ],
        files: &[("in.csv", GRADED), ("out.xlsx", OLD)],
        outputs: &["out.xlsx", "out.html"],
        is_fixed: true,
        refusal: None,
    },
    Scenario {
        name: "evaluate",
        program: "pupil",
        arguments: &[
            "evaluate",
            "--task",
            "mindca-ss_burglar",
            "--csv",
            "in.csv",
            "--score",
            "score",
            "--replicates",
            "20",
            "--html",
            "page.html",
            "--json",
            "report.json",
            "--csv-dir",
            "figures",
            "--force",
        ],
        files: &[("in.csv", GRADED), ("page.html", OLD), ("report.json", OLD)],
        outputs: &["page.html", "report.json", "figures/eval.csv", "figures/confMatrix.csv"],
        is_fixed: true,
        refusal: None,
    },
    Scenario {
        name: "monitor's reference",
        program: "pupil",
        arguments: &["monitor", "--csv", "in.csv", "--write-reference", "reference.json", "--force"],
        files: &[
            (
                "in.csv",
                "text,task,level,confidence,words,unknown_words,decision\na,t,1,0.9,4,1,automatic\nb,t,0,0.4,7,0,review\n",
            ),
            ("reference.json", OLD),
        ],
        outputs: &["reference.json"],
        is_fixed: true,
        refusal: None,
    },
    Scenario {
        name: "suggest",
        program: "pupil",
        arguments: &[
            "suggest",
            "--task",
            "mindca-ss_burglar",
            "--csv",
            "in.csv",
            "--out",
            "out.csv",
            "--count",
            "2",
            "--force",
        ],
        files: &[("in.csv", GRADED), ("out.csv", OLD)],
        outputs: &["out.csv"],
        is_fixed: true,
        refusal: None,
    },
    Scenario {
        name: "keygen",
        program: "pupil",
        arguments: &["keygen", "--no-password", "--key", "own.key", "--public", "own.pub"],
        files: &[],
        outputs: &["own.key", "own.pub"],
        is_fixed: false,
        refusal: Some("keys are never replaced"),
    },
    Scenario {
        name: "resplit",
        program: "pupil",
        arguments: &[
            "resplit",
            "--csv",
            "in.csv",
            "--score",
            "score",
            "--predicted",
            "level",
            "--json",
            "out.json",
            "--repeats",
            "20",
            "--force",
        ],
        files: &[("in.csv", include_str!("predicted.csv")), ("out.json", OLD)],
        outputs: &["out.json"],
        is_fixed: true,
        refusal: None,
    },
];

/// Training, from a recipe to a file.
pub(super) const TRAINER: Scenario = Scenario {
    name: "pupil-train knowledge",
    program: "pupil-train",
    arguments: &["--runs", "runs", "knowledge", "recipe.toml"],
    files: &[("recipe.toml", include_str!("recipe.toml"))],
    outputs: &[
        "runs/faults/faults.pupil",
        "runs/faults/pupil-seed-1.safetensors",
        "runs/faults/pupil-seed-1.json",
    ],
    is_fixed: true,
    refusal: None,
};

/// Limits of the size of a file, which kill, and of memory.
pub(super) const LIMITS: [(&str, &[&str]); 2] = [
    (
        "limit of the size of files",
        &[
            "--fsize=0",
            "--fsize=1",
            "--fsize=64",
            "--fsize=300",
            "--fsize=1000",
            "--fsize=5000",
            "--fsize=20000",
        ],
    ),
    (
        "limit of memory",
        &[
            "--as=8000000",
            "--as=16000000",
            "--as=24000000",
            "--as=32000000",
            "--as=48000000",
            "--as=64000000",
            "--as=96000000",
            "--as=128000000",
            "--as=192000000",
            "--as=256000000",
            "--as=384000000",
            "--as=512000000",
        ],
    ),
];
