//! What columns can mean, and the names they go by.

/// What a column can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// Identity of the row; repeated ids are samples of one item.
    Id,
    /// Which model answered.
    Model,
    /// Which task the prompt belongs to.
    Task,
    /// Identity of the prompt.
    PromptId,
    /// Which sample of the prompt.
    Sample,
    /// Probability that the answer is correct.
    Confidence,
    /// Whether the answer was correct, or its share of credit.
    Correct,
    /// Whether the model declined.
    Abstained,
    /// Whether it should have declined.
    ShouldAbstain,
    /// Why it should have: epistemic or safety.
    Kind,
    /// A label that says both: correct, incorrect, not attempted, refused.
    Grade,
    /// The answer given.
    Answer,
    /// The whole text of the model; stands in for the answer where no row has one.
    Response,
    /// The answer wanted.
    Target,
    /// Weight of the row.
    Weight,
    /// Cluster of dependent rows.
    Cluster,
    /// Log-likelihoods of the options of a question.
    ChoiceLogprobs,
    /// Which of the options is right.
    TargetIndex,
    /// Whether the model declined according to a human who checked the judge.
    HumanLabel,
    /// Training step the row was sampled at.
    Step,
    /// Reward of the sample.
    Reward,
    /// Number of tokens of the response.
    Tokens,
    /// Format of the response, by name.
    Format,
    /// Log-probability of the response under the policy.
    LogpPolicy,
    /// The same under the base model.
    LogpBase,
    /// Log-probabilities of its tokens under the policy.
    LogpPolicyTokens,
    /// The same under the base model.
    LogpBaseTokens,
    /// Whether the answer was correct that was forced where the model declined.
    ForcedCorrect,
    /// Cost of a wrong answer.
    CostWrong,
    /// Cost of declining.
    CostAbstain,
    /// Weight of the row in training.
    TrainWeight,
    /// Parameters of the model.
    ModelSize,
}

/// A role with its names.
pub(crate) struct RoleNames {
    pub(crate) role: Role,
    /// Name in flags and reports.
    pub(crate) name: &'static str,
    /// Other names of a column, compared without case and separators.
    pub(super) aliases: &'static [&'static str],
    /// Names of columns that say the opposite.
    pub(super) inverses: &'static [&'static str],
}

const fn role(role: Role, name: &'static str, aliases: &'static [&'static str]) -> RoleNames {
    RoleNames {
        role,
        name,
        aliases,
        inverses: &[],
    }
}

/// Every role, in the order of [`Role`].
pub(crate) const ROLES: &[RoleNames] = &[
    role(
        Role::Id,
        "id",
        &[
            "sample_id",
            "question_id",
            "doc_id",
            "instance_id",
            "example_id",
            "uid",
            "qid",
            "unique_id",
            "task_id",
        ],
    ),
    role(
        Role::Model,
        "model",
        &["model_id", "model_name", "checkpoint"],
    ),
    role(
        Role::Task,
        "task",
        &[
            "dataset",
            "dataset_name",
            "benchmark",
            "evaluation_name",
            "subset",
            "scenario_label",
        ],
    ),
    role(Role::PromptId, "prompt_id", &[]),
    role(Role::Sample, "sample", &["epoch"]),
    role(
        Role::Confidence,
        "confidence",
        &[
            "conf",
            "prob",
            "probability",
            "forecast",
            "max_prob",
            "verbalized_confidence",
            "stated_confidence",
            "confidence_level",
            "confidence_levels",
            "predicted_conf",
            "p_correct",
            "probwin",
        ],
    ),
    role(
        Role::Correct,
        "correct",
        &[
            "is_correct",
            "is_response_correct",
            "evals",
            "acc",
            "exact_match",
            "quasi_exact_match",
            "outcome",
            "resolved_to",
            "success",
            "pass",
        ],
    ),
    role(
        Role::Abstained,
        "abstained",
        &[
            "abstain",
            "abstention",
            "is_abstention",
            "refused",
            "refusal",
            "is_refusal",
            "is_rejected",
            "not_attempted",
            "is_not_attempted",
        ],
    ),
    RoleNames {
        role: Role::ShouldAbstain,
        name: "should_abstain",
        aliases: &[
            "abstention_label",
            "should_refuse",
            "unanswerable",
            "is_impossible",
            "is_unsafe",
            "harmful",
        ],
        inverses: &["answerable", "is_answerable"],
    },
    role(Role::Kind, "kind", &[]),
    role(
        Role::Grade,
        "grade",
        &["label", "final_label", "answer_category", "score", "value"],
    ),
    role(
        Role::Answer,
        "answer",
        &["prediction", "pred", "output", "model_answer"],
    ),
    role(Role::Response, "response", &[]),
    role(
        Role::Target,
        "target",
        &["gold", "expected", "reference", "correct_answer"],
    ),
    role(Role::Weight, "weight", &[]),
    role(Role::Cluster, "cluster", &["group_id"]),
    role(
        Role::ChoiceLogprobs,
        "choice_logprobs",
        &["filtered_resps", "logprobs"],
    ),
    role(Role::TargetIndex, "target_index", &["gold_index"]),
    role(Role::HumanLabel, "human_label", &[]),
    role(
        Role::Step,
        "step",
        &["global_step", "train_step", "training_step"],
    ),
    role(Role::Reward, "reward", &[]),
    role(Role::Tokens, "tokens", &[]),
    role(Role::Format, "format", &[]),
    role(Role::LogpPolicy, "logp_policy", &[]),
    role(Role::LogpBase, "logp_base", &[]),
    role(Role::LogpPolicyTokens, "logp_policy_tokens", &[]),
    role(Role::LogpBaseTokens, "logp_base_tokens", &[]),
    role(Role::ForcedCorrect, "forced_correct", &[]),
    role(Role::CostWrong, "cost_wrong", &[]),
    role(Role::CostAbstain, "cost_abstain", &[]),
    role(Role::TrainWeight, "train_weight", &[]),
    role(Role::ModelSize, "model_size", &[]),
];

impl Role {
    /// The roles that tell clusters apart, the first that has a value before the others.
    pub(crate) const IDENTITIES: [Self; 3] = [Self::Cluster, Self::PromptId, Self::Id];

    /// Its name in flags and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        ROLES[self as usize].name
    }

    /// The role with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ROLES
            .iter()
            .find(|names| fold(names.name) == fold(name))
            .map(|names| names.role)
    }

    /// Whether the role says what the model did, or should have done.
    pub(super) fn is_outcome(self) -> bool {
        matches!(
            self,
            Self::Correct | Self::Abstained | Self::ShouldAbstain | Self::Grade | Self::HumanLabel
        )
    }

    /// Whether a row may have several values for it.
    pub(super) fn takes_lists(self) -> bool {
        matches!(
            self,
            Self::ChoiceLogprobs
                | Self::TargetIndex
                | Self::Tokens
                | Self::LogpPolicyTokens
                | Self::LogpBaseTokens
        )
    }

    /// Whether nothing is computed from the role, so that two columns for it do no harm.
    pub(super) fn is_passive(self) -> bool {
        matches!(
            self,
            Self::Model | Self::Task | Self::Sample | Self::Response
        )
    }
}

/// A name without case and separators: `Is-Correct`, `is_correct` and `isCorrect` are one.
pub(crate) fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The column that holds the keys of an object of rows.
pub(super) const KEY: &str = "(key)";

/// The role a column's name says, and whether it says the opposite.
pub(super) fn role_of(path: &str) -> Option<(Role, bool)> {
    if path == KEY {
        return Some((Role::Id, false));
    }
    let name = fold(path.rsplit('.').next().unwrap_or(path));
    let is = |other: &&str| fold(other) == name;
    ROLES.iter().find_map(|names| {
        if fold(names.name) == name || names.aliases.iter().any(is) {
            Some((names.role, false))
        } else if names.inverses.iter().any(is) {
            Some((names.role, true))
        } else {
            None
        }
    })
}

/// The flag that gives a role to a column, quoted for a shell where it has to be.
pub(super) fn map_flag(role: Role, column: &str) -> String {
    let argument = format!("{}={column}", role.name());
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '=' | '/');
    if argument.chars().all(harmless) {
        format!("--map {argument}")
    } else {
        format!("--map '{}'", argument.replace('\'', "'\\''"))
    }
}

/// Whether the last words of a column's name are a name of the role, as in `run1-is_correct`.
pub(super) fn ends_like(path: &str, role: Role) -> bool {
    path.match_indices(['-', '_', ' '])
        .any(|(at, _)| role_of(&path[at + 1..]).is_some_and(|(named, _)| named == role))
}

/// The candidate most like a name, if any is alike.
pub(crate) fn nearest<'a>(
    name: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let name = fold(name);
    candidates
        .map(|candidate| (strsim::jaro_winkler(&name, &fold(candidate)), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_stand_at_their_own_index() {
        for (index, names) in ROLES.iter().enumerate() {
            assert_eq!(names.role as usize, index, "{}", names.name);
        }
    }

    #[test]
    fn a_name_belongs_to_one_role() {
        let mut names: Vec<_> = ROLES
            .iter()
            .flat_map(|names| {
                std::iter::once(&names.name)
                    .chain(names.aliases)
                    .chain(names.inverses)
            })
            .map(|name| fold(name))
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn the_whole_last_segment_counts() {
        assert_eq!(role_of("judge.Is-Correct"), Some((Role::Correct, false)));
        assert_eq!(role_of("isCorrect"), Some((Role::Correct, false)));
        assert_eq!(role_of("answerable"), Some((Role::ShouldAbstain, true)));
        assert_eq!(role_of("label_confidence"), None);
        assert_eq!(role_of("confidence.interval"), None);
    }
}
