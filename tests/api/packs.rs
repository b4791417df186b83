use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use pupil_core::format::manifest::{Encoder, Input};
use pupil_core::{BatchOptions, ErrorKind, FileInfo, Scorer};
use pupil_tests::Fixture;

use super::{SEED, answers};

fn base() -> Scorer {
    Scorer::from_bytes(Fixture::mixtures(SEED).bytes()).unwrap()
}

fn pack(base: &Scorer) -> Fixture {
    Fixture::mixtures(SEED).pack(base.blake3())
}

/// The bits of the score of one answer for each task of the model; `prefix` is put before its id.
fn bits(scorer: &Scorer, prefix: &str, answer: &str) -> Vec<Vec<u32>> {
    scorer
        .manifest()
        .tasks
        .iter()
        .map(|task| {
            let id = format!("{prefix}{}", task.id);
            let score = match task.input {
                Input::Pair => scorer.score_pair(&id, "warm air expands", answer),
                _ => scorer.score(&id, answer),
            };
            score.unwrap().labels.iter().map(|l| l.probability.to_bits()).collect()
        })
        .collect()
}

#[test]
fn tasks_of_a_pack_score_like_those_of_the_file() {
    let base = base();
    let bytes = pack(&base).bytes();
    let scorer = base.attach_bytes(bytes.clone()).unwrap();
    assert_eq!(scorer.packs().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["pack"]);
    assert_eq!(scorer.tasks().count(), 2 * base.tasks().count());
    assert_eq!(scorer.task("more-token").unwrap().labels.len(), 3);
    for answer in answers(20) {
        let expected = bits(&base, "", &answer);
        assert_eq!(bits(&scorer, "", &answer), expected);
        assert_eq!(bits(&scorer, "more-", &answer), expected);
    }
    let of_file = base.experts("token", None, "warm air").unwrap();
    assert_eq!(scorer.experts("more-token", None, "warm air").unwrap(), of_file);
    let texts = answers(40);
    let options = BatchOptions { threads: 2, ..BatchOptions::default() };
    assert_eq!(
        scorer.score_batch("more-lstm", &texts, &options).unwrap(),
        base.score_batch("lstm", &texts, &options).unwrap()
    );
    assert_eq!(
        scorer.explain("more-lstm", "warm air expands").unwrap(),
        base.explain("lstm", "warm air expands").unwrap()
    );

    // The same pack from a path and from the middle of another file.
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes).unwrap();
    assert_eq!(bits(&base.attach(file.path()).unwrap(), "more-", "warm"), bits(&base, "", "warm"));
    let mut around = tempfile::tempfile().unwrap();
    around.write_all(b"before").unwrap();
    around.write_all(&bytes).unwrap();
    around.rewind().unwrap();
    let around: File = around;
    assert!(base.attach_file(&around, 6, bytes.len() as u64).is_ok());
    let error = base.attach_file(&around, 7, bytes.len() as u64).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput, "{error}");
}

#[test]
fn shared_experts_are_neither_stored_nor_packed_twice() {
    let base = base();
    let mut whole = pack(&base);
    whole.manifest.mixtures.get_mut("pooled").unwrap().experts_of = None;
    let (shared, whole) = (pack(&base).bytes(), whole.bytes());
    // Two blocks of four experts, each with 20 x 24 weights up and down.
    assert!(shared.len() + 2 * 4 * 2 * 20 * 24 < whole.len(), "{} and {}", shared.len(), whole.len());
    let packed = |bytes: Vec<u8>| {
        let scorer = base.attach_bytes(bytes).unwrap();
        scorer.score("lstm", "warm air").unwrap();
        let before = scorer.report().packed_bytes;
        scorer.score("more-lstm", "warm air").unwrap();
        scorer.report().packed_bytes - before
    };
    assert!(packed(shared) * 4 < packed(whole));
}

#[test]
fn detaching_restores_the_previous_tasks() {
    let base = base();
    let mut second = pack(&base);
    second.manifest.name = "second".into();
    for task in &mut second.manifest.tasks {
        task.id.push_str("-2");
    }
    let both = base.attach_bytes(pack(&base).bytes()).unwrap().attach_bytes(second.bytes()).unwrap();
    assert_eq!(both.packs().count(), 2);
    assert_eq!(both.tasks().count(), 15);
    let one = both.detach("pack").unwrap();
    assert_eq!(one.packs().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["second"]);
    assert_eq!(one.score("more-token", "warm").unwrap_err().kind(), ErrorKind::UnknownTask);
    assert!(one.score("more-token-2", "warm").is_ok());
    // The other scorers do not change.
    assert!(both.score("more-token", "warm").is_ok());
    assert_eq!(base.score("more-token", "warm").unwrap_err().kind(), ErrorKind::UnknownTask);

    let error = one.detach("pack").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
    assert_eq!(error.message(), "no such task pack is attached, these are: second");
    let error = base.detach("pack").unwrap_err();
    assert_eq!(error.message(), "no task pack is attached");
}

#[test]
fn pack_of_another_model_is_refused() {
    let other = Scorer::from_bytes(Fixture::mixtures(SEED + 1).bytes()).unwrap();
    let base = base();
    let error = other.attach_bytes(pack(&base).bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongBase);
    for hash in [base.blake3(), other.blake3()] {
        assert!(error.message().contains(hash), "{error}");
    }
}

#[test]
fn model_as_a_pack_and_pack_as_a_model_are_refused() {
    let base = base();
    let bytes = pack(&base).bytes();
    let error = Scorer::from_bytes(bytes.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
    assert!(error.message().contains("task pack for the model fixture"), "{error}");

    let error = base.attach_bytes(Fixture::mixtures(SEED).bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
    assert!(error.message().contains("open it by itself"), "{error}");

    let error = base.attach_bytes(bytes[..bytes.len() - 1].to_vec()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert_eq!(base.attach("/no/such.pupil").unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn duplicate_names_are_refused() {
    let base = base();
    let once = base.attach_bytes(pack(&base).bytes()).unwrap();
    let error = once.attach_bytes(pack(&base).bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadInput);
    assert_eq!(error.message(), "a task pack pack is already attached: detach it first");

    let mut renamed = pack(&base);
    renamed.manifest.name = "other".into();
    let error = once.attach_bytes(renamed.bytes()).unwrap_err();
    assert_eq!(error.message(), "the task more-token of the pack other is already in pack");

    renamed.manifest.tasks[0].id = "most".into();
    let error = base.attach_bytes(renamed.bytes()).unwrap_err();
    assert_eq!(error.message(), "the task most of the pack other is already in fixture");
}

#[test]
fn pack_that_contradicts_its_base_is_refused() {
    let base = base();
    let mut fixture = pack(&base);
    let encoders = &mut fixture.manifest.base.as_mut().unwrap().encoders;
    let Some(Encoder::Bert(bert)) = encoders.get_mut("b2") else { panic!("b2 is a BERT encoder") };
    bert.heads = 2;
    let error = base.attach_bytes(fixture.bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
    assert!(error.message().contains("encoder b2"), "{error}");
}

#[test]
fn packs_count_towards_the_memory_of_the_model() {
    let base = base();
    let mut scorer = base.clone();
    let mut big = pack(&base);
    let mixture = big.manifest.mixtures.get_mut("token").unwrap();
    (mixture.experts, mixture.blocks, mixture.hidden) = (8, 4, 8192);
    let refused = (0..100).find_map(|n| {
        big.manifest.name = format!("big-{n}");
        for (k, task) in big.manifest.tasks.iter_mut().enumerate() {
            task.id = format!("t{n}-{k}");
        }
        match scorer.attach_bytes(big.bytes()) {
            Ok(more) => {
                scorer = more;
                None
            }
            Err(error) => Some(error),
        }
    });
    assert_eq!(refused.expect("no machine has memory for all of them").kind(), ErrorKind::TooLarge);
}

#[test]
fn scoring_continues_while_packs_are_attached_and_detached() {
    let base = base();
    let bytes = pack(&base).bytes();
    let expected = bits(&base, "", "the warm gas expands");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut rounds = 0;
                    while !done.load(Ordering::Relaxed) {
                        assert_eq!(bits(&base, "", "the warm gas expands"), expected);
                        rounds += 1;
                    }
                    rounds
                })
            })
            .collect();
        for _ in 0..20 {
            let with = base.attach_bytes(bytes.clone()).unwrap();
            let scorer = with.clone();
            let late = scope.spawn(move || bits(&scorer, "more-", "the warm gas expands"));
            let without = with.detach("pack").unwrap();
            drop(with);
            assert_eq!(bits(&without, "", "the warm gas expands"), expected);
            assert_eq!(late.join().unwrap(), expected);
        }
        done.store(true, Ordering::Relaxed);
        for worker in workers {
            assert!(worker.join().unwrap() > 0);
        }
    });
}

#[test]
fn info_distinguishes_packs_and_models() {
    let base = base();
    let fixture = pack(&base);
    let file = tempfile::NamedTempFile::new().unwrap();
    fixture.builder().write(file.path()).unwrap();
    let info = FileInfo::read(file.path()).unwrap();
    assert_eq!(info.manifest.base.as_ref().map(|b| b.blake3.as_str()), Some(base.blake3()));
    assert_eq!(info.bytes as u64, std::fs::metadata(file.path()).unwrap().len());
    Fixture::mixtures(SEED).builder().write(file.path()).unwrap();
    let info = FileInfo::read(file.path()).unwrap();
    assert_eq!((info.manifest.base, info.blake3.as_str()), (None, base.blake3()));
}
