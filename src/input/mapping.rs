//! `--map`: which column plays a role, and what its values mean.

use std::collections::BTreeMap;

use super::roles::{ROLES, Role, nearest};

/// `--map ROLE=PATH[:v1=x,v2=y]`, parsed; an empty path unmaps the role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The role.
    pub role: Role,
    /// The column.
    pub path: String,
    /// What values of the column mean.
    pub values: BTreeMap<String, String>,
}

impl Mapping {
    /// Parses the argument of `--map`.
    ///
    /// # Errors
    /// When the role is not known or the form is not `ROLE=PATH[:value=meaning,…]`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (role, rest) = text
            .split_once('=')
            .ok_or("expected ROLE=PATH, for example correct=judge.ok")?;
        let role = Role::named(role).ok_or_else(|| unknown_role(role))?;
        let (path, values) = match rest
            .split_once(':')
            .filter(|(_, values)| values.contains('='))
        {
            Some((path, values)) => (path, parse_values(values)?),
            None => (rest, BTreeMap::new()),
        };
        Ok(Self {
            role,
            path: path.to_owned(),
            values,
        })
    }
}

fn parse_values(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut values = BTreeMap::new();
    for pair in text.split(',') {
        let (value, meaning) = pair
            .split_once('=')
            .ok_or_else(|| format!("expected VALUE=MEANING, found `{pair}`"))?;
        if values
            .insert(value.to_owned(), meaning.to_owned())
            .is_some()
        {
            return Err(format!("the value `{value}` is given two meanings"));
        }
    }
    Ok(values)
}

fn unknown_role(name: &str) -> String {
    let names: Vec<_> = ROLES.iter().map(|names| names.name).collect();
    let nearest = nearest(name, names.iter().copied())
        .map(|near| format!("did you mean `{near}`? "))
        .unwrap_or_default();
    format!(
        "`{name}` is not a role; {nearest}the roles are {}",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_parsed() {
        let mapping = Mapping::parse("correct=judge_response.correct:yes=1,no=0").unwrap();
        assert_eq!(
            (mapping.role, mapping.path.as_str(), mapping.values.len()),
            (Role::Correct, "judge_response.correct", 2)
        );
        assert_eq!(Mapping::parse("weight=").unwrap().path, "");
        assert!(
            Mapping::parse("confidnce=x")
                .unwrap_err()
                .contains("did you mean `confidence`?")
        );
    }
}
