//! `--const` and `--not`: what every row says, and columns that say the opposite.

use super::mapping::Mapping;
use super::roles::{Role, role_of};
use super::value::{Number, Raw, fold_word};

/// `--const ROLE=VALUE`: a role that has the same value in every row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// The role.
    pub role: Role,
    /// Its value, as a column would say it.
    pub value: String,
}

impl Constant {
    /// Parses `ROLE=VALUE`. A name that says the opposite of a role, such as `answerable`, turns its value round.
    ///
    /// # Errors
    /// When the role is not known, or cannot have this value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, value) = text
            .split_once('=')
            .filter(|(_, value)| !value.is_empty())
            .ok_or("expected ROLE=VALUE, for example kind=safety")?;
        let raw = Raw::Text(value.into());
        let (role, value) = match (Mapping::role(name), role_of(name)) {
            (Err(_), Some((role, true))) => {
                let truth = raw
                    .truth()
                    .ok_or_else(|| unfit(name, "true or false", value))?;
                (role, (!truth).to_string())
            }
            (role, _) => (role?, value.to_owned()),
        };
        match expected(role, &raw) {
            Some(expected) => Err(unfit(role.name(), expected, &value)),
            None => Ok(Self { role, value }),
        }
    }
}

fn unfit(name: &str, expected: &str, value: &str) -> String {
    format!("{name} is {expected}, not `{value}`")
}

/// What a role asks for, where the value is something else.
fn expected(role: Role, raw: &Raw<'_>) -> Option<&'static str> {
    let is_number = || matches!(raw.number(), Number::Plain(_) | Number::Percent(_));
    let word = raw.text().map(fold_word).unwrap_or_default();
    let (fits, expected) = match role {
        Role::ShouldAbstain => (raw.truth().is_some(), "true or false"),
        Role::Kind => (
            matches!(word.as_str(), "epistemic" | "safety"),
            "epistemic or safety",
        ),
        Role::Confidence
        | Role::Weight
        | Role::Step
        | Role::Reward
        | Role::CostWrong
        | Role::CostAbstain
        | Role::TrainWeight => (is_number(), "a number"),
        Role::ChoiceLogprobs | Role::LogpPolicyTokens | Role::LogpBaseTokens => {
            (false, "a list, which differs by row")
        }
        _ => (true, ""),
    };
    (!fits).then_some(expected)
}

/// Parses the argument of `--not`: a role whose opposite can be said.
///
/// # Errors
/// When the role is not known, or has no opposite.
pub fn parse_not(text: &str) -> Result<Role, String> {
    let role = Mapping::role(text)?;
    match role {
        Role::Confidence | Role::Correct | Role::Abstained | Role::ShouldAbstain => Ok(role),
        _ => Err(format!(
            "{} has no opposite; confidence, correct, abstained and should_abstain have",
            role.name()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_checked() {
        let constant = |role, value: &str| Constant {
            role,
            value: value.to_owned(),
        };
        let parsed = Constant::parse("kind=safety").unwrap();
        assert_eq!(parsed, constant(Role::Kind, "safety"));
        let parsed = Constant::parse("answerable=yes").unwrap();
        assert_eq!(parsed, constant(Role::ShouldAbstain, "false"));
        for (text, says) in [
            ("kind", "expected ROLE=VALUE"),
            ("kind=", "expected ROLE=VALUE"),
            ("kind=harm", "kind is epistemic or safety"),
            ("answerable=maybe", "true or false"),
            ("weight=heavy", "a number"),
            ("knd=safety", "did you mean `kind`"),
        ] {
            let error = Constant::parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }

    #[test]
    fn only_some_roles_have_an_opposite() {
        assert_eq!(parse_not("should_abstain"), Ok(Role::ShouldAbstain));
        assert!(parse_not("id").unwrap_err().contains("no opposite"));
    }
}
