//! The `calib` command: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    calib::main(std::env::args_os()).into()
}
