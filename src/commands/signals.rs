//! Interruptions that can wait: a person who stops the program does so between two files, never within one.

#[cfg(unix)]
pub(super) use waiting::{Deferred, came};

/// Signals wait while this lives; where there are none, nothing does.
#[cfg(not(unix))]
pub(super) struct Deferred;

#[cfg(not(unix))]
impl Deferred {
    pub(super) fn new() -> Self {
        Self
    }
}

/// Whether a signal waits.
#[cfg(not(unix))]
pub(super) fn came() -> bool {
    false
}

#[cfg(unix)]
mod waiting {
    use std::io;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, OnceLock};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;
    use signal_hook::low_level::emulate_default_handler;

    /// What a person or a CI runner sends to end a program.
    const ENDING: [i32; 2] = [SIGINT, SIGTERM];

    /// What the handlers and the program tell each other.
    struct Signals {
        /// The program may end at once.
        idle: Arc<AtomicBool>,
        /// The signal that came, or 0.
        came: Arc<AtomicUsize>,
    }

    static SIGNALS: OnceLock<Signals> = OnceLock::new();

    /// While this lives, SIGINT and SIGTERM wait; then the program ends as it would have.
    pub(in crate::commands) struct Deferred;

    impl Deferred {
        pub(in crate::commands) fn new() -> Self {
            let signals = SIGNALS.get_or_init(|| {
                let signals = Signals {
                    idle: Arc::new(AtomicBool::new(true)),
                    came: Arc::default(),
                };
                // Where no handler can be set, the program ends at once, as any other does.
                let _ = watch(&signals);
                signals
            });
            signals.idle.store(false, Ordering::SeqCst);
            Self
        }
    }

    impl Drop for Deferred {
        fn drop(&mut self) {
            if let Some(Signals { idle, came }) = SIGNALS.get() {
                // In this order: a signal between the two lines finds the program idle.
                idle.store(true, Ordering::SeqCst);
                end(came.load(Ordering::SeqCst));
            }
        }
    }

    /// Whether a signal waits: what is long should come to its end.
    pub(in crate::commands) fn came() -> bool {
        let signals = SIGNALS.get();
        signals.is_some_and(|signals| signals.came.load(Ordering::SeqCst) != 0)
    }

    fn watch(signals: &Signals) -> io::Result<()> {
        for signal in ENDING {
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&signals.came), number)?;
            flag::register_conditional_default(signal, Arc::clone(&signals.idle))?;
        }
        Ok(())
    }

    fn end(came: usize) {
        if let Some(signal) = i32::try_from(came).ok().filter(|signal| *signal != 0) {
            // It is one of those watched, for which there is a default.
            let _ = emulate_default_handler(signal);
        }
    }
}
