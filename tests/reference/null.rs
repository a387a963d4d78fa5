//! What a calibrated model would show, drawn by chance.

use super::{Ledger, audit, beside, settings};
use calib::settings::{Binning, Edges};

pub(super) fn compare(ledger: &mut Ledger) {
    let evidence = ledger.evidence();
    for bins in [10, 15] {
        let group = audit(
            &evidence,
            &settings(bins, Binning::EqualWidth, Edges::Right),
            999,
        );
        let key = format!("mc.ece_null.right{bins}");
        ledger.check(&key, Some("q95"), beside(&group, "ece", "null_q95"));
        ledger.check(&key, Some("p_value"), beside(&group, "ece", "p_value"));
    }
}
