//! `pupil score --csv --html`: the page of a class.

use std::collections::BTreeSet;

use crate::support::{RunOutput, TestDir};

const GOOD: &str = "the balloon gets bigger because warm air expands";
/// An answer, an id and an encoded one that would be markup.
const HOSTILE: &str =
    "</p><script>alert('x')</script><img src=x onerror=\"alert(1)\"> &lt;b&gt; the air --> ]]>";

/// Scores `class.csv` and gives the page.
#[track_caller]
fn page(dir: &TestDir, more: &[&str]) -> String {
    run(dir, more).ok();
    dir.read("class.html")
}

fn run(dir: &TestDir, more: &[&str]) -> RunOutput {
    let args = [
        "score",
        "many.pupil",
        "--csv",
        "class.csv",
        "--force",
        "--out",
        "scored.csv",
        "--html",
        "class.html",
    ];
    dir.pupil(args.iter().chain(more))
}

/// A cell of a CSV table.
fn cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Checks that tags are closed in their order, and gives all tags.
#[track_caller]
fn tags(page: &str) -> Vec<String> {
    const WITHOUT_END: [&str; 2] = ["meta", "!doctype"];
    let mut open: Vec<String> = Vec::new();
    let mut all = Vec::new();
    for piece in page.split('<').skip(1) {
        let (tag, _) = piece.split_once('>').unwrap_or_else(|| panic!("a tag does not end: {piece}"));
        let name = tag.split([' ', '\n', '/']).find(|word| !word.is_empty()).unwrap().to_owned();
        all.push(name.clone());
        if tag.starts_with('/') {
            assert_eq!(open.pop().as_deref(), Some(name.as_str()), "{piece}");
        } else if !tag.ends_with('/') && !WITHOUT_END.contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    all
}

/// What follows `mark` up to the next quote.
fn quoted<'p>(page: &'p str, mark: &str) -> Vec<&'p str> {
    page.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn markup_in_an_answer_stays_text() {
    let dir = TestDir::new();
    let (text, id) = (cell(HOSTILE), cell("<b id=\"q1\">"));
    let control = cell("air\u{1b}[2J\u{202e}warm\r\ngas");
    let compare = format!("{text},compare,{id},{text}\n{control},compare,7,the gas\n");
    dir.write(
        "class.csv",
        format!("text,task,id,reference\n{text},balloons,{id},\n{text},rubric,,\n{compare}"),
    );
    let page = page(&dir, &[]);
    let tags: BTreeSet<String> = tags(&page).into_iter().collect();
    for banned in ["script", "img", "link", "iframe"] {
        assert!(!tags.contains(banned), "{banned}");
    }
    assert!(!page.contains("<b id") && !page.contains("onerror=\"") && !page.contains("\u{1b}"));
    assert!(page.contains("alert(&#39;x&#39;)") && page.contains("&#38;lt;b&#38;gt;"), "escaped once more");
    let ids = quoted(&page, " id=\"");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{ids:?}");
}

#[test]
fn page_is_one_file_that_screen_readers_can_follow() {
    let dir = TestDir::new();
    dir.write(
        "class.csv",
        format!("task,text\nballoons,{GOOD}\nclaim,cold water shrinks\nrubric,{GOOD}\nballoons,\n"),
    );
    let page = page(&dir, &[]);
    tags(&page);
    for banned in ["<script", "<link", "<img", "@import", "url(", "javascript:", "NaN"] {
        assert!(!page.contains(banned), "{banned}");
    }
    let ids = quoted(&page, " id=\"");
    for link in quoted(&page, "href=\"#").into_iter().chain(quoted(&page, "aria-labelledby=\"")) {
        for part in link.split(' ') {
            assert!(ids.contains(&part), "{part}");
        }
    }
    let count = |what: &str| page.matches(what).count();
    assert_eq!(count("<table"), count("<caption"));
    assert!(count("<svg") >= 6);
    assert_eq!(count("<svg"), count("<desc id="));
    assert_eq!(count("<h2 "), count("<section "));
    assert!(page.contains("prefers-color-scheme:dark") && page.contains("@media print"));
    // The text alternative of a plot has its numbers.
    assert!(page.contains("0 automatic, 1 for a person"), "{page}");
    assert!(page.contains("1 without a word: line 5."));
}

#[test]
fn least_sure_answers_come_first_and_alike_ones_together() {
    let dir = TestDir::new();
    let answers = [
        GOOD,
        "cold water shrinks",
        "THE BALLOON gets bigger, because warm air expand",
        "more gas and room",
        "",
    ];
    dir.write("class.csv", format!("text\n{}\n", answers.map(cell).join("\n")));
    let page = page(&dir, &["--task", "balloons"]);
    let list = page.split("<ol class=\"answers\">").nth(1).unwrap().split("</ol>").next().unwrap();
    let groups: Vec<&str> = list.split("<li>\n").skip(1).collect();
    assert_eq!(groups.len(), 3, "{list}");
    // The order is that of the scored table.
    let mut reader = csv::Reader::from_path(dir.path("scored.csv")).unwrap();
    let rows: Vec<std::collections::BTreeMap<String, String>> =
        reader.deserialize().collect::<Result<_, _>>().unwrap();
    let mut order: Vec<(bool, f32, usize)> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| !row["text"].is_empty())
        .map(|(i, row)| (row["decision"] == "automatic", row["confidence"].parse().unwrap(), i + 2))
        .collect();
    order.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let mut want: Vec<usize> = order.iter().map(|(_, _, line)| *line).collect();
    // Lines 2 and 4 are alike, so the surer one of them is below the other.
    let surer = want.iter().rposition(|line| *line == 2 || *line == 4).unwrap();
    want.remove(surer);
    for (group, line) in groups.iter().zip(want) {
        assert!(group.contains(&format!("class=\"place\">line {line}")), "line {line}: {group}");
    }
    assert_eq!(list.matches("1 like it").count(), 1);
    // The words that only one of them has are marked.
    assert!(
        list.contains("<mark class=\"own\">expand") || list.contains("<mark class=\"own\">expands"),
        "{list}"
    );
}

#[test]
fn words_that_moved_the_score_are_those_of_explain() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{GOOD}\n"));
    let page = page(&dir, &["--task", "balloons"]);
    let explained = dir.pupil(["score", "many.pupil", "-t", "balloons", "--explain", "--json", GOOD]).json();
    let words = explained["explanation"].as_array().unwrap();
    let strongest = words
        .iter()
        .max_by(|a, b| {
            let of = |word: &serde_json::Value| word["expected"].as_f64().unwrap().abs();
            of(a).total_cmp(&of(b))
        })
        .unwrap();
    let change = strongest["expected"].as_f64().unwrap();
    assert!(change.abs() > 0.06, "a change of a scale of 2 that is marked: {change}");
    let side = if change > 0.0 { "raises" } else { "lowers" };
    let said = format!("{change:+.2}").replace('-', "\u{2212}");
    let said = format!("{side}: {} {said}", strongest["word"].as_str().unwrap());
    assert!(page.contains(&said), "{said} is missing");
    let class = if change > 0.0 { "class=\"up" } else { "class=\"down" };
    assert!(page.contains(class));
}

#[test]
fn large_class_is_capped_with_its_numbers() {
    let dir = TestDir::new();
    let words = ["balloon", "air", "warm", "cold", "gas", "bottle", "water", "room", "heat", "particles"];
    let mut table = String::from("text\n");
    for a in words {
        for b in words {
            // Far apart in letters, so that each is a group of its own.
            table += &format!("{a} {b} {a}\n");
        }
    }
    dir.write("class.csv", table);
    let page = page(&dir, &["--task", "balloons", "--html-groups", "5"]);
    let list = page.split("<ol class=\"answers\">").nth(1).unwrap();
    assert_eq!(list.split("</ol>").next().unwrap().matches("<li>\n").count(), 5);
    assert!(page.contains("at most 5 groups of answers are on this page"));
    let beyond = page.split(" more answers in ").next().unwrap().rsplit('>').next().unwrap();
    let shown = page.matches("class=\"place\"").count();
    let further: usize = page
        .split("and ")
        .filter_map(|rest| rest.split_once(" more: ").and_then(|(count, _)| count.parse::<usize>().ok()))
        .sum();
    assert_eq!(beyond.parse::<usize>().unwrap() + shown + further, 100, "no answer is lost");
}

#[test]
fn page_must_be_another_file() {
    let dir = TestDir::new();
    dir.write("class.csv", format!("text\n{GOOD}\n"));
    for (html, want) in [
        ("class.csv", "--html names one of the tables"),
        ("./scored.csv", "names a file that is read"),
        ("nowhere/class.html", "there is no folder nowhere"),
    ] {
        dir.write("scored.csv", "old");
        let args =
            ["score", "one.pupil", "--csv", "class.csv", "--force", "--out", "scored.csv", "--html", html];
        let ran = dir.pupil(args);
        assert!(ran.code != 0 && ran.stderr.contains(want), "{ran:?}");
        assert_eq!(dir.read("scored.csv"), "old", "nothing is written");
    }
    dir.pupil(["score", "one.pupil", "--html", "class.html", GOOD]).failed(2);
    dir.write("class.csv", "text\n");
    let ran = dir.pupil(["score", "one.pupil", "--csv", "class.csv", "--out", "s.csv", "--html", "c.html"]);
    assert!(ran.ok().contains("what to read first: c.html"));
    tags(&dir.read("c.html"));
}
