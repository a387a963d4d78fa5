//! Where the mass of advantages lies: in which groups, and how unevenly.

use super::advantage::{Advantages, gini};
use super::groups::Group;
use crate::report::objective::{Column, Evidence, Figure, Measure, Row, Table};

/// Where the mass of advantages lies.
pub(super) struct Masses {
    pub(super) groups: usize,
    samples: usize,
    /// Groups without any success, and without any failure.
    pub(super) dead: [usize; 2],
    rare: usize,
    /// The rare groups' share of the mass, with and without the division by the standard deviation.
    pub(super) shares: [Option<f64>; 2],
    gini: Option<f64>,
}

impl Masses {
    pub(super) fn of(groups: &[Group]) -> Self {
        let advantages: Vec<_> = groups.iter().map(Advantages::of).collect();
        let mut mass = [[0.0; 2]; 2];
        for (group, advantages) in groups.iter().zip(&advantages) {
            for ([all, rare], own) in mass.iter_mut().zip(advantages.mass()) {
                *all += own;
                *rare += if group.is_rare() { own } else { 0.0 };
            }
        }
        let count = |is: &dyn Fn(&Group) -> bool| groups.iter().filter(|group| is(group)).count();
        Self {
            groups: groups.len(),
            samples: groups.iter().map(Group::size).sum(),
            dead: [
                count(&|group| group.successes() == Some(0)),
                count(&|group| group.successes() == Some(group.size())),
            ],
            rare: count(&Group::is_rare),
            shares: mass.map(|[all, rare]| (all > 0.0).then(|| rare / all)),
            gini: gini(advantages.into_iter().flat_map(|own| own.divided).collect()),
        }
    }

    /// The figures, of groups beside which so many prompts have a single sample.
    pub(super) fn evidence(&self, single: u64) -> Vec<Evidence> {
        use Measure::{Count, Number, Share};
        let of_groups = |part: usize| part as f64 / self.groups as f64;
        let [none, all] = self.dead.map(of_groups);
        let mut evidence = vec![
            Evidence::number("groups", "groups of samples", Count, self.groups as f64),
            Evidence::number("samples", "samples in them", Count, self.samples as f64),
            Evidence::number("single", "prompts with one sample", Count, single as f64),
            Evidence::number(
                "dead_without_success",
                "groups without success",
                Share,
                none,
            ),
            Evidence::number("dead_without_failure", "groups without failure", Share, all),
            Evidence::number(
                "rare_groups",
                "groups of rare success",
                Share,
                of_groups(self.rare),
            ),
        ];
        let [divided, plain] = self.shares;
        let amplification = divided.zip(plain).map(|(divided, plain)| divided / plain);
        let figures = [
            ("rare_mass", "  their advantage mass", Share, divided),
            ("rare_mass_plain", "  the same, undivided", Share, plain),
            ("amplification", "  amplification", Number(2), amplification),
            ("gini", "Gini of |advantage|", Number(3), self.gini),
        ];
        for (name, label, unit, value) in figures {
            let finite = value.filter(|value| value.is_finite());
            evidence.extend(finite.map(|value| Evidence::number(name, label, unit, value)));
        }
        evidence
    }
}

/// Groups by their pass rate; none where it is not known what a success is.
pub(super) fn histogram(groups: &[Group]) -> Option<Table> {
    const BINS: usize = 8;
    let mut counts = [0_u64; BINS + 1];
    let mut mass = [0.0; BINS + 1];
    for group in groups {
        // Groups of 8 fall into 0/8 to 8/8; others to the nearest.
        let at = (2 * BINS * group.successes()? + group.size()) / (2 * group.size());
        counts[at] += 1;
        mass[at] += Advantages::of(group).mass()[0];
    }
    let all: f64 = mass.iter().sum();
    let row = |(at, (count, mass)): (usize, (u64, f64))| Row {
        label: format!("{at}/{BINS}"),
        cells: vec![
            Some(Figure::Number(count as f64)),
            Some(Figure::Number(count as f64 / groups.len() as f64)),
            (all > 0.0).then_some(Figure::Number(mass / all)),
        ],
    };
    Some(Table {
        name: "pass_rates",
        of: "pass rate",
        columns: vec![
            Column::new("groups", Measure::Count),
            Column::new("share", Measure::Share),
            Column::new("advantage mass", Measure::Share),
        ],
        rows: counts.into_iter().zip(mass).enumerate().map(row).collect(),
    })
}
