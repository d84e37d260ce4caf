//! The kill panel: what stands, what each further rung would do, and what it has done.

mod checklist;
mod face;
mod panel;
mod plan;
mod report;
mod resume;
mod rungs;

pub(super) use resume::{Resume, resume};
pub(super) use rungs::KillPanel;
