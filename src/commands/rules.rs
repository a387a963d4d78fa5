//! How rows are read, from the flags of any command.

use std::collections::BTreeMap;

use super::presets;
use crate::cli::{InputArgs, Missing};
use crate::codes;
use crate::error::Error;
use crate::input::{Constant, Fields, Mapping, MissingConfidence, Pairs, Preset, Role, RowRules};
use crate::report::InputUsed;
use crate::state::Flags;

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
        ungraded: false,
        textless: false,
        unhurried: false,
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

/// The flags that say how rows are read, with what they say.
pub(super) fn flags(args: &InputArgs, rules: &RowRules) -> Flags {
    let fields = &rules.fields;
    let texts = |flag: &str| -> Vec<String> {
        let mappings = fields.mappings.values();
        let of_flag = mappings.filter(|mapping| mapping.flag() == flag);
        of_flag.map(|mapping| mapping.text().to_owned()).collect()
    };
    let role = |role: Role| role.name().to_owned();
    let pair = |(name, value): (&str, &str)| format!("{name}={value}");
    let constants = fields.constants.values();
    let filters = fields.filters.iter();
    let pairs = fields.pairs.iter();
    let flags: [(&str, Vec<String>); 12] = [
        ("map", texts("--map")),
        ("extract", texts("--extract")),
        (
            "softmax",
            args.softmax
                .iter()
                .map(|softmax| softmax.path.clone())
                .collect(),
        ),
        ("not", fields.opposites.iter().copied().map(role).collect()),
        (
            "const",
            constants
                .map(|constant| pair((constant.role.name(), &constant.value)))
                .collect(),
        ),
        ("pairs", pairs.clone().map(Pairs::text).collect()),
        (
            "as",
            pairs.filter_map(|pairs| pairs.role).map(role).collect(),
        ),
        ("join", fields.join.iter().map(|join| join.text()).collect()),
        (
            "where",
            filters.map(|(field, value)| pair((field, value))).collect(),
        ),
        ("cluster", fields.cluster.iter().cloned().collect()),
        ("max-bad-rows", vec![args.max_bad_rows.to_string()]),
        (
            "missing-confidence",
            vec![rules.missing_confidence.to_string()],
        ),
    ];
    let named = flags.into_iter().filter(|(_, values)| !values.is_empty());
    named
        .map(|(flag, values)| (flag.to_owned(), values))
        .collect()
}

/// The flags as the report lists them.
pub(super) fn used(flags: &Flags) -> InputUsed {
    InputUsed {
        map: all(flags, "map"),
        extract: all(flags, "extract"),
        softmax: one(flags, "softmax"),
        opposites: all(flags, "not"),
        constants: all(flags, "const"),
        pairs: one(flags, "pairs"),
        pairs_role: one(flags, "as"),
        join: one(flags, "join"),
    }
}

/// What a flag that may be repeated says.
pub(super) fn all(flags: &Flags, flag: &str) -> Vec<String> {
    flags.get(flag).cloned().unwrap_or_default()
}

/// What a flag says; several logs may have been read with several values.
pub(super) fn one(flags: &Flags, flag: &str) -> Option<String> {
    flags.get(flag).map(|values| values.join("; "))
}
