//! Gap closure as plain data: how far a proxy goes from its base to the tuned log it stands in for.

use serde::Serialize;

use super::Change;

/// (proxy − base) / (tuned − base) of one metric, over all rows, in one domain, or over domains.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Closure {
    /// The values of `--by` that make the domain; `None` for all rows and over domains.
    pub domain: Option<String>,
    /// Metric id, with the kind of prompt before it where kinds are told apart. What is taken over domains has its name
    /// before that: `mean_of_ratios.accuracy`, `ratio_of_sums.accuracy`, `median.accuracy`,
    /// `mean_of_capped_ratios.accuracy`, `contrast.accuracy`.
    pub metric: String,
    /// The ratio; for a contrast the largest less the smallest; `None` when undefined.
    pub value: Option<f64>,
    /// Lower end of its interval; `None` where no interval is valid.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// What to know of it, in the words of `calib explain gap`.
    pub flags: Vec<String>,
    /// Label of the base.
    pub base: String,
    /// Label of the proxy.
    pub proxy: String,
    /// Label of the tuned log.
    pub tuned: String,
    /// The metric of the base over all its rows; `None` over domains.
    pub base_value: Option<f64>,
    /// Of the proxy.
    pub proxy_value: Option<f64>,
    /// Of the tuned log.
    pub tuned_value: Option<f64>,
    /// tuned − base; absent over domains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuned_less_base: Option<Change>,
    /// proxy − tuned; absent over domains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proxy_less_tuned: Option<Change>,
    /// Level of the intervals.
    pub level: f64,
    /// Prompts, or domains where it is taken over those.
    pub n: u64,
    /// How it was judged.
    pub method: Option<String>,
    /// Why the value, or its interval, is missing.
    pub reason: Option<String>,
}
