//! Resampled intervals of the Brier score, against as many resamples by another program.

use super::Ledger;
use calib::evidence::Cell;
use calib::inference::bootstrap::{Design, Draw, Tied, acceleration, bca};
use calib::maths::quantile;

const LEVEL: f64 = 0.95;

fn brier(cells: &[Tied], confidences: &[f64]) -> f64 {
    let square = |(t, c): (&Tied, &f64)| c * c * t.weight - 2.0 * c * t.credit + t.square;
    let squares: f64 = cells.iter().zip(confidences).map(square).sum();
    squares / cells.iter().map(|tied| tied.weight).sum::<f64>()
}

pub(super) fn compare(ledger: &mut Ledger) {
    let cells: Vec<Cell> = ledger
        .evidence()
        .tally(Default::default())
        .cells()
        .collect();
    let confidences: Vec<f64> = cells.iter().map(|cell| cell.confidence).collect();
    let rows: Vec<[u64; 2]> = cells.iter().map(|cell| [cell.wrong, cell.right]).collect();
    let scores =
        |(&c, &[wrong, right]): (&f64, &[u64; 2])| [(wrong, c * c), (right, (1.0 - c) * (1.0 - c))];
    let scores: Vec<_> = confidences.iter().zip(&rows).flat_map(scores).collect();
    let ours = acceleration(&scores);
    ledger.check("ref.brier_bca_acceleration", None, ours);

    let names = ["percentile", "basic", "BCa"];
    let key = |name: &str| format!("mc.scipy.bootstrap_brier_ci95.{name}");
    if ledger.expected["metrics"].get(key("BCa")).is_none() {
        return;
    }
    let seen: Vec<Tied> = rows.iter().map(|row| Tied::rows(*row)).collect();
    let seen = brier(&seen, &confidences);
    let design = Design {
        cells: rows.len(),
        draw: Draw::Rows(rows),
        replicates: 9_999,
        seed: 0,
    };
    let draws = design.run(|cells| vec![Some(brier(cells, &confidences))]);
    let draws: Vec<Option<f64>> = draws.into_iter().map(|draw| draw[0]).collect();
    let mut sorted: Vec<f64> = draws.iter().flatten().copied().collect();
    sorted.sort_by(f64::total_cmp);
    let ends = [0.025, 0.975].map(|p| quantile::sample(&sorted, p).unwrap());
    let basic = [2.0 * seen - ends[1], 2.0 * seen - ends[0]];
    let (low, high) = bca(&draws, seen, ours.unwrap_or(0.0), LEVEL)
        .bounds
        .map_or((None, None), |(low, high)| (Some(low), Some(high)));
    let ours = [ends.map(Some), basic.map(Some), [low, high]];
    for (name, ours) in names.iter().zip(ours) {
        let Some((theirs, tolerance)) = ledger.entry(&key(name)) else {
            continue;
        };
        for (at, ours) in ours.into_iter().enumerate() {
            ledger.close(name, theirs[at].as_f64(), ours, tolerance);
        }
    }
}
