//! How rows are read, from the flags of any command.

use std::collections::BTreeMap;

use super::presets;
use crate::cli::{InputArgs, Missing};
use crate::codes;
use crate::error::Error;
use crate::input::{Constant, Fields, Mapping, MissingConfidence, Pairs, Preset, Role, RowRules};
use crate::report::InputUsed;

/// How the flags say rows are read, and where they are silent, how the preset does.
pub(super) fn rules(
    args: &InputArgs,
    by: &[String],
    preset: Option<&'static Preset>,
) -> Result<RowRules, Error> {
    let Some(preset) = preset else {
        return of_flags(args, by);
    };
    let defaults = presets::flags(preset, args)?;
    let assumed = presets::roles(&defaults);
    let presumed = defaults.filters.len();
    let mut rules = of_flags(&presets::merged(args, defaults), by)?;
    rules.fields.assumed = assumed;
    rules.fields.presumed = presumed;
    rules.preset = Some(preset);
    Ok(rules)
}

fn of_flags(args: &InputArgs, by: &[String]) -> Result<RowRules, Error> {
    let fields = Fields {
        mappings: mappings(args)?,
        by: by.to_vec(),
        filters: args.filters.clone(),
        cluster: args.cluster.clone(),
        opposites: args.opposites.iter().copied().collect(),
        constants: constants(args)?,
        pairs: pairs(args),
        join: args.join.clone(),
        ..Fields::default()
    };
    check_given(&fields)?;
    let fields = fields.ready();
    if fields.slots() > Fields::SLOTS {
        let error = Error::new(
            &codes::BAD_FLAG,
            "more fields are named than can be told apart",
        );
        return Err(error.help("pass --by and --where less often"));
    }
    let missing_confidence = match args.missing_confidence {
        Missing::Drop => MissingConfidence::Drop,
        Missing::Error => MissingConfidence::Error,
    };
    Ok(RowRules {
        fields,
        scale: args.confidence_scale.unwrap_or_default(),
        missing_confidence,
        preset: None,
        sampled: false,
    })
}

fn mappings(args: &InputArgs) -> Result<BTreeMap<Role, Mapping>, Error> {
    let column = |flag, role, path: &str| Mapping::column(flag, role, path);
    let id = args.id.iter().map(|field| column("--id", Role::Id, field));
    // What the options say takes the place of a column, and so do pairs.
    let softmax = args.softmax.iter().flat_map(|softmax| {
        let confidence = column("--softmax", Role::Confidence, "");
        [softmax.clone(), confidence]
    });
    let roles = args
        .pairs
        .iter()
        .flat_map(|_| [Role::Confidence, Role::Correct]);
    let pairs = roles.map(|role| column("--pairs", role, ""));
    let given = args.mappings.iter().chain(&args.extracts).cloned();
    let mut mappings: BTreeMap<Role, Mapping> = BTreeMap::new();
    for mapping in given.chain(id).chain(softmax).chain(pairs) {
        let (role, flag) = (mapping.role.name(), mapping.flag());
        if let Some(before) = mappings.insert(mapping.role, mapping) {
            let detail = match before.flag() == flag {
                true => format!("{role} is mapped twice, once to {}", before.path),
                false => format!("{role} is mapped twice, by {} and by {flag}", before.flag()),
            };
            return Err(Error::new(&codes::BAD_FLAG, detail).help("map each role once"));
        }
    }
    Ok(mappings)
}

fn constants(args: &InputArgs) -> Result<BTreeMap<Role, Constant>, Error> {
    let mut constants: BTreeMap<Role, Constant> = BTreeMap::new();
    for constant in args.constants.iter().cloned() {
        if let Some(before) = constants.insert(constant.role, constant) {
            let role = before.role.name();
            let detail = format!("--const gives {role} twice, once as {}", before.value);
            return Err(Error::new(&codes::BAD_FLAG, detail).help("give each role one value"));
        }
    }
    Ok(constants)
}

fn pairs(args: &InputArgs) -> Option<Pairs> {
    let role = args.pairs_role;
    args.pairs.clone().map(|pairs| pairs.with_role(role))
}

/// Checks flags that say different things of one role.
fn check_given(fields: &Fields) -> Result<(), Error> {
    let as_role = fields.pairs.iter().filter_map(|pairs| pairs.role);
    let given = fields.constants.keys().map(|role| ("--const", *role));
    for (flag, role) in given.chain(as_role.map(|role| ("--as", role))) {
        let mapping = fields
            .mappings
            .get(&role)
            .filter(|m| !m.path.is_empty() || m.flag() != "--map");
        if let Some(mapping) = mapping {
            let detail = format!(
                "{} is given by {flag} and by {}",
                role.name(),
                mapping.flag()
            );
            return Err(Error::new(&codes::BAD_FLAG, detail).help("pass one of them"));
        }
        if flag == "--as" && fields.constants.contains_key(&role) {
            let detail = format!("{} is given by --as and by --const", role.name());
            return Err(Error::new(&codes::BAD_FLAG, detail).help("pass one of them"));
        }
    }
    let translated = |role: &&Role| {
        let mapping = fields.mappings.get(role);
        mapping.is_some_and(|mapping| !mapping.values.is_empty())
    };
    match fields.opposites.iter().find(translated) {
        Some(role) => {
            let name = role.name();
            let detail =
                format!("--not {name} turns round what --map says the values of {name} mean");
            Err(Error::new(&codes::BAD_FLAG, detail).help("say in --map what each value means"))
        }
        None => Ok(()),
    }
}

/// The flags as the report lists them.
pub(super) fn used(args: &InputArgs, rules: &RowRules) -> InputUsed {
    let fields = &rules.fields;
    let texts = |flag: &str| {
        let mappings = fields.mappings.values();
        let of_flag = mappings.filter(|mapping| mapping.flag() == flag);
        of_flag.map(|mapping| mapping.text().to_owned()).collect()
    };
    let role = |role: Role| role.name().to_owned();
    InputUsed {
        map: texts("--map"),
        extract: texts("--extract"),
        softmax: args.softmax.as_ref().map(|softmax| softmax.path.clone()),
        opposites: fields.opposites.iter().copied().map(role).collect(),
        constants: fields
            .constants
            .values()
            .map(|constant| format!("{}={}", constant.role.name(), constant.value))
            .collect(),
        pairs: fields.pairs.as_ref().map(Pairs::text),
        pairs_role: fields.pairs.as_ref().and_then(|pairs| pairs.role).map(role),
        join: fields.join.as_ref().map(|join| join.text()),
    }
}
