//! How every test runs the program: with an environment of its own, and with what it said split by stream.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Variables that change what a report looks like; a test sets those it is about.
const SCRUBBED: &[&str] = &[
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "COLUMNS",
    "LINES",
    "LANG",
    "TERM",
    "CI",
];
/// The same, by the beginning of the name.
const SCRUBBED_PREFIXES: &[&str] = &["LC_", "GITHUB_"];

/// A command line to run.
pub(crate) struct Calib {
    command: Command,
    directory: PathBuf,
    stdin: Vec<u8>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Output {
    /// Exit code; a signal has none.
    pub(crate) status: Option<i32>,
    /// Standard output, with the directory it ran in written `[DIR]`.
    pub(crate) stdout: String,
    /// Standard error, likewise.
    pub(crate) stderr: String,
}

/// The root of the package: where relative paths of a run begin unless [`Calib::within`] says otherwise.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program, with no argument yet.
pub(crate) fn calib() -> Calib {
    let mut command = Command::new(env!("CARGO_BIN_EXE_calib"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let prefixed = SCRUBBED_PREFIXES
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if prefixed || SCRUBBED.contains(&text.as_ref()) {
            command.env_remove(&name);
        }
    }
    Calib {
        command,
        directory: root().to_owned(),
        stdin: Vec::new(),
    }
}

/// Holds a report to the schema that is published.
#[track_caller]
pub(crate) fn follows_schema(report: &serde_json::Value) {
    let schema = std::fs::read(root().join("docs/report.schema.json")).unwrap();
    let schema = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(report);
    let errors: Vec<_> = errors
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// `calib audit` with these arguments.
pub(crate) fn audit<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Calib {
    calib().args(["audit"]).args(arguments)
}

impl Calib {
    /// More arguments.
    pub(crate) fn args<S: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        self.command.args(arguments);
        self
    }

    /// What standard input holds.
    pub(crate) fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// A variable of the environment.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The directory to run in.
    pub(crate) fn within(mut self, directory: &Path) -> Self {
        directory.clone_into(&mut self.directory);
        self
    }

    /// Where standard output goes, when not to the test.
    pub(crate) fn stdout_to(self, stdout: impl Into<Stdio>) -> Output {
        let child = self.start(stdout.into());
        finish(child.0, &child.1, child.2)
    }

    /// Runs to the end.
    pub(crate) fn run(self) -> Output {
        self.stdout_to(Stdio::piped())
    }

    /// Starts, for tests that look at the program while it runs: the process, its directory and its input to come.
    pub(crate) fn start(mut self, stdout: Stdio) -> (Child, PathBuf, Vec<u8>) {
        self.command
            .current_dir(&self.directory)
            .stdin(Stdio::piped())
            .stdout(stdout)
            .stderr(Stdio::piped());
        (self.command.spawn().unwrap(), self.directory, self.stdin)
    }
}

/// Feeds a process its input and waits for its end.
fn finish(mut child: Child, directory: &Path, input: Vec<u8>) -> Output {
    let stdin = child.stdin.take();
    let feeder = std::thread::spawn(move || {
        // A program that ends early, on a usage error, reads nothing.
        stdin.map(|mut pipe| pipe.write_all(&input))
    });
    let output = child.wait_with_output().unwrap();
    let _ = feeder.join().unwrap();
    let scrubbed = |bytes: Vec<u8>| {
        let text = String::from_utf8(bytes).unwrap();
        text.replace(&directory.to_string_lossy().into_owned(), "[DIR]")
    };
    Output {
        status: output.status.code(),
        stdout: scrubbed(output.stdout),
        stderr: scrubbed(output.stderr),
    }
}

impl Output {
    /// Standard output of a run that must have ended in 0 and said nothing else.
    #[track_caller]
    pub(crate) fn report(self) -> String {
        assert_eq!(
            (self.status, self.stderr.as_str()),
            (Some(0), ""),
            "{self:?}"
        );
        self.stdout
    }

    /// The same, as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> serde_json::Value {
        serde_json::from_str(&self.report()).unwrap()
    }

    /// Both streams.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// Says that a test can't be run here, where even a captured test is heard.
pub(crate) fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {reason}");
}

/// `LABEL=PATH`, whatever bytes the path holds.
pub(crate) fn labelled(label: &str, path: &Path) -> OsString {
    let mut argument = OsString::from(label);
    argument.push("=");
    argument.push(path);
    argument
}
