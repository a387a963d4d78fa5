//! The first bytes of a file, read leniently: which fields it has, for whoever must say what it is.

use std::collections::BTreeMap;

use super::json;

/// What the beginning of a file shows. Never an error: a file cut anywhere shows what comes before the cut.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// Name of the file without its folder; of a folder, its own name.
    pub name: String,
    /// Path of each field → what stands there. The items of a list share the segment `*`; rows of JSON Lines, and the
    /// columns of a table, stand at the root.
    nodes: BTreeMap<String, Node>,
    /// The members of the first value, when it is an object; only the finished ones.
    members: Vec<Node>,
    /// How many values end in the head.
    values: usize,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Object,
    List,
    /// A scalar as text, its beginning.
    Scalar(String),
}

impl Head {
    /// Values of JSON that are looked at.
    const VALUES: usize = 20;
    /// Most fields remembered.
    const NODES: usize = 4_096;
    /// Deepest field remembered.
    const DEPTH: usize = 16;
    /// Most characters of a scalar.
    const CHARACTERS: usize = 200;

    /// The head of a file of JSON values.
    pub(crate) fn of_json(path: &str, bytes: &[u8]) -> Self {
        let mut head = Self::named(path);
        let mut outline = Outline {
            bytes,
            at: 0,
            head: &mut head,
            open: Vec::new(),
            path: String::new(),
        };
        while outline.step().is_some() {}
        head
    }

    /// The head of a table with these columns.
    pub(crate) fn of_columns<'c>(path: &str, columns: impl Iterator<Item = &'c str>) -> Self {
        let mut head = Self::named(path);
        let nodes = columns.map(|column| (column.to_owned(), Node::Scalar(String::new())));
        head.nodes = nodes.take(Self::NODES).collect();
        head
    }

    fn named(path: &str) -> Self {
        Self {
            name: path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned(),
            ..Self::default()
        }
    }

    /// Whether there is a field at this path; the segment `*` stands for any one.
    ///
    /// The head of `{"q1": {"judge_response": {"correct": "yes"}}}` has `*.judge_response.correct` and
    /// `q1.judge_response`.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.at(path).is_some()
    }

    /// The first scalar at this path, as text; the segment `*` stands for any one.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.at(path) {
            Some(Node::Scalar(text)) => Some(text),
            _ => None,
        }
    }

    /// Last segments of all paths.
    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        self.nodes.keys().map(String::as_str)
    }

    fn at(&self, wanted: &str) -> Option<&Node> {
        if !wanted.contains('*') {
            return self.nodes.get(wanted);
        }
        let found = self.nodes.iter().find(|(path, _)| matches(wanted, path));
        found.map(|(_, node)| node)
    }

    /// Whether all members of the first value, of which there are some, are objects.
    pub(super) fn holds_objects(&self) -> bool {
        !self.members.is_empty() && self.members.iter().all(|node| *node == Node::Object)
    }

    /// Whether the first value is a list of objects.
    pub(super) fn is_list(&self) -> bool {
        self.nodes.get("*") == Some(&Node::Object)
    }

    /// Whether the file is, as far as can be seen, one object that is no object of rows.
    pub(super) fn is_single(&self) -> bool {
        self.values <= 1 && !self.is_list() && !self.holds_objects()
    }

    /// The paths of lists of objects that are no part of another list.
    pub(super) fn lists_of_objects(&self) -> Vec<&str> {
        let holds = |path: &str| self.nodes.get(&format!("{path}.*")) == Some(&Node::Object);
        self.nodes
            .iter()
            .filter(|(path, node)| **node == Node::List && !path.contains('*') && holds(path))
            .map(|(path, _)| path.as_str())
            .collect()
    }

    fn insert(&mut self, path: &str, node: Node) {
        if self.nodes.len() < Self::NODES && !self.nodes.contains_key(path) {
            self.nodes.insert(path.to_owned(), node);
        }
    }
}

fn matches(wanted: &str, path: &str) -> bool {
    let (mut wanted, mut path) = (wanted.split('.'), path.split('.'));
    loop {
        match (wanted.next(), path.next()) {
            (None, None) => return true,
            (Some(segment), Some(found)) if segment == "*" || segment == found => {}
            _ => return false,
        }
    }
}

/// An open object or list.
struct Open {
    list: bool,
    /// Length of its path.
    base: usize,
    /// Whether a key comes next.
    key: bool,
}

struct Outline<'h> {
    bytes: &'h [u8],
    at: usize,
    head: &'h mut Head,
    open: Vec<Open>,
    path: String,
}

impl Outline<'_> {
    /// Passes one token; `None` when nothing more can be told.
    fn step(&mut self) -> Option<()> {
        let byte = *self.bytes.get(self.at)?;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b':' => self.at += 1,
            b',' => {
                self.at += 1;
                let open = self.open.last_mut()?;
                open.key = !open.list;
            }
            b'{' | b'[' => self.enter(byte == b'['),
            b'}' | b']' => {
                self.at += 1;
                let open = self.open.pop()?;
                let node = if open.list { Node::List } else { Node::Object };
                self.path.truncate(open.base);
                self.leave(node)?;
            }
            b'"' => {
                let text = self.string()?;
                if self.open.last().is_some_and(|open| open.key) {
                    self.enter_key(&text);
                } else {
                    self.scalar(&text)?;
                }
            }
            _ => {
                let rest = &self.bytes[self.at..];
                let ends = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\r' | b'\n');
                let length = rest.iter().position(ends)?;
                self.at += length;
                let text = String::from_utf8_lossy(&rest[..length.min(Head::CHARACTERS)]);
                self.scalar(&text)?;
            }
        }
        Some(())
    }

    fn enter(&mut self, list: bool) {
        self.at += 1;
        self.record(if list { Node::List } else { Node::Object });
        let base = self.path.len();
        self.open.push(Open {
            list,
            base,
            key: !list,
        });
        if list {
            self.push("*");
        }
    }

    fn enter_key(&mut self, key: &str) {
        if let Some(open) = self.open.last_mut() {
            open.key = false;
            let base = open.base;
            self.path.truncate(base);
            self.push(key);
        }
    }

    fn push(&mut self, segment: &str) {
        if self.open.len() > 1 || !self.path.is_empty() {
            self.path.push('.');
        }
        self.path.push_str(segment);
    }

    fn record(&mut self, node: Node) {
        if !self.path.is_empty() && self.open.len() <= Head::DEPTH {
            self.head.insert(&self.path, node);
        }
    }

    fn scalar(&mut self, text: &str) -> Option<()> {
        let node = Node::Scalar(text.chars().take(Head::CHARACTERS).collect());
        self.record(node.clone());
        self.leave(node)
    }

    /// A value has ended; `None` after the last that is looked at.
    fn leave(&mut self, node: Node) -> Option<()> {
        if let [open] = self.open.as_slice()
            && !open.list
            && self.head.values == 0
            && self.head.members.len() < Head::NODES
        {
            self.head.members.push(node);
        }
        if self.open.is_empty() {
            self.path.clear();
            self.head.values += 1;
        }
        (self.head.values < Head::VALUES).then_some(())
    }

    fn string(&mut self) -> Option<String> {
        let start = self.at;
        let mut at = start + 1;
        loop {
            match self.bytes.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        self.at = at + 1;
        let literal = std::str::from_utf8(&self.bytes[start..=at]).ok()?;
        json::text(literal).ok().map(std::borrow::Cow::into_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_cut_anywhere_shows_what_comes_before() {
        let whole = br#"{"q1": {"a": [{"b": "x"}], "c.d": 1}, "q2": {"a": []}}"#;
        for end in 0..whole.len() {
            let _ = Head::of_json("log.json", &whole[..end]);
        }
        let head = Head::of_json("runs/log.json", whole);
        assert_eq!(head.name, "log.json");
        assert_eq!(head.text("*.a.*.b"), Some("x"));
        assert!(head.has("q2.a") && !head.has("*.b"));
        assert!(head.holds_objects());
        assert_eq!(head.lists_of_objects(), ["q1.a"]);
    }

    #[test]
    fn rows_of_json_lines_stand_at_the_root() {
        let head = Head::of_json("x", b"{\"spec\": {}}\n{\"type\": \"match\"}\n{\"ty");
        assert!(head.has("spec") && head.has("type"));
        let list = Head::of_json("x", b"[{\"id\": 1}, {\"ok\": true}]");
        assert!(list.has("*.id") && list.has("*.ok") && !list.holds_objects());
    }
}
