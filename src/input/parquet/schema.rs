//! Which columns of a Parquet schema are read, under the paths that the same rows have as JSON.

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::schema::types::{SchemaDescriptor, Type};

/// Deepest group whose fields are looked at, as in JSON rows.
const MAX_DEPTH: usize = 128;

/// How values of the wanted columns become a row.
#[derive(Debug)]
pub(super) struct Projection {
    /// The fields of a row.
    pub(super) fields: Vec<Field>,
    /// For each leaf that is read: its place among all leaves of the schema.
    pub(super) leaves: Vec<usize>,
    names: Vec<String>,
}

/// A named part of a row or group.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name in JSON, with quotes and colon.
    pub(super) key: Vec<u8>,
    /// The number of its name in messages.
    pub(super) name: usize,
    pub(super) node: Node,
}

/// What is written for a field, by the definition and repetition levels of its first leaf.
#[derive(Debug)]
pub(super) struct Node {
    /// Its leaves, by number among those that are read.
    pub(super) leaves: std::ops::Range<usize>,
    /// The level below which it is null.
    pub(super) defined: i16,
    pub(super) shape: Shape,
}

/// The shapes of values.
#[derive(Debug)]
pub(super) enum Shape {
    Scalar,
    Group(Vec<Field>),
    /// Elements: the definition level of one, and the repetition level at which another follows.
    List(Box<Node>, i16, i16),
}

impl Projection {
    /// Asks for every path that a row has, as the JSON reader does, and keeps what is wanted.
    ///
    /// Where nothing is wanted, the first field is read all the same, so that rows are counted and not believed.
    pub(super) fn new(schema: &SchemaDescriptor, wants: &mut dyn FnMut(&str) -> bool) -> Self {
        let root = schema.root_schema();
        let mut projection = Self::of(root, wants);
        for field in root.get_fields() {
            if !projection.leaves.is_empty() {
                break;
            }
            projection = Self::of(root, &mut |path| path == field.name());
        }
        projection
    }

    fn of(root: &Type, wants: &mut dyn FnMut(&str) -> bool) -> Self {
        let mut builder = Builder {
            wants,
            asks: true,
            leaf: 0,
            leaves: Vec::new(),
            names: Vec::new(),
        };
        let fields = builder.fields(root, &mut String::new(), Levels::default(), false);
        let Builder { leaves, names, .. } = builder;
        Self {
            fields,
            leaves,
            names,
        }
    }

    /// The paths of the fields, where each is a single value and no part of another.
    pub(super) fn flat(&self) -> Option<Vec<&str>> {
        let single = |field: &Field| matches!(field.node.shape, Shape::Scalar);
        let paths = self.fields.iter().map(|field| self.name(field.name));
        self.fields.iter().all(single).then(|| paths.collect())
    }

    /// A path by its number.
    pub(super) fn name(&self, number: usize) -> &str {
        self.names.get(number).map_or("", String::as_str)
    }
}

/// Where a node stands in the schema.
#[derive(Clone, Copy, Default)]
struct Levels {
    definition: i16,
    repetition: i16,
    depth: usize,
}

impl Levels {
    fn of(self, repetition: Repetition) -> Self {
        let [optional, repeated] =
            [Repetition::OPTIONAL, Repetition::REPEATED].map(|kind| i16::from(kind == repetition));
        Self {
            definition: self.definition.saturating_add(optional + repeated),
            repetition: self.repetition.saturating_add(repeated),
            depth: self.depth + 1,
        }
    }
}

struct Builder<'w> {
    wants: &'w mut dyn FnMut(&str) -> bool,
    /// Whether fields have paths here.
    asks: bool,
    /// The next leaf of the schema.
    leaf: usize,
    leaves: Vec<usize>,
    names: Vec<String>,
}

impl Builder<'_> {
    /// The wanted fields of a group: all of them when the group itself is.
    fn fields(
        &mut self,
        group: &Type,
        path: &mut String,
        levels: Levels,
        wanted: bool,
    ) -> Vec<Field> {
        let mut fields = Vec::new();
        for field in group.get_fields() {
            let parent = path.len();
            if levels.depth > 0 {
                path.push('.');
            }
            path.push_str(field.name());
            let wanted = wanted || (self.asks && (self.wants)(path));
            if let Some(node) = self.node(field, path, levels, wanted) {
                let name = self.names.len();
                self.names.push(path.clone());
                let key = key(field.name());
                fields.push(Field { key, name, node });
            }
            path.truncate(parent);
        }
        fields
    }

    /// A node by its own repetition: repeated outside of a list it is a list itself.
    fn node(
        &mut self,
        node: &Type,
        path: &mut String,
        levels: Levels,
        wanted: bool,
    ) -> Option<Node> {
        let repetition = repetition(node);
        let inner = levels.of(repetition);
        if repetition != Repetition::REPEATED {
            return self.value(node, path, inner, wanted);
        }
        let element = self.listed(|this| this.value(node, path, inner, wanted))?;
        Some(list(element, levels.definition, inner))
    }

    /// A node whose repetition is dealt with.
    fn value(
        &mut self,
        node: &Type,
        path: &mut String,
        levels: Levels,
        wanted: bool,
    ) -> Option<Node> {
        let start = self.leaves.len();
        let shape = if node.is_primitive() {
            if wanted {
                self.leaves.push(self.leaf);
            }
            self.leaf += 1;
            Shape::Scalar
        } else if let Some(repeated) = repeated(node) {
            let inner = levels.of(Repetition::REPEATED);
            let element = self.listed(|this| match element(node, repeated) {
                Some(element) => this.node(element, path, inner, wanted),
                None => this.value(repeated, path, inner, wanted),
            })?;
            return Some(list(element, levels.definition, inner));
        } else {
            // Past this depth the JSON reader looks at no keys either.
            let deep = levels.depth > MAX_DEPTH;
            let before = self.names.len();
            let fields = self.fields(node, path, levels, wanted && !deep);
            if deep {
                self.leaves.truncate(start);
                self.names.truncate(before);
            }
            Shape::Group(fields)
        };
        let leaves = start..self.leaves.len();
        (!leaves.is_empty()).then_some(Node {
            leaves,
            defined: levels.definition,
            shape,
        })
    }

    /// What is in a list is read with it or not at all: its fields have no path.
    fn listed(&mut self, element: impl FnOnce(&mut Self) -> Option<Node>) -> Option<Node> {
        let asks = std::mem::replace(&mut self.asks, false);
        let element = element(self);
        self.asks = asks;
        element
    }
}

fn list(element: Node, defined: i16, inner: Levels) -> Node {
    Node {
        leaves: element.leaves.clone(),
        defined,
        shape: Shape::List(Box::new(element), inner.definition, inner.repetition),
    }
}

fn repetition(node: &Type) -> Repetition {
    let info = node.get_basic_info();
    if info.has_repetition() {
        info.repetition()
    } else {
        Repetition::REQUIRED
    }
}

/// The repeated field of a list or map.
fn repeated(group: &Type) -> Option<&Type> {
    let info = group.get_basic_info();
    let annotated = matches!(
        info.converted_type(),
        ConvertedType::LIST | ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE
    ) || matches!(
        info.logical_type_ref(),
        Some(LogicalType::List | LogicalType::Map)
    );
    match group.get_fields() {
        [only] if annotated && repetition(only) == Repetition::REPEATED => Some(only),
        _ => None,
    }
}

/// The element of a list within its repeated field; none when that field is the element, as older writers have it.
fn element<'t>(list: &Type, repeated: &'t Type) -> Option<&'t Type> {
    if repeated.is_primitive() {
        return None;
    }
    let [only] = repeated.get_fields() else {
        return None;
    };
    let old = repeated.name() == "array" || repeated.name() == format!("{}_tuple", list.name());
    (!old && repetition(only) != Repetition::REPEATED).then_some(&**only)
}

/// A key as JSON writes it, with its colon.
fn key(name: &str) -> Vec<u8> {
    let mut key = Vec::new();
    super::scalar::write_text(name.as_bytes(), &mut key);
    key.push(b':');
    key
}
