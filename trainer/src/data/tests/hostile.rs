//! Malformed bytes, and arbitrary valid texts.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..300),
            "(text|score2?|id|[\",;01x\r\n\u{feff}é]){0,80}".prop_map(String::into_bytes),
            "(\\{|\\}|\\[|\\]|\"text\"|\"score\"|:|,|1|null|true|\n){0,60}".prop_map(String::into_bytes),
        ],
    ) {
        for format in [Format::Csv, Format::JsonLines, Format::Spreadsheet] {
            for tasks in [None, Some(csv("text,score\nx,0\ny,1\n").unwrap().tasks)] {
                // Both results are fine; the message of an error has no line ends.
                for second_scores in [false, true] {
                    let options = ReadOptions { second_scores, ..one_task() };
                    if let Err(e) = parse("f", &bytes, format, &options, tasks.as_deref()) {
                        let message = format!("{e:#}");
                        prop_assert!(!message.contains('\n'), "{}", message);
                    }
                }
            }
        }
    }

    #[test]
    fn texts_survive_both_layouts(texts in proptest::collection::vec("[a-z\",;'\\\\ \n\r\té\u{1F600}]{0,12}", 2..20)) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["id", "text", "score"]).unwrap();
        let mut lines = String::new();
        for (i, text) in texts.iter().enumerate() {
            writer.write_record([&i.to_string(), text, &(i % 2).to_string()]).unwrap();
            let row = serde_json::json!({ "id": i, "text": text, "score": i % 2, "task": "balloon" });
            lines.push_str(&format!("{row}\n"));
        }
        let bytes = writer.into_inner().unwrap();
        let table = parse("f", &bytes, Format::Csv, &one_task(), None).unwrap();
        let read: Vec<_> = table.answers.iter().map(|a| a.text.as_str()).collect();
        prop_assert_eq!(&read, &texts);
        prop_assert_eq!(jsonl(&lines).unwrap().answers, table.answers);
    }

    #[test]
    fn error_names_the_line_where_a_bad_row_begins(
        texts in proptest::collection::vec("[a-z\", \n]{0,8}", 1..20),
        blank in proptest::collection::vec(0_usize..3, 20),
        end in proptest::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let mut file = format!("text,score{end}");
        for (text, blank) in texts.iter().zip(&blank) {
            file.push_str(&format!("\"{}\",1{end}{}", text.replace('"', "\"\""), end.repeat(*blank)));
        }
        let line = 1 + file.replace("\r\n", "\n").matches(['\n', '\r']).count();
        file.push_str(&format!("\"one,\ntwo\",1,1{end}\"x\",0{end}"));
        let error = csv(&file).unwrap_err().to_string();
        prop_assert!(error.contains(&format!("line {line} of answers.csv: 3 cells")), "{}", error);
    }

    #[test]
    fn no_message_or_note_repeats_the_text_of_an_answer_a_reference_or_a_rater(
        header in proptest::sample::select(vec![
            "text,score", "id,text,label", "text;score", "reference,text,score", "text,heat,mass", "marker,marker 2", "marker,1",
            "text,score,max_score", "group,split_key,text,labels", "marker;\"marker", "text", "id,answer,score",
        ]),
        rows in proptest::collection::vec(
            proptest::collection::vec(
                proptest::sample::select(vec![
                    "marker", "a marker", "\"marker, \"\"x\"\"\"", "\"marker", "marker\"", "mark\rmarker", "0", "1", "2", "99", "NA", "",
                    "0,5", "marker;1", "½",
                ]),
                1..4,
            ),
            0..6,
        ),
        head in proptest::sample::select(vec![None, Some(HeadKind::Softmax), Some(HeadKind::Ordinal), Some(HeadKind::Sigmoid)]),
        known in any::<bool>(),
    ) {
        let mut file = format!("{header}\n");
        rows.iter().for_each(|row| file.push_str(&format!("{}\n", row.join(","))));
        let lines: String = rows
            .iter()
            .map(|row| {
                let object: serde_json::Map<String, serde_json::Value> =
                    header.split([',', ';']).map(str::to_owned).zip(row.iter().map(|c| (*c).into())).collect();
                format!("{}\n", serde_json::Value::from(object))
            })
            .collect();
        let options = ReadOptions { head, ..one_task() };
        let tasks = known.then(|| csv("text,score\nx,0\ny,1\n").unwrap().tasks);
        for (bytes, format) in [(file, Format::Csv), (lines, Format::JsonLines)] {
            let said = match parse("f.csv", bytes.as_bytes(), format, &options, tasks.as_deref()) {
                Ok(dataset) => dataset.notes.join("\n"),
                Err(error) => crate::told(&error),
            };
            prop_assert!(!said.to_lowercase().contains("marker"), "{}", said);
        }
    }
}
