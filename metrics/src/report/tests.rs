//! Pages, CSV and JSON of invented answers, also of odd ones.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::evaluation::{
    Decided, Earlier, EarlierAnswer, Given, Graded, Input, Options, Other, Place, Report, Scale, Scored,
    Task, evaluate, group_name,
};
use crate::scores::Trim;
use crate::{Bootstrap, ScoreKind, Stream};

/// Names that would be markup, paths or formulas.
const HOSTILE: [&str; 5] = ["<b>&\"'</b>", "../up", "=1+1", "a,b\n\"c\"", ""];

fn task(id: &str, kind: ScoreKind) -> Task {
    let labels = if kind == ScoreKind::Level { ["0", "1", "2"] } else { ["<i>", "b", "c"] };
    Task {
        id: id.to_owned(),
        kind,
        labels: labels.map(str::to_owned).to_vec(),
        points: if kind == ScoreKind::Level { vec![0.0, 1.0, 2.0] } else { Vec::new() },
        trim: (kind == ScoreKind::Level).then(|| Trim::to(0.0, 2.0)),
    }
}

/// Answers by students of hostile groups to tasks of every kind, with two raters, another system and earlier answers.
fn input(n: usize, kinds: &[ScoreKind]) -> Input {
    let mut stream = Stream::new(5, "report", n);
    let mut uniform = move || (stream.bits() >> 11) as f64 / (1_u64 << 53) as f64;
    let tasks: Vec<Task> = kinds.iter().enumerate().map(|(i, kind)| task(&format!("t{i}<"), *kind)).collect();
    let mut answers = Vec::new();
    let mut others = Vec::new();
    for i in 0..n {
        let kind = kinds[i % kinds.len()];
        let quality = uniform() * 2.5 - 0.25;
        let mut rate = |noise: f64| (quality + noise * (uniform() - 0.5)).clamp(0.0, 2.0);
        let of = |score: f64| match kind {
            ScoreKind::Level => Given::Points(score.round()),
            ScoreKind::Class => Given::Class(usize::from(score >= 0.5) + usize::from(score >= 1.5)),
            ScoreKind::Labels => Given::Labels(vec![score > 0.5, score > 1.0, score > 1.5]),
        };
        let (first, second, system, other) = (rate(0.6), rate(0.8), rate(1.0), rate(2.0));
        let confidence = 1.0 - (system - system.round()).abs();
        let scored = |score: f64| Scored {
            raw: (kind == ScoreKind::Level).then_some(score),
            award: Some(of(score)),
            confidence: Some(confidence),
            uncalibrated: Some((confidence + 1.0) / 2.0),
            decision: Some(if confidence > 0.7 {
                if i % 5 == 1 { Decided::Review("audit".into()) } else { Decided::Automatic }
            } else {
                Decided::Review("low-confidence".into())
            }),
            ..Scored::default()
        };
        others.push(scored(other));
        answers.push(Graded {
            id: format!("r{i}"),
            task: i % kinds.len(),
            reference: of(first),
            raters: vec![of(first), if i % 3 == 0 { Given::Missing } else { of(second) }],
            system: scored(system),
            groups: vec![group_name(HOSTILE[i % HOSTILE.len()])],
            cluster: Some(format!("s{}", i / 4)),
            student: Some(format!("s{}", i / 4)),
            length: Some((20.0 + 10.0 * quality).round()),
            unknown: Some(0.1),
            weight: 1.0,
            repeated: i % 40 == 1,
            flagged: i % 17 == 0,
        });
    }
    let earlier = EarlierAnswer {
        raw: Some(1.0),
        confidence: Some(0.9),
        length: Some(9.0),
        ..EarlierAnswer::default()
    };
    Input {
        title: "<script>alert(1)</script>".into(),
        facts: vec![("a & b".into(), "</dl>".into())],
        tasks,
        stated: Vec::new(),
        answers,
        groupings: vec!["<group>".into()],
        raters: vec!["first".into(), "second".into()],
        adjudicated: true,
        clusters: Some("student".into()),
        weighted: false,
        other: Some(Other { title: "<other>".into(), scores: others }),
        earlier: Some(Earlier { title: "before".into(), answers: vec![earlier; 40] }),
    }
}

fn report() -> Report {
    let kinds = [ScoreKind::Level, ScoreKind::Class, ScoreKind::Labels, ScoreKind::Level];
    let options =
        Options { bootstrap: Bootstrap { replicates: 60, ..Bootstrap::default() }, ..Options::default() };
    evaluate(&input(400, &kinds), &options)
}

/// What follows `mark` up to the next quote, everywhere in the page.
fn quoted<'p>(page: &'p str, mark: &str) -> Vec<&'p str> {
    page.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap_or_default()).collect()
}

#[test]
fn page_is_one_file_that_screen_readers_can_follow() {
    let report = report();
    let page = page(&report, "a test");
    assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
    // Nothing is loaded, nothing runs.
    for banned in ["<script", "<link", "<iframe", "<img", "@import", "url(", "javascript:", "onclick"] {
        assert!(!page.contains(banned), "{banned}");
    }
    let addresses: BTreeSet<&str> =
        page.match_indices("http").map(|(at, _)| page[at..].split('"').next().unwrap()).collect();
    assert_eq!(addresses.into_iter().collect::<Vec<_>>(), ["http://www.w3.org/2000/svg"]);
    // Every identifier is unique, and every link leads to one.
    let ids = quoted(&page, " id=\"");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
    for link in quoted(&page, "href=\"#").into_iter().chain(quoted(&page, "aria-labelledby=\"")) {
        for part in link.split(' ') {
            assert!(ids.contains(&part), "{part}");
        }
    }
    // Every table has a caption and headers, every plot a title and a description.
    let count = |what: &str| page.matches(what).count();
    assert_eq!(count("<table"), count("<caption"));
    assert_eq!(count("<table"), count("<thead"));
    assert_eq!(count("<tr>") + count("<tr id=") - count("<thead"), count("<th scope=\"row\">"));
    assert!(count("<svg") >= 9, "{}", count("<svg"));
    assert_eq!(count("<svg"), count("<desc id="));
    assert_eq!(count("<svg"), count("role=\"img\""));
    assert!(page.contains("prefers-color-scheme:dark") && page.contains("@media print"));
    // Names are escaped.
    assert!(
        !page.contains("<b>")
            && !page.contains("<i>")
            && !page.contains("<other>")
            && !page.contains("<group>")
    );
    assert!(
        page.contains("&#60;b&#62;") || page.contains("&lt;b&gt;"),
        "the name of the group is on the page"
    );
    for odd in ["NaN", "inf", "None"] {
        let words = page.split(|c: char| !c.is_alphanumeric()).filter(|word| *word == odd).count();
        assert_eq!(words, 0, "{odd}");
    }
}

#[test]
fn every_section_and_every_kind_of_score_is_there() {
    let report = report();
    let sections: Vec<&str> = report.sections.iter().map(|section| section.id.as_str()).collect();
    assert_eq!(
        sections,
        [
            "data",
            "agreement",
            "human",
            "tasks",
            "group-0",
            "length",
            "named",
            "confidence",
            "review",
            "comparison",
            "drift"
        ]
    );
    for name in [
        "eval",
        "eval_short",
        "consistency",
        "degradation",
        "true_score_eval",
        "eval_by_<group>",
        "fairness_metrics_by_<group>",
        "eval_classes",
        "eval_labels",
        "consistency_labels",
        "reliability",
        "risk_coverage",
        "promise_check",
        "promise_possible",
        "homogeneity",
        "comparison",
        "comparison_right",
        "drift",
        "pred_processed",
    ] {
        assert!(report.table(name).is_some(), "{name}");
    }
    // Flagged answers are in no table.
    let rows = &report.table("pred_processed").unwrap().rows;
    assert!(rows.iter().all(|row| row[0].csv() != "r0" && row[0].csv() != "r68"));
}

#[test]
fn csv_files_have_safe_names_and_read_back() {
    let report = report();
    let files = csv_files(&report);
    let names: BTreeSet<String> = files.iter().map(|file| file.name.to_lowercase()).collect();
    assert_eq!(names.len(), report.tables().count());
    let mut guarded = 0;
    for (file, table) in files.iter().zip(report.tables()) {
        assert!(file.name.ends_with(".csv"), "{}", file.name);
        let is_safe = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        assert!(file.name.chars().all(is_safe) && !file.name.starts_with('.'), "{}", file.name);
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(file.bytes.as_slice());
        let records: Vec<::csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
        assert_eq!(records.len(), table.rows.len() + 1, "{}", file.name);
        let keys: Vec<&str> = table.columns.iter().map(|column| column.key.as_str()).collect();
        assert_eq!(records[0].iter().collect::<Vec<_>>(), keys);
        for (record, row) in records[1..].iter().zip(&table.rows) {
            for (cell, want) in record.iter().zip(row) {
                // Numbers are not rounded.
                match want.number() {
                    Some(number) => assert_eq!(cell.parse::<f64>().unwrap(), number, "{}", file.name),
                    // A name that would be a formula has an apostrophe before it.
                    None if want.csv().starts_with(['=', '+', '-', '@']) => {
                        assert_eq!(cell.strip_prefix('\''), Some(want.csv().as_str()));
                        guarded += 1;
                    }
                    None => assert_eq!(cell, want.csv()),
                }
            }
        }
    }
    assert!(guarded > 0, "a name that would be a formula is among those of the report");
}

#[test]
fn equal_names_get_numbers() {
    let mut taken = BTreeSet::new();
    let names: Vec<String> =
        ["by_a/b", "by_a b", "BY_A_B", "x"].iter().map(|name| csv::file_name(name, &mut taken)).collect();
    assert_eq!(names, ["by_a_b.csv", "by_a_b-2.csv", "BY_A_B-3.csv", "x.csv"]);
}

#[test]
fn json_has_every_figure() {
    let report = report();
    let value = json(&report);
    let tables = value["tables"].as_object().unwrap();
    assert_eq!(tables.len(), report.tables().filter(|table| table.place != Place::Csv).count());
    let eval = &tables["eval"];
    assert_eq!(eval["columns"][10], "corr");
    assert_eq!(
        eval["rows"][0][10].as_f64(),
        report.table("eval").unwrap().get("raw", "corr").unwrap().number()
    );
    assert_eq!(value["title"], "<script>alert(1)</script>");
}

#[test]
fn figures_beyond_limits_are_marked_with_what_they_mean() {
    let mut input = input(300, &[ScoreKind::Level]);
    for answer in &mut input.answers {
        // Too kind by half a point, to one group even more.
        let more = if answer.groups[0] == "=1+1" { 1.0 } else { 0.5 };
        answer.system.raw = answer.system.raw.map(|raw| raw + more);
        answer.system.award = None;
    }
    let report = evaluate(&input, &Options::default());
    let marked = |table: &str, column: &str| {
        report.warnings.iter().filter(|w| w.table == table && w.column.starts_with(column)).count()
    };
    assert!(marked("eval", "SMD") >= 1, "{:?}", report.warnings);
    assert!(report.warnings.iter().all(|w| w.row != "raw" || w.table != "eval"));
    assert!(marked("eval_by_<group>", "DSM") >= 1);
    assert!(marked("score_dist", "difference") >= 1);
    assert!(report.warnings.iter().all(|w| w.means.ends_with('.') && w.what.contains(", ")));
    let page = page(&report, "a test");
    assert_eq!(page.matches("see warning").count(), page.matches("class=\"flag\"").count());
    assert!(page.matches("class=\"flag\"").count() >= 3);
    for number in 1..=report.warnings.len() {
        assert!(page.contains(&format!("id=\"w{number}\"")));
    }
}

#[test]
fn perfect_system_and_equal_scores_have_no_numbers_that_mislead() {
    let mut input = input(60, &[ScoreKind::Level]);
    for answer in &mut input.answers {
        answer.reference = Given::Points(1.0);
        answer.raters = vec![Given::Points(1.0)];
        answer.system = Scored { raw: Some(1.0), ..Scored::default() };
    }
    let report = evaluate(&input, &Options::default());
    let eval = report.table("eval").unwrap();
    for column in ["corr", "wtkappa", "R2", "kappa", "SMD"] {
        assert_eq!(eval.get("raw", column).unwrap().number(), None, "{column}");
    }
    assert_eq!(eval.get("raw", "exact_agr").unwrap().number(), Some(100.0));
    assert!(report.table("consistency").is_none() && report.table("reliability").is_none());
    assert!(report.table("promise_check").is_none());
    assert!(!page(&report, "a test").contains("NaN"));
}

fn given() -> impl Strategy<Value = Given> {
    prop_oneof![
        3 => (-2_i8..5).prop_map(|points| Given::Points(f64::from(points))),
        1 => (-10.0_f64..10.0).prop_map(Given::Points),
        1 => (0_usize..3).prop_map(Given::Class),
        1 => proptest::collection::vec(any::<bool>(), 3).prop_map(Given::Labels),
        1 => Just(Given::Missing),
        1 => Just(Given::Invalid),
    ]
}

/// A score that the task can have.
fn fitting(kind: ScoreKind, given: Given) -> Given {
    match (kind, &given) {
        (_, Given::Missing | Given::Invalid)
        | (ScoreKind::Level, Given::Points(_))
        | (ScoreKind::Class, Given::Class(_))
        | (ScoreKind::Labels, Given::Labels(_)) => given,
        _ => Given::Missing,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn odd_tables_never_panic(
        rows in proptest::collection::vec(
            (0_usize..3, given(), given(), given(), proptest::option::of(-5.0_f64..5.0), proptest::option::of(0.0_f64..=1.0),
             0_usize..5, proptest::option::of(0_u8..4), any::<bool>(), proptest::option::of(0_u8..60)),
            0..40,
        ),
        exclude_zero in any::<bool>(),
        min_per_student in 1_usize..3,
        with_weights in any::<bool>(),
        clustered in any::<bool>(),
    ) {
        let kinds = [ScoreKind::Level, ScoreKind::Class, ScoreKind::Labels];
        let mut input = input(0, &kinds);
        input.weighted = with_weights;
        input.clusters = clustered.then(|| "student".to_owned());
        let mut others = Vec::new();
        for (i, (task, reference, first, award, raw, confidence, group, student, flagged, length)) in rows.into_iter().enumerate() {
            let kind = kinds[task];
            let award = match fitting(kind, award) { Given::Missing | Given::Invalid => None, given => Some(given) };
            let scored = Scored { raw, award: award.clone(), confidence, decision: confidence.map(|c| {
                if c > 0.5 { Decided::Automatic } else { Decided::Review(String::new()) }
            }), ..Scored::default() };
            others.push(Scored { raw: raw.map(|r| r + 0.3), ..scored.clone() });
            input.answers.push(Graded {
                id: i.to_string(),
                task,
                reference: fitting(kind, reference),
                raters: vec![fitting(kind, first), Given::Points(1.0)],
                system: scored,
                groups: vec![group_name(HOSTILE[group])],
                cluster: student.map(|s| s.to_string()),
                student: student.map(|s| s.to_string()),
                length: length.map(f64::from),
                unknown: None,
                weight: 1.0 + i as f64,
                repeated: false,
                flagged,
            });
        }
        input.other = Some(Other { title: "other".into(), scores: others });
        let options = Options {
            exclude_zero,
            min_per_student,
            scale: if exclude_zero { Scale::AsIs } else { Scale::Raw },
            bootstrap: Bootstrap { replicates: 20, ..Bootstrap::default() },
            ..Options::default()
        };
        let report = evaluate(&input, &options);
        let page = page(&report, "a test");
        prop_assert!(!page.contains("NaN") && !page.contains("=\"inf") && !page.contains("=\"-inf"), "{}", page);
        for table in report.tables() {
            for row in &table.rows {
                prop_assert!(row.iter().all(|cell| cell.number().is_none_or(f64::is_finite)), "{}: {:?}", table.name, row);
            }
        }
        prop_assert_eq!(csv_files(&report).len(), report.tables().count());
        prop_assert!(json(&report)["tables"].is_object());
    }
}
