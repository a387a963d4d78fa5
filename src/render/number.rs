//! Numbers as people read them: thousands separators, a true minus sign, units, and just enough digits.

use crate::report::Estimate;

/// How a figure is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A share, in percent with one decimal.
    Percent,
    /// A number with this many decimals.
    Plain(usize),
    /// A difference: the same, always with its sign.
    Signed(usize),
    /// A whole number, with separators.
    Count,
    /// Yes for 1, no for 0.
    Flag,
}

/// More decimals than this would be noise, whatever the interval.
const MOST_DECIMALS: usize = 9;

/// Numbers from here on are written with their power of ten.
const ENORMOUS: f64 = 1e15;

impl Unit {
    fn scale(self) -> f64 {
        if self == Self::Percent { 100.0 } else { 1.0 }
    }

    fn decimals(self) -> usize {
        match self {
            Self::Percent => 1,
            Self::Count | Self::Flag => 0,
            Self::Plain(decimals) | Self::Signed(decimals) => decimals,
        }
    }

    /// What follows the number.
    pub(super) fn suffix(self) -> &'static str {
        if self == Self::Percent { " %" } else { "" }
    }

    /// The number without its unit.
    pub(super) fn digits(self, value: f64, decimals: usize) -> String {
        match self {
            Self::Count => return count(value.round() as u64),
            Self::Flag => return if value > 0.0 { "yes" } else { "no" }.to_owned(),
            _ => {}
        }
        let scaled = value * self.scale();
        let scaled = match scaled.abs() < ENORMOUS {
            true => format!("{scaled:.decimals$}"),
            false => format!("{scaled:.3e}"),
        };
        let negative =
            scaled.starts_with('-') && scaled.contains(|c: char| ('1'..='9').contains(&c));
        let size = scaled.trim_start_matches('-');
        match (negative, self) {
            (true, _) => format!("−{size}"),
            (false, Self::Signed(_)) => format!("+{size}"),
            (false, _) => size.to_owned(),
        }
    }

    /// The number with its unit, at its usual precision.
    pub(super) fn show(self, value: f64) -> String {
        format!("{}{}", self.digits(value, self.decimals()), self.suffix())
    }

    /// Decimals that keep a small number from being printed as zero, and an interval as a point.
    pub(super) fn decimals_for(self, estimate: &Estimate) -> usize {
        let usual = self.decimals();
        let (Some(low), Some(high)) = (estimate.low, estimate.high) else {
            let value = estimate.value.unwrap_or(0.0);
            let shows = |&decimals: &usize| {
                let digits = self.digits(value, decimals);
                digits.contains(|c: char| ('1'..='9').contains(&c))
            };
            return (usual..=MOST_DECIMALS).find(shows).unwrap_or(usual);
        };
        if low >= high {
            return usual;
        }
        let apart = |&decimals: &usize| self.digits(low, decimals) != self.digits(high, decimals);
        (usual..=MOST_DECIMALS).find(apart).unwrap_or(usual)
    }
}

/// A count with thousands separators.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `p = 0.012`, or `p < 0.001`.
pub(super) fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {p:.3}")
    }
}

/// A confidence level: `95 %`, `97.5 %`.
pub(super) fn level(level: f64) -> String {
    let percent = format!("{:.3}", level * 100.0);
    format!("{} %", percent.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_in_a_paper() {
        assert_eq!(Unit::Percent.show(0.398), "39.8 %");
        assert_eq!(Unit::Signed(3).show(-0.1091), "−0.109");
        assert_eq!(Unit::Signed(3).show(-0.0001), "+0.000");
        assert_eq!(Unit::Plain(4).show(0.21672), "0.2167");
        assert_eq!(Unit::Plain(4).show(1e300), "1.000e300");
        assert_eq!(Unit::Signed(3).show(-2e15), "−2.000e15");
        assert_eq!(
            [count(0), count(999), count(1_000), count(31_688_000)],
            ["0", "999", "1,000", "31,688,000"]
        );
        assert_eq!(
            [p_value(0.0), p_value(0.0125), p_value(1.0)],
            ["p < 0.001", "p = 0.013", "p = 1.000"]
        );
        assert_eq!(
            [level(0.95), level(0.975), level(0.9)],
            ["95 %", "97.5 %", "90 %"]
        );
    }

    #[test]
    fn an_interval_is_never_printed_as_a_point() {
        let close = Estimate {
            value: Some(0.5),
            low: Some(0.49998),
            high: Some(0.50002),
            ..Estimate::default()
        };
        assert_eq!(Unit::Percent.decimals_for(&close), 3);
        let point = Estimate {
            value: Some(1.0),
            low: Some(1.0),
            high: Some(1.0),
            ..Estimate::default()
        };
        assert_eq!(Unit::Percent.decimals_for(&point), 1);
    }
}
