//! Decoding that cannot end the program: an error of the decoder, or a panic on bytes it did not expect, is one of ours.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use parquet::errors::{ParquetError, Result as Decoded};

use crate::codes;
use crate::error::{Error, Place};

thread_local! {
    /// Whether a panic in this thread is caught and told as an error.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Runs code that decodes bytes of this file.
///
/// # Errors
/// When it fails or panics.
pub(super) fn guarded<T>(path: &str, decode: impl FnOnce() -> Decoded<T>) -> Result<T, Error> {
    silence_caught_panics();
    let before = CAUGHT.replace(true);
    let result = catch_unwind(AssertUnwindSafe(decode));
    CAUGHT.set(before);
    match result {
        Ok(decoded) => decoded.map_err(|error| refused(path, &error)),
        Err(panic) => Err(damaged(path, message(&*panic))),
    }
}

/// The message of a panic would reach standard error before the error that it becomes.
fn silence_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !CAUGHT.get() {
                hook(panic);
            }
        }));
    });
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned
        .or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("the decoder stopped")
}

fn refused(path: &str, error: &ParquetError) -> Error {
    match error {
        ParquetError::NYI(what) => {
            let error = Error::new(&codes::UNKNOWN_FORMAT, what.clone());
            error
                .at(Place::file(path))
                .help("write the file with Snappy, Zstandard or gzip compression, and unencrypted")
        }
        ParquetError::General(what) | ParquetError::EOF(what) => damaged(path, what),
        other => damaged(path, &other.to_string()),
    }
}

fn damaged(path: &str, what: &str) -> Error {
    Error::new(&codes::DAMAGED_TABLE, what)
        .at(Place::file(path))
        .help(codes::DAMAGED_TABLE.remedy)
}
