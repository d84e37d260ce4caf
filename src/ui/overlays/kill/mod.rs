//! The kill panel: what stands, what each further rung would do, and what it has done.

mod checklist;
mod face;
mod panel;
mod plan;
mod report;
mod resume;

pub(super) use panel::KillPanel;
pub(super) use plan::is_protective;
pub(super) use resume::{Resume, resume};
