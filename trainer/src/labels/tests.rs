//! Writes, reads and averages labels. Every sentence here is invented.

use tempfile::TempDir;

use super::*;
use crate::data::{Answer, Columns, FileSettings};
use crate::head::HeadKind;

fn names(labels: &[&str]) -> Vec<String> {
    labels.iter().map(|l| (*l).to_owned()).collect()
}

fn task(id: &str, head: HeadKind, labels: &[&str]) -> TaskData {
    let points = if head == HeadKind::Ordinal { (0..).take(labels.len()).collect() } else { Vec::new() };
    TaskData { id: id.into(), name: id.into(), head, labels: names(labels), points }
}

fn answer(id: &str, task: usize, text: &str, target: Target) -> Answer {
    let (text, second) = (text.into(), Target::Missing);
    Answer {
        id: id.into(),
        task,
        text,
        reference: None,
        question: None,
        target,
        second,
        group: None,
        split_key: None,
    }
}

/// Three tasks of three kinds; two share the names 0 and 1.
fn dataset() -> Dataset {
    Dataset {
        tasks: vec![
            task("points", HeadKind::Ordinal, &["0", "1", "2"]),
            task("rubric", HeadKind::Sigmoid, &["heat, light", "1"]),
            task("choice", HeadKind::Softmax, &["right", "wrong"]),
        ],
        answers: vec![
            answer("a", 0, "It floats, \"mostly\".", Target::Level(2)),
            answer("b", 1, "It is\nwarm.", Target::Labels(vec![true, false])),
            answer("a", 2, "Yes.", Target::Class(1)),
            answer("c", 0, "", Target::Missing),
        ],
        blake3: "d4".repeat(32),
        notes: Vec::new(),
    }
}

fn labels() -> Labels {
    let data = dataset();
    let third = 1.0 / 3.0;
    let rows = vec![
        Scored::new(&data, 0, vec![0.1, third, 1.0 - 0.1 - third]),
        Scored::new(&data, 1, vec![f32::MIN_POSITIVE, 0.500_000_06]),
        Scored::with_award(&data, 2, vec![0.75, 0.25], Target::Class(1)),
        Scored::new(&data, 3, vec![1.0, 0.0, 0.0]),
    ];
    Labels { tasks: data.tasks, rows }
}

fn provenance() -> Provenance {
    Provenance {
        teacher: "teacher".into(),
        teacher_blake3: "7e".repeat(32),
        data_blake3: dataset().blake3,
        created_by: "tests".into(),
        ..Provenance::default()
    }
}

fn written(texts: Option<&Dataset>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sub").join("labels.csv");
    write(&path, &labels(), &provenance(), texts).unwrap();
    (folder, path)
}

#[test]
fn labels_are_read_back_bit_for_bit() {
    for texts in [None, Some(&dataset())] {
        let (_folder, path) = written(texts);
        let (read_labels, provenance) = read(&path).unwrap();
        assert_eq!(read_labels, labels());
        assert_eq!((provenance.rows, provenance.tasks), (4, dataset().tasks));
        assert_eq!(
            read_for(&path, &FileSettings::default(), &dataset(), None, &Names::default()).unwrap(),
            labels()
        );
    }
}

#[test]
fn columns_are_shared_by_name_and_blank_for_other_tasks() {
    let (_folder, path) = written(None);
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "sample_index,id,task,true_0,true_1,true_2,\"true_heat, light\",true_right,true_wrong,\
         pred_0,pred_1,pred_2,\"pred_heat, light\",pred_right,pred_wrong,\
         prob_0,prob_1,prob_2,\"prob_heat, light\",prob_right,prob_wrong"
    );
    assert_eq!(lines.nth(2).unwrap(), "2,a,choice,,,,,0,1,,,,,0,1,,,,,0.75,0.25");
    assert!(lines.next().unwrap().starts_with("3,c,points,,,,,,,1,0,0,,,,"));
}

#[test]
fn cached_labels_are_used_only_for_the_same_teacher_data_and_bytes() {
    let (_folder, path) = written(None);
    let (teacher, data) = (provenance().teacher_blake3, dataset().blake3);
    assert_eq!(cached(&path, &teacher, &data), Some(labels()));
    assert_eq!(cached(&path, &data, &data), None);
    assert_eq!(cached(&path, &teacher, &teacher), None);

    let mut text = std::fs::read_to_string(&path).unwrap();
    text = text.replace("0.75,0.25", "0.25,0.75");
    std::fs::write(&path, text).unwrap();
    assert_eq!(cached(&path, &teacher, &data), None);
    assert!(read(&path).unwrap_err().to_string().contains("changed since"));
    std::fs::remove_file(companion(&path)).unwrap();
    assert_eq!(cached(&path, &teacher, &data), None);
}

#[test]
fn writing_leaves_only_the_two_files_and_replaces_them() {
    let (_folder, path) = written(None);
    write(&path, &labels(), &provenance(), Some(&dataset())).unwrap();
    let mut files: Vec<_> = std::fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|f| f.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files, ["labels.csv", "labels.csv.json"]);
    assert!(std::fs::read_to_string(&path).unwrap().contains("mostly"));

    // A folder has the name of the file: the error names the file, and no part of it remains.
    let blocked = path.parent().unwrap().join("blocked");
    std::fs::create_dir(&blocked).unwrap();
    assert!(crate::files::write(&blocked, b"x").unwrap_err().to_string().contains("blocked"));
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 3);
}

#[test]
fn rows_that_do_not_fit_their_task_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    let changes: [fn(&mut Scored); 5] = [
        |r| r.probabilities[0] = f32::NAN,
        |r| r.probabilities[0] = 1.5,
        |r| r.probabilities.truncate(2),
        |r| r.predicted = Target::Class(0),
        |r| r.predicted = Target::Missing,
    ];
    for change in changes {
        let mut bad = labels();
        change(&mut bad.rows[0]);
        assert!(write(&path, &bad, &provenance(), None).unwrap_err().to_string().contains("row 1"));
        assert!(!path.exists());
    }
}

fn rubric() -> Dataset {
    Dataset {
        tasks: vec![task("t", HeadKind::Sigmoid, &["E1", "E2"])],
        answers: vec![
            answer("x", 0, "One gas burns.", Target::Labels(vec![true, false])),
            answer("y", 0, "Neither does.", Target::Labels(vec![false, false])),
        ],
        blake3: String::new(),
        notes: Vec::new(),
    }
}

fn foreign(text: &str, dataset: &Dataset, task: Option<usize>) -> Result<Labels> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("probs.csv");
    std::fs::write(&path, text).unwrap();
    let columns = Columns { id: Some("answer".into()), ..Columns::default() };
    read_for(&path, &FileSettings::default(), dataset, task, &Names::of([&columns]))
}

#[test]
fn files_of_other_tools_are_matched_by_order_or_index() {
    let want = [vec![0.9, 0.25], vec![0.125, 0.5]];
    let ordered = "p(E1=yes),p(E2=yes)\n0.9,0.25\n0.125,0.5\n";
    let indexed = "sample_index,text,true_E1,true_E2,pred_E1,pred_E2,prob_E1,prob_E2\n\
                   1,Neither does.,0,0,0,1,0.125,0.5\n0,One gas burns.,1,0,1,0,0.9,0.25\n";
    for text in [ordered, indexed, &format!("\u{feff}{ordered}")] {
        let labels = foreign(text, &rubric(), None).unwrap();
        let probabilities: Vec<_> = labels.rows.iter().map(|r| r.probabilities.clone()).collect();
        assert_eq!(probabilities, want);
        assert_eq!(labels.rows[1].predicted, Target::Labels(vec![false, true]));
        assert_eq!(
            (labels.rows[0].id.as_str(), &labels.rows[0].target),
            ("x", &Target::Labels(vec![true, false]))
        );
    }
}

#[test]
fn file_of_one_task_counts_the_answers_of_that_task() {
    let mut data = rubric();
    data.tasks.insert(0, task("other", HeadKind::Ordinal, &["0", "1"]));
    data.answers.iter_mut().for_each(|a| a.task = 1);
    data.answers.insert(1, answer("z", 0, "Later.", Target::Level(1)));
    let labels = foreign("p(E1=yes),p(E2=yes)\n0.9,0.25\n0.125,0.5\n", &data, Some(1)).unwrap();
    let rows: Vec<_> = labels.rows.iter().map(|r| (r.index, r.id.as_str())).collect();
    assert_eq!(rows, [(0, "x"), (2, "y")]);
    let aligned = labels.aligned(&data).unwrap();
    assert_eq!(aligned, [Some([0.9, 0.25].as_slice()), None, Some(&[0.125, 0.5])]);
}

#[test]
fn bad_label_files_are_refused_with_the_line() {
    let data = dataset();
    let mut failed = Vec::new();
    let cases = [
        (rubric(), "p(E1=yes)\n0.9\n0.1\n", "no column `prob_E2`"),
        (rubric(), "p(E1=yes),p(E2=yes)\n0.9,0.25\n", "1 rows for 2 answers"),
        (rubric(), "p(E1=yes),p(E2=yes)\n0.9,0.25\n0.1\n", "line 3 of "),
        (rubric(), "p(E1=yes),p(E2=yes)\n0.9,0.25\n0.1,1.25\n", "line 3: the probability of `E2`"),
        (rubric(), "p(E1=yes),p(E2=yes)\n0.9,0.25\n,0.5\n", "line 3: the probability of `E1`"),
        (rubric(), "sample_index,prob_E1,prob_E2\n2,0,0\n", "line 2: no such answer"),
        (rubric(), "sample_index,prob_E1,prob_E2\n1,0,0\n1,0,0\n", "line 3: the same answer"),
        (
            rubric(),
            "text,prob_E1,prob_E2\nNeither does.,0,0\nOne gas burns.,0,0\n",
            "line 2: the text differs",
        ),
        (rubric(), "true_E1,true_E2,prob_E1,prob_E2\n0,0,0,0\n1,0,0,0\n", "line 2: the human score differs"),
        (rubric(), "pred_E1,prob_E1,prob_E2\n0,0,0\n1,0,0\n", "line 2: some of the columns `pred_*`"),
        (rubric(), "pred_E1,pred_E2,prob_E1,prob_E2\nyes,0,0,0\n1,0,0,0\n", "line 2: `pred_E1` is neither"),
        (rubric(), "prob_E1,prob_E1\n0,0\n0,0\n", "same name"),
        (data.clone(), "id,task,prob_0,prob_1,prob_2\na,points,0.5,0.5,0.5\n", "sum to 1.5"),
        (data.clone(), "id,task,prob_0,prob_1,prob_2\nzz,points,1,0,0\n", "line 2: no such answer"),
        (
            data.clone(),
            "id,task,prob_0,prob_1,prob_2,pred_0,pred_1,pred_2\na,points,1,0,0,1,1,0\n",
            "line 2: task `points` needs exactly one 1",
        ),
    ];
    for (data, text, part) in cases {
        let message = foreign(text, &data, None).map_or_else(|e| format!("{e:#}"), |_| "no error".into());
        if !message.contains(part) || message.contains("burns") {
            failed.push((part, message));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

/// Two tasks; `ids` are those of two answers to the first and two to the second.
fn two_tasks(ids: [&str; 4]) -> Dataset {
    let tasks = ["q1", "q2"].map(|id| task(id, HeadKind::Ordinal, &["0", "1"])).to_vec();
    let texts = ["One gas burns.", "It burns twice.", "Water burns.", "Nothing burns."];
    let answers = ids.iter().zip(texts).enumerate();
    let answers = answers.map(|(i, (id, text))| answer(id, i / 2, text, Target::Level(i % 2)));
    Dataset { tasks, answers: answers.collect(), blake3: String::new(), notes: Vec::new() }
}

#[test]
fn rows_with_ids_are_matched_in_any_order_and_letter_case_of_the_column() {
    let apart = two_tasks(["a", "b", "c", "d"]);
    let shared = two_tasks(["a", "b", "a", "b"]);
    let highest = |labels: &Labels| -> Vec<f32> { labels.rows.iter().map(|r| r.probabilities[1]).collect() };
    for head in ["id", "ID", " Id ", "answer", "Answer"] {
        // A `sample_index` beside an id belongs to another file.
        let text = format!(
            "sample_index,{head},Prob_0,PROB_1,rater\n9,d,0.6,0.4,x\n8,a,0.9,0.1,x\n7,c,0.7,0.3,x\n6,b,0.8,0.2,x\n"
        );
        assert_eq!(highest(&foreign(&text, &apart, None).unwrap()), [0.1, 0.2, 0.3, 0.4], "{head}");
        let of_one = format!("prob_0,prob_1,{head}\n0.8,0.2,b\n0.9,0.1,a\n");
        let labels = foreign(&of_one, &shared, Some(1)).unwrap();
        assert_eq!(highest(&labels), [0.1, 0.2], "{head}");
        assert_eq!(labels.rows[0].index, 2);
    }
    let both = "TASK,Id,prob_0,prob_1\nq2,b,0.6,0.4\nq1,b,0.8,0.2\n q2 ,a,0.7,0.3\nq1, a,0.9,0.1\n";
    assert_eq!(highest(&foreign(both, &shared, None).unwrap()), [0.1, 0.2, 0.3, 0.4]);
}

#[test]
fn ids_are_matched_or_refused_and_never_ignored() {
    let (apart, shared) = (two_tasks(["a", "b", "c", "d"]), two_tasks(["a", "b", "a", "b"]));
    let rows = |cells: [&str; 4]| cells.map(|cell| format!("{cell},0.5,0.5\n")).concat();
    let with = |head: &str, cells: [&str; 4]| format!("{head},prob_0,prob_1\n{}", rows(cells));
    let unknown = "column 1 is unknown";
    let mut failed = Vec::new();
    for (data, text, part) in [
        (&shared, with("id", ["a", "b", "a", "b"]), "add a column `task`"),
        (&apart, with("Id", ["a", "b", "c", "0"]), "line 5: no such answer in the data: its `id`"),
        (&apart, with("answer", ["a", "a", "c", "d"]), "line 3: the same answer"),
        (&apart, with("essay_id", ["a", "b", "c", "d"]), unknown),
        (&apart, with("", ["0", "1", "2", "3"]), unknown),
        (&apart, with("Unnamed: 0", ["0", "1", "2", "3"]), unknown),
        (&apart, with("task", ["q1", "q2", "q1", "q2"]), "line 3: the task differs"),
        (&apart, with("task", ["q1", "q9", "q1", "q2"]), "line 3: `task` is not a task of the data"),
        (
            &apart,
            with("Sample_Index", ["0", "1", "2", "4"]),
            "line 5: no such answer in the data: `sample_index`",
        ),
        (&apart, "id,ID,prob_0,prob_1\na,b,0,1\n".into(), "columns 1 and 2 both mean `id`"),
        (&apart, "id,answer,prob_0,prob_1\na,b,0,1\n".into(), "columns 1 and 2 both mean `id`"),
    ] {
        let message = foreign(&text, data, None).map_or_else(|e| format!("{e:#}"), |_| "no error".into());
        if !message.contains(part) || message.contains("burns") {
            failed.push((part, message));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
    let other = foreign("task,id,prob_0,prob_1\nq1,a,0,1\n", &shared, Some(1)).unwrap_err().to_string();
    assert!(other.contains("line 2: `task` is not the task for which"), "{other}");
}

#[test]
fn message_names_the_line_that_an_editor_shows() {
    let good = "\"One gas\nburns.\",0.5,0.5";
    let mut data = two_tasks(["a", "b", "c", "d"]);
    data.answers.truncate(3);
    data.answers[0].text = "One gas\nburns.".into();
    for end in ["\n", "\r\n", "\r"] {
        let lines =
            ["text,prob_0,prob_1", "", good, "", "", "It burns twice.,0.5,0.5", "Water burns.,0.5,0.9"];
        let text = lines.join("\n").replace('\n', end);
        let message = foreign(&text, &data, None).unwrap_err().to_string();
        assert!(message.contains("line 8: the probabilities of task `q2` sum to 1.4"), "{end:?}: {message}");
    }
}

#[test]
fn average_is_the_mean_of_probabilities() {
    let mut second = labels();
    second.rows[0].probabilities = vec![0.9, 0.1, 0.0];
    second.rows[2].probabilities = vec![0.0, 1.0];
    second.rows.reverse();
    let mean = average(&[labels(), second]).unwrap();
    assert_eq!(mean.rows[2].probabilities, [0.375, 0.625]);
    assert_eq!(mean.rows[2].predicted, Target::Class(1));
    assert!((mean.rows[0].probabilities[0] - 0.5).abs() < 1e-6);
    // Expected level 0.2167 + 0.5667 = 0.783.
    assert_eq!(mean.rows[0].predicted, Target::Level(1));
    assert_eq!(mean.rows[1].probabilities, labels().rows[1].probabilities);
    assert_eq!(average(&[labels()]).unwrap().rows[0], labels().rows[0]);
}

#[test]
fn teachers_with_different_rows_are_not_averaged() {
    type Change = fn(&mut Labels);
    let changes: [(Change, &str); 4] = [
        (|l| drop(l.rows.pop()), "3 rows, teacher 1 has 4"),
        (|l| l.rows[1].id = "bb".into(), "lacks row 2"),
        (|l| l.rows[1].target = Target::Missing, "lacks row 2"),
        (|l| l.tasks[0].points[2] = 3, "other tasks"),
    ];
    for (change, part) in changes {
        let mut other = labels();
        change(&mut other);
        assert!(average(&[labels(), other]).unwrap_err().to_string().contains(part), "{part}");
    }
    assert!(average(&[]).is_err());
}

#[test]
fn plain_rules_decide_at_their_limits() {
    let softmax = task("s", HeadKind::Softmax, &["a", "b", "c"]);
    assert_eq!(decide(&softmax, &[0.25, 0.375, 0.375]), Target::Class(1));
    let sigmoid = task("g", HeadKind::Sigmoid, &["a", "b"]);
    assert_eq!(decide(&sigmoid, &[0.5, 0.499_999_97]), Target::Labels(vec![true, false]));
    let ordinal = task("o", HeadKind::Ordinal, &["0", "1", "2"]);
    assert_eq!(decide(&ordinal, &[0.5, 0.5, 0.0]), Target::Level(1));
    assert_eq!(decide(&ordinal, &[0.625, 0.25, 0.125]), Target::Level(1));
    assert_eq!(decide(&ordinal, &[0.75, 0.125, 0.125]), Target::Level(0));
    // The most likely level is 0 or 2, the expected one 1.
    assert_eq!(decide(&ordinal, &[0.5, 0.0, 0.5]), Target::Level(1));
    assert_eq!(decide(&ordinal, &[0.0, 0.0, 1.0]), Target::Level(2));
}
