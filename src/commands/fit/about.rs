//! The chapter of `calib explain` on recalibration, from the registry of methods.

use crate::recalibrate::choice::LEAST_CLUSTERS;
use crate::recalibrate::crossfit::FOLDS;
use crate::recalibrate::{CALIBRATORS, Method};
use crate::report::{Chapter, Entry};

/// What holds for all methods.
const OVERVIEW: &[(&str, &str)] = &[
    (
        "what it is",
        "A curve p' = f(p) from the stated confidence to the calibrated one, fitted to the graded answers of a log, and where asked for a threshold from which an answer is given. What a curve removes was a fault of choosing, and can be mended after training; what it leaves was not learned.",
    ),
    (
        "gain",
        "how much lower the mean Brier score, or log score, is: every answer is judged by a curve that was fitted without it and without its cluster, in FOLDS folds by the hash of the cluster. Rows without identity fall into folds by draws that depend on the seed and their confidence alone. The interval is for the gain to expect of curves fitted to as many new rows: that of the paired differences, cluster-robust where clusters repeat, with the upper end raised by h²/4m, h being half its width and m the mean square of what the curve moved. A gain grows with the square of what is to be mended, so a sample that shows little of it shows too little chance as well (docs/validation.md). With fewer than LEAST rows or clusters there is no interval, and none of a gain in log score.",
    ),
    (
        "auto",
        "the simplest method, in the order above, whose Brier score out of fold is within one standard error of the best one's, the error being that of their difference row by row; and that method is held against the simpler ones in turn, so that none is chosen which is not a standard error better than no change, the simplest of all. Hastie, Tibshirani and Friedman (2009), 7.10.",
    ),
    (
        "weights",
        "are scaled to add up to Kish's effective number of rows, so that Platt's targets and the answer that Venn-Abers adds weigh as one row",
    ),
    (
        "by",
        "one curve for each group. To the n rows of a group come k rows, spread like them, that are right as often as the curve of all rows says: an accuracy becomes (n·accuracy + k·f(p)) / (n + k). k = σ²/τ², σ² the chance in one row and τ² the variance between groups of their accuracy less what f says, by the moments of DerSimonian and Laird (1986); groups that differ no more than by chance take the curve of all rows. The report and the model say how far each was drawn.",
    ),
    (
        "risk",
        "--target-risk R: answers are taken in order of confidence as long as the upper bound of Clopper and Pearson on the share of wrong ones stays within R, from the first step with at least ln δ / ln(1 − R) answers on, δ = 1 − level. Each step is tested only after those before it, so the chance of a higher risk is at most δ, whatever the model. Where clusters repeat one row of each is drawn, and the promise is about a row of a new cluster. With too few answers nothing is promised, and calib apply abstains on every row. Bauer (1991); Angelopoulos et al. (2021), arXiv 2110.01052.",
    ),
    (
        "over-answering",
        "--target-over-answer R: the lowest threshold from which at most the share R of the rows that should be declined is answered, by the same sequence of bounds, on all rows that say should_abstain, graded or not. A row that was declined, or has no confidence, counts as declined. Coverage is then of the rows that should be answered. With fewer than ln δ / ln(1 − R) rows that should be declined nothing is promised.",
    ),
    (
        "promises by group",
        "--target-risk and --target-over-answer with --by: each group has a threshold of its own, found in its own rows, so that the limit holds in every group at once: δ is divided by the number of groups with rows enough to be tested. A group with too few, and a group that the model does not know, abstains.",
    ),
    (
        "cost",
        "--cost-wrong λ --cost-abstain k, a right answer earning 1: answer from (λ − k) / (1 + λ) on. Chow (1970), IEEE Transactions on Information Theory 16.",
    ),
    (
        "coverage",
        "--target-coverage C: the highest threshold from which at least that share of the graded answers with a confidence is answered. Of all rows it is less where others are declined. For it and for costs no bound on wrong answers is given, since the curve was fitted to the same answers: the share observed is out of fold, and --target-risk gives a bound",
    ),
    (
        "pitfalls",
        "All of it holds for answers that come as these did: another model, prompt or data set asks for another fit. A gain of all rows can hide a loss in a group. A curve cannot tell right from wrong better than the confidence it is given.",
    ),
];

/// The reference of all methods of recalibration.
#[must_use]
pub fn chapter() -> Chapter {
    let mut entries = vec![overview()];
    entries.extend(CALIBRATORS.iter().map(entry));
    Chapter {
        title: "Recalibration",
        entries,
    }
}

fn overview() -> Entry {
    let names: Vec<_> = CALIBRATORS.iter().map(|method| method.id).collect();
    let mut parts: Vec<_> = OVERVIEW
        .iter()
        .map(|(name, text)| {
            (
                *name,
                text.replace("FOLDS", &FOLDS.to_string())
                    .replace("LEAST", &LEAST_CLUSTERS.to_string()),
            )
        })
        .collect();
    parts.insert(1, ("methods", names.join(", ")));
    Entry {
        id: "recalibration".to_owned(),
        title: "Curves and thresholds that calib fit makes".to_owned(),
        parts,
    }
}

fn entry(method: &Method) -> Entry {
    let about = (method.about)();
    let parts = [
        ("formula", about.formula),
        ("fit", about.fit),
        ("keeps the order", about.monotone),
        ("undefined", about.undefined),
        ("pitfalls", about.pitfalls),
        ("source", about.source),
    ];
    Entry {
        id: method.id.to_owned(),
        title: about.title.to_owned(),
        parts: parts.map(|(name, text)| (name, text.to_owned())).into(),
    }
}
