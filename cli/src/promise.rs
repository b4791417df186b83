//! `pupil promise`: draws answers of a scored table for people to grade, and says what their grades allow to promise
//! about the scores of the table.

use std::fmt::Write as _;

use pupil_metrics::Stream;
use pupil_metrics::finite::{TablePromise, promise};
use pupil_metrics::guarantee::Judged;
use pupil_metrics::homogeneity::homogeneity;
use pupil_tables::Column;
use serde::Serialize;

use crate::args::{ErrorKind, PromiseArgs};
use crate::batch::{AnswerTable, check_destination, check_ending, free_name, refuse_to_replace};
use crate::failure::{Exit, Failure};
use crate::graded::{GradedRow, GradedRows, SCORE_COLUMN};
use crate::stdout;
use crate::terminal::{Style, columns, grouped, padded, printable};

/// The column of the draw.
const DRAWN_COLUMN: &str = "drawn";
/// The column that says which scores count without review.
const STANDS_COLUMN: &str = "stands";
/// Re-allocations of errors in the test of whether tasks share an error rate, and their seed.
const REALLOCATIONS: (usize, u64) = (10_000, 1);
/// p-value below which tasks do not share an error rate, as in an evaluation.
const SHARED: f64 = 0.1;

/// What is promised of a task, or of all tasks together.
#[derive(Serialize)]
struct Promised {
    /// `None` for all tasks together.
    task: Option<String>,
    /// Its answers whose score may count.
    answers: u64,
    /// Drawn ones among them.
    drawn: u64,
    /// The confidence from which scores stand; `None` where nothing is promised.
    confidence_from: Option<f64>,
    /// Scores from there on.
    automatic: u64,
    /// Drawn ones among these, and wrong ones among the drawn.
    automatic_drawn: u64,
    automatic_wrong: u64,
    /// Upper bound of the number of wrong ones among all of these.
    most_wrong: u64,
    /// How many drawn answers would be enough, if errors stayed as they are.
    needed: Option<u64>,
}

/// The errors of a task under a promise of all tasks together.
#[derive(Serialize)]
struct Within {
    task: String,
    automatic: u64,
    automatic_drawn: u64,
    automatic_wrong: u64,
}

#[derive(Serialize)]
struct Found {
    max_error: f64,
    confidence: f64,
    /// Rows of the table.
    answers: u64,
    /// Rows that may count.
    candidates: u64,
    promises: Vec<Promised>,
    /// By task, with one promise for all.
    within: Vec<Within>,
    /// p-value of the hypothesis that tasks share one error rate, with one promise for all.
    homogeneity: Option<f64>,
}

/// Draws, or promises.
pub(crate) fn run(options: &PromiseArgs) -> Result<(), Failure> {
    if let Some(out) = &options.out {
        check_ending(out)?;
        check_destination(&options.graded.csv, out, "--out")?;
        refuse_to_replace(out, "--out", options.table.force)?;
    }
    let table = AnswerTable::read(&options.graded.csv, &options.table)?;
    let is_graded = options.draw.is_none();
    let graded = GradedRows::read(&table, &options.graded, &options.table, options.aim.error, is_graded)?;
    match options.draw {
        Some(n) => draw(options, &table, &graded, n.get()),
        None => promised(options, &table, &graded),
    }
}

/// Marks a random part of the rows whose scores may count.
fn draw(options: &PromiseArgs, table: &AnswerTable, graded: &GradedRows, n: usize) -> Result<(), Failure> {
    if table.find(DRAWN_COLUMN)?.is_some() {
        let message =
            format!("{} has a column `{DRAWN_COLUMN}`, so that answers are drawn already", table.name());
        return Err(Failure::new(Exit::Table, message).hint(
            "grade them, and run `pupil promise` without --draw; a second draw cannot be added to the first",
        ));
    }
    let mut order: Vec<usize> =
        graded.rows.iter().filter(|row| !row.held_back).map(|row| row.place).collect();
    let all = order.len();
    if n > all {
        let message = format!("--draw is {n}, but only {all} answers have a score that may count");
        return Err(Failure::new(Exit::Usage, message).hint("draw fewer, or grade them all"));
    }
    let mut stream = Stream::new(options.seed, "promise", 0);
    for place in 0..n {
        order.swap(place, place + stream.below(all - place));
    }
    let mut cells = vec!["0".to_owned(); table.len()];
    order[..n].iter().for_each(|place| "1".clone_into(&mut cells[*place]));
    let Some(out) = &options.out else {
        return Err(Failure::new(Exit::Usage, "--draw and --out go together"));
    };
    table.write(out, &[Column { name: DRAWN_COLUMN.to_owned(), cells }])?;
    stdout::print(&format!(
        "{} of {} answers drawn, those with 1 in the column {DRAWN_COLUMN} of {}. Grade them all, in a column {SCORE_COLUMN},\n\
         then run `pupil promise` with --csv and this table. An answer that is drawn and not graded stops it.\n",
        grouped(n as u64),
        grouped(all as u64),
        printable(&out.display().to_string())
    ))
}

/// Finds what drawn answers allow to promise.
fn promised(options: &PromiseArgs, table: &AnswerTable, graded: &GradedRows) -> Result<(), Failure> {
    let drawn = drawn_rows(table, graded)?;
    let aim = options.aim.aim();
    let groups: Vec<Option<usize>> =
        if options.pooled { vec![None] } else { (0..graded.tasks.len()).map(Some).collect() };
    let mut stands = vec![false; table.len()];
    let mut promises = Vec::new();
    let mut within = Vec::new();
    for group in groups {
        let of_group =
            || graded.rows.iter().filter(|r| !r.held_back && group.is_none_or(|task| r.task == task));
        let confidences: Vec<f64> = of_group().map(|row| row.confidence).collect();
        let judged: Vec<Judged> =
            of_group().filter(|row| drawn[row.place]).filter_map(GradedRow::judged).collect();
        let TablePromise { threshold, automatic, drawn: automatic_drawn, wrong, most_wrong, needed } =
            promise(&confidences, &judged, aim);
        let counted = |row: &&GradedRow| threshold.is_some_and(|threshold| row.confidence >= threshold);
        of_group().filter(counted).for_each(|row| stands[row.place] = true);
        promises.push(Promised {
            task: group.map(|task| graded.tasks[task].clone()),
            answers: confidences.len() as u64,
            drawn: judged.len() as u64,
            confidence_from: threshold,
            automatic,
            automatic_drawn,
            automatic_wrong: wrong,
            most_wrong,
            needed,
        });
        if group.is_none() && graded.tasks.len() > 1 {
            within = (0..graded.tasks.len())
                .map(|task| {
                    let own = || of_group().filter(counted).filter(|row| row.task == task);
                    let known = || own().filter(|row| drawn[row.place]).filter_map(GradedRow::judged);
                    Within {
                        task: graded.tasks[task].clone(),
                        automatic: own().count() as u64,
                        automatic_drawn: known().count() as u64,
                        automatic_wrong: known().filter(|judged| judged.wrong).count() as u64,
                    }
                })
                .collect();
        }
    }
    let counts: Vec<(u64, u64)> = within.iter().map(|w| (w.automatic_wrong, w.automatic_drawn)).collect();
    let found = Found {
        max_error: aim.max_error,
        confidence: aim.confidence,
        answers: table.len() as u64,
        candidates: graded.rows.iter().filter(|row| !row.held_back).count() as u64,
        promises,
        within,
        homogeneity: homogeneity(&counts, REALLOCATIONS.0, REALLOCATIONS.1).map(|test| test.p),
    };
    if let Some(out) = &options.out {
        let cells = stands.iter().map(bool::to_string).collect();
        table.write(out, &[Column { name: free_name(table.header(), STANDS_COLUMN), cells }])?;
    }
    if options.json { stdout::print_json(&found) } else { stdout::print(&text(&found, options)) }
}

/// Which rows are drawn: those that the column says, or else all that are graded.
fn drawn_rows(table: &AnswerTable, graded: &GradedRows) -> Result<Vec<bool>, Failure> {
    let mut drawn = vec![false; table.len()];
    let Some(column) = table.find(DRAWN_COLUMN)? else {
        graded.rows.iter().for_each(|row| drawn[row.place] = row.wrong.is_some());
        return Ok(drawn);
    };
    let mut missing = Vec::new();
    for row in &graded.rows {
        drawn[row.place] = match table.text(row.place, column)?.trim() {
            "1" => true,
            "0" => false,
            _ => {
                let message = format!("{}: `{DRAWN_COLUMN}` is neither 0 nor 1", table.location(row.place));
                return Err(Failure::new(Exit::Table, message)
                    .hint("`pupil promise --draw N` writes this column; leave it as it was written"));
            }
        };
        if drawn[row.place] && row.wrong.is_none() {
            missing.push(row.place);
        }
    }
    if let Some(first) = missing.first() {
        let message = format!(
            "{} drawn answers have no human score, the first in {}",
            missing.len(),
            table.location(*first)
        );
        return Err(Failure::new(Exit::Table, message)
            .hint("grade them all: without those that are hard to grade, nothing can be promised"));
    }
    Ok(drawn)
}

/// The findings as text.
fn text(found: &Found, options: &PromiseArgs) -> String {
    let style = Style::of_stdout();
    let mut text = String::new();
    let mut put = |line: String| writeln!(text, "{line}").expect("a String takes everything");
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let wrong = match options.aim.error {
        ErrorKind::Exact => "wrong",
        ErrorKind::Adjacent => "more than one level away",
    };
    let stands: u64 = found.promises.iter().map(|p| p.automatic).sum();
    let drawn: u64 = found.promises.iter().map(|p| p.drawn).sum();
    put(format!(
        "{} of {} scores stand without review, by {} answers that were drawn and graded",
        style.bold(grouped(stands)),
        grouped(found.answers),
        grouped(drawn)
    ));
    let (sure, most) = (percent(found.confidence), percent(found.max_error));
    put(if options.pooled || found.promises.len() == 1 {
        format!(
            "With {sure} confidence, at most {most} of the scores that stand in this table are {wrong}.\n"
        )
    } else {
        format!(
            "For each task by itself, with {sure} confidence, at most {most} of its scores that stand are {wrong}.\n"
        )
    });
    let name = |task: Option<&String>| match task.map(String::as_str) {
        None => "all tasks".to_owned(),
        Some("") => "all answers".to_owned(),
        Some(task) => printable(task),
    };
    let names: Vec<String> = found.promises.iter().map(|p| name(p.task.as_ref())).collect();
    let wide: Vec<String> = found.within.iter().map(|w| name(Some(&w.task))).collect();
    let width = names.iter().chain(&wide).map(|name| columns(name)).max().unwrap_or(0);
    let head = format!(
        "  {}  answers   drawn  confidence from   stand      %  drawn  wrong  at most wrong",
        " ".repeat(width)
    );
    put(style.dim(head));
    for (name, p) in names.iter().zip(&found.promises) {
        let start = format!("  {}  {:>7}  {:>6}", padded(name, width), grouped(p.answers), grouped(p.drawn));
        put(match (p.confidence_from, p.needed) {
            (Some(from), _) => format!(
                "{start}  {from:>15.4}  {:>6}  {:>5.1}  {:>5}  {:>5}  {:>13}",
                grouped(p.automatic),
                100.0 * p.automatic as f64 / p.answers.max(1) as f64,
                grouped(p.automatic_drawn),
                grouped(p.automatic_wrong),
                grouped(p.most_wrong)
            ),
            (None, Some(needed)) => format!(
                "{start}  {}",
                style.yellow(format!("no promise: about {} drawn answers would be enough", grouped(needed)))
            ),
            (None, None) => format!("{start}  {}", style.yellow("no promise: too many scores are wrong")),
        });
    }
    for (name, w) in wide.iter().zip(&found.within) {
        put(style.dim(format!(
            "  {}  {:>7}  {:>6}  {:>15}  {:>6}  {:>5}  {:>5}  {:>5}",
            padded(name, width),
            "",
            "",
            "",
            grouped(w.automatic),
            "",
            grouped(w.automatic_drawn),
            grouped(w.automatic_wrong)
        )));
    }
    if let Some(p) = found.homogeneity {
        put(format!(
            "\nThe promise is about the table as a whole. That tasks share one error rate {} (p = {p:.3}).",
            if p < SHARED { "is unlikely: a single task may be far worse" } else { "is not contradicted" }
        ));
    }
    if found.answers > found.candidates {
        put(format!(
            "\n{} answers are held back by another rule than that of confidence",
            grouped(found.answers - found.candidates)
        ));
    }
    put(style.dim(
        "\nOnly the draw is random: the promise is about the scores of this table and no others, and it needs drawn answers\n\
         that are a random part of it, all of them graded.",
    ));
    if let Some(out) = &options.out {
        put(format!("written to {}", printable(&out.display().to_string())));
    }
    text
}
