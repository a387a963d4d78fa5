//! What all metrics of one group look at: cells, counts and clusters, with the dear parts computed once.

use std::cell::OnceCell;
use std::sync::Arc;

use super::bins::Bins;
use super::budget::Budget;
use super::kept::Kept;
use super::map::{Map, Scope};
use super::operating;
use super::resampling;
use super::shared::Shared;
use super::smooth::{Curves, Smooth};
use crate::evidence::{
    Behaviour, Cell, Conduct, DetailKey, Evidence, Grid, Item, ItemSums, Items, Panel, Partial,
    Squares, Totals,
};
use crate::inference::Interval;
use crate::inference::null::Null;
use crate::inference::sample::{Clusters, Sample, Term};
use crate::record::{Confidence, Kind};
use crate::report::Estimate;
use crate::settings::Settings;

/// Distinct confidences up to which all that is computed of a view takes some megabytes at most.
const SMALL: usize = 4_096;

/// One group of rows as the metrics see it.
pub struct View<'a> {
    pub(crate) evidence: &'a Evidence,
    pub(crate) settings: &'a Settings,
    pub(crate) budget: Budget,
    /// Answered, graded rows with a confidence, by confidence.
    pub(crate) cells: Arc<Vec<Cell>>,
    /// Those rows in sum.
    pub(crate) total: Totals,
    /// The grid to which confidences were rounded, if they were too many.
    pub(crate) rounding: Option<Grid>,
    /// Whether intervals must look at clusters.
    pub(crate) clustered: bool,
    pub(crate) behaviour: Behaviour,
    /// Squared errors over every option.
    pub(crate) squares: Squares,
    single: OnceCell<Vec<Cell>>,
    bins: OnceCell<Bins>,
    null: OnceCell<Result<Null, &'static str>>,
    map: OnceCell<Map>,
    kinds: OnceCell<[Option<Map>; 2]>,
    curves: OnceCell<Curves>,
    pub(super) shared: Shared,
}

/// Counts of some rows: all, those without an identity, and by cluster where clusters repeat.
pub(super) struct Rows<'r> {
    pub(super) all: &'r Behaviour,
    pub(super) unkeyed: &'r Behaviour,
    pub(super) items: Option<&'r Items>,
}

impl Rows<'_> {
    /// The sample of a share: rows that are `wanted` among those that are in `among`.
    pub(super) fn share(
        &self,
        wanted: impl Fn(&Conduct) -> bool,
        among: impl Fn(&Conduct) -> bool,
    ) -> Sample {
        let terms = |behaviour: &Behaviour| {
            let term = |score: f64, wants: bool| Term {
                score: [score, 0.0, 0.0],
                totals: behaviour.total(|c| among(c) && wanted(c) == wants).into(),
            };
            vec![term(1.0, true), term(0.0, false)]
        };
        let sums = |one: &Item| (one.weight(|c| among(c) && wanted(c)), one.weight(&among));
        Sample {
            terms: terms(self.all),
            clusters: self.items.map(|items| Clusters {
                sums: items.iter().map(sums).collect(),
                single: terms(self.unkeyed),
            }),
        }
    }
}

impl<'a> View<'a> {
    /// The view of some evidence under these settings.
    #[must_use]
    pub fn new(evidence: &'a Evidence, settings: &'a Settings, budget: Budget) -> Self {
        let tally = evidence.tally(settings.partial);
        let cells = Arc::new(tally.cells().collect());
        Self::of_cells(evidence, settings, budget, (cells, tally.rounding()))
    }

    fn of_cells(
        evidence: &'a Evidence,
        settings: &'a Settings,
        budget: Budget,
        (cells, rounding): (Arc<Vec<Cell>>, Option<Grid>),
    ) -> Self {
        let mut total = Totals::default();
        for cell in cells.iter() {
            total += *cell.totals;
        }
        Self {
            evidence,
            settings,
            budget,
            cells,
            total,
            rounding,
            clustered: evidence.items().repeats(),
            behaviour: evidence.behaviour(),
            squares: evidence.squares(),
            single: OnceCell::new(),
            bins: OnceCell::new(),
            null: OnceCell::new(),
            map: OnceCell::new(),
            kinds: OnceCell::new(),
            curves: OnceCell::new(),
            shared: Shared::default(),
        }
    }

    /// The same rows under other settings.
    #[must_use]
    pub fn under<'b>(&self, settings: &'b Settings) -> View<'b>
    where
        'a: 'b,
    {
        View::new(self.evidence, settings, self.budget)
    }

    /// Whether what is computed of it takes little memory.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.cells.len() <= SMALL
    }

    /// The same view for another thread, with its maps; all else that is computed once is computed anew if asked for.
    #[must_use]
    pub fn twin(&self) -> Self {
        let cells = (Arc::clone(&self.cells), self.rounding);
        Self {
            map: self.map().clone().into(),
            kinds: self.kinds().clone().into(),
            ..Self::of_cells(self.evidence, self.settings, self.budget, cells)
        }
    }

    /// The choices it is seen under.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.settings
    }

    /// The smallest p-value that resampling can give: 1 / (B + 1).
    #[must_use]
    pub fn smallest_p_value(&self) -> f64 {
        1.0 / (f64::from(self.budget.replicates) + 1.0)
    }

    /// Replicates of a resampling.
    #[must_use]
    pub fn replicates(&self) -> u32 {
        self.budget.replicates
    }

    /// The rows that say more than whether an answer was right or declined.
    #[must_use]
    pub fn panel(&self) -> &Panel {
        self.evidence.panel()
    }

    /// Rows whose conduct is `wanted`.
    pub fn rows(&self, wanted: impl Fn(&Conduct) -> bool) -> u64 {
        self.behaviour.total(wanted).rows
    }

    /// Those of its rows that have no identity, rounded if the others are.
    pub(crate) fn single(&self) -> &[Cell] {
        self.single.get_or_init(|| {
            let tally = self.evidence.unkeyed().tally(self.settings.partial);
            match self.rounding.filter(|_| tally.rounding().is_none()) {
                Some(_) => tally.into_owned().rounded().cells().collect(),
                None => tally.cells().collect(),
            }
        })
    }

    /// The bins of the reliability table.
    #[must_use]
    pub fn bins(&self) -> &Bins {
        self.bins
            .get_or_init(|| Bins::new(&self.cells, self.settings))
    }

    /// Statistics under calibration, or why there are none.
    ///
    /// # Errors
    /// The reason, in short words.
    pub fn null(&self) -> Result<&Null, &'static str> {
        let null = self.null.get_or_init(|| resampling::draw(self));
        null.as_ref().map_err(|reason| *reason)
    }

    /// The failure map over all labelled rows.
    #[must_use]
    pub fn map(&self) -> &Map {
        self.map.get_or_init(|| Map::new(self, Scope::default()))
    }

    /// The cells as curves, with the resamples of every smooth statistic of a report.
    pub(crate) fn curves(&self) -> &Curves {
        self.curves.get_or_init(|| {
            let mut shared = vec![
                Smooth::BrierSkill,
                Smooth::AveragePrecision,
                Smooth::Aurc,
                Smooth::ExcessAurc,
                Smooth::Augrc,
            ];
            shared.extend(operating::shared(self));
            Curves::new(self, shared)
        })
    }

    /// Independent units: clusters, and rows without identity.
    pub(crate) fn clusters_there(&self) -> u64 {
        self.evidence.items().len() as u64 + self.evidence.unkeyed().behaviour().rows()
    }

    /// The maps of the unanswerable and of the harmful prompts, where there are any.
    #[must_use]
    pub fn kinds(&self) -> &[Option<Map>; 2] {
        self.kinds.get_or_init(|| {
            [Kind::Epistemic, Kind::Safety].map(|kind| {
                let present = |c: &Conduct| c.kind == kind && c.should_abstain.is_some();
                (self.rows(present) > 0).then(|| Map::new(self, Scope::of(self, kind)))
            })
        })
    }

    /// Whether the row counts as answered.
    pub(crate) fn answered(&self, conduct: &Conduct) -> bool {
        !self.settings.partial.abstains(conduct.abstained)
    }

    /// Why there is no confidence metric, if so.
    pub(crate) fn no_confidence(&self) -> Option<&'static str> {
        if self.total.rows == 0 {
            Some("no graded answer with a confidence")
        } else if self.total.w <= 0.0 {
            Some("no row has weight")
        } else {
            None
        }
    }

    /// The sample of a score of graded answers with a confidence: `score` gives the coefficients in y at a
    /// confidence, `item` Σ w·score of a cluster.
    pub(crate) fn score(&self, score: fn(f64) -> [f64; 3], item: fn(&ItemSums) -> f64) -> Sample {
        let terms = |cells: &[Cell]| {
            let term = |cell: &Cell| Term {
                score: score(cell.confidence),
                totals: (*cell.totals).into(),
            };
            cells.iter().map(term).collect()
        };
        Sample {
            terms: terms(&self.cells),
            clusters: self.clusters(
                || terms(self.single()),
                |one| {
                    let sums = one.sums(self.settings.partial);
                    (item(&sums), sums.weight)
                },
            ),
        }
    }

    /// The mean of a score that lies between `low` and `high`, with its interval and standard error.
    pub(crate) fn mean_score(&self, sample: &Sample, low: f64, high: f64) -> Estimate {
        let level = self.settings.level;
        let interval = sample.mean_interval(level).within(low, high);
        let error = interval.standard_error;
        // Weights may carry a mean past its range by a rounding.
        let value = sample.mean().map_or(f64::NAN, |mean| mean.clamp(low, high));
        Estimate::with_interval(value, sample.rows(), level, interval).and("standard_error", error)
    }

    /// The interval of a proportion.
    pub(crate) fn rate_interval(&self, sample: &Sample) -> Interval {
        sample.rate_interval(self.settings.level, self.settings.rates)
    }

    /// The sample of accuracy: graded answers, with or without confidence.
    pub(crate) fn credit(&self) -> Sample {
        let terms = |behaviour: &Behaviour| {
            vec![Term {
                score: [0.0, 1.0, 0.0],
                totals: behaviour
                    .total(|conduct| conduct.graded && self.answered(conduct))
                    .into(),
            }]
        };
        Sample {
            terms: terms(&self.behaviour),
            clusters: self.clusters(
                || terms(self.evidence.unkeyed().behaviour()),
                |one| {
                    let sums = one.sums(self.settings.partial);
                    (sums.credit, sums.graded)
                },
            ),
        }
    }

    /// The sample of a share: rows that are `wanted` among those that are in `among`.
    pub(crate) fn share(
        &self,
        wanted: impl Fn(&Conduct) -> bool,
        among: impl Fn(&Conduct) -> bool,
    ) -> Sample {
        let rows = Rows {
            all: &self.behaviour,
            unkeyed: self.evidence.unkeyed().behaviour(),
            items: self.clustered.then(|| self.evidence.items()),
        };
        rows.share(wanted, among)
    }

    /// The graded answers whose cluster is known, in order of cluster and confidence; `None` when too many to keep.
    pub(crate) fn kept(&self) -> Option<impl Iterator<Item = Kept>> {
        let rows = self.evidence.items().detail()?.iter();
        let counted = |row: &DetailKey| !row.partial || self.settings.partial == Partial::Answer;
        Some(
            rows.filter(move |(row, _)| counted(row))
                .filter_map(|(row, &count)| {
                    let cell = self.place(self.rounded(row.confidence))?;
                    Some(Kept {
                        cluster: row.item,
                        cell,
                        confidence: self.cells.get(cell)?.confidence,
                        credit: row.credit(),
                        weight: count as f64 * row.weight(),
                    })
                }),
        )
    }

    /// A figure of each known cluster, from its rows in order of confidence; `None` when too many to keep.
    pub(crate) fn by_cluster<T>(&self, of: impl Fn(&[Kept]) -> T) -> Option<Vec<T>> {
        let rows: Vec<Kept> = self.kept()?.collect();
        let clusters = rows.chunk_by(|one, other| one.cluster == other.cluster);
        Some(clusters.map(of).collect())
    }

    /// Where a confidence counts.
    fn rounded(&self, confidence: Confidence) -> f64 {
        let rounding = self.rounding;
        rounding
            .map_or(confidence, |grid| grid.round(confidence))
            .get()
    }

    /// The cell of a confidence of these cells.
    pub(crate) fn place(&self, confidence: f64) -> Option<usize> {
        let order = |cell: &Cell| cell.confidence.total_cmp(&confidence);
        self.cells.binary_search_by(order).ok()
    }

    pub(super) fn clusters(
        &self,
        single: impl Fn() -> Vec<Term>,
        item: impl Fn(&Item) -> (f64, f64),
    ) -> Option<Clusters> {
        self.clustered.then(|| Clusters {
            sums: self.evidence.items().iter().map(item).collect(),
            single: single(),
        })
    }
}
