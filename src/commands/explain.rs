//! stub
use super::Streams;
use crate::error::Error;
/// stub
#[derive(clap::Args, Clone, Debug)]
pub struct ExplainArgs {
    /// stub
    pub id: Option<String>,
}
/// stub
/// # Errors
/// stub
pub fn run(_: &ExplainArgs, _: &mut Streams<'_>) -> Result<(), Error> {
    Ok(())
}
