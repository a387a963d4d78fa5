//! Binned errors on bins of their own: equal mass, one per value, as many as rise.

use std::collections::BTreeMap;

use super::{Ledger, audit, beside, settings, value};
use calib::metrics::{BinnedError, Bins, Budget, Cut, Norm, View, sweep};
use calib::report::from_view;
use calib::settings::{Binning, Edges, Settings};

pub(super) fn compare(ledger: &mut Ledger) {
    let evidence = ledger.evidence();
    for bins in [5, 10, 15, 20, 100] {
        let elsewhere = settings(bins, Binning::EqualWidth, Edges::Left);
        let group = audit(&evidence, &elsewhere, 1);
        let key = format!("ref.ece.mass{bins}");
        ledger.check(&key, None, value(&group, "ece_mass"));
    }

    let settings = Settings::default();
    let view = View::new(
        &evidence,
        &settings,
        Budget::resolve(settings.resamples, 1, 1),
    );
    let group = from_view(BTreeMap::new(), &view);
    let tally = evidence.tally(settings.partial);
    let cells: Vec<_> = tally.cells().collect();
    // Two-digit decimals have a hundredth each, so that hundredths are bins by value.
    let hundredths = Bins::new(&cells, Cut::Width(100, Edges::Right));
    let apart = hundredths.occupied().count() == cells.len();
    if apart && cells.len() <= 30 {
        let by_value = &group.metrics["ece_values"];
        ledger.check("ref.ece.right100", None, by_value.value);
        let floor = by_value.beside["noise_floor"];
        let finer = Settings {
            bins: 100,
            ..settings
        };
        let finer = audit(&evidence, &finer, 1);
        ledger.close(
            "noise floor by value",
            beside(&finer, "ece", "noise_floor"),
            floor,
            1e-12,
        );
    }

    let swept = sweep(&cells).unwrap();
    for (name, norm) in [("l1", Norm::L1), ("l2", Norm::L2)] {
        let error = BinnedError { bins: &swept, norm };
        let key = format!("ref.ece_sweep_tiesafe.{name}");
        ledger.check(&key, Some("value"), error.value());
        ledger.check(&key, Some("bins"), beside(&group, "ece_sweep", "bins"));
    }
    let ours = value(&group, "ece_sweep");
    ledger.check("ref.ece_sweep_tiesafe.l1", Some("value"), ours);
}
