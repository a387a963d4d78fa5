//! The configuration file of any command: found, checked, and its flags put beside those of the command line.
//!
//! A flag of the command line goes before the file's, and `[input.PRESET]` before `[input]`. What is said of the roles
//! of columns goes before role by role, as with presets; every other flag as a whole.

mod keys;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use clap::error::ErrorKind as UsageKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};

use super::presets;
use crate::cli::{Cli, Command, ConfigUsed, InputArgs};
use crate::codes;
use crate::config::{Config, FILE, Setting};
use crate::error::{Error, Place};
use crate::input::Role;

pub use keys::keys;

/// Why a command line cannot be run.
#[derive(Debug)]
pub enum Refused {
    /// It has no meaning, or asks for help.
    Usage(clap::Error),
    /// Its configuration file cannot be used.
    Config(Error),
}

impl From<clap::Error> for Refused {
    fn from(error: clap::Error) -> Self {
        Self::Usage(error)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Config(error)
    }
}

/// The command line, with the flags of the configuration file where it is silent.
///
/// # Errors
/// When the command line or the file has no meaning.
pub fn parse(arguments: Vec<OsString>) -> Result<Cli, Refused> {
    let strict = Cli::command().try_get_matches_from(&arguments);
    let matches = match strict.as_ref().map_err(clap::Error::kind) {
        Ok(matches) => matches.clone(),
        // A flag that another needs may stand in the file.
        Err(UsageKind::MissingRequiredArgument) => Cli::command()
            .ignore_errors(true)
            .try_get_matches_from(&arguments)?,
        Err(_) => return Ok(Cli::from_arg_matches(&strict?)?),
    };
    let Some(given) = Given::of(&matches, arguments) else {
        return Ok(Cli::from_arg_matches(&strict?)?);
    };
    let Some((path, text)) = find(given.matches)? else {
        return Ok(Cli::from_arg_matches(&strict?)?);
    };
    let config = Config::parse(&path, &text, &keys())?;
    keys::check(&config)?;
    let lone = strict.is_ok();
    let mut cli = given.with(&config, None, lone)?;
    let mut sections = BTreeMap::new();
    for name in config.presets.keys() {
        if let Some(input) = given.with(&config, Some(name), lone)?.command.input() {
            sections.insert(*name, input.clone());
        }
    }
    if let Some(input) = cli.command.input() {
        input.config.used = Some(ConfigUsed {
            config,
            presets: sections,
        });
    }
    Ok(cli)
}

impl Command {
    /// How it reads logs, if it does.
    fn input(&mut self) -> Option<&mut InputArgs> {
        match self {
            Self::Apply(args) => Some(&mut args.input),
            Self::Audit(args) => Some(&mut args.input),
            Self::Compare(args) => Some(&mut args.input),
            Self::Gate(args) => Some(&mut args.input),
            Self::Plan(args) => Some(&mut args.input),
            Self::Fit(args) => Some(&mut args.input),
            Self::Check(args) => Some(&mut args.input),
            Self::Explain(_)
            | Self::Init(_)
            | Self::Merge(_)
            | Self::Schema(_)
            | Self::Synth(_) => None,
        }
    }
}

/// The path and the text of the file that is to be used, if one is.
fn find(matches: &ArgMatches) -> Result<Option<(String, String)>, Error> {
    if matches.get_flag("no_config") {
        return Ok(None);
    }
    let named = matches.get_one::<std::path::PathBuf>("config");
    let path = named.map_or(Path::new(FILE), |path| path.as_path());
    let shown = path.to_string_lossy().into_owned();
    // A link that leads nowhere is there, and so are its rules.
    let absent =
        std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    match read(path) {
        Ok(text) => Ok(Some((shown, text))),
        Err(_) if named.is_none() && absent => Ok(None),
        Err(error) => Err(Error::new(&codes::BAD_CONFIG, error.to_string())
            .at(Place::file(&shown))
            .help(codes::BAD_CONFIG.remedy)),
    }
}

/// Bytes that any file of settings has room in.
const LARGEST: u64 = 1 << 20;

/// The text of a file, which is neither a pipe nor without end.
fn read(path: &Path) -> io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(
            ErrorKind::InvalidInput,
            "it is no regular file",
        ));
    }
    let mut text = String::new();
    std::fs::File::open(path)?
        .take(LARGEST + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        let error = format!("it has more than {LARGEST} bytes");
        return Err(io::Error::new(ErrorKind::InvalidData, error));
    }
    Ok(text)
}

/// A command line that reads logs.
struct Given<'m> {
    arguments: Vec<OsString>,
    /// Where the arguments of the command begin.
    start: usize,
    matches: &'m ArgMatches,
    /// The roles that its flags are about.
    roles: BTreeSet<Role>,
    /// Flags that stand on it.
    flags: BTreeSet<String>,
}

impl<'m> Given<'m> {
    fn of(matches: &'m ArgMatches, arguments: Vec<OsString>) -> Option<Self> {
        let (name, matches) = matches.subcommand()?;
        // A command without this flag reads no logs.
        matches.try_contains_id("no_config").ok()?;
        let input = InputArgs::from_arg_matches(matches).ok()?;
        let ids = matches.ids().map(clap::Id::as_str);
        let own = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        let command = Cli::command();
        let own: BTreeSet<_> = ids.filter(own).collect();
        let known = command.find_subcommand(name)?.get_arguments();
        let typed = known.filter(|arg| own.contains(arg.get_id().as_str()));
        let flags = typed.filter_map(|arg| arg.get_long());
        let flags = flags.map(str::to_owned).collect();
        let start = arguments.iter().position(|argument| argument == name)? + 1;
        Some(Self {
            arguments,
            start,
            matches,
            roles: presets::roles(&input),
            flags,
        })
    }

    /// The command line with the flags of a file behind its own. `lone` is whether it has a meaning by itself.
    fn with(&self, config: &Config, preset: Option<&str>, lone: bool) -> Result<Cli, Refused> {
        let own = preset.and_then(|name| config.presets.get(name));
        let known = keys::flags(self.matches);
        let mut added = Vec::new();
        let (mut roles, mut flags) = (self.roles.clone(), self.flags.clone());
        for layer in [own.unwrap_or(&Vec::new()), &config.input, &config.metrics] {
            let free: Vec<&Setting> = layer
                .iter()
                .filter(|setting| known.contains(&setting.flag))
                .filter(|setting| is_free(setting, &roles, &flags))
                .filter(|setting| setting.flag != "as" || !lost_pairs(layer, &roles, &flags))
                .collect();
            roles.extend(free.iter().flat_map(|setting| roles_of(setting)));
            flags.extend(free.iter().map(|setting| setting.flag.clone()));
            added.extend(free.iter().map(|setting| setting.argument().into()));
        }
        let (before, after) = self.arguments.split_at(self.start);
        let all = [before, &added, after].concat();
        Cli::try_parse_from(all).map_err(|error| match lone {
            // Each flag of the file is one that is taken: it is together that they have no meaning.
            true => {
                let said = error.render().to_string();
                // What is missing stands below what is said of it.
                let lines = said
                    .lines()
                    .map(str::trim)
                    .take_while(|line| !line.is_empty());
                let detail = lines.collect::<Vec<_>>().join(" ");
                let detail = detail.trim_start_matches("error: ").to_owned();
                let error = Error::new(&codes::BAD_SETTING, detail).at(Place::file(&config.path));
                Refused::Config(error.help(codes::BAD_SETTING.remedy))
            }
            false => Refused::Usage(error),
        })
    }
}

fn roles_of(setting: &Setting) -> Vec<Role> {
    let value = setting.value.as_deref().unwrap_or_default();
    match setting.flag.as_str() {
        // Its pairs may stand in another layer.
        "as" => Role::named(value).into_iter().collect(),
        flag => presets::roles_of(flag, value),
    }
}

/// Whether the pairs of a layer give way to a flag about their roles, and none take their place: what `as` says of
/// them then has no meaning.
fn lost_pairs(layer: &[Setting], roles: &BTreeSet<Role>, flags: &BTreeSet<String>) -> bool {
    let mut pairs = layer.iter().filter(|setting| setting.flag == "pairs");
    !flags.contains("pairs") && pairs.any(|setting| !is_free(setting, roles, flags))
}

/// Whether nothing that goes before a setting says what it says.
fn is_free(setting: &Setting, roles: &BTreeSet<Role>, flags: &BTreeSet<String>) -> bool {
    let own = roles_of(setting);
    let by_role = matches!(setting.flag.as_str(), "map" | "const" | "not" | "extract");
    let said = flags.contains(&setting.flag) && !by_role;
    !said && own.iter().all(|role| !roles.contains(role))
}

/// The fields of `by` in the file, for commands without that flag.
pub(super) fn by(config: Option<&Config>) -> Vec<String> {
    let settings = config.into_iter().flat_map(|config| &config.metrics);
    let values = settings
        .filter(|setting| setting.flag == "by")
        .filter_map(|setting| setting.value.as_deref());
    values
        .flat_map(|value| value.split(','))
        .map(str::to_owned)
        .collect()
}
