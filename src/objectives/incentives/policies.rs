//! What policies earn under a scheme: as the model did, everything answered, declined by stated and by recalibrated
//! confidence.

use super::schemes::{Bar, Scheme};
use crate::objectives::answers::{Answer, Answers, Scores};
use crate::report::Estimate;
use crate::report::objective::{Column, Figure, Measure, Row, Table};

/// Most looks for the F that the best policy reaches; each raises it, and few do.
const LOOKS: usize = 50;

/// What stands beside all schemes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// What silence earns.
    pub(super) silence: f64,
    /// The confidence from which on an honest model answers.
    pub(super) honest: f64,
}

/// What policies earn under a scheme.
#[derive(Clone, Debug)]
pub(super) struct Policies {
    pub(super) scheme: Scheme,
    /// The probability from which on an answer pays.
    pub(super) breaks_even: f64,
    /// As the model did.
    pub(super) now: Estimate,
    /// Answering everything that it answered.
    pub(super) all: Estimate,
    /// Answering where the stated confidence pays.
    pub(super) stated: Estimate,
    /// Answering where the recalibrated one does, and stating it.
    pub(super) calibrated: Estimate,
    /// Share of answers that are likelier wrong than right and pay.
    pub(super) bluff: Estimate,
    /// What declining below the honest confidence loses against answering everything.
    pub(super) honesty: Estimate,
}

impl Policies {
    /// Those of each of some schemes.
    pub(super) fn of<const N: usize>(
        schemes: [Scheme; N],
        answers: &Answers,
        terms: Terms,
    ) -> Vec<Self> {
        let judges = schemes.map(|scheme| Judge::new(scheme, answers, terms));
        // All that most schemes ask of what was stated is whether it clears their bars.
        let cleared = |row: &Answer| {
            let cleared = judges.iter().map(|judge| judge.answers_stated(row));
            cleared.fold(0, |kind, cleared| kind << 1 | u64::from(cleared))
        };
        let alike = answers.alike(cleared);
        let bluffs = alike.shares(|row| judges.each_ref().map(|judge| judge.bluffs(row)));
        // What pays the same is looked at once.
        let mut unlike: Vec<(&Judge, Estimate)> = Vec::with_capacity(N);
        for (judge, bluff) in judges.iter().zip(bluffs) {
            if unlike
                .iter()
                .all(|(one, _)| !one.scheme.is_like(judge.scheme))
            {
                unlike.push((judge, bluff));
            }
        }
        let is_ratio = |(judge, _): &(&Judge, Estimate)| judge.scheme == Scheme::SimpleQa;
        let (ratios, means): (Vec<_>, Vec<_>) = unlike.into_iter().partition(is_ratio);
        let (fixed, scored): (Vec<_>, Vec<_>) = means
            .into_iter()
            .partition(|(judge, _)| judge.scheme.fixed().is_some());
        let means = [(fixed, &*alike), (scored, answers)];
        let means = means.into_iter().flat_map(|(judged, answers)| {
            let judges: Vec<&Judge> = judged.iter().map(|(judge, _)| *judge).collect();
            let earned = earned(&judges, answers, terms.silence);
            let judged = judged.into_iter().zip(earned);
            judged.map(|((judge, bluff), earned)| judge.policies(earned, bluff))
        });
        let ratios = ratios.into_iter();
        let ratios = ratios.map(|(judge, bluff)| judge.policies(judge.ratios(&alike), bluff));
        let policies: Vec<Self> = means.chain(ratios).collect();
        let of = |scheme: Scheme| {
            let like = policies.iter().find(|one| one.scheme.is_like(scheme))?;
            Some(Self {
                scheme,
                ..like.clone()
            })
        };
        schemes.into_iter().filter_map(of).collect()
    }

    fn row(&self) -> Row {
        let figure = |estimate: &Estimate| Some(Figure::Estimate(estimate.clone()));
        Row {
            label: self.scheme.title(),
            cells: vec![
                Some(Figure::number(self.breaks_even)),
                figure(&self.now),
                figure(&self.stated),
                figure(&self.calibrated),
                figure(&self.bluff),
                figure(&self.honesty),
            ],
        }
    }
}

/// The table of schemes.
pub(super) fn table(policies: &[Policies]) -> Table {
    Table {
        name: "schemes",
        of: "scheme",
        columns: vec![
            Column::new("pays from", Measure::Number(3)),
            Column::new("now", Measure::Signed(3)),
            Column::new("by stated", Measure::Signed(3)),
            Column::new("by recalibrated", Measure::Signed(3)),
            Column::new("bluffs", Measure::Share),
            Column::new("honesty costs", Measure::Signed(3)),
        ],
        rows: policies.iter().map(Policies::row).collect(),
    }
}

/// A scheme on some answers.
struct Judge {
    scheme: Scheme,
    silence: f64,
    /// The confidence from which on an honest model answers.
    honest: f64,
    /// The F that is reached by stated and by recalibrated confidences.
    reached: [f64; 2],
    /// What stated and recalibrated confidences must clear for an answer to pay.
    bars: [Bar; 2],
}

impl Judge {
    fn new(scheme: Scheme, answers: &Answers, terms: Terms) -> Self {
        let reached = match scheme {
            Scheme::SimpleQa => [
                best_f(answers, |row| row.stated),
                best_f(&answers.alike(|_| 0), |row| row.calibrated),
            ],
            _ => [0.0; 2],
        };
        Self {
            scheme,
            silence: terms.silence,
            honest: terms.honest,
            reached,
            bars: reached.map(|f| scheme.bar(terms.silence, f)),
        }
    }

    fn policies(&self, earned: [Estimate; 4], bluff: Estimate) -> Policies {
        let [all, stated, calibrated, honesty] = earned;
        Policies {
            scheme: self.scheme,
            breaks_even: self.scheme.breaks_even(self.silence, self.reached[1]),
            now: all.clone(),
            all,
            stated,
            calibrated,
            bluff,
            honesty,
        }
    }

    /// Whether an answer is given by the confidence that it states, where each earns the same.
    fn answers_stated(&self, row: &Answer) -> bool {
        let [bar, _] = self.bars;
        let earned = self.scheme.fixed();
        earned.is_some_and(|earned| bar.clears(row.stated, earned))
    }

    /// Whether an answer is likelier wrong than right and pays.
    fn bluffs(&self, row: &Answer) -> bool {
        let [_, bar] = self.bars;
        let pays = |p: f64| bar.clears(p, self.scheme.earns(p));
        row.calibrated < 0.5 && pays(row.calibrated)
    }

    /// What an answer earns under four policies: everything answered, where the stated and where the recalibrated confidence
    /// pays; and what answering everything earns more than answering what is honest.
    fn scores(&self) -> impl FnMut(&Answer) -> Scores<4> {
        let (mut known, silence, honest) = (Known::new(self.scheme), self.silence, self.honest);
        let [by_stated, by_calibrated] = self.bars;
        let clears = move |row: &Answer, [stated, calibrated]: [[f64; 2]; 2]| {
            [
                by_stated.clears(row.stated, stated),
                by_calibrated.clears(row.calibrated, calibrated),
                row.calibrated > honest,
            ]
        };
        let of = move |[stated, calibrated]: [[f64; 2]; 2], clear: [bool; 3]| {
            let given = |clears: bool, earned: [f64; 2]| if clears { earned } else { [silence; 2] };
            let lost = match clear[2] {
                true => [0.0; 2],
                false => stated.map(|earned| earned - silence),
            };
            let policies = [
                stated,
                given(clear[0], stated),
                given(clear[1], calibrated),
                lost,
            ];
            [0, 1].map(|right| policies.map(|earned| earned[right]))
        };
        // Where every confidence earns the same, there are eight ways only.
        let fixed = self.scheme.fixed().map(|earned| {
            let way = |way| of([earned; 2], [1, 2, 4].map(|bit| way & bit > 0));
            (earned, std::array::from_fn::<Scores<4>, 8, _>(way))
        });
        move |row| match &fixed {
            Some((earned, ways)) => {
                let [stated, calibrated, honest] = clears(row, [*earned; 2]).map(usize::from);
                ways[stated + 2 * calibrated + 4 * honest]
            }
            None => {
                let earned = [row.stated, row.calibrated].map(|p| known.earns(p));
                of(earned, clears(row, earned))
            }
        }
    }

    /// Policies within what the scheme can pay.
    fn within(&self, [all, stated, calibrated, price]: [Estimate; 4]) -> [Estimate; 4] {
        let (low, high) = self.scheme.range(self.silence);
        let [all, stated, calibrated] =
            [all, stated, calibrated].map(|estimate| estimate.within(low, high));
        [
            all,
            stated,
            calibrated,
            price.within(low - high, high - low),
        ]
    }

    /// What policies earn of SimpleQA's F, 2C / (1 + A): every row adds one below, and one more if it is answered.
    fn ratios(&self, answers: &Answers) -> [Estimate; 4] {
        let [by_stated, by_calibrated] = self.bars;
        let earned = self.scheme.earns(1.0);
        let parts = |row: &Answer| {
            let answered = [
                true,
                row.calibrated > self.honest,
                by_stated.clears(row.stated, earned),
                by_calibrated.clears(row.calibrated, earned),
            ];
            let given = |earned: f64| answered.map(|given| if given { earned } else { 0.0 });
            [
                earned.map(given),
                [answered.map(|given| if given { 2.0 } else { 1.0 }); 2],
            ]
        };
        let (low, high) = self.scheme.range(self.silence);
        let ratios = answers.ratios(parts, [0.0, 1.0]);
        let [all, kept, stated, calibrated] = ratios.map(|ratio| ratio.within(low, high));
        let price = all
            .value
            .zip(kept.value)
            .map_or(f64::NAN, |(all, kept)| all - kept);
        let price = Estimate::bare(price, all.n, "a difference of two ratios");
        [all, stated, calibrated, price]
    }
}

/// What the policies of some judges earn, each a mean over rows.
fn earned(judges: &[&Judge], answers: &Answers, silence: f64) -> Vec<[Estimate; 4]> {
    let mut scores: Vec<_> = judges.iter().map(|judge| judge.scores()).collect();
    let means = answers.means_of(&mut scores, [silence, silence, silence, 0.0]);
    let within = |(judge, means): (&&Judge, [Estimate; 4])| judge.within(means);
    judges.iter().zip(means).map(within).collect()
}

/// What a scheme pays for confidences, many of which come again soon.
struct Known {
    scheme: Scheme,
    last: [(f64, [f64; 2]); KNOWN],
}

/// Confidences of which it is remembered what they earn.
const KNOWN: usize = 64;

impl Known {
    fn new(scheme: Scheme) -> Self {
        Self {
            scheme,
            last: [(0.0, scheme.earns(0.0)); KNOWN],
        }
    }

    fn earns(&mut self, q: f64) -> [f64; 2] {
        if self.scheme != Scheme::Log {
            return self.scheme.earns(q);
        }
        // Logarithms are dear. Any place will do that depends on all digits.
        let place = q.to_bits().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58;
        match self.last.get_mut(place as usize) {
            Some((known, earned)) if *known == q => *earned,
            Some(last) => {
                *last = (q, self.scheme.earns(q));
                last.1
            }
            None => self.scheme.earns(q),
        }
    }
}

/// The F that is reached by answering where p exceeds half of it: answering adds 2p above and 1 below.
fn best_f(answers: &Answers, p: fn(&Answer) -> f64) -> f64 {
    let expected = answers.expected_f(p);
    let mut f = 0.0;
    for _ in 0..LOOKS {
        let next = expected(f / 2.0);
        if next <= f {
            break;
        }
        f = next;
    }
    f
}
