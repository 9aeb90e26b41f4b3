//! The fields that a company keeps of leads, as they travel.

use rapport_domain::field_set::Field;
use rapport_domain::value::{Key, Label};
use rapport_projections::leads::FieldSet;
use rapport_proto::v1 as wire;

use crate::error::Error;
use crate::parse::Fields;
use crate::services::Services;
use crate::wire::{Known as _, known, timestamp};

impl Services {
    pub(super) async fn answer_lead_fields(
        &self,
        message: wire::ListLeadFieldsRequest,
    ) -> Result<wire::ListLeadFieldsResponse, Error> {
        let moment = self.moment(message.header.as_ref()).await?;
        let answer = self.projections.leads().field_sets(moment.freshness).await?;
        let versions = answer.value.iter().map(version).collect();
        let position = answer.position.0;
        Ok(wire::ListLeadFieldsResponse { versions, position, as_of: moment.as_of() })
    }
}

/// One of them, read.
pub(super) fn field(fields: &mut Fields, path: &str, told: &wire::LeadField) -> Option<Field> {
    let key = fields.required(&format!("{path}.key"), &told.key, Key::parse);
    let label = fields.required(&format!("{path}.label"), &told.label, Label::parse);
    let field_type =
        fields.enumerated(&format!("{path}.field_type"), told.field_type, known::<wire::LeadFieldType>);
    let options = fields.each(&format!("{path}.options"), &told.options, |fields, path, option| {
        fields.required(path, option, Label::parse)
    });
    Some(Field {
        key: key?,
        label: label?,
        field_type: field_type?,
        required: told.required,
        options: options?,
    })
}

fn version(known: &FieldSet) -> wire::LeadFieldSet {
    let field = |field: &Field| wire::LeadField {
        key: field.key.to_string(),
        label: field.label.to_string(),
        field_type: wire::LeadFieldType::number(field.field_type),
        required: field.required,
        options: field.options.iter().map(ToString::to_string).collect(),
    };
    wire::LeadFieldSet {
        version: known.definition.version,
        fields: known.definition.fields.iter().map(field).collect(),
        published_at: Some(timestamp(known.published_at)),
    }
}
