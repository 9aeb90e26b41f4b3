//! The mappings that come with Rapport.

/// A preset: its name, its file's name for messages, and the file.
#[derive(Debug)]
pub struct Preset {
    /// What it is called.
    pub name: &'static str,
    /// Its mapping.
    pub text: &'static str,
}

/// Every preset.
pub const PRESETS: &[Preset] = &[
    Preset { name: "maven-crm", text: include_str!("../../presets/maven-crm.toml") },
    Preset { name: "cdnow", text: include_str!("../../presets/cdnow.toml") },
    Preset { name: "consents", text: include_str!("../../presets/consents.toml") },
    Preset { name: "servicenow", text: include_str!("../../presets/servicenow.toml") },
    Preset { name: "servicenow-cases", text: include_str!("../../presets/servicenow-cases.toml") },
];

/// The preset of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}
