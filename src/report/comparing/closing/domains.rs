//! What the closures of several domains come to: three aggregates, and the contrast of the extremes.

use super::{Domain, Ratio, Target, name};
use crate::inference::paired::Law;
use crate::inference::ratio::{Fraction, Limits, median};
use crate::report::Closure;
use crate::settings::Settings;

/// Whether no prompt stands in two domains, so that these stray independently.
pub(super) fn apart(domains: &[Domain<'_>]) -> bool {
    let mut pairs = domains
        .iter()
        .enumerate()
        .flat_map(|(at, one)| domains[at + 1..].iter().map(move |other| (one, other)));
    !pairs.any(|(one, other)| one.trio.meets(&other.trio))
}

/// The aggregates and the contrast, where two domains or more have a ratio.
pub(super) fn over(
    ratios: &[Ratio],
    target: &Target,
    apart: bool,
    settings: &Settings,
) -> Vec<Closure> {
    let defined: Vec<&Ratio> = ratios
        .iter()
        .filter(|ratio| ratio.entry.value.is_some())
        .collect();
    if defined.len() < 2 {
        return Vec::new();
    }
    let summary = Summary {
        all: ratios,
        defined: &defined,
        target,
        apart,
        settings,
    };
    let [sums, median] = [summary.ratio_of_sums(), summary.median()];
    let [mean, capped] = [f64::INFINITY, 1.0].map(|most| summary.mean(most));
    let entries = [
        ("mean_of_ratios", mean),
        ("ratio_of_sums", sums),
        ("median", median),
        ("mean_of_capped_ratios", capped),
    ];
    let entries = entries
        .into_iter()
        .map(|(which, found)| summary.entry(which, found));
    entries.chain(summary.contrast()).collect()
}

/// A figure over domains with its limits and the method that gave them.
type Found = (Option<f64>, Option<Limits>, &'static str);

struct Summary<'r> {
    all: &'r [Ratio],
    /// Those that have a ratio.
    defined: &'r [&'r Ratio],
    target: &'r Target,
    apart: bool,
    settings: &'r Settings,
}

impl Summary<'_> {
    fn entry(&self, which: &str, (value, limits, method): Found) -> Closure {
        let limits = limits.filter(|limits| self.apart && limits.low < limits.high);
        let left_out = self.all.len() - self.defined.len();
        let mut flags = vec![which.to_owned()];
        if left_out > 0 && which != "ratio_of_sums" {
            flags.push("domains_left_out".to_owned());
        }
        let reason = if !self.apart {
            "a prompt stands in several domains"
        } else {
            "a domain has no interval"
        };
        Closure {
            metric: format!("{which}.{}", name(self.target)),
            value,
            low: limits.map(|limits| limits.low),
            high: limits.map(|limits| limits.high),
            flags,
            n: self.defined.len() as u64,
            method: limits.map(|_| method.to_owned()),
            reason: limits.is_none().then(|| reason.to_owned()),
            ..Closure::default()
        }
    }

    /// The limits of every domain that has a ratio, at most `most`; none where one lacks them.
    fn limits(&self, most: f64) -> Option<Vec<Limits>> {
        let limits = self.defined.iter().map(|ratio| ratio.limits);
        limits.map(|one| Some(one?.capped(most))).collect()
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.defined.iter().filter_map(|ratio| ratio.entry.value)
    }

    fn mean(&self, most: f64) -> Found {
        let sum: f64 = self.values().map(|value| value.min(most)).sum();
        let value = sum / self.defined.len() as f64;
        let limits = self.limits(most).and_then(|limits| Limits::mean(&limits));
        (
            Some(value),
            limits,
            "Fieller limits of the domains, combined",
        )
    }

    /// Numerators and denominators of every domain that has both, whether their ratio is defined or not.
    fn fractions(&self) -> Vec<Fraction> {
        self.all.iter().filter_map(|ratio| ratio.fraction).collect()
    }

    fn ratio_of_sums(&self) -> Found {
        let whole = Fraction::of_sums(&self.fractions());
        let limits = whole.limits(Law::Normal.quantile(self.settings.level).0);
        let known = self.limits(1.0).and(limits);
        (whole.value(), known, "Fieller, sums over domains")
    }

    fn median(&self) -> Found {
        let fractions: Vec<Fraction> = self
            .defined
            .iter()
            .filter_map(|ratio| ratio.fraction)
            .collect();
        let found = median(&fractions, self.settings.level, self.settings.seed);
        let limits = self.limits(1.0).and(found);
        (
            found.map(|found| found.value),
            limits,
            "medians of joint normal draws",
        )
    }

    /// The largest ratio less the smallest, at a level that holds for the choice of any two domains.
    fn contrast(&self) -> Option<Closure> {
        let order = |one: &&&Ratio, other: &&&Ratio| {
            let value = |ratio: &Ratio| ratio.entry.value.unwrap_or(0.0);
            value(one).total_cmp(&value(other))
        };
        let most = self.defined.iter().max_by(order)?;
        let least = self.defined.iter().min_by(order)?;
        let n = self.defined.len() as f64;
        let level = 1.0 - (1.0 - self.settings.level) / (n * (n - 1.0) / 2.0);
        let limits = |ratio: &Ratio| {
            ratio.limits?;
            ratio.fraction?.limits(ratio.law?.quantile(level).0)
        };
        let found = limits(most)
            .zip(limits(least))
            .map(|(most, least)| most.less(&least));
        let value = most.entry.value? - least.entry.value?;
        let method = "Fieller limits of two domains, combined; Bonferroni over all pairs";
        let mut entry = self.entry("contrast", (Some(value), found, method));
        entry.flags = vec!["contrast".to_owned()];
        for (which, ratio) in [("most", most), ("least", least)] {
            let domain = ratio.entry.domain.as_deref().unwrap_or_default();
            entry.flags.push(format!("{which}: {domain}"));
        }
        Some(entry)
    }
}
