//! An entry of the reference: what `calib explain` shows of a metric or a code, as plain data.

/// A metric or a code with everything that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name to ask for.
    pub id: String,
    /// The name in words.
    pub title: String,
    /// Paragraphs with their headings, in order.
    pub parts: Vec<(&'static str, String)>,
}

/// Entries of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chapter {
    /// What they are.
    pub title: &'static str,
    /// The entries.
    pub entries: Vec<Entry>,
}
