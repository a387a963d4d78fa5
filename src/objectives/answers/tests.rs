use super::*;
use crate::evidence::Evidence;
use crate::maths::rng::Rng;
use crate::metrics::{Budget, View};
use crate::objectives::Scheme;
use crate::record::{Abstained, Confidence, Names, Record};
use crate::report::Estimate;
use crate::settings::Settings;

/// What became of a row.
#[derive(Clone, Copy)]
struct Plain {
    cluster: u64,
    answer: Option<(f64, f64)>,
    weight: f64,
}

/// `prompts` prompts of so many rows each, a fifth of them declined.
fn rows(prompts: u64, each: u64, weighted: bool) -> Vec<Plain> {
    let row = |prompt: u64, sample: u64| {
        let mut rng = Rng::stream(prompt, 7 * sample + 1);
        let confidence = (rng.uniform() * 20.0).round() / 20.0;
        let right = f64::from(u8::from(rng.uniform() < 0.2 + 0.6 * confidence));
        Plain {
            cluster: Rng::stream(prompt, 0).bits(),
            answer: (rng.uniform() > 0.2).then_some((confidence, right)),
            weight: if weighted {
                0.5 + (prompt % 4) as f64 / 2.0
            } else {
                1.0
            },
        }
    };
    (0..prompts)
        .flat_map(|prompt| (0..each).map(move |sample| (prompt, sample)))
        .map(|(prompt, sample)| row(prompt, sample))
        .collect()
}

fn evidence(rows: &[Plain], identified: bool) -> Evidence {
    let mut evidence = Evidence::default();
    for row in rows {
        evidence.add(&Record {
            item: identified.then_some(row.cluster),
            weight: row.weight,
            abstained: match row.answer {
                Some(_) => Abstained::No,
                None => Abstained::Full,
            },
            confidence: row
                .answer
                .and_then(|(confidence, _)| Confidence::new(confidence)),
            credit: row.answer.map(|(_, credit)| credit),
            ..Record::default()
        });
    }
    evidence
}

fn with<T>(evidence: &Evidence, look: impl FnOnce(&Answers) -> T) -> T {
    let (settings, names) = (Settings::default(), Names::default());
    let view = View::new(evidence, &settings, Budget::default());
    let subject = Subject::new(&view, &names);
    look(subject.answers().unwrap())
}

/// Mean, standard error by sums over units, and how many units there are, or rows of equal weight that tell as much if
/// those are fewer; a row is (unit, weight, earned).
fn naive(rows: &[(u64, f64, f64)]) -> (f64, f64, usize) {
    let weight: f64 = rows.iter().map(|(_, w, _)| w).sum();
    let mean = rows.iter().map(|(_, w, x)| w * x).sum::<f64>() / weight;
    let mut units: std::collections::BTreeMap<u64, f64> = Default::default();
    for (unit, w, x) in rows {
        *units.entry(*unit).or_default() += w * (x - mean);
    }
    let squares = units.values().map(|s| s * s).sum::<f64>();
    let worth = weight * weight / rows.iter().map(|(_, w, _)| w * w).sum::<f64>();
    let units = units.len().min(worth.round() as usize);
    let g = units as f64;
    (mean, (squares * g / (g - 1.0)).sqrt() / weight, units)
}

fn error(estimate: &Estimate, reach: f64) -> f64 {
    let (low, high) = estimate.interval().unwrap();
    (high - low) / (2.0 * reach)
}

#[test]
fn policies_earn_what_a_loop_over_rows_says() {
    let penalised = Scheme::Penalty(3.0);
    let policy = |q: f64| (q > 0.5).then(|| penalised.earns(q));
    for (each, weighted) in [(1, false), (1, true), (3, false), (3, true)] {
        let rows = rows(200, each, weighted);
        let mean = with(&evidence(&rows, true), |answers| {
            answers.mean(|row| policy(row.stated), -0.5)
        });
        let earned = |row: &Plain| match row.answer {
            Some((q, y)) => {
                policy(q).map_or(-0.5, |[wrong, right]| if y > 0.5 { right } else { wrong })
            }
            None => -0.5,
        };
        let plain: Vec<_> = rows
            .iter()
            .zip(0..)
            .map(|(row, at)| {
                let unit = if each > 1 { row.cluster } else { at };
                (unit, row.weight, earned(row))
            })
            .collect();
        let (value, spread, units) = naive(&plain);
        assert!(
            (mean.value.unwrap() - value).abs() < 1e-12,
            "{each} {weighted}"
        );
        let reach = match each {
            1 => crate::maths::quantile::student(0.975, units as f64 - 1.0),
            _ => crate::maths::quantile::normal(0.975),
        };
        assert!(
            (error(&mean, reach) / spread - 1.0).abs() < 1e-9,
            "{each} {weighted}"
        );
    }
}

#[test]
fn curves_are_fitted_without_the_rows_they_judge() {
    let rows = rows(300, 2, false);
    let evidence = evidence(&rows, true);
    let folds = Folds::of_any(&evidence, Default::default(), 0).unwrap();
    with(&evidence, |answers| {
        for (row, held) in answers.rows.iter().zip(folds.rows()) {
            let training = folds.training(Some(held.fold));
            let curve = Isotonic::fit(&training, &Fitting::default()).unwrap();
            assert_eq!(row.calibrated, curve.apply(row.stated));
        }
        assert_eq!(answers.answered() + answers.declined(), 600);
    });
}

#[test]
fn ids_that_do_not_repeat_change_nothing() {
    let rows = rows(400, 1, false);
    let named = with(&evidence(&rows, true), |answers| answers.rows.clone());
    with(&evidence(&rows, false), |answers| {
        assert_eq!(answers.rows, named);
    });
}

#[test]
fn a_ratio_is_known_as_well_as_the_mean_of_its_influence() {
    let rows = rows(250, 2, true);
    let f = with(&evidence(&rows, true), |answers| {
        answers.ratio(|_| [[0.0, 2.0], [2.0; 2]], [0.0, 1.0])
    });
    let parts = |row: &Plain| match row.answer {
        Some((_, y)) => (2.0 * y, 2.0),
        None => (0.0, 1.0),
    };
    let (above, below) = rows.iter().fold((0.0, 0.0), |(a, b), row| {
        let (above, below) = parts(row);
        (a + row.weight * above, b + row.weight * below)
    });
    assert!((f.value.unwrap() - above / below).abs() < 1e-12);
    let influence: Vec<_> = rows
        .iter()
        .map(|row| {
            let (a, b) = parts(row);
            (row.cluster, row.weight, a - above / below * b)
        })
        .collect();
    let (_, spread, _) = naive(&influence);
    let weight: f64 = rows.iter().map(|row| row.weight).sum();
    let reach = crate::maths::quantile::normal(0.975);
    assert!((error(&f, reach) / (spread * weight / below) - 1.0).abs() < 1e-9);
}

#[test]
fn few_answers_have_no_curve() {
    let evidence = evidence(&rows(20, 1, false), true);
    let (settings, names) = (Settings::default(), Names::default());
    let view = View::new(&evidence, &settings, Budget::default());
    assert_eq!(Subject::new(&view, &names).answers().err(), Some(FEW));
}

#[test]
fn answers_alike_earn_what_all_of_them_earn() {
    for (each, weighted) in [(1, false), (1, true), (2, false)] {
        with(&evidence(&rows(2_000, each, weighted), true), |answers| {
            let kind = |row: &Answer| u64::from(row.stated > 0.4) + 2 * u64::from(row.stated > 0.8);
            let alike = answers.alike(kind);
            assert_eq!(
                alike.rows.len() < answers.rows.len(),
                each == 1 && !weighted
            );
            assert_eq!(
                (alike.answered(), alike.declined()),
                (answers.answered(), answers.declined())
            );
            let scores = |row: &Answer| {
                let given = kind(row) > 0 && row.calibrated > 0.5;
                [[f64::from(u8::from(given)) * row.calibrated; 1]; 2]
            };
            let [ours, theirs] = [&*alike, answers].map(|answers| answers.means(scores, [-0.5]));
            let figures = |of: &Estimate| [of.value, of.low, of.high].map(Option::unwrap);
            for (one, other) in figures(&ours[0]).into_iter().zip(figures(&theirs[0])) {
                assert!((one - other).abs() < 1e-13, "{one} {other}");
            }
        });
    }
}
