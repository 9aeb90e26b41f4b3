//! `rapport price-book`: what is sold and for how much. What is published is a file that can be kept beside other
//! configuration; `show` writes it back.

use std::path::PathBuf;

use rapport_domain::value::{Currency, Money};
use rapport_proto::v1::{
    CommandHeader, GetPriceBookRequest, ListPriceBooksRequest, PriceBook, PriceBookEntry,
    PublishPriceBookRequest,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::calendar::published;
use crate::client::{Client, ReadOptions, Standing};
use crate::error::Failure;
use crate::lead_rules::read;
use crate::output::{self, Format, Table};
use crate::query::patience::ask;

/// What `rapport price-book` takes.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Put a version in force. The same again changes nothing, and no version changes a quote that was made.
    Publish {
        /// The version, a TOML file: `name`, `currency`, and `[[entries]]` with `product`, `label`, `unit_price` as a decimal
        /// number without tax, and `tax_basis_points`.
        file: PathBuf,
        /// A price book that is known, to publish its next version; left out: a new one.
        #[arg(long, value_name = "ID", default_value = "", hide_default_value = true)]
        id: String,
    },
    /// All of them, as they are in force.
    List {
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
    /// One of them, as it is in force: the file that would publish it again.
    Show {
        /// Which one.
        price_book_id: String,
        /// From which position on, or as of when.
        #[command(flatten)]
        read: ReadOptions,
    },
}

/// A price book, as its file says it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BookFile {
    name: String,
    currency: String,
    entries: Vec<EntryFile>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile {
    product: String,
    label: String,
    unit_price: String,
    #[serde(default)]
    tax_basis_points: u32,
}

impl BookFile {
    /// As it is published; its header and id are still to be said.
    fn wire(self) -> Result<PublishPriceBookRequest, String> {
        let currency = Currency::parse(&self.currency).map_err(|invalid| invalid.to_string())?;
        let entry = |entry: EntryFile| -> Result<PriceBookEntry, String> {
            let price = Money::parse_decimal(&entry.unit_price, currency)
                .map_err(|invalid| format!("product {}: {invalid}", entry.product))?;
            Ok(PriceBookEntry {
                product: entry.product,
                label: entry.label,
                unit_price: price.minor_units,
                tax_basis_points: entry.tax_basis_points,
            })
        };
        let entries = self.entries.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(PublishPriceBookRequest {
            name: self.name,
            currency: self.currency,
            entries,
            ..PublishPriceBookRequest::default()
        })
    }

    /// The file that would publish it again.
    fn of(book: &PriceBook) -> Self {
        let entries = book.entries.iter().map(|entry| EntryFile {
            product: entry.product.clone(),
            label: entry.label.clone(),
            unit_price: decimal(entry.unit_price, &book.currency),
            tax_basis_points: entry.tax_basis_points,
        });
        Self { name: book.name.clone(), currency: book.currency.clone(), entries: entries.collect() }
    }
}

/// An amount as a decimal number; as it travelled, where the currency is not known here.
fn decimal(minor_units: i64, currency: &str) -> String {
    Currency::parse(currency)
        .map_or_else(|_| minor_units.to_string(), |currency| Money { minor_units, currency }.decimal())
}

/// Does it.
///
/// # Errors
/// When the file makes no sense, the gateway refuses, or standard output cannot be written.
pub async fn run(client: &Client, command: Command, format: Format) -> Result<(), Failure> {
    match command {
        Command::Publish { file, id } => {
            let request_id = format!("price-book:{}", uuid::Uuid::now_v7().simple());
            let request = PublishPriceBookRequest {
                header: Some(CommandHeader { request_id, ..CommandHeader::default() }),
                price_book_id: id,
                ..read(&file, BookFile::wire)?
            };
            let answer = client.quotes().publish_price_book(request).await?.into_inner();
            let position = answer.receipt.unwrap_or_default().position;
            published("price_book_id", &answer.price_book_id, position, format)
        }
        Command::List { read } => list(client, read, format).await,
        Command::Show { price_book_id, read } => show(client, price_book_id, read, format).await,
    }
}

async fn list(client: &Client, read: ReadOptions, format: Format) -> Result<(), Failure> {
    let answer = ask(|| {
        let (mut service, header) = (client.quotes(), read.header());
        async move { service.list_price_books(ListPriceBooksRequest { header }).await }
    })
    .await?;
    let standing = Standing::from(&answer);
    match format {
        Format::Json => {
            let books = answer.price_books.iter().map(document).collect::<Value>();
            output::document(&standing.beside(json!({ "price_books": books })))
        }
        Format::Table => output::words(&format!("{}{}", read.heading(standing), table(&answer.price_books))),
    }
}

async fn show(
    client: &Client,
    price_book_id: String,
    read: ReadOptions,
    format: Format,
) -> Result<(), Failure> {
    let request = GetPriceBookRequest { header: read.header(), price_book_id };
    let answer = ask(|| {
        let (mut service, request) = (client.quotes(), request.clone());
        async move { service.get_price_book(request).await }
    })
    .await?;
    let standing = Standing::from(&answer);
    match format {
        Format::Json => output::document(&standing.beside(json!({
            "price_book": answer.price_book.as_ref().map(document),
        }))),
        Format::Table => {
            let heading = read.heading(standing);
            let Some(book) = &answer.price_book else {
                return output::words(&format!("{heading}No such price book yet.\n"));
            };
            let file = toml::to_string(&BookFile::of(book))
                .map_err(|error| Failure::Local(format!("it cannot be written as a file: {error}")))?;
            let PriceBook { price_book_id, version, .. } = book;
            output::words(&format!("{heading}# {price_book_id}, version {version}\n{file}"))
        }
    }
}

fn document(book: &PriceBook) -> Value {
    let entries = book.entries.iter().map(|entry| {
        json!({
            "product": entry.product,
            "label": entry.label,
            "unit_price": output::money_in(&book.currency, entry.unit_price),
            "tax_basis_points": entry.tax_basis_points,
        })
    });
    json!({
        "price_book_id": book.price_book_id,
        "version": book.version,
        "name": book.name,
        "currency": book.currency,
        "entries": entries.collect::<Value>(),
    })
}

fn table(books: &[PriceBook]) -> String {
    let mut table = Table::new(vec!["price_book", "#version", "name", "currency", "#products"]);
    for book in books {
        table.row(vec![
            book.price_book_id.clone(),
            book.version.to_string(),
            book.name.clone(),
            book.currency.clone(),
            book.entries.len().to_string(),
        ]);
    }
    table.lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"name = "List 2026"
currency = "EUR"

[[entries]]
product = "chair"
label = "Office chair"
unit_price = "49.99"
tax_basis_points = 1900
"#;

    fn file(text: &str) -> BookFile {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn a_price_book_is_written_as_the_file_that_it_was_read_from() {
        let request = file(FILE).wire().unwrap();
        assert_eq!((request.name.as_str(), request.currency.as_str()), ("List 2026", "EUR"));
        let [chair] = &request.entries[..] else { panic!("{request:?}") };
        assert_eq!((chair.unit_price, chair.tax_basis_points), (4_999, 1_900));
        let (name, currency, entries) = (request.name, request.currency, request.entries);
        let book = PriceBook { name, currency, entries, ..PriceBook::default() };
        assert_eq!(toml::to_string(&BookFile::of(&book)).unwrap(), FILE);
    }

    #[test]
    fn a_price_that_is_none_is_refused_with_its_product() {
        let cause = file(&FILE.replace("49.99", "49.999")).wire().unwrap_err();
        assert!(cause.starts_with("product chair: "), "{cause}");
        assert!(file(&FILE.replace("EUR", "Euro")).wire().is_err());
    }
}
