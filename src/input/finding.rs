//! What a reader of the figures should know of how a log was read.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::codes::{self, Code};

/// Something a reader should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its code.
    #[serde(with = "by_id")]
    pub code: &'static Code,
    /// What was seen.
    pub message: String,
    /// How often.
    pub count: u64,
    /// What becomes of it when it is found in another part of the log too.
    pub(crate) when_found_again: Again,
}

/// What two findings of one kind, from two parts of a log, are together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Again {
    /// One of as many rows as both, which the message counts.
    Counted(Counted),
    /// One of as many rows as both, if the messages are the same.
    Added,
    /// One, if the messages are the same: it is about the log, not about its rows.
    Once,
    /// Two: their messages hold numbers that cannot be added.
    Apart,
    /// One of all that both name; of one name there is nothing to tell.
    Named(Named),
}

/// A message that names what was met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    /// Before their number.
    before: String,
    /// What they are.
    what: String,
    /// Behind the names.
    behind: String,
    /// The first so many in order.
    names: BTreeSet<String>,
}

impl Named {
    /// Most names remembered: beyond them, how many there are is not known.
    pub(crate) const MOST: usize = 64;

    fn message(&self) -> String {
        let Self {
            before,
            what,
            behind,
            names,
        } = self;
        let count = names.len();
        let least = match count < Self::MOST {
            true => "",
            false => "at least ",
        };
        let shown = named(names.iter().map(String::as_str), count);
        format!("{before}{least}{count} {what} ({shown}){behind}")
    }

    fn is_like(&self, other: &Self) -> bool {
        let words = |named: &Self| [&named.before, &named.what, &named.behind].map(Clone::clone);
        words(self) == words(other)
    }
}

/// Adds a text to the first so many in order.
pub(super) fn remember(texts: &mut BTreeSet<String>, text: &str, most: usize) {
    if !texts.contains(text) {
        texts.insert(text.to_owned());
        if texts.len() > most {
            texts.pop_last();
        }
    }
}

/// A message that counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    /// Before the number.
    pub(crate) before: String,
    /// Behind the number one, and behind any other.
    pub(crate) behind: [String; 2],
}

impl Counted {
    fn message(&self, count: u64) -> String {
        let [one, many] = &self.behind;
        let what = if count == 1 { one } else { many };
        format!("{}{count} {what}", self.before)
    }
}

impl Finding {
    /// A finding whose message is the count and what it counts, in the singular and the plural.
    pub(crate) fn counted(code: &'static Code, count: u64, behind: [&str; 2]) -> Self {
        Self::counted_after(code, "", count, behind)
    }

    /// The same, with words before the count.
    pub(crate) fn counted_after(
        code: &'static Code,
        before: &str,
        count: u64,
        behind: [&str; 2],
    ) -> Self {
        let counted = Counted {
            before: before.to_owned(),
            behind: behind.map(str::to_owned),
        };
        Self {
            code,
            message: counted.message(count),
            count,
            when_found_again: Again::Counted(counted),
        }
    }

    /// A finding that names these, of which there must be several to be told: words before their number, what they are,
    /// and words behind.
    pub(crate) fn naming(
        code: &'static Code,
        [before, what, behind]: [&str; 3],
        names: BTreeSet<String>,
    ) -> Self {
        let named = Named {
            before: before.to_owned(),
            what: what.to_owned(),
            behind: behind.to_owned(),
            names,
        };
        Self {
            code,
            message: named.message(),
            count: named.names.len() as u64,
            when_found_again: Again::Named(named),
        }
    }

    /// Whether it is to be told; one name is kept for those of other parts of the log.
    #[must_use]
    pub fn is_told(&self) -> bool {
        !matches!(&self.when_found_again, Again::Named(named) if named.names.len() < 2)
    }

    /// A finding about the log as a whole.
    pub(crate) fn once(code: &'static Code, message: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
            count: 1,
            when_found_again: Again::Once,
        }
    }

    /// Whether its message is the one that its count gives.
    pub(crate) fn agrees(&self) -> bool {
        match &self.when_found_again {
            Again::Counted(counted) => self.message == counted.message(self.count),
            Again::Named(named) => {
                let count = named.names.len();
                count <= Named::MOST
                    && (self.count, &self.message) == (count as u64, &named.message())
            }
            _ => true,
        }
    }

    /// Adds a finding of another part of the log; gives it back where both must be told.
    pub(crate) fn merge(&mut self, other: Self) -> Option<Self> {
        if let (Again::Named(ours), Again::Named(theirs)) =
            (&mut self.when_found_again, &other.when_found_again)
            && self.code == other.code
            && ours.is_like(theirs)
        {
            let names = theirs.names.iter();
            names.for_each(|name| remember(&mut ours.names, name, Named::MOST));
            (self.count, self.message) = (ours.names.len() as u64, ours.message());
            return None;
        }
        let alike = self.code == other.code && self.when_found_again == other.when_found_again;
        match &self.when_found_again {
            Again::Counted(counted) if alike => {
                self.count = self.count.saturating_add(other.count);
                self.message = counted.message(self.count);
                None
            }
            Again::Added if alike && self.message == other.message => {
                self.count = self.count.saturating_add(other.count);
                None
            }
            Again::Once if alike && self.message == other.message => {
                self.count = self.count.max(other.count);
                None
            }
            _ => Some(other),
        }
    }
}

/// Answered rows without a confidence, in a log of which some rows have one.
pub(crate) fn without_confidence(count: u64, unreadable: &str) -> Finding {
    let one = format!(
        "answered row has no usable confidence{unreadable}: it leaves the confidence metrics"
    );
    let many = format!(
        "answered rows have no usable confidence{unreadable}: they leave the confidence metrics"
    );
    Finding::counted(&codes::CONFIDENCE_MISSING, count, [&one, &many])
}

/// Names for a message: the first few, and how many more there are.
pub(crate) fn named<'n>(names: impl Iterator<Item = &'n str>, count: usize) -> String {
    /// Names that are shown.
    const SHOWN: usize = 4;
    let shown: Vec<_> = names.take(SHOWN).collect();
    match count.saturating_sub(shown.len()) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Files of a directory that were not read.
pub(super) fn ignored(files: &[String]) -> Finding {
    let counted = match files.len() {
        1 => {
            "1 file in the directory is no log by its name or content, and was not read".to_owned()
        }
        many => format!(
            "{many} files in the directory were not read: they are no logs by name or content, or links to one that was read"
        ),
    };
    Finding {
        code: &codes::IGNORED_FILES,
        message: format!(
            "{counted}: {}",
            named(files.iter().map(String::as_str), files.len())
        ),
        count: u64::try_from(files.len()).unwrap_or(u64::MAX),
        when_found_again: Again::Apart,
    }
}

/// A code is kept by its id.
mod by_id {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

    use super::{Code, codes};

    pub(super) fn serialize<S: Serializer>(
        code: &&'static Code,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        code.id.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<&'static Code, D::Error> {
        let id = String::deserialize(deserializer)?;
        let known = codes::find(&id).filter(|code| code.id == id);
        known.ok_or_else(|| de::Error::custom("a finding of no known code"))
    }
}
