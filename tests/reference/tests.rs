//! Tests of calibration.

use super::{Ledger, audit, beside, value};
use calib::settings::Settings;

pub(super) fn compare(ledger: &mut Ledger) {
    let group = audit(&ledger.evidence(), &Settings::default(), 1);
    let z = value(&group, "spiegelhalter_z");
    ledger.check("ref.spiegelhalter_z", None, z);
    let p_value = beside(&group, "spiegelhalter_z", "p_value");
    ledger.check("ref.spiegelhalter_p", None, p_value);
    let key = "ref.hosmer_lemeshow.mass10";
    ledger.check(key, Some("chi2"), value(&group, "hosmer_lemeshow"));
    let beside = |name| beside(&group, "hosmer_lemeshow", name);
    ledger.check(key, Some("groups"), beside("degrees"));
    ledger.check(key, Some("p_df_g"), beside("p_value"));
}
