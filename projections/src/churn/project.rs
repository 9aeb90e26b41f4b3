use crate::projection::*;
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChurnProjection;
impl Projection for ChurnProjection {
    const NAME: &'static str = "churn"; const VERSION: u32 = 1; const HANDLES: &'static [&'static str] = &[];
    fn schema() -> &'static str { "" }
    fn project(&mut self, _tx: &rusqlite::Transaction<'_>, _e: &Projected<'_>) -> Result<(), ProjectError> { Ok(()) }
}
