//! Names of columns: how they are compared, which ones answers usually have, and where the header is.

use crate::records::Cells;

/// Names of the column of answers, in lower case: those of forms, of learning management systems and of people, in
/// English, German, French, Spanish, Catalan and Portuguese, Italian, Dutch, Swedish, Danish and Norwegian, Finnish,
/// Polish, Czech, Hungarian, Romanian, Turkish, Greek, Russian, Ukrainian, Arabic, Chinese, Japanese and Korean.
const ANSWERS: [&str; 53] = [
    "text",
    "answer",
    "answers",
    "answer text",
    "student answer",
    "student's answer",
    "response",
    "responses",
    "response text",
    "student response",
    "your answer",
    "antwort",
    "antworten",
    "antworttext",
    "schülerantwort",
    "schuelerantwort",
    "antwort des schülers",
    "réponse",
    "reponse",
    "réponses",
    "réponse de l'élève",
    "texte",
    "respuesta",
    "respuestas",
    "respuesta del alumno",
    "texto",
    "resposta",
    "risposta",
    "testo",
    "antwoord",
    "tekst",
    "svar",
    "vastaus",
    "odpowiedź",
    "odpověď",
    "válasz",
    "răspuns",
    "cevap",
    "yanıt",
    "απάντηση",
    "ответ",
    "відповідь",
    "إجابة",
    "الإجابة",
    "回答",
    "答案",
    "作答",
    "学生回答",
    "学生答案",
    "解答",
    "답변",
    "답안",
    "응답",
];

/// The most records above a header.
pub(crate) const MOST_TITLES: usize = 10;

/// The most cells with text in a record above the header.
const MOST_TITLE_CELLS: usize = 2;

/// Whether a column of answers usually has this name, in any case: `Text`, `Answer`, `Antwort`, `Réponse`. A number may
/// follow, as learning management systems write it: `Response 1`.
///
/// ```
/// use pupil_tables::is_answer_name;
///
/// assert!(["Text", " ANSWER ", "Response 12", "Antwort", "student_answer"].iter().all(|name| is_answer_name(name)));
/// assert!(!is_answer_name("Right answer 1") && !is_answer_name("Name"));
/// ```
#[must_use]
pub fn is_answer_name(name: &str) -> bool {
    let name = loosely(&name.replace('_', " "));
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
    ANSWERS.contains(&name)
}

/// Whether most cells of a column that have text are sentences: three words of letters or more, or as many characters
/// of a script that puts no spaces between words.
///
/// ```
/// use pupil_tables::looks_like_text;
///
/// assert!(looks_like_text(["He wants more of them", "he lied", "so that they feel sorry"]));
/// assert!(!looks_like_text(["Ada Blum", "Ben Roth", "1 September 2026 10:32"]));
/// ```
pub fn looks_like_text<'c>(cells: impl IntoIterator<Item = &'c str>) -> bool {
    let (mut sentences, mut all) = (0_usize, 0_usize);
    for cell in cells.into_iter().filter(|cell| !crate::is_missing(cell)) {
        let words =
            cell.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
        let unspaced =
            cell.chars().filter(|c| matches!(c, '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'));
        all += 1;
        sentences += usize::from(words.count() > 2 || unspaced.count() > 5);
    }
    sentences * 2 > all
}

/// The record of the header: the first of those at the top that has one of the known names, if all above it have few
/// cells with text, as titles and blank lines do; otherwise the first record.
pub(crate) fn header(cells: &Cells, known: &[String]) -> usize {
    let known: Vec<String> = known.iter().map(|name| loosely(trimmed(name))).collect();
    if known.is_empty() || cells.width < 2 {
        return 0;
    }
    let mut most_above = 0;
    for record in 0..cells.len().min(MOST_TITLES + 1) {
        let (mut filled, mut is_known) = (0, false);
        for column in 0..cells.width {
            let cell = String::from_utf8_lossy(cells.get(record, column));
            let name = trimmed(&cell);
            filled += usize::from(!name.is_empty());
            is_known |= is_answer_name(name) || known.contains(&loosely(name));
        }
        if is_known {
            return if most_above < filled { record } else { 0 };
        }
        if filled > MOST_TITLE_CELLS {
            return 0;
        }
        most_above = most_above.max(filled);
    }
    0
}

/// A name without surrounding white space, byte order marks and zero-width characters.
pub(crate) fn trimmed(name: &str) -> &str {
    name.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
    })
}

/// A name in lower case, with one space between words.
pub(crate) fn loosely(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase()
}
