//! Where the rows go: standard output or a file, in the format that its name says, compressed if it says so.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::columns::Columns;
use crate::codes;
use crate::commands::draft::{self, Draft};
use crate::error::{Error, Place};

/// Where the rows go, and how they are written there.
pub(super) struct Target {
    /// The file; none for standard output.
    path: Option<PathBuf>,
    name: String,
    format: Format,
    codec: Codec,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Lines,
    Delimited(u8),
    #[cfg(feature = "parquet")]
    Parquet,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Codec {
    Plain,
    Gzip,
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Target {
    /// The place that `--output` names.
    pub(super) fn of(path: Option<&Path>) -> Result<Self, Error> {
        let path = path.filter(|path| *path != Path::new("-"));
        let Some(path) = path else {
            return Ok(Self {
                path: None,
                name: "-".to_owned(),
                format: Format::Lines,
                codec: Codec::Plain,
            });
        };
        let name = path.to_string_lossy().into_owned();
        let lower = name.to_lowercase();
        let (stem, codec) = match lower.strip_suffix(".gz") {
            Some(stem) => (stem, Codec::Gzip),
            None => match lower.strip_suffix(".zst") {
                #[cfg(feature = "zstd")]
                Some(stem) => (stem, Codec::Zstd),
                #[cfg(not(feature = "zstd"))]
                Some(_) => return Err(unknown(&name)),
                None => (lower.as_str(), Codec::Plain),
            },
        };
        let format = match stem.rsplit_once('.').map(|(_, ending)| ending) {
            Some("jsonl" | "ndjson") => Format::Lines,
            Some("csv") => Format::Delimited(b','),
            Some("tsv") => Format::Delimited(b'\t'),
            #[cfg(feature = "parquet")]
            Some("parquet") if codec == Codec::Plain => Format::Parquet,
            _ => return Err(unknown(&name)),
        };
        Ok(Self {
            path: Some(path.to_owned()),
            name,
            format,
            codec,
        })
    }

    /// Its name in messages.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether all columns must be known before the first row.
    pub(super) fn is_table(&self) -> bool {
        self.format != Format::Lines
    }

    /// Whether members of objects become columns by their dotted paths.
    pub(super) fn is_flat(&self) -> bool {
        matches!(self.format, Format::Delimited(_))
    }

    /// Whether a reader may have enough before the end.
    pub(super) fn is_stream(&self) -> bool {
        self.path.is_none()
    }
}

fn unknown(name: &str) -> Error {
    let mut endings = ".jsonl, .csv or .tsv, also with .gz".to_owned();
    if cfg!(feature = "zstd") {
        endings.push_str(" or .zst");
    }
    if cfg!(feature = "parquet") {
        endings.push_str(", or .parquet");
    }
    Error::new(
        &codes::BAD_FLAG,
        "the name says no format that rows are written in",
    )
    .at(Place::file(name))
    .help(format!("let it end in {endings}"))
}

/// Rows on their way out.
pub(super) enum Output<'o> {
    /// JSON Lines.
    Lines(Packer<'o>),
    /// Delimited text.
    Delimited(Box<csv::Writer<Packer<'o>>>, Columns),
    /// Parquet.
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::Table>),
}

impl<'o> Output<'o> {
    /// Begins the output; a file stands in its place once it is whole.
    pub(super) fn begin(
        target: &Target,
        columns: Columns,
        stdout: &'o mut dyn Write,
    ) -> io::Result<Self> {
        #[cfg(feature = "parquet")]
        if let (Format::Parquet, Some(path)) = (target.format, &target.path) {
            let table = super::parquet::Table::begin(Draft::begin(path)?, columns.shape)?;
            return Ok(Self::Parquet(Box::new(table)));
        }
        let packer = match &target.path {
            None => Packer::Stream(BufWriter::with_capacity(1 << 16, stdout)),
            Some(path) => {
                let draft = Draft::begin(path)?;
                match target.codec {
                    Codec::Plain => Packer::Plain(draft),
                    Codec::Gzip => Packer::Gzip(GzEncoder::new(draft, Compression::default())),
                    #[cfg(feature = "zstd")]
                    Codec::Zstd => Packer::Zstd(zstd::stream::write::Encoder::new(draft, 0)?),
                }
            }
        };
        match target.format {
            Format::Delimited(delimiter) => {
                let mut writer = csv::WriterBuilder::new()
                    .delimiter(delimiter)
                    .from_writer(packer);
                writer.write_record(&columns.names)?;
                Ok(Self::Delimited(Box::new(writer), columns))
            }
            _ => Ok(Self::Lines(packer)),
        }
    }

    /// Writes a row.
    pub(super) fn row(&mut self, row: &str) -> io::Result<()> {
        draft::heard()?;
        match self {
            Self::Lines(packer) => {
                packer.write_all(row.as_bytes())?;
                packer.write_all(b"\n")
            }
            Self::Delimited(writer, columns) => Ok(writer.write_record(columns.cells(row))?),
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.row(row),
        }
    }

    /// Ends the output.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Lines(packer) => packer.finish(),
            Self::Delimited(writer, _) => match writer.into_inner() {
                Ok(packer) => packer.finish(),
                Err(error) => Err(error.into_error()),
            },
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.finish(),
        }
    }
}

/// Bytes on their way out.
pub(super) enum Packer<'o> {
    /// Standard output.
    Stream(BufWriter<&'o mut dyn Write>),
    /// A file.
    Plain(Draft),
    /// A file of gzip.
    Gzip(GzEncoder<Draft>),
    /// A file of Zstandard.
    #[cfg(feature = "zstd")]
    Zstd(zstd::stream::write::Encoder<'static, Draft>),
}

impl Packer<'_> {
    fn finish(self) -> io::Result<()> {
        match self {
            Self::Stream(mut stream) => stream.flush(),
            Self::Plain(draft) => draft.finish(),
            Self::Gzip(encoder) => encoder.finish()?.finish(),
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder.finish()?.finish(),
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Self::Stream(stream) => stream,
            Self::Plain(draft) => draft,
            Self::Gzip(encoder) => encoder,
            #[cfg(feature = "zstd")]
            Self::Zstd(encoder) => encoder,
        }
    }
}

impl Write for Packer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}
