//! Apache Parquet: rows are gathered column by column, and written as a row group when there are enough of them.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;
use rapport_proto::v1::{ExportColumn, ExportRows, ExportTable};

use super::TableWriter;
use super::values::{Cursor, Kind, Value, senseless};
use crate::error::Failure;

/// Most rows of a row group.
const GROUP_ROWS_MAX: usize = 100_000;
/// Bytes of text after which a row group ends, however few its rows are.
const GROUP_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Under this name the file says which position of the log it stands for.
const POSITION_KEY: &str = "rapport.position";
/// Level of a value that is there, in a column where values may be missing.
const PRESENT: i16 = 1;

/// Writes a table.
pub(super) struct Parquet {
    file: SerializedFileWriter<Box<dyn Write + Send>>,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

/// What a column has gathered.
struct Column {
    kind: Kind,
    levels: Vec<i16>,
    integers: Vec<i64>,
    texts: Vec<ByteArray>,
}

impl Parquet {
    pub(super) fn new(out: Box<dyn Write + Send>, table: ExportTable) -> Result<Self, Failure> {
        let kinds: Vec<Kind> = table.columns.iter().map(Kind::of).collect::<Result<_, _>>()?;
        let fields = table.columns.iter().zip(&kinds).map(|(column, kind)| field(column, *kind));
        let fields = fields.collect::<Result<Vec<_>, _>>().map_err(failure)?;
        let schema = Type::group_type_builder(&table.name).with_fields(fields).build().map_err(failure)?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let file = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties)).map_err(failure)?;
        Ok(Self { file, columns: kinds.into_iter().map(Column::new).collect(), rows: 0, bytes: 0 })
    }
}

impl TableWriter for Parquet {
    fn rows(&mut self, rows: ExportRows) -> Result<(), Failure> {
        if rows.columns.len() != self.columns.len() {
            return Err(senseless());
        }
        let count = rows.count as usize;
        for (column, values) in self.columns.iter_mut().zip(rows.columns) {
            let mut cursor = Cursor::new(column.kind, values);
            for _ in 0..count {
                self.bytes += column.take(cursor.next()?);
            }
        }
        self.rows += count;
        if self.rows >= GROUP_ROWS_MAX || self.bytes >= GROUP_BYTES_MAX { self.settle() } else { Ok(()) }
    }

    fn settle(&mut self) -> Result<(), Failure> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group().map_err(failure)?;
        for column in &mut self.columns {
            let mut writer = group.next_column().map_err(failure)?.ok_or_else(senseless)?;
            column.write(&mut writer).map_err(failure)?;
            writer.close().map_err(failure)?;
        }
        group.close().map_err(failure)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }

    fn end(mut self: Box<Self>, position: u64) -> Result<(), Failure> {
        self.settle()?;
        self.file.append_key_value_metadata(KeyValue::new(POSITION_KEY.to_owned(), position.to_string()));
        self.file.close().map_err(failure).map(|_| ())
    }
}

impl Column {
    const fn new(kind: Kind) -> Self {
        Self { kind, levels: Vec::new(), integers: Vec::new(), texts: Vec::new() }
    }

    /// Takes the value of the next row, and says how many bytes it has.
    fn take(&mut self, value: Option<Value>) -> usize {
        self.levels.push(if value.is_some() { PRESENT } else { 0 });
        match value {
            None => 0,
            Some(Value::Integer(number)) => {
                self.integers.push(number);
                size_of::<i64>()
            }
            Some(Value::Text(text)) => {
                let bytes = text.len();
                self.texts.push(ByteArray::from(text.into_bytes()));
                bytes
            }
        }
    }

    fn write(&mut self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(self.levels.as_slice());
        match self.kind {
            Kind::Integer | Kind::Time => {
                writer.typed::<Int64Type>().write_batch(&self.integers, levels, None)?;
            }
            Kind::Day => {
                let days = self.integers.iter().map(|day| i32::try_from(*day));
                let days = days.collect::<Result<Vec<_>, _>>();
                let days = days.map_err(|_| ParquetError::General("a day is out of range".to_owned()))?;
                writer.typed::<Int32Type>().write_batch(&days, levels, None)?;
            }
            Kind::Flag => {
                let flags: Vec<bool> = self.integers.iter().map(|flag| *flag != 0).collect();
                writer.typed::<BoolType>().write_batch(&flags, levels, None)?;
            }
            Kind::Text | Kind::Json => {
                writer.typed::<ByteArrayType>().write_batch(&self.texts, levels, None)?;
            }
        }
        self.levels.clear();
        self.integers.clear();
        self.texts.clear();
        Ok(())
    }
}

/// JSON is a text here: not every reader takes Parquet's own type for it.
fn field(column: &ExportColumn, kind: Kind) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical) = match kind {
        Kind::Integer => (Physical::INT64, None),
        Kind::Text | Kind::Json => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Flag => (Physical::BOOLEAN, None),
        Kind::Time => (Physical::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS))),
        Kind::Day => (Physical::INT32, Some(LogicalType::Date)),
    };
    let field = Type::primitive_type_builder(&column.name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(logical);
    field.build().map(Arc::new)
}

/// A failure of writing is told as one, above all that nobody reads any more.
fn failure(error: ParquetError) -> Failure {
    match error {
        ParquetError::External(cause) => match cause.downcast::<io::Error>() {
            Ok(error) if error.kind() == ErrorKind::BrokenPipe => Failure::OutputClosed,
            Ok(error) => Failure::Local(format!("the file cannot be written: {error}")),
            Err(cause) => Failure::Local(format!("the file cannot be written: {cause}")),
        },
        other => Failure::Local(format!("the file cannot be written: {other}")),
    }
}
