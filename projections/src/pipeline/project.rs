use crate::projection::*;
#[derive(Debug, Clone, Copy)]
pub(crate) struct PipelineProjection;
impl Projection for PipelineProjection {
    const NAME: &'static str = "pipeline"; const VERSION: u32 = 1; const HANDLES: &'static [&'static str] = &[];
    fn schema() -> &'static str { "" }
    fn project(&mut self, _tx: &rusqlite::Transaction<'_>, _e: &Projected<'_>) -> Result<(), ProjectError> { Ok(()) }
}
