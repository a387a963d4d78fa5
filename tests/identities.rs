//! Identities between figures on random logs: what must agree whatever the rows are.

use calib::report::Group;
use calib::settings::{Binning, Edges, Settings};
use proptest::prelude::*;

use crate::laws::{answers, audit, audit_with, close, plain, settings, value};

/// Every way to cut bins.
const CUTS: [(Binning, Edges); 3] = [
    (Binning::EqualWidth, Edges::Right),
    (Binning::EqualWidth, Edges::Left),
    (Binning::EqualMass, Edges::Right),
];

fn beside(group: &Group, id: &str, name: &str) -> Option<f64> {
    group.metrics[id].beside[name]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_log_score_splits_like_the_brier_score(pairs in answers(60)) {
        let group = audit(&plain(&pairs));
        let of = |id| value(&group, id).unwrap();
        prop_assert!((of("corp_log_mcb") - of("corp_log_dsc") + of("corp_log_unc") - of("log_loss")).abs() < 1e-9);
        prop_assert!(of("corp_log_mcb") > -1e-5 && of("corp_log_dsc") > -1e-12);
    }

    #[test]
    fn five_terms_make_up_the_brier_score(pairs in answers(60), bins in 1usize..30) {
        for (binning, edges) in CUTS {
            let group = audit_with(&plain(&pairs), &settings(bins, binning, edges));
            let of = |id| value(&group, id).unwrap();
            let within = beside(&group, "murphy_rel", "within_variance").unwrap();
            let together = beside(&group, "murphy_res", "within_covariance").unwrap();
            let sum = of("murphy_rel") - of("murphy_res") + of("murphy_unc") + within - together;
            prop_assert!((sum - of("brier")).abs() < 1e-9);
        }
    }

    #[test]
    fn areas_of_selective_answering_follow_from_auroc_and_accuracy(pairs in answers(60)) {
        let group = audit(&plain(&pairs));
        let (auroc, a) = (value(&group, "auroc"), value(&group, "accuracy").unwrap());
        let expected = |auroc: f64| (1.0 - auroc) * a * (1.0 - a) + (1.0 - a).powi(2) / 2.0;
        // With one class only there is no AUROC, and nothing for it to weigh.
        let area = value(&group, "augrc").unwrap();
        prop_assert!((area - expected(auroc.unwrap_or(1.0))).abs() < 1e-9);
        prop_assert!(close(value(&group, "prr"), auroc.map(|auroc| 2.0 * auroc - 1.0)));
    }

    #[test]
    fn turning_labels_around_mirrors_the_bins(pairs in answers(40), bins in 1usize..30) {
        // 1 − c is exact for multiples of 2⁻⁵³ only.
        let exact = |c: f64| (c * 1024.0).round() / 1024.0;
        let pairs: Vec<(f64, bool)> = pairs.iter().map(|&(c, y)| (exact(c), y)).collect();
        let turned: Vec<(f64, bool)> = pairs.iter().map(|&(c, y)| (1.0 - c, !y)).collect();
        // Edges i/B mirror exactly only where B is a power of two.
        let bins = bins.next_power_of_two();
        let right = audit_with(&plain(&pairs), &settings(bins, Binning::EqualWidth, Edges::Right));
        let left = audit_with(&plain(&turned), &settings(bins, Binning::EqualWidth, Edges::Left));
        for (one, other) in [("ece", "ece"), ("over", "under"), ("under", "over"), ("mce", "mce"), ("brier", "brier"), ("log_loss", "log_loss"), ("ecce_r", "ecce_r"), ("skce", "skce"), ("auroc", "auroc")] {
            let same = (value(&right, one), value(&left, other));
            // Both ends are closed under either convention, so they are kept out of the binned comparison.
            let ends = pairs.iter().any(|&(c, _)| c == 0.0 || c == 1.0);
            prop_assert!(close(same.0, same.1) || (ends && bins > 1), "{one}: {same:?}");
        }
        prop_assert!(close(value(&right, "signed_gap").map(|gap| -gap), value(&left, "signed_gap")));
    }

    #[test]
    fn increasing_maps_keep_the_order(pairs in answers(40)) {
        let squeezed: Vec<(f64, bool)> = pairs.iter().map(|&(c, y)| (c / 2.0 + 0.25, y)).collect();
        let (one, other) = (audit(&plain(&pairs)), audit(&plain(&squeezed)));
        for id in ["auroc", "ap", "aurc", "e_aurc", "augrc", "prr", "corp_dsc", "corp_log_dsc", "coverage_at_risk_5", "accuracy_at_coverage_80"] {
            prop_assert!(close(value(&one, id), value(&other, id)), "{}", id);
        }
    }

    #[test]
    fn one_bin_sees_the_gap_only_and_nested_bins_never_less(pairs in answers(60), bins in 1usize..20) {
        let of = |bins| audit_with(&plain(&pairs), &settings(bins, Binning::EqualWidth, Edges::Right));
        let one = of(1);
        prop_assert!(close(value(&one, "ece"), value(&one, "signed_gap").map(f64::abs)));
        // Edges i/B and 2i/2B are the same numbers.
        prop_assert!(value(&of(bins), "ece").unwrap() <= value(&of(2 * bins), "ece").unwrap() + 1e-12);
    }

    #[test]
    fn scores_add_up_over_logs(a in answers(30), b in answers(30)) {
        let both: Vec<(f64, bool)> = [a.clone(), b.clone()].concat();
        for id in ["brier", "log_loss", "signed_gap", "accuracy"] {
            let sum = |pairs: &[(f64, bool)]| value(&audit(&plain(pairs)), id).unwrap() * pairs.len() as f64;
            prop_assert!((sum(&a) + sum(&b) - sum(&both)).abs() < 1e-9);
        }
    }

    #[test]
    fn a_sure_and_right_answer_never_costs(pairs in answers(30)) {
        let more: Vec<(f64, bool)> = pairs.iter().copied().chain([(1.0, true)]).collect();
        let sum = |pairs: &[(f64, bool)]| value(&audit(&plain(pairs)), "brier").unwrap() * pairs.len() as f64;
        prop_assert!(sum(&more) <= sum(&pairs) + 1e-12);
    }

    #[test]
    fn bins_by_value_see_what_any_bins_see(pairs in answers(25), bins in 1usize..30) {
        for (binning, edges) in CUTS {
            let group = audit_with(&plain(&pairs), &settings(bins, binning, edges));
            prop_assert!(value(&group, "ece").unwrap() <= value(&group, "ece_values").unwrap() + 1e-12);
        }
        let group = audit_with(&plain(&pairs), &Settings::default());
        prop_assert!(value(&group, "ece").unwrap() <= value(&group, "rmsce").unwrap() + 1e-12);
        prop_assert!(value(&group, "rmsce").unwrap() <= value(&group, "mce").unwrap() + 1e-12);
        prop_assert!(value(&group, "ks").unwrap() <= value(&group, "ecce_r").unwrap() + 1e-12);
    }
}
