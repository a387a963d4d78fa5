//! Rows as a Parquet file: the types that their JSON has, found in all rows first; values are shredded as in Dremel.
//!
//! Members of objects become groups, lists become lists. Where rows differ in the type of a value, or a value is no
//! number that fits 64 bits, the column is text.

mod shape;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result as Encoded};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use self::shape::Members;
pub(super) use self::shape::Shape;
use super::columns::text;
use crate::commands::draft::Draft;
use crate::input::{Tree, tree};

/// Rows of a row group.
const ROWS: u64 = 1 << 16;
/// Bytes of rows at which a row group ends early.
const BYTES: usize = 64 << 20;

/// A node of the schema, with the places of its leaves.
enum Node {
    Leaf(usize),
    List(Box<Self>),
    Group(Vec<(String, Self)>),
}

/// The values of a leaf that wait to be written, with their levels.
struct Leaf {
    values: Values,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

enum Values {
    Bool(Vec<bool>),
    Int(Vec<i64>),
    Double(Vec<f64>),
    Text(Vec<ByteArray>),
}

/// A table on its way out.
pub(super) struct Table {
    writer: SerializedFileWriter<Draft>,
    root: Node,
    leaves: Vec<Leaf>,
    rows: u64,
    bytes: usize,
}

impl Table {
    /// Begins a table of rows of this shape.
    pub(super) fn begin(draft: Draft, shape: Shape) -> io::Result<Self> {
        let mut leaves = Vec::new();
        let (root, fields) = match shape {
            Shape::Group(members) => group(members, &mut leaves).map_err(failed)?,
            _ => (Node::Group(Vec::new()), Vec::new()),
        };
        let schema = Type::group_type_builder("row").with_fields(fields).build();
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
        let writer = SerializedFileWriter::new(
            draft,
            Arc::new(schema.map_err(failed)?),
            Arc::new(properties.build()),
        );
        Ok(Self {
            writer: writer.map_err(failed)?,
            root,
            leaves,
            rows: 0,
            bytes: 0,
        })
    }

    /// Adds a row.
    pub(super) fn row(&mut self, row: &str) -> io::Result<()> {
        let values = tree(row);
        if let Node::Group(members) = &self.root {
            let found = values.as_ref().map(by_key).unwrap_or_default();
            for (key, node) in members {
                let value = found.get(key.as_str()).copied();
                put(node, value, [0, 0, 0], &mut self.leaves);
            }
        }
        self.rows += 1;
        self.bytes += row.len();
        match self.rows >= ROWS || self.bytes >= BYTES {
            true => self.flush().map_err(failed),
            false => Ok(()),
        }
    }

    /// Writes the rows that wait as a row group.
    fn flush(&mut self) -> Encoded<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for leaf in &mut self.leaves {
            let Some(mut column) = group.next_column()? else {
                break;
            };
            leaf.write(column.untyped())?;
            column.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    /// Ends the table.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush().map_err(failed)?;
        self.writer.into_inner().map_err(failed)?.finish()
    }
}

fn failed(error: ParquetError) -> io::Error {
    io::Error::other(error.to_string())
}

/// The members of an object; rows with a key that comes twice were refused.
fn by_key<'v, 't>(object: &'v Tree<'t>) -> HashMap<&'v str, &'v Tree<'t>> {
    match object {
        Tree::Object(members, _) => {
            let members = members.iter();
            members.map(|(key, value)| (key.as_str(), value)).collect()
        }
        _ => HashMap::new(),
    }
}

/// Puts a value into the leaves below a node, at these levels: definition, repetition, lists around it.
fn put(node: &Node, value: Option<&Tree<'_>>, levels: [i16; 3], leaves: &mut [Leaf]) {
    let [definition, repetition, lists] = levels;
    let value = value.filter(|value| **value != Tree::Null);
    match (node, value) {
        (Node::Leaf(at), value) => {
            if let Some(leaf) = leaves.get_mut(*at) {
                leaf.put(value, definition, repetition);
            }
        }
        (Node::Group(members), value) => {
            let definition = definition + i16::from(value.is_some());
            let found = value.map(by_key).unwrap_or_default();
            for (key, node) in members {
                let inner = found.get(key.as_str()).copied();
                put(node, inner, [definition, repetition, lists], leaves);
            }
        }
        (Node::List(inner), Some(Tree::List(items, _))) if !items.is_empty() => {
            for (item, at) in items.iter().zip(0_usize..) {
                let repetition = if at == 0 { repetition } else { lists + 1 };
                put(
                    inner,
                    Some(item),
                    [definition + 2, repetition, lists + 1],
                    leaves,
                );
            }
        }
        (Node::List(inner), value) => {
            let definition = definition + i16::from(value.is_some());
            put(inner, None, [definition, repetition, lists + 1], leaves);
        }
    }
}

impl Leaf {
    fn put(&mut self, value: Option<&Tree<'_>>, definition: i16, repetition: i16) {
        let number = |value: &Tree<'_>| match value {
            Tree::Number(number) => Some((*number).to_owned()),
            _ => None,
        };
        let kept = value.is_some_and(|value| match &mut self.values {
            Values::Bool(all) => match value {
                Tree::Bool(truth) => {
                    all.push(*truth);
                    true
                }
                _ => false,
            },
            Values::Int(all) => {
                let value: Option<i64> = number(value).and_then(|number| number.parse().ok());
                all.extend(value);
                value.is_some()
            }
            Values::Double(all) => {
                let value: Option<f64> = number(value).and_then(|number| number.parse().ok());
                all.extend(value);
                value.is_some()
            }
            Values::Text(all) => {
                all.push(ByteArray::from(text(value).into_bytes()));
                true
            }
        });
        self.definitions.push(definition + i16::from(kept));
        self.repetitions.push(repetition);
    }

    /// Writes what waits.
    fn write(&mut self, column: &mut ColumnWriter<'_>) -> Encoded<()> {
        let levels = (
            Some(self.definitions.as_slice()),
            Some(self.repetitions.as_slice()),
        );
        match (column, &mut self.values) {
            (ColumnWriter::BoolColumnWriter(column), Values::Bool(all)) => {
                column.write_batch(all, levels.0, levels.1)?;
                all.clear();
            }
            (ColumnWriter::Int64ColumnWriter(column), Values::Int(all)) => {
                column.write_batch(all, levels.0, levels.1)?;
                all.clear();
            }
            (ColumnWriter::DoubleColumnWriter(column), Values::Double(all)) => {
                column.write_batch(all, levels.0, levels.1)?;
                all.clear();
            }
            (ColumnWriter::ByteArrayColumnWriter(column), Values::Text(all)) => {
                column.write_batch(all, levels.0, levels.1)?;
                all.clear();
            }
            _ => {
                let detail = "a column has another type than its schema";
                return Err(ParquetError::General(detail.to_owned()));
            }
        }
        self.definitions.clear();
        self.repetitions.clear();
        Ok(())
    }
}

/// The node and the fields of the members of an object.
fn group(members: Members, leaves: &mut Vec<Leaf>) -> Encoded<(Node, Vec<TypePtr>)> {
    let (mut nodes, mut fields) = (Vec::new(), Vec::new());
    for (key, shape) in members.list {
        let (node, field) = field(&key, shape, leaves)?;
        nodes.push((key, node));
        fields.push(Arc::new(field));
    }
    Ok((Node::Group(nodes), fields))
}

fn field(name: &str, shape: Shape, leaves: &mut Vec<Leaf>) -> Encoded<(Node, Type)> {
    let (physical, values) = match shape {
        Shape::Bool => (Physical::BOOLEAN, Values::Bool(Vec::new())),
        Shape::Int | Shape::Long => (Physical::INT64, Values::Int(Vec::new())),
        Shape::Double => (Physical::DOUBLE, Values::Double(Vec::new())),
        Shape::List(inner) => return list(name, *inner, leaves),
        Shape::Group(members) if !members.list.is_empty() => {
            let (node, fields) = group(members, leaves)?;
            let field = Type::group_type_builder(name)
                .with_repetition(Repetition::OPTIONAL)
                .with_fields(fields)
                .build()?;
            return Ok((node, field));
        }
        Shape::Null | Shape::Text | Shape::Group(_) => {
            (Physical::BYTE_ARRAY, Values::Text(Vec::new()))
        }
    };
    let mut field =
        Type::primitive_type_builder(name, physical).with_repetition(Repetition::OPTIONAL);
    if physical == Physical::BYTE_ARRAY {
        field = field
            .with_logical_type(Some(LogicalType::String))
            .with_converted_type(ConvertedType::UTF8);
    }
    leaves.push(Leaf {
        values,
        definitions: Vec::new(),
        repetitions: Vec::new(),
    });
    Ok((Node::Leaf(leaves.len() - 1), field.build()?))
}

fn list(name: &str, inner: Shape, leaves: &mut Vec<Leaf>) -> Encoded<(Node, Type)> {
    let (node, element) = field("element", inner, leaves)?;
    let repeated = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    let list = Type::group_type_builder(name)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::List))
        .with_converted_type(ConvertedType::LIST)
        .with_fields(vec![Arc::new(repeated)])
        .build()?;
    Ok((Node::List(Box::new(node)), list))
}
