//! Binned errors, their parts and their bins under every convention.

use super::{Ledger, audit, beside, settings, value};
use calib::settings::{Binning, Edges};

pub(super) fn compare(ledger: &mut Ledger) {
    let conventions = [
        ("right", Binning::EqualWidth, Edges::Right),
        ("left", Binning::EqualWidth, Edges::Left),
        ("mass", Binning::EqualMass, Edges::Right),
    ];

    let evidence = ledger.evidence();
    for (name, binning, edges) in conventions {
        for bins in [5, 10, 15, 20, 100] {
            let group = audit(&evidence, &settings(bins, binning, edges), 1);
            for id in ["ece", "over", "under", "mce", "rmsce", "ace"] {
                ledger.check(&format!("ref.{id}.{name}{bins}"), None, value(&group, id));
            }
            if name == "right" {
                // Libraries that close bins on the right, whatever their edges look like.
                for key in ["lib.kumar.get_ece", "lib.pycalib.binary_ECE"] {
                    ledger.check(&format!("{key}{bins}"), None, value(&group, "ece"));
                }
                let key = format!("lib.pycalib.binary_MCE{bins}");
                ledger.check(&key, None, value(&group, "mce"));
            }
            let floor = beside(&group, "ece", "noise_floor");
            ledger.check(&format!("ref.ece_null_normal.{name}{bins}"), None, floor);
            let edges = (binning == Binning::EqualWidth).then_some(bins);
            ledger.bins(&format!("bins.{name}{bins}"), &group, edges);
        }
    }
}
