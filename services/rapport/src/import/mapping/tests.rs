use rapport_proto::v1::{StageTask, StageType};

use super::*;
use crate::import::preset::PRESETS;

const GOOD: &str = r#"source = "shop"

[maps.kind]
"P" = "person"

[[steps]]
name = "people"
file = "people.csv"

[[steps.commands]]
command = "register_contact"
key = "{id}"
[steps.commands.fields]
kind = "{kind|map:kind}"
name = "{name}"
segments.region = "{region}"
"#;

fn wrong(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    Mapping::parse("shop.toml", &GOOD.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn every_preset_makes_sense() {
    for preset in PRESETS {
        let mapping = Mapping::parse(preset.name, preset.text).unwrap();
        assert_eq!(mapping.source, preset.name);
    }
}

#[test]
fn the_example_of_the_documentation_makes_sense() {
    let document = include_str!("../../../MAPPING.md");
    let example = document.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mapping = Mapping::parse("MAPPING.md", example).unwrap();
    let steps: Vec<&str> = mapping.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["customers", "talks", "deals"]);
    assert!(mapping.steps[1].is_stream());
}

#[test]
fn the_documentation_names_every_command_and_every_field() {
    let document = include_str!("../../../MAPPING.md");
    for verb in crate::import::verb::VERBS {
        assert!(document.contains(&format!("| `{}` |", verb.word)), "{}", verb.word);
        for field in verb.fields() {
            let name = field.name.strip_suffix("_id").unwrap_or(field.name);
            let group = name.split('.').next().unwrap_or(name);
            let documented = [name, group].iter().any(|name| {
                document.contains(&format!("`{name}`")) || document.contains(&format!("`{name}.*`"))
            });
            assert!(documented, "{} {}", verb.word, field.name);
        }
    }
}

#[test]
fn a_mapping_says_which_columns_it_reads() {
    let mapping = Mapping::parse("shop.toml", GOOD).unwrap();
    let mut columns: Vec<(&str, usize)> = mapping.steps[0].columns().collect();
    columns.sort_unstable();
    assert_eq!(columns, [("id", 12), ("kind", 14), ("name", 15), ("region", 16)]);
    assert!(!mapping.steps[0].is_stream());
}

#[test]
fn what_makes_no_sense_is_refused_with_its_line() {
    assert!(
        wrong("\"register_contact\"", "\"register\"")
            .starts_with("shop.toml:11: no command `register`; there are register_contact,")
    );
    assert_eq!(wrong("name = \"{name}\"\n", ""), "shop.toml:11: register_contact needs the field `name`");
    assert!(
        wrong("segments.region", "colour")
            .starts_with("shop.toml:16: register_contact has no field `colour`; it has kind,")
    );
    assert!(
        wrong("segments.region", "segments.Region")
            .starts_with("shop.toml:16: `segments.Region`: expected 1 to 64")
    );
    assert_eq!(wrong("map:kind", "map:sort"), "shop.toml:14: no map `sort` in [maps]; there are kind");
    assert!(
        wrong("{name}", "{name|shout}").starts_with("shop.toml:15: no filter `shout`; there are date:FORMAT")
    );
    assert!(
        wrong("source = \"shop\"", "source = \"my shop\"")
            .starts_with("shop.toml:1: expected 1 to 30 letters")
    );
    assert!(
        wrong("file = \"people.csv\"", "file = \"people.csv\"\nsheet = 1")
            .starts_with("shop.toml:9: unknown field `sheet`")
    );
    assert!(wrong("source =", "source ==").starts_with("shop.toml:1: "));
}

#[test]
fn columns_that_the_mapping_names_itself_are_checked() {
    let message = wrong(
        "file = \"people.csv\"",
        "file = \"people.txt\"\nformat = \"whitespace\"\ncolumns = [\"id\", \"name\"]",
    );
    assert_eq!(message, "shop.toml:16: no column `kind`; there are id, name");
    let message = wrong("file = \"people.csv\"", "file = \"people.txt\"\nformat = \"whitespace\"");
    assert_eq!(message, "shop.toml:8: rows in the format whitespace have no header; name the `columns`");
    let message = wrong("file = \"people.csv\"", "file = \"people.csv\"\ndelimiter = \"é\"");
    assert_eq!(message, "shop.toml:9: expected one ASCII character, such as \";\"");
}

#[test]
fn a_pipeline_is_published_as_it_is_written() {
    let pipeline = r#"
[[pipelines]]
key = "sales"
name = "Sales"
stages = [
  { key = "new", name = "New", type = "open", probability_percent = 10, rot_after_days = 30, required = ["owner", "segment:region"], tasks = [{ key = "call", subject = "Call", due_in_days = 2 }], exit_criteria = [{ key = "need", name = "Need is known" }] },
  { key = "won", name = "Won", type = "won", probability_percent = 100 },
  { key = "lost", name = "Lost", type = "lost" },
]
"#;
    let mapping = Mapping::parse("shop.toml", &format!("{GOOD}{pipeline}")).unwrap();
    let stages: Vec<(&str, i32, u32)> = mapping.pipelines[0]
        .stages
        .iter()
        .map(|stage| (stage.key.as_str(), stage.r#type, stage.probability_percent))
        .collect();
    let kind = i32::from;
    let expected = [
        ("new", kind(StageType::Open), 10),
        ("won", kind(StageType::Won), 100),
        ("lost", kind(StageType::Lost), 0),
    ];
    assert_eq!(stages, expected);
    assert_eq!(mapping.pipelines[0].stages[0].required, ["owner", "segment:region"]);
    let call = StageTask { key: "call".to_owned(), subject: "Call".to_owned(), due_in_days: 2 };
    assert_eq!(mapping.pipelines[0].stages[0].tasks, [call]);
    let asked = &mapping.pipelines[0].stages[0].exit_criteria;
    assert_eq!((asked.len(), asked[0].key.as_str(), asked[0].name.as_str()), (1, "need", "Need is known"));
    let again = Mapping::parse("shop.toml", &format!("{GOOD}{pipeline}")).unwrap();
    assert_eq!(mapping.pipelines, again.pipelines);
    let other = Mapping::parse("shop.toml", &format!("{GOOD}{}", pipeline.replace("= 30", "= 60"))).unwrap();
    assert_ne!(mapping.pipelines[0].header, other.pipelines[0].header);
    assert_eq!(mapping.pipelines[0].pipeline_id, other.pipelines[0].pipeline_id);
}
