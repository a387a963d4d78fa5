//! A JSON text as a tree whose leaves keep their spelling: for writing rows in another format.

use super::{MAX_DEPTH, Scan, Scanner, text};

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tree<'t> {
    /// Null.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number, or one of Python's words for what is none, as written.
    Number(&'t str),
    /// A text, its escapes resolved.
    Text(String),
    /// A list, and its text.
    List(Vec<Self>, &'t str),
    /// An object, and its text.
    Object(Vec<(String, Self)>, &'t str),
    /// What is nested too deep to be taken apart, as written.
    Deep(&'t str),
}

/// The tree of a text; none where it is no JSON.
///
/// ```
/// use calib::input::{Tree, tree};
/// assert_eq!(tree("[1.50, null]"), Some(Tree::List(vec![Tree::Number("1.50"), Tree::Null], "[1.50, null]")));
/// assert_eq!(tree("[1.50"), None);
/// ```
#[must_use]
pub fn tree(text: &str) -> Option<Tree<'_>> {
    let mut scanner = Scanner::new(text);
    scanner.space();
    let tree = scanner.tree(0).ok()?;
    scanner.end().ok()?;
    Some(tree)
}

impl<'t> Scanner<'t> {
    fn tree(&mut self, depth: usize) -> Scan<Tree<'t>> {
        let start = self.at;
        if depth >= MAX_DEPTH && matches!(self.peek(), Some(b'[' | b'{')) {
            self.skip()?;
            return Ok(Tree::Deep(&self.text[start..self.at]));
        }
        match self.peek() {
            Some(b'{') => {
                let mut members = Vec::new();
                self.items(b'}', |scanner| {
                    let key = scanner.key()?.into_owned();
                    members.push((key, scanner.tree(depth + 1)?));
                    Ok(())
                })?;
                Ok(Tree::Object(members, &self.text[start..self.at]))
            }
            Some(b'[') => {
                let mut items = Vec::new();
                self.items(b']', |scanner| {
                    items.push(scanner.tree(depth + 1)?);
                    Ok(())
                })?;
                Ok(Tree::List(items, &self.text[start..self.at]))
            }
            _ => {
                self.skip()?;
                Ok(leaf(&self.text[start..self.at]))
            }
        }
    }

    /// What stands between brackets, separated by commas.
    fn items(&mut self, closing: u8, mut item: impl FnMut(&mut Self) -> Scan<()>) -> Scan<()> {
        self.at += 1;
        self.space();
        if self.peek() == Some(closing) {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            item(self)?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(byte) if byte == closing => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.error("a comma or a closing bracket")),
            }
        }
    }
}

fn leaf(literal: &str) -> Tree<'_> {
    match literal {
        "null" => Tree::Null,
        "true" => Tree::Bool(true),
        "false" => Tree::Bool(false),
        quoted if quoted.starts_with('"') => match text(quoted) {
            Ok(text) => Tree::Text(text.into_owned()),
            // Half a surrogate pair is no text: it stays as it is written.
            Err(_) => Tree::Text(quoted.trim_matches('"').to_owned()),
        },
        number => Tree::Number(number),
    }
}
