//! Messages that nobody sent yet: every field of any type of the contract, with values that are nearly right.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

/// How deep messages stand in each other.
const DEPTH_MAX: usize = 6;
/// Most values of a field.
const VALUES_MAX: usize = 3;
/// What fields of text have, or nearly.
const WORDS: [&str; 24] = [
    "",
    " ",
    "0",
    "-1",
    "someone@example.com",
    "someone@",
    "+49 30 901820",
    "EUR",
    "2026-01-31",
    "2026-02-30",
    "09:00",
    "Europe/Berlin",
    "de",
    "marketing",
    "basic",
    "1.2.0",
    "{\"count\": 1}",
    "{\"count\":",
    "x_orders-1",
    "x_orders.counted.v1",
    "contact_00000000000000000000000000",
    "{request_id}\u{0}",
    "\u{202e}Ä\u{301}\u{1f600}",
    "0000000000000000000000000000000000000000000000000000000000000000",
];
/// What fields of numbers have, or nearly.
const NUMBERS: [i64; 12] = [0, 1, 2, 7, 50, 100, 201, 86_400, 1_800_000_000, -1, i64::MAX, i64::MIN];

/// Makes them up, the same ones each time.
pub(super) struct Inventor {
    random: fastrand::Rng,
    /// Ids of what there is.
    known: Vec<String>,
}

impl Inventor {
    pub(super) fn new(known: &[String]) -> Self {
        Self { random: fastrand::Rng::with_seed(7), known: known.to_vec() }
    }

    /// A message of a type.
    pub(super) fn message(&mut self, of: &MessageDescriptor) -> DynamicMessage {
        self.message_at(of, 0)
    }

    fn message_at(&mut self, of: &MessageDescriptor, depth: usize) -> DynamicMessage {
        let mut message = DynamicMessage::new(of.clone());
        for field in of.fields() {
            if depth < DEPTH_MAX && self.random.u8(0..4) > 0 {
                let value = self.values(&field, depth);
                message.set_field(&field, value);
            }
        }
        message
    }

    fn values(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        if let Some(entry) = field.kind().as_message().filter(|_| field.is_map()).cloned() {
            let (key, value) = (self.word(&entry.map_entry_key_field()), entry.map_entry_value_field());
            return Value::Map([(MapKey::String(key), self.value(&value, depth))].into());
        }
        if field.is_list() {
            let count = self.random.usize(0..=VALUES_MAX);
            return Value::List((0..count).map(|_| self.value(field, depth)).collect());
        }
        self.value(field, depth)
    }

    fn value(&mut self, field: &FieldDescriptor, depth: usize) -> Value {
        let number = self.number();
        let unsigned = number.unsigned_abs();
        let [short, ..] = number.to_le_bytes();
        match field.kind() {
            Kind::Message(of) => Value::Message(self.message_at(&of, depth + 1)),
            Kind::Enum(of) => {
                let values: Vec<i32> = of.values().map(|value| value.number()).chain([99]).collect();
                Value::EnumNumber(values[self.random.usize(..values.len())])
            }
            Kind::String => Value::String(self.word(field)),
            Kind::Bytes => Value::Bytes(self.word(field).into_bytes().into()),
            Kind::Bool => Value::Bool(self.random.bool()),
            Kind::Double => Value::F64(f64::from(short)),
            Kind::Float => Value::F32(f32::from(short)),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                Value::I32(i32::try_from(number).unwrap_or(i32::MIN))
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(u32::try_from(unsigned).unwrap_or(u32::MAX)),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(unsigned),
        }
    }

    fn number(&mut self) -> i64 {
        NUMBERS[self.random.usize(..NUMBERS.len())]
    }

    /// An id of what there is, where one is asked for; a request id that nobody used; or a word.
    fn word(&mut self, field: &FieldDescriptor) -> String {
        let name = field.name();
        if name == "request_id" {
            return format!("invented-{}", self.random.u64(..));
        }
        if name.ends_with("_id") && !self.known.is_empty() && self.random.bool() {
            return self.known[self.random.usize(..self.known.len())].clone();
        }
        WORDS[self.random.usize(..WORDS.len())].to_owned()
    }
}
