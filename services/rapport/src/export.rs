//! `rapport export`: tables for pandas, DuckDB and polars. The server hands out rows; here they become files.

mod destination;
mod ndjson;
mod parquet;
mod values;

use std::path::PathBuf;

use rapport_proto::v1::export_request::What;
use rapport_proto::v1::export_response::Part;
use rapport_proto::v1::{
    ExportEnded, ExportEvents, ExportModel, ExportRequest, ExportResponse, ExportRows, ExportTable,
};
use serde_json::{Value, json};
use tonic::{Status, Streaming};

use self::destination::Destination;
use self::ndjson::Ndjson;
use self::parquet::Parquet;
use crate::client::{Client, ReadOptions};
use crate::error::Failure;
use crate::output::{self, Format};
use crate::pending_file::Pending;
use crate::query::patience::until_ready;
use crate::serve::ToldToStop;

/// What `rapport export` takes.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["events", "model"]))]
pub struct Options {
    /// The log, one event a row.
    #[arg(long)]
    pub events: bool,
    /// A read model, as it is: `pipeline`. One file a table, in the folder that --to names.
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// Only this table of the read model, in one file.
    #[arg(long, value_name = "TABLE", requires = "model")]
    pub table: Option<String>,
    /// In which form.
    #[arg(long = "format", value_enum, default_value = "ndjson", value_name = "FORMAT")]
    pub form: Form,
    /// Where to: a file, a folder for a whole read model, or - for standard output. It is there when it is whole.
    #[arg(long, value_name = "PATH", default_value = "-")]
    pub to: PathBuf,
    /// Only events from this position on, inclusive.
    #[arg(long, value_name = "POSITION", default_value_t = 0, conflicts_with = "model")]
    pub from: u64,
    /// Only streams of this category; may be given several times.
    #[arg(long = "category", value_name = "CATEGORY", conflicts_with = "model")]
    pub categories: Vec<String>,
    /// Only types that begin so; may be given several times.
    #[arg(long = "type", value_name = "PREFIX", conflicts_with = "model")]
    pub type_prefixes: Vec<String>,
    /// Open personal fields, where the actor may; otherwise they are pseudonyms.
    #[arg(long)]
    pub open_personal: bool,
    /// From which state.
    #[command(flatten)]
    pub read: ReadOptions,
}

/// In which form tables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// One JSON object a row.
    Ndjson,
    /// Apache Parquet, compressed with Snappy.
    Parquet,
}

/// A table that is being written.
trait TableWriter {
    /// Takes rows in.
    fn rows(&mut self, rows: ExportRows) -> Result<(), Failure>;
    /// Writes what was gathered: another table comes.
    fn settle(&mut self) -> Result<(), Failure>;
    /// Ends the table, which stands for this position.
    fn end(self: Box<Self>, position: u64) -> Result<(), Failure>;
}

/// A table, where it goes, and what has come of it.
struct Writing {
    name: String,
    writer: Box<dyn TableWriter>,
    pending: Option<Pending>,
    rows: u64,
}

/// Exports, and says on standard error what became of it.
///
/// # Errors
/// When the gateway refuses or is cut off, or the files cannot be written: then none of them is there.
pub async fn run(client: &Client, options: Options, format: Format) -> Result<(), Failure> {
    // Whoever stops it finds nothing half written.
    let mut told = ToldToStop::listen()?;
    let (destination, form) = (Destination::of(&options)?, options.form);
    tokio::select! {
        exported = export(client, options.into(), &destination, form, format) => exported,
        () = told.received() => Err(Failure::Local("stopped; nothing was exported".to_owned())),
    }
}

async fn export(
    client: &Client,
    request: ExportRequest,
    destination: &Destination,
    form: Form,
    format: Format,
) -> Result<(), Failure> {
    // A moment that is not ready is told instead of the first part, when nothing is written yet.
    let (first, mut parts) = until_ready(|| begun(client, request.clone())).await?;
    let (tables, ended) = write(first, &mut parts, destination, form).await?;
    let mut written = Vec::with_capacity(tables.len());
    for Writing { name, writer, pending, rows } in tables {
        writer.end(ended.position)?;
        written.push((name, pending, rows));
    }
    let mut done = Vec::with_capacity(written.len());
    for (name, pending, rows) in written {
        done.push((name, pending.map(Pending::keep).transpose()?, rows));
    }
    eprintln!("exported {} rows, as of position {}", ended.rows, ended.position);
    let to_files = done.iter().any(|(_, file, _)| file.is_some());
    if format == Format::Json && to_files {
        let table = |(name, file, rows): &(String, Option<PathBuf>, u64)| json!({ "name": name, "file": file.as_ref().map(|file| file.display().to_string()), "rows": rows });
        output::document(
            &json!({ "position": ended.position, "tables": done.iter().map(table).collect::<Value>() }),
        )?;
    }
    Ok(())
}

/// An export with its first part.
async fn begun(
    client: &Client,
    request: ExportRequest,
) -> Result<(Option<ExportResponse>, Streaming<ExportResponse>), Status> {
    let mut parts = client.history().export(request).await?.into_inner();
    Ok((parts.message().await?, parts))
}

/// Writes every table. Nothing is ended yet: what was cut off is dropped.
async fn write(
    first: Option<ExportResponse>,
    parts: &mut Streaming<ExportResponse>,
    destination: &Destination,
    form: Form,
) -> Result<(Vec<Writing>, ExportEnded), Failure> {
    let mut tables: Vec<Writing> = Vec::new();
    let mut next = first;
    while let Some(response) = next {
        match (response.part, tables.last_mut()) {
            (Some(Part::Table(table)), last) => {
                last.map(|last| last.writer.settle()).transpose()?;
                tables.push(begin(table, destination, form)?);
            }
            (Some(Part::Rows(rows)), Some(last)) => {
                last.rows += u64::from(rows.count);
                last.writer.rows(rows)?;
            }
            (Some(Part::Ended(ended)), _) => return Ok((tables, ended)),
            (Some(Part::Rows(_)) | None, _) => return Err(values::senseless()),
        }
        next = parts.message().await?;
    }
    Err(Failure::Local("the export was cut off; run it again".to_owned()))
}

fn begin(table: ExportTable, destination: &Destination, form: Form) -> Result<Writing, Failure> {
    let (out, pending) = destination.open(&table.name, form)?;
    let name = table.name.clone();
    let writer: Box<dyn TableWriter> = match form {
        Form::Ndjson => Box::new(Ndjson::new(out, table)),
        Form::Parquet => Box::new(Parquet::new(out, table)?),
    };
    Ok(Writing { name, writer, pending, rows: 0 })
}

impl From<Options> for ExportRequest {
    fn from(options: Options) -> Self {
        let Options { model, table, from, categories, type_prefixes, open_personal, read, .. } = options;
        let what = match model {
            Some(name) => What::Model(ExportModel { name, table: table.unwrap_or_default() }),
            None => What::Events(ExportEvents { from_position: from, categories, type_prefixes }),
        };
        Self { header: read.header(), what: Some(what), open_personal }
    }
}

impl Form {
    /// What the names of its files end with.
    const fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }
}
