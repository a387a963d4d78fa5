//! Smooth and kernel calibration errors.

use super::{Ledger, audit, beside, value};
use calib::evidence::Partial;
use calib::inference::smooth::Smooth;
use calib::settings::Settings;

pub(super) fn compare(ledger: &mut Ledger) {
    let evidence = ledger.evidence();
    let group = audit(&evidence, &Settings::default(), 1);
    let skce = value(&group, "skce");
    ledger.check("ref.skce_unbiased.laplace2.5", None, skce);
    let mmce = beside(&group, "skce", "mmce");
    ledger.check("ref.mmce.laplace2.5", None, mmce);
    let smece = value(&group, "smece");
    ledger.check("ref.smECE_fixed_point", None, smece);

    let tally = evidence.tally(Partial::Abstain);
    let residuals: Vec<_> = tally
        .cells()
        .map(|cell| (cell.confidence, cell.w * cell.confidence - cell.wy))
        .collect();
    let weight = evidence.rows() as f64;
    let smooth = Smooth::new(&residuals, weight);
    // relplot counts confidences of exactly 0 and 1 by half.
    let comparable = residuals.iter().all(|(c, _)| *c > 0.0 && *c < 1.0);
    for bandwidth in [0.01, 0.05, 0.1] {
        let ours = Some(smooth.error(bandwidth));
        let key = format!("ref.smECE_sigma{bandwidth}_exact");
        ledger.check(&key, None, ours);
        if comparable {
            let key = format!("lib.relplot.smECE_sigma{bandwidth}");
            ledger.check(&key, None, ours);
        }
    }
    if comparable {
        ledger.check("lib.relplot.smECE", Some("value"), smece);
    }
}
