//! `pupil resplit`.

use crate::support::TestDir;

/// Graded answers with scores: the surer, the more often right; two answers of each student.
fn scored_table(rows: usize) -> String {
    let mut table = "id,child,task,text,points,level,confidence,decision,reason\n".to_owned();
    for i in 0..rows {
        let sure = 0.4 + 0.6 * ((i * 37) % rows) as f64 / rows as f64;
        let wrong = i % 5 == 0 && sure < 0.7 || sure < 0.45;
        let (decision, reason) = match i % 20 {
            3 => ("review", "gibberish"),
            _ if sure < 0.5 => ("review", "low-confidence"),
            _ => ("automatic", ""),
        };
        let task = ["q2", "q10"][i % 2];
        table += &format!(
            "{i},{},{task},a secret text,{},{},{sure},{decision},{reason}\n",
            i / 2,
            1 + usize::from(wrong),
            1
        );
    }
    table
}

fn resplit(table: &str, more: &[&str]) -> (bool, String) {
    let dir = TestDir::new();
    dir.write("scored.csv", table);
    let ran = dir.pupil(["resplit", "--csv", "scored.csv"].iter().chain(more));
    (ran.code == 0, ran.stdout.clone() + &ran.stderr)
}

#[test]
fn a_scored_table_is_split_many_times() {
    let table = scored_table(600);
    let (fine, text) = resplit(&table, &["--score", "points", "--student", "child", "--repeats", "50"]);
    assert!(fine && text.contains("50 random splits of 600 graded answers"), "{text}");
    let rows: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| q") || line.starts_with("| all")).collect();
    // Tasks are in natural order; the surest scores are right, so that promises are made and kept.
    assert!(rows[0].starts_with("| q2 | 300 |") && rows[1].starts_with("| q10 | 300 |"), "{text}");
    assert!(
        rows[2].starts_with("| all tasks | 600 |") && rows[2].contains(" | 0.0 % [0.0, 7.1] | "),
        "{text}"
    );
    // The same seed gives the same figures, another one does not.
    let again = |seed: &str| {
        resplit(&table, &["--score", "points", "--student", "child", "--repeats", "50", "--seed", seed]).1
    };
    assert!(again("1") == text && again("2") != text);
    // Every score is one level away at most, so that nothing is wrong then.
    let (_, near) = resplit(&table, &["--score", "points", "--error", "adjacent", "--repeats", "20"]);
    assert!(near.contains("| all tasks | 600 | 0.0 % |"), "{near}");
}

#[test]
fn tables_that_cannot_be_split_are_refused_without_a_text() {
    let table = scored_table(40);
    let broken = table.replace(",0.4,", ",1.4,");
    let named = table.replace(",1,1,", ",1,correct,");
    let cases: [(&str, &[&str], &str); 8] = [
        (&table, &[], "no column `score`; it has 9 columns"),
        (&table, &["--score", "points", "--student", "pupil"], "no column with the name given by --student"),
        (&table, &["--score", "level"], "name the system's with --predicted"),
        (&broken, &["--score", "points"], "the confidence is not a number from 0 to 1"),
        (&named, &["--score", "points", "--error", "adjacent"], "use --error exact"),
        (&table, &["--score", "points", "--calibration", "0.9"], "leave no answers to test on"),
        (
            &table,
            &["--score", "points", "--max-error", "0"],
            "--max-error is invalid: it must be a number between",
        ),
        (&table, &["--score", "points", "--repeats", "0"], "--repeats is 0"),
    ];
    for (table, options, part) in cases {
        let (fine, text) = resplit(table, options);
        assert!(!fine && text.contains(part) && !text.contains("secret"), "{options:?}: {text}");
    }
}

#[test]
fn students_and_answers_are_drawn() {
    let table = scored_table(600);
    let share = |more: &[&str]| {
        let options = ["--score", "points", "--student", "child", "--repeats", "60"];
        let (fine, text) = resplit(&table, &[&options, more].concat());
        assert!(fine, "{text}");
        let all = text.lines().find(|line| line.starts_with("| all tasks")).unwrap().to_owned();
        let cells: Vec<String> = all.split(" | ").map(str::to_owned).collect();
        let broken: f64 = cells[5].split(' ').next().unwrap().parse().unwrap();
        assert!(broken <= 20.0, "{all}");
        (cells[3].parse::<f64>().unwrap(), cells[6].trim_end_matches(" %").parse::<f64>().unwrap(), text)
    };
    let (few, many) = (share(&["--students", "60"]), share(&["--students", "600"]));
    // Each student has an answer to both tasks.
    assert_eq!((few.0, many.0), (120.0, 1200.0));
    assert!(few.1 < many.1, "{} {}", few.1, many.1);
    assert!(many.2.contains("those of 600 students, drawn with replacement"), "{}", many.2);
    let pooled = share(&["--students", "600", "--pooled"]);
    assert_eq!(pooled.0, 600.0, "one answer of each student");
    assert!(pooled.2.contains("All tasks share one promise"), "{}", pooled.2);
    let drawn = share(&["--answers", "300", "--pooled"]);
    assert!(drawn.0 == 300.0 && drawn.2.contains("the promise is about this table"), "{}", drawn.2);
    let (_, text) = resplit(&table, &["--score", "points", "--answers", "601"]);
    assert!(text.contains("--answers is 601, but the table has 600 graded answers"), "{text}");
    let (_, text) = resplit(&table, &["--score", "points", "--answers", "5", "--students", "5"]);
    assert!(text.contains("cannot be used together"), "{text}");
}

/// A shell can limit the address space: enough for the program, not for the stacks of a thousand threads.
#[cfg(target_os = "linux")]
#[test]
fn splits_are_the_same_on_one_thread_where_there_is_no_memory_for_more() {
    let dir = TestDir::new();
    dir.write("scored.csv", scored_table(200));
    let command = |limit: &str| {
        let resplit = "resplit --csv scored.csv --score points --student child --repeats 20";
        let line = format!("{limit} RAYON_NUM_THREADS=1000 exec {} {resplit}", env!("CARGO_BIN_EXE_pupil"));
        let ran =
            std::process::Command::new("sh").args(["-c", &line]).current_dir(dir.path("")).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        ran.stdout
    };
    assert_eq!(command("ulimit -v 400000;"), command(""));
}
