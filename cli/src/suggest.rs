//! `pupil suggest`: names the ungraded answers whose grading would teach a model most.

use std::fmt::Write as _;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use pupil_core::format::manifest::{Input, Task};
use pupil_core::{ReviewReason, Score};
use pupil_metrics::suggest::{Choice, choose};
use pupil_tables::Column;

use crate::alike::Vectors;
use crate::args::{SuggestArgs, TableArgs};
use crate::batch::{
    AnswerOptions, AnswerTable, Row, check_destination, check_ending, is_stdout, open_model,
    refuse_to_replace, rows, score_rows,
};
use crate::failure::Failure;
use crate::score::in_words;
use crate::stdout;
use crate::terminal::{Style, columns, grouped, padded, printable};

/// The name of the column of names.
const ID_COLUMN: &str = "id";

/// The columns that training reads human scores from.
const TARGETS: [&str; 3] = ["score", "label", "labels"];

/// Which of them is that of a task.
fn target(task: &Task) -> &'static str {
    match (task.scale.is_some(), task.head.kind.awards_one()) {
        (true, _) => TARGETS[0],
        (false, true) => TARGETS[1],
        (false, false) => TARGETS[2],
    }
}

/// Chooses and writes the table.
pub(crate) fn run(options: &SuggestArgs) -> Result<(), Failure> {
    check_ending(&options.out)?;
    check_destination(&options.csv, &options.out, "--out")?;
    if let Some(graded) = &options.graded {
        check_destination(graded, &options.out, "--out")?;
    }
    refuse_to_replace(&options.out, "--out", options.table.force)?;
    let table = AnswerTable::read(&options.csv, &options.table)?;
    let answers = AnswerOptions::of(&options.scoring, &options.table);
    let (scorer, task) = open_model(options.file.as_deref(), &options.scoring.pack, &table, answers)?;
    let tasks: Vec<&Task> = scorer.tasks().collect();
    let all: Vec<usize> = (0..table.len()).collect();
    let rows_of_table = rows(&scorer, &table, answers, task, &all)?;
    let scores = score_rows(&scorer, &table, &rows_of_table, answers)?;
    let known_table = options.graded.as_deref().map(graded_table).transpose()?;
    // The columns have the same names in both tables; how each is written is recognised.
    let known_options = TableArgs {
        text_column: options.table.text_column.clone(),
        task_column: options.table.task_column.clone(),
        reference_column: options.table.reference_column.clone(),
        ..TableArgs::recognised()
    };
    let known_answers = AnswerOptions { table: &known_options, ..answers };
    let known_rows = match &known_table {
        Some(graded) => {
            let all: Vec<usize> = (0..graded.len()).collect();
            rows(&scorer, graded, known_answers, task, &all)?
        }
        None => Vec::new(),
    };
    let mut left_out: Vec<(ReviewReason, u64)> = Vec::new();
    let mut candidates: Vec<usize> = Vec::new();
    for (place, score) in scores.iter().enumerate() {
        match score.decision.reason().filter(|reason| teaches_nothing(*reason)) {
            None => candidates.push(place),
            Some(reason) => match left_out.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => left_out.push((reason, 1)),
            },
        }
    }
    let chosen = choices(&rows_of_table, &scores, &candidates, &known_rows, tasks.len(), options.count.get());
    write(&options.out, &table, &rows_of_table, &scores, &candidates, &tasks, &chosen)?;
    let said = text(&Said {
        style: if is_stdout(&options.out) { Style::of_stderr() } else { Style::of_stdout() },
        model: &scorer.manifest().name,
        ungraded: rows_of_table.len(),
        graded: known_table.as_ref().map(|_| known_rows.len()),
        count: options.count.get(),
        left_out: &left_out,
        tasks: tasks
            .iter()
            .enumerate()
            .map(|(t, task)| {
                let of = |rows: &mut dyn Iterator<Item = usize>| rows.filter(|row| *row == t).count();
                let chosen = of(&mut chosen.iter().map(|c| rows_of_table[candidates[c.place]].task));
                (task.id.as_str(), chosen, of(&mut rows_of_table.iter().map(|row| row.task)))
            })
            .filter(|(_, _, all)| *all > 0)
            .collect(),
        chosen: chosen.len(),
        out: &options.out,
    });
    if is_stdout(&options.out) {
        // The reader of stdout expects only the table. If stderr is closed, the table is written all the same.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), said.as_bytes());
        return Ok(());
    }
    stdout::print(&said)
}

/// Reads the table of graded answers.
fn graded_table(path: &Path) -> Result<AnswerTable, Failure> {
    AnswerTable::read(path, &TableArgs::recognised())
}

/// Whether an answer is none that grading could teach a model: without words, or stopped as a text that no model
/// should judge.
fn teaches_nothing(reason: ReviewReason) -> bool {
    matches!(
        reason,
        ReviewReason::TooShort
            | ReviewReason::OtherLanguage
            | ReviewReason::Gibberish
            | ReviewReason::Repetition
            | ReviewReason::CopiedQuestion
            | ReviewReason::WordList
    )
}

/// The chosen ones among the candidates, as places in `candidates`. Each task gets the share of `count` that it has of
/// the candidates, since answers to different questions teach different things.
fn choices(
    rows: &[Row<'_>],
    scores: &[Score],
    candidates: &[usize],
    known: &[Row<'_>],
    tasks: usize,
    count: usize,
) -> Vec<Choice> {
    let by_task: Vec<Vec<usize>> = (0..tasks)
        .map(|task| (0..candidates.len()).filter(|c| rows[candidates[*c]].task == task).collect())
        .collect();
    let sizes: Vec<usize> = by_task.iter().map(Vec::len).collect();
    let bar = progress("comparing", candidates.len());
    let mut chosen = Vec::new();
    for (task, (own, count)) in by_task.iter().zip(shares(&sizes, count)).enumerate() {
        let row = |place: usize| &rows[candidates[own[place]]];
        let known: Vec<&Row<'_>> = known.iter().filter(|row| row.task == task).collect();
        let mut texts: Vec<&str> = (0..own.len()).map(|place| row(place).answer).collect();
        texts.extend(known.iter().map(|row| row.answer));
        let vectors = Vectors::of(&texts);
        let doubts: Vec<f64> = own
            .iter()
            .map(|c| (1.0 - f64::from(scores[candidates[*c]].confidence)).clamp(0.0, 1.0))
            .collect();
        // A model that has seen few answers is sure of some that it gets wrong, so doubt is half of the weight.
        let mean = doubts.iter().sum::<f64>() / doubts.len().max(1) as f64;
        let weights: Vec<f64> = doubts.iter().map(|doubt| doubt + mean).collect();
        let nearest: Vec<f64> = (0..own.len())
            .map(|place| {
                let alike =
                    known.iter().enumerate().filter(|(_, known)| known.reference == row(place).reference);
                alike.map(|(k, _)| vectors.cosine(place, own.len() + k)).fold(0.0, f64::max)
            })
            .collect();
        let similarity = |a: usize, b: usize| match (a == b, row(a).reference == row(b).reference) {
            (true, _) => 1.0,
            (false, true) => vectors.cosine(a, b),
            (false, false) => 0.0,
        };
        let of_task = choose(&weights, &nearest, similarity, count, || bar.inc(1));
        chosen.extend(of_task.into_iter().map(|choice| Choice { place: own[choice.place], ..choice }));
    }
    bar.finish_and_clear();
    chosen.sort_by(|a, b| b.gain.total_cmp(&a.gain).then_with(|| a.place.cmp(&b.place)));
    chosen
}

/// Whole parts of `count` in proportion to the sizes, which they add up to where there are enough (largest remainder).
fn shares(sizes: &[usize], count: usize) -> Vec<usize> {
    let all: usize = sizes.iter().sum();
    let count = count.min(all);
    let mut parts: Vec<usize> = sizes.iter().map(|size| size * count / all.max(1)).collect();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(sizes[*place] * count % all.max(1)));
    let rest = count - parts.iter().sum::<usize>();
    for place in order.into_iter().take(rest) {
        parts[place] += 1;
    }
    parts
}

/// A bar that hides itself if stderr is not a terminal.
fn progress(what: &str, all: usize) -> ProgressBar {
    let bar = ProgressBar::new(all as u64);
    let template = format!("  {what}  {{bar:32}}  {{human_pos}} of {{human_len}}");
    bar.set_style(ProgressStyle::with_template(&template).expect("the template is well formed"));
    bar
}

/// Writes the chosen answers: the columns that training reads, with an empty score, then why they were chosen.
fn write(
    to: &Path,
    table: &AnswerTable,
    rows: &[Row<'_>],
    scores: &[Score],
    candidates: &[usize],
    tasks: &[&Task],
    chosen: &[Choice],
) -> Result<(), Failure> {
    let ids = table.find(ID_COLUMN)?;
    let chosen: Vec<(usize, &Choice)> = chosen.iter().map(|c| (candidates[c.place], c)).collect();
    let column = |name: &str, cell: &dyn Fn(usize, &Choice) -> Result<String, Failure>| {
        let cells = chosen.iter().map(|(row, choice)| cell(*row, choice)).collect::<Result<_, _>>()?;
        Ok::<Column, Failure>(Column { name: name.to_owned(), cells })
    };
    // What the table has said itself stays as it was written, as in a scored table.
    let mut own: Vec<Column> = Vec::new();
    let mut add = |name: &str, cell: &dyn Fn(usize, &Choice) -> Result<String, Failure>| {
        own.push(column(name, cell)?);
        Ok::<(), Failure>(())
    };
    add("id", &|row, _| match ids {
        Some(column) => Ok(table.text(rows[row].place, column)?.trim().to_owned()),
        None => Ok((rows[row].place + 1).to_string()),
    })?;
    add("task", &|row, _| Ok(tasks[rows[row].task].id.clone()))?;
    add("text", &|row, _| Ok(rows[row].answer.to_owned()))?;
    if rows.iter().any(|row| tasks[row.task].input == Input::Pair) {
        add("reference", &|row, _| Ok(rows[row].reference.unwrap_or_default().to_owned()))?;
    }
    // What training reads from depends on the task: points, a class, or rubric labels.
    for name in TARGETS {
        if rows.iter().any(|row| target(tasks[row.task]) == name) {
            add(name, &|_, _| Ok(String::new()))?;
        }
    }
    let written = [
        column("why", &|row, choice| Ok(why(&scores[row], choice)))?,
        column("confidence", &|row, _| Ok(scores[row].confidence.to_string()))?,
        column("similarity", &|_, choice| Ok(format!("{:.4}", choice.similarity)))?,
        column("gain", &|_, choice| Ok(format!("{:.4}", choice.gain)))?,
        column("line", &|row, _| Ok(table.line(rows[row].place).to_string()))?,
    ];
    table.write_selected(to, &own, &written)
}

/// Why an answer is chosen, in words.
fn why(score: &Score, choice: &Choice) -> String {
    let unlike = match choice.similarity {
        ..0.2 => "unlike all graded and chosen answers",
        ..0.5 => "shares little with graded and chosen answers",
        _ => "like a graded or chosen answer, and like many that are not sure",
    };
    format!("the model is {:.0} % sure; {unlike}", f64::from(score.confidence) * 100.0)
}

/// What the terminal says.
struct Said<'a> {
    style: Style,
    model: &'a str,
    ungraded: usize,
    graded: Option<usize>,
    count: usize,
    chosen: usize,
    left_out: &'a [(ReviewReason, u64)],
    /// Id, chosen and all answers of each task.
    tasks: Vec<(&'a str, usize, usize)>,
    out: &'a Path,
}

fn text(said: &Said<'_>) -> String {
    let mut text = String::new();
    let mut put = |line: String| writeln!(text, "{line}").expect("a String takes everything");
    let number = |count: usize| grouped(count as u64);
    put(format!(
        "{} of {} ungraded answers chosen  {}",
        said.style.bold(number(said.chosen)),
        number(said.ungraded),
        said.style.dim(printable(said.model))
    ));
    let names: Vec<String> = said.tasks.iter().map(|(id, ..)| printable(id)).collect();
    let width = names.iter().map(|name| columns(name)).max().unwrap_or(0);
    for (name, (_, chosen, all)) in names.iter().zip(&said.tasks) {
        put(format!("  {}  {:>6} of {:>7}", padded(name, width), number(*chosen), number(*all)));
    }
    if let Some(graded) = said.graded {
        let answers = if graded == 1 { "answer" } else { "answers" };
        put(format!("\ncompared with {} graded {answers}", number(graded)));
    }
    for (reason, count) in said.left_out {
        put(format!("left out, since grading teaches nothing: {} ({})", grouped(*count), in_words(*reason)));
    }
    if said.chosen < said.count {
        put(format!(
            "--count asks for {}; the others are left out, or equal to a graded or a chosen answer",
            number(said.count)
        ));
    }
    put(format!("\nwritten to {}; fill in the empty column", printable(&said.out.display().to_string())));
    text
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn tasks_get_their_shares() {
        assert_eq!(shares(&[10, 10], 5), [3, 2]);
        assert_eq!(shares(&[100, 50, 1], 15), [10, 5, 0]);
        assert_eq!(shares(&[2, 0, 3], 9), [2, 0, 3]);
        assert_eq!(shares(&[], 4), [0; 0]);
        assert_eq!(shares(&[0, 0], 4), [0, 0]);
    }
}
