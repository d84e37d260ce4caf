//! `report`: what a run came to, on the terminal, as JSON, as CSV files and as a page.

mod args;
mod command;
mod csv;
mod html;
mod moment;
mod plot;
mod text;

pub use args::ReportArgs;
pub(super) use command::report;
pub use csv::csv_files;
pub use html::page;
pub(super) use moment::moment;
pub use plot::plot;
pub use text::text;
