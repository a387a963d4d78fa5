//! Published models on the failure map: coordinates and sources, to set a log beside them.
//!
//! Their prompts are not those of the log, so that a place near one of them is no measure of likeness.

use crate::record::Kind;

/// A published model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// Name of the model, as published.
    pub name: &'static str,
    /// Share that it answered of what it should decline.
    pub over_answer: f64,
    /// Share that it declined of what it should answer.
    pub over_abstain: f64,
}

/// A table of published models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Source {
    /// Its name.
    pub name: &'static str,
    /// Kind of the prompts to be declined.
    pub kind: Kind,
    /// Where it was published.
    pub citation: &'static str,
    /// What the coordinates are.
    pub about: &'static str,
    /// The models.
    pub points: &'static [Published],
}

const fn at(name: &'static str, over_answer: f64, over_abstain: f64) -> Published {
    Published {
        name,
        over_answer,
        over_abstain,
    }
}

/// Counts of prompts answered of what should be declined, and declined of what should be answered.
const fn of(name: &'static str, answered: (u32, u32), declined: (u32, u32)) -> Published {
    at(
        name,
        answered.0 as f64 / answered.1 as f64,
        declined.0 as f64 / declined.1 as f64,
    )
}

/// The caveat that goes with every reference.
pub const CAVEAT: &str = "published models were asked other prompts and judged by other rules: not comparable one to one";

/// Every table.
pub const SOURCES: [Source; 3] = [ABSTENTION_BENCH, XSTEST, OR_BENCH];

const ABSTENTION_BENCH: Source = Source {
    name: "AbstentionBench",
    kind: Kind::Epistemic,
    citation: "Kirichenko et al. (2025), arXiv:2506.09038",
    about: "rates pooled over up to nine sets with known numbers of prompts, derived from published recall and precision",
    points: &[
        at("Qwen2.5 32B", 0.260, 0.047),
        at("Llama 3.1 8B Instruct", 0.342, 0.071),
        at("Mistral 7B v0.3", 0.320, 0.058),
        at("Gemini 1.5 Pro", 0.305, 0.034),
        at("GPT-4o", 0.325, 0.035),
        at("Llama 3.1 405B Instruct", 0.296, 0.024),
        at("OLMo 7B", 0.538, 0.080),
        at("Tulu 3 70B DPO", 0.377, 0.035),
        at("Tulu 3 70B PPO-RLVF", 0.383, 0.035),
        at("Llama 3.1 70B Instruct", 0.331, 0.021),
        at("Llama 3.1 70B Base", 0.550, 0.069),
        at("Llama 3.3 70B Instruct", 0.364, 0.018),
        at("o1", 0.404, 0.022),
        at("Tulu 3 70B SFT", 0.513, 0.031),
        at("Tulu 3 8B DPO", 0.576, 0.032),
        at("DeepSeek R1 Distill Llama 70B", 0.520, 0.015),
        at("Tulu 3 8B PPO-RLVF", 0.601, 0.022),
        at("Tulu 3 8B SFT", 0.675, 0.028),
        at("S1.1 32B", 0.656, 0.017),
    ],
};

const XSTEST: Source = Source {
    name: "XSTest",
    kind: Kind::Safety,
    citation: "Röttger et al. (2024), arXiv:2308.01263",
    about: "human labels of 200 unsafe and 250 safe prompts; partial refusals count as refusals",
    points: &[
        of("Llama 2, original system prompt", (0, 200), (149, 250)),
        of("Llama 2", (0, 200), (74, 250)),
        of("Mistral, guarding system prompt", (7, 200), (47, 250)),
        of("GPT-4", (1, 200), (21, 250)),
        of("Mistral Instruct", (128, 200), (4, 250)),
    ],
};

const OR_BENCH: Source = Source {
    name: "OR-Bench",
    kind: Kind::Safety,
    citation: "Cui et al. (2025), arXiv:2405.20947",
    about: "plotted rates of toxic prompts accepted and of safe prompts that look harmful refused; * with a filter",
    points: &[
        at("Claude-2.1", 0.0, 0.998),
        at("Claude-3-haiku", 0.003, 0.9628),
        at("Llama-2-70b", 0.003, 0.9609),
        at("Claude-3-sonnet", 0.003, 0.9446),
        at("Llama-2-13b", 0.003, 0.91),
        at("Claude-3-opus", 0.019, 0.91),
        at("Gemini-1.5-pro*", 0.006, 0.8801),
        at("Llama-2-7b", 0.004, 0.8748),
        at("Gemini-1.5-flash", 0.012, 0.8429),
        at("Gemma-2-9b", 0.015, 0.799),
        at("Llama-3-8b", 0.05, 0.6936),
        at("Gemma-2-27b", 0.032, 0.62),
        at("GPT-3.5-turbo-0301", 0.053, 0.5743),
        at("Qwen-1.5-32B", 0.044, 0.5078),
        at("Qwen-1.5-72B", 0.056, 0.4694),
        at("Claude-3.5-sonnet", 0.034, 0.438),
        at("Qwen-1.5-7B", 0.15, 0.3924),
        at("GPT-3.5-turbo-0613", 0.079, 0.384),
        at("Llama-3-70b*", 0.213, 0.3774),
        at("Llama-3.1-8B", 0.09, 0.31),
        at("Gemma-7b", 0.145, 0.2634),
        at("Mistral-medium", 0.225, 0.1395),
        at("Mistral-small", 0.203, 0.133),
        at("GPT-4o-0806", 0.139, 0.132),
        at("GPT-4-turbo-0409*", 0.035, 0.1278),
        at("GPT-3.5-turbo-0125", 0.379, 0.1271),
        at("GPT-4-0125", 0.07, 0.1219),
        at("Mistral-large", 0.272, 0.0978),
        at("Gemini-1.0-pro", 0.213, 0.0971),
        at("GPT-4o", 0.151, 0.0678),
        at("Llama-3.1-405B", 0.208, 0.057),
        at("Llama-3.1-70B", 0.301, 0.029),
    ],
};

/// The published models of one kind of prompt, with their tables.
pub fn points(kind: Kind) -> impl Iterator<Item = (&'static Source, &'static Published)> {
    let sources = SOURCES.iter().filter(move |source| source.kind == kind);
    sources.flat_map(|source| source.points.iter().map(move |point| (source, point)))
}

/// The published model of the same kind that is nearest on the map.
#[must_use]
pub fn nearest(
    kind: Kind,
    over_answer: f64,
    over_abstain: f64,
) -> Option<(&'static Source, &'static Published)> {
    let distance = |point: &Published| {
        (point.over_answer - over_answer).hypot(point.over_abstain - over_abstain)
    };
    points(kind).min_by(|(_, one), (_, other)| distance(one).total_cmp(&distance(other)))
}
