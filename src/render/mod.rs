//! A report as bytes.
pub mod escape;
/// stub
pub mod terminal {
    /// stub
    pub struct Options {
        /// stub
        pub width: usize,
        /// stub
        pub ascii: bool,
        /// stub
        pub colour: bool,
    }
    /// stub
    /// # Errors
    /// stub
    pub fn write(
        r: &crate::report::Report,
        _: &Options,
        out: &mut dyn std::io::Write,
    ) -> std::io::Result<()> {
        super::json::write(r, out)
    }
}
/// stub
pub mod json {
    /// stub
    /// # Errors
    /// stub
    pub fn write(r: &crate::report::Report, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        serde_json::to_writer_pretty(out, r).map_err(Into::into)
    }
}
