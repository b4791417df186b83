//! Refuses contradictory settings before any data is read.

use super::{
    DataPart, EnsembleRecipe, Exported, Init, MemberKind, Recipe, RobustnessRecipe, SharedEncoder,
    TeacherKind, TeacherRecipe, UnimoeRecipe, Weighting,
};
use crate::data::Format;
use crate::fit::Sampling;
use crate::model::mixture;
use anyhow::{Context, Result, bail, ensure};

impl Recipe {
    pub(crate) fn check(&self) -> Result<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        ensure!(
            !self.name.is_empty() && self.name.chars().all(plain),
            "name must consist of letters, digits, - and _"
        );
        let mut fits = vec![("teacher.fit", &self.teacher.fit), ("distil.fit", &self.distil.fit)];
        if let Some(u) = &self.unimoe {
            fits.push(("unimoe.fit", &u.fit));
            fits.extend(u.adapt.iter().map(|a| ("unimoe.adapt.fit", &a.fit)));
            fits.extend(u.merge.iter().map(|m| ("unimoe.merge.fit", &m.fit)));
        }
        for (what, fit) in fits {
            ensure!(
                fit.epochs > 0 && fit.batch > 0 && fit.accumulation > 0,
                "{what}: epochs, batch and accumulation must be at least 1"
            );
            ensure!(
                fit.betas.iter().all(|beta| (0.0..1.0).contains(beta)),
                "{what}: betas are {:?}, but must be in 0..1",
                fit.betas
            );
            ensure!(fit.rate > 0.0 && fit.clip > 0.0, "{what}: rate and clip must be above 0");
            ensure!((0.0..1.0).contains(&fit.warmup), "{what}: warmup must be in 0..1");
            ensure!((0.0..1.0).contains(&fit.word_dropout), "{what}: word_dropout must be in 0..1");
            ensure!((0.0..1.0).contains(&fit.ema), "{what}: ema is {}, but must be in 0..1", fit.ema);
            ensure!(
                fit.sampling == Sampling::Even || what != "teacher.fit",
                "teacher.fit.sampling is `gap`: a teacher has no teacher to compare its loss with"
            );
        }
        self.teacher.check("teacher")?;
        self.negatives.check()?;
        self.prompt.check()?;
        self.study.check()?;
        self.robustness.iter().try_for_each(RobustnessRecipe::check)?;
        for (n, also) in self.teacher.also.iter().enumerate() {
            let name = format!("teacher.also {}", n + 1);
            also.check(&name)?;
            ensure!(
                also.also.is_empty(),
                "{name}: a further teacher has no `also` of its own: list it in teacher.also"
            );
            ensure!(
                also.weights == Weighting::default(),
                "{name}: the weights of all teachers are set by `teacher.weights`"
            );
        }
        ensure!(
            self.label.copies == 0 || self.teacher.all().any(|t| t.kind().labels_others()),
            "label.copies: a teacher from elsewhere cannot label perturbed answers"
        );
        self.check_targeted()?;
        ensure!(
            self.unimoe.is_some()
                || !self.distil.lambdas.is_empty()
                || matches!(self.export.model, Exported::NGram | Exported::Best),
            "there is nothing to train: set distil.lambdas, add a table `unimoe`, or set export.model to `n-gram`"
        );
        self.ngram.check()?;
        if let Some(unimoe) = &self.unimoe {
            unimoe.check()?;
            ensure!(
                unimoe.start == Init::Pretrained
                    || self.teacher.joint
                        && self.teacher.kind() == TeacherKind::Encoder
                        && self.teacher.lora.is_none(),
                "unimoe.start is `teacher`: this needs a teacher of BERT's family that is trained here on all tasks \
                 (teacher.joint)"
            );
        }
        ensure!(
            self.distil.lambdas.is_empty() || !self.distil.seeds.is_empty(),
            "distil.seeds needs at least one seed"
        );
        let swept = self.distil.sweep.iter().flat_map(|s| &s.lambdas);
        if let Some(lambda) = self.distil.lambdas.iter().chain(swept).find(|l| !(0.0..1e6).contains(*l)) {
            bail!("distil.lambdas and distil.sweep.lambdas must be weights of at least 0, not {lambda}");
        }
        let mut weights = vec![("distil.features", self.distil.features)];
        weights.extend(self.unimoe.iter().map(|u| ("unimoe.features", u.features)));
        for (what, weight) in weights {
            ensure!((0.0..1e6).contains(&weight), "{what} must be a weight of at least 0, not {weight}");
            ensure!(
                weight == 0.0 || self.teacher.kind() == TeacherKind::Encoder,
                "{what} is {weight}: a teacher from elsewhere gives probabilities but no vectors; set it to 0, or train \
                 the teacher here"
            );
        }
        self.check_learning()?;
        ensure!(self.distil.temperature > 0.0, "distil.temperature must be above 0");
        ensure!((4..=512).contains(&self.pupil.hidden), "pupil.hidden must be in 4..=512");
        ensure!(self.pupil.vocab >= 3, "pupil.vocab must be at least 3");
        let tokens = [("pupil", self.pupil.max_tokens), ("teacher", self.teacher.max_tokens)];
        for (what, tokens) in tokens.into_iter().chain(self.unimoe.as_ref().map(|u| ("unimoe", u.max_tokens)))
        {
            // A pair has a token at its start, and one after each of its texts.
            ensure!(tokens >= 4, "{what}.max_tokens is {tokens}, but must be at least 4");
        }
        for rate in [self.pupil.dropout, self.pupil.head_dropout, self.teacher.head_dropout] {
            ensure!((0.0..1.0).contains(&rate), "a dropout must be in 0..1");
        }
        ensure!(
            self.data.validation > 0.0
                && self.data.held_out >= 0.0
                && self.data.calibration >= 0.0
                && self.data.validation + self.data.held_out + self.data.calibration < 1.0,
            "data.validation must be above 0, and together with data.held_out and data.calibration below 1"
        );
        ensure!(
            self.data.graded > 0.0 && self.data.graded <= 1.0,
            "data.graded is {}, but must be above 0 and at most 1",
            self.data.graded
        );
        self.data.parts().iter().try_for_each(DataPart::check)?;
        ensure!(
            self.data.held_out > 0.0 || !self.data.test.is_empty() || self.data.folds > 0,
            "there is nothing to test on: name a set under data.test, set a share aside with data.held_out, or \
             cross-validate with data.folds"
        );
        self.guard.check()?;
        self.check_folds()?;
        let exported = match (self.export.model, &self.unimoe) {
            (Exported::NGram, _) => Some(("ngram", &self.ngram.lambdas)),
            (Exported::Pupils, None) => Some(("distil", &self.distil.lambdas)),
            (Exported::Best, None) if !self.distil.lambdas.is_empty() => {
                Some(("distil", &self.distil.lambdas))
            }
            (Exported::Pupils, Some(_)) | (Exported::Ensemble | Exported::Best, _) => None,
        };
        if let Some((table, lambdas)) = exported
            && !lambdas.contains(&self.export.lambda)
        {
            bail!("export.lambda {} is not among {table}.lambdas {lambdas:?}", self.export.lambda);
        }
        ensure!(
            self.export.model != Exported::Best
                || !self.ngram.lambdas.is_empty()
                || !self.distil.lambdas.is_empty()
                || self.unimoe.is_some(),
            "export.model is `best`, and there is nothing to choose from: set ngram.lambdas or distil.lambdas"
        );
        match &self.ensemble {
            Some(ensemble) => self.check_ensemble(ensemble)?,
            None => ensure!(
                self.export.model != Exported::Ensemble,
                "export.model is `ensemble`, and the recipe has no table [ensemble]"
            ),
        }
        ensure!(
            self.export.model == Exported::Pupils || self.unimoe.as_ref().is_none_or(|u| u.adapt.is_none()),
            "unimoe.adapt adds tasks to the exported models, and only to those of `unimoe.export`: leave export.model out"
        );
        if self.export.ship {
            ensure!(!self.licence.is_empty(), "export.ship needs a licence");
            self.teacher.check_licence()?;
        }
        ensure!((0.0..=1.0).contains(&self.export.review_share()), "export.review_share must be in 0..=1");
        let audited = self.export.audit_share;
        ensure!(
            (0.0..1.0).contains(&audited),
            "export.audit_share is {audited}, but must be at least 0 and below 1"
        );
        self.check_promise()
    }
}

impl Recipe {
    /// Further terms of the loss have weights, and what they need.
    fn check_learning(&self) -> Result<()> {
        let (d, u) = (&self.distil, self.unimoe.as_ref());
        let mut all = vec![("distil", d.ranking, d.moments, d.features, d.feature_units)];
        all.extend(u.map(|u| ("unimoe", u.ranking, u.moments, u.features, u.feature_units)));
        for (table, ranking, moments, features, units) in all {
            for (what, weight) in [("ranking", ranking), ("moments", moments)] {
                ensure!(
                    (0.0..1e6).contains(&weight),
                    "{table}.{what} must be a weight of at least 0, not {weight}"
                );
            }
            ensure!(
                units.is_default() || features > 0.0,
                "{table}.feature_units says which of the teacher's values are learned, but {table}.features is 0: set it to \
                 a weight such as 1, or leave feature_units out"
            );
            ensure!(
                units.is_default() || self.teacher.joint,
                "{table}.feature_units is `influential`, but each task has its own teacher (teacher.joint), whose values \
                 mean different things: set it to `all`"
            );
        }
        Ok(())
    }

    /// Every member of the ensemble is trained, by enough seeds.
    fn check_ensemble(&self, ensemble: &EnsembleRecipe) -> Result<()> {
        ensemble.check()?;
        let enough = |what: &str, seeds: usize| {
            let each = ensemble.each;
            ensure!(seeds >= each, "ensemble.each is {each}, but {what}.seeds has {seeds} seeds: add some");
            Ok(())
        };
        let trained = |what: &str, lambdas: &[f32]| {
            let lambda = ensemble.lambda;
            ensure!(
                lambdas.contains(&lambda),
                "ensemble.lambda {lambda} is not among {what}.lambdas {lambdas:?}"
            );
            Ok(())
        };
        for member in &ensemble.members {
            match member {
                MemberKind::NGram => trained("ngram", &self.ngram.lambdas)?,
                MemberKind::ELstm => {
                    trained("distil", &self.distil.lambdas)?;
                    enough("distil", self.distil.seeds.len())?;
                }
                MemberKind::System(system) => {
                    let u = self.unimoe.as_ref().filter(|u| u.systems.contains(system));
                    let u =
                        u.with_context(|| format!("ensemble.members: {system:?} is not in unimoe.systems"))?;
                    ensure!(
                        u.encoder == SharedEncoder::Lstm || ensemble.each == 1,
                        "ensemble.each is {}: of a transformer a file holds one, so it must be 1",
                        ensemble.each
                    );
                    enough("unimoe", u.seeds.len())?;
                }
            }
        }
        Ok(())
    }

    /// A promise has answers to rest on, and nothing else decides what is automatic.
    fn check_promise(&self) -> Result<()> {
        let (export, calibration) = (&self.export, self.data.calibration);
        let Some(aim) = export.aim() else {
            let alone = [
                ("export.confidence", export.confidence.is_some()),
                ("export.agreement", export.agreement.is_some()),
                ("export.pooled", export.pooled),
                ("data.calibration", calibration > 0.0),
            ];
            if let Some((setting, _)) = alone.iter().find(|(_, given)| *given) {
                bail!(
                    "{setting} belongs to a promise about automatic scores: set export.max_error, such as 0.05, or leave \
                     {setting} out"
                );
            }
            return Ok(());
        };
        for (setting, value) in [("export.max_error", aim.max_error), ("export.confidence", aim.confidence)] {
            ensure!(value > 0.0 && value < 1.0, "{setting} is {value}, but must be between 0 and 1");
        }
        ensure!(
            export.review_share.is_none(),
            "export.max_error and export.review_share both decide which scores are automatic: leave one of them out"
        );
        ensure!(
            calibration > 0.0,
            "export.max_error needs graded answers that nothing else is made from: set data.calibration, such as 0.15, the \
             share of the training file that is kept for it"
        );
        Ok(())
    }

    /// Nothing contradicts cross-validation.
    fn check_folds(&self) -> Result<()> {
        let folds = self.data.folds;
        if folds == 0 {
            return Ok(());
        }
        ensure!((2..=20).contains(&folds), "data.folds is {folds}, but must be from 2 to 20");
        ensure!(
            self.data.held_out == 0.0,
            "data.folds is {folds} and data.held_out {}: each fold is held out once, so leave data.held_out out",
            self.data.held_out
        );
        ensure!(
            self.data.parts().iter().all(|part| part.test.is_empty()),
            "data.folds is {folds}, and there are test sets: either cross-validate, or measure on data.test"
        );
        ensure!(
            self.teacher.all().all(|t| t.run.is_none()),
            "data.folds is {folds}, but the teachers of teacher.run have learned from all answers: leave teacher.run \
             out, so that each fold trains its own"
        );
        ensure!(
            self.unimoe.as_ref().is_none_or(|u| u.adapt.is_none()),
            "data.folds is {folds}: tasks of unimoe.adapt are not cross-validated, so leave one of the two out"
        );
        Ok(())
    }

    fn check_targeted(&self) -> Result<()> {
        const MOST: f64 = 64.0;
        let targeted = self.label.targeted;
        ensure!(
            (0.0..=MOST).contains(&targeted),
            "label.targeted is {targeted}, but must be from 0 to {MOST}"
        );
        if targeted == 0.0 {
            return Ok(());
        }
        ensure!(
            self.teacher.all().any(|t| t.kind().labels_others()),
            "label.targeted: a teacher from elsewhere cannot label perturbed answers"
        );
        let alone = self.distil.beyond_scores && self.distil.lambdas.iter().any(|l| *l > 0.0);
        let shared = |u: &UnimoeRecipe| u.beyond_scores && u.systems.iter().any(|s| s.guided());
        ensure!(
            alone || self.unimoe.as_ref().is_some_and(shared),
            "label.targeted is {targeted}, but no model learns from copies: set distil.beyond_scores and a lambda above 0, \
             or unimoe.beyond_scores and a guided system"
        );
        Ok(())
    }
}

impl TeacherRecipe {
    /// Refuses contradictory settings of one teacher; `name` is its table.
    fn check(&self, name: &str) -> Result<()> {
        let sources = [self.probabilities.is_some(), self.pupil.is_some(), self.ngram];
        ensure!(
            sources.iter().filter(|given| **given).count() <= 1,
            "{name} has more than one of `probabilities`, `pupil` and `ngram`: give each its own table [[teacher.also]]"
        );
        if self.kind() == TeacherKind::Encoder {
            ensure!(
                !self.seeds.is_empty(),
                "{name}.seeds needs at least one seed, unless {name}.probabilities is set"
            );
            ensure!(!self.encoder.is_empty(), "{name}.encoder is missing: name a pretrained encoder");
        }
        if let Some(lora) = &self.lora {
            ensure!(
                self.kind() == TeacherKind::Encoder,
                "{name}.lora has adapters of a decoder, but {name} is not a fine-tuned encoder: leave it out"
            );
            ensure!(
                !self.train_words,
                "{name}.train_words is true, but of a decoder only adapters are trained: leave it out"
            );
            ensure!(
                lora.adapters.is_none() || self.start.is_none(),
                "{name}.start and {name}.lora.adapters both name adapters to start from: leave one out"
            );
            lora.settings().check(&format!("{name}.lora"))?;
        }
        ensure!(
            self.start.is_none() || self.kind() == TeacherKind::Encoder,
            "{name}.start names teachers to start from, but {name} is not a fine-tuned encoder: leave it out"
        );
        ensure!(
            (0.0..=1.0).contains(&self.min_coverage),
            "{name}.min_coverage is {}, but must be from 0 to 1",
            self.min_coverage
        );
        Ok(())
    }
}

impl DataPart {
    /// Refuses a setting that applies to none of its files.
    fn check(&self) -> Result<()> {
        for file in self.files() {
            file.check(self.format)?;
        }
        let used = |format: &[Format]| {
            self.files().any(|f| {
                let format_of = f.settings().format.or(self.format).or_else(|| Format::of(f.path()));
                format_of.is_none_or(|own| format.contains(&own))
            })
        };
        let name = &self.name;
        ensure!(
            self.delimiter.is_none() || used(&[Format::Csv]),
            "data {name}: `delimiter` is set, but no file is CSV; leave it out"
        );
        ensure!(
            self.encoding.is_none() || used(&[Format::Csv, Format::JsonLines]),
            "data {name}: `encoding` is set, but all files are spreadsheets; leave it out"
        );
        ensure!(
            self.sheet.is_none() || used(&[Format::Spreadsheet]),
            "data {name}: `sheet` is set, but no file is a spreadsheet; leave it out"
        );
        Ok(())
    }
}

impl UnimoeRecipe {
    fn check(&self) -> Result<()> {
        self.mixture.check().context("unimoe")?;
        ensure!(!self.seeds.is_empty(), "unimoe.seeds needs at least one seed");
        ensure!(
            self.systems.contains(&self.export),
            "unimoe.export {:?} is not among unimoe.systems {:?}",
            self.export,
            self.systems
        );
        ensure!(
            (0.0..1.0).contains(&self.head_dropout) && self.temperature > 0.0,
            "unimoe.head_dropout must be in 0..1, and unimoe.temperature above 0"
        );
        ensure!(
            self.balance >= 0.0 && self.lambda >= 0.0,
            "unimoe.balance and unimoe.lambda must be at least 0"
        );
        ensure!(
            self.adapt.is_none() || self.start == Init::Pretrained,
            "unimoe.start is `teacher`: the teacher already knows the tasks of unimoe.adapt, so adding them would show nothing"
        );
        if let Some(merge) = &self.merge {
            ensure!(
                merge.density > 0.0 && merge.density <= 1.0,
                "unimoe.merge.density is {}, but must be above 0 and at most 1",
                merge.density
            );
        }
        if let Some(adapt) = &self.adapt {
            ensure!(!adapt.tasks.is_empty(), "unimoe.adapt.tasks needs at least one task");
            ensure!(self.export.mixes(), "unimoe.adapt needs unimoe.export to be a system with a mixture");
            if let Some(known) = adapt.tasks.iter().find(|t| self.tasks.is_empty() || self.tasks.contains(t))
            {
                bail!(
                    "unimoe.adapt.tasks names {known}, which the models already learn: list the other tasks under unimoe.tasks"
                );
            }
        }
        ensure!(
            self.encoder == SharedEncoder::Bert || self.mixture.scope == mixture::Scope::Pooled,
            "unimoe.mixture.scope is `token`: an LSTM gives one vector per answer, so the scope must be `pooled`"
        );
        ensure!(
            !(self.quantization_aware && self.train_words && self.encoder == SharedEncoder::Bert),
            "unimoe.quantization_aware rounds only frozen word vectors: leave unimoe.train_words out"
        );
        ensure!(
            self.encoder == SharedEncoder::Bert || self.start == Init::Pretrained,
            "unimoe.start is `teacher`: an LSTM cannot start from a transformer"
        );
        Ok(())
    }
}
