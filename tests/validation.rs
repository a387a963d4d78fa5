//! Whether the statistics keep their promises on logs whose truth is known: intervals cover, tests keep their size,
//! estimates show the bias that is stated, verdicts point the right way.
//!
//! `cargo test` draws a tenth of the logs; `CALIB_TIER=long cargo test --release --test validation` draws all and holds
//! `docs/validation.md` to what it finds, or writes it with `CALIB_UPDATE=1`.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it stands"
)]

#[path = "validation/audited.rs"]
mod audited;
#[path = "validation/bias.rs"]
mod bias;
#[path = "validation/calibration_tests.rs"]
mod calibration_tests;
#[path = "validation/ce2.rs"]
mod ce2;
#[path = "validation/clusters.rs"]
mod clusters;
#[path = "validation/direction.rs"]
mod direction;
#[path = "validation/drift.rs"]
mod drift;
#[path = "validation/formats.rs"]
mod formats;
#[path = "validation/gap.rs"]
mod gap;
#[path = "validation/gate.rs"]
mod gate;
#[path = "validation/incentives.rs"]
mod incentives;
#[path = "validation/law.rs"]
mod law;
#[path = "validation/means.rs"]
mod means;
#[path = "validation/p_values.rs"]
mod p_values;
#[path = "validation/page.rs"]
mod page;
#[path = "validation/paired.rs"]
mod paired;
#[path = "validation/rates.rs"]
mod rates;
#[path = "validation/recalibration.rs"]
mod recalibration;
#[path = "validation/rollouts.rs"]
mod rollouts;
#[path = "validation/smooth.rs"]
mod smooth;
#[path = "validation/suite.rs"]
mod suite;
#[path = "validation/synthesis.rs"]
mod synthesis;
#[path = "validation/utility.rs"]
mod utility;

use suite::Scenario;

/// Every scenario, in the order of the page.
const SCENARIOS: &[&Scenario] = &[
    &rates::RATES,
    &means::MEANS,
    &smooth::SMOOTH,
    &ce2::CE2,
    &calibration_tests::CALIBRATION,
    &p_values::INDEPENDENT,
    &p_values::CLUSTERED,
    &paired::FALSE_ALARMS,
    &paired::POWER,
    &gate::FALSE_FAILURES,
    &gate::POWER,
    &gap::GAP,
    &formats::FORMATS,
    &drift::DRIFT,
    &clusters::CLUSTERS,
    &bias::BIAS,
    &direction::DIRECTION,
    &incentives::INCENTIVES,
    &utility::UTILITY,
    &rollouts::ROLLOUTS,
    &synthesis::SYNTHESIS,
    &recalibration::RISK,
];

#[test]
fn intervals_of_rates_cover() {
    rates::RATES.check();
}

#[test]
fn incentives_cover() {
    incentives::INCENTIVES.check();
}

#[test]
fn utility_covers() {
    utility::UTILITY.check();
}

#[test]
fn intervals_of_means_cover() {
    means::MEANS.check();
}

#[test]
fn intervals_of_smooth_statistics_cover() {
    smooth::SMOOTH.check();
}

#[test]
fn intervals_of_the_squared_calibration_error_cover() {
    ce2::CE2.check();
}

#[test]
fn consistency_resampling_keeps_its_size_and_finds_what_is_there() {
    calibration_tests::CALIBRATION.check();
}

#[test]
fn p_values_keep_their_size_on_independent_rows() {
    p_values::INDEPENDENT.check();
}

#[test]
fn p_values_keep_their_size_on_repeated_prompts() {
    p_values::CLUSTERED.check();
}

#[test]
fn paired_tests_raise_few_false_alarms() {
    paired::FALSE_ALARMS.check();
}

#[test]
fn paired_tests_find_a_worse_model() {
    paired::POWER.check();
}

#[test]
fn the_gate_fails_few_models_that_did_not_change() {
    gate::FALSE_FAILURES.check();
}

#[test]
fn the_gate_finds_a_worse_model() {
    gate::POWER.check();
}

#[test]
fn drift_is_measured_and_false_alarms_are_rare() {
    drift::DRIFT.check();
}

#[test]
fn a_collapse_of_formats_is_seen_when_it_comes() {
    formats::FORMATS.check();
}

#[test]
fn intervals_of_gap_closure_cover() {
    gap::GAP.check();
}

#[test]
fn intervals_cover_on_repeated_prompts() {
    clusters::CLUSTERS.check();
}

#[test]
fn the_noise_floor_is_the_bias() {
    bias::BIAS.check();
}

#[test]
fn the_verdict_points_the_right_way() {
    direction::DIRECTION.check();
}

#[test]
fn shortcuts_are_found_where_they_are() {
    rollouts::ROLLOUTS.check();
}

#[test]
fn known_models_are_given_their_signatures() {
    synthesis::SYNTHESIS.check();
}

#[test]
fn the_risk_of_what_is_answered_is_as_promised() {
    recalibration::RISK.check();
}

#[test]
fn every_scenario_has_a_test_and_a_section() {
    let source = std::fs::read_to_string(file!()).unwrap();
    let checks = source.matches(".check();").count();
    // This test names the call once more.
    assert_eq!(checks - 1, SCENARIOS.len());
    page::holds_sections_of(SCENARIOS);
}
