//! What systems are worth on answers that they have not learned from: true histories and simulated ones, with
//! intervals.

use super::figures::Figures;
use super::follow::{self, Follower};
use super::histories::Histories;
use super::intervals::{Areas, Estimate};
use super::rollout::{Beginnings, Feed, STEPS, Simulated, figures};
use crate::progress::Bar;
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// A system that is to be measured.
pub struct Candidate {
    /// Its name.
    pub name: String,
    /// Number of trained parameters, where it is a network.
    pub parameters: Option<usize>,
    /// A student without answers.
    pub follower: Box<dyn Follower>,
    /// The name of systems that differ in their seeds alone.
    pub group: Option<String>,
}

/// What was measured of one system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct System {
    /// Its name.
    pub name: String,
    /// Number of trained parameters, where it is a network.
    pub parameters: Option<usize>,
    /// On true histories.
    pub figures: Figures,
    /// The area on true histories with its interval.
    pub auc: Estimate,
    /// Less that of one DKT.
    pub less_dkt: Option<Estimate>,
    /// Less that of all teachers together.
    pub less_teachers: Option<Estimate>,
    /// Reading its own draws, the figures at each of [`STEPS`].
    pub draws: Vec<Step>,
    /// The mean probability of several simulations.
    pub mean_of_draws: Vec<Step>,
    /// Reading its own probabilities; empty where it cannot.
    pub probabilities: Vec<Step>,
}

/// A step of simulations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The step, from 1.
    pub step: usize,
    /// The figures.
    pub figures: Figures,
    /// The area with its interval.
    pub auc: Estimate,
    /// Less that of one DKT, simulated in the same way.
    pub less_dkt: Option<Estimate>,
}

/// Systems that differ in their seeds alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Their name.
    pub name: String,
    /// Seeds.
    pub seeds: usize,
    /// On true histories.
    pub histories: Mean,
    /// Reading their own draws, at each of [`STEPS`].
    pub draws: Vec<Mean>,
}

/// The mean area of a group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// The mean with the interval over students.
    pub auc: Estimate,
    /// Half the 95 % interval of the mean over seeds; none of one seed.
    pub spread: Option<f64>,
    /// Less the mean of the first group.
    pub less_first: Estimate,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The systems, in their order.
    pub systems: Vec<System>,
    /// Groups of them; the first is that of the student models with everything.
    pub groups: Vec<Group>,
    /// Places where simulations began.
    pub beginnings: usize,
}

/// The name of the DKT that others are compared with.
pub const DKT: &str = "DKT, one";

/// The name of all teachers together.
pub const TEACHERS: &str = "all teachers";

/// Measures systems on the same answers.
///
/// # Errors
///
/// Those of the systems.
pub fn measure(candidates: &[Candidate], test: &Histories, seed: u64, title: &str) -> Result<Measured> {
    let known = test.questions.len();
    let beginnings = Beginnings::of(test);
    let bar = Bar::new(format!("{title}: measured"));
    let steps = STEPS.len() as u64;
    let total = candidates.len() as u64 + 3 * steps + 1;
    let (mut lists, mut simulated): (Vec<Vec<f32>>, Vec<Simulated>) = (Vec::new(), Vec::new());
    // All answers but a student's first, and but those to unknown questions.
    let counted: Vec<(usize, usize)> = test
        .students
        .iter()
        .enumerate()
        .flat_map(|(place, student)| {
            let counts = move |at: &usize| test.students[place].answers[*at].question < known;
            (1..student.answers.len()).filter(counts).map(move |at| (place, at))
        })
        .collect();
    let right: Vec<bool> = counted.iter().map(|(s, at)| test.students[*s].answers[*at].correct).collect();
    let students: Vec<usize> = counted.iter().map(|(s, _)| *s).collect();
    for candidate in candidates {
        let p = follow::predict(candidate.follower.as_ref(), test)?;
        lists.push(counted.iter().map(|(s, at)| p[*s][*at]).collect());
        simulated.push(beginnings.simulate(candidate.follower.as_ref(), test, seed)?);
        bar.add(1, total, &candidate.name);
    }
    let place = |name: &str| candidates.iter().position(|candidate| candidate.name == name);
    let (dkt, teachers) = (place(DKT), place(TEACHERS));
    let areas = Areas::of(&lists, &right, &students);
    bar.add(1, total, "intervals");
    let less = |areas: &Areas, n: usize, other: Option<usize>| other.map(|other| areas.mean(&[n], &[other]));
    let mut systems: Vec<System> = candidates
        .iter()
        .enumerate()
        .map(|(n, candidate)| System {
            name: candidate.name.clone(),
            parameters: candidate.parameters,
            figures: Figures::of(&lists[n].iter().copied().zip(right.iter().copied()).collect::<Vec<_>>()),
            auc: areas.mean(&[n], &[]),
            less_dkt: less(&areas, n, dkt),
            less_teachers: less(&areas, n, teachers),
            draws: Vec::new(),
            mean_of_draws: Vec::new(),
            probabilities: Vec::new(),
        })
        .collect();
    let names: Vec<&String> = {
        let mut names: Vec<&String> = candidates.iter().filter_map(|c| c.group.as_ref()).collect();
        names.dedup();
        names
    };
    let members = |name: &String| -> Vec<usize> {
        (0..candidates.len()).filter(|n| candidates[*n].group.as_ref() == Some(name)).collect()
    };
    let first = names.first().map(|name| members(name)).unwrap_or_default();
    let mean = |areas: &Areas, places: &[usize]| {
        // With as many seeds of the first group, so that differences are of the same seeds.
        let first = &first[..places.len().min(first.len())];
        Mean {
            auc: areas.mean(places, &[]),
            spread: areas.spread(places),
            less_first: areas.mean(places, first),
        }
    };
    let mut groups: Vec<Group> = names
        .iter()
        .map(|name| {
            let places = members(name);
            let histories = mean(&areas, &places);
            Group { name: (*name).clone(), seeds: places.len(), histories, draws: Vec::new() }
        })
        .collect();
    for (step, number) in STEPS.iter().enumerate().filter(|_| !beginnings.is_empty()) {
        for feed in [Feed::Draws, Feed::MeanOfDraws, Feed::Probabilities] {
            let (places, right, students) = beginnings.rows(test, step, feed.each());
            let lists: Vec<(usize, Vec<f32>)> =
                simulated.iter().enumerate().filter_map(|(n, s)| Some((n, s.list(feed, step)?))).collect();
            let counted: Vec<Vec<f32>> =
                lists.iter().map(|(_, list)| places.iter().map(|place| list[*place]).collect()).collect();
            let areas = Areas::of(&counted, &right, &students);
            let dkt = lists.iter().position(|(n, _)| Some(*n) == dkt);
            for (at, (n, list)) in lists.iter().enumerate() {
                let of = match feed {
                    Feed::Draws => &mut systems[*n].draws,
                    Feed::MeanOfDraws => &mut systems[*n].mean_of_draws,
                    Feed::Probabilities => &mut systems[*n].probabilities,
                };
                of.push(Step {
                    step: *number,
                    figures: figures(list, &places, &right),
                    auc: areas.mean(&[at], &[]),
                    less_dkt: less(&areas, at, dkt),
                });
            }
            if feed == Feed::Draws {
                for (group, name) in groups.iter_mut().zip(&names) {
                    group.draws.push(mean(&areas, &members(name)));
                }
            }
            bar.add(1, total, &format!("intervals of step {number}"));
        }
    }
    bar.set(total, total, "");
    bar.finish();
    Ok(Measured { systems, groups, beginnings: beginnings.len() })
}
